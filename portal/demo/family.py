"""One family of the stories: what it answers at the door (so that the instrument finds what the story needs; the result is
always computed), and what people do with it. Everything goes through the gate.
"""

from collections.abc import Mapping
from dataclasses import fields
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import select, text

from portal.assessment.records import assessments, visits
from portal.assessment.records.assessments import FilledSection
from portal.assessment.records.visits import Visit
from portal.assessment.rules.answers import Typed
from portal.assessment.rules.instrument import CURRENT, Section
from portal.demo import office
from portal.demo.town import PUPILS, WORDS, Resident, Town
from portal.family.records import register
from portal.family.records.models import Household, Member
from portal.graduation.records.dossiers import Graduation
from portal.kernel import clock, gate, kinds, policy, workflow
from portal.kernel.base import session
from portal.kernel.people import Account
from portal.kernel.terms import EvidenceKind, Period, RegistryMatch, Relation, Sex, VisitOutcome
from portal.kernel.vault import blind_index
from portal.membership.records import proposals
from portal.membership.records.proposals import MembershipProposal
from portal.membership.rules import MEMBERSHIP
from portal.monitoring.records import Monitoring
from portal.nomination.records.nominations import Nomination

CASES: Mapping[str, type[Graduation | Nomination | Monitoring]] = {
    model.flow_name: model for model in (Graduation, Nomination, Monitoring)
}
AT_LENGTH = 12
"""Of so many families everything is written down; of the others what they need."""
Found = TypeVar("Found")


class Fortune(StrEnum):
    """How a family fares: well enough to leave, on the way, or in need."""

    WELL = "well"
    ON_THE_WAY = "on_the_way"
    IN_NEED = "in_need"


