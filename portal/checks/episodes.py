"""Membership and episodes tell the same: who is in has one open episode, who is out has none."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from typing import NamedTuple

from sqlalchemy import select

from portal.checks.findings import Violation
from portal.checks.paths import OPENING, Histories, Move
from portal.family.records.models import Episode, Household
from portal.kernel.base import session
from portal.kernel.terms import IN_PROGRAMME, ExitType, Membership
from portal.membership.records.models import MembershipProposal

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


def violations(known: Histories) -> Iterator[Violation]:
    stays, moves = _stays(), known[Household.__tablename__]
    confirmed = _confirmed()
    for household, membership, due_on in session.execute(select(Household.id, Household.membership, Household.due_on)):
        mine, told = stays.get(household, []), moves.get(household, [])
        faults = (*_stay_faults(membership, mine), *_move_faults(told, mine), *_proposal_faults(told, confirmed[household]))
        yield from (Violation(f"membership.{fault}", Household.__tablename__, household) for fault in faults)
        if membership == Membership.ACTIVE and due_on is None:
            yield Violation("membership.active_without_next_visit", Household.__tablename__, household)


def _stays() -> Mapping[int, list[_Stay]]:
    found: dict[int, list[_Stay]] = defaultdict(list)
    columns = (Episode.household_id, Episode.number, Episode.started, Episode.ended, Episode.exit_type)
    for row in session.execute(select(*columns).order_by(Episode.household_id, Episode.number)):
        found[row.household_id].append(_Stay(row.number, row.started, row.ended, row.exit_type))
    return found


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
