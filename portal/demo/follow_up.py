"""Life after graduation: planned visits, what was found at them, and the families that fell back."""

from datetime import date, timedelta
from typing import Any

from portal.demo import nominations, office, words
from portal.demo.days import workday
from portal.demo.family import ToldFamily
from portal.demo.town import Story
from portal.kernel import clock, gate
from portal.kernel.base import session
from portal.kernel.facts import Note, Reason
from portal.kernel.terms import EvidenceKind, VisitOutcome
from portal.monitoring import records as monitoring
from portal.monitoring.records import Monitoring, MonitoringVisit, Report
from portal.monitoring.rules import Intervention, Outlook, Shock

_STEPS = {Outlook.STABLE: "find_stable", Outlook.WATCH: "find_watch", Outlook.AT_RISK: "find_at_risk"}
_SHARE = {Outlook.STABLE: 1.7, Outlook.WATCH: 1.4, Outlook.AT_RISK: 0.8}
"""Income per person, of the poverty line."""


def followed(family: ToldFamily, fortune: str, *, hit_at: int = 1, again: str = "draft") -> Story:
    """`fortune` is stable, watch, at_risk, intervention, relapsed, closed_relapsed or lost; trouble comes at the visit
    `hit_at`. `again`: how far the nomination has come that a relapse opened."""
    turn = 0
    while planned := _next(family):
        yield workday(planned.planned_on + timedelta(days=4))
        turn += 1
        if fortune == "lost":
            yield from _missed(family)
        elif turn < hit_at or fortune == "stable":
            _met(family, Outlook.STABLE)
        elif fortune == "watch":
            _met(family, Outlook.WATCH)
        else:
            _met(family, Outlook.AT_RISK)
            yield from _helped(family, fortune, again)
            return
    if case_of(family).state == "stable":
        yield clock.today() + timedelta(days=9)
        _decide(family, "close_stable", Note())


def case_of(family: ToldFamily) -> Monitoring:
    return session.query(Monitoring).filter_by(household_id=family.id or family.row.id).populate_existing().one()


def _next(family: ToldFamily) -> MonitoringVisit | None:
    """The earliest visit without an outcome, unless the case needs none any more."""
    case = case_of(family)
    ahead = [visit for visit in case.visits if visit.outcome is None] if case.is_open else []
    return min(ahead, key=lambda visit: visit.planned_on, default=None)


def _met(family: ToldFamily, result: Outlook) -> None:
    today, people = clock.today(), len(family.people)
    income = int(office.limits(today)[0] * _SHARE[result]) * people // 10_000 * 10_000
    hit = result is Outlook.AT_RISK
    photos = family.staged(EvidenceKind.VISIT_PHOTO)
    report = Report(
        visited_on=today, outcome=VisitOutcome.MET, household_income=income, people=people, works=not hit, in_school=True,
        livelihood="" if hit else family.town.rng.choice(words.WORK_NOW), shocks=(Shock.JOB_LOST,) if hit else (),
        supported=True, photos=photos,
    )  # fmt: skip
    visit = _next(family)
    assert visit
    monitoring.record_visit(family.by, visit, report, key=family.key())
    _take(family, _STEPS[result], Note())


def _missed(family: ToldFamily) -> Story:
    retry = clock.today() + timedelta(days=14)
    visit = _next(family)
    assert visit
    report = Report(visited_on=clock.today(), outcome=VisitOutcome.NOT_MET, retry_on=retry)
    monitoring.record_visit(family.by, visit, report, key=family.key())
    if sum(one.outcome is VisitOutcome.NOT_MET for one in case_of(family).visits) == 3:
        yield clock.today() + timedelta(days=6)
        _decide(family, "close_lost", Reason(words.LOST))


def _helped(family: ToldFamily, fortune: str, again: str) -> Story:
    if fortune == "at_risk":
        return
    yield clock.today() + timedelta(days=5)
    what, where = family.town.rng.choice(words.HELP)
    _take(family, "intervene", Intervention(what, where, clock.today() + timedelta(days=45)))
    if fortune == "intervention":
        return
    yield clock.today() + timedelta(days=20)
    _decide(family, "confirm_relapse", Reason(words.RELAPSED))
    if fortune == "closed_relapsed":
        yield clock.today() + timedelta(days=4)
        _decide(family, "close_relapsed", Note())
    yield from nominations.proposed_again(family, again)


def _take(family: ToldFamily, step: str, stated: Any) -> None:
    _step(family, family.by, step, stated)


def _decide(family: ToldFamily, step: str, stated: Any) -> None:
    _step(family, family.town.people["budi"], step, stated)


def _step(family: ToldFamily, who: Any, step: str, stated: Any) -> None:
    case = case_of(family)
    gate.perform(who, case, step, seen=case.version, facts=stated, key=family.key())


def visits_until(left_on: date, last: date) -> int:
    """How many visits of the plan have been made by then."""
    return sum(left_on + timedelta(days=92 * turn + 8) <= last for turn in range(1, 5))
