"""Whose families: assigning and transferring a caseload, one family at a time, with an outcome for each.

A transferred family takes its open cases along: what is scoped by the family follows by itself, a field check in the hands
of the former facilitator is handed over. Who made what stays on record.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from portal.family.records.models import Household
from portal.graduation.records.models import Graduation
from portal.kernel import gate, kinds
from portal.kernel.base import session
from portal.kernel.people import Assignment, User
from portal.kernel.terms import Actor, Refused, Role
from portal.kernel.work import Work
from portal.monitoring.records import Monitoring
from portal.nomination.records.models import Nomination
from portal.nomination.rules.flow import NOMINATION

MOST = 500
"""Families in one go."""


class Result(StrEnum):
    ASSIGNED = "assigned"
    ALREADY = "already"
    NOT_YOURS = "not_yours"


@dataclass(frozen=True)
class Outcome:
    """`name` and `kelurahan` are empty when the family is out of sight."""

    household_id: int
    name: str
    kelurahan: str
    result: Result

    @property
    def is_done(self) -> bool:
        return self.result in (Result.ASSIGNED, Result.ALREADY)


def facilitators(actor: Actor) -> list[User]:
    """Active facilitators who work somewhere within the actor's areas, by name; one statement."""
    mine = [or_(Assignment.area_code == code, Assignment.area_code.like(f"{code}.%")) for code in actor.areas]
    here = User.assignments.any(or_(*mine)) if mine else User.id.is_(None)
    statement = select(User).where(User.role == Role.FACILITATOR, User.active, here).order_by(User.name, User.id)
    return list(session.scalars(statement))


@dataclass(frozen=True)
class Holding:
    """What waits for somebody else when a facilitator goes: families, and open cases of them or in the person's hands."""

    families: int
    cases: int

    def __bool__(self) -> bool:
        return bool(self.families or self.cases)


def held_by(user_id: int) -> Holding:
    """Numbers only, for an administrator, who sees no families; one statement."""
    theirs = Household.facilitator_id == user_id
    counts = [select(func.count()).select_from(Household).where(theirs)]
    for model in (Graduation, Monitoring):
        running = model.state.in_(kinds.flow(model.flow_name).open_states)
        joined = select(func.count()).select_from(model).join(Household, Household.id == model.household_id)
        counts.append(joined.where(theirs, running))
    checks = (Nomination.facilitator_id == user_id, Nomination.state.in_(NOMINATION.open_states))
    counts.append(select(func.count()).select_from(Nomination).where(*checks))
    families, *cases = session.execute(select(*(count.scalar_subquery() for count in counts))).one()
    return Holding(families, sum(cases))


def assign(actor: Actor, household_ids: Iterable[int], facilitator_id: int, *, key: str) -> list[Outcome]:
    """Each family is its own transaction, so one that is refused keeps no other back; the same key changes nothing again.
    Also outside the kelurahan that the facilitator works in: offices lend a hand to each other, and whose family it is
    decides what a facilitator sees.

    Raises Refused("facilitator_unknown") unless it is an active facilitator within the actor's areas.
    """
    facilitator = _facilitator(actor, facilitator_id)
    wanted = list(dict.fromkeys(household_ids))[:MOST]
    families = _in_sight(actor, wanted)
    return [_assign(actor, families.get(one), facilitator, key=f"{key}.{one}", household_id=one) for one in wanted]


@dataclass(frozen=True)
class _Facilitator:
    id: int
    name: str


def _facilitator(actor: Actor, user_id: int) -> _Facilitator:
    user = session.scalars(select(User).where(User.id == user_id).options(selectinload(User.assignments))).one_or_none()
    if user is None or user.id not in {known.id for known in facilitators(actor)}:
        raise Refused("facilitator_unknown")
    return _Facilitator(user.id, user.name)


def _in_sight(actor: Actor, ids: Sequence[int]) -> dict[int, Household]:
    mine = (Household.id.in_(ids), gate.visible(actor, "household.assign", Household))
    statement = select(Household).where(*mine).options(joinedload(Household.area))
    return {family.id: family for family in session.scalars(statement)}


def _assign(actor: Actor, family: Household | None, to: _Facilitator, *, key: str, household_id: int) -> Outcome:
    if family is None:
        return Outcome(household_id, "", "", Result.NOT_YOURS)
    name, kelurahan = family.caretaker_name, family.area.name
    told = [Result.ASSIGNED]

    def act(work: Work, fresh: Household) -> Household:
        if fresh.facilitator_id == to.id:
            told[0] = Result.ALREADY
            return fresh
        _hand_over(work, fresh, to)
        return fresh

    try:
        gate.write(actor, "household.assign", family, key=key, payload=to.id, act=act)
    except (gate.NotFound, gate.Forbidden):
        return Outcome(household_id, name, kelurahan, Result.NOT_YOURS)
    return Outcome(household_id, name, kelurahan, told[0])


def _hand_over(work: Work, family: Household, to: _Facilitator) -> None:
    before = session.get(User, family.facilitator_id) if family.facilitator_id else None
    checks = (Nomination.household_id == family.id, Nomination.state.in_(NOMINATION.open_states))
    for nomination in session.scalars(select(Nomination).where(*checks, Nomination.facilitator_id.is_not(None))):
        if before is not None and nomination.facilitator_id == before.id:
            nomination.facilitator_id = to.id
    family.facilitator_id = to.id
    family.version += 1
    work.log(
        "households.assign", family, household=family, detail={"changes": {"facilitator": [before and before.name, to.name]}}
    )
