"""What happened: the append-only, hash-chained events, and the receipts that make replays harmless."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.kernel import bulk
from portal.kernel.base import Base, Json, UtcDateTime, session
from portal.kernel.people import User
from portal.kernel.vault import chain_digest

GENESIS = "0" * 64


class Event(Base):
    """Never changed, never deleted. `detail` may be emptied by retention: the chain holds only its digest."""

    __tablename__ = "events"

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    kind: Mapped[str] = mapped_column(String(48))
    subject_type: Mapped[str] = mapped_column(String(24))
    subject_id: Mapped[int]
    household_id: Mapped[int | None] = mapped_column(ForeignKey("households.id"))
    from_state: Mapped[str | None] = mapped_column(String(20))
    to_state: Mapped[str | None] = mapped_column(String(20))
    reason: Mapped[str | None] = mapped_column(Text)
    detail: Mapped[dict[str, Any] | None] = mapped_column(Json)
    detail_digest: Mapped[str] = mapped_column(String(64))
    previous: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))

    actor: Mapped[User | None] = relationship(viewonly=True)

    __table_args__ = (
        Index("ix_events_household", "household_id", "seq"),
        Index("ix_events_subject", "subject_type", "subject_id", "seq"),
        Index("ix_events_actor", "actor_id", "seq"),
        Index("ix_events_kind", "kind", "seq"),
    )


@dataclass(slots=True)
class Happening:
    """An event on its way into the chain. `detail` holds only what JSON knows."""

    at: datetime
    actor_id: int | None
    kind: str
    subject_type: str
    subject_id: int
    household_id: int | None = None
    from_state: str | None = None
    to_state: str | None = None
    reason: str | None = None
    detail: dict[str, Any] | None = None
    seq: int = 0
    detail_digest: str = ""
    previous: str = ""
    hash: str = ""


Told = Event | Happening


class ChainHead(Base):
    """One row: the last sequence number and hash. Locked last before a commit, always in that order."""

    __tablename__ = "chain_head"

    id: Mapped[int] = mapped_column(primary_key=True)
    seq: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))


class Receipt(Base):
    """A key that a POST carried and that succeeded; the same key again changes nothing."""

    __tablename__ = "receipts"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(80), primary_key=True)
    endpoint: Mapped[str] = mapped_column(String(80))
    payload_hash: Mapped[str] = mapped_column(String(64))
    subject_type: Mapped[str] = mapped_column(String(24))
    subject_id: Mapped[int]
    event_seq: Mapped[int | None]
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (Index("ix_receipts_at", "at"),)


def begin_chain() -> None:
    """Give a new database its chain head; does nothing when there is one. The caller commits."""
    if session.get(ChainHead, 1) is None:
        session.add(ChainHead(id=1, seq=0, hash=GENESIS))
        session.flush()


def canonical(content: object) -> bytes:
    """One spelling for one content: sorted keys, no spaces, ISO dates."""
    return _ENCODER.encode(content).encode()


def jsonable(content: object) -> Any:
    """The same content in types that JSON knows."""
    return json.loads(canonical(content))


def _plain(value: object) -> object:
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    return str(value)


_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_plain)


def append(events: Sequence[Told]) -> None:
    """Give the events their numbers and hashes under the lock of the chain head, and add them to the session; what has an
    event's fields without being one (Happening) is written in bulk."""
    head = hold_head()
    seq, previous = head.seq, head.hash
    for event in events:
        if isinstance(event, Event):
            event.detail = jsonable(event.detail) if event.detail else None
        seq, previous = link(event, seq, previous)
    head.seq, head.hash = seq, previous
    session.add_all(event for event in events if isinstance(event, Event))
    names = [column.key for column in Event.__table__.columns]
    told = [event for event in events if not isinstance(event, Event)]
    bulk.add(Event, [{name: getattr(event, name) for name in names} for event in told])


def hold_head() -> ChainHead:
    """The end of the chain, locked until the transaction ends: nothing is written down anywhere meanwhile, and what is read
    from here on is what stands. For what must not pass each other unseen, as the closing of a year and an effect in it;
    take every other lock before."""
    return session.scalars(select(ChainHead).with_for_update().execution_options(populate_existing=True)).one()


def link(event: Told, seq: int, previous: str) -> tuple[int, str]:
    """Give an event, whose detail JSON knows as it is, its place after `previous`; the new end of the chain."""
    event.seq, event.previous = seq + 1, previous
    event.detail_digest = event.detail_digest or digest_of(event.detail)
    event.hash = hash_after(previous, event.seq, told_by(event))
    return event.seq, event.hash


def digest_of(detail: dict[str, Any] | None) -> str:
    return chain_digest(canonical(detail))


def hash_after(previous: str, seq: int, told: bytes) -> str:
    """The hash of what was told, at its place in the chain."""
    return chain_digest(b"%b[%d,%b" % (previous.encode(), seq, told[1:]))


def told_by(event: Told) -> bytes:
    """What the hash covers besides the place. The reason may name persons, so it enters as a digest too."""
    return told(
        event.at, event.actor_id, event.kind, event.subject_type, event.subject_id, event.household_id, event.from_state,
        event.to_state, digest_of_reason(event.reason), event.detail_digest,
    )  # fmt: skip


def told(at: datetime, *what: object) -> bytes:
    return canonical([at.isoformat(timespec="microseconds"), *what])


def digest_of_reason(reason: str | None) -> str:
    return chain_digest((reason or "").encode())


def expected_hash(event: Event) -> str:
    """The hash this event must carry if neither it nor its predecessor was changed."""
    return hash_after(event.previous, event.seq, told_by(event))


def detail_is_intact(event: Event) -> bool:
    """True when the detail is unchanged, or was emptied by retention."""
    return event.detail is None or digest_of(event.detail) == event.detail_digest
