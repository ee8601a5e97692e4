"""What the portal itself proposes, when a supervisor asks it to look: families whose last component has ended, and families
that the payment rosters leave out. It proposes only; a supervisor decides each."""

from collections.abc import Callable
from datetime import date

from sqlalchemy import Select, and_, exists, or_, select
from sqlalchemy.orm import selectinload

from portal.family.records.models import Household, Member, Payment
from portal.family.rules.components import SCHOOL_UNTIL, SMALL_UNTIL, NoneLeft
from portal.kernel import gate, schedule
from portal.kernel.base import session
from portal.kernel.history import jsonable
from portal.kernel.people import User
from portal.kernel.settings import in_force
from portal.kernel.terms import Actor, Membership, Period, SchoolLevel
from portal.kernel.work import Work
from portal.membership.records.proposals import MembershipProposal, add, none_left
from portal.membership.rules import MEMBERSHIP

BY_DATE, BY_ROSTERS = "no_component", "unpaid"
MOST_AT_ONCE = 200
STAGES = 2
"""Rosters in a row without a family before its suspension is proposed; one alone proves nothing."""
_LOOKED_BACK = 5
_READ_AT_ONCE = 500
_LEFT_SCHOOL = (SchoolLevel.FINISHED, SchoolLevel.NOT_IN_SCHOOL)

Holds = Callable[[Household], bool]
Found = tuple[list[Household], Callable[[Household], dict[str, object]]]
"""Families, and what explains the proposal for each."""


def propose_where_nothing_is_left(actor: Actor, *, key: str) -> int:
    """Propose natural graduation for families in reach whose last component has ended on a date *known* (age alone only
    presumes). The portal proposes; a facilitator confirms the members, a supervisor closes. Returns how many; 0 when the
    same key comes again."""

    def find(work: Work) -> Found:
        age = in_force(work.today).number("elderly_age")

        def holds(household: Household) -> bool:
            return none_left(household, work.today, elderly_age=age) is NoneLeft.KNOWN

        return _judged(_perhaps_without_component(actor, work.today, age), holds), lambda _household: {}

    return _propose(actor, "exit_natural", BY_DATE, find, key=key)


def propose_where_unpaid(actor: Actor, *, key: str) -> int:
    """Propose suspension for active families in reach that were paid before, but that none of the last `STAGES` rosters of
    their kelurahan names. A row with an amount of 0 names the family, and proves nothing. What a supervisor dismissed is
    proposed again only after a further roster. Returns how many; 0 when the same key comes again."""

    def find(work: Work) -> Found:
        stages, covered = _rosters(actor, Period.of(work.today))
        if not covered:
            return [], lambda _household: {}
        settled, files = _settled_for(stages[-1]), _files(stages, covered)
        told = {"period": stages[-1], "stages": list(stages)}
        households = _judged(_left_out(actor, stages, covered), lambda household: household.id not in settled)
        return households, lambda household: {**told, "batches": files.get(household.kelurahan, [])}

    return _propose(actor, "suspend", BY_ROSTERS, find, key=key)


def _propose(actor: Actor, step: str, cause: str, find: Callable[[Work], Found], *, key: str) -> int:
    made: list[int] = []

    def act(work: Work) -> User:
        households, told = find(work)
        for household in households:
            facts = jsonable({"effective_on": work.today, "reason": "", **told(household)})
            added = add(work, household, step, cause=cause, facts=facts, proposed_by=None)
            made.extend([added.id] if added else [])
        return session.get_one(User, actor.id)

    gate.write_chunk(actor, "membership.decide", key=key, payload=[cause], act=act)
    return len(made)


def _judged(candidates: Select[Household], holds: Holds) -> list[Household]:
    """The first `MOST_AT_ONCE` for whom the rule holds; those for whom it does not get in nobody's way."""
    found: list[Household] = []
    after = 0
    while len(found) < MOST_AT_ONCE:
        page = session.scalars(candidates.where(Household.id > after).limit(_READ_AT_ONCE)).all()
        if not page:
            break
        found += [household for household in page if holds(household)]
        after = page[-1].id
    return found[:MOST_AT_ONCE]


