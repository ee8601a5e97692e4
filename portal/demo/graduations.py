"""Graduations of the demo: ways through the flow, with days that fit, evidence that is there, and frozen submissions."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from portal.demo import words
from portal.demo.album import MEDIA_TYPE
from portal.demo.answers import Standing
from portal.demo.city import City
from portal.demo.days import moment, workday
from portal.demo.families import Family, change, leave
from portal.demo.ledger import Deed
from portal.demo.moves import CaseOnItsWay
from portal.demo.snapshots import GraduationFile, hand_in
from portal.graduation.records.models import Graduation
from portal.graduation.records.submissions import File
from portal.graduation.rules.flow import (
    GRADUATION,
    Counselling,
    Effective,
    IncomeBasis,
    OwnWishCounselling,
    Plan,
    Recorded,
    SignedStatement,
)
from portal.kernel.facts import Decision, Defects, Note, Reason
from portal.kernel.terms import EvidenceKind, ExitType

OPEN, VISIT = "open", "visit"
_BEFORE = (100, 150)
"""Days between the assessment before and the one that leads on."""

_LEGS: dict[str, tuple[int, int]] = {
    OPEN: (0, 0), "start_assessment": (0, 2), VISIT: (1, 6), "find_ready": (0, 2), "find_not_yet": (0, 2), "counsel": (3, 9),
    "counsel_on_own_wish": (6, 14), "sign": (3, 8), "add_income_basis": (0, 1), "submit": (1, 4), "return": (3, 7),
    "correct_statement": (1, 4), "resubmit": (0, 2), "approve": (3, 12), "reject": (3, 12), "record": (3, 10),
    "take_effect": (5, 25), "withdraw": (4, 10), "revoke": (4, 9),
}  # fmt: skip
"""The fewest and the most days from the leg before."""
_READY = (OPEN, "start_assessment", VISIT, "find_ready", "counsel", "sign", "add_income_basis", "submit")
_OWN_WISH = (OPEN, "start_assessment", VISIT, "find_not_yet", "counsel_on_own_wish", "sign", "add_income_basis", "submit")
_DECIDED = ("approve", "record", "take_effect")
_ONCE_MORE = ("return", "correct_statement", "resubmit")

_ENDS: dict[str, tuple[str, ...]] = {
    "identified": _READY[:1], "assessment": _READY[:2], "ready": _READY[:4], "counselling": _READY[:5],
    "statement_signed": _READY[:7], "submitted": _READY, "not_yet": _OWN_WISH[:4],
    "returned": (*_READY, "return"), "rejected": (*_READY, "reject"), "withdrawn": (*_READY[:6], "withdraw"),
    "approved": (*_READY, *_DECIDED[:1]), "recorded": (*_READY, *_DECIDED[:2]), "effective": (*_READY, *_DECIDED),
    "revoked": (*_READY, "approve", "revoke"),
}  # fmt: skip


@dataclass(frozen=True)
class Way:
    """How a graduation goes: where it stands now, on which day it came there, and what was special about it."""

    end: str
    on: date
    own_wish: bool = False
    once_more: bool = False
    unlike: bool = False
    """The family changed after it was handed in: the supervisor sees a stale banner."""
    ageing: bool = False
    """The evidence will soon be too old to hand in."""


def legs_of(way: Way) -> tuple[str, ...]:
    legs = _ENDS[way.end]
    if way.own_wish and "counsel" in legs:
        legs = (*_OWN_WISH[: len(legs)], *legs[len(_OWN_WISH) :])
    if way.once_more and "submit" in legs:
        at = legs.index("submit") + 1
        legs = (*legs[:at], *_ONCE_MORE, *legs[at:])
    return legs


def days_of(city: City, way: Way, legs: tuple[str, ...]) -> list[date]:
    """A day for each leg, the last of them `way.on`, none before the portal began."""
    days, day = [], workday(way.on)
    for leg in reversed(legs):
        days.append(day)
        least, most = _LEGS[leg]
        slow = 50 if way.ageing and leg == "counsel" else 0
        day = workday(day - timedelta(days=city.rng.randint(least, most) + slow))
        day = max(day, city.days.beginning + timedelta(days=1))
    return days[::-1]


def tell(city: City, family: Family, way: Way) -> CaseOnItsWay:
    """The whole way of one family's graduation; before it there is an earlier visit, so that a trend is seen."""
    legs = legs_of(way)
    days = days_of(city, way, legs)
    city.rank(family, city.rng.choice((2, 3, 3, 4, 4, 5)), 9, steady_since=days[0] - timedelta(days=100))
    _earlier_visit(city, family, days[0])
    told = _Telling(city, family, way, days[0])
    for turn, (leg, day) in enumerate(zip(legs, days, strict=True)):
        at = moment(day, 8, 30) + timedelta(minutes=25 * turn + city.rng.randrange(4))
        told.leg(leg, at, day)
    told.write()
    return told.case


def _earlier_visit(city: City, family: Family, opened: date) -> None:
    day = workday(opened - timedelta(days=city.rng.randint(*_BEFORE)))
    if day > city.days.beginning and family.facilitator:
        deed = Deed(moment(day, 9, city.rng.randrange(60)), family.facilitator)
        seen = city.doorstep.meet(family, day, deed)
        city.doorstep.assess(family, seen, Standing.ON_THE_WAY, deed)


