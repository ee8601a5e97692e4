"""Visits after a graduation: what was found, what the rule suggests, and when the next one is planned."""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from portal.evidence.records.files import claim
from portal.kernel import gate, schedule, settings
from portal.kernel.base import session
from portal.kernel.history import jsonable
from portal.kernel.terms import Actor, EvidenceKind, Refused, VisitOutcome
from portal.kernel.work import Work
from portal.monitoring.records import effects
from portal.monitoring.records.models import Monitoring, MonitoringVisit
from portal.monitoring.rules import relapse
from portal.monitoring.rules.relapse import MonitoringFindings, Result, Shock, Suggestion, Yardstick

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

    Raises Refused as `check` does, or "visit_recorded", "monitoring_closed" or "out_of_order" (before the family left).
    """
    visit_id = visit.id

    def act(work: Work, case: Monitoring) -> MonitoringVisit:
        check(report, work.today)
        planned = session.get_one(MonitoringVisit, visit_id)
        if planned.outcome is not None or planned.monitoring_id != case.id:
            raise Refused("visit_recorded")
        if not case.is_open or case.relapsed_on:
            raise Refused("monitoring_closed")
        schedule.refuse_before(report.visited_on, case.started_on, field="visited_on")
        _write(work, case, planned, report)
        _plan_on(case, report)
        goes_on = case.state == "intervention" and planned.suggestion == Result.AT_RISK  # no step says so once more
        further = effects.plan_further(work, case) if goes_on else {}
        work.log("monitoring.visit", case, household=case.household, detail={**_told(planned), **further})
        return planned

    saved: MonitoringVisit = gate.write(
        actor, "monitoring.visit", visit.monitoring, key=key, payload=[visit_id, jsonable(asdict(report))], act=act,
        endpoint="monitoring.visit",
    )  # fmt: skip
    return saved


def check(report: Report, today: date) -> None:
    if report.visited_on > today:
        raise Refused("date_in_future", field="visited_on")
    if report.outcome is VisitOutcome.NOT_MET and report.retry_on is None:
        raise Refused("retry_missing", field="retry_on")
    if report.retry_on and report.retry_on <= report.visited_on:
        raise Refused("next_not_after", field="retry_on")
    if report.household_income is not None and not report.people:
        raise Refused("people_missing", field="people")


def findings(case: Monitoring, report: Report) -> MonitoringFindings:
    """What the rule looks at; the income before comes from the last visit that knew it."""
    per_person = report.household_income // report.people if report.household_income is not None and report.people else None
    return MonitoringFindings(
        income_per_person=per_person,
        income_before=income_before(case, report.visited_on),
        works=report.works,
        in_school=report.in_school,
        shocks=report.shocks,
        supported=report.supported,
    )


def income_before(case: Monitoring, day: date) -> int | None:
    """Rupiah per person per month at the newest earlier visit that knew it."""
    visits = MonitoringVisit.in_order(case.visits)
    known = [visit.findings["income_per_person"] for visit in visits if _knew_income(visit, day) and visit.findings]
    return known[-1] if known else None


def suggest(found: MonitoringFindings, day: date) -> Suggestion:
    """What the rule suggests by the poverty line of that day; the facilitator chooses, the supervisor confirms a relapse."""
    return relapse.suggest(found, Yardstick(settings.in_force(day).number("poverty_line")))


def _knew_income(visit: MonitoringVisit, day: date) -> bool:
    told = visit.findings or {}
    return visit.visited_on is not None and visit.visited_on <= day and told.get("income_per_person") is not None


def _write(work: Work, case: Monitoring, visit: MonitoringVisit, report: Report) -> None:
    found = findings(case, report)
    visit.visited_on, visit.outcome, visit.note = report.visited_on, report.outcome, report.note
    visit.recorded_by, visit.recorded_at = work.actor.id, work.now
    if report.outcome is VisitOutcome.MET:
        suggestion = suggest(found, report.visited_on)
        visit.suggestion = suggestion.result
        told = {"household_income": report.household_income, "people": report.people, "livelihood": report.livelihood}
        visit.findings = jsonable({**told, "support": report.support, **asdict(found), "signs": suggestion.signs})
    claim(work, report.photos, EvidenceKind.VISIT_PHOTO, visit, household=case.household)


def _plan_on(case: Monitoring, report: Report) -> None:
    if report.outcome is VisitOutcome.NOT_MET and report.retry_on:
        session.add(MonitoringVisit(monitoring_id=case.id, planned_on=report.retry_on))
    session.flush()
    session.refresh(case, ["visits"])
    case.next_planned_on = min((visit.planned_on for visit in case.visits if visit.outcome is None), default=None)


def _told(visit: MonitoringVisit) -> dict[str, Any]:
    return {"visited_on": visit.visited_on, "outcome": visit.outcome, "suggestion": visit.suggestion}
