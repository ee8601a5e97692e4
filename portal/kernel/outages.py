"""When the database does not answer: locked, too slow, too busy or not there. It passes, unlike a mistake of ours."""

import sqlite3

from sqlalchemy.exc import DBAPIError, OperationalError, TimeoutError

from portal.kernel.base import session

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
