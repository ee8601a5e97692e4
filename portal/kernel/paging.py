"""Pages by keyset: the rows beyond a place. Nobody counts a table, nobody counts rows off."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Select, literal, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from portal.kernel import typed
from portal.kernel.base import session

Key = ColumnElement[Any] | InstrumentedAttribute[Any]
Shown = TypeVar("Shown")

SIZE = 25
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_BETWEEN = "_"


class NoSuchPlace(ValueError):
    """A cursor that no page of the list gave."""


@dataclass(frozen=True)
class KeysetPage(Generic[Shown]):
    """`following` asks for the next page; None on the last one."""

    rows: tuple[Shown, ...]
    following: str | None


def page(
    statement: Select[*tuple[Any, ...]],
    order: Sequence[Key],
    make: Callable[..., Shown],
    *,
    after: str | None,
    newest_first: bool = False,
    size: int = SIZE,
) -> KeysetPage[Shown]:
    """One statement: the rows after the cursor `after`, each made of the columns of `statement`.

    `order` are columns or typed expressions that are never NULL, the last of them unique: moments, days, whole numbers from 0
    or words without an underscore. Raises NoSuchPlace.
    """
    wanted = statement.add_columns(*order).order_by(*(key.desc() if newest_first else key.asc() for key in order))
    if after:
        place = tuple_(*(literal(value, key.type) for key, value in zip(order, _read(after, order), strict=True)))
        wanted = wanted.where(tuple_(*order) < place if newest_first else tuple_(*order) > place)
    found = session.execute(wanted.limit(size + 1)).all()
    width = len(order)
    following = _cursor(found[size - 1][-width:]) if len(found) > size else None
    return KeysetPage(tuple(make(*row[:-width]) for row in found[:size]), following)


def _cursor(values: Sequence[object]) -> str:
    return _BETWEEN.join(_written(value) for value in values)


def _written(value: object) -> str:
    if isinstance(value, datetime):
        return str((value - _EPOCH) // timedelta(microseconds=1))
    return value.isoformat() if isinstance(value, date) else str(value)


def _read(cursor: str, order: Sequence[Key]) -> list[object]:
    parts = cursor.split(_BETWEEN)
    if len(parts) != len(order) or "\0" in cursor:
        raise NoSuchPlace
    try:
        return [_value(part, key.type.python_type) for part, key in zip(parts, order, strict=True)]
    except (ValueError, OverflowError) as error:
        raise NoSuchPlace from error


def _value(text: str, kind: type) -> object:
    if kind is datetime:
        return _EPOCH + timedelta(microseconds=int(text))
    if kind is date:
        return date.fromisoformat(text)
    if kind is int:
        return typed.number(text)
    if kind is str:
        return text
    raise TypeError(f"no key of a page: {kind}")
