"""Whose families: assigning and transferring a caseload, one family at a time, with an outcome for each.

A transferred family takes its open cases along: what is scoped by the family follows by itself, a field check in the hands
of the former facilitator is handed over. Who made what stays on record.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from portal.family.records.models import Household
from portal.graduation.records.models import Graduation
from portal.kernel import areas, gate, kinds, many
from portal.kernel.base import session
from portal.kernel.many import Outcome
from portal.kernel.people import Assignment, User
from portal.kernel.terms import Actor, Refused, Role
from portal.kernel.work import Work
from portal.monitoring.records import Monitoring
from portal.nomination.records.models import Nomination
from portal.nomination.rules import NOMINATION

Found = TypeVar("Found")

MOST = 500
"""Families in one go."""


@dataclass(frozen=True)
class GivenFamily:
    """A family in sight, as its outcome names it."""

    id: int
    name: str
    kelurahan: str


def facilitators(actor: Actor) -> list[User]:
    """Active facilitators who work somewhere within the actor's areas, by name; one statement."""
    here = User.assignments.any(areas.within(Assignment.area_code, actor.areas))
    statement = select(User).where(User.role == Role.FACILITATOR, User.active, here).order_by(User.name, User.id)
    return list(session.scalars(statement))


@dataclass(frozen=True)
class LeftBehind:
    """What waits for somebody else when a facilitator goes: families, and open cases of them or in the person's hands."""

    families: int
    cases: int

    def __bool__(self) -> bool:
        return bool(self.families or self.cases)


def held_by(user_id: int) -> LeftBehind:
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
    return LeftBehind(families, sum(cases))


def assign(actor: Actor, household_ids: Iterable[int], facilitator_id: int, *, key: str) -> tuple[Outcome[GivenFamily], ...]:
    """Each family is its own transaction, so one that is refused keeps no other back; the same key changes nothing again.
    Also outside the kelurahan that the facilitator works in: offices lend a hand to each other, and whose family it is
    decides what a facilitator sees. Rows are GivenFamily, None where out of sight; one that is the facilitator's already
    was left alone by Refused("already_assigned").

    Raises Refused("facilitator_unknown") unless it is an active facilitator within the actor's areas, and gate.KeyReused
    when the same form gave them to somebody else.
    """
    to = _facilitator(actor, facilitator_id)
    wanted = list(dict.fromkeys(household_ids))[:MOST]
    families = _in_sight(actor, wanted)
    named = {one: GivenFamily(one, family.caretaker_name, family.area.name) for one, family in families.items()}

    def give(one: int) -> GivenFamily:
        family = _known(families, one)
        gate.write(actor, "household.assign", family, key=f"{key}.{one}", payload=to.id, act=partial(_hand_over, to=to))
        return named[one]

    outcomes = many.one_by_one(wanted, give, lambda one: _known(named, one))
    for reused in (one.error for one in outcomes if isinstance(one.error, gate.KeyReused)):
        raise reused
    return outcomes


def is_theirs(outcome: Outcome[GivenFamily]) -> bool:
    """The family is the facilitator's now, or was before."""
    error = outcome.error
    return error is None or (isinstance(error, Refused) and error.code == "already_assigned")


def _known(found: Mapping[int, Found], one: int) -> Found:
    if one not in found:
        raise gate.NotFound
    return found[one]


@dataclass(frozen=True)
class _Facilitator:
    id: int
    name: str


def _facilitator(actor: Actor, user_id: int) -> _Facilitator:
    user = next((known for known in facilitators(actor) if known.id == user_id), None)
    if user is None:
        raise Refused("facilitator_unknown")
    return _Facilitator(user.id, user.name)


def _in_sight(actor: Actor, ids: Sequence[int]) -> dict[int, Household]:
    mine = (Household.id.in_(ids), gate.visible(actor, "household.assign", Household))
    statement = select(Household).where(*mine).options(joinedload(Household.area))
    return {family.id: family for family in session.scalars(statement)}


def _hand_over(work: Work, family: Household, to: _Facilitator) -> Household:
    if family.facilitator_id == to.id:
        raise Refused("already_assigned")
    before = session.get(User, family.facilitator_id) if family.facilitator_id else None
    checks = (Nomination.household_id == family.id, Nomination.state.in_(NOMINATION.open_states))
    for nomination in session.scalars(select(Nomination).where(*checks, Nomination.facilitator_id.is_not(None))):
        if before is not None and nomination.facilitator_id == before.id:
            nomination.facilitator_id = to.id
    family.facilitator_id = to.id
    family.version += 1
    changes = {"facilitator": [before and before.name, to.name]}
    work.log("households.assign", family, household=family, detail={"changes": changes})
    return family
