"""What this capability is made of."""

from portal.graduation.pages.graduations import bp
from portal.graduation.records.dossiers import Graduation
from portal.graduation.records.graduations import KIND
from portal.graduation.words import WORDS
from portal.kernel.kinds import Proved
from portal.web.slices import Slice

SLICE = Slice(
    name="graduation",
    pages=(bp,),
    kinds=(KIND,),
    words=WORDS,
    case_pages={"graduation": "graduations.show"},
    conflicts={"uq_graduations_open": "graduation_already_open"},
    proved=(Proved(Graduation),),
)
