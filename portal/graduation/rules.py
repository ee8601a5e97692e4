"""The way of a graduation (domain.md section 6): what its steps state, the table of steps, where each state is listed; then
what a case stands on, what is still missing for a step, and what has changed since it was submitted.

Evidence ages only until submission: every question here is asked with the day from which it may count, and a decision asks
none of them again; it looks at what differs instead.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, fields
from datetime import date, timedelta
from enum import StrEnum

from portal.assessment.rules.answers import Result
from portal.assessment.rules.instrument import IndicatorKind
from portal.assessment.rules.readiness import outdated_required, unanswered_required
from portal.kernel.terms import Band, EvidenceKind, ExitType, Membership, Presence, Refused, RegistryMatch, VisitOutcome
from portal.kernel.workflow import LONG, SHORT, STAY, Decision, Defects, Flow, Note, Reason, Step, evidence

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


@dataclass(frozen=True)
class Assessed:
    """The latest finished assessment; `result` is as stored, never recomputed."""

    id: int
    on: date
    result: Result


@dataclass(frozen=True)
class Conversation:
    """The counselling: who was present, what was said, and the list of aid. SubmittedFamily names only, no numbers."""

    held_on: date
    present: tuple[str, ...]
    text: str
    aid_stops: tuple[str, ...]
    aid_continues: tuple[str, ...] = ()


@dataclass(frozen=True)
class Statement:
    """The signed surat pernyataan; `scans` are ids of evidence."""

    signed_on: date
    scans: tuple[int, ...]


@dataclass(frozen=True)
class IncomeGround:
    note: str = ""
    proof: tuple[int, ...] = ()


@dataclass(frozen=True)
class Dossier:
    """What a case stands on. `photographed_on`: the latest visit that met the family and has a photo."""

    assessed: Assessed | None = None
    photographed_on: date | None = None
    conversation: Conversation | None = None
    statement: Statement | None = None
    income: IncomeGround = IncomeGround()


# --- needs ---------------------------------------------------------------------------------------------------------

Question = Callable[[Dossier, date], bool]


def counts_from(today: date, evidence_days: int) -> date:
    """The first day that evidence handed in today may bear."""
    return today - timedelta(days=evidence_days)


def needs_met(dossier: Dossier, since: date) -> frozenset[str]:
    """Names of the needs that the dossier meets with evidence from `since` on; unanswered is not met."""
    return frozenset(need for need, holds in _QUESTIONS.items() if holds(dossier, since))


def lacking_indicators(dossier: Dossier, since: date) -> tuple[str, ...]:
    """Keys of the gates and required indicators that lack an answer, or whose answer is too old. All of the instrument
    are lacking when nobody assessed; then there is nothing to name and the tuple is empty."""
    if dossier.assessed is None:
        return ()
    result = dossier.assessed.result
    return tuple(dict.fromkeys((*unanswered_required(result), *outdated_required(result, since))))


def good_until(dossier: Dossier, evidence_days: int) -> date | None:
    """The last day on which the case could be handed in with the evidence it has; None while there is none that ages."""
    ages = [dossier.photographed_on, *_answered_on(dossier)]
    known = [day for day in ages if day]
    return min(known) + timedelta(days=evidence_days) if known else None


def _answered_on(dossier: Dossier) -> list[date | None]:
    if dossier.assessed is None:
        return []
    return [finding.answered_on for finding in dossier.assessed.result.findings if finding.kind is not IndicatorKind.SUPPORTING]


def _answered(dossier: Dossier, since: date) -> bool:
    return dossier.assessed is not None and not lacking_indicators(dossier, since)


def _assessed_recently(dossier: Dossier, since: date) -> bool:
    return dossier.assessed is not None and dossier.assessed.on >= since


def _band_ready(dossier: Dossier, since: date) -> bool:
    return dossier.assessed is not None and dossier.assessed.result.band is Band.READY


def _photographed(dossier: Dossier, since: date) -> bool:
    return dossier.photographed_on is not None and dossier.photographed_on >= since


def _conversed(dossier: Dossier, since: date) -> bool:
    held = dossier.conversation
    return held is not None and bool(held.present and held.text)


def _aid_listed(dossier: Dossier, since: date) -> bool:
    return dossier.conversation is not None and bool(dossier.conversation.aid_stops)


def _signed(dossier: Dossier, since: date) -> bool:
    """What was signed is what was talked about last: a new conversation asks for a new signature."""
    signed, held = dossier.statement, dossier.conversation
    return signed is not None and bool(signed.scans) and (held is None or signed.signed_on >= held.held_on)


def _income_based(dossier: Dossier, since: date) -> bool:
    return bool(dossier.income.note or dossier.income.proof)


_QUESTIONS: Mapping[str, Question] = {
    "assessed_recently": _assessed_recently,
    "band_ready": _band_ready,
    "required_indicators_answered": _answered,
    "visit_met_with_photo": _photographed,
    "conversation_note": _conversed,
    "aid_list": _aid_listed,
    "signed_statement": _signed,
    "income_basis": _income_based,
}


NEEDS = frozenset(_QUESTIONS)
"""The needs that evidence meets."""


# --- dates ---------------------------------------------------------------------------------------------------------


def refuse_effective_date(on: date, approved_on: date, closed_years: Collection[int]) -> None:
    """Raises Refused("before_approval") or Refused("year_closed"); the future is refused for every stated date."""
    refuse_before_approval(on, approved_on)
    if on.year in closed_years:
        raise Refused("year_closed", year=on.year)


def refuse_before_approval(on: date, approved_on: date) -> None:
    if on < approved_on:
        raise Refused("before_approval", approved_on=approved_on)


def refuse_early_conversation(held_on: date, opened_on: date, evidence_days: int) -> None:
    """A family may be talked with before a case is opened, but no longer ago than evidence counts. Raises
    Refused("too_long_ago")."""
    if held_on < counts_from(opened_on, evidence_days):
        raise Refused("too_long_ago", field="held_on")


def refuse_statement_before_conversation(signed_on: date, held_on: date) -> None:
    """What is signed is what was talked about. Raises Refused("statement_before_conversation")."""
    if signed_on < held_on:
        raise Refused("statement_before_conversation", field="signed_on")


# --- what was submitted, and what differs now ----------------------------------------------------------------------


@dataclass(frozen=True)
class Inputs:
    """What a decision rests on and other work may change. `members` and `aids` are one line each, in a fixed order."""

    members: tuple[str, ...]
    address: str
    kelurahan: str
    membership: Membership
    presence: Presence
    registry_match: RegistryMatch
    decile: int | None
    decile_period: str | None
    aids: tuple[str, ...]
    assessment: int | None
    photographed_on: date | None = None


@dataclass(frozen=True)
class Difference:
    """One input as it was submitted and as it is now."""

    name: str
    then: object
    now: object


def differences(then: Inputs, now: Inputs) -> tuple[Difference, ...]:
    """The stale list: every input that is no longer what was submitted. A decile counts when its value moved, not
    because another quarter says the same; a visit with photos when it was a mistake, not because another came."""
    names = (entry.name for entry in fields(Inputs) if entry.name not in ("decile_period", "photographed_on"))
    pairs = [(name, getattr(then, name), getattr(now, name)) for name in names]
    if then.photographed_on and (now.photographed_on is None or now.photographed_on < then.photographed_on):
        pairs.append(("photographed_on", then.photographed_on, now.photographed_on))
    return tuple(Difference(name, before, after) for name, before, after in pairs if before != after)


@dataclass(frozen=True)
class Visited:
    on: date
    outcome: VisitOutcome
    present: str
    photos: int


@dataclass(frozen=True)
class Ranked:
    """A decile of one quarter."""

    period: str
    decile: int


@dataclass(frozen=True)
class SubmittedFamily:
    """Who the case is about. No identity numbers: a decision needs none."""

    caretaker: str
    people: int
    place: str
    facilitator: str
    joined_year: int | None
