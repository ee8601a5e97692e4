"""What this capability is made of."""

from portal.kernel.kinds import Proved
from portal.nomination.pages import files, nominations
from portal.nomination.records.effects import KIND
from portal.nomination.records.nominations import Nomination
from portal.nomination.words import WORDS
from portal.web.slices import Slice

SLICE = Slice(
    name="nomination",
    pages=(nominations.bp, files.bp),
    kinds=(KIND,),
    words=WORDS,
    case_pages={"nomination": "nominations.show"},
    conflicts={"uq_nominations_open": "nomination_already_open"},
    proved=(Proved(Nomination),),
)
