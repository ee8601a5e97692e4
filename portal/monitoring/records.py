"""Follow-up of graduated families: the case, its planned and made visits, and what the workflow needs and sets off."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, exists, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.assessment.records.makers import is_not_maker
from portal.evidence.records import claim
from portal.family.records.models import Case, guards, one_open
from portal.kernel import gate, schedule, settings
from portal.kernel.base import Base, Json, UtcDateTime, session, state_check
from portal.kernel.kinds import CaseKind, Check, Effect
from portal.kernel.terms import OUT_OF_PROGRAMME, Actor, EvidenceKind, Refused, VisitOutcome
from portal.kernel.work import Work
from portal.kernel.workflow import Reason, plain
from portal.monitoring import rules
from portal.monitoring.rules import MONITORING, QUEUES, MonitoringFindings, Outlook, Shock, Yardstick
from portal.nomination.records import nominations
from portal.nomination.records.nominations import Nomination


class Monitoring(Case, Base):
    """Follow-up of one effective graduation; the cohort is the year of effect."""

    __tablename__ = "monitorings"
    view_action = "monitoring.view"
    flow_name = "monitoring"
    opening_decisions = frozenset({"monitoring.open"})
    opened_by_decision = True

    graduation_id: Mapped[int] = mapped_column(ForeignKey("graduations.id"), unique=True)
    cohort: Mapped[int]
    started_on: Mapped[date]
    relapsed_on: Mapped[date | None]
    next_planned_on: Mapped[date | None]

    visits: Mapped[list["MonitoringVisit"]] = relationship(back_populates="monitoring", order_by="MonitoringVisit.planned_on")

    __table_args__ = (
        *guards("monitorings", MONITORING),
        Index("ix_monitorings_cohort", "cohort", "state"),
        Index("ix_monitorings_household", "household_id"),
        Index("ix_monitorings_planned", "next_planned_on"),
    )


one_open(Monitoring, MONITORING)


class MonitoringVisit(Base):
    """A planned visit and its outcome; due and overdue are derived from today."""

    __tablename__ = "monitoring_visits"

    id: Mapped[int] = mapped_column(primary_key=True)
    monitoring_id: Mapped[int] = mapped_column(ForeignKey("monitorings.id"))
    planned_on: Mapped[date]
    visited_on: Mapped[date | None]
    outcome: Mapped[VisitOutcome | None]
    findings: Mapped[dict[str, Any] | None] = mapped_column(Json)
    suggestion: Mapped[str | None] = mapped_column(String(12))
    note: Mapped[str] = mapped_column(Text, default="")
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    recorded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    monitoring: Mapped[Monitoring] = relationship(back_populates="visits")

    @staticmethod
    def in_order(visits: Iterable["MonitoringVisit"]) -> "list[MonitoringVisit]":
        """Those that were made, in the order they were: a retry may come before what the plan has next."""
        done = [visit for visit in visits if visit.visited_on and visit.recorded_at]
        return sorted(done, key=lambda visit: (visit.visited_on, visit.recorded_at, visit.id))

    __table_args__ = (
        state_check("outcome", VisitOutcome),
        Index("ix_monitoring_visits_plan", "monitoring_id", "planned_on"),
    )


# --- the workflow ----------------------------------------------------------------------------------------------------


def _visited(case: Monitoring, actor: Actor, today: date) -> bool:
    """A visit that met the family since the case came to where it is."""
    met = [visit.recorded_at for visit in case.visits if visit.outcome is VisitOutcome.MET]
    return any(recorded and recorded >= case.state_since for recorded in met)


def _three_times_not_met(case: Monitoring, actor: Actor, today: date) -> bool:
    return schedule.is_out_of_reach([visit.outcome for visit in MonitoringVisit.in_order(case.visits)])


def _last_visit_done(case: Monitoring, actor: Actor, today: date) -> bool:
    """Every planned visit has its outcome, and at the last one the family was met."""
    made = MonitoringVisit.in_order(case.visits)
    return len(made) == len(case.visits) and bool(made) and made[-1].outcome is VisitOutcome.MET


def _renomination_open(case: Monitoring, actor: Actor, today: date) -> bool:
    return bool(session.scalar(select(exists().where(Nomination.monitoring_id == case.id))))


def plan_further(work: Work, case: Monitoring) -> dict[str, list[date]]:
    """A family that is not stable is visited again, also after the last visit of the plan: every further result needs a
    visit. Returns what the event has to say of it: nothing where one is planned already."""
    if case.next_planned_on is not None:
        return {}
    case.next_planned_on = schedule.further_visit(work.today, settings.in_force(work.today).numbers("monitoring_months"))
    session.add(MonitoringVisit(monitoring_id=case.id, planned_on=case.next_planned_on))
    session.expire(case, ["visits"])
    return {"planned": [case.next_planned_on]}


def _not_stable(work: Work, case: Monitoring, stated: object) -> None:
    event = work.events[-1]
    event.detail = {**(event.detail or {}), **plan_further(work, case)}


def _relapsed(work: Work, case: Monitoring, stated: Reason) -> None:
    """The family may be proposed again at once: a linked nomination is opened, and the household is a candidate again.
    Where a kelurahan was quicker, its nomination is the one, however far it has come."""
    case.relapsed_on, case.next_planned_on = work.today, None
    if case.household.membership in OUT_OF_PROGRAMME:
        work.move(case.household, "renominate")
        nominations.begin(work, case.household, stated.reason, monitoring_id=case.id)
    else:
        nominations.link(work, case.household, case.id)


def _closed(work: Work, case: Monitoring, stated: object) -> None:
    case.next_planned_on = None


CHECKS: Mapping[str, Check] = {
    "not_maker": lambda case, actor, today: is_not_maker(case, actor),
    "visited": _visited,
    "three_times_not_met": _three_times_not_met,
    "last_visit_done": _last_visit_done,
    "renomination_open": _renomination_open,
}
EFFECTS: Mapping[str, Effect] = {
    "find_watch": _not_stable,
    "find_at_risk": _not_stable,
    "intervene": _not_stable,
    "confirm_relapse": _relapsed,
    "close_relapsed": _closed,
    "close_stable": _closed,
    "close_lost": _closed,
}


KIND = CaseKind(flow=MONITORING, model=Monitoring, queues=QUEUES, checks=CHECKS, effects=EFFECTS)


# --- visits ----------------------------------------------------------------------------------------------------------


PHOTOS = 5


@dataclass(frozen=True, kw_only=True)
class Report:
    """A monitoring visit as told. Incomes in rupiah per month; None is "not known". `income_before` is taken from the
    visit before, never typed. `retry_on` only when nobody was met."""

    visited_on: date
    outcome: VisitOutcome
    retry_on: date | None = None
    household_income: int | None = None
    people: int | None = None
    works: bool | None = None
    livelihood: str = ""
    in_school: bool | None = None
    shocks: tuple[Shock, ...] = ()
    supported: bool | None = None
    support: str = ""
    note: str = ""
    photos: tuple[int, ...] = ()


def record_visit(actor: Actor, visit: MonitoringVisit, report: Report, *, key: str) -> MonitoringVisit:
    """Write down a planned visit. Not meeting anybody plans the retry.

    Raises Refused as `_check` does, or "visit_recorded", "monitoring_closed" or "out_of_order" (before the family left).
    """
    visit_id = visit.id

    def act(work: Work, case: Monitoring) -> MonitoringVisit:
        _check(report, work.today)
        planned = session.get_one(MonitoringVisit, visit_id)
        if planned.outcome is not None or planned.monitoring_id != case.id:
            raise Refused("visit_recorded")
        if not case.is_open or case.relapsed_on:
            raise Refused("monitoring_closed")
        schedule.refuse_before(report.visited_on, case.started_on, field="visited_on")
        _write(work, case, planned, report)
        _plan_on(case, report)
        goes_on = case.state == "intervention" and planned.suggestion == Outlook.AT_RISK  # no step says so once more
        further = plan_further(work, case) if goes_on else {}
        told = {"visited_on": planned.visited_on, "outcome": planned.outcome, "suggestion": planned.suggestion}
        work.log("monitoring.visit", case, household=case.household, detail={**told, **further})
        return planned

    return gate.write(
        actor, "monitoring.visit", visit.monitoring, key=key, payload=[visit_id, plain(report)], act=act,
        endpoint="monitoring.visit",
    )  # fmt: skip


def _check(report: Report, today: date) -> None:
    if report.visited_on > today:
        raise Refused("date_in_future", field="visited_on")
    if report.outcome is VisitOutcome.NOT_MET and report.retry_on is None:
        raise Refused("retry_missing", field="retry_on")
    if report.retry_on and report.retry_on <= report.visited_on:
        raise Refused("next_not_after", field="retry_on")
    if report.household_income is not None and not report.people:
        raise Refused("people_missing", field="people")


def _findings(case: Monitoring, report: Report) -> MonitoringFindings:
    """What the rule looks at."""
    per_person = report.household_income // report.people if report.household_income is not None and report.people else None
    return MonitoringFindings(
        income_per_person=per_person, income_before=income_before(case, report.visited_on), works=report.works,
        in_school=report.in_school, shocks=report.shocks, supported=report.supported,
    )  # fmt: skip


def income_before(case: Monitoring, day: date) -> int | None:
    """Rupiah per person and month at the newest earlier visit that knew it."""
    earlier = [visit for visit in MonitoringVisit.in_order(case.visits) if visit.visited_on and visit.visited_on <= day]
    told = [(visit.findings or {}).get("income_per_person") for visit in earlier]
    return next((income for income in reversed(told) if income is not None), None)


def _write(work: Work, case: Monitoring, visit: MonitoringVisit, report: Report) -> None:
    found = _findings(case, report)
    visit.visited_on, visit.outcome, visit.note = report.visited_on, report.outcome, report.note
    visit.recorded_by, visit.recorded_at = work.actor.id, work.now
    if report.outcome is VisitOutcome.MET:
        line = settings.in_force(report.visited_on).number("poverty_line")
        suggestion = rules.suggest(found, Yardstick(line))
        visit.suggestion = suggestion.result
        told = {"household_income": report.household_income, "people": report.people, "livelihood": report.livelihood}
        visit.findings = {**told, "support": report.support, **plain(found), "signs": plain(suggestion.signs)}
    claim(work, report.photos, EvidenceKind.VISIT_PHOTO, visit, household=case.household)


def _plan_on(case: Monitoring, report: Report) -> None:
    if report.outcome is VisitOutcome.NOT_MET and report.retry_on:
        session.add(MonitoringVisit(monitoring_id=case.id, planned_on=report.retry_on))
    session.refresh(case, ["visits"])
    case.next_planned_on = min((visit.planned_on for visit in case.visits if visit.outcome is None), default=None)
