"""The one clock: moments in UTC, days as people in Malang count them."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

OFFICE_ZONE = ZoneInfo("Asia/Jakarta")
_stopped: ContextVar[datetime | None] = ContextVar("stopped", default=None)


def now() -> datetime:
    return _stopped.get() or datetime.now(UTC)


def today() -> date:
    return local(now()).date()


@contextmanager
def stopped_at(moment: datetime) -> Iterator[None]:
    """The clock stands still at this moment for whatever the block does, and for nobody else: the demo tells what happened on
    its own days. Raises ValueError for a moment without a time zone."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    before = _stopped.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _stopped.reset(before)


def local(moment: datetime) -> datetime:
    return moment.astimezone(OFFICE_ZONE)