def _perhaps_without_component(actor: Actor, today: date, elderly_age: int) -> Select[Household]:
    """Families in the programme with nobody present who could hold a component, for the rule to judge."""
    small, young, old = (schedule.add_months(today, -12 * age) for age in (SMALL_UNTIL + 1, SCHOOL_UNTIL + 1, elderly_age))
    may_attend = or_(Member.school_level.is_(None), Member.school_level.not_in(_LEFT_SCHOOL))
    could_hold = or_(
        Member.severe_disability, Member.rights_victim, Member.pregnant_until >= today, Member.birth_date.is_(None),
        Member.birth_date > small, and_(Member.birth_date > young, may_attend), Member.birth_date <= old,
    )  # fmt: skip
    holder = exists().where(Member.household_id == Household.id, Member.left_on.is_(None), could_hold)
    in_programme = Household.membership.in_(MEMBERSHIP.step("exit_natural").sources)
    return _in_sight(actor, "exit_natural").where(in_programme, ~holder)


def _in_sight(actor: Actor, step: str) -> Select[Household]:
    """Families that this supervisor decides on, without those for whom the step is proposed already."""
    sight = gate.visible(actor, "membership.decide", Household)
    same = (MembershipProposal.step == step, MembershipProposal.state == "open")
    proposed = exists().where(MembershipProposal.household_id == Household.id, *same)
    return select(Household).where(sight, ~proposed).options(selectinload(Household.members)).order_by(Household.id)


def _rosters(actor: Actor, newest: Period) -> tuple[list[str], set[str]]:
    """The last `STAGES` stages in which anybody in reach was paid, in order, and the kelurahan that each of them paid in."""
    recent = [newest]
    while len(recent) < _LOOKED_BACK:
        recent.append(recent[-1].previous())
    sight = gate.visible(actor, "membership.decide", Household)
    paid = (Payment.stage.in_([str(period) for period in recent]), Payment.amount > 0)
    asked = select(Payment.stage, Household.kelurahan).join(Household, Household.id == Payment.household_id)
    rows = session.execute(asked.where(sight, *paid).distinct())
    places: dict[str, set[str]] = {}
    for stage, kelurahan in rows:
        places.setdefault(stage, set()).add(kelurahan)
    stages = sorted(places)[-STAGES:]
    return stages, set.intersection(*(places[stage] for stage in stages)) if len(stages) == STAGES else set()


def _files(stages: list[str], covered: set[str]) -> dict[str, list[int | None]]:
    """By kelurahan, the batches that brought these rosters: whoever had them in hand decides nothing that follows."""
    brought = (Payment.stage.in_(stages), Payment.batch_id.is_not(None), Household.kelurahan.in_(covered))
    asked = select(Household.kelurahan, Payment.batch_id).join(Household, Household.id == Payment.household_id)
    found: dict[str, list[int | None]] = {}
    for kelurahan, batch_id in session.execute(asked.where(*brought).distinct().order_by(Payment.batch_id)):
        found.setdefault(kelurahan, []).append(batch_id)
    return found


def _settled_for(stage: str) -> set[int]:
    """Families for whom the same was proposed and decided when this was the newest roster."""
    decided = (MembershipProposal.cause == BY_ROSTERS, MembershipProposal.state != "open")
    rows = session.execute(select(MembershipProposal.household_id, MembershipProposal.facts).where(*decided))
    return {household_id for household_id, facts in rows if facts.get("period") == stage}


def _left_out(actor: Actor, stages: list[str], covered: set[str]) -> Select[Household]:
    own = Payment.household_id == Household.id
    named = exists().where(own, Payment.stage.in_(stages))
    before = exists().where(own, Payment.stage < stages[0], Payment.amount > 0)
    active = Household.membership == Membership.ACTIVE
    return _in_sight(actor, "suspend").where(active, Household.kelurahan.in_(covered), before, ~named)
