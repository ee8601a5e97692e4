"""One family of the stories, what it answers at the door (so that the instrument finds what the story needs; the result is
always computed), and what people do with it: everything goes through the gate.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from enum import StrEnum
from random import Random
from typing import Any

from portal.assessment.records import assessments, visits
from portal.assessment.records.assessments import FilledSection
from portal.assessment.records.visits import Visit
from portal.assessment.rules.answers import Typed
from portal.assessment.rules.instrument import CURRENT, NONE, Section
from portal.demo import office, words
from portal.demo.people import PUPILS, Resident
from portal.demo.town import Story, Town
from portal.family.records import register
from portal.family.records.models import Household, Member
from portal.kernel import clock, gate
from portal.kernel.base import session
from portal.kernel.terms import EvidenceKind, Period, RegistryMatch, Relation, Sex, VisitOutcome
from portal.kernel.vault import blind_index
from portal.membership.records import proposals

STEP = 50_000
"""People tell amounts in round numbers."""
Answers = dict[str, Any]


class Fortune(StrEnum):
    """How a family fares: well enough to leave, on the way, or in need."""

    WELL = "well"
    ON_THE_WAY = "on_the_way"
    IN_NEED = "in_need"


def given(rng: Random, standing: Fortune, *, people: int, children: int, limits: tuple[int, int]) -> Answers:
    """`children`: of school age and in school. `limits`: the poverty line per person and the minimum wage."""
    values = _well(rng, people, children, limits)
    if standing is Fortune.ON_THE_WAY:
        values |= _spoilt(rng, values)
    if standing is Fortune.IN_NEED:
        _in_need(rng, values, people, limits[0])
    return values


def _round(amount: float) -> int:
    return -(-int(amount) // STEP) * STEP


def _well(rng: Random, people: int, children: int, limits: tuple[int, int]) -> Answers:
    line, wage = limits
    income = _round(max(1.5 * line * people, wage) * rng.uniform(1.02, 1.35))
    other, spending = _round(income * rng.choice((0, 0.1, 0.2))), _round(income * rng.uniform(0.6, 0.8))
    return {
        "earners": min(people, rng.choice((1, 2, 2))), "stable_months": rng.randrange(8, 13),
        "business": rng.choice(("alone", "family_help", "none")), "assets": (rng.choice(("motorcycle", "stall", "tools")),),
        "income_main": income - other, "income_other": other, "spending_total": spending,
        "spending_food": int(spending * rng.uniform(0.36, 0.48)) // STEP * STEP,
        "savings": rng.randrange(6, 60) * 100_000, "debt_payment": rng.choice((0, 0, 250_000, 400_000)), "debt_overdue": "no",
        "floor": rng.choice(("ceramic", "tile")), "wall": "plastered_wall", "toilet": "own",
        "power": rng.choice(("900", "1300")), "school_age_children": children, "children_in_school": children,
        "conditions_kept": rng.choice(("always", "always", "sometimes")), "sessions_attended": rng.randrange(7, 13),
        "continuing_aid": rng.choice((("jkn",), ("jkn", "pip"), ("jkn", "sembako"))),
        "severe_disability": "no", "chronic_illness": "no", "nutrition_problem": "no", "recent_shock": (NONE,),
        "conversation_held": "yes", "own_wish": "wants_to_leave",
    }  # fmt: skip


def _spoilt(rng: Random, values: Answers) -> Answers:
    """What is not yet as it should be."""
    poor = rng.choice((("floor", "cement"), ("wall", "bare_wall"), ("toilet", "shared"), ("power", "450")))
    return rng.choice((
        {"spending_food": int(values["spending_total"] * rng.uniform(0.55, 0.7)) // STEP * STEP},
        dict([poor]),
        {"savings": rng.choice((0, 100_000, 300_000)), "debt_overdue": rng.choice(("yes", "no"))},
        {"recent_shock": (rng.choice(("job_lost", "illness", "business_failed", "death")),)},
    ))  # fmt: skip


def _in_need(rng: Random, values: Answers, people: int, line: int) -> None:
    income = _round(line * people * rng.uniform(0.45, 0.95))
    spending = max(STEP, _round(income * 0.95))
    values.update({
        "income_main": income, "income_other": 0, "spending_total": spending,
        "spending_food": int(spending * rng.uniform(0.55, 0.75)) // STEP * STEP, "stable_months": rng.randrange(1, 6),
        "business": "none", "assets": (NONE,), "savings": 0, "own_wish": rng.choice(("wants_to_stay", "undecided")),
        "wall": "bare_wall",
    })  # fmt: skip


class ToldFamily:
    """`ranks`: the decile by quarter where it is not `decile`. `paid`: whether rosters of stages after the first name it."""

    def __init__(
        self, town: Town, turn: int, *, by: str = "sari", kelurahan: str = office.JATIMULYO, makeup: str = "couple",
        decile: int = 3, ranks: dict[Period, int] | None = None, paid: bool = True, first_name: str = "",
        is_steady: bool = False,
    ) -> None:  # fmt: skip
        self.town, self.by, self.kelurahan, self.turn = town, town.people[by], kelurahan, turn
        self.people = town.cradle.family(makeup)
        self.decile, self.ranks, self.paid = decile, ranks or {}, paid
        self.kk = town.numbers.kk(town.days.beginning - timedelta(days=400 + turn * 13))
        self.street, self.rt, self.rw = office.street(turn), turn % 9 + 1, turn % 12 + 1
        self.id, self.is_steady = 0, is_steady
        if first_name:
            self.caretaker.name = first_name

    @property
    def caretaker(self) -> Resident:
        """The first woman who is head or spouse, else the head."""
        elders = [one for one in self.people if one.relation in (Relation.HEAD, Relation.SPOUSE)]
        return next((one for one in elders if one.sex is Sex.FEMALE), self.people[0])

    @property
    def row(self) -> Household:
        """As it is now."""
        if not self.id:
            number = blind_index("nik", self.caretaker.nik)
            self.id = session.query(Member.household_id).filter_by(nik_index=number).scalar() or 0
        return session.get_one(Household, self.id)

    def rank_in(self, period: Period) -> int:
        """It has moved by one since last year, but for a family on its way out: what is decided on is what was handed in."""
        if self.is_steady or period == self.town.days.quarter():
            return self.decile
        return self.decile + (1 if self.decile < 4 else -1)

    def member(self, person: Resident) -> Member:
        return session.query(Member).filter_by(nik_index=blind_index("nik", person.nik)).one()

    def key(self) -> str:
        return self.town.key()

    def said(self, words: Sequence[str]) -> str:
        return self.town.rng.choice(words)

    def staged(self, kind: EvidenceKind, many: int = 1) -> tuple[int, ...]:
        return self.town.staged(self.by, kind, many)

    def amend(self, **changes: object) -> None:
        row = self.row
        gate.amend(self.by, row, seen=row.version, changes=changes, key=self.key())

    def settle_in(self) -> Story:
        """What the facilitator writes down after the first weeks: how to reach the family, who goes to school, which aid it
        receives besides."""
        yield self.town.days.first_roster + timedelta(days=12 + self.turn % 40)
        year = self.town.days.year
        joined = None if self.turn % 12 == 5 else year - 3 - self.turn % 11
        phone = f"08{('12', '57', '95')[self.turn % 3]}0000{self.turn % 10_000:04d}"
        matched = {"registry_match": RegistryMatch.MATCHED, "registry_checked_on": clock.today()}
        self.amend(phone=phone, group=office.group(self.turn // 20), joined_year=joined, **(matched if self.turn % 4 else {}))
        at_length = self.town.is_large or self.turn < 9
        for person in self.people if at_length else ():
            if person.school_level in PUPILS:
                member, changes = self.member(person), {"school_level": person.school_level}
                gate.amend(self.by, member, seen=member.version, changes=changes, key=self.key())
        for name in ("PBI-JKN", "BPNT")[: 1 + self.turn % 2 if at_length else self.turn % 2]:
            register.add_aid(self.by, self.row, name, date(year - 4, 1 + self.turn % 12, 1), key=self.key())

    def meet(self, *, photos: int = 1) -> Visit:
        """A visit of today; the next one is agreed at the door."""
        today = clock.today()
        said = visits.ToldVisit(
            today, VisitOutcome.MET, present=self.said(words.PRESENT).format(self.caretaker.addressed),
            notes=self.said(words.NOTES), next_on=today + timedelta(days=91),
            photos=self.staged(EvidenceKind.VISIT_PHOTO, photos),
        )  # fmt: skip
        return visits.record(self.by, self.row, said, key=self.key())

    def miss(self, retry_in: int = 7) -> Visit:
        today = clock.today()
        retry = today + timedelta(days=retry_in)
        said = visits.ToldVisit(today, VisitOutcome.NOT_MET, notes=self.said(words.NOT_MET), next_on=retry)
        return visits.record(self.by, self.row, said, key=self.key())

    def assess(self, visit: Visit, standing: Fortune, *, leaves_out: str = "") -> None:
        """Section by section, then finished."""
        seen = self.begin_assessment(visit, standing, tuple(Section), leaves_out)
        assessments.finish(self.by, visit, seen=seen, key=self.key())

    def begin_assessment(self, visit: Visit, standing: Fortune, sections: tuple[Section, ...], leaves_out: str = "") -> int:
        """The version of the draft with these sections."""
        children, limits = sum(person.school_level in PUPILS for person in self.people), office.limits(clock.today())
        told = given(self.town.rng, standing, people=len(self.people), children=children, limits=limits)
        told.pop(leaves_out, None)
        seen = 0
        for section in sections:
            typed = Typed.of({question.key: told.get(question.key) for question in CURRENT.section(section)})
            seen = assessments.save_section(self.by, visit, FilledSection(section, typed, seen), key=self.key()).version
        return seen

    def propose(self, step: str, stated: object) -> None:
        proposals.propose(self.by, self.row, step, facts=stated, key=self.key())
