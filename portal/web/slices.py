"""What one capability is made of, as create_app() takes it in: pages, kinds of cases, words, and what it hands the kernel."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any

from flask import Blueprint, Flask
from flask_babel.speaklater import LazyString

from portal.kernel import kinds, policy, settings
from portal.kernel.kinds import CaseKind, Claim, Declared, Proved, Summarise, Undeclared
from portal.kernel.settings import Definition
from portal.web import labels


@dataclass(frozen=True, kw_only=True)
class Words:
    """What people read of one slice. `labels` by closed set; `states`, `steps`, `flows` by workflow; `cases`: what one
    of a kind is called; `taken` (a step that
    was taken, where it is not called by the state it led to), `grave` (steps that ask twice), `tones` (of a badge) by code;
    `facts`, `helps` and `fields` by a field's name; `needs`, `refusals` by code; `actions` of the policy; `events` by kind,
    `subjects` by table."""

    labels: Mapping[type[StrEnum], Mapping[Any, LazyString]] = field(default_factory=dict)
    states: Mapping[str, Mapping[str, LazyString]] = field(default_factory=dict)
    steps: Mapping[str, Mapping[str, LazyString]] = field(default_factory=dict)
    flows: Mapping[str, LazyString] = field(default_factory=dict)
    cases: Mapping[str, LazyString] = field(default_factory=dict)
    taken: Mapping[str, LazyString] = field(default_factory=dict)
    grave: tuple[str, ...] = ()
    tones: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, LazyString] = field(default_factory=dict)
    helps: Mapping[str, LazyString] = field(default_factory=dict)
    fields: Mapping[str, LazyString] = field(default_factory=dict)
    needs: Mapping[str, LazyString] = field(default_factory=dict)
    refusals: Mapping[str, LazyString] = field(default_factory=dict)
    actions: Mapping[str, LazyString] = field(default_factory=dict)
    events: Mapping[str, LazyString] = field(default_factory=dict)
    subjects: Mapping[str, LazyString] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Slice:
    """`case_pages`: where a family's page leads, kind of case -> endpoint; `conflicts`: constraint -> refusal code; `settings`:
    dated values that only this slice reads; `shown`: what templates call by name; `proved`: what files can prove. `household`,
    `summarise` and `claim` are what the gate asks for, each declared by exactly one slice."""

    name: str
    pages: tuple[Blueprint, ...] = ()
    kinds: tuple[CaseKind, ...] = ()
    words: Words = field(default_factory=Words)
    case_pages: Mapping[str, str] = field(default_factory=dict)
    conflicts: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, Definition] = field(default_factory=dict)
    shown: Mapping[str, object] = field(default_factory=dict)
    household: type[object] | None = None
    summarise: Summarise | None = None
    claim: Claim | None = None
    proved: tuple[Proved, ...] = ()


def adopt(app: Flask, slices: Sequence[Slice]) -> None:
    """Put the slices together. Raises Undeclared, naming what is missing or told twice."""
    declared = Declared(
        household=_only(slices, "household"),
        kinds={kind.name: kind for part in slices for kind in part.kinds},
        summarise=_only(slices, "summarise"),
        claim=_only(slices, "claim"),
        proved=tuple(proved for part in slices for proved in part.proved),
        conflicts={name: code for part in slices for name, code in part.conflicts.items()},
    )
    demand_once(slices)
    for part in slices:
        adopt_words(part.words)
        settings.adopt(part.settings)
        app.jinja_env.globals.update(part.shown)
    kinds.adopt(declared)
    case_pages = {kind: endpoint for part in slices for kind, endpoint in part.case_pages.items()}
    app.jinja_env.globals.update(case_pages=case_pages, case_names=labels.CASES)
    for kind in declared.kinds.values():
        demand_words(kind)
        demand_page(kind, case_pages)
    demand_actions()
    for part in slices:
        for bp in part.pages:
            app.register_blueprint(bp)


def demand_once(slices: Sequence[Slice]) -> None:
    """Raises Undeclared, naming what two slices declare: the later one would win in silence."""
    told = Counter(one for part in slices for one in _named(part))
    twice = sorted(one for one, times in told.items() if times > 1)
    if twice:
        raise Undeclared(f"declared by two slices: {', '.join(twice)}")


def _named(part: Slice) -> Iterator[str]:
    """`refusals nik_taken`: whatever the slice calls by a name."""
    yield from (f"kinds {kind.name}" for kind in part.kinds)
    yield from (f"proved {proved.model.__name__}" for proved in part.proved)
    by_name = {what: getattr(part, what) for what in ("case_pages", "conflicts", "settings", "shown")}
    words = {entry.name: getattr(part.words, entry.name) for entry in fields(part.words)}
    del words["grave"]  # one step may be grave in several workflows
    for what, names in {**by_name, **words}.items():
        yield from (f"{what} {name if isinstance(name, str) else name.__name__}" for name in names)


def _only(slices: Sequence[Slice], what: str) -> Any:
    """What exactly one slice declares."""
    found = [getattr(part, what) for part in slices if getattr(part, what) is not None]
    if len(found) != 1:
        raise Undeclared(f"{what}: declared by {len(found)} slices")
    return found[0]


def adopt_words(words: Words) -> None:
    """Make these words known, for the whole process."""
    for entry in fields(words):
        if entry.name != "grave":
            getattr(labels, entry.name.upper()).update(getattr(words, entry.name))
    labels.GRAVE.update(words.grave)


def demand_actions() -> None:
    """Raises Undeclared, naming every action of the policy that no slice puts into words."""
    unnamed = policy.GRANTS.keys() - labels.ACTIONS.keys()
    if unnamed:
        raise Undeclared(f"actions without words: {', '.join(sorted(unnamed))}")


def demand_page(kind: CaseKind, case_pages: Mapping[str, str]) -> None:
    """Raises Undeclared, naming a kind of case that a family's page could neither call by a name nor lead to."""
    if kind.model is not kinds.declared().household and not (kind.name in case_pages and kind.name in labels.CASES):
        raise Undeclared(f"{kind.name}: no page in case_pages, or no word in cases")


def demand_words(kind: CaseKind) -> None:
    """Raises Undeclared, naming every state, step, need and fact of this kind that has no words."""
    facts = [step.facts for step in kind.flow.steps if step.facts]
    asked = {entry.metadata.get("label", entry.name) for stated in facts for entry in fields(stated)}
    wanted = {
        "states": set(kind.flow.states) - labels.STATES.get(kind.name, {}).keys(),
        "steps": {step.name for step in kind.flow.steps} - labels.STEPS.get(kind.name, {}).keys(),
        "needs": {need for step in kind.flow.steps for need in step.needs} - labels.NEEDS.keys(),
        "facts": asked - labels.FACTS.keys(),
    }
    for what, names in wanted.items():
        if names:
            raise Undeclared(f"{kind.name}: {what} without words: {', '.join(sorted(names))}")
