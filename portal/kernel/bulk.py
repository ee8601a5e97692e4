"""Many rows at once, past the session, which would keep an account of each: inside the gate's transaction, or in a load.

Values are encoded as the columns say (sealed, JSON, UTC). Nothing is summarised, checked or locked here.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Dialect, LargeBinary, TypeDecorator, func, inspect, select, text

from portal.kernel.base import Base, session

Encoder = Callable[[object], object]


def add(model: type[Base], rows: Sequence[dict[str, object]], **same: object) -> None:
    """`rows` by attribute, all with the same attributes in the same order and with their ids (`with_ids`); `same` is what all
    of them have. What neither says gets the column's default, or NULL."""
    if not rows:
        return
    given = tuple(rows[0])
    fixed = {key: value for key, value in {**_defaults(model), **same}.items() if key not in given}
    ends = tuple(encoded(model, key, [value])[0] for key, value in fixed.items())
    cells = zip(*(row.values() for row in rows), strict=True)
    columns = [encoded(model, key, values) for key, values in zip(given, cells, strict=True)]
    insert(model, (*given, *fixed), [(*row, *ends) for row in zip(*columns, strict=True)])


def encoded(model: type[Base], key: str, values: Sequence[object]) -> Sequence[Any]:
    """Values of this attribute as its column keeps them."""
    encode = _encoders(model, session.get_bind().dialect)[key]
    return [encode(value) for value in values] if encode else values


def insert(model: type[Base], keys: Sequence[str], rows: Sequence[tuple[object, ...]]) -> None:
    """Rows whose values are as the columns keep them (`encoded`), in the order of `keys`."""
    if rows:
        connection, names = session.connection(), _names(model)
        into, marks = ", ".join(names[key] for key in keys), ", ".join([_mark(connection)] * len(keys))
        connection.exec_driver_sql(f"INSERT INTO {model.__tablename__} ({into}) VALUES ({marks})", rows)  # noqa: S608  our own names


def attributes(model: type[Base]) -> tuple[str, ...]:
    """What a row of this table is made of."""
    return tuple(model.__mapper__.columns.keys())


def add_new(model: type[Base], rows: Sequence[dict[str, object]], **same: object) -> None:
    """As `add`, for rows that get their ids here and are not asked for them."""
    if rows:
        add(model, with_ids(model, rows), **same)


def change(model: type[Base], columns: Sequence[str], rows: Iterable[tuple[object, ...]]) -> None:
    """Set these columns of rows: each tuple has their values, then the id."""
    connection, names = session.connection(), _names(model)
    settings = ", ".join(f"{names[key]} = {_mark(connection)}" for key in columns)
    given = list(rows)
    if given:
        statement = f"UPDATE {model.__tablename__} SET {settings} WHERE id = {_mark(connection)}"  # noqa: S608  our own names
        connection.exec_driver_sql(statement, given)


def with_ids(model: object, rows: Sequence[dict[str, object]]) -> Sequence[dict[str, Any]]:
    """The rows with ids that nobody else gets: on SQLite the writer is alone, PostgreSQL counts for everybody."""
    for row, row_id in zip(rows, _new_ids(model, len(rows)), strict=True):
        row["id"] = row_id
    return rows


def _new_ids(model: Any, count: int) -> Iterable[int]:
    if session.get_bind().dialect.name == "sqlite":
        last = session.scalar(select(func.max(model.id))) or 0
        return range(last + 1, last + 1 + count)
    drawn = text("SELECT nextval(pg_get_serial_sequence(:table, 'id')) FROM generate_series(1, :count)")
    return session.scalars(drawn, {"table": model.__tablename__, "count": count}).all()


def encoder(kind: Any, dialect: Dialect) -> Encoder | None:
    """As the type binds a value; drivers take bytes as they are, without a view around them that cannot travel."""
    if isinstance(kind, LargeBinary):
        return None
    if isinstance(kind, TypeDecorator) and isinstance(kind.impl_instance, LargeBinary):
        return lambda value: kind.process_bind_param(value, dialect)
    bound: Encoder | None = kind.dialect_impl(dialect).bind_processor(dialect)
    return bound


@cache
def _encoders(model: type[Base], dialect: Dialect) -> dict[str, Encoder | None]:
    return {one.key: encoder(one.columns[0].type, dialect) for one in inspect(model).column_attrs}


@cache
def _names(model: type[Base]) -> dict[str, str]:
    return {one.key: one.columns[0].name for one in inspect(model).column_attrs}


@cache
def _defaults(model: type[Base]) -> dict[str, object]:
    """What the columns fill in by themselves; made once, for nobody changes them."""
    found = {one.key: one.columns[0].default for one in inspect(model).column_attrs}
    return {key: one.arg if one.is_scalar else one.arg(None) for key, one in found.items() if one is not None}


def _mark(connection: Connection) -> str:
    return "?" if connection.dialect.paramstyle == "qmark" else "%s"
