"""Four eyes: who filled, assessed, attached or submitted a case, and who changed the facts of the family that it is about
(domain.md sections 2 and 6). Changes of membership have makers of their own (membership/records/proposals.py)."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, ClassVar, Protocol

from sqlalchemy import ColumnElement, Select, func, select, union
from sqlalchemy.orm import aliased

from portal.assessment.records.visits import Assessment, Visit, is_mistaken
from portal.evidence.records import Evidence
from portal.kernel import kinds
from portal.kernel.base import session
from portal.kernel.history import Event
from portal.kernel.kinds import CaseRow
from portal.kernel.terms import Actor

_EVER = datetime.fromisoformat("2000-01-01T00:00+00:00")
CHANGES = frozenset(
    {"households.amend", "members.add", "members.amend", "members.leave", "members.choose_caretaker", "members.correct_nik",
     "kk_numbers.change", "aids.add", "aids.end", "intake.change"}
)  # fmt: skip
"""Kinds of events that may tell a change of a family's facts."""
_WORK = frozenset({"facilitator_id", "next_visit_on", "note"})
"""Columns of a household that say how the office works with it."""
_BROUGHT = frozenset({"added", "filled", "kk"})


class PreparedCase(CaseRow, Protocol):
    """A case that somebody opened and others work on until it is decided."""

    household_id: int
    opened_by: int
    opening_decisions: ClassVar[frozenset[str]]
    judged_since_opening: ClassVar[bool]

    @property
    def opened_by_decision(self) -> bool: ...


def makers(case: PreparedCase) -> set[int]:
    """Ids of everybody whose work the case stands on; those who only decided on it are not among them."""
    work = union(_who_took_steps(case), _who_attached(case), *_who_visited(case))
    found = {who for who in session.scalars(work) if who is not None}
    return found if case.opened_by_decision else {*found, case.opened_by}


def is_not_maker(case: PreparedCase, actor: Actor) -> bool:
    return actor.id not in makers(case)


def decisions(case: PreparedCase | type[PreparedCase]) -> set[str]:
    """Kinds of the events by which people decide on such a case, or opened it by deciding on another: these make nobody a
    maker."""
    steps = kinds.flow(case.flow_name).steps
    return {f"{case.flow_name}.{step.name}" for step in steps if step.action.endswith(".decide")} | case.opening_decisions


def _who_took_steps(case: PreparedCase) -> Select[int | None]:
    others = Event.kind.not_in(decisions(case))
    return select(Event.actor_id).where(Event.subject_type == case.__tablename__, Event.subject_id == case.id, others)


def _who_attached(case: PreparedCase) -> Select[int | None]:
    return select(Evidence.uploaded_by).where(Evidence.subject_type == case.__tablename__, Evidence.subject_id == case.id)


def _who_visited(case: PreparedCase) -> Iterator[Select[int | None]]:
    """Who visited and assessed the family, and who wrote in a visit or an assessment that somebody else began."""
    filled, since = (Visit.__tablename__, Assessment.__tablename__), counts_from(case)
    written = (Event.household_id == case.household_id, Event.subject_type.in_(filled), Event.at >= since)
    yield select(Event.actor_id).where(*written)
    yield select(Visit.recorded_by).where(Visit.household_id == case.household_id, Visit.recorded_at >= since)
    yield select(Assessment.assessed_by).where(Assessment.household_id == case.household_id, Assessment.finished_at >= since)


def counts_from(case: Any) -> Any:
    """The moment from which visits are work on the case, or on each row of its table."""
    return case.opened_at if case.judged_since_opening else _EVER


# --- a family's facts ----------------------------------------------------------------------------------------------


def changed_no_facts(case: PreparedCase, actor: Actor) -> bool:
    return actor.id not in fact_changers(case)


def fact_changers(case: PreparedCase) -> set[int]:
    """Who changed what is known of the family (itself, its members, numbers, other aid) since its last assessment, by hand
    or by applying a file: nobody has looked at it since. What a file says of payments and deciles is no fact of theirs."""
    since = (Event.household_id == case.household_id, Event.kind.in_(CHANGES), Event.seq > _last_assessed(case.household_id))
    rows = session.execute(select(Event.actor_id, Event.kind, Event.detail).where(*since))
    return {row.actor_id for row in rows if row.actor_id is not None and changes_facts(row.kind, row.detail or {})}


def changes_facts(kind: str, detail: Mapping[str, Any]) -> bool:
    """Whether an event of one of the kinds `CHANGES` changed the family's facts."""
    if kind == "households.amend":
        return not _WORK.issuperset(detail.get("changes", ()))
    if kind == "intake.change":
        return not _BROUGHT.isdisjoint(code for code, _value in detail["told"])
    return True


def _last_assessed(household_id: int) -> ColumnElement[int]:
    finished = aliased(Event)
    done = (finished.household_id == household_id, finished.kind == "assessments.finish", ~is_mistaken(Assessment.visit_id))
    newest = select(func.max(finished.seq)).join(Assessment, Assessment.id == finished.subject_id).where(*done)
    return func.coalesce(newest.scalar_subquery(), 0)
