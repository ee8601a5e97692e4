"""A form made from a frozen dataclass of facts (kernel/facts.py): one field per attribute, nothing to write twice.

Types: str, int, date, bool, StrEnum, tuple[str, ...] (a line each), tuple[int, ...] with widget "evidence"; `X | None` or a
default makes it optional. Metadata: `label` (code in texts.FACTS, else the name), `widget` ("textarea", "radio", "evidence",
or the name of a choice given when the form is made), `max` characters, `minimum`, `unit` "rupiah", `future` for dates.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from dataclasses import Field as Attribute
from datetime import date
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from flask_babel.speaklater import LazyString
from wtforms import BooleanField, Field
from wtforms.validators import InputRequired, Length, NumberRange
from wtforms.validators import Optional as MayBeEmpty

from portal.web import texts
from portal.web.choices import ChoiceField, RadioField
from portal.web.fields import (
    After,
    Chosen,
    DateField,
    EvidenceField,
    LinesField,
    NotAfter,
    RupiahField,
    TrimmedString,
    TrimmedText,
    WholeField,
)
from portal.web.forms import Form

RADIO_UP_TO = 4
MOST_COUNTED = 9_999
"""People at a meeting, in a house: more is a slip of the finger. Money has bounds of its own (kernel/money.py)."""

Choices = Sequence[tuple[object, object]]


class FactsForm(Form):
    """A step's form. `choices={"facilitator": [(id, name), …]}` fills the pickers that the dataclass names as widgets."""

    kind: type

    def __init__(self, *args: object, choices: Mapping[str, Choices] | None = None, **values: Any) -> None:
        super().__init__(*args, **values)
        for name, options in (choices or {}).items():
            if name in self:
                self[name].choices = [("", texts.UNKNOWN), *options]

    def facts(self) -> object:
        """The dataclass as filled in; call it after validate()."""
        empty = {attribute.name: attribute.default for attribute in fields(self.kind) if attribute.default is not MISSING}
        given = {name: value for name, value in self.changes().items() if value is not None}
        return self.kind(**{**empty, **given})


@cache
def facts_form(kind: type) -> type[FactsForm]:
    """The form class for a dataclass. Raises KeyError for a field without a label, TypeError for a type it cannot ask."""
    hints = get_type_hints(kind)
    made = {attribute.name: _field(attribute, hints[attribute.name]) for attribute in fields(kind)}
    for name, field in made.items():
        field.kwargs["description"] = texts.HELPS.get(name, "")
    return type(f"{kind.__name__}Form", (FactsForm,), {"kind": kind, **made})


@dataclass(frozen=True)
class _Question:
    """One attribute as a form asks it: `kind` is its type without None."""

    label: LazyString
    kind: Any
    needed: bool
    metadata: Mapping[str, Any]

    @property
    def required(self) -> list[Chosen | MayBeEmpty]:
        return [Chosen()] if self.needed else [MayBeEmpty()]


def _field(attribute: "Attribute[Any]", hint: object) -> Any:
    kind, is_optional = _without_none(hint)
    label = texts.FACTS[attribute.metadata.get("label", attribute.name)]
    needed = attribute.default is MISSING and attribute.default_factory is MISSING and not is_optional
    asked = _Question(label, kind, needed, attribute.metadata)
    return _maker(asked)(asked)


def _without_none(hint: object) -> tuple[object, bool]:
    if get_origin(hint) not in (Union, UnionType):
        return hint, False
    inner = [part for part in get_args(hint) if part is not NoneType]
    return inner[0], len(inner) < len(get_args(hint))


def _maker(asked: _Question) -> Callable[[_Question], Field]:
    if asked.metadata.get("widget") == "evidence":
        return _evidence
    if asked.kind is int and "widget" in asked.metadata:
        return _picker
    if get_origin(asked.kind) is tuple:
        return _lines
    if isinstance(asked.kind, type) and issubclass(asked.kind, StrEnum):
        return _choice
    simple: dict[object, Callable[[_Question], Field]] = {str: _text, date: _date, bool: _check, int: _number}
    if asked.kind not in simple:
        raise TypeError(f"no form field for {asked.kind!r}")
    return simple[asked.kind]


def _text(asked: _Question) -> Field:
    longest = [Length(max=asked.metadata["max"])] if "max" in asked.metadata else []
    maker = TrimmedText if asked.metadata.get("widget") == "textarea" else TrimmedString
    return maker(asked.label, [*asked.required, *longest])


def _date(asked: _Question) -> Field:
    return DateField(asked.label, [*asked.required, After() if asked.metadata.get("future") else NotAfter()])


def _check(asked: _Question) -> Field:
    return BooleanField(asked.label)


def _number(asked: _Question) -> Field:
    if asked.metadata.get("unit") == "rupiah":
        return RupiahField(asked.label, asked.required)
    bounds = [NumberRange(min=asked.metadata.get("minimum", 0)), NumberRange(max=MOST_COUNTED)]
    return WholeField(asked.label, [InputRequired() if asked.needed else MayBeEmpty(), *bounds])


def _lines(asked: _Question) -> Field:
    return LinesField(asked.label, asked.required)


def _evidence(asked: _Question) -> Field:
    required = [Chosen()] if asked.metadata.get("required", asked.needed) else []
    return EvidenceField(asked.label, required, kind=asked.metadata["kind"], most=asked.metadata.get("most", 1))


def _picker(asked: _Question) -> Field:
    return ChoiceField(asked.label, asked.required, to=int, choices=[])


def _choice(asked: _Question) -> Field:
    options = [(str(member), texts.LABELS[asked.kind][member]) for member in asked.kind]
    if len(options) <= RADIO_UP_TO:
        return RadioField(asked.label, asked.required, choices=options, to=asked.kind)
    return ChoiceField(asked.label, asked.required, choices=[("", texts.UNKNOWN), *options], to=asked.kind)
