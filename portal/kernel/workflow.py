"""The machine behind every workflow: which steps exist, who is offered which, and what is missing.

A workflow is a table of `Step`s (in the `rules` of its slice). What is *met* arrives as a set of names; a need that nobody
reports is missing, so unknown configuration fails closed.
"""

from collections.abc import Collection
from dataclasses import dataclass

from portal.kernel.terms import Refused


@dataclass(frozen=True)
class Step:
    """One transition. `target` may be `RETURN_POINT` or `STAY`; `facts` is a frozen dataclass whose fields become the form.
    `sets_off`: something else happens with it, which the slice's `EFFECTS` say under the step's name."""

    name: str
    sources: tuple[str, ...]
    target: str
    action: str
    facts: type | None = None
    needs: tuple[str, ...] = ()
    bulk: bool = False
    by_effect: bool = False
    sets_off: bool = False


RETURN_POINT = "(back to where it was returned from)"
STAY = "(where it stands)"


@dataclass(frozen=True)
class Flow:
    name: str
    first: str
    steps: tuple[Step, ...]
    ends: frozenset[str]

    @property
    def states(self) -> tuple[str, ...]:
        """Every state in the order of the table, first state first."""
        names = [self.first]
        for step in self.steps:
            names += [*step.sources, step.target]
        return tuple(dict.fromkeys(name for name in names if name not in (RETURN_POINT, STAY)))

    @property
    def open_states(self) -> tuple[str, ...]:
        return tuple(state for state in self.states if state not in self.ends)

    def step(self, name: str) -> Step:
        """Raises Refused("step_unknown")."""
        for step in self.steps:
            if step.name == name:
                return step
        raise Refused("step_unknown", step=name)

    def steps_from(self, state: str) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if state in step.sources)


def missing(step: Step, met: Collection[str]) -> tuple[str, ...]:
    return tuple(need for need in step.needs if need not in met)


def move(step: Step, state: str, met: Collection[str], return_point: str | None = None) -> str:
    """The state after `step`. Raises Refused("step_not_from_here") or Refused("needs_missing", missing=…)."""
    if state not in step.sources:
        raise Refused("step_not_from_here", state=state, step=step.name)
    lacking = missing(step, met)
    if lacking:
        raise Refused("needs_missing", missing=lacking)
    if step.target == STAY:
        return state
    if step.target != RETURN_POINT:
        return step.target
    if not return_point:
        raise Refused("return_point_unknown")
    return return_point
