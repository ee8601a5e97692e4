"""Families: membership and episodes tell the same, and columns say what would be written now. And in no table does a date
lie ahead that says what has happened."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import load_only

from portal.assessment.records.visits import Assessment, Visit
from portal.caseload import records
from portal.checks.histories import OPENING, Histories, Move, Violation, grouped, violations
from portal.evidence.records import Evidence
from portal.family.records.models import Episode, Household, Member
from portal.graduation.records.dossiers import Graduation, Submission
from portal.kernel import kinds
from portal.kernel.base import session
from portal.kernel.history import Event
from portal.kernel.terms import IN_PROGRAMME, ExitType, Membership
from portal.membership.records.proposals import PROPOSABLE, MembershipProposal
from portal.monitoring.records import Monitoring, MonitoringVisit
from portal.nomination.records.nominations import Nomination

# --- membership ------------------------------------------------------------------------------------------------------


_EXITS = {
    "exit_natural": (ExitType.NATURAL,),
    "exit_ineligible": (ExitType.INELIGIBLE,),
    "exit_non_compliance": (ExitType.NON_COMPLIANCE,),
    "exit_graduated": (ExitType.INDEPENDENT, ExitType.PROGRAMME),
}


def membership(known: Histories) -> Iterator[Violation]:
    stays, moves = _stays(), known[Household.__tablename__]
    decided = select(MembershipProposal.household_id, MembershipProposal.step).where(MembershipProposal.state == "confirmed")
    confirmed = Counter((household, step) for household, step in session.execute(decided))
    for household, membership, due_on in session.execute(select(Household.id, Household.membership, Household.due_on)):
        mine, told = stays.get(household, []), moves.get(household, [])
        proposed = _proposal_faults(household, told, confirmed)
        faults = (*_stay_faults(membership, mine), *_move_faults(told, mine), *proposed)
        yield from violations("membership", Household, household, faults)
        if membership == Membership.ACTIVE and due_on is None:
            yield Violation("membership.active_without_next_visit", Household.__tablename__, household)


def _stays() -> Mapping[int, list[Any]]:
    columns = (Episode.household_id, Episode.number, Episode.started, Episode.ended, Episode.exit_type)
    rows = session.execute(select(*columns).order_by(Episode.household_id, Episode.number))
    return grouped((row.household_id, row) for row in rows)


def _stay_faults(membership: Membership, stays: list[Any]) -> Iterator[str]:
    open_ones = sum(stay.ended is None for stay in stays)
    if open_ones != (1 if membership in IN_PROGRAMME else 0):
        yield "open_episodes_differ"
    if membership is Membership.EXITED and not stays:
        yield "exited_without_episode"
    if [stay.number for stay in stays] != list(range(1, len(stays) + 1)):
        yield "episodes_not_numbered"
    if any((stay.ended is None) != (stay.exit_type is None) for stay in stays):
        yield "ended_without_exit_type"
    if any(stay.started and stay.ended and stay.ended < stay.started for stay in stays):
        yield "ended_before_it_started"


def _move_faults(moves: list[Move], stays: list[Any]) -> Iterator[str]:
    """Every arrival began an episode, every exit ended one by its kind: nobody comes back without a further one."""
    arrivals = [move for move in moves if move.after in IN_PROGRAMME and (move.step == OPENING or move.step == "activate")]
    if len(arrivals) != len(stays):
        yield "arrivals_differ_from_episodes"
    exits = [_EXITS[move.step] for move in moves if move.step in _EXITS]
    ends = [stay.exit_type for stay in stays if stay.exit_type]
    if len(exits) != len(ends) or any(end not in kinds for kinds, end in zip(exits, ends, strict=False)):
        yield "exits_differ_from_episodes"


def _proposal_faults(household: int, moves: list[Move], confirmed: Counter[tuple[int, str]]) -> Iterator[str]:
    """What somebody proposes is confirmed before it happens, and happens once."""
    taken = Counter(move.step for move in moves)
    return (f"{step}_not_as_confirmed" for step in PROPOSABLE if taken[step] != confirmed[household, step])


# --- columns ---------------------------------------------------------------------------------------------------------


_AT_ONCE = 5_000


def columns() -> Iterator[Violation]:
    yield from _summaries()
    yield from _twice_present()
    yield from _twice_open()


def _summaries() -> Iterator[Violation]:
    """What lists show, and the words that families are found by, are what would be written now."""
    needed = (Household.membership, Household.next_visit_on, Household.created_at)
    stored = select(Household).options(load_only(*needed, *(getattr(Household, name) for name in records.columns(()))))
    fresh = stored.order_by(Household.id).execution_options(populate_existing=True, yield_per=_AT_ONCE)
    for page in session.scalars(fresh).partitions():
        summaries, words = records.summaries(page), records.words_by([household.id for household in page])
        for household in page:
            right = summaries[household.id]
            differing = [name for name, value in right.columns.items() if getattr(household, name) != value]
            faults = (*differing, *(["name_words"] if words[household.id] != right.words else []))
            yield from violations("column", Household, household.id, faults)


def _twice_present() -> Iterator[Violation]:
    """No NIK twice among present members; the index guards it too."""
    present = select(func.min(Member.id)).where(Member.left_on.is_(None), Member.nik_index.is_not(None))
    for member in session.scalars(present.group_by(Member.nik_index).having(func.count() > 1)):
        yield Violation("column.nik_twice", Member.__tablename__, member)


def _twice_open() -> Iterator[Violation]:
    for model in kinds.declared().cases:
        running = select(model.household_id).where(model.state.in_(kinds.flow(model.flow_name).open_states))
        for household in session.scalars(running.group_by(model.household_id).having(func.count() > 1)):
            yield Violation(f"column.{model.flow_name}_open_twice", Household.__tablename__, household)


# --- dates -----------------------------------------------------------------------------------------------------------


_DAYS: tuple[object, ...] = (
    Visit.visited_on, Assessment.assessed_on, MonitoringVisit.visited_on, Monitoring.started_on, Monitoring.relapsed_on,
    Graduation.approved_on, Graduation.recorded_on, Graduation.effective_on, Episode.started, Episode.ended,
    Member.birth_date, Member.left_on, Household.last_visit_on, Household.assessed_on, Household.members_confirmed_on,
)  # fmt: skip
_MOMENTS: tuple[Any, ...] = (
    Visit.recorded_at, Assessment.finished_at, MonitoringVisit.recorded_at, Evidence.uploaded_at, Submission.submitted_at,
    Household.created_at, Household.updated_at, Graduation.state_since, Nomination.state_since, Monitoring.state_since,
)  # fmt: skip


def ahead(now: datetime, today: date) -> Iterator[Violation]:
    for column, limit in (*((day, today) for day in _DAYS), *((moment, now) for moment in _MOMENTS)):
        model = column.class_
        for row in session.scalars(select(model.id).where(column > limit)):
            yield Violation(f"ahead.{column.key}", model.__tablename__, row)
    for seq in session.scalars(select(Event.seq).where(Event.at > now)):
        yield Violation("ahead.at", Event.__tablename__, seq)
