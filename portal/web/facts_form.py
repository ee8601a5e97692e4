"""A form made from a frozen dataclass of facts (rules/facts.py): one field per attribute, nothing to write twice.

Types: str, int, date, bool, StrEnum, tuple[str, ...] (a line each), tuple[int, ...] with widget "evidence"; `X | None` or a
default makes it optional. Metadata: `label` (code in texts.FACTS, else the name), `widget` ("textarea", "radio", "evidence",
or the name of a choice given when the form is made), `max` characters, `minimum`, `unit` "rupiah", `future` for dates.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, fields
from dataclasses import Field as Attribute
from datetime import date
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

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

Choices = Sequence[tuple[Any, Any]]


class FactsForm(Form):
    """A step's form. `choices={"facilitator": [(id, name), …]}` fills the pickers that the dataclass names as widgets."""

    kind: type

    def __init__(self, *args: Any, choices: Mapping[str, Choices] | None = None, **values: Any) -> None:
        super().__init__(*args, **values)
        for name, options in (choices or {}).items():
            if name in self:
                self[name].choices = [("", texts.UNKNOWN), *options]

    def facts(self) -> Any:
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


def _field(attribute: "Attribute[Any]", hint: Any) -> Any:
    known, is_optional = _without_none(hint)
    label = texts.FACTS[attribute.metadata.get("label", attribute.name)]
    needed = attribute.default is MISSING and attribute.default_factory is MISSING and not is_optional
    return _maker(known, attribute.metadata)(label, attribute.metadata, known, needed)


def _without_none(hint: Any) -> tuple[Any, bool]:
    if get_origin(hint) not in (Union, UnionType):
        return hint, False
    inner = [part for part in get_args(hint) if part is not NoneType]
    return inner[0], len(inner) < len(get_args(hint))


Maker = Callable[[Any, Mapping[str, Any], Any, bool], Field]


def _maker(known: Any, metadata: Mapping[str, Any]) -> Maker:
    if metadata.get("widget") == "evidence":
        return _evidence
    if known is int and "widget" in metadata:
        return _picker
    if get_origin(known) is tuple:
        return _lines
    if isinstance(known, type) and issubclass(known, StrEnum):
        return _choice
    simple: dict[Any, Maker] = {str: _text, date: _date, bool: _check, int: _number}
    if known not in simple:
        raise TypeError(f"no form field for {known!r}")
    return simple[known]


def _required(needed: bool) -> list[Any]:
    return [Chosen()] if needed else [MayBeEmpty()]


def _text(label: Any, metadata: Mapping[str, Any], known: Any, needed: bool) -> Field:
    longest = [Length(max=metadata["max"])] if "max" in metadata else []
    maker = TrimmedText if metadata.get("widget") == "textarea" else TrimmedString
    return maker(label, [*_required(needed), *longest])


def _date(label: Any, metadata: Mapping[str, Any], known: Any, needed: bool) -> Field:
    return DateField(label, [*_required(needed), After() if metadata.get("future") else NotAfter()])


def _check(label: Any, metadata: Mapping[str, Any], known: Any, needed: bool) -> Field:
    return BooleanField(label)


def _number(label: Any, metadata: Mapping[str, Any], known: Any, needed: bool) -> Field:
    bounds = [NumberRange(min=metadata.get("minimum", 0)), NumberRange(max=MOST_COUNTED)]
    if metadata.get("unit") == "rupiah":
        return RupiahField(label, _required(needed))
    return WholeField(label, [InputRequired() if needed else MayBeEmpty(), *bounds])


def _lines(label: Any, metadata: Mapping[str, Any], known: Any, needed: bool) -> Field:
    return LinesField(label, _required(needed))


def _evidence(label: Any, metadata: Mapping[str, Any], known: Any, needed: bool) -> Field:
    required = [Chosen()] if metadata.get("required", needed) else []
    return EvidenceField(label, required, kind=metadata["kind"], most=metadata.get("most", 1))


def _picker(label: Any, metadata: Mapping[str, Any], known: Any, needed: bool) -> Field:
    return ChoiceField(label, _required(needed), to=int, choices=[])


def _choice(label: Any, metadata: Mapping[str, Any], known: Any, needed: bool) -> Field:
    options = [(str(member), texts.LABELS[known][member]) for member in known]
    if len(options) <= RADIO_UP_TO:
        return RadioField(label, _required(needed), choices=options, to=known)
    blank = [("", texts.UNKNOWN)]
    return ChoiceField(label, _required(needed), choices=[*blank, *options], to=known)
