"""What is met before a step, and what a step sets off, in the same transaction: one module per workflow.

Each module has `CHECKS` (need -> question about the case) and `EFFECTS` (step -> what else happens). A need without a
check is never met.
"""

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import date
from typing import Any

from portal.records import clock
from portal.records.effects import graduation, membership, monitoring, nomination
from portal.records.work import Work
from portal.rules.terms import Actor, Refused
from portal.rules.workflow import Step

_MODULES = {"membership": membership, "graduation": graduation, "nomination": nomination, "monitoring": monitoring}

Check = Callable[[Any, Actor, date], bool]


def met(case: Any, actor: Actor) -> frozenset[str]:
    """Names of the needs that are met for this case and this person today."""
    today = clock.today()
    checks: dict[str, Check] = _MODULES[case.flow_name].CHECKS
    return frozenset(name for name, holds in checks.items() if holds(case, actor, today))


def take(work: Work, case: Any, step: Step, *, facts: Any, met: frozenset[str]) -> None:
    """Move the case, claim the evidence that the facts name, and set off what follows."""
    _refuse_future(facts, work.today)
    household = case if case.flow_name == "membership" else case.household
    work.move(case, step.name, facts=facts, met=met)
    for kind, ids in evidence_of(facts):
        work.claim(ids, kind, case, household)
    effect = _MODULES[case.flow_name].EFFECTS.get(step.name)
    if effect:
        effect(work, case, facts)


def evidence_of(facts: Any) -> list[tuple[Any, tuple[int, ...]]]:
    if not is_dataclass(facts):
        return []
    scans = [entry for entry in fields(facts) if entry.metadata.get("widget") == "evidence"]
    return [(entry.metadata["kind"], tuple(getattr(facts, entry.name))) for entry in scans]


def _refuse_future(facts: Any, today: date) -> None:
    """A date that a person states has been, unless its field says that it is a plan: then it has not."""
    for entry in fields(facts) if is_dataclass(facts) else ():
        value = getattr(facts, entry.name)
        if not isinstance(value, date):
            continue
        planned = bool(entry.metadata.get("future"))
        if planned != (value > today):
            raise Refused("date_not_ahead" if planned else "date_in_future", field=entry.name)
