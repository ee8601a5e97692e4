"""Taking a step: what is met before it, and what happens with it, in the same transaction."""

from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from datetime import date
from typing import Any

from portal.kernel import clock, kinds
from portal.kernel.terms import Actor, Refused
from portal.kernel.work import Work
from portal.kernel.workflow import Step


def met(case: Any, actor: Actor, needs: Iterable[str]) -> frozenset[str]:
    """Which of these needs are met for this case and this person today."""
    return kinds.of(case).met(case, actor, needs, clock.today())


def take(work: Work, case: Any, step: Step, *, facts: Any, met: frozenset[str]) -> None:
    """Move the case, claim the evidence that the facts name, and set off what follows."""
    refuse_misdated(facts, work.today)
    refuse_unproved(facts)
    kind, household = kinds.of(case), kinds.household_of(case)
    if step.name in kind.before:
        kind.before[step.name](work, case)
    work.move(case, step.name, facts=facts, met=met)
    for proof, ids in evidence_of(facts):
        kinds.declared().claim(work, ids, proof, case, household=household)
    if step.sets_off:
        kind.effects[step.name](work, case, facts)


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
