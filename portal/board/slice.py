"""What this capability is made of."""

from portal.board import pages
from portal.board.words import WORDS
from portal.web.slices import Slice

SLICE = Slice(name="board", pages=(pages.home_bp, pages.yearly_bp, pages.targets_bp), words=WORDS)
