"""What graduations and nominations must say about themselves and their family, once they came far enough."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from portal.checks.findings import Violation
from portal.checks.paths import Histories, Move, steps_taken
from portal.family.records.models import Episode, Household
from portal.graduation.records.models import ClosedYear, Graduation
from portal.kernel import clock
from portal.kernel.base import session
from portal.kernel.terms import ExitType, Membership
from portal.monitoring.records import Monitoring
from portal.nomination.records.models import Nomination
from portal.nomination.rules import NOMINATION

_GRADUATED = (ExitType.INDEPENDENT, ExitType.PROGRAMME)


def violations(known: Histories) -> Iterator[Violation]:
    yield from _graduations(known[Graduation.__tablename__])
    yield from _graduated_episodes()
    yield from _nominations(known[Nomination.__tablename__], known[Household.__tablename__])
    yield from _candidates()


def _graduations(moves: Mapping[int, list[Move]]) -> Iterator[Violation]:
    closed = dict(session.execute(select(ClosedYear.year, ClosedYear.closed_at)).all())
    columns = (Graduation.id, Graduation.approved_on, Graduation.recorded_on, Graduation.reference, Graduation.effective_on)
    for case, *said in session.execute(select(*columns)):
        for fault in _graduation_faults(moves.get(case, []), said, closed):
            yield Violation(f"case.{fault}", Graduation.__tablename__, case)


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
        for fault in _nomination_faults(case, mine):
            yield Violation(f"case.{fault}", Nomination.__tablename__, case.id)
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
