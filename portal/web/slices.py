"""What one capability is made of, as create_app() takes it in: pages, kinds of cases, words, and what it hands the kernel."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, Flask

from portal.kernel import kinds, settings
from portal.kernel.kinds import CaseKind, Claim, Declared, Proved, Summarise, Undeclared
from portal.kernel.settings import Definition
from portal.web import texts
from portal.web.texts import Words


@dataclass(frozen=True, kw_only=True)
class Slice:
    """`conflicts`: constraint -> refusal code; `settings`: dated values that only this slice reads; `shown`: what templates
    call by name; `proved`: what files can prove. `household`, `summarise` and `claim` are what the gate asks for, each declared
    by exactly one slice."""

    name: str
    pages: tuple[Blueprint, ...] = ()
    kinds: tuple[CaseKind, ...] = ()
    words: Words = field(default_factory=Words)
    conflicts: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, Definition] = field(default_factory=dict)
    shown: Mapping[str, object] = field(default_factory=dict)
    household: type[Any] | None = None
    summarise: Summarise | None = None
    claim: Claim | None = None
    proved: tuple[Proved, ...] = ()


def adopt(app: Flask, slices: Sequence[Slice]) -> None:
    """Put the slices together. Raises Undeclared, naming what is missing or told twice."""
    texts.adopt(part.words for part in slices)
    for part in slices:
        settings.adopt(part.settings)
        app.jinja_env.globals.update(part.shown)
    kinds.adopt(
        Declared(
            household=_only(slices, "household"),
            kinds={kind.name: kind for part in slices for kind in part.kinds},
            summarise=_only(slices, "summarise"),
            claim=_only(slices, "claim"),
            proved=tuple(proved for part in slices for proved in part.proved),
            conflicts={name: code for part in slices for name, code in part.conflicts.items()},
        )
    )
    for kind in kinds.declared().kinds.values():
        texts.demand_words(kind)
    for part in slices:
        for bp in part.pages:
            app.register_blueprint(bp)


def _only(slices: Sequence[Slice], what: str) -> Any:
    """What exactly one slice declares."""
    found = [getattr(part, what) for part in slices if getattr(part, what) is not None]
    if len(found) != 1:
        raise Undeclared(f"{what}: declared by {len(found)} slices")
    return found[0]
