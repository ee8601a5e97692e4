"""What this capability is made of."""

from portal.family.records.models import Household
from portal.kernel.kinds import Proved
from portal.membership.pages import bp
from portal.membership.records.proposals import KIND, MembershipProposal
from portal.membership.words import WORDS
from portal.web.slices import Slice

SLICE = Slice(
    name="membership",
    pages=(bp,),
    kinds=(KIND,),
    words=WORDS,
    case_pages={"proposal": "membership.show"},
    proved=(Proved(Household), Proved(MembershipProposal)),
)
