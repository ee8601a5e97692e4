"""The machine behind every workflow: which steps exist, who is offered which, and what is missing; what a person states
when taking a step, one frozen dataclass per kind of step, whose fields become the form; and how it is stored as JSON.

A workflow is a table of `Step`s (in the `rules` of its slice). What is *met* arrives as a set of names; a need that nobody
reports is missing, so unknown configuration fails closed. A field's `metadata`: `widget` ("textarea", "radio", "evidence"),
`max` characters, `minimum` and `unit` for numbers. Evidence fields hold ids of staged files. Dates may not lie in the
future: the gate refuses them. Here are the facts that several workflows share; the others stand in the `rules` of their
slice.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from cattrs.preconf.json import make_converter

from portal.kernel.terms import EvidenceKind, Period, Refused

LONG = {"widget": "textarea", "max": 2000}
SHORT = {"max": 120}


def evidence(kind: EvidenceKind, *, required: bool = True, most: int = 1) -> tuple[int, ...]:
    """A field that claims staged files of one kind."""
    metadata = {"widget": "evidence", "kind": kind, "required": required, "most": most}
    return field(metadata=metadata) if required else field(default=(), metadata=metadata)


@dataclass(frozen=True)
class Reason:
    reason: str = field(metadata=LONG)


@dataclass(frozen=True)
class Note:
    note: str = field(default="", metadata=LONG)


@dataclass(frozen=True)
class Defects:
    defects: tuple[str, ...]


@dataclass(frozen=True)
class Decision:
    """`override_reason` is required when the case is stale or the decision overrides a recommendation."""

    note: str = field(default="", metadata=LONG)
    override_reason: str = field(default="", metadata=LONG)


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

    @property
    def pauses(self) -> frozenset[str]:
        """States from which a step leads back to where the case was before."""
        return frozenset(state for step in self.steps if step.target == RETURN_POINT for state in step.sources)

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


Kind = TypeVar("Kind")
_converter = make_converter(detailed_validation=False, unstruct_collection_overrides={tuple: list})
_converter.register_structure_hook(Period, lambda stored, _kind: Period.parse(stored))
_converter.register_unstructure_hook(Period, str)


def rebuild(kind: type[Kind], stored: Mapping[str, object] | Sequence[object]) -> Kind:
    """The dataclass or named tuple as it was; a field of a dataclass that was not stored gets its default. Raises TypeError,
    ValueError or KeyError for what does not fit."""
    return _converter.structure(stored, kind)


def plain(value: object) -> Any:
    """What `rebuild` undoes: dataclasses as dicts, tuples as lists, days and quarters as text."""
    return _converter.unstructure(value)
