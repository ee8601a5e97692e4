"""Visits that were recorded by mistake. They stay as they are, say why, and no longer count for anything."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, exists, select

from portal.assessment.records.models import Visit
from portal.kernel.base import session
from portal.kernel.history import Event, Told

MISTAKEN = "visits.mark_mistaken"


def is_mistaken(visit_id: Any) -> ColumnElement[bool]:
    """A condition on a column that holds the id of a visit."""
    marked = (Event.subject_type == Visit.__tablename__, Event.subject_id == visit_id, Event.kind == MISTAKEN)
    return exists().where(*marked)


def marked_by(events: Iterable[Told]) -> frozenset[int]:
    """Visits that these events mark: what a write knows before its events are in the chain."""
    return frozenset(event.subject_id for event in events if event.kind == MISTAKEN)


def reasons(visit_ids: Iterable[int]) -> dict[int, str]:
    """Why each of these visits was marked as mistaken; those that were not are left out."""
    marked = (Event.subject_type == Visit.__tablename__, Event.subject_id.in_(list(visit_ids)), Event.kind == MISTAKEN)
    rows = session.execute(select(Event.subject_id, Event.reason).where(*marked).order_by(Event.seq))
    return {row.subject_id: row.reason or "" for row in rows}
