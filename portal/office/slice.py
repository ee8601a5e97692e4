"""What this capability is made of."""

from portal.office.pages import administration, people
from portal.office.words import WORDS
from portal.web.slices import Slice

SLICE = Slice(
    name="office",
    pages=(
        people.bp, people.people_bp, administration.areas_bp, administration.bp, administration.rights, administration.audit_bp,
    ),
    words=WORDS,
)  # fmt: skip
