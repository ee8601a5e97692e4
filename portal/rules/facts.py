"""What a person states when taking a step: one frozen dataclass per kind of step; its fields become the form.

`metadata`: `widget` ("textarea", "radio", "evidence"), `max` characters, `minimum` and `unit` for numbers. Evidence
fields hold ids of staged files. Dates may not lie in the future: the gate refuses them.
"""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from portal.rules.terms import EvidenceKind, ExitType

_LONG = {"widget": "textarea", "max": 2000}
_SHORT = {"max": 120}


def evidence(kind: EvidenceKind, *, required: bool = True, most: int = 1) -> tuple[int, ...]:
    """A field that claims staged files of one kind."""
    metadata = {"widget": "evidence", "kind": kind, "required": required, "most": most}
    return field(metadata=metadata) if required else field(default=(), metadata=metadata)


@dataclass(frozen=True)
class Reason:
    reason: str = field(metadata=_LONG)


@dataclass(frozen=True)
class Note:
    note: str = field(default="", metadata=_LONG)


@dataclass(frozen=True)
class Defects:
    defects: tuple[str, ...]


@dataclass(frozen=True)
class Decision:
    """`override_reason` is required when the case is stale or the decision overrides a recommendation."""

    note: str = field(default="", metadata=_LONG)
    override_reason: str = field(default="", metadata=_LONG)


@dataclass(frozen=True)
class Plan:
    """`not_yet`: what the family works on, and when it is looked at again (a future date)."""

    plan: str = field(metadata=_LONG)
    review_on: date = field(metadata={"future": True})


@dataclass(frozen=True)
class Counselling:
    held_on: date
    present: tuple[str, ...]
    conversation: str = field(metadata=_LONG)
    aid_stops: tuple[str, ...]
    aid_continues: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class OwnWishCounselling(Counselling):
    """`not_yet` may go on to counselling on the family's own wish, with a reason that the supervisor sees."""

    own_wish_reason: str = field(metadata=_LONG)


@dataclass(frozen=True)
class SignedStatement:
    signed_on: date
    statement: tuple[int, ...] = evidence(EvidenceKind.SIGNED_STATEMENT, most=3)


@dataclass(frozen=True)
class IncomeBasis:
    """Proof of income (a scan) or the note of the interview; one of them is needed to submit."""

    income_note: str = field(default="", metadata=_LONG)
    income_proof: tuple[int, ...] = evidence(EvidenceKind.INCOME_PROOF, required=False, most=3)


class WayOut(StrEnum):
    """The exits that a graduation can lead to."""

    INDEPENDENT = ExitType.INDEPENDENT
    PROGRAMME = ExitType.PROGRAMME


@dataclass(frozen=True)
class ExitChoice:
    exit_type: WayOut


@dataclass(frozen=True)
class Recorded:
    recorded_on: date
    reference: str = field(metadata=_SHORT)


@dataclass(frozen=True)
class Effective:
    effective_on: date


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


@dataclass(frozen=True)
class Intervention:
    what: str = field(metadata=_LONG)
    office: str = field(metadata=_SHORT)
    due_on: date = field(metadata={"future": True})


@dataclass(frozen=True)
class MembershipChange:
    """Suspension; `reason` is shown to the facilitator."""

    effective_on: date
    reason: str = field(metadata=_LONG)


@dataclass(frozen=True)
class Resumption:
    effective_on: date
    reason: str = field(metadata=_LONG)
    field_report: tuple[int, ...] = evidence(EvidenceKind.FIELD_REPORT, most=3)


class IneligibleBecause(StrEnum):
    DECEASED = "deceased"
    MOVED = "moved"
    DUPLICATE = "duplicate"
    NOT_FOUND = "not_found"
    REFUSED = "refused"
    CIVIL_SERVANT = "civil_servant"
    DECILE = "decile"


@dataclass(frozen=True)
class IneligibleExit:
    effective_on: date
    because: IneligibleBecause
    reason: str = field(metadata=_LONG)
    proof: tuple[int, ...] = evidence(EvidenceKind.EXIT_PROOF, most=3)


@dataclass(frozen=True)
class NonComplianceExit:
    effective_on: date
    reason: str = field(metadata=_LONG)
    proof: tuple[int, ...] = evidence(EvidenceKind.EXIT_PROOF, most=3)
