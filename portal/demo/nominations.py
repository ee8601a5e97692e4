"""Nominations of the demo: from an officer's draft to the national result, and those that a relapse opened."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from portal.demo import words
from portal.demo.city import City
from portal.demo.days import moment, workday
from portal.demo.families import Family, change, come
from portal.demo.ledger import Deed
from portal.demo.moves import CaseOnItsWay
from portal.kernel.clock import local
from portal.kernel.facts import Decision, Defects, Note, Reason
from portal.kernel.terms import EvidenceKind, Membership
from portal.nomination.records.models import Nomination
from portal.nomination.records.nominations import PHOTOS
from portal.nomination.rules import (
    Assignee,
    Deliberation,
    DuplicateOf,
    Endorsement,
    FieldCheck,
    Forwarding,
    NationalResult,
)

OPEN, ATTACH = "open", "attach"
_LEGS: dict[str, tuple[int, int]] = {
    OPEN: (0, 0), ATTACH: (0, 1), "submit": (0, 3), "deliberate": (5, 15), "endorse": (3, 10), "assign_check": (1, 4),
    "recommend": (3, 12), "recommend_against": (3, 12), "approve": (3, 14), "approve_against_advice": (4, 14),
    "reject": (3, 14), "forward": (2, 10), "await_result": (1, 5), "accept": (25, 60), "decline": (25, 60),  "return": (2, 8),
    "resubmit": (2, 6),
    "withdraw": (3, 12), "mark_duplicate": (3, 9),
}  # fmt: skip
"""The fewest and the most days from the leg before."""
_FILE = (OPEN, ATTACH, "submit")
_CHECKED = (*_FILE, "deliberate", "endorse", "assign_check", "recommend")
_DOUBTED = (*_CHECKED[:-1], "recommend_against")
_SENT = (*_CHECKED, "approve", "forward")

ENDS: dict[str, tuple[str, ...]] = {
    "draft": _FILE[:2], "submitted": _FILE, "deliberated": _CHECKED[:4], "endorsed": _CHECKED[:5], "field_check": _CHECKED[:6],
    "recommended": _CHECKED, "not_recommended": _DOUBTED, "returned": (*_CHECKED, "return"),
    "approved": (*_CHECKED, "approve"), "rejected": (*_DOUBTED, "reject"), "forwarded": _SENT,
    "waiting": (*_SENT, "await_result"), "accepted": (*_SENT, "await_result", "accept"),
    "declined": (*_SENT, "await_result", "decline"), "withdrawn": (*_FILE, "withdraw"), "duplicate": (*_FILE, "mark_duplicate"),
}  # fmt: skip
_OFFICERS = frozenset({"submit", "resubmit", "deliberate", "endorse", "withdraw"})
_CHECKS = frozenset({"recommend", "recommend_against"})


@dataclass(frozen=True)
class Way:
    """Where a nomination stands now, and since when. `once_more`: returned at first, mended and handed in again."""

    end: str
    on: date
    once_more: bool = False
    early: bool = False
    """Returned before the deliberation, rather than after the field check."""
    overridden: bool = False


def legs_of(way: Way) -> tuple[str, ...]:
    legs = ENDS[way.end]
    if way.end == "returned" and way.early:
        return (*_FILE, "return")
    if way.overridden and "recommend" in legs:
        swapped = {"recommend": "recommend_against", "approve": "approve_against_advice"}
        return tuple(swapped.get(leg, leg) for leg in legs)
    if way.once_more and "deliberate" in legs:
        return (*_FILE, "return", "resubmit", *legs[len(_FILE) :])
    return legs


def propose(city: City, family: Family, way: Way) -> CaseOnItsWay:
    """A family that no aid reaches yet, proposed by the officer of its kelurahan."""
    legs = legs_of(way)
    days = _days(city, legs, way.on)
    officer = city.office.officers[family.kelurahan]
    at = moment(days[0], 8, 30)
    family.created_at = at
    if city.rng.random() < 0.7:
        city.rank(family, city.rng.choice((1, 1, 2, 3)), 2)
    case = CaseOnItsWay(city.ledger, Nomination, family, Deed(at, officer))
    case.opened("nomination.open")
    telling = _Telling(city, case, city.rng.choice(words.STATED))
    telling.go(legs[1:], days[1:])
    telling.write()
    return case


def reopen(city: City, family: Family, deed: Deed) -> CaseOnItsWay:
    """The draft that confirming a relapse opens."""
    case = CaseOnItsWay(city.ledger, Nomination, family, deed)
    case.opened("nomination.reopen")
    return case


def resume(city: City, case: CaseOnItsWay, monitoring: int, end: str) -> None:
    """What became of a draft that a relapse had opened, as far as the days allow; the last of it lately."""
    telling, opened, legs = _Telling(city, case, words.RELAPSED, monitoring), local(case.opened_at).date(), ENDS[end]
    days = _days(city, legs, city.days.last - timedelta(days=city.rng.randrange(3, 14)))
    for turn, (leg, day) in enumerate(zip(legs[1:], days[1:], strict=True), 1):
        if day <= opened or not telling.can(leg):
            break
        telling.go((leg,), [day], turn)
    telling.write()


def _days(city: City, legs: tuple[str, ...], on: date) -> list[date]:
    days, day = [], workday(on)
    for leg in reversed(legs):
        days.append(day)
        day = max(workday(day - timedelta(days=city.rng.randint(*_LEGS[leg]))), city.days.beginning + timedelta(days=1))
    return days[::-1]


class _Telling:
    """One nomination while it is told."""

    def __init__(self, city: City, case: CaseOnItsWay, reason: str, monitoring: int | None = None) -> None:
        self.city, self.case, self.family = city, case, case.family
        self.reason, self.monitoring = reason, monitoring
        self.officer = city.office.officers.get(self.family.kelurahan, 0)
        self.decider = city.office.supervisor(city.rng, self.family.kelurahan)
        self.checker: int | None = None

    def can(self, leg: str) -> bool:
        return bool(self.officer) and (leg != "assign_check" or bool(self._checkers()))

    def go(self, legs: tuple[str, ...], days: list[date], turn: int = 1) -> None:
        for at_turn, (leg, day) in enumerate(zip(legs, days, strict=True), turn):
            if leg == "assign_check" and self.case.state == "field_check":
                continue
            self._leg(leg, moment(day, 8, 30) + timedelta(minutes=25 * at_turn + self.city.rng.randrange(4)), day)

    def write(self) -> None:
        self.case.write(stated_reason=self.reason, facilitator_id=self.checker, monitoring_id=self.monitoring)

    def _leg(self, leg: str, at: datetime, day: date) -> None:
        if leg == ATTACH:
            self._attach_photos(at, day)
            return
        deed = Deed(at, self._who(leg))
        self.case.take(leg, deed, _STATED[leg](self, day))
        if leg == "endorse":
            self._hand_to_the_only_one(at)
        elif leg == "accept":
            change(self.city.ledger, self.family, "activate", deed)
            come(self.family, day)
            self.family.facilitator = self.checker
        elif not self.case.is_open and self.family.membership is Membership.CANDIDATE:
            change(self.city.ledger, self.family, "drop", deed)

    def _who(self, leg: str) -> int:
        if leg in _CHECKS:
            assert self.checker
            return self.checker
        return self.officer if leg in _OFFICERS else self.decider

    def _attach_photos(self, at: datetime, day: date) -> None:
        for kind in PHOTOS:
            self.attach(kind, day, self.officer)
        self.case.version += 1
        self.case.note("nomination.edit_photos", Deed(at, self.officer))

    def _hand_to_the_only_one(self, at: datetime) -> None:
        """As the gate does: with one facilitator in the kelurahan nobody needs to choose."""
        here = self.city.office.facilitators_in(self.family.kelurahan)
        if len(here) == 1:
            self.checker = here[0]
            self.case.take("assign_check", Deed(at, self.officer), Assignee(here[0]))

    def _checkers(self) -> list[int]:
        """Not those who visited the family before."""
        here = self.city.office.facilitators_in(self.family.kelurahan)
        return [who for who in here if who != self.family.facilitator]

    def choose(self) -> int:
        self.checker = self.city.rng.choice(self._checkers())
        return self.checker

    def attach(self, kind: EvidenceKind, day: date, by: int) -> tuple[int, ...]:
        deed = Deed(moment(day, 8, 5), by)
        return (self.city.album.attach(kind, self.case.subject, self.family.id, deed)[0],)

    def another(self) -> int:
        """A family that was there before this one."""
        return self.city.rng.randrange(1, self.family.id) if self.family.id > 1 else 2


def _deliberated(told: _Telling, day: date) -> Deliberation:
    minutes, attendance = (
        told.attach(kind, day, told.officer) for kind in (EvidenceKind.MINUTES, EvidenceKind.ATTENDANCE_LIST)
    )
    rng = told.city.rng
    return Deliberation(day, rng.randrange(9, 26), rng.choice(words.DELIBERATED), minutes, attendance)


def _endorsed(told: _Telling, day: date) -> Endorsement:
    return Endorsement(day, told.attach(EvidenceKind.SIGNED_MINUTES, day, told.officer))


def _checked(told: _Telling, day: date, *, income: tuple[int, int], opinion: str) -> FieldCheck:
    assert told.checker
    rng, photos = told.city.rng, told.attach(EvidenceKind.FIELD_CHECK_PHOTO, day, told.checker)
    return FieldCheck(
        checked_on=day, lives_at_address=True, household_size=len(told.family.people),
        monthly_income=rng.randrange(*income) * 100_000, housing=rng.choice(words.HOUSING),
        livelihood=rng.choice(words.LIVELIHOOD), opinion=opinion, photos=photos,
    )  # fmt: skip


_STATED: dict[str, Callable[[_Telling, date], object]] = {
    "submit": lambda told, day: Note(),
    "resubmit": lambda told, day: Note(told.city.rng.choice(("", "Foto dan RT/RW sudah diperbaiki."))),
    "deliberate": _deliberated,
    "endorse": _endorsed,
    "assign_check": lambda told, day: Assignee(told.choose()),
    "recommend": lambda told, day: _checked(told, day, income=(6, 22), opinion=words.FOR),
    "recommend_against": lambda told, day: _checked(told, day, income=(35, 60), opinion=words.AGAINST),
    "return": lambda told, day: Defects(tuple(told.city.rng.sample(words.FILE_DEFECTS, 2))),
    "approve": lambda told, day: Decision(),
    "approve_against_advice": lambda told, day: Reason(words.OVERRIDDEN),
    "reject": lambda told, day: Reason(told.city.rng.choice(words.NOT_APPROVED)),
    "forward": lambda told, day: Forwarding(day, f"{day:%Y-%m}"),
    "await_result": lambda told, day: Note(),
    "accept": lambda told, day: NationalResult(day),
    "decline": lambda told, day: NationalResult(day, "Kuota tahun ini terpenuhi."),
    "withdraw": lambda told, day: Reason(told.city.rng.choice(words.TAKEN_BACK)),
    "mark_duplicate": lambda told, day: DuplicateOf(told.another(), "Sudah tercatat dengan KK lama."),
}
