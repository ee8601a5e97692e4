"""What it means when the database refuses: a constraint is told by its name, never by words that happen to stand in a message;
an outage passes, unlike a mistake of ours."""

import re
import sqlite3
from typing import Any

from sqlalchemy import Index, Table, UniqueConstraint
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, TimeoutError

from portal.kernel.base import Base, session

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
