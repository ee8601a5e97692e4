"""Families: membership and episodes tell the same, and columns say what would be written now. And in no table does a date
lie ahead that says what has happened."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import func, select

from portal.assessment.records.visits import Assessment, Visit, is_mistaken
from portal.caseload import records
from portal.checks.histories import OPENING, Histories, Move, Violation, grouped
from portal.evidence.records import Evidence
from portal.family.records.models import Decile, Episode, Household, Member, NameWord
from portal.family.rules.names import words_of
from portal.graduation.records.dossiers import Graduation, Submission
from portal.kernel import kinds, settings
from portal.kernel.base import session
from portal.kernel.history import Event
from portal.kernel.terms import IN_PROGRAMME, ExitType, Membership, VisitOutcome
from portal.membership.records.proposals import MembershipProposal
from portal.monitoring.records import Monitoring, MonitoringVisit
from portal.monitoring.rules import MONITORING
from portal.nomination.records.nominations import Nomination

# --- membership ------------------------------------------------------------------------------------------------------


_EXITS = {
    "exit_natural": (ExitType.NATURAL,),
    "exit_ineligible": (ExitType.INELIGIBLE,),
    "exit_non_compliance": (ExitType.NON_COMPLIANCE,),
    "exit_graduated": (ExitType.INDEPENDENT, ExitType.PROGRAMME),
}
_PROPOSED = ("suspend", "resume", "exit_natural", "exit_ineligible", "exit_non_compliance")


class _Stay(NamedTuple):
    number: int
    started: date | None
    ended: date | None
    exit_type: ExitType | None


def membership(known: Histories) -> Iterator[Violation]:
    stays, moves = _stays(), known[Household.__tablename__]
    confirmed = _confirmed()
    for household, membership, due_on in session.execute(select(Household.id, Household.membership, Household.due_on)):
        mine, told = stays.get(household, []), moves.get(household, [])
        faults = (*_stay_faults(membership, mine), *_move_faults(told, mine), *_proposal_faults(told, confirmed[household]))
        yield from (Violation(f"membership.{fault}", Household.__tablename__, household) for fault in faults)
        if membership == Membership.ACTIVE and due_on is None:
            yield Violation("membership.active_without_next_visit", Household.__tablename__, household)


def _stays() -> Mapping[int, list[_Stay]]:
    columns = (Episode.household_id, Episode.number, Episode.started, Episode.ended, Episode.exit_type)
    rows = session.execute(select(*columns).order_by(Episode.household_id, Episode.number))
    return grouped((row.household_id, _Stay(row.number, row.started, row.ended, row.exit_type)) for row in rows)


def _confirmed() -> Mapping[int, Counter[str]]:
    found: dict[int, Counter[str]] = defaultdict(Counter)
    columns = (MembershipProposal.household_id, MembershipProposal.step)
    for household, step in session.execute(select(*columns).where(MembershipProposal.state == "confirmed")):
        found[household][step] += 1
    return found


def _stay_faults(membership: Membership, stays: list[_Stay]) -> Iterator[str]:
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


def _move_faults(moves: list[Move], stays: list[_Stay]) -> Iterator[str]:
    """Every arrival began an episode, every exit ended one by its kind: nobody comes back without a further one."""
    arrivals = [move for move in moves if move.after in IN_PROGRAMME and (move.step == OPENING or move.step == "activate")]
    if len(arrivals) != len(stays):
        yield "arrivals_differ_from_episodes"
    exits = [_EXITS[move.step] for move in moves if move.step in _EXITS]
    ends = [stay.exit_type for stay in stays if stay.exit_type]
    if len(exits) != len(ends) or any(end not in kinds for kinds, end in zip(exits, ends, strict=False)):
        yield "exits_differ_from_episodes"


def _proposal_faults(moves: list[Move], confirmed: Counter[str]) -> Iterator[str]:
    """What somebody proposes is confirmed before it happens, and happens once."""
    taken = Counter(move.step for move in moves)
    for step in _PROPOSED:
        if taken[step] != confirmed[step]:
            yield f"{step}_not_as_confirmed"


# --- columns ---------------------------------------------------------------------------------------------------------


_TABLE = Household.__tablename__
_COLUMNS = tuple(records.columns(()))


def columns() -> Iterator[Violation]:
    yield from _summaries()
    yield from _twice_present()
    yield from _twice_open()


def _summaries() -> Iterator[Violation]:
    members, words, deciles, bands = _members(), _words(), _deciles(), _bands()
    met, retries, planned = _last_met(), _retries(), _planned()
    began, every = _began(), settings.over_time(records.ROUTINE)
    stored = [getattr(Household, name) for name in _COLUMNS]
    asked = select(Household.id, Household.membership, Household.next_visit_on, Household.created_at, *stored)
    for household, membership, agreed, known, *kept in session.execute(asked):
        mine = members.get(household, [])
        days = records.promised(membership, agreed, retries.get(household), planned.get(household))
        seen = met.get(household)
        routine = records.routine(membership, seen, began.get(household), known=known, every=every)
        right = records.columns(
            mine, decile=deciles.get(household), band=bands.get(household), met=seen, promised=days, routine=routine
        )
        for name, is_now in zip(_COLUMNS, kept, strict=True):
            if is_now != right[name]:
                yield Violation(f"column.{name}", _TABLE, household)
        if words.get(household, set()) != words_of(mine):
            yield Violation("column.name_words", _TABLE, household)


def _members() -> Mapping[int, list[Any]]:
    columns = (Member.household_id, Member.name, Member.is_caretaker, Member.relation)
    rows = session.execute(select(*columns).where(Member.left_on.is_(None)).order_by(Member.id))
    return grouped((row.household_id, row) for row in rows)


def _words() -> Mapping[int, set[str]]:
    found: dict[int, set[str]] = defaultdict(set)
    for word, household in session.execute(select(NameWord.word, NameWord.household_id)):
        found[household].add(word)
    return found


def _deciles() -> Mapping[int, tuple[str, int]]:
    """The latest row wins: they come in order."""
    ordered = select(Decile.household_id, Decile.period, Decile.value).order_by(Decile.household_id, Decile.period)
    return {household: (period, value) for household, period, value in session.execute(ordered)}


def _bands() -> Mapping[int, tuple[Any, Any]]:
    columns = (Assessment.household_id, Assessment.band, Assessment.assessed_on)
    finished = select(*columns).where(Assessment.finished_at.is_not(None), ~is_mistaken(Assessment.visit_id))
    ordered = finished.order_by(Assessment.assessed_on, Assessment.id)
    return {household: (band, on) for household, band, on in session.execute(ordered)}


def _last_met() -> Mapping[int, Any]:
    true = (Visit.outcome == VisitOutcome.MET, ~is_mistaken(Visit.id))
    met = select(Visit.household_id, func.max(Visit.visited_on)).where(*true)
    return dict(session.execute(met.group_by(Visit.household_id)).all())


def _retries() -> Mapping[int, Any]:
    ordered = select(Visit.household_id, Visit.retry_on).where(~is_mistaken(Visit.id)).order_by(Visit.visited_on, Visit.id)
    return dict(session.execute(ordered).all())


def _began() -> Mapping[int, Any]:
    running = select(Episode.household_id, Episode.started).where(Episode.ended.is_(None))
    return dict(session.execute(running).all())


def _planned() -> Mapping[int, Any]:
    following = Monitoring.state.in_(MONITORING.open_states)
    return dict(session.execute(select(Monitoring.household_id, Monitoring.next_planned_on).where(following)).all())


def _twice_present() -> Iterator[Violation]:
    """No NIK twice among present members; the index guards it too."""
    present = select(func.min(Member.id)).where(Member.left_on.is_(None), Member.nik_index.is_not(None))
    for member in session.scalars(present.group_by(Member.nik_index).having(func.count() > 1)):
        yield Violation("column.nik_twice", Member.__tablename__, member)


def _twice_open() -> Iterator[Violation]:
    for model in kinds.declared().cases:
        running = select(model.household_id).where(model.state.in_(kinds.flow(model.flow_name).open_states))
        for household in session.scalars(running.group_by(model.household_id).having(func.count() > 1)):
            yield Violation(f"column.{model.flow_name}_open_twice", _TABLE, household)


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
