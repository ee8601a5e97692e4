"""Four eyes: whoever decided had no hand in what was decided. As assessment/records/makers.py, for all cases at once."""

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, or_, select
from sqlalchemy.orm import aliased

from portal.assessment.records.makers import CHANGES, DECISIONS_THAT_OPEN, changes_facts, counts_from, decisions
from portal.assessment.records.models import Assessment, Visit
from portal.assessment.records.visits import MISTAKEN
from portal.checks.paths import CASES, Violation
from portal.evidence.records.files import Evidence
from portal.graduation.records.models import Graduation
from portal.graduation.rules.flow import GRADUATION
from portal.kernel import kinds
from portal.kernel.base import session
from portal.kernel.history import Event
from portal.kernel.terms import EvidenceKind
from portal.membership.records import models as membership
from portal.membership.records.models import MembershipProposal
from portal.monitoring.records import Monitoring
from portal.nomination.records.models import Nomination

_READ_AT_ONCE = 500


def violations() -> Iterator[Violation]:
    for model in CASES:
        for case, kind in session.execute(_decided_by_maker(model)):
            yield Violation("four_eyes.decided_own_work", model.__tablename__, case, kind)
    for case, decision, change, detail in session.execute(_decided_after_a_change_of_facts()):
        if changes_facts(change, detail or {}):
            yield Violation("four_eyes.changed_facts", Graduation.__tablename__, case, decision)
    for proposal in _decided_own():
        yield Violation("four_eyes.decided_own_proposal", MembershipProposal.__tablename__, proposal)


def _decided_by_maker(model: type[Any]) -> Select[int, str]:
    """Decisions of which the decider is also a maker by what was done before."""
    flow = kinds.flow(model.flow_name)
    found = [f"{flow.name}.{step.name}" for step in flow.steps if "not_maker" in step.needs]
    decided = select(Event.subject_id, Event.kind).where(Event.subject_type == model.__tablename__, Event.kind.in_(found))
    return decided.join(model, model.id == Event.subject_id).where(or_(*_hands_in_it(model), _opened_it(model)))


def _hands_in_it(model: type[Any]) -> list[ColumnElement[bool]]:
    earlier, since = aliased(Event), counts_from(model)
    filled = (Visit.__tablename__, Assessment.__tablename__)
    no_work = decisions(kinds.flow(model.flow_name)) | DECISIONS_THAT_OPEN
    step = exists().where(
        earlier.subject_type == model.__tablename__, earlier.subject_id == Event.subject_id,
        earlier.actor_id == Event.actor_id, earlier.seq < Event.seq, earlier.kind.not_in(no_work),
    )  # fmt: skip
    attached = exists().where(
        Evidence.subject_type == model.__tablename__, Evidence.subject_id == Event.subject_id,
        Evidence.uploaded_by == Event.actor_id, Evidence.uploaded_at <= Event.at, Evidence.kind.not_in(_own_proofs(model)),
    )  # fmt: skip
    wrote = exists().where(
        earlier.household_id == model.household_id, earlier.subject_type.in_(filled), earlier.actor_id == Event.actor_id,
        earlier.seq < Event.seq, earlier.at >= since,
    )  # fmt: skip
    visited = exists().where(
        Visit.household_id == model.household_id, Visit.recorded_by == Event.actor_id,
        Visit.recorded_at.between(since, Event.at),
    )  # fmt: skip
    assessed = exists().where(
        Assessment.household_id == model.household_id, Assessment.assessed_by == Event.actor_id,
        Assessment.finished_at.between(since, Event.at),
    )  # fmt: skip
    return [step, attached, wrote, visited, assessed]


def _own_proofs(model: type[Any]) -> set[EvidenceKind]:
    """What a decision itself brings along: the photos of a field check are uploaded just before it."""
    deciding = [step.facts for step in kinds.flow(model.flow_name).steps if "not_maker" in step.needs and step.facts]
    return {entry.metadata["kind"] for kind in deciding for entry in fields(kind) if entry.metadata.get("widget") == "evidence"}


def _opened_it(model: type[Any]) -> ColumnElement[bool]:
    """Not where opening was itself the outcome of a decision: monitoring, and the nomination after a relapse."""
    opened = model.opened_by == Event.actor_id
    if model is Monitoring:
        return false()
    return and_(opened, Nomination.monitoring_id.is_(None)) if model is Nomination else opened


def _decided_after_a_change_of_facts() -> Select[Any]:
    """Decisions on graduations with each change of the family that the decider made since its last assessment before."""
    change = aliased(Event)
    found = [f"{GRADUATION.name}.{step.name}" for step in GRADUATION.steps if "changed_no_facts" in step.needs]
    decided = (Event.subject_type == Graduation.__tablename__, Event.kind.in_(found))
    theirs = (
        change.household_id == Event.household_id, change.actor_id == Event.actor_id, change.kind.in_(CHANGES),
        change.seq < Event.seq, change.seq > _last_assessed_before_decision(),
    )  # fmt: skip
    columns = (Event.subject_id, Event.kind, change.kind, change.detail)
    return select(*columns).join(change, and_(*theirs)).where(*decided).order_by(Event.seq, change.seq)


def _last_assessed_before_decision() -> ColumnElement[int]:
    finished, marked = aliased(Event), aliased(Event)
    mistaken = exists().where(
        marked.subject_type == Visit.__tablename__, marked.subject_id == Assessment.visit_id, marked.kind == MISTAKEN,
        marked.seq < Event.seq,
    )  # fmt: skip
    done = (finished.household_id == Event.household_id, finished.kind == "assessments.finish", finished.seq < Event.seq)
    newest = select(func.max(finished.seq)).join(Assessment, Assessment.id == finished.subject_id).where(*done, ~mistaken)
    return func.coalesce(newest.correlate(Event).scalar_subquery(), 0)


def _decided_own() -> Iterator[int]:
    """What somebody proposed, proved, brought in by a file or rests on their word, another must decide."""
    decided = select(MembershipProposal).where(MembershipProposal.state != "open").order_by(MembershipProposal.id)
    rows = session.scalars(decided)
    for page in rows.partitions(_READ_AT_ONCE):
        makers = membership.makers(page)
        yield from (proposal.id for proposal in page if proposal.decided_by in makers[proposal.id])
