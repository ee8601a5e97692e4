"""To what JSON knows, and back to the frozen dataclasses it was made from, by their type hints."""

from collections.abc import Mapping
from typing import Any, TypeVar

from cattrs.preconf.json import make_converter

Kind = TypeVar("Kind")
_converter = make_converter(detailed_validation=False, unstruct_collection_overrides={tuple: list})


def rebuild(kind: type[Kind], stored: Mapping[str, object]) -> Kind:
    """The dataclass as it was; a field that was not stored gets its default. Raises TypeError, ValueError or KeyError for what
    does not fit."""
    return _converter.structure(stored, kind)


def plain(value: object) -> Any:
    """What `rebuild` undoes: dataclasses as dicts, tuples as lists, days as text."""
    return _converter.unstructure(value)
