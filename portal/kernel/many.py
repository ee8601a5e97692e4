"""Many rows, one by one: one that is refused keeps nobody else from moving."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from portal.kernel import gate, kinds
from portal.kernel.kinds import CaseRow
from portal.kernel.terms import Actor, Refused

Found = TypeVar("Found")
Moved = TypeVar("Moved", bound=CaseRow)

LEFT_ALONE = (Refused, gate.Stale, gate.KeyReused, gate.NotFound, gate.Forbidden)
"""Why one of many stays as it is."""


@dataclass(frozen=True)
class Outcome(Generic[Found]):
    """What became of one row of many: `row` as it is now (None: not in sight), `error` when it was left alone."""

    id: int
    row: Found | None
    error: Exception | None = None


def one_by_one(ids: Iterable[int], act: Callable[[int], Found], look: Callable[[int], Found]) -> tuple[Outcome[Found], ...]:
    """`act(id)` once on each; of one that is refused `look(id)` tells how it stands (gate.NotFound: not in sight). Raises
    Refused("nothing_chosen")."""
    chosen = dict.fromkeys(ids)
    if not chosen:
        raise Refused("nothing_chosen")
    return tuple(_outcome(one, act, look) for one in chosen)


def perform_many(
    actor: Actor, model: type[Moved], step: str, seen: Mapping[int, int], *, facts: object, key: str
) -> tuple[Outcome[Moved], ...]:
    """The same step on many cases. `seen`: case id -> version that was shown. Sent again with the same key, the same rows
    answer the same. Raises Refused: "step_unknown" for a step that is not for many, "nothing_chosen"."""
    chosen = kinds.named(model.flow_name).flow.step(step)
    if not chosen.bulk:
        raise Refused("step_unknown", step=step)

    def take(case_id: int) -> Moved:
        case = gate.find(actor, chosen.action, model, case_id)
        return gate.perform(actor, case, step, seen=seen[case_id], facts=facts, key=f"{key}:{case_id}")

    return one_by_one(seen, take, lambda case_id: gate.find(actor, model.view_action, model, case_id))


def _outcome(one: int, act: Callable[[int], Found], look: Callable[[int], Found]) -> Outcome[Found]:
    try:
        return Outcome(one, act(one))
    except LEFT_ALONE as error:
        return Outcome(one, _as_it_is(one, look), error)


def _as_it_is(one: int, look: Callable[[int], Found]) -> Found | None:
    try:
        return look(one)
    except gate.NotFound:
        return None
