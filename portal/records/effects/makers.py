"""Four eyes: who filled, assessed, attached or submitted a case (domain.md section 6)."""

from typing import Any

from sqlalchemy import select

from portal.records.base import session
from portal.records.history import Event
from portal.records.households import Assessment, Evidence, Visit
from portal.rules import flows
from portal.rules.terms import Actor


def makers(case: Any) -> set[int]:
    """Ids of everybody whose work the case stands on; those who only decided on it are not among them."""
    return {*_who_took_steps(case), *_who_attached(case), *_who_assessed(case.household_id), case.opened_by}


def is_not_maker(case: Any, actor: Actor) -> bool:
    return actor.id not in makers(case)


def _who_took_steps(case: Any) -> set[int]:
    flow = flows.FLOWS[case.flow_name]
    decisions = {f"{flow.name}.{step.name}" for step in flow.steps if step.action.endswith(".decide")}
    mine = (Event.subject_type == case.__tablename__, Event.subject_id == case.id, Event.kind.not_in(decisions))
    return {who for who in session.scalars(select(Event.actor_id).where(*mine).distinct()) if who is not None}


def _who_attached(case: Any) -> set[int]:
    mine = (Evidence.subject_type == case.__tablename__, Evidence.subject_id == case.id)
    return set(session.scalars(select(Evidence.uploaded_by).where(*mine).distinct()))


def _who_assessed(household_id: int) -> set[int]:
    visits = select(Visit.recorded_by).where(Visit.household_id == household_id)
    assessments = select(Assessment.assessed_by).where(Assessment.household_id == household_id)
    return set(session.scalars(visits.union(assessments)))
