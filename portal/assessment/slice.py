"""What this capability is made of."""

from portal.assessment.pages import assessments, visits
from portal.assessment.records.assessments import LIMITS
from portal.assessment.records.visits import Visit
from portal.assessment.words import WORDS, results
from portal.kernel.kinds import Proved
from portal.web.slices import Slice

SLICE = Slice(
    name="assessment",
    pages=(visits.bp, assessments.bp),
    words=WORDS,
    settings=LIMITS,
    shown={"readiness_words": results},
    proved=(Proved(Visit),),
)
