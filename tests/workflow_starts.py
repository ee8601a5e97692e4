"""How far somebody has come when random people take over: each way starts from the cast with its beginnings."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from portal.kernel import gate
from portal.kernel.base import session
from portal.kernel.clock import today
from portal.kernel.terms import VisitOutcome
from portal.membership.records import proposals
from portal.membership.rules import MEMBERSHIP
from portal.monitoring import records as monitoring
from portal.monitoring.records import Monitoring
from portal.nomination.records import nominations
from portal.nomination.records.nominations import Nomination
from tests import beginnings, cast
from tests import graduating as go
from tests.stating import WHOLE, fresh_key, new_family, person, scan, stated


def _take(name: str, case: Any, *steps: str) -> None:
    for step in steps:
        fresh = session.get(type(case), case.id)
        said = stated(fresh.flow.step(step).facts, person(name), WHOLE)
        gate.perform(person(name), fresh, step, seen=fresh.version, facts=said, key=fresh_key())


def _handed_in() -> Nomination:
    wati = person("wati")
    case = nominations.draft(wati, new_family(cast.JATIMULYO), key=fresh_key())
    for kind in nominations.PHOTOS:
        nominations.attach(wati, case, kind, scan(wati, kind, WHOLE), key=fresh_key())
    _take("wati", case, "submit")
    return case


def _recommended() -> Nomination:
    case = _handed_in()
    _take("wati", case, "deliberate", "endorse")
    _take("sari", case, "recommend")
    return case


def _forwarded() -> None:
    _take("budi", _recommended(), "approve", "forward")


def _assessed() -> None:
    sari, misnati = person("sari"), cast.household("Misnati")
    go.assessed(sari, go.visited(sari, misnati))
    go.opened(sari, cast.household("Misnati"))


def _at_risk() -> None:
    go.brought_to("effective")
    case = session.scalars(select(Monitoring)).one()
    report = monitoring.Report(visited_on=today(), outcome=VisitOutcome.MET, household_income=900_000, people=3, works=False)
    monitoring.record_visit(person("sari"), case.visits[0], report, key=fresh_key())
    _take("sari", case, "find_at_risk", "intervene")


def _last_visit_left() -> None:
    """Followed for a year, and one visit short of its end."""
    go.brought_to("effective")
    case = session.scalars(select(Monitoring)).one()
    for visit in case.visits[:-1]:
        report = monitoring.Report(visited_on=today(), outcome=VisitOutcome.MET, works=True)
        monitoring.record_visit(person("sari"), visit, report, key=fresh_key())


def _proposed() -> None:
    """Three families for whom somebody proposes something."""
    sari = person("sari")
    for caretaker, step in (("Misnati", "suspend"), ("Misnati", "exit_ineligible"), ("Suliyah", "resume")):
        said = stated(MEMBERSHIP.step(step).facts, sari, WHOLE)
        proposals.propose(sari, cast.household(caretaker), step, facts=said, key=fresh_key())


WAYS: dict[str, Callable[[], Any]] = {
    "told": beginnings.tell,
    "handed in": _handed_in,
    "recommended": _recommended,
    "forwarded": _forwarded,
    "assessed": _assessed,
    "submitted": lambda: go.brought_to("submitted"),
    "recorded": lambda: go.brought_to("recorded"),
    "effective": lambda: go.brought_to("effective"),
    "at risk": _at_risk,
    "last visit left": _last_visit_left,
    "proposed": _proposed,
}