class ToldFamily:
    """`ranks`: the decile by quarter where it is not `decile`. `is_paid`: whether rosters of stages after the first name it.
    `is_steady`: its decile does not change, so that what is decided on is what was handed in."""

    def __init__(
        self, town: Town, turn: int, *, by: str = "sari", kelurahan: str = office.JATIMULYO, makeup: str = "couple",
        decile: int = 3, ranks: dict[Period, int] | None = None, is_paid: bool = True, first_name: str = "",
        is_steady: bool = False, same_as: "ToldFamily | None" = None,
    ) -> None:  # fmt: skip
        self.town, self.by, self.kelurahan, self.turn = town, town.people[by], kelurahan, turn
        self.people = town.cradle.family(makeup)
        self.decile, self.ranks, self.is_paid = decile, ranks or {}, is_paid
        self.kk = town.numbers.kk(town.days.beginning - timedelta(days=400 + turn * 13))
        self.street, self.rt, self.rw = office.street(turn), turn % 9 + 1, turn % 12 + 1
        self.id, self.is_steady, self.same_as = 0, is_steady, same_as
        if first_name:
            self.caretaker.name = first_name

    # --- who they are ----------------------------------------------------------------------------------------------

    @property
    def caretaker(self) -> Resident:
        """The first woman who is head or spouse, else the head."""
        elders = [one for one in self.people if one.relation in (Relation.HEAD, Relation.SPOUSE)]
        return next((one for one in elders if one.sex is Sex.FEMALE), self.people[0])

    @property
    def row(self) -> Household:
        """As it is now."""
        if not self.id:
            self.id = self.member(self.caretaker).household_id
        return session.get_one(Household, self.id)

    def rank_in(self, period: Period) -> int:
        """It has moved by one since last year, unless it is steady."""
        if self.is_steady or period == self.town.days.quarter():
            return self.ranks.get(period, self.decile)
        return self.ranks.get(period, self.decile + (1 if self.decile < 4 else -1))

    def member(self, person: Resident) -> Member:
        return session.query(Member).filter_by(nik_index=blind_index("nik", person.nik)).one()

    def newest(self, model: type[Found]) -> Found:
        """Its case or proposal."""
        mine = select(model).filter_by(household_id=self.row.id).order_by(text("id DESC")).limit(1)
        return session.scalars(mine.execution_options(populate_existing=True)).one()

    # --- what is said and written ----------------------------------------------------------------------------------

    def key(self) -> str:
        return self.town.key()

    def staged(self, kind: EvidenceKind, many: int = 1) -> tuple[int, ...]:
        return self.town.staged(self.by, kind, many)

    def said(self, occasion: str) -> dict[str, Any]:
        """One of the things that people say then."""
        spoken: dict[str, Any] = dict(self.town.rng.choice(WORDS["said"].get(occasion, [{}])))
        if "present" not in spoken:
            return spoken
        present, called = spoken["present"], self.caretaker.addressed
        named = present.format(called) if isinstance(present, str) else [one.format(called) for one in present]
        return {**spoken, "present": named}

    def stated(self, occasion: str, kind: type[Found] | None, who: Account) -> Found | None:
        """The facts of a step: what is said, what can be counted, today, and the scans that it asks for."""
        if kind is None:
            return None
        today, told = clock.today(), self.said(occasion)
        known = {"facilitator": self.by.id, "household_size": len(self.people), "batch": f"{today:%Y-%m}"}
        known |= {"reference": f"SIKS-{today:%y%m}-{self.turn:04d}", "household": self.same_as.id if self.same_as else 0}
        for one in fields(kind):  # type: ignore[arg-type]  # facts are dataclasses
            if one.type is date:
                told[one.name] = str(today + timedelta(days=60 if one.metadata.get("future") else 0))
            elif "kind" in one.metadata and (one.metadata["required"] or self.turn % 3 == 0):
                told[one.name] = self.town.staged(who, one.metadata["kind"])
            elif one.name in known:
                told[one.name] = known[one.name]
        return workflow.rebuild(kind, told)

    def step(self, flow: str, name: str) -> None:
        """A step of its newest case: by the facilitator or the officer, else by a supervisor who had no hand in it."""
        case = self.newest(CASES[flow])
        step, people = kinds.flow(flow).step(name.removesuffix("_anyway")), self.town.people
        decider = people["dewi" if isinstance(case, Nomination) and case.monitoring_id else "budi"]
        who = next(one for one in (self.by, people["wati"], decider) if policy.may(one, step.action))
        facts = self.stated(f"{flow}.{name}", step.facts, who)
        gate.perform(who, case, step.name, seen=case.version, facts=facts, key=self.key())

    def propose(self, step: str) -> None:
        facts = self.stated(f"membership.{step}", MEMBERSHIP.step(step).facts, self.by)
        proposals.propose(self.by, self.row, step, facts=facts, key=self.key())

    def confirm(self) -> None:
        proposals.confirm(self.town.people["budi"], self.newest(MembershipProposal), key=self.key())

    def dismiss(self) -> None:
        reason = self.said("membership.dismissed")["reason"]
        proposals.dismiss(self.town.people["budi"], self.newest(MembershipProposal), reason=reason, key=self.key())

    def amend(self, **changes: object) -> None:
        row = self.row
        gate.amend(self.by, row, seen=row.version, changes=changes, key=self.key())

    def settle_in(self) -> None:
        """What the facilitator writes down in the first months: how to reach the family, who goes to school, which aid it
        receives besides."""
        turn, year = self.turn, self.town.days.year
        joined = None if turn % 12 == 5 else year - 3 - turn % 11
        phone = f"08{('12', '57', '95')[turn % 3]}0000{turn % 10_000:04d}"
        matched = {"registry_match": RegistryMatch.MATCHED, "registry_checked_on": clock.today()}
        self.amend(phone=phone, group=office.group(turn // 20), joined_year=joined, **(matched if turn % 4 else {}))
        if turn > AT_LENGTH:
            return
        for member, person in ((self.member(one), one) for one in self.people if one.school_level in PUPILS):
            changes = {"school_level": person.school_level}
            gate.amend(self.by, member, seen=member.version, changes=changes, key=self.key())
        for name in ("PBI-JKN", "BPNT")[: 1 + turn % 2]:
            register.add_aid(self.by, self.row, name, date(year - 4, 1 + turn % 12, 1), key=self.key())

    # --- at the door -----------------------------------------------------------------------------------------------

    def meet(self, *, photos: int = 1) -> Visit:
        """A visit of today; the next one is agreed at the door."""
        today, shown = clock.today(), self.staged(EvidenceKind.VISIT_PHOTO, photos)
        said = visits.ToldVisit(
            today, VisitOutcome.MET, next_on=today + timedelta(days=91), photos=shown, **self.said("visit.met")
        )
        return visits.record(self.by, self.row, said, key=self.key())

    def miss(self) -> Visit:
        today = clock.today()
        said = visits.ToldVisit(today, VisitOutcome.NOT_MET, next_on=today + timedelta(days=9), **self.said("visit.not_met"))
        return visits.record(self.by, self.row, said, key=self.key())

    def assess(self, standing: Fortune, *, leaves_out: str = "") -> None:
        """At a visit, section by section, then finished."""
        visit = self.meet()
        seen = self.begin_assessment(visit, standing, tuple(Section), leaves_out)
        assessments.finish(self.by, visit, seen=seen, key=self.key())

    def begin_assessment(self, visit: Visit, standing: Fortune, sections: tuple[Section, ...], leaves_out: str = "") -> int:
        """The version of the draft with these sections."""
        told, seen = self._answers(standing), 0
        told.pop(leaves_out, None)
        for section in sections:
            typed = Typed.of({question.key: told.get(question.key) for question in CURRENT.section(section)})
            seen = assessments.save_section(self.by, visit, FilledSection(section, typed, seen), key=self.key()).version
        return seen

    def _answers(self, standing: Fortune) -> dict[str, Any]:
        """Amounts in round numbers, as people tell them."""
        rng, (line, wage), many = self.town.rng, office.limits(clock.today()), len(self.people)
        need = line * many * rng.uniform(0.45, 0.95) if standing is Fortune.IN_NEED else max(1.5 * line * many, wage) * 1.2
        income = round(need * rng.uniform(1, 1.1), -5)
        children, share = (
            sum(person.school_level in PUPILS for person in self.people),
            0.65 if standing is Fortune.IN_NEED else 0.45,
        )
        told = WORDS["answers"] | {
            "earners": min(many, 2), "income_main": income, "income_other": 0, "spending_total": round(income * 0.8, -5),
            "spending_food": round(income * 0.8 * share, -5), "school_age_children": children, "children_in_school": children,
            "savings": rng.randrange(6, 60) * 100_000,
        }  # fmt: skip
        if standing is not Fortune.WELL:
            told |= rng.choice(WORDS["not_yet"])
        if standing is Fortune.IN_NEED:
            told |= WORDS["in_need"]
        return {
            name: tuple(one) if isinstance(one, list) else int(one) if isinstance(one, float) else one
            for name, one in told.items()
        }
