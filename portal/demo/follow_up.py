"""Life after graduation: planned visits, what was found at them, and the families that fell back."""

from dataclasses import asdict, dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from portal.demo import nominations, words
from portal.demo.city import City
from portal.demo.days import moment, workday
from portal.demo.doorstep import in_force
from portal.demo.families import change
from portal.demo.ledger import Deed
from portal.demo.moves import CaseOnItsWay
from portal.kernel import schedule
from portal.kernel.facts import Note, Reason
from portal.kernel.history import jsonable
from portal.kernel.terms import EvidenceKind, VisitOutcome
from portal.monitoring import rules as relapse
from portal.monitoring.records import Monitoring, MonitoringVisit
from portal.monitoring.rules import MONITORING, Intervention, MonitoringFindings, Outlook, Shock, Yardstick


class Fortune(StrEnum):
    """How a family fares after it left."""

    STABLE = "stable"
    WATCHED = "watched"
    AT_RISK = "at_risk"
    HELPED = "helped"
    RELAPSED = "relapsed"
    LOST = "lost"


@dataclass
class _Planned:
    """A planned visit; told when it has an outcome."""

    id: int
    on: date
    told: dict[str, Any] | None = None


_STEPS = {Outlook.STABLE: "find_stable", Outlook.WATCH: "find_watch", Outlook.AT_RISK: "find_at_risk"}
RETRY_DAYS = 14


def follow(city: City, graduated: CaseOnItsWay, left_on: date, fortune: Fortune, *, again: str) -> None:
    """Open the monitoring of an effective graduation and tell its visits up to today. `again`: where the nomination
    stands now that a relapse opened, if it comes to one."""
    following = _Following(city, graduated, left_on, fortune)
    following.stays_open = again == "draft"
    following.tell()
    if following.nomination:
        nominations.resume(city, following.nomination, following.case.id, again)


