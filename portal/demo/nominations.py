"""Families that no aid reaches yet: nominations of the demo, from an officer's draft to the result from Jakarta."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from portal.demo import words
from portal.demo.family import ToldFamily
from portal.demo.graduations import days_of
from portal.demo.town import Story
from portal.kernel import clock, gate
from portal.kernel.base import session
from portal.kernel.facts import Decision, Defects, Note, Reason
from portal.kernel.terms import EvidenceKind
from portal.nomination.records import nominations
from portal.nomination.records.models import Nomination
from portal.nomination.records.nominations import NewFamily, NewMember
from portal.nomination.rules import (
    NOMINATION,
    Assignee,
    Deliberation,
    DuplicateOf,
    Endorsement,
    FieldCheck,
    Forwarding,
    NationalResult,
)

_DAYS = {
    "open": 0, "submit": 2, "deliberate": 8, "endorse": 5, "assign_check": 2, "recommend": 5, "recommend_against": 5,
    "approve": 5, "approve_against_advice": 6, "reject": 6, "forward": 4, "await_result": 2, "accept": 35, "decline": 35,
    "return": 4, "mend": 2, "resubmit": 0, "withdraw": 5, "mark_duplicate": 4,
}  # fmt: skip
_FILE = "open submit"
_CHECK = f"{_FILE} deliberate endorse assign_check"
_APPROVED = f"{_CHECK} recommend approve"
_SENT = f"{_APPROVED} forward"
WAYS = {
    "draft": "open", "submitted": _FILE, "deliberated": f"{_FILE} deliberate", "endorsed": f"{_FILE} deliberate endorse",
    "field_check": _CHECK, "recommended": f"{_CHECK} recommend", "not_recommended": f"{_CHECK} recommend_against",
    "returned": f"{_CHECK} recommend return", "returned_early": f"{_FILE} return",
    "resubmitted": f"{_FILE} return mend resubmit", "approved": _APPROVED,
    "approved_anyway": f"{_CHECK} recommend_against approve_against_advice", "rejected": f"{_CHECK} recommend_against reject",
    "forwarded": _SENT, "waiting": f"{_SENT} await_result", "accepted": f"{_SENT} await_result accept",
    "declined": f"{_SENT} await_result decline", "withdrawn": "open withdraw", "duplicate": "open mark_duplicate",
}  # fmt: skip


def proposed(family: ToldFamily, way: str, end: date, *, same_as: ToldFamily | None = None) -> Story:
    """By the officer of the kelurahan, checked by its facilitator. `same_as`: the family that a duplicate is."""
    legs = WAYS[way].split()
    for leg, day in zip(legs, days_of(legs, end, _DAYS), strict=True):
        yield day
        if leg == "submit":
            _attach(family)
        _take(family, leg, same_as)


def proposed_again(family: ToldFamily, way: str) -> Story:
    """A relapse has opened the draft; it goes on from the day after, as far as the days allow."""
    for leg in WAYS[way].split()[1:]:
        yield clock.today() + timedelta(days=max(1, _DAYS[leg]))
        if leg == "submit":
            _attach(family)
        _take(family, leg, None)


def _take(family: ToldFamily, leg: str, same_as: ToldFamily | None) -> None:
    town, officer = family.town, family.town.people["wati"]
    if leg == "open":
        return _open(family)
    if leg == "mend":
        nominations.change_domicile(officer, case_of(family), {"rw": family.rw % 12 + 1}, key=town.key())
        return None
    step, case = NOMINATION.step(leg), case_of(family)
    who = {"nomination.prepare": officer, "nomination.check": family.by}.get(step.action, town.people["budi"])
    if leg in ("approve", "accept") and case.monitoring_id:
        who = town.people["dewi"]
    stated = DuplicateOf(same_as.row.id, "Sudah tercatat dengan KK lama.") if same_as and leg == "mark_duplicate" else None
    gate.perform(who, case, leg, seen=case.version, facts=stated or _STATED[leg](family), key=town.key())
    return None


def case_of(family: ToldFamily) -> Nomination:
    return (
        session.query(Nomination)
        .filter_by(household_id=family.id or family.row.id)
        .order_by(Nomination.id.desc())
        .limit(1)
        .one()
    )


def _open(family: ToldFamily) -> None:
    """The draft, with the people of the card."""
    town, officer = family.town, family.town.people["wati"]
    nominations.check_number(officer, family.caretaker.nik, kelurahan=family.kelurahan, key=town.key())
    mother, *others = sorted(family.people, key=lambda one: one is not family.caretaker)
    stated = town.rng.choice(words.STATED)
    told = NewFamily(family.kelurahan, family.street, family.rt, family.rw, family.kk, None, None, _member(mother), stated)
    case = nominations.draft(officer, told, key=town.key())
    family.id = case.household_id
    for one in others:
        nominations.add_member(officer, case, _member(one), key=town.key())


def _member(one: Any) -> NewMember:
    return NewMember(one.name, one.nik, one.sex, one.birth_date, one.relation)


def _attach(family: ToldFamily) -> None:
    officer = family.town.people["wati"]
    for kind in nominations.PHOTOS:
        scans = family.town.staged(officer, kind)
        nominations.attach(officer, case_of(family), kind, scans, key=family.town.key())


def _deliberation(family: ToldFamily) -> Deliberation:
    officer, staged = family.town.people["wati"], family.town.staged
    minutes, present = staged(officer, EvidenceKind.MINUTES), staged(officer, EvidenceKind.ATTENDANCE_LIST)
    return Deliberation(clock.today(), 9 + family.turn % 14, family.town.rng.choice(words.DELIBERATED), minutes, present)


def _signed(family: ToldFamily) -> Endorsement:
    return Endorsement(clock.today(), family.town.staged(family.town.people["wati"], EvidenceKind.SIGNED_MINUTES))


def _check(opinion: str, income: int) -> Callable[[ToldFamily], FieldCheck]:
    def stated(family: ToldFamily) -> FieldCheck:
        rng, seen = family.town.rng, family.staged(EvidenceKind.FIELD_CHECK_PHOTO, 2)
        house, work = rng.choice(words.HOUSING), rng.choice(words.LIVELIHOOD)
        return FieldCheck(clock.today(), True, len(family.people), income, house, work, opinion, photos=seen)

    return stated


_STATED: dict[str, Callable[[ToldFamily], Any]] = {
    **dict.fromkeys(("submit", "resubmit", "await_result"), lambda family: Note()),
    "deliberate": _deliberation, "endorse": _signed,
    "assign_check": lambda family: Assignee(family.by.id),
    "recommend": _check(words.FOR, 1_450_000), "recommend_against": _check(words.AGAINST, 5_200_000),
    "return": lambda family: Defects(words.FILE_DEFECTS[:2]),
    "approve": lambda family: Decision(),
    "approve_against_advice": lambda family: Reason(words.OVERRIDDEN),
    "reject": lambda family: Reason(family.town.rng.choice(words.NOT_APPROVED)),
    "withdraw": lambda family: Reason(family.town.rng.choice(words.TAKEN_BACK)),
    "forward": lambda family: Forwarding(clock.today(), f"{clock.today():%Y-%m}"),
    **dict.fromkeys(("accept", "decline"), lambda family: NationalResult(clock.today())),
}  # fmt: skip
