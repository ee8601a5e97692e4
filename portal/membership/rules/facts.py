"""What the changes of membership state."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from portal.kernel.facts import _LONG, evidence
from portal.kernel.terms import EvidenceKind


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
