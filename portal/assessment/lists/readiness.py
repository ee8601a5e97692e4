"""Readiness as pages show it: the newest stored result, never recomputed, beside the ones before it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, or_, select

from portal.assessment.records import assessments
from portal.assessment.records.mistakes import is_mistaken
from portal.assessment.records.models import Assessment
from portal.assessment.rules import results
from portal.assessment.rules.results import Result, Verdict
from portal.kernel.base import session
from portal.kernel.people import User
from portal.kernel.terms import Band


@dataclass(frozen=True)
class Mark:
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
    past: Mapping[str, tuple[Mark, ...]]

    @property
    def band(self) -> Band:
        return self.result.band

    @property
    def version(self) -> int:
        """Of the instrument that was used then."""
        return self.result.version


def latest(household_id: int) -> ReadinessView | None:
    """The family's newest finished assessment, mistaken visits aside; one statement."""
    return _view(household_id, ~is_mistaken(Assessment.visit_id))


def of(assessment: Assessment) -> ReadinessView | None:
    """This assessment as it was stored, seen from its own day; None while it is a draft."""
    if assessment.finished_at is None:
        return None
    earlier = or_(
        Assessment.assessed_on < assessment.assessed_on,
        and_(Assessment.assessed_on == assessment.assessed_on, Assessment.id <= assessment.id),
    )
    counts = or_(Assessment.id == assessment.id, ~is_mistaken(Assessment.visit_id))
    return _view(assessment.household_id, and_(earlier, counts))


def _view(household_id: int, which: ColumnElement[bool]) -> ReadinessView | None:
    done = (Assessment.finished_at.is_not(None), Assessment.result.is_not(None))
    finished = (Assessment.household_id == household_id, *done, which)
    statement = select(Assessment, User.name).join(User, User.id == Assessment.assessed_by).where(*finished)
    newest = statement.order_by(Assessment.assessed_on.desc(), Assessment.id.desc()).limit(assessments.TREND_OVER)
    rows = [(row.Assessment, row.name) for row in session.execute(newest)]
    if not rows:
        return None
    (shown, assessor), stored = rows[0], [(row.assessed_on, _result(row)) for row, _ in reversed(rows)]
    return ReadinessView(
        household_id,
        shown.visit_id,
        shown.assessed_on,
        assessor,
        _result(shown),
        tuple((on, result.band) for on, result in stored),
        past_of(stored),
    )


def _result(row: Assessment) -> Result:
    return results.from_json(row.result or {})


def past_of(stored: Sequence[tuple[date, Result]]) -> dict[str, tuple[Mark, ...]]:
    """Results with their days, oldest first, told by indicator; none is an error."""
    newest = stored[-1][1]
    return {finding.key: tuple(_marks(finding.key, stored)) for finding in newest.findings}


def _marks(key: str, stored: Sequence[tuple[date, Result]]) -> list[Mark]:
    known = [(on, result.finding(key)) for on, result in stored]
    return [Mark(on, finding.verdict, finding.value) for on, finding in known if finding]
