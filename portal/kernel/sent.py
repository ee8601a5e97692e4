"""Numbers and moments as people send them, on their way to a column. What no column holds is refused here, before a
database is asked: SQLite fails on it, and Python on thousands of digits."""

from collections.abc import Iterable
from datetime import date, datetime

MOST = 2**31 - 1
"""Ids and sequence numbers are no greater, on PostgreSQL."""
_YEARS = range(1900, 3000)
"""A moment of other years cannot be told in every time zone."""


def is_number(text: str) -> bool:
    """Whether this is a whole number from 0 to MOST, in digits only."""
    return text.isdecimal() and len(text) <= len(str(MOST)) and int(text) <= MOST


def number(text: str) -> int:
    """Raises ValueError."""
    if not is_number(text):
        raise ValueError("no number of a column")
    return int(text)


def numbers(texts: Iterable[str]) -> list[int]:
    """Those that are numbers, in order."""
    return [int(text) for text in texts if is_number(text)]


def day(text: str) -> date:
    """`2026-11-24`. Raises ValueError."""
    found = date.fromisoformat(text)
    if found.year not in _YEARS:
        raise ValueError("no year of ours")
    return found


def moment(text: str) -> datetime:
    """`2026-11-24T10:05:00+00:00`. Raises ValueError, also for one without a time zone."""
    found = datetime.fromisoformat(text)
    if found.tzinfo is None or found.year not in _YEARS:
        raise ValueError("no moment of ours")
    return found
