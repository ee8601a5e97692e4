"""What this capability is made of."""

from portal.intake import words
from portal.intake.pages import bp
from portal.intake.reading.layouts import LAYOUTS
from portal.intake.words import WORDS
from portal.web.slices import Slice

words.demand_labels(LAYOUTS)
SLICE = Slice(name="intake", pages=(bp,), words=WORDS)
