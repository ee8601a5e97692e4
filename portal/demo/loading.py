"""Filling an empty database in bulk (the demo): rows with their ids, past the session, in one transaction.

Values are encoded as the columns say (sealed, JSON, UTC); nothing is summarised, checked or locked here: whoever calls
brings complete rows, and `invariants.check` tells whether they were.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from itertools import islice
from operator import attrgetter, itemgetter
from typing import Any, NamedTuple

from sqlalchemy import Column, Connection, Dialect, Engine, delete, func, insert, literal, select

from portal.family.records.models import Household
from portal.kernel import base, history
from portal.kernel.base import Base, session
from portal.kernel.bulk import Encoder, encoder
from portal.kernel.history import ChainHead, Event, Happening
from portal.kernel.people import User

CHUNK = 5_000
Row = dict[str, Any]
"""By attribute."""
Cells = tuple[Any, ...]
"""As the columns keep them."""


class NotEmpty(Exception):
    """The database has people or families; a load would mix with them."""


def is_empty() -> bool:
    """No account, no family and no event yet: areas may be there."""
    return all(session.scalar(select(one).limit(1)) is None for one in (User.id, Household.id, Event.seq))


class EncodedEvent(NamedTuple):
    """An event ready for the chain: its moment, what its hash covers, and its row but for the place."""

    at: datetime
    told: bytes
    row: Cells


_PLACE = ("seq", "previous", "hash")
Encoded = tuple[type[Base], list[Cells]]
"""A table's model and rows ready for it."""


class Load:
    """An open load; everything or nothing is kept."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def chain(self, events: Iterable[EncodedEvent]) -> int:
        """Append the events, which come in the order of time; how many there were. Only a chunk of them is ever held."""
        seq, previous, coming = 0, history.GENESIS, iter(events)
        while chunk := list(islice(coming, CHUNK)):
            rows = []
            for event in chunk:
                seq, before = seq + 1, previous
                previous = history.hash_after(before, seq, event.told)
                rows.append((seq, before, previous, *event.row))
            self._write(Event, (*_PLACE, *_besides_place()), rows)
        self._connection.execute(delete(ChainHead))
        self._connection.execute(insert(ChainHead).values(id=1, seq=seq, hash=previous))
        return seq

    def insert(self, tables: Iterable[Encoded]) -> None:
        for model, rows in tables:
            if rows:
                self._write(model, [column.name for column in _columns(model).values()], rows)

    def _write(self, model: type[Base], names: Sequence[str], rows: list[Cells]) -> None:
        mark = "?" if self._connection.dialect.paramstyle == "qmark" else "%s"
        marks = ", ".join(mark for _ in names)
        statement = f"INSERT INTO {model.__tablename__} ({', '.join(names)}) VALUES ({marks})"  # noqa: S608  our own tables
        self._connection.exec_driver_sql(statement, rows)


def prepare(events: list[Happening]) -> list[EncodedEvent]:
    """All that can be done for events before their place in the chain is known, in the order of time; those of one moment
    stay as they came."""
    if not events:
        return []
    events = sorted(events, key=attrgetter("at"))
    for event in events:
        event.detail_digest = event.detail_digest or history.digest_of(event.detail)
    encoders = dict(zip(attributes(Event), _encoders(Event, _dialect()), strict=True))
    names = _besides_place()
    rows = _encoded([encoders[name] for name in names], list(map(attrgetter(*names), events)))
    return [EncodedEvent(event.at, history.told_by(event), row) for event, row in zip(events, rows, strict=True)]


def _besides_place() -> tuple[str, ...]:
    return tuple(name for name in attributes(Event) if name not in _PLACE)


def encode(model: type[Base], rows: Iterable[Row]) -> Encoded:
    """`rows` by attribute, as the columns keep them; what a row leaves out gets the column's default, or NULL."""
    pick, defaults = itemgetter(*attributes(model)), {key: _default(column) for key, column in _columns(model).items()}
    return model, _encoded(_encoders(model, _dialect()), [pick({**defaults, **row}) for row in rows])


@cache
def attributes(model: type[Base]) -> tuple[str, ...]:
    """In the order in which rows are inserted."""
    return tuple(_columns(model))


def encoded(model: type[Base], name: str, values: Sequence[Any]) -> Sequence[Any]:
    """Values as their column keeps them."""
    encode = _encoders(model, _dialect())[attributes(model).index(name)]
    return list(map(encode, values)) if encode else values


def _encoded(encoders: Sequence[Encoder | None], rows: Sequence[Cells]) -> list[Cells]:
    by_column = zip(encoders, zip(*rows, strict=True), strict=True)
    return list(zip(*(map(encoder, cells) if encoder else cells for encoder, cells in by_column), strict=True))


def _dialect() -> Dialect:
    return session.get_bind().dialect


@cache
def _columns(model: type[Base]) -> dict[str, Column[Any]]:
    """By attribute."""
    return dict(model.__mapper__.columns.items())


def _default(column: Column[Any]) -> Any:
    default: Any = column.default
    return default and (default.arg if default.is_scalar else default.arg(None))


@cache
def _encoders(model: type[Base], dialect: Dialect) -> list[Encoder | None]:
    return [encoder(column.type, dialect) for column in _columns(model).values()]


@contextmanager
def into_empty() -> Iterator[Load]:
    """Raises NotEmpty. On SQLite the file is written without waiting for the disk: a power cut means starting over."""
    if not is_empty():
        raise NotEmpty
    session.commit()
    session.close()
    engine: Engine = session.get_bind()  # type: ignore[assignment]  # never one connection
    engine.dispose()
    try:
        with engine.connect() as connection:
            _hurry(connection)
            base.lift_limits(connection)
            with _indexed_afterwards(connection):
                yield Load(connection)
            connection.commit()
    finally:
        engine.dispose()  # fresh connections have the ordinary settings
    with engine.connect() as connection:
        base.lift_limits(connection)
        _go_on_numbering(connection)
        connection.exec_driver_sql("ANALYZE")
        connection.commit()


@contextmanager
def _indexed_afterwards(connection: Connection) -> Iterator[None]:
    """Rows in any order find their places in an index one by one; made in the end, it is written once."""
    indexes = [index for table in Base.metadata.sorted_tables for index in table.indexes if not index.unique]
    for index in indexes:
        index.drop(connection)
    yield
    for index in indexes:
        index.create(connection)


def _go_on_numbering(connection: Connection) -> None:
    """PostgreSQL counts for itself: tell it which ids were given."""
    if connection.dialect.name != "postgresql":
        return
    for table in Base.metadata.sorted_tables:
        key = table.autoincrement_column
        if key is not None and key.default is None:
            given = func.coalesce(func.max(key), 0) + 1
            sequence = func.pg_get_serial_sequence(table.name, key.name)
            connection.execute(select(func.setval(sequence, given, literal(False))).select_from(table))


def _hurry(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        driver: Any = connection.connection.driver_connection
        driver.execute("PRAGMA synchronous=OFF")
        driver.execute("PRAGMA cache_size=-200000")