class _Telling:
    """One graduation while it is told."""

    def __init__(self, city: City, family: Family, way: Way, opened: date) -> None:
        assert family.facilitator
        self.city, self.family, self.way, self.by = city, family, way, family.facilitator
        self.decider = city.office.supervisor(city.rng, family.kelurahan)
        is_programme = way.on.year == city.days.year and city.rng.random() < 0.03  # last year's 229 were all independent
        way_out = ExitType.PROGRAMME if is_programme else ExitType.INDEPENDENT
        self.case = CaseOnItsWay(city.ledger, Graduation, family, Deed(moment(opened, 8, 30), self.by))
        self.file = GraduationFile(self.case, way_out, [])
        self.dates: dict[str, date] = {}
        self.reference: str | None = None

    def leg(self, leg: str, at: datetime, day: date) -> None:
        if leg == OPEN:
            self.case.opened("graduation.open", {"exit_type": str(self.file.way_out)})
        elif leg == VISIT:
            self._visit(at, day)
        elif leg in ("submit", "resubmit"):
            self._hand_in(leg, at, day)
        elif GRADUATION.step(leg).action == "graduation.decide":
            self._decide(leg, at, day)
        else:
            self.case.take(leg, Deed(at, self.by), _STATED[leg](self, day))

    def write(self) -> None:
        if self.way.unlike:
            self._change_since()
        self.case.write(
            exit_type=self.file.way_out, approved_on=self.dates.get("approve"), recorded_on=self.dates.get("record"),
            reference=self.reference, effective_on=self.dates.get("take_effect"),
        )  # fmt: skip

    def _visit(self, at: datetime, day: date) -> None:
        standing = Standing.ON_THE_WAY if self.way.own_wish or self.way.end == "not_yet" else Standing.WELL
        seen = self.city.doorstep.meet(self.family, day, Deed(at, self.by), photos=self.city.rng.choice((1, 2)))
        self.city.doorstep.assess(self.family, seen, standing, Deed(at, self.by))

    def _hand_in(self, leg: str, at: datetime, day: date) -> None:
        """The snapshot does not hold the note of this step: there is none."""
        handed = hand_in(self.city, self.file, day, Deed(at, self.by))
        self.latest = handed
        self.case.take(leg, Deed(at, self.by), Note(), submission=handed.number, sha256=handed.sha256)

    def _decide(self, leg: str, at: datetime, day: date) -> None:
        stated = _STATED[leg](self, day)
        self.dates[leg] = day
        cited = {"submission": self.latest.number, "sha256": self.latest.sha256}
        self.case.take(leg, Deed(at, self.decider), stated, **(cited if leg in ("approve", "return", "reject") else {}))
        if leg == "take_effect":
            change(self.city.ledger, self.family, "exit_graduated", Deed(at, self.decider))
            leave(self.family, day, self.file.way_out)

    def attach(self, kind: EvidenceKind, day: date) -> tuple[int, ...]:
        deed = Deed(moment(day, 8, 5), self.by)
        number, sha256 = self.city.album.attach(kind, self.case.subject, self.family.id, deed)
        self.file.files.append(File(number, kind, MEDIA_TYPE, sha256))
        return (number,)

    def refer(self, day: date) -> str:
        self.reference = f"SIKS-{day:%y%m}-{self.case.id:04d}"
        return self.reference

    def _change_since(self) -> None:
        """Somebody corrected the address after the case was handed in."""
        at, family = self.case.state_since + timedelta(days=1), self.family
        before = family.home
        family.home = type(before)(before.street, before.rt % 9 + 1, before.rw)
        family.version += 1
        detail = {"version": family.version, "changes": {"rt": [before.rt, family.home.rt]}}
        self.city.ledger.log("households.amend", family.subject, family.id, Deed(at, self.by), detail=detail)
        family.touched(at)


def _counselling(told: _Telling, day: date) -> Counselling:
    return Counselling(day, **words.conversation(told.city.rng, told.family.caretaker))


def _own_wish(told: _Telling, day: date) -> OwnWishCounselling:
    said = words.conversation(told.city.rng, told.family.caretaker)
    return OwnWishCounselling(day, **said, own_wish_reason=told.city.rng.choice(words.OWN_WISH))


def _signed(told: _Telling, day: date) -> SignedStatement:
    return SignedStatement(day, told.attach(EvidenceKind.SIGNED_STATEMENT, day))


def _income(told: _Telling, day: date) -> IncomeBasis:
    rng = told.city.rng
    proof = told.attach(EvidenceKind.INCOME_PROOF, day) if rng.random() < 0.4 else ()
    return IncomeBasis(rng.choice(words.INCOME), proof)


def _plan(told: _Telling, day: date) -> Plan:
    return Plan(told.city.rng.choice(words.PLANS), day + timedelta(days=told.city.rng.randrange(60, 120)))


_STATED: dict[str, Callable[[_Telling, date], object]] = {
    "start_assessment": lambda told, day: Note(),
    "find_ready": lambda told, day: Note(),
    "find_not_yet": _plan,
    "counsel": _counselling,
    "counsel_on_own_wish": _own_wish,
    "sign": _signed,
    "correct_statement": _signed,
    "add_income_basis": _income,
    "withdraw": lambda told, day: Reason(told.city.rng.choice(words.WITHDRAWN)),
    "approve": lambda told, day: Decision(note=told.city.rng.choice(words.APPROVED)),
    "return": lambda told, day: Defects(tuple(told.city.rng.sample(words.DEFECTS, told.city.rng.choice((1, 1, 2))))),
    "reject": lambda told, day: Reason(told.city.rng.choice(words.REJECTED)),
    "record": lambda told, day: Recorded(day, told.refer(day)),
    "take_effect": lambda told, day: Effective(day),
    "revoke": lambda told, day: Reason(told.city.rng.choice(words.REVOKED)),
}