class _Following:
    def __init__(self, city: City, graduated: CaseOnItsWay, left_on: date, fortune: Fortune) -> None:
        assert graduated.family.facilitator
        self.city, self.family, self.fortune, self.left_on = city, graduated.family, fortune, left_on
        self.by = graduated.family.facilitator
        self.decider = graduated.facts["take_effect"]["by"]
        self.case = CaseOnItsWay(city.ledger, Monitoring, self.family, Deed(graduated.state_since, self.decider))
        self.graduation = graduated.id
        months = in_force(left_on).numbers("monitoring_months")
        self.plan = [self._planned(day) for day in schedule.planned_visits(left_on, months)]
        self.income: int | None = None
        self.relapsed_on: date | None = None
        self.nomination: CaseOnItsWay | None = None
        self.stays_open = False

    def _planned(self, day: date) -> _Planned:
        return _Planned(self.city.ledger.next_id(MonitoringVisit), day)

    def tell(self) -> None:
        planned = [visit.on.isoformat() for visit in self.plan]
        self.case.opened("monitoring.open", {"planned": planned, "graduation": self.graduation})
        while (visit := self._next()) is not None and self._goes(visit):
            pass
        if self.case.is_open and self.relapsed_on is None:
            self._close_stable()
        self._write()

    def _next(self) -> _Planned | None:
        """The earliest visit without an outcome, unless the case needs none any more."""
        if not self.case.is_open or self.relapsed_on:
            return None
        return min((visit for visit in self.plan if visit.told is None), key=lambda visit: visit.on, default=None)

    def _goes(self, visit: _Planned) -> bool:
        """False when the day has not come, or nobody has gone yet. Whoever fares badly is visited in time, and met."""
        rng, last, well = self.city.rng, self.city.days.last, self.fortune is Fortune.STABLE
        day = workday(visit.on + timedelta(days=rng.randrange(0, 9)))
        came = moment(day, 10, rng.randrange(60))
        late = well and visit.on > last - timedelta(days=45) and rng.random() < 0.3
        if day > last or late or came <= self.case.state_since:
            return False
        if self.fortune is Fortune.LOST or (well and rng.random() < 0.06 and day < last - timedelta(days=30)):
            self._miss(visit, day)
        else:
            self._meet(visit, day)
        return True

    def _miss(self, visit: _Planned, day: date) -> None:
        retry = day + timedelta(days=RETRY_DAYS)
        self._record(visit, day, VisitOutcome.NOT_MET, None)
        self.plan.append(self._planned(retry))
        self.plan.sort(key=lambda one: (one.on, one.id))
        outcomes = [one.told["outcome"] if one.told else None for one in self.plan]
        closing = workday(day + timedelta(days=9))
        if schedule.is_out_of_reach(outcomes) and self.fortune is Fortune.LOST and closing <= self.city.days.last:
            self.case.take("close_lost", Deed(moment(closing, 11), self._supervisor()), Reason(words.LOST))

    def _meet(self, visit: _Planned, day: date) -> None:
        """Hard times come late, unless the family falls back."""
        due = self.city.days.last - timedelta(days=20)
        later = any(one.told is None and one.on <= due for one in self.plan if one is not visit)
        hardship = self.fortune is Fortune.RELAPSED or not later
        found = self._findings(day, self.fortune if hardship else Fortune.STABLE)
        suggestion = relapse.suggest(found, Yardstick(in_force(day).number("poverty_line")))
        people = len(self.family.people)
        told = {
            "household_income": (found.income_per_person or 0) * people, "people": people,
            "livelihood": self.city.rng.choice(words.WORK_NOW) if found.works else "", "support": "", **asdict(found),
            "signs": suggestion.signs,
        }  # fmt: skip
        self._record(visit, day, VisitOutcome.MET, (jsonable(told), suggestion.result))
        self.income = found.income_per_person
        self._conclude(suggestion.result, day)

    def _findings(self, day: date, fortune: Fortune) -> MonitoringFindings:
        line, rng = in_force(day).number("poverty_line"), self.city.rng
        share = {Fortune.STABLE: (1.6, 1.8), Fortune.WATCHED: (1.37, 1.45)}.get(fortune, (0.55, 0.9))
        hit = fortune in (Fortune.AT_RISK, Fortune.HELPED, Fortune.RELAPSED)
        return MonitoringFindings(
            income_per_person=int(line * rng.uniform(*share)) // 10_000 * 10_000, income_before=self.income,
            works=not hit or rng.random() < 0.4, in_school=True,
            shocks=(rng.choice((Shock.JOB_LOST, Shock.BUSINESS_FAILED, Shock.ILLNESS)),) if hit else (),
            supported=rng.random() < 0.7,
        )  # fmt: skip

    def _conclude(self, result: Outlook, day: date) -> None:
        step = _STEPS[result]
        if self.case.state not in MONITORING.step(step).sources:
            return
        again = result is not Outlook.STABLE and all(visit.told for visit in self.plan)
        self.case.take(step, Deed(moment(day, 13, 5), self.by), Note(), **(self._once_more(day) if again else {}))
        if result is Outlook.AT_RISK and self.fortune in (Fortune.HELPED, Fortune.RELAPSED):
            self._help(workday(day + timedelta(days=8)))

    def _once_more(self, day: date) -> dict[str, Any]:
        """Who is not stable after the last visit of the plan is visited again; what the event says of it."""
        self.plan.append(self._planned(schedule.further_visit(day, in_force(day).numbers("monitoring_months"))))
        return {"planned": [self.plan[-1].on.isoformat()]}

    def _help(self, day: date) -> None:
        last, rng = self.city.days.last, self.city.rng
        if day > last or moment(day, 9) <= self.case.state_since:
            return
        what, office = rng.choice(words.HELP)
        self.case.take("intervene", Deed(moment(day, 9), self.by), Intervention(what, office, day + timedelta(days=45)))
        confirmed = workday(day + timedelta(days=24))
        if self.fortune is Fortune.RELAPSED and confirmed <= last:
            self._relapse(confirmed)

    def _relapse(self, day: date) -> None:
        """The family may be proposed again: the linked nomination is told by the nominations."""
        deed = Deed(moment(day, 10), self._supervisor())
        self.case.take("confirm_relapse", deed, Reason(words.RELAPSED))
        self.relapsed_on = day
        change(self.city.ledger, self.family, "renominate", deed)
        self.nomination = nominations.reopen(self.city, self.family, deed)
        closing = workday(day + timedelta(days=16))
        if closing <= self.city.days.last and not self.stays_open:
            self.case.take("close_relapsed", Deed(moment(closing, 11), self._supervisor()), Note())

    def _close_stable(self) -> None:
        done = all(visit.told for visit in self.plan) and self.plan[-1].told["outcome"] is VisitOutcome.MET  # type: ignore[index]  # all told
        day = workday(self.plan[-1].on + timedelta(days=24))
        if done and self.case.state == "stable" and day <= self.city.days.last and moment(day, 9) > self.case.state_since:
            self.case.take("close_stable", Deed(moment(day, 9), self._supervisor()), Note())

    def _supervisor(self) -> int:
        return self.city.office.supervisor(self.city.rng, self.family.kelurahan)

    def _record(self, visit: _Planned, day: date, outcome: VisitOutcome, found: tuple[dict[str, Any], Outlook] | None) -> None:
        at = moment(day, 10, 10)
        visit.told = {
            "visited_on": day, "outcome": outcome, "recorded_by": self.by, "recorded_at": at,
            "findings": found[0] if found else None, "suggestion": found[1] if found else None,
        }  # fmt: skip
        subject = (MonitoringVisit.__tablename__, visit.id)
        if found and self.city.rng.random() < 0.7:
            self.city.album.attach(EvidenceKind.VISIT_PHOTO, subject, self.family.id, Deed(at, self.by))
        detail = {"visited_on": day.isoformat(), "outcome": str(outcome), "suggestion": found and str(found[1])}
        self.case.note("monitoring.visit", Deed(at, self.by), detail=detail)

    def _write(self) -> None:
        for visit in self.plan:
            told = visit.told or {}
            self.city.ledger.add(MonitoringVisit, id=visit.id, monitoring_id=self.case.id, planned_on=visit.on, **told)
        ahead = min((visit.on for visit in self.plan if visit.told is None), default=None)
        self.family.monitoring_on = ahead if self.case.is_open and not self.relapsed_on else None
        self.case.write(
            graduation_id=self.graduation, cohort=self.left_on.year, started_on=self.left_on, relapsed_on=self.relapsed_on,
            next_planned_on=self.family.monitoring_on,
        )  # fmt: skip
