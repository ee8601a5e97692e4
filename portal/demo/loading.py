"""Filling an empty database (the demo): rows in bulk, in one transaction, and the chain of what happened.

Nothing is summarised, checked or locked here: whoever calls brings complete rows, and `checks.check` tells whether they were.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Engine, delete, func, literal, select

from portal.family.records.models import Household
from portal.kernel import base, bulk, history
from portal.kernel.base import Base, session
from portal.kernel.history import ChainHead, Event
from portal.kernel.people import User

CHUNK = 5_000
_PLACE = ("seq", "previous", "hash")
TOLD = tuple(name for name in bulk.attributes(Event) if name not in _PLACE)
"""What an event's row says besides its place in the chain."""


class NotEmpty(Exception):
    """The database has people or families; a load would mix with them."""


Linkable = tuple[bytes, tuple[object, ...]]
"""An event ready for the chain: what its hash covers, and its row as `TOLD` but for the place."""


def is_empty() -> bool:
    """No account, no family and no event yet: areas may be there."""
    return all(session.scalar(select(one).limit(1)) is None for one in (User.id, Household.id, Event.seq))


def chain(events: Iterable[Linkable]) -> int:
    """Append the events, which come in the order of time, to an empty chain; how many there were. Only a chunk of them is
    ever held."""
    seq, previous, coming = 0, history.GENESIS, iter(events)
    while chunk := list(islice(coming, CHUNK)):
        rows = []
        for told, cells in chunk:
            seq, before = seq + 1, previous
            previous = history.hash_after(before, seq, told)
            rows.append((seq, before, previous, *cells))
        bulk.insert(Event, (*_PLACE, *TOLD), rows)
    session.execute(delete(ChainHead))
    session.add(ChainHead(id=1, seq=seq, hash=previous))
    session.flush()
    return seq


@contextmanager
def into_empty() -> Iterator[None]:
    """Within the block `session` writes into the empty database, past every index; everything or nothing is kept. Raises
    NotEmpty. On SQLite the file is written without waiting for the disk: a power cut means starting over."""
    if not is_empty():
        raise NotEmpty
    session.rollback()
    engine: Engine = session.get_bind()  # type: ignore[assignment]  # never one connection
    session.close()
    engine.dispose()
    try:
        with engine.connect() as connection, base.working_on(connection):
            _hurry(connection)
            base.take_time()
            with _indexed_afterwards(session.connection()):
                yield
            session.commit()
            _go_on_numbering(session.connection())
            session.connection().exec_driver_sql("ANALYZE")
            session.commit()
    finally:
        engine.dispose()  # fresh connections have the ordinary settings


@contextmanager
def _indexed_afterwards(connection: Connection) -> Iterator[None]:
    """Rows in any order find their places in an index one by one; made in the end, it is written once."""
    indexes = [index for table in Base.metadata.sorted_tables for index in table.indexes]
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
    """Not by way of the log (`-wal`), where every page would be written twice, unless somebody else has the file open."""
    if connection.dialect.name == "sqlite":
        driver: Any = connection.connection.driver_connection
        for pragma in ("synchronous=OFF", "foreign_keys=OFF", "cache_size=-64000", "busy_timeout=0"):
            driver.execute(f"PRAGMA {pragma}")
        with suppress(driver.OperationalError):
            driver.execute("PRAGMA journal_mode=DELETE")
