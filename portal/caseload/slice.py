"""What this capability is made of."""

from portal.caseload import records
from portal.caseload.pages import bp
from portal.caseload.words import WORDS
from portal.web.slices import Slice

SLICE = Slice(name="caseload", pages=(bp,), words=WORDS, summarise=records.after)
