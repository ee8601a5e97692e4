"""What happened to a family: who, when, what, from which value to which; newest first, a page at a time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from portal.kernel import paging, policy
from portal.kernel.base import session
from portal.kernel.history import Event
from portal.kernel.paging import KeysetPage
from portal.kernel.people import Area, User
from portal.kernel.terms import Actor

SIZE = 20
SPECIFIC = frozenset({"pregnant_until", "severe_disability", "rights_victim"})
"""Fields that tell of health (UU 27/2022: specific data)."""
OPEN_TO_ALL = ("households", "members", "kk_numbers", "aids", "nominations", "graduations", "membership_proposals")
"""Subjects that officers see, too; visits, assessments and follow-ups tell of income and health."""


@dataclass(frozen=True)
class FieldChange:
    """One field; values as stored, areas by name."""

    field: str
    old: object
    new: object


@dataclass(frozen=True)
class HistoryEntry:
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
    changes: tuple[FieldChange, ...]


def page(actor: Actor, household_id: int, before: int | None = None) -> KeysetPage[HistoryEntry]:
    """The events before this sequence number. One statement, and one for names of areas where somebody moved."""
    sees_all = policy.may(actor, "visit.view")
    statement = select(Event, User.name).outerjoin(User, User.id == Event.actor_id).where(Event.household_id == household_id)
    if not sees_all:
        statement = statement.where(Event.subject_type.in_(OPEN_TO_ALL))
    after = None if before is None else str(before)
    found = paging.page(statement, (Event.seq,), _paired, after=after, newest_first=True, size=SIZE)
    names = _area_names([event for event, _who in found.rows])
    entries = tuple(_entry(event, who, names, sees_all=sees_all) for event, who in found.rows)
    return KeysetPage(entries, found.following)


def _paired(event: Event, who: str | None) -> tuple[Event, str | None]:
    return event, who


def _entry(event: Event, who: str | None, areas: Mapping[object, str], *, sees_all: bool) -> HistoryEntry:
    hidden = frozenset() if sees_all else SPECIFIC
    changes = [_named(change, areas) for change in _told(event) if change.field not in hidden]
    reason = event.reason if sees_all or event.subject_type != "graduations" else None
    return HistoryEntry(
        event.seq, event.at, who, event.kind, event.subject_type, event.subject_id, event.from_state, event.to_state,
        reason, event.detail or {}, tuple(changes),
    )  # fmt: skip


def _told(event: Event) -> list[FieldChange]:
    told = (event.detail or {}).get("changes") or {}
    return [FieldChange(name, *pair) for name, pair in told.items() if name != "kecamatan" and len(pair) == 2]


def _named(change: FieldChange, areas: Mapping[object, str]) -> FieldChange:
    if change.field != "kelurahan":
        return change
    return FieldChange(change.field, areas.get(change.old, change.old), areas.get(change.new, change.new))


def _area_names(events: list[Event]) -> dict[object, str]:
    moves = [change for event in events for change in _told(event) if change.field == "kelurahan"]
    codes = {code for move in moves for code in (move.old, move.new) if code}
    if not codes:
        return {}
    return {area.code: area.name for area in session.scalars(select(Area).where(Area.code.in_(codes)))}
