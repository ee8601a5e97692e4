"""What this capability is made of."""

from portal.evidence.pages import bp
from portal.evidence.records import files
from portal.web.slices import Slice

SLICE = Slice(name="evidence", pages=(bp,), claim=files.claim)
