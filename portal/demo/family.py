"""One family of the stories, and what people do with it: everything goes through the gate."""

from datetime import date, timedelta
from typing import Any

from portal.assessment.records import assessments, visits
from portal.assessment.records.assessments import FilledSection
from portal.assessment.records.models import Visit
from portal.assessment.rules.answers import Typed
from portal.assessment.rules.instrument import CURRENT, Section
from portal.demo import answers, office, places, words
from portal.demo.answers import Fortune
from portal.demo.people import PUPILS, Resident, caretaker
from portal.demo.town import Story, Town
from portal.family.records import register
from portal.family.records.models import Household, Member
from portal.kernel import clock, gate
from portal.kernel.base import session
from portal.kernel.people import Account
from portal.kernel.terms import EvidenceKind, Period, RegistryMatch, VisitOutcome
from portal.kernel.vault import blind_index
from portal.membership.records import proposals

NEXT_VISIT = timedelta(days=91)


class ToldFamily:
    """`ranks`: the decile by quarter where it is not `decile`. `paid`: whether rosters of stages after the first name it."""

    def __init__(
        self, town: Town, turn: int, *, by: str = "sari", kelurahan: str = places.JATIMULYO, makeup: str = "couple",
        decile: int = 3, ranks: dict[Period, int] | None = None, paid: bool = True, first_name: str = "",
        is_steady: bool = False,
    ) -> None:  # fmt: skip
        self.town, self.by, self.kelurahan, self.turn = town, town.people[by], kelurahan, turn
        self.people = town.cradle.family(makeup)
        self.decile, self.ranks, self.paid = decile, ranks or {}, paid
        self.kk = town.numbers.kk(town.days.beginning - timedelta(days=400 + turn * 13))
        self.street, self.rt, self.rw = places.street(turn), turn % 9 + 1, turn % 12 + 1
        self.id, self.is_steady = 0, is_steady
        if first_name:
            self.caretaker.name = first_name

    @property
    def caretaker(self) -> Resident:
        return caretaker(self.people)

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

    def staged(self, kind: EvidenceKind, many: int = 1) -> tuple[int, ...]:
        return self.town.staged(self.by, kind, many)

    def amend(self, by: Account | None = None, **changes: Any) -> None:
        row = self.row
        gate.amend(by or self.by, row, seen=row.version, changes=changes, key=self.key())

    def settle_in(self) -> Story:
        """What the facilitator writes down after the first weeks: how to reach the family, who goes to school, which aid it
        receives besides."""
        yield self.town.days.first_roster + timedelta(days=12 + self.turn % 40)
        year = self.town.days.year
        joined = None if self.turn % 12 == 5 else year - 3 - self.turn % 11
        phone = f"08{('12', '57', '95')[self.turn % 3]}0000{self.turn % 10_000:04d}"
        matched: dict[str, Any] = (
            {"registry_match": RegistryMatch.MATCHED, "registry_checked_on": clock.today()} if self.turn % 4 else {}
        )
        self.amend(phone=phone, group=places.group(self.turn // 20), joined_year=joined, **matched)
        at_length = self.town.is_large or self.turn < 9
        for person in self.people if at_length else ():
            if person.school_level in PUPILS:
                member = self.member(person)
                changes = {"school_level": person.school_level}
                gate.amend(self.by, member, seen=member.version, changes=changes, key=self.key())
        for name in ("PBI-JKN", "BPNT")[: 1 + self.turn % 2 if at_length else self.turn % 2]:
            register.add_aid(self.by, self.row, name, date(year - 4, 1 + self.turn % 12, 1), key=self.key())

    def meet(self, *, photos: int = 1, next_in: timedelta = NEXT_VISIT) -> Visit:
        """A visit of today; the next one is agreed at the door."""
        today, rng = clock.today(), self.town.rng
        said = visits.ToldVisit(
            today, VisitOutcome.MET, present=rng.choice(words.PRESENT).format(self.caretaker.addressed),
            notes=rng.choice(words.NOTES), next_on=today + next_in, photos=self.staged(EvidenceKind.VISIT_PHOTO, photos),
        )  # fmt: skip
        return visits.record(self.by, self.row, said, key=self.key())

    def miss(self, retry_in: int = 7) -> Visit:
        today = clock.today()
        retry = today + timedelta(days=retry_in)
        said = visits.ToldVisit(today, VisitOutcome.NOT_MET, notes=self.town.rng.choice(words.NOT_MET), next_on=retry)
        return visits.record(self.by, self.row, said, key=self.key())

    def assess(self, visit: Visit, standing: Fortune, *, leaves_out: str = "") -> None:
        """Section by section, then finished."""
        seen = self.begin_assessment(visit, standing, tuple(Section), leaves_out)
        assessments.finish(self.by, visit, seen=seen, key=self.key())

    def begin_assessment(self, visit: Visit, standing: Fortune, sections: tuple[Section, ...], leaves_out: str = "") -> int:
        """The version of the draft with these sections."""
        children, limits = sum(person.school_level in PUPILS for person in self.people), office.limits(clock.today())
        told = answers.given(self.town.rng, standing, people=len(self.people), children=children, limits=limits)
        told.pop(leaves_out, None)
        seen = 0
        for section in sections:
            typed = Typed.of({question.key: told.get(question.key) for question in CURRENT.section(section)})
            seen = assessments.save_section(self.by, visit, FilledSection(section, typed, seen), key=self.key()).version
        return seen

    def propose(self, step: str, stated: Any) -> Any:
        return proposals.propose(self.by, self.row, step, facts=stated, key=self.key())
