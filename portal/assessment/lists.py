"""What pages show of visits and assessments: the newest stored results, never recomputed, and the visits of a family."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, func, or_, select

from portal.assessment.records import assessments, visits
from portal.assessment.records.visits import Assessment, Visit
from portal.assessment.rules.answers import Result, Verdict
from portal.evidence.records import Evidence
from portal.kernel import paging, schedule
from portal.kernel.base import session
from portal.kernel.paging import KeysetPage
from portal.kernel.people import User
from portal.kernel.terms import Band, VisitOutcome
from portal.kernel.workflow import rebuild


@dataclass(frozen=True)
class IndicatorMark:
    """How one indicator stood on a day; `value` is in the unit of the indicator."""

    on: date
    verdict: Verdict
    value: int | None = None


@dataclass(frozen=True)
class ReadinessView:
    """A stored result and the way to it. `past`: indicator key to its marks, oldest first, this one last."""

    household_id: int
    visit_id: int
    assessed_on: date
    assessor: str
    result: Result
    bands: tuple[tuple[date, Band], ...]
    past: Mapping[str, tuple[IndicatorMark, ...]]

    @property
    def band(self) -> Band:
        return self.result.band

    @property
    def version(self) -> int:
        """Of the instrument that was used then."""
        return self.result.version


def latest_readiness(household_id: int) -> ReadinessView | None:
    """The family's newest finished assessment, mistaken visits aside; one statement."""
    return _view(household_id, assessments.counts())


def readiness_of(assessment: Assessment) -> ReadinessView | None:
    """This assessment as it was stored, seen from its own day, even from a mistaken visit; None while it is a draft."""
    if assessment.finished_at is None:
        return None
    return _view(assessment.household_id, or_(Assessment.id == assessment.id, assessments.is_before(assessment)))


def _view(household_id: int, which: ColumnElement[bool]) -> ReadinessView | None:
    stated = (Assessment.household_id == household_id, Assessment.result.is_not(None), which)
    statement = select(Assessment, User.name).join(User, User.id == Assessment.assessed_by).where(*stated)
    newest = statement.order_by(*assessments.NEWEST_FIRST).limit(assessments.TREND_OVER)
    rows = [(row.Assessment, row.name) for row in session.execute(newest)]
    if not rows:
        return None
    (shown, assessor), *_earlier = rows
    stored = [(row.assessed_on, rebuild(Result, row.result or {})) for row, _ in reversed(rows)]
    result, bands = stored[-1][1], tuple((on, result.band) for on, result in stored)
    past = {finding.key: _marks(finding.key, stored) for finding in result.findings}
    return ReadinessView(household_id, shown.visit_id, shown.assessed_on, assessor, result, bands, past)


def _marks(key: str, stored: Sequence[tuple[date, Result]]) -> tuple[IndicatorMark, ...]:
    known = [(on, result.finding(key)) for on, result in stored]
    return tuple(IndicatorMark(on, finding.verdict, finding.value) for on, finding in known if finding)


# --- the visits of a family ----------------------------------------------------------------------------------------

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
class VisitPage(KeysetPage[VisitLine]):
    """`not_met` counts closed doors since somebody was last met (first page only)."""

    not_met: int

    @property
    def is_often_away(self) -> bool:
        return self.not_met >= OFTEN


def visits_of(household_id: int, after: str | None = None, size: int = paging.SIZE) -> VisitPage:
    """The newest first; one statement. Raises paging.NoSuchPlace."""
    with_photos = (Evidence.subject_type == Visit.__tablename__, Evidence.subject_id == Visit.id)
    photos = select(func.count()).where(*with_photos).correlate(Visit).scalar_subquery()
    is_draft = and_(Assessment.id.is_not(None), Assessment.finished_at.is_(None))
    statement = select(
        Visit.id, Visit.visited_on, Visit.outcome, Visit.retry_on, Visit.present, User.name, photos, Assessment.band, is_draft,
        visits.mistake_of(Visit.id),
    )  # fmt: skip
    statement = statement.join(User, User.id == Visit.recorded_by).outerjoin(Assessment, Assessment.visit_id == Visit.id)
    of_family, order = statement.where(Visit.household_id == household_id), (Visit.visited_on, Visit.id)
    found = paging.page(of_family, order, VisitLine, after=after, newest_first=True, size=size)
    true = [line.outcome for line in reversed(found.rows) if line.mistake is None]
    return VisitPage(found.rows, found.following, 0 if after else schedule.times_not_met(true))


def not_met_in_a_row(household_id: int) -> int:
    """How many of the newest visits, mistaken ones aside, found nobody."""
    return visits_of(household_id).not_met
