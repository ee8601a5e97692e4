"""What was said to have happened has happened: no such date lies ahead."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from portal.assessment.records.models import Assessment, Visit
from portal.checks.findings import Violation
from portal.evidence.records.files import Evidence
from portal.family.records.models import Episode, Household, Member
from portal.graduation.records.models import Graduation, Submission
from portal.kernel.base import session
from portal.kernel.history import Event
from portal.monitoring.records import Monitoring, MonitoringVisit
from portal.nomination.records.models import Nomination

_DAYS: tuple[Any, ...] = (
    Visit.visited_on, Assessment.assessed_on, MonitoringVisit.visited_on, Monitoring.started_on, Monitoring.relapsed_on,
    Graduation.approved_on, Graduation.recorded_on, Graduation.effective_on, Episode.started, Episode.ended,
    Member.birth_date, Member.left_on, Household.last_visit_on, Household.assessed_on, Household.members_confirmed_on,
)  # fmt: skip
_MOMENTS: tuple[Any, ...] = (
    Visit.recorded_at, Assessment.finished_at, MonitoringVisit.recorded_at, Evidence.uploaded_at, Submission.submitted_at,
    Household.created_at, Household.updated_at, Graduation.state_since, Nomination.state_since, Monitoring.state_since,
)  # fmt: skip


def violations(now: datetime, today: date) -> Iterator[Violation]:
    for column, limit in (*((day, today) for day in _DAYS), *((moment, now) for moment in _MOMENTS)):
        model = column.class_
        for row in session.scalars(select(model.id).where(column > limit)):
            yield Violation(f"ahead.{column.key}", model.__tablename__, row)
    for seq in session.scalars(select(Event.seq).where(Event.at > now)):
        yield Violation("ahead.at", Event.__tablename__, seq)
