"""What is met before a step, and what a step sets off, in the same transaction: one module per workflow.

Each module has `CHECKS` (need -> question about the case) and `EFFECTS` (step -> what else happens); `gathered` may
answer several needs at once, `FIRST` (step -> what is settled before it) say where a step leads. A need without a check is
never met.
"""

from collections.abc import Callable, Iterable
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


def met(case: Any, actor: Actor, needs: Iterable[str]) -> frozenset[str]:
    """Which of these needs are met for this case and this person today; nothing is asked that no step needs."""
    wanted, today, module = set(needs), clock.today(), _MODULES[case.flow_name]
    checks: dict[str, Check] = module.CHECKS
    found = {name for name in wanted & set(checks) if checks[name](case, actor, today)}
    if wanted - set(checks) and hasattr(module, "gathered"):
        found |= module.gathered(case, today)
    return frozenset(found & wanted)


def take(work: Work, case: Any, step: Step, *, facts: Any, met: frozenset[str]) -> None:
    """Move the case, claim the evidence that the facts name, and set off what follows."""
    refuse_misdated(facts, work.today)
    refuse_unproved(facts)
    household, module = case if case.flow_name == "membership" else case.household, _MODULES[case.flow_name]
    if step.name in getattr(module, "FIRST", {}):
        module.FIRST[step.name](work, case)
    work.move(case, step.name, facts=facts, met=met)
    for kind, ids in evidence_of(facts):
        work.claim(ids, kind, case, household)
    effect = module.EFFECTS.get(step.name)
    if effect:
        effect(work, case, facts)


def evidence_of(facts: Any) -> list[tuple[Any, tuple[int, ...]]]:
    if not is_dataclass(facts):
        return []
    scans = [entry for entry in fields(facts) if entry.metadata.get("widget") == "evidence"]
    return [(entry.metadata["kind"], tuple(getattr(facts, entry.name))) for entry in scans]


def refuse_unproved(facts: Any) -> None:
    """Scans that a statement must bring along are there, whoever asks and by whatever form."""
    for entry in fields(facts) if is_dataclass(facts) else ():
        if entry.metadata.get("widget") != "evidence":
            continue
        count = len(getattr(facts, entry.name))
        if count > entry.metadata["most"] or (entry.metadata["required"] and not count):
            raise Refused("evidence_unknown", field=entry.name)


def refuse_misdated(facts: Any, today: date) -> None:
    """A date that a person states has been, unless its field says that it is a plan: then it has not."""
    for entry in fields(facts) if is_dataclass(facts) else ():
        value = getattr(facts, entry.name)
        if not isinstance(value, date):
            continue
        planned = bool(entry.metadata.get("future"))
        if planned != (value > today):
            raise Refused("date_not_ahead" if planned else "date_in_future", field=entry.name)
