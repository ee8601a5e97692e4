"""What the steps of a nomination state."""

from dataclasses import dataclass, field
from datetime import date

from portal.kernel.facts import _LONG, _SHORT, evidence
from portal.kernel.terms import EvidenceKind


@dataclass(frozen=True)
class Deliberation:
    held_on: date
    attendees: int = field(metadata={"minimum": 1})
    decision: str = field(metadata=_LONG)
    minutes: tuple[int, ...] = evidence(EvidenceKind.MINUTES, most=3)
    attendance_list: tuple[int, ...] = evidence(EvidenceKind.ATTENDANCE_LIST, most=3)


@dataclass(frozen=True)
class Endorsement:
    signed_on: date
    signed_minutes: tuple[int, ...] = evidence(EvidenceKind.SIGNED_MINUTES, most=3)


@dataclass(frozen=True)
class FieldCheck:
    """The questionnaire of a field check; answers are what the facilitator saw."""

    checked_on: date
    lives_at_address: bool
    household_size: int = field(metadata={"minimum": 1})
    monthly_income: int = field(metadata={"unit": "rupiah", "minimum": 0})
    housing: str = field(metadata=_LONG)
    livelihood: str = field(metadata=_LONG)
    opinion: str = field(metadata=_LONG)
    photos: tuple[int, ...] = evidence(EvidenceKind.FIELD_CHECK_PHOTO, most=5)


@dataclass(frozen=True)
class Assignee:
    facilitator: int = field(metadata={"widget": "facilitator"})


@dataclass(frozen=True)
class Forwarding:
    forwarded_on: date
    batch: str = field(metadata=_SHORT)


@dataclass(frozen=True)
class NationalResult:
    decided_on: date
    note: str = field(default="", metadata=_LONG)


@dataclass(frozen=True)
class DuplicateOf:
    household: int = field(metadata={"widget": "household"})
    reason: str = field(metadata=_LONG)
