"""What this capability is made of."""

from portal.board.pages import home, targets, yearly
from portal.board.words import WORDS
from portal.web.slices import Slice

SLICE = Slice(name="board", pages=(home.bp, yearly.bp, targets.bp), words=WORDS)
