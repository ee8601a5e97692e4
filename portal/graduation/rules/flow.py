"""The graduation workflow (domain.md section 6): what its steps state, the table of steps, and where each state is listed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from portal.kernel.facts import LONG, SHORT, Decision, Defects, Note, Reason, evidence
from portal.kernel.terms import EvidenceKind, ExitType
from portal.kernel.workflow import STAY, Flow, Step

# --- what the steps state --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Plan:
    """`not_yet`: what the family works on, and when it is looked at again (a future date)."""

    plan: str = field(metadata=LONG)
    review_on: date = field(metadata={"future": True})


@dataclass(frozen=True)
class Counselling:
    held_on: date
    present: tuple[str, ...]
    conversation: str = field(metadata=LONG)
    aid_stops: tuple[str, ...]
    aid_continues: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class OwnWishCounselling(Counselling):
    """`not_yet` may go on to counselling on the family's own wish, with a reason that the supervisor sees."""

    own_wish_reason: str = field(metadata=LONG)


@dataclass(frozen=True)
class SignedStatement:
    signed_on: date
    statement: tuple[int, ...] = evidence(EvidenceKind.SIGNED_STATEMENT, most=3)


@dataclass(frozen=True)
class IncomeBasis:
    """Proof of income (a scan) or the note of the interview; one of them is needed to submit."""

    income_note: str = field(default="", metadata=LONG)
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
    reference: str = field(metadata=SHORT)


@dataclass(frozen=True)
class Effective:
    effective_on: date


# --- the steps -------------------------------------------------------------------------------------------------------


PREPARING = ("identified", "assessment", "ready", "not_yet", "counselling", "statement_signed")
"""Before a case is handed in for the first time."""
_OPEN = (*PREPARING, "submitted", "returned", "approved", "recorded")
_ENDED = ("rejected", "withdrawn", "revoked")
_AFTER_COUNSELLING = ("counselling", "statement_signed", "returned")
_EVIDENCE = (
    "required_indicators_answered", "visit_met_with_photo", "conversation_note", "signed_statement", "income_basis",
    "aid_list",
)  # fmt: skip
_FOUR_EYES = ("not_maker", "changed_no_facts")

GRADUATION = Flow(
    "graduation",
    first="identified",
    ends=frozenset({"effective", "rejected", "withdrawn", "revoked"}),
    steps=(
        Step("start_assessment", ("identified", "not_yet"), "assessment", "graduation.prepare", Note),
        Step("find_ready", ("assessment",), "ready", "graduation.prepare", Note, ("assessed_recently", "band_ready")),
        Step("find_not_yet", ("assessment",), "not_yet", "graduation.prepare", Plan, ("assessed_recently",)),
        Step("counsel", ("ready",), "counselling", "graduation.prepare", Counselling, sets_off=True),
        Step("counsel_on_own_wish", ("not_yet",), "counselling", "graduation.prepare", OwnWishCounselling, sets_off=True),
        Step("sign", ("counselling",), "statement_signed", "graduation.prepare", SignedStatement, sets_off=True),
        Step("add_income_basis", _AFTER_COUNSELLING, STAY, "graduation.prepare", IncomeBasis, sets_off=True),
        Step("correct_counselling", _AFTER_COUNSELLING, STAY, "graduation.prepare", Counselling, sets_off=True),
        Step("correct_statement", ("statement_signed", "returned"), STAY, "graduation.prepare", SignedStatement, sets_off=True),
        Step("correct_way_out", _AFTER_COUNSELLING, STAY, "graduation.prepare", ExitChoice, sets_off=True),
        Step("submit", ("statement_signed",), "submitted", "graduation.prepare", Note, _EVIDENCE, sets_off=True),
        Step("resubmit", ("returned",), "submitted", "graduation.prepare", Note, _EVIDENCE, sets_off=True),
        Step("approve", ("submitted",), "approved", "graduation.decide", Decision, (*_FOUR_EYES, "membership_open"),
             sets_off=True),
        Step("return", ("submitted",), "returned", "graduation.decide", Defects, _FOUR_EYES, sets_off=True),
        Step("reject", ("submitted",), "rejected", "graduation.decide", Reason, _FOUR_EYES, sets_off=True),
        Step("record", ("approved",), "recorded", "graduation.decide", Recorded,
             (*_FOUR_EYES, "membership_open"), bulk=True, sets_off=True),
        Step("take_effect", ("recorded",), "effective", "graduation.decide", Effective,
             (*_FOUR_EYES, "membership_open"), bulk=True, sets_off=True),
        Step("withdraw", _OPEN, "withdrawn", "graduation.withdraw", Reason),
        Step("revoke", ("approved", "recorded"), "revoked", "graduation.decide", Reason, _FOUR_EYES),
    ),
)  # fmt: skip


# --- where each state is listed ------------------------------------------------------------------------------------

QUEUES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "decider": {
        "submitted": ("submitted",),
        "approved": ("approved",),
        "recorded": ("recorded",),
        "returned": ("returned",),
        "preparing": PREPARING,
        "effective": ("effective",),
        "ended": _ENDED,
    },
    "preparer": {"open": _OPEN, "effective": ("effective",), "ended": _ENDED},
}
"""Tabs in their order, one for each state. Who decides has a tab for every step that waits; who prepares has what is open."""
LOOKS: Mapping[str, tuple[str, ...]] = {"open": ("returned", "submitted", "approved", "recorded")}
"""Narrower views of a tab, of one state each: what people look for in it most."""
