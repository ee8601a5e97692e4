"""What the steps of a graduation state."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from portal.kernel.facts import _LONG, _SHORT, evidence
from portal.kernel.terms import EvidenceKind, ExitType


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
