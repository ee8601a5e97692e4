"""What this capability is made of."""

from portal.board.pages import board, home, targets
from portal.web.slices import Slice

SLICE = Slice(name="board", pages=(home.bp, board.bp, targets.bp))
