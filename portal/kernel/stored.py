"""To what JSON knows, and back to the frozen dataclasses it was made from, by their type hints."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

Kind = TypeVar("Kind")


def rebuild(kind: type[Kind], stored: Mapping[str, Any]) -> Kind:
    """The dataclass as it was. Knows nested dataclasses, tuples, mappings by name, dates, StrEnums, `X | None` and plain
    values; a field that was not stored gets its default. Raises TypeError or ValueError for what does not fit."""
    hints = _hints(kind)  # type: ignore[arg-type]  # classes can be hashed
    known = [entry.name for entry in fields(kind) if entry.name in stored]  # type: ignore[arg-type]  # a dataclass
    return kind(**{name: _value(hints[name], stored[name]) for name in known})


def plain(value: Any) -> Any:
    """What `rebuild` undoes: dataclasses as dicts, tuples as lists, the rest as it is. `asdict` copies it all, and is slow."""
    kind = type(value)
    if _IS_LEAF[kind]:
        return value
    if kind is tuple or kind is list:
        return [each if _IS_LEAF[type(each)] else plain(each) for each in value]
    names = _names(kind)  # type: ignore[arg-type]  # classes can be hashed
    if names:
        pairs = ((name, getattr(value, name)) for name in names)
        return {name: each if _IS_LEAF[type(each)] else plain(each) for name, each in pairs}
    return {key: plain(each) for key, each in value.items()}


class _Leaves(dict[type, bool]):
    """Whether values of a type stay as they are; asked of every value, so looked up only once a type."""

    def __missing__(self, kind: type) -> bool:
        self[kind] = kind not in (tuple, list) and not issubclass(kind, dict) and not is_dataclass(kind)
        return self[kind]


_IS_LEAF = _Leaves()


@cache
def _names(kind: type) -> tuple[str, ...]:
    return tuple(entry.name for entry in fields(kind)) if is_dataclass(kind) else ()


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _value(hint: Any, stored: Any) -> Any:
    if stored is None:
        return None
    if get_origin(hint) in (Union, UnionType):
        return _one_of([part for part in get_args(hint) if part is not NoneType], stored)
    if get_origin(hint) is tuple:
        return _tuple(get_args(hint), stored)
    if get_origin(hint) is Mapping:
        return {key: _value(get_args(hint)[1], each) for key, each in stored.items()}
    if is_dataclass(hint):
        return rebuild(hint, stored)  # type: ignore[arg-type]  # a class, by the line above
    if hint is date:
        return date.fromisoformat(stored)
    return hint(stored) if isinstance(hint, type) and issubclass(hint, StrEnum) else stored


def _tuple(parts: tuple[Any, ...], stored: list[Any]) -> tuple[Any, ...]:
    if parts[-1] is Ellipsis:
        return tuple(_value(parts[0], each) for each in stored)
    return tuple(_value(part, each) for part, each in zip(parts, stored, strict=True))


def _one_of(parts: list[Any], stored: Any) -> Any:
    """Several plain types need no telling apart: JSON kept them."""
    return _value(parts[0], stored) if len(parts) == 1 else stored
