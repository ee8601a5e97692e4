"""One unit of work inside the gate's transaction: what it adds, logs and moves; what is met before a step, and what happens
with it. The gate commits it."""

from collections.abc import Iterable
from dataclasses import Field, dataclass, field, fields, is_dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from portal.kernel import clock, kinds, workflow
from portal.kernel.base import session
from portal.kernel.history import Event, Told
from portal.kernel.kinds import CaseRow, HouseholdRow, Row, VersionedRow
from portal.kernel.terms import Actor, EvidenceKind, Refused
from portal.kernel.workflow import Step, plain

Added = TypeVar("Added")

SECRETS = frozenset({"nik", "kk", "phone"})


@dataclass
class Work:
    """`today` is the office's day, `now` a UTC moment: both read once, when the work begins."""

    actor: Actor
    now: datetime = field(default_factory=clock.now)
    today: date = field(default_factory=clock.today)
    events: list[Told] = field(default_factory=list)
    touched: dict[int, HouseholdRow] = field(default_factory=dict)

    def add(self, row: Added) -> Added:
        """Add and flush, so that the row has its id."""
        session.add(row)
        session.flush()
        return row

    def touch(self, household: HouseholdRow) -> None:
        """Have the gate summarise this household before it commits."""
        self.touched[household.id] = household

    def log(self, kind: str, subject: Row, *, household: HouseholdRow | None = None, **said: object) -> Event:
        """`said`: reason, detail (shown as is: mask secrets first), from_state, to_state."""
        event = Event(
            at=self.now,
            actor_id=self.actor.id,
            kind=kind,
            subject_type=subject.__tablename__,
            subject_id=subject.id,
            household_id=household.id if household else None,
            **said,
        )
        self.events.append(event)
        if household:
            self.touch(household)
        return event

    def amend(self, row: VersionedRow, **changes: object) -> None:
        """Set fields of a household or member as part of other work. It is told as an edit of its own, so that `gate.amend`
        notices whoever saves what was seen before."""
        before = {name: getattr(row, name) for name, value in changes.items() if getattr(row, name) != value}
        if not before:
            return
        for name in before:
            setattr(row, name, changes[name])
        row.version += 1
        told = {name: [shown(name, value), shown(name, changes[name])] for name, value in before.items()}
        household = kinds.household_of(row)
        self.log(f"{row.__tablename__}.amend", row, household=household, detail={"version": row.version, "changes": told})

    def move(self, case: CaseRow, step_name: str, *, facts: object = None, met: Iterable[str] = ()) -> Event:
        """Take a step: state, kept facts, version, its event. Who may, and what is met, was settled before."""
        flow = kinds.of(case).flow
        step = flow.step(step_name)
        before = case.state
        case.state = workflow.move(step, before, frozenset(met), getattr(case, "returned_from", None))
        case.version += 1
        stated: dict[str, object] = plain(facts) if facts is not None else {}
        household = kinds.household_of(case)
        if case is not household:  # what a household was put through is in its history
            self._keep(case, step, before, stated)
        return self.log(
            f"{flow.name}.{step.name}", case, household=household, from_state=before, to_state=case.state,
            reason=stated.get("reason") or stated.get("override_reason") or None, detail=stated or None,
        )  # fmt: skip

    def _keep(self, case: Any, step: workflow.Step, before: str, stated: dict[str, object]) -> None:
        if case.state != before:
            case.state_since = self.now
        pauses = kinds.of(case).flow.pauses
        if case.state in pauses and before not in pauses:
            case.returned_from = before
        case.facts = {**case.facts, step.name: {**stated, "by": self.actor.id, "on": self.today.isoformat()}}


def shown(name: str, value: object) -> object:
    """A value as history may tell it: secrets only say that there was one."""
    if name in SECRETS:
        return "•••" if value else None
    return value


def met_needs(case: CaseRow, actor: Actor, needs: Iterable[str]) -> frozenset[str]:
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
