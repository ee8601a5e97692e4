"""What this capability is made of."""

from portal.caseload.pages import bp
from portal.caseload.records import summaries
from portal.web.slices import Slice

SLICE = Slice(name="caseload", pages=(bp,), summarise=summaries.after)
