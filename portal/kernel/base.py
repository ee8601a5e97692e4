"""The ground under every table: base class, column types, the session, how connections begin, and what it means when the
database refuses: a constraint is told by its name, never by words that happen to stand in a message; an outage passes,
unlike a mistake of ours.

Knows nothing of Flask: create_app() hands the session over with `adopt()` and each engine with `prepare()`.
"""

import re
import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, ClassVar, cast

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Connection,
    DateTime,
    Dialect,
    Engine,
    Enum,
    FromClause,
    Index,
    MetaData,
    Table,
    UniqueConstraint,
    event,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, TimeoutError
from sqlalchemy.orm import DeclarativeBase, ORMExecuteState, Session, SessionTransaction, scoped_session, sessionmaker
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeDecorator

BUSY_MILLISECONDS = 10_000
"""How long a writer on SQLite waits for another before `database is locked`."""
LOOK_AGAIN = 0.005
"""Seconds between two looks of a writer who waits. SQLite's own waiting soon looks every 100 ms only: it passes by the
moments between the chunks of an import, and whoever else writes meanwhile waits in vain."""

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: aware in, UTC at rest, aware UTC out, alike on SQLite and PostgreSQL. Raises ValueError for a naive one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @property
    def python_type(self) -> type[datetime]:
        return datetime

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        moment = cast(datetime, value)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
"""A small document; assign a new object to change it, mutation in place is not noticed."""


def _values(enum: type[StrEnum]) -> list[str]:
    return [member.value for member in enum]


class Base(DeclarativeBase):
    """Parent of every table. A `StrEnum` column stores the value as text: give it a `state_check()` too."""

    view_action: ClassVar[str] = ""
    """The right to see rows of this table; without one nobody is shown any."""
    assigned_column: ClassVar[str | None] = None
    """The column that tells to whom a row is handed, where rows are."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {
        datetime: UtcDateTime(),
        StrEnum: Enum(StrEnum, native_enum=False, length=40, values_callable=_values, validate_strings=True),
        dict[str, Any]: Json,
        list[str]: Json,
    }


def state_check(column: str, values: Iterable[str], name: str = "") -> CheckConstraint:
    """The database refuses any other word in `column`; an empty (NULL) one passes where the column allows it."""
    words = ", ".join(f"'{word}'" for word in (str(value) for value in values))
    return CheckConstraint(f"{column} IN ({words})", name=name or column)


_elsewhere: "ContextVar[scoped_session[Any] | None]" = ContextVar("elsewhere", default=None)


class _Door:
    """Stands for the session until create_app() has made one, so that records need not import Flask."""

    source: "scoped_session[Any] | None" = None

    def __call__(self) -> Session:
        """The session itself, rather than the registry that passes every call on to it."""
        return cast(Session, self._registry()())

    def __getattr__(self, name: str) -> Any:
        return getattr(self._registry(), name)

    def _registry(self) -> "scoped_session[Any]":
        source = _elsewhere.get() or self.source
        if source is None:
            raise RuntimeError("no database yet: create_app() adopts the session")
        return source


_door = _Door()
session = cast("scoped_session[Session]", _door)
"""The session of the running request, command or test (one per application context)."""


def adopt(source: "scoped_session[Any]") -> None:
    """Make `session` mean `source` for the whole process."""
    _door.source = source


@contextmanager
def working_on(bind: Engine | Connection) -> Iterator[None]:
    """Until the block ends, `session` means one on this engine or connection for whoever runs it, and nobody else notices: the
    demo tells its stories in a database of their own."""
    registry: scoped_session[Any] = scoped_session(sessionmaker(bind))
    before = _elsewhere.set(registry)
    try:
        yield
    finally:
        _elsewhere.reset(before)
        registry.remove()


def begin_write() -> None:
    """End the reads so far and take the write lock (`BEGIN IMMEDIATE` on SQLite, a plain transaction on PostgreSQL).

    Every row loaded before is expired and reads again. Raises RuntimeError when changes would be lost.
    """
    if has_unsaved(session()):
        raise RuntimeError("uncommitted changes before the write transaction began")
    session.rollback()
    session.connection(execution_options={"immediate": True})


def begin_snapshot() -> None:
    """End the reads so far; from here on everything reads as of one moment, whoever writes meanwhile, as SQLite does anyway."""
    session.rollback()
    if session.get_bind().dialect.name == "postgresql":
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})


_WRITTEN = "written_since_commit"


def has_unsaved(current: Session) -> bool:
    """Whether `current` holds changes, flushed or not, that no commit has kept."""
    return bool(current.new or current.deleted or current.info.get(_WRITTEN) or _changed(current))


def _changed(current: Session) -> bool:
    return any(current.is_modified(row) for row in current.dirty)


@event.listens_for(Session, "after_flush")
def _note_flush(current: Session, _context: object) -> None:
    current.info[_WRITTEN] = True


@event.listens_for(Session, "do_orm_execute")
def _note_statement(state: ORMExecuteState) -> None:
    if state.is_insert or state.is_update or state.is_delete:
        state.session.info[_WRITTEN] = True


@event.listens_for(Session, "after_commit")
def _note_commit(current: Session) -> None:
    current.info.pop(_WRITTEN, None)


@event.listens_for(Session, "after_soft_rollback")
def _note_rollback(current: Session, ended: SessionTransaction) -> None:
    if not ended.nested:
        current.info.pop(_WRITTEN, None)


@dataclass(frozen=True)
class Limits:
    """Whole seconds that a page waits for PostgreSQL; 0 is for ever. One forgotten lock would hang every page otherwise."""

    connect: int = 5
    lock: int = 5
    statement: int = 15
    """Browsers with htmx wait 20 seconds for an answer."""
    idle: int = 120
    """In a transaction that asks nothing more, but holds its locks."""

    def add_to(self, connecting: dict[str, Any]) -> None:
        """What the address of the database says itself wins."""
        seconds = {
            "lock_timeout": self.lock, "statement_timeout": self.statement, "idle_in_transaction_session_timeout": self.idle,
        }  # fmt: skip
        ours = [f"-c {name}={number}s" for name, number in seconds.items()]
        connecting.setdefault("connect_timeout", self.connect)
        connecting["options"] = " ".join([*ours, connecting.get("options", "")]).strip()


_WAITS = "waits_as_long_as_it_takes"


def take_time() -> None:
    """From here on this session waits as long as it takes, as commands may: nobody waits for their answer meanwhile."""
    session.rollback()
    session().info[_WAITS] = True


@event.listens_for(Session, "after_begin")
def _lift_when_asked(current: Session, _transaction: SessionTransaction, connection: Connection) -> None:
    if current.info.get(_WAITS):
        lift_limits(connection)


def lift_limits(connection: Connection) -> None:
    """Until its transaction ends this connection waits as long as it takes."""
    if connection.dialect.name == "postgresql":
        names = ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout")
        connection.exec_driver_sql("SELECT " + ", ".join(f"set_config('{name}', '0', true)" for name in names))


def prepare(engine: Engine, limits: Limits | None = None) -> None:
    """Set up every connection of `engine`. Call once per engine, before it is used. `limits` are for PostgreSQL; a writer on
    SQLite waits `BUSY_MILLISECONDS`."""
    if engine.dialect.name == "postgresql" and limits is not None:
        event.listen(engine, "do_connect", lambda _dialect, _record, _given, named: limits.add_to(named))
    if engine.dialect.name != "sqlite":
        return
    event.listen(engine, "connect", _open_sqlite)
    event.listen(engine, "begin", _begin_sqlite)


def close(engine: Engine) -> None:
    """When the process ends: SQLite writes its log (`-wal`) into the file. What is left of one would be replayed over whatever
    file stands there next, a restored one too."""
    engine.dispose()
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            connection.connection.driver_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # type: ignore[union-attr]
        engine.dispose()


def _open_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver would begin transactions of its own, too late and never IMMEDIATE
    for pragma in (f"busy_timeout={BUSY_MILLISECONDS}", "journal_mode=WAL", "foreign_keys=ON", "synchronous=NORMAL"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    if not connection.get_execution_options().get("immediate"):
        connection.exec_driver_sql("BEGIN")
        return
    driver: Any = connection.connection.driver_connection
    driver.execute("PRAGMA busy_timeout=0")
    try:
        _wait_for_the_lock(connection, until=time.monotonic() + BUSY_MILLISECONDS / 1000)
    finally:
        driver.execute(f"PRAGMA busy_timeout={BUSY_MILLISECONDS}")


def _wait_for_the_lock(connection: Connection, *, until: float) -> None:
    """Raises OperationalError when it is still somebody else's then."""
    while True:
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        except OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(LOOK_AGAIN)
        else:
            return


