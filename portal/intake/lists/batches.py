"""Read models of the intake: one's own batches, and the rows of one, group by group."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select

from portal.family.records.batches import Batch, BatchRow
from portal.kernel import gate
from portal.kernel.base import session
from portal.kernel.people import Area, User
from portal.kernel.terms import Actor

PAGE = 25
BEFORE = ("ready", "look", "skipped")
"""Groups of a preview: the verdicts."""
AFTER = ("opened", "changed", "unchanged", "left", "skipped")
"""Groups of what was applied: the outcomes."""


@dataclass(frozen=True)
class BatchPage:
    batches: tuple[Batch, ...]
    older: int | None


@dataclass(frozen=True)
class RowPage:
    """Rows of one group in file order; `following` is the id to go on after."""

    rows: tuple[BatchRow, ...]
    following: int | None


@dataclass(frozen=True)
class Earlier:
    """The same file was applied before: when, and by whom."""

    id: int
    applied_at: datetime
    by: str


def mine(actor: Actor, *, before: int | None = None) -> BatchPage:
    """What the actor uploaded, newest first; one statement."""
    statement = select(Batch).where(Batch.uploaded_by == actor.id).order_by(Batch.id.desc()).limit(PAGE + 1)
    if before is not None:
        statement = statement.where(Batch.id < before)
    found = list(session.scalars(statement))
    return BatchPage(tuple(found[:PAGE]), found[PAGE - 1].id if len(found) > PAGE else None)


def rows(batch: Batch, group: str, *, after: int = 0) -> RowPage:
    """A page of the batch's rows in this group (one of BEFORE or AFTER); one statement."""
    statement = select(BatchRow).where(BatchRow.batch_id == batch.id, _in_group(batch, group), BatchRow.id > after)
    found = list(session.scalars(statement.order_by(BatchRow.id).limit(PAGE + 1)))
    return RowPage(tuple(found[:PAGE]), found[PAGE - 1].id if len(found) > PAGE else None)


def row(batch: Batch, row_id: int) -> BatchRow:
    """Raises gate.NotFound."""
    found = session.scalars(select(BatchRow).where(BatchRow.batch_id == batch.id, BatchRow.id == row_id)).one_or_none()
    if found is None:
        raise gate.NotFound
    return found


def earlier(batch: Batch) -> Earlier | None:
    """The last time that the same file was applied, by anybody."""
    same = (Batch.sha256 == batch.sha256, Batch.id != batch.id, Batch.state == "applied")
    statement = select(Batch.id, Batch.applied_at, User.name).join(User, User.id == Batch.uploaded_by).where(*same)
    found = session.execute(statement.order_by(Batch.id.desc()).limit(1)).first()
    return Earlier(found.id, found.applied_at, found.name) if found else None


def area_names(codes: set[str]) -> dict[str, str]:
    return dict(session.execute(select(Area.code, Area.name).where(Area.code.in_(codes))).all())


def groups(batch: Batch) -> tuple[str, ...]:
    return AFTER if batch.state == "applied" else BEFORE


def counted(batch: Batch) -> dict[str, int]:
    """How many rows each group has (of written rows: families), as kept with the batch."""
    return {group: batch.counts.get(group, 0) for group in groups(batch)}


def _in_group(batch: Batch, group: str) -> ColumnElement[bool]:
    return BatchRow.outcome == group if batch.state == "applied" else BatchRow.verdict == group
