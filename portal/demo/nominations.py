"""Families that no aid reaches yet: nominations of the demo, from an officer's draft to the result from Jakarta."""

from collections.abc import Callable
from datetime import date, timedelta

from portal.caseload import records
from portal.demo import words
from portal.demo.family import ToldFamily
from portal.demo.people import Resident
from portal.demo.town import Story, days_of
from portal.kernel import clock, gate
from portal.kernel.base import session
from portal.kernel.terms import EvidenceKind
from portal.kernel.workflow import Decision, Defects, Note, Reason
from portal.nomination.records import nominations
from portal.nomination.records.nominations import NewFamily, NewMember, Nomination
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
        _take(family, leg, same_as)
    if way == "accepted":
        yield from _visited_since(family)


def proposed_again(family: ToldFamily, way: str) -> Story:
    """A relapse has opened the draft; it goes on from the day after, as far as the days allow."""
    for leg in WAYS[way].split()[1:]:
        yield clock.today() + timedelta(days=max(1, _DAYS[leg]))
        _take(family, leg)
    if way == "accepted":
        yield from _visited_since(family)


def _visited_since(family: ToldFamily) -> Story:
    """A family that came (or came back) by a nomination is visited from then on."""
    if family.row.facilitator_id is None:
        records.assign(family.town.people["budi"], [family.row.id], family.by.id, key=family.key())
    day = clock.today() + timedelta(days=10)
    while day <= family.town.days.last:
        yield day
        family.meet()
        day += timedelta(days=84)


def _take(family: ToldFamily, leg: str, same_as: ToldFamily | None = None) -> None:
    people, officer = family.town.people, family.town.people["wati"]
    if leg == "open":
        _open(family)
        return
    if leg == "submit":
        for kind in nominations.PHOTOS:
            nominations.attach(officer, case_of(family), kind, family.town.staged(officer, kind), key=family.key())
    case = case_of(family)
    if leg == "mend":
        nominations.change_domicile(officer, case, {"rw": family.rw % 12 + 1}, key=family.key())
        return
    who = {"nomination.prepare": officer, "nomination.check": family.by}.get(NOMINATION.step(leg).action, people["budi"])
    if leg in ("approve", "accept") and case.monitoring_id:
        who = people["dewi"]
    stated = _STATED[leg](family) if leg in _STATED else Note()
    if same_as and leg == "mark_duplicate":
        stated = DuplicateOf(same_as.row.id, "Sudah tercatat dengan KK lama.")
    gate.perform(who, case, leg, seen=case.version, facts=stated, key=family.key())


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
    stated = family.said(words.STATED)
    told = NewFamily(family.kelurahan, family.street, family.rt, family.rw, family.kk, None, None, _member(mother), stated)
    case = nominations.draft(officer, told, key=town.key())
    family.id = case.household_id
    for one in others:
        nominations.add_member(officer, case, _member(one), key=town.key())


def _member(one: Resident) -> NewMember:
    return NewMember(one.name, one.nik, one.sex, one.birth_date, one.relation)


def _deliberation(family: ToldFamily) -> Deliberation:
    officer, staged = family.town.people["wati"], family.town.staged
    minutes, present = staged(officer, EvidenceKind.MINUTES), staged(officer, EvidenceKind.ATTENDANCE_LIST)
    return Deliberation(clock.today(), 9 + family.turn % 14, family.said(words.DELIBERATED), minutes, present)


def _checked(family: ToldFamily, opinion: str, income: int) -> FieldCheck:
    seen, house, work = (
        family.staged(EvidenceKind.FIELD_CHECK_PHOTO, 2),
        family.said(words.HOUSING),
        family.said(words.LIVELIHOOD),
    )
    return FieldCheck(clock.today(), True, len(family.people), income, house, work, opinion, photos=seen)


_STATED: dict[str, Callable[[ToldFamily], object]] = {
    "deliberate": _deliberation,
    "endorse": lambda family: Endorsement(
        clock.today(), family.town.staged(family.town.people["wati"], EvidenceKind.SIGNED_MINUTES)
    ),
    "assign_check": lambda family: Assignee(family.by.id),
    "recommend": lambda family: _checked(family, words.FOR, 1_450_000),
    "recommend_against": lambda family: _checked(family, words.AGAINST, 5_200_000),
    "return": lambda family: Defects(words.FILE_DEFECTS[:2]),
    "approve": lambda family: Decision(),
    "approve_against_advice": lambda family: Reason(words.OVERRIDDEN),
    "reject": lambda family: Reason(family.said(words.NOT_APPROVED)),
    "withdraw": lambda family: Reason(family.said(words.TAKEN_BACK)),
    "forward": lambda family: Forwarding(clock.today(), f"{clock.today():%Y-%m}"),
    **dict.fromkeys(("accept", "decline"), lambda family: NationalResult(clock.today())),
}  # fmt: skip
