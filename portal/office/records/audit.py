"""The audit trail: is the chain whole, and what happened, newest first."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, func, select

from portal.kernel import history, paging, typed
from portal.kernel.base import session
from portal.kernel.clock import OFFICE_ZONE
from portal.kernel.history import GENESIS, ChainHead, Event
from portal.kernel.paging import KeysetPage
from portal.kernel.people import User

CHUNK = 1000
PAGE = 50
DIGITS, FEWEST = 64, 16
"""Hexadecimal digits of a hash; how many of them a head that was typed must have. As many were printed at first."""
_TYPED = re.compile(rf"([0-9]+):([0-9a-f]{{{FEWEST},{DIGITS}}})")


@dataclass(frozen=True)
class Head:
    """The end of the chain, to print or export and compare later. One that was typed may have fewer digits."""

    seq: int
    hash: str


def read_head(written: str) -> Head:
    """A head as it stands on paper: `1842:3FA9 01C4 …`, in capitals, with spaces, or cut short. Raises ValueError."""
    found = _TYPED.fullmatch("".join(written.split()).lower().rstrip("…."))
    if not found or not typed.is_number(found[1]):
        raise ValueError(f"{written!r} is not SEQ:HASH")
    return Head(int(found[1]), found[2])


@dataclass(frozen=True)
class ChainReport:
    """What was found. `broken` lists (sequence number, what is wrong), the first few of them. `compared` is how many digits
    of the head that was known were compared, 0 when none was or the chain no longer reaches it."""

    checked: int
    head: Head
    broken: tuple[tuple[int, str], ...]
    compared: int = 0

    @property
    def is_whole(self) -> bool:
        return not self.broken


def head() -> Head:
    row = session.scalars(select(ChainHead).execution_options(populate_existing=True)).one_or_none()
    return Head(row.seq, row.hash) if row else Head(0, GENESIS)


def verify(known: Head | None = None, *, most: int = 20) -> ChainReport:
    """Walk the whole chain. `known`, a head exported before, also detects an end that was cut off and rewritten; of its hash
    the digits that are there are compared.

    Detects a changed, removed or inserted event; a detail that retention emptied is no fault. People may go on writing: an
    event is seen together with the head that counts it, so whatever lies beyond the head now was there before it.
    """
    newest = session.scalar(select(func.max(Event.seq))) or 0
    end, expected, previous = head(), 1, GENESIS
    broken = [(0, "head_differs")] if _differs(known, 0, GENESIS) else []
    for event in _events(end.seq):
        broken += [(event.seq, fault) for fault in _faults(event, expected, previous)]
        if _differs(known, event.seq, event.hash):
            broken.append((event.seq, "head_differs"))
        expected, previous = event.seq + 1, event.hash
    if (expected - 1, previous) != (end.seq, end.hash) or max(newest, known.seq if known else 0) > end.seq:
        broken.append((end.seq, "end_missing"))
    compared = len(known.hash) if known and known.seq <= end.seq else 0
    return ChainReport(expected - 1, end, tuple(broken[:most]), compared)


def _differs(known: Head | None, seq: int, digest: str) -> bool:
    return known is not None and known.seq == seq and not digest.startswith(known.hash)


def _faults(event: Event, expected: int, previous: str) -> Iterator[str]:
    if event.seq != expected:
        yield "gap"
    if event.previous != previous:
        yield "link_broken"
    if history.expected_hash(event) != event.hash:
        yield "event_changed"
    if not history.detail_is_intact(event):
        yield "detail_changed"


def _events(last: int) -> Iterable[Event]:
    """Up to `last`, in order, a chunk at a time, so that memory stays flat."""
    ordered = select(Event).where(Event.seq <= last).order_by(Event.seq)
    return session.scalars(ordered.execution_options(yield_per=CHUNK))


@dataclass(frozen=True)
class Search(typed.ListFilter):
    """What to look for; None is anything."""

    actor_id: int | None = typed.word("orang", typed.number)
    kind: str | None = typed.word("jenis")
    since: date | None = typed.word("sejak", typed.day)
    after: str | None = typed.word("sebelum")

    def conditions(self) -> Iterator[ColumnElement[bool]]:
        if self.actor_id is not None:
            yield Event.actor_id == self.actor_id
        if self.kind:
            yield Event.kind == self.kind
        if self.since:
            yield Event.at >= datetime.combine(self.since, datetime.min.time(), tzinfo=OFFICE_ZONE)


@dataclass(frozen=True)
class AuditEntry:
    """One line of the trail. No personal value: only who did what to which record, when."""

    seq: int
    at: datetime
    who: str | None
    kind: str
    subject_type: str
    subject_id: int


def trail(search: Search) -> KeysetPage[AuditEntry]:
    """A page of events, newest first; one statement. Raises NoSuchPlace."""
    columns = (Event.seq, Event.at, User.name, Event.kind, Event.subject_type, Event.subject_id)
    statement = select(*columns).outerjoin(User, User.id == Event.actor_id).where(*search.conditions())
    return paging.page(statement, (Event.seq,), AuditEntry, after=search.after, newest_first=True, size=PAGE)
