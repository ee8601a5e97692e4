"""What following a graduated family needs and sets off."""

from collections.abc import Callable
from datetime import date
from typing import Any

from sqlalchemy import exists, select

from portal.assessment.records.makers import is_not_maker
from portal.kernel import schedule, settings
from portal.kernel.base import session
from portal.kernel.facts import Reason
from portal.kernel.kinds import CaseKind
from portal.kernel.terms import OUT_OF_PROGRAMME, Actor, VisitOutcome
from portal.kernel.work import Work
from portal.monitoring.records.models import Monitoring, MonitoringVisit
from portal.monitoring.rules.flow import MONITORING
from portal.nomination.records import models as nominations
from portal.nomination.records.models import Nomination


def _visited(case: Monitoring, actor: Actor, today: date) -> bool:
    """A visit that met the family since the case came to where it is."""
    met = [visit for visit in case.visits if visit.outcome is VisitOutcome.MET and visit.recorded_at]
    return any(visit.recorded_at >= case.state_since for visit in met if visit.recorded_at)


def _three_times_not_met(case: Monitoring, actor: Actor, today: date) -> bool:
    return schedule.is_out_of_reach([visit.outcome for visit in MonitoringVisit.in_order(case.visits)])


def _last_visit_done(case: Monitoring, actor: Actor, today: date) -> bool:
    """Every planned visit has its outcome, and at the last one the family was met."""
    made = MonitoringVisit.in_order(case.visits)
    return len(made) == len(case.visits) and bool(made) and made[-1].outcome is VisitOutcome.MET


def _renomination_open(case: Monitoring, actor: Actor, today: date) -> bool:
    return bool(session.scalar(select(exists().where(Nomination.monitoring_id == case.id))))


def plan_further(work: Work, case: Monitoring) -> dict[str, Any]:
    """A family that is not stable is visited again, also after the last visit of the plan: every further result needs a
    visit. Returns what the event has to say of it: nothing where one is planned already."""
    if case.next_planned_on is not None:
        return {}
    case.next_planned_on = schedule.further_visit(work.today, settings.in_force(work.today).numbers("monitoring_months"))
    session.add(MonitoringVisit(monitoring_id=case.id, planned_on=case.next_planned_on))
    session.flush()
    session.expire(case, ["visits"])
    return {"planned": [case.next_planned_on]}


def _not_stable(work: Work, case: Monitoring, stated: Any) -> None:
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


def _closed(work: Work, case: Monitoring, stated: Any) -> None:
    case.next_planned_on = None


CHECKS: dict[str, Callable[[Any, Actor, date], bool]] = {
    "not_maker": lambda case, actor, today: is_not_maker(case, actor),
    "visited": _visited,
    "three_times_not_met": _three_times_not_met,
    "last_visit_done": _last_visit_done,
    "renomination_open": _renomination_open,
}
EFFECTS: dict[str, Callable[[Work, Any, Any], None]] = {
    "find_watch": _not_stable,
    "find_at_risk": _not_stable,
    "intervene": _not_stable,
    "confirm_relapse": _relapsed,
    "close_relapsed": _closed,
    "close_stable": _closed,
    "close_lost": _closed,
}


KIND = CaseKind(flow=MONITORING, model=Monitoring, checks=CHECKS, effects=EFFECTS)
