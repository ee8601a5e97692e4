"""Taking a step: what is met before it, and what happens with it, in the same transaction."""

from collections.abc import Iterable
from dataclasses import Field, fields, is_dataclass
from datetime import date
from typing import Any

from portal.kernel import clock, kinds
from portal.kernel.kinds import CaseRow
from portal.kernel.terms import Actor, EvidenceKind, Refused
from portal.kernel.work import Work
from portal.kernel.workflow import Step


def met(case: CaseRow, actor: Actor, needs: Iterable[str]) -> frozenset[str]:
    """Which of these needs are met for this case and this person today."""
    return kinds.of(case).met(case, actor, needs, clock.today())


def take(work: Work, case: CaseRow, step: Step, *, facts: object, met: frozenset[str]) -> None:
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


def evidence_of(facts: object) -> list[tuple[EvidenceKind, tuple[int, ...]]]:
    return [(entry.metadata["kind"], tuple(ids)) for entry, ids in _stated(facts) if _is_scan(entry)]


def refuse_unproved(facts: object) -> None:
    """Scans that a statement must bring along are there, whoever asks and by whatever form."""
    for entry, ids in _stated(facts):
        if not _is_scan(entry):
            continue
        if len(ids) > entry.metadata["most"] or (entry.metadata["required"] and not ids):
            raise Refused("evidence_unknown", field=entry.name)


def refuse_misdated(facts: object, today: date) -> None:
    """A date that a person states has been, unless its field says that it is a plan: then it has not."""
    for entry, value in _stated(facts):
        if not isinstance(value, date):
            continue
        planned = bool(entry.metadata.get("future"))
        if planned != (value > today):
            raise Refused("date_not_ahead" if planned else "date_in_future", field=entry.name)


def _stated(facts: object) -> list[tuple[Field[object], Any]]:
    """Each field of what a step states, with its value; a step that states nothing has none."""
    return [(entry, getattr(facts, entry.name)) for entry in fields(facts)] if is_dataclass(facts) else []


def _is_scan(entry: Field[Any]) -> bool:
    return entry.metadata.get("widget") == "evidence"
