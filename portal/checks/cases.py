"""What graduations, nominations and monitoring must say about themselves and their family, once they came far enough; and
four eyes: whoever decided had no hand in what was decided (as assessment/records/makers.py, for all cases at once)."""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, or_, select
from sqlalchemy.orm import aliased

from portal.assessment.records.makers import CHANGES, changes_facts, counts_from, decisions
from portal.assessment.records.visits import MISTAKEN, Assessment, Visit
from portal.checks.histories import OPENING, Histories, Move, Violation, grouped, steps_taken, violations
from portal.evidence.records import Evidence
from portal.family.records.models import Episode, Household
from portal.graduation.records.dossiers import ClosedYear, Graduation
from portal.graduation.rules import GRADUATION
from portal.kernel import clock, kinds, schedule
from portal.kernel.base import session
from portal.kernel.history import Event
from portal.kernel.terms import EvidenceKind, ExitType, Membership, VisitOutcome
from portal.membership.records import proposals
from portal.membership.records.proposals import MembershipProposal
from portal.monitoring.records import Monitoring, MonitoringVisit
from portal.nomination.records.nominations import Nomination
from portal.nomination.rules import NOMINATION

_GRADUATED = (ExitType.INDEPENDENT, ExitType.PROGRAMME)


def cases(known: Histories) -> Iterator[Violation]:
    yield from _graduations(known[Graduation.__tablename__])
    yield from _graduated_episodes()
    yield from _nominations(known[Nomination.__tablename__], known[Household.__tablename__])
    yield from _candidates()


def _graduations(moves: Mapping[int, list[Move]]) -> Iterator[Violation]:
    closed = dict(session.execute(select(ClosedYear.year, ClosedYear.closed_at)).all())
    columns = (Graduation.id, Graduation.approved_on, Graduation.recorded_on, Graduation.reference, Graduation.effective_on)
    for case, *said in session.execute(select(*columns)):
        yield from violations("case", Graduation, case, _graduation_faults(moves.get(case, []), said, closed))


def _graduation_faults(moves: list[Move], said: list[Any], closed: Mapping[int, datetime]) -> Iterator[str]:
    approved_on, recorded_on, reference, effective_on = said
    approved, recorded, effective = (steps_taken(moves, name) for name in ("approve", "record", "take_effect"))
    if approved_on != (_day(approved[-1]) if approved else None):
        yield "approved_on_differs"
    if bool(recorded) != bool(recorded_on and reference):
        yield "recorded_on_differs"
    if bool(effective) != bool(effective_on):
        yield "effective_on_differs"
    if any(on and (approved_on is None or on < approved_on) for on in (recorded_on, effective_on)):
        yield "before_approval"
    if effective and effective_on and effective_on > _day(effective[-1]):
        yield "effective_ahead"
    if effective and effective_on and effective_on.year in closed and effective[-1].at > closed[effective_on.year]:
        yield "effective_in_closed_year"


def _day(move: Move) -> date:
    return clock.local(move.at).date()


def _graduated_episodes() -> Iterator[Violation]:
    """An effective graduation ended an episode on its day and by its way out, and nothing else ends one like that."""
    effective = select(Graduation.household_id, Graduation.effective_on, Graduation.exit_type)
    decided = set(session.execute(effective.where(Graduation.state == "effective")))
    ended = select(Episode.household_id, Episode.ended, Episode.exit_type).where(Episode.exit_type.in_(_GRADUATED))
    left = set(session.execute(ended))
    for household, on, way in sorted(decided ^ left, key=str):
        fault = "episode_not_ended" if (household, on, way) in decided else "left_without_case"
        yield Violation(f"case.{fault}", Household.__tablename__, household)


def _nominations(moves: Mapping[int, list[Move]], families: Mapping[int, list[Move]]) -> Iterator[Violation]:
    started = set(session.execute(select(Episode.household_id, Episode.started)))
    for case in session.scalars(select(Nomination)):
        mine = moves.get(case.id, [])
        yield from violations("case", Nomination, case.id, _nomination_faults(case, mine))
        if case.state == "accepted" and not _was_paid_before(mine, families.get(case.household_id, [])):
            decided = date.fromisoformat(case.facts["accept"]["decided_on"])
            if (case.household_id, decided) not in started:
                yield Violation("case.accepted_without_episode", Nomination.__tablename__, case.id)
    yield from _unlinked()


def _nomination_faults(case: Nomination, moves: list[Move]) -> Iterator[str]:
    if case.state == "field_check" and case.facilitator_id is None:
        yield "nobody_to_check"
    if steps_taken(moves, "submit") and not case.stated_reason.strip():
        yield "no_reason"


def _was_paid_before(moves: list[Move], family: list[Move]) -> bool:
    """A first payment made the family active while its nomination was on the way."""
    way = range(moves[0].seq, moves[-1].seq) if moves else ()
    return any(move.seq in way for move in steps_taken(family, "activate"))


def _unlinked() -> Iterator[Violation]:
    """A nomination that names a relapse names one of the same family."""
    named = select(Nomination.id).join(Monitoring, Monitoring.id == Nomination.monitoring_id)
    relapsed = Monitoring.state.in_(("relapsed", "closed_relapsed"))
    wrong = named.where((Monitoring.household_id != Nomination.household_id) | ~relapsed)
    for case in session.scalars(wrong):
        yield Violation("case.wrong_relapse", Nomination.__tablename__, case)


