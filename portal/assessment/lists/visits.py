"""The visits of a family, newest first, as the list and the household page show them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import takewhile

from sqlalchemy import Row, and_, func, or_, select

from portal.assessment.records import mistakes
from portal.assessment.records.models import Assessment, Visit
from portal.evidence.records.files import Evidence
from portal.kernel import sent
from portal.kernel.base import session
from portal.kernel.people import User
from portal.kernel.terms import Band, VisitOutcome

PAGE = 25
OFTEN = 3
"""So many times in a row at a closed door is worth a word."""


@dataclass(frozen=True)
class VisitLine:
    """`mistake` says why the visit was marked as recorded by mistake; `band` is None without a finished assessment."""

    id: int
    visited_on: date
    outcome: VisitOutcome
    retry_on: date | None
    present: str
    recorder: str
    photos: int
    band: Band | None
    is_draft: bool
    mistake: str | None


@dataclass(frozen=True)
class VisitPage:
    """`after` asks for the next page; `not_met` counts closed doors since somebody was last met (first page only)."""

    lines: tuple[VisitLine, ...]
    after: str | None
    not_met: int

    @property
    def is_often_away(self) -> bool:
        return self.not_met >= OFTEN


def page(household_id: int, after: str | None = None, size: int = PAGE) -> VisitPage:
    """Two statements, whatever the number of visits. Raises ValueError for an `after` that no page gave."""
    photos = (
        select(func.count())
        .where(Evidence.subject_type == Visit.__tablename__, Evidence.subject_id == Visit.id)
        .correlate(Visit)
        .scalar_subquery()
    )
    columns = (
        Visit,
        User.name,
        Assessment.id.label("assessed"),
        Assessment.band,
        Assessment.finished_at,
        photos.label("photos"),
    )
    statement = select(*columns).join(User, User.id == Visit.recorded_by).outerjoin(Assessment, Assessment.visit_id == Visit.id)
    statement = statement.where(Visit.household_id == household_id)
    if after:
        day, number = _position(after)
        statement = statement.where(or_(Visit.visited_on < day, and_(Visit.visited_on == day, Visit.id < number)))
    rows = session.execute(statement.order_by(Visit.visited_on.desc(), Visit.id.desc()).limit(size + 1)).all()
    lines = _lines(rows[:size])
    return VisitPage(lines, _next(lines) if len(rows) > size else None, 0 if after else _not_met(lines))


def _lines(rows: Sequence[Row[tuple[object, ...]]]) -> tuple[VisitLine, ...]:
    reasons = mistakes.reasons(row.Visit.id for row in rows) if rows else {}
    return tuple(_line(row, reasons.get(row.Visit.id)) for row in rows)


def _line(row: Row[tuple[object, ...]], mistake: str | None) -> VisitLine:
    visit = row.Visit
    return VisitLine(
        visit.id, visit.visited_on, visit.outcome, visit.retry_on, visit.present, row.name, row.photos, row.band,
        row.assessed is not None and row.finished_at is None, mistake,
    )  # fmt: skip


def _not_met(lines: Sequence[VisitLine]) -> int:
    true = [line for line in lines if line.mistake is None]
    return len(list(takewhile(lambda line: line.outcome is VisitOutcome.NOT_MET, true)))


def not_met_in_a_row(household_id: int) -> int:
    """How many of the newest visits, mistaken ones aside, found nobody."""
    return page(household_id).not_met


def _next(lines: Sequence[VisitLine]) -> str:
    return f"{lines[-1].visited_on.isoformat()}.{lines[-1].id}"


def _position(after: str) -> tuple[date, int]:
    day, _, number = after.partition(".")
    return date.fromisoformat(day), sent.number(number)
