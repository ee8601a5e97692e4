"""What this capability is made of."""

from portal.kernel.kinds import Proved
from portal.nomination import pages
from portal.nomination.records.effects import KIND
from portal.nomination.records.nominations import Nomination
from portal.nomination.words import WORDS
from portal.web.slices import Slice

SLICE = Slice(
    name="nomination",
    pages=(pages.bp, pages.files_bp),
    kinds=(KIND,),
    words=WORDS,
    case_pages={"nomination": "nominations.show"},
    conflicts={"uq_nominations_open": "nomination_already_open"},
    proved=(Proved(Nomination),),
)