def _candidates() -> Iterator[Violation]:
    """A candidate is being nominated; who is not any more was dropped or became active."""
    open_ones = select(Nomination.household_id).where(Nomination.state.in_(NOMINATION.open_states))
    alone = (Household.membership == Membership.CANDIDATE, Household.id.not_in(open_ones))
    for household in session.scalars(select(Household.id).where(*alone)):
        yield Violation("case.candidate_alone", Household.__tablename__, household)


# --- monitoring ------------------------------------------------------------------------------------------------------


_FOUND = ("find_stable", "find_watch", "find_at_risk")
_NOT_STABLE = ("watch", "at_risk", "intervention")


def monitoring(known: Histories) -> Iterator[Violation]:
    yield from _monitoring_opened()
    visits = _monitoring_visits()
    linked = set(session.scalars(select(Nomination.monitoring_id).where(Nomination.monitoring_id.is_not(None))))
    for case in session.scalars(select(Monitoring)):
        mine, moves = visits.get(case.id, []), known[Monitoring.__tablename__].get(case.id, [])
        faults = (*_plan_faults(case, mine), *_state_faults(case, mine, moves), *_relapse_faults(case, moves, linked))
        yield from violations("monitoring", Monitoring, case.id, faults)


def _monitoring_opened() -> Iterator[Violation]:
    """One for each graduation in effect, of the same family and day."""
    effective = select(Graduation.id, Graduation.household_id, Graduation.effective_on).where(Graduation.state == "effective")
    opened = select(Monitoring.graduation_id, Monitoring.household_id, Monitoring.started_on)
    wanted, there = set(session.execute(effective)), set(session.execute(opened))
    for graduation, _household, _day in sorted(wanted ^ there, key=str):
        yield Violation("monitoring.none_or_another", Graduation.__tablename__, graduation)


def _monitoring_visits() -> Mapping[int, list[MonitoringVisit]]:
    rows = session.scalars(select(MonitoringVisit).order_by(MonitoringVisit.planned_on, MonitoringVisit.id))
    return grouped((visit.monitoring_id, visit) for visit in rows)


def _plan_faults(case: Monitoring, visits: list[MonitoringVisit]) -> Iterator[str]:
    if not visits:
        yield "no_plan"
    if case.cohort != case.started_on.year:
        yield "cohort_differs"
    ahead = min((visit.planned_on for visit in visits if visit.outcome is None), default=None)
    if case.next_planned_on != (ahead if case.is_open and case.relapsed_on is None else None):
        yield "next_planned_differs"
    for visit in visits:
        told = (visit.outcome, visit.visited_on, visit.recorded_at, visit.recorded_by)
        if None in told and any(told):
            yield "visit_half_recorded"
        if visit.outcome is VisitOutcome.MET and not (visit.findings and visit.suggestion):
            yield "met_without_findings"


def _state_faults(case: Monitoring, visits: list[MonitoringVisit], moves: list[Move]) -> Iterator[str]:
    if case.state in _NOT_STABLE and case.next_planned_on is None and not _has_result_to_take(visits, moves):
        yield "not_stable_and_no_visit_ahead"
    yield from (f"{move.step}_unvisited" for move in moves if move.step in _FOUND and not _was_visited(move, visits, moves))
    outcomes = [visit.outcome for visit in MonitoringVisit.in_order(visits)]
    if case.state == "closed_stable" and (len(outcomes) < len(visits) or outcomes[-1:] != [VisitOutcome.MET]):
        yield "closed_before_the_last_visit"
    if case.state == "closed_lost" and not schedule.is_out_of_reach(outcomes):
        yield "closed_though_met"


def _has_result_to_take(visits: list[MonitoringVisit], moves: list[Move]) -> bool:
    return any(visit.recorded_at > moves[-1].at for visit in visits if visit.recorded_at)


def _was_visited(found: Move, visits: list[MonitoringVisit], moves: list[Move]) -> bool:
    """A visit that met the family after the case came to where it stood, and before the result was taken."""
    came = [move.at for move in moves if move.seq < found.seq and (move.step == OPENING or move.before != move.after)]
    met = [visit.recorded_at for visit in visits if visit.outcome is VisitOutcome.MET and visit.recorded_at]
    return bool(came) and any(came[-1] <= at <= found.at for at in met)


def _relapse_faults(case: Monitoring, moves: list[Move], linked: set[int | None]) -> Iterator[str]:
    relapsed = bool(steps_taken(moves, "confirm_relapse"))
    if relapsed != (case.relapsed_on is not None):
        yield "relapsed_on_differs"
    if relapsed != (case.id in linked):
        yield "relapse_without_nomination" if relapsed else "nomination_without_relapse"


# --- four eyes -------------------------------------------------------------------------------------------------------

_READ_AT_ONCE = 500


def four_eyes() -> Iterator[Violation]:
    for model in kinds.declared().cases:
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
    step = exists().where(
        earlier.subject_type == model.__tablename__, earlier.subject_id == Event.subject_id,
        earlier.actor_id == Event.actor_id, earlier.seq < Event.seq, earlier.kind.not_in(decisions(model)),
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
        makers = proposals.makers_of(page)
        yield from (proposal.id for proposal in page if proposal.decided_by in makers[proposal.id])
