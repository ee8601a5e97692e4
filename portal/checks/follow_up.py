"""Monitoring: every effective graduation has one, and its states rest on visits."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from sqlalchemy import select

from portal.checks.findings import Violation
from portal.checks.paths import OPENING, Histories, Move, steps_taken
from portal.graduation.records.models import Graduation
from portal.kernel import schedule
from portal.kernel.base import session
from portal.kernel.terms import VisitOutcome
from portal.monitoring.records import Monitoring, MonitoringVisit
from portal.nomination.records.models import Nomination

_TABLE = Monitoring.__tablename__
_FOUND = ("find_stable", "find_watch", "find_at_risk")
_NOT_STABLE = ("watch", "at_risk", "intervention")


def violations(known: Histories) -> Iterator[Violation]:
    yield from _openings()
    visits = _visits()
    linked = set(session.scalars(select(Nomination.monitoring_id).where(Nomination.monitoring_id.is_not(None))))
    for case in session.scalars(select(Monitoring)):
        mine, moves = visits.get(case.id, []), known[_TABLE].get(case.id, [])
        faults = (*_plan_faults(case, mine), *_state_faults(case, mine, moves), *_relapse_faults(case, moves, linked))
        yield from (Violation(f"monitoring.{fault}", _TABLE, case.id) for fault in faults)


def _openings() -> Iterator[Violation]:
    """One for each graduation in effect, of the same family and day."""
    effective = select(Graduation.id, Graduation.household_id, Graduation.effective_on).where(Graduation.state == "effective")
    opened = select(Monitoring.graduation_id, Monitoring.household_id, Monitoring.started_on)
    wanted, there = set(session.execute(effective)), set(session.execute(opened))
    for graduation, _household, _day in sorted(wanted ^ there, key=str):
        yield Violation("monitoring.none_or_another", Graduation.__tablename__, graduation)


def _visits() -> Mapping[int, list[MonitoringVisit]]:
    found: dict[int, list[MonitoringVisit]] = defaultdict(list)
    for visit in session.scalars(select(MonitoringVisit).order_by(MonitoringVisit.planned_on, MonitoringVisit.id)):
        found[visit.monitoring_id].append(visit)
    return found


def _plan_faults(case: Monitoring, visits: list[MonitoringVisit]) -> Iterator[str]:
    if not visits:
        yield "no_plan"
    if case.cohort != case.started_on.year:
        yield "cohort_differs"
    ahead = min((visit.planned_on for visit in visits if visit.outcome is None), default=None)
    if case.next_planned_on != (ahead if case.is_open and case.relapsed_on is None else None):
        yield "next_planned_differs"
    for visit in visits:
        told = (visit.outcome, visit.visited_on, visit.recorded_at, visit.recorded_by)
        if None in told and any(told):
            yield "visit_half_recorded"
        if visit.outcome is VisitOutcome.MET and not (visit.findings and visit.suggestion):
            yield "met_without_findings"


def _state_faults(case: Monitoring, visits: list[MonitoringVisit], moves: list[Move]) -> Iterator[str]:
    if case.state in _NOT_STABLE and case.next_planned_on is None and not _has_result_to_take(visits, moves):
        yield "not_stable_and_no_visit_ahead"
    yield from (f"{move.step}_unvisited" for move in moves if move.step in _FOUND and not _was_visited(move, visits, moves))
    outcomes = [visit.outcome for visit in MonitoringVisit.in_order(visits)]
    if case.state == "closed_stable" and (len(outcomes) < len(visits) or outcomes[-1:] != [VisitOutcome.MET]):
        yield "closed_before_the_last_visit"
    if case.state == "closed_lost" and not schedule.is_out_of_reach(outcomes):
        yield "closed_though_met"


def _has_result_to_take(visits: list[MonitoringVisit], moves: list[Move]) -> bool:
    return any(visit.recorded_at > moves[-1].at for visit in visits if visit.recorded_at)


def _was_visited(found: Move, visits: list[MonitoringVisit], moves: list[Move]) -> bool:
    """A visit that met the family after the case came to where it stood, and before the result was taken."""
    came = [move.at for move in moves if move.seq < found.seq and (move.step == OPENING or move.before != move.after)]
    met = [visit.recorded_at for visit in visits if visit.outcome is VisitOutcome.MET and visit.recorded_at]
    return bool(came) and any(came[-1] <= at <= found.at for at in met)


def _relapse_faults(case: Monitoring, moves: list[Move], linked: set[int | None]) -> Iterator[str]:
    relapsed = bool(steps_taken(moves, "confirm_relapse"))
    if relapsed != (case.relapsed_on is not None):
        yield "relapsed_on_differs"
    if relapsed != (case.id in linked):
        yield "relapse_without_nomination" if relapsed else "nomination_without_relapse"
