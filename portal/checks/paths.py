"""Events are the transitions: of every household and case they form one valid way to the state it is in. And what every check
stands on."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import select

from portal.family.records.models import Household
from portal.graduation.records.models import Graduation
from portal.kernel import kinds
from portal.kernel.base import session
from portal.kernel.history import Event
from portal.kernel.terms import Refused
from portal.kernel.workflow import RETURN_POINT, STAY, Flow, Step
from portal.membership.rules import MEMBERSHIP
from portal.monitoring.records import Monitoring
from portal.nomination.records.models import Nomination


@dataclass(frozen=True)
class Violation:
    """`rule` names what does not hold, as `area.fault`; the subject is a table and the id of its row."""

    rule: str
    subject_type: str
    subject_id: int
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.rule} {self.subject_type}/{self.subject_id} {self.detail}".rstrip()


Found = TypeVar("Found")
CASES = (Graduation, Nomination, Monitoring)
MODELS: tuple[type[Any], ...] = (Household, *CASES)
OPENING = ""


@dataclass(frozen=True, slots=True)
class Move:
    """One event that says where a household or case stands. `step` is OPENING for its first word."""

    seq: int
    at: datetime
    actor_id: int | None
    step: str
    before: str | None
    after: str
    detail: Mapping[str, object] | None


Histories = Mapping[str, Mapping[int, list[Move]]]
"""Table name -> id -> its moves in order."""


def grouped(pairs: Iterable[tuple[int, Found]]) -> Mapping[int, list[Found]]:
    """All that belongs to an id, in order."""
    found: dict[int, list[Found]] = defaultdict(list)
    for number, one in pairs:
        found[number].append(one)
    return found


def histories() -> Histories:
    return {model.__tablename__: _moves_of(model) for model in MODELS}


def _moves_of(model: type[Any]) -> Mapping[int, list[Move]]:
    told = (Event.subject_type == model.__tablename__, Event.to_state.is_not(None))
    who = (Event.subject_id, Event.seq, Event.at, Event.actor_id)
    what = (Event.kind, Event.from_state, Event.to_state, Event.detail)
    rows = session.execute(select(*who, *what).where(*told).order_by(Event.seq))
    return grouped(
        (subject, Move(seq, at, actor, OPENING if before is None else kind.partition(".")[2], before, after or "", detail))
        for subject, seq, at, actor, kind, before, after, detail in rows
    )


def steps_taken(moves: Iterable[Move], *steps: str) -> list[Move]:
    return [move for move in moves if move.step in steps]


def violations(known: Histories) -> Iterator[Violation]:
    for model in MODELS:
        flow, moves = kinds.flow(model.flow_name), known[model.__tablename__]
        states: dict[int, str] = dict(session.execute(select(model.id, model.state)).all())
        for subject, state in states.items():
            for fault in _way_faults(flow, moves.get(subject, []), str(state)):
                yield Violation(f"path.{fault}", model.__tablename__, subject)
        for subject in moves.keys() - states.keys():
            yield Violation("path.of_nothing", model.__tablename__, subject)
    for model in CASES:
        yield from _fact_violations(model, known[model.__tablename__])


def _way_faults(flow: Flow, moves: list[Move], state: str) -> Iterator[str]:
    """A household without a word about its start began as the first state; a case always has one."""
    reached: str | None = None
    if flow is MEMBERSHIP and not (moves and moves[0].step == OPENING):
        reached = flow.first
    for move in moves:
        yield from _move_faults(flow, reached, move)
        reached = move.after
    if reached != state:
        yield "state_differs"


def _move_faults(flow: Flow, reached: str | None, move: Move) -> Iterator[str]:
    if move.step == OPENING:
        if reached is not None:
            yield "opened_twice"
        if flow is not MEMBERSHIP and move.after != flow.first:
            yield "opened_elsewhere"
        return
    if move.before != reached:
        yield "gap"
    try:
        step = flow.step(move.step)
    except Refused:
        yield "step_unknown"
        return
    if move.before not in step.sources:
        yield "step_not_from_here"
    if move.after not in _targets(flow, step, move):
        yield "target_differs"


def _targets(flow: Flow, step: Step, move: Move) -> tuple[str | None, ...]:
    if step.target == STAY:
        return (move.before,)
    return flow.step("return").sources if step.target == RETURN_POINT else (step.target,)


def _fact_violations(model: type[Any], moves: Mapping[int, list[Move]]) -> Iterator[Violation]:
    """What a case keeps of its steps is what the events told, and it has been where it is since it came there."""
    for case, since, facts in session.execute(select(model.id, model.state_since, model.facts)):
        mine = moves.get(case, [])
        newest = {move.step: move for move in mine if move.step != OPENING}
        for fault in _facts_faults(newest, facts):
            yield Violation(f"path.facts_{fault}", model.__tablename__, case)
        arrivals = [move.at for move in mine if move.before != move.after]
        if arrivals and arrivals[-1] != since:
            yield Violation("path.since_differs", model.__tablename__, case)


def _facts_faults(newest: Mapping[str, Move], facts: Mapping[str, Any]) -> Iterator[str]:
    if newest.keys() != facts.keys():
        yield "other_steps"
        return
    for step, move in newest.items():
        kept = {name: value for name, value in facts[step].items() if name not in ("by", "on")}
        if facts[step].get("by") != move.actor_id:
            yield "other_person"
        told = move.detail
        if told is not None and any(told.get(name) != value for name, value in kept.items()):
            yield "other_content"
