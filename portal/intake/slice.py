"""What this capability is made of."""

from portal.intake.pages import bp
from portal.web.slices import Slice

SLICE = Slice(name="intake", pages=(bp,))