def _hint(_compiler: SQLCompiler, _table: FromClause, text: str | None) -> str | None:
    """`select(…).with_hint(Table, "INDEXED BY name", "sqlite")`: SQLAlchemy has no words for it, SQLite obeys them."""
    return text


SQLiteCompiler.get_from_hint_text = _hint  # type: ignore[method-assign,assignment]  # a hook without a door


# --- what the database refuses ---------------------------------------------------------------------------------------

_COLUMNS = re.compile(r"UNIQUE constraint failed: (\w+\.\w+(?:, \w+\.\w+)*)$")
_NAMED = re.compile(r"(?:UNIQUE constraint failed: index '|CHECK constraint failed: )(\w+)")


def violated(error: IntegrityError) -> str | None:
    """The name of the constraint or index; None where the database does not tell (a missing value, a row that others need).

    SQLite names the columns of a unique one; the tables know which it is.
    """
    told = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
    if told:
        return str(told)
    named = _NAMED.match(str(error.orig))
    if named:
        return named[1]
    columns = _COLUMNS.match(str(error.orig))
    return _unique_over(columns[1].split(", ")) if columns else None


def _unique_over(columns: list[str]) -> str | None:
    table, _dot, _column = columns[0].partition(".")
    wanted = [column.partition(".")[2] for column in columns]
    known = Base.metadata.tables.get(table)
    return next((name for name, over in _uniques(known) if over == wanted), None) if known is not None else None


def _uniques(table: Table) -> list[tuple[str, list[str]]]:
    parts: list[Any] = [part for part in table.constraints if isinstance(part, UniqueConstraint)]
    parts += [index for index in table.indexes if isinstance(index, Index) and index.unique]
    return [(str(part.name), [column.name for column in part.columns]) for part in parts]


# --- outages -------------------------------------------------------------------------------------------------------

_PASSING = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_CANTOPEN}
"""What SQLite calls operational beyond these is a mistake in a statement, or a broken file."""


def is_outage(error: BaseException | None) -> bool:
    """Whether trying again later may help."""
    if isinstance(error, DBAPIError) and isinstance(error.orig, sqlite3.Error):
        return getattr(error.orig, "sqlite_errorcode", 0) & 0xFF in _PASSING
    lost = isinstance(error, DBAPIError) and error.connection_invalidated
    return lost or isinstance(error, OperationalError | TimeoutError)


def give_up() -> None:
    """Let go of what the request had begun, and of the locks it holds."""
    session.rollback()


def told(error: BaseException) -> str:
    """One line for the log, without whom it was about."""
    return str(getattr(error, "orig", None) or error).partition("\n")[0]
