"""What happened to a family: who, when, what, from which value to which; newest first, a page at a time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from portal.kernel import policy
from portal.kernel.base import session
from portal.kernel.history import Event
from portal.kernel.people import Area, User
from portal.kernel.terms import Actor

SIZE = 20
SPECIFIC = frozenset({"pregnant_until", "severe_disability", "rights_victim"})
"""Fields that tell of health (UU 27/2022: specific data)."""
OPEN_TO_ALL = ("households", "members", "kk_numbers", "aids", "nominations", "graduations", "membership_proposals")
"""Subjects that officers see, too; visits, assessments and follow-ups tell of income and health."""


@dataclass(frozen=True)
class Change:
    """One field; values as stored, areas by name."""

    field: str
    old: Any
    new: Any


@dataclass(frozen=True)
class Entry:
    """`who` is None for what the portal did by itself; `reason` is None for eyes it is not meant for."""

    seq: int
    at: datetime
    who: str | None
    kind: str
    subject_type: str
    subject_id: int
    from_state: str | None
    to_state: str | None
    reason: str | None
    detail: Mapping[str, Any]
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class TimelinePage:
    entries: tuple[Entry, ...]
    before: int | None
    """The sequence number to ask on from, None at the beginning of history."""


def page(actor: Actor, household_id: int, before: int | None = None, size: int = SIZE) -> TimelinePage:
    """One statement, and one for names of areas where somebody moved."""
    sees_all = policy.may(actor, "visit.view")
    statement = select(Event, User.name).outerjoin(User, User.id == Event.actor_id).where(Event.household_id == household_id)
    if not sees_all:
        statement = statement.where(Event.subject_type.in_(OPEN_TO_ALL))
    if before is not None:
        statement = statement.where(Event.seq < before)
    rows = session.execute(statement.order_by(Event.seq.desc()).limit(size + 1)).all()
    names = _area_names([row.Event for row in rows])
    entries = tuple(_entry(row.Event, row.name, names, sees_all=sees_all) for row in rows[:size])
    return TimelinePage(entries, entries[-1].seq if len(rows) > size else None)


def _entry(event: Event, who: str | None, areas: Mapping[str, str], *, sees_all: bool) -> Entry:
    hidden = frozenset() if sees_all else SPECIFIC
    changes = [_named(change, areas) for change in _told(event) if change.field not in hidden]
    reason = event.reason if sees_all or event.subject_type != "graduations" else None
    return Entry(
        event.seq, event.at, who, event.kind, event.subject_type, event.subject_id, event.from_state, event.to_state,
        reason, event.detail or {}, tuple(changes),
    )  # fmt: skip


def _told(event: Event) -> list[Change]:
    told = (event.detail or {}).get("changes") or {}
    return [Change(name, *pair) for name, pair in told.items() if name != "kecamatan" and len(pair) == 2]


def _named(change: Change, areas: Mapping[str, str]) -> Change:
    if change.field != "kelurahan":
        return change
    return Change(change.field, areas.get(change.old, change.old), areas.get(change.new, change.new))


def _area_names(events: list[Event]) -> dict[str, str]:
    moves = [change for event in events for change in _told(event) if change.field == "kelurahan"]
    codes = {code for move in moves for code in (move.old, move.new) if code}
    if not codes:
        return {}
    return {area.code: area.name for area in session.scalars(select(Area).where(Area.code.in_(codes)))}
