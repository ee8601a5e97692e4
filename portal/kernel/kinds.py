"""Kinds of cases, and the rest of what the slices declare to the kernel, which itself knows no slice.

Every slice that has cases declares each kind once (`KIND = CaseKind(…)`); create_app() hands them over with `adopt()`.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, ClassVar, Protocol

from portal.kernel import policy
from portal.kernel.history import Told
from portal.kernel.terms import Actor
from portal.kernel.workflow import Flow


class Row(Protocol):
    """What the gate finds and writes: it has a number, and its table tells which right shows it."""

    __tablename__: Any
    view_action: ClassVar[str]
    assigned_column: ClassVar[str | None]

    @property
    def id(self) -> int: ...


class VersionedRow(Row, Protocol):
    """A row that people edit: a household or a member."""

    version: int


class CaseRow(VersionedRow, Protocol):
    """Something that moves through a workflow: a household through its membership, or a case about a household."""

    flow_name: str
    state: str


class HouseholdRow(CaseRow, Protocol):
    """A household: where it stands decides who may reach it and all that belongs to it."""

    @property
    def kelurahan(self) -> str: ...

    @property
    def facilitator_id(self) -> int | None: ...


Check = Callable[[Any, Actor, date], bool]
"""Whether one need is met for this case, this person, today."""
Gather = Callable[[Any, date], frozenset[str]]
"""Names of the needs that are met today, answered together."""
Before = Callable[[Any, Any], None]
"""`before(work, case)`: settles where a step leads."""
Effect = Callable[[Any, Any, Any], None]
"""`effect(work, case, facts)`: what else happens, in the same transaction."""
Summarise = Callable[[Collection[Any], datetime, Sequence[Told]], None]
"""`summarise(households, now, events)`: the columns that lists show, after a write that left these events."""
Claim = Callable[..., object]
"""`claim(work, ids, kind, subject, household=…)`: ties staged files to what they prove."""


class Undeclared(Exception):
    """The portal must not start: a slice names what nothing declares, or leaves out what is asked of it."""


@dataclass(frozen=True, kw_only=True)
class CaseKind:
    """`checks` (need -> question) and `gather`, which answers the needs in `gathers` together, say what is met; `before` and
    `effects` (step -> what is settled, what happens) follow the flow's `sets_off`.

    `queues` (audience -> tab -> states) say where people find a case: for each audience every state stands in exactly one tab,
    or in `hidden` (state -> why no tab shows it)."""

    flow: Flow
    model: type[Any]
    queues: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    hidden: Mapping[str, str] = field(default_factory=dict)
    checks: Mapping[str, Check] = field(default_factory=dict)
    gather: Gather | None = None
    gathers: frozenset[str] = frozenset()
    before: Mapping[str, Before] = field(default_factory=dict)
    effects: Mapping[str, Effect] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.flow.name

    def met(self, case: CaseRow, actor: Actor, needs: Iterable[str], today: date) -> frozenset[str]:
        """Which of these needs are met; nothing is asked that was not wanted. A need without a check is never met."""
        wanted = set(needs)
        found = {need for need in wanted & self.checks.keys() if self.checks[need](case, actor, today)}
        if self.gather and wanted & self.gathers:
            found |= self.gather(case, today)
        return frozenset(found & wanted)

    def demand_whole(self) -> None:
        """Raises Undeclared, naming what is missing: a need that nobody answers, an effect that the flow names or does not, a
        state that people would not find."""
        needs = {need for step in self.flow.steps for need in step.needs}
        steps = {step.name for step in self.flow.steps}
        setting_off = {step.name for step in self.flow.steps if step.sets_off}
        wrong = {
            "needs that nothing answers": needs - self.checks.keys() - self.gathers,
            "effects that the flow names and nothing declares": setting_off - self.effects.keys(),
            "effects that the flow does not name": self.effects.keys() - setting_off,
            "steps that do not exist": self.before.keys() - steps,
            "actions that the policy does not know": {step.action for step in self.flow.steps} - policy.GRANTS.keys(),
            **self._lost(),
        }
        for what, names in wrong.items():
            if names:
                raise Undeclared(f"{self.name}: {what}: {', '.join(sorted(names))}")

    def _lost(self) -> dict[str, set[str]]:
        """States that have no place for an audience, or more than one."""
        states = set(self.flow.states)
        wrong = {"states hidden without a reason": {state for state, why in self.hidden.items() if not why}}
        for audience, tabs in (self.queues or {"anybody": {}}).items():
            places = Counter([*self.hidden, *(state for tab in tabs.values() for state in tab)])
            wrong[f"states in no tab for {audience}, and not hidden"] = states - places.keys()
            wrong[f"states in two places for {audience}"] = {state for state, times in places.items() if times > 1}
            wrong[f"states in a tab for {audience} that do not exist"] = places.keys() - states
        return wrong


@dataclass(frozen=True)
class Stated:
    """What one step of a case stated: its name, the day, who, and the facts by name."""

    step: str
    on: date
    who: str
    facts: dict[str, Any]


@dataclass(frozen=True)
class Proved:
    """A kind of row that files prove; `through`: the relationship to the row whose sight decides, where it is another's."""

    model: type[Any]
    through: str = ""


@dataclass(frozen=True, kw_only=True)
class Declared:
    """`household` is the model that every right and lock hangs on, and itself the case of the membership workflow;
    `conflicts` leads from a constraint's name to the refusal that tells of it."""

    household: type[Any]
    kinds: Mapping[str, CaseKind]
    summarise: Summarise
    claim: Claim
    proved: tuple[Proved, ...]
    conflicts: Mapping[str, str]

    @property
    def cases(self) -> tuple[type[Any], ...]:
        """The models of all cases but the household."""
        return tuple(kind.model for kind in self.kinds.values() if kind.model is not self.household)


_adopted: list[Declared] = []


def adopt(declared: Declared) -> None:
    """Make this the kernel's knowledge for the whole process. Raises Undeclared."""
    for kind in declared.kinds.values():
        kind.demand_whole()
    _adopted[:] = [declared]


def declared() -> Declared:
    if not _adopted:
        raise RuntimeError("nothing declared yet: create_app() adopts the slices")
    return _adopted[0]


def named(name: str) -> CaseKind:
    """The kind with this workflow. Raises KeyError."""
    return declared().kinds[name]


def of(case: CaseRow) -> CaseKind:
    return named(case.flow_name)


def flow(name: str) -> Flow:
    return named(name).flow


def household_of(row: Row) -> HouseholdRow | None:
    """The household that a row is, or belongs to; None for a staged file."""
    belonging: Any = row
    found: HouseholdRow | None = belonging if isinstance(row, declared().household) else belonging.household
    return found
