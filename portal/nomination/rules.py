"""A nomination by rule: what its steps state, what its file must hold, and the workflow as a table (domain.md section 6).
Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date

from portal.kernel import identity
from portal.kernel.terms import EvidenceKind, Presence, RegistryMatch
from portal.kernel.workflow import LONG, RETURN_POINT, SHORT, Decision, Defects, Flow, Note, Reason, Step, evidence

# --- what the steps state ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Deliberation:
    held_on: date
    attendees: int = field(metadata={"minimum": 1})
    decision: str = field(metadata=LONG)
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
    housing: str = field(metadata=LONG)
    livelihood: str = field(metadata=LONG)
    opinion: str = field(metadata=LONG)
    photos: tuple[int, ...] = evidence(EvidenceKind.FIELD_CHECK_PHOTO, most=5)


@dataclass(frozen=True)
class Assignee:
    facilitator: int = field(metadata={"widget": "facilitator"})


@dataclass(frozen=True)
class Forwarding:
    forwarded_on: date
    batch: str = field(metadata=SHORT)


@dataclass(frozen=True)
class NationalResult:
    decided_on: date
    note: str = field(default="", metadata=LONG)


@dataclass(frozen=True)
class DuplicateOf:
    household: int = field(metadata={"widget": "household"})
    reason: str = field(metadata=LONG)


# --- what the file must hold ---------------------------------------------------------------------------------------

NEEDS = (
    "valid_numbers", "identity_card_photo", "family_card_photo", "house_front_photo", "domicile", "stated_reason",
    "nobody_taken", "nobody_barred",
)  # fmt: skip
"""What the file must meet before it is handed in, as its checklist tells it."""
_PHOTOS = {
    "identity_card_photo": EvidenceKind.IDENTITY_CARD,
    "family_card_photo": EvidenceKind.FAMILY_CARD,
    "house_front_photo": EvidenceKind.HOUSE_FRONT,
}


@dataclass(frozen=True)
class CandidateFamily:
    """A candidate family as the rules see it. `niks` are those of present members, None where unknown; `caretaker_nik`
    is the named recipient's. `taken` says that a member stands in another family or open nomination."""

    niks: tuple[str | None, ...]
    caretaker_nik: str | None
    kk: str | None
    address: str
    rt: int | None
    rw: int | None
    stated_reason: str
    evidence: Collection[EvidenceKind]
    presence: Presence
    registry_match: RegistryMatch
    taken: bool = False


def met(candidate: CandidateFamily, today: date) -> frozenset[str]:
    """Names of the needs that this file meets."""
    holds = {
        "valid_numbers": _numbers_are_valid(candidate, today),
        "domicile": bool(candidate.address.strip()) and candidate.rt is not None and candidate.rw is not None,
        "stated_reason": bool(candidate.stated_reason.strip()),
        "nobody_taken": not candidate.taken,
        "nobody_barred": not is_barred(candidate.presence, candidate.registry_match),
        **{need: kind in candidate.evidence for need, kind in _PHOTOS.items()},
    }
    return frozenset(need for need, is_met in holds.items() if is_met)


def is_barred(presence: Presence, match: RegistryMatch) -> bool:
    """A hard stop: deceased, or the population registry says otherwise."""
    return presence is Presence.DECEASED or match in (RegistryMatch.MISMATCHED, RegistryMatch.DUPLICATE, RegistryMatch.DECEASED)


def _numbers_are_valid(candidate: CandidateFamily, today: date) -> bool:
    """The recipient and the family card need a number; another member may still lack one, but not have a wrong one."""
    known = [nik for nik in candidate.niks if nik]
    well_formed = all(identity.check_nik(nik, today=today).valid for nik in known)
    return bool(candidate.caretaker_nik) and well_formed and identity.check_kk(candidate.kk, today).valid


# --- the workflow --------------------------------------------------------------------------------------------------

_BEFORE_DECISION = (
    "draft", "submitted", "deliberated", "endorsed", "field_check", "recommended", "not_recommended", "returned",
)  # fmt: skip
_TO_APPROVE = ("not_maker", "valid_numbers", "nobody_taken", "nobody_barred")


NOMINATION = Flow(
    "nomination",
    first="draft",
    ends=frozenset({"rejected", "accepted", "declined", "withdrawn", "duplicate"}),
    steps=(
        Step("submit", ("draft",), "submitted", "nomination.prepare", Note, NEEDS),
        Step("resubmit", ("returned",), RETURN_POINT, "nomination.prepare", Note, NEEDS),
        Step("deliberate", ("submitted",), "deliberated", "nomination.prepare", Deliberation),
        Step("endorse", ("deliberated",), "endorsed", "nomination.prepare", Endorsement, sets_off=True),
        Step("assign_check", ("endorsed", "field_check"), "field_check", "nomination.decide", Assignee, sets_off=True),
        Step("recommend", ("field_check",), "recommended", "nomination.check", FieldCheck, ("not_maker",), sets_off=True),
        Step("recommend_against", ("field_check",), "not_recommended", "nomination.check", FieldCheck, ("not_maker",),
             sets_off=True),
        Step("return", ("submitted", "deliberated", "endorsed", "field_check", "recommended", "not_recommended"), "returned",
             "nomination.decide", Defects, ("not_maker",)),
        Step("approve", ("recommended",), "approved", "nomination.decide", Decision, _TO_APPROVE),
        Step("approve_against_advice", ("not_recommended",), "approved", "nomination.decide", Reason, _TO_APPROVE),
        Step("reject", ("recommended", "not_recommended"), "rejected", "nomination.decide", Reason, ("not_maker",),
             sets_off=True),
        Step("mark_duplicate", (*_BEFORE_DECISION, "approved"), "duplicate", "nomination.decide",
             DuplicateOf, ("not_maker",), sets_off=True),
        Step("forward", ("approved",), "forwarded", "nomination.decide", Forwarding, bulk=True, sets_off=True),
        Step("await_result", ("forwarded",), "waiting", "nomination.decide", Note, bulk=True),
        Step("accept", ("forwarded", "waiting"), "accepted", "nomination.decide", NationalResult, bulk=True, sets_off=True),
        Step("decline", ("forwarded", "waiting"), "declined", "nomination.decide", NationalResult, bulk=True, sets_off=True),
        Step("withdraw", (*_BEFORE_DECISION, "approved"), "withdrawn", "nomination.prepare", Reason, sets_off=True),
    ),
)  # fmt: skip

QUEUES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "everyone": {
        "preparing": ("draft", "returned"),
        "deliberating": ("submitted", "deliberated"),
        "assigning": ("endorsed",),
        "checking": ("field_check",),
        "deciding": ("recommended", "not_recommended"),
        "approved": ("approved",),
        "waiting": ("forwarded", "waiting"),
        "ended": ("accepted", "declined", "rejected", "withdrawn", "duplicate"),
    }
}
"""Where each state is listed: one tab each."""
