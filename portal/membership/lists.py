"""The queue of proposed membership changes: oldest first, a keyset page at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, or_, select

from portal.family.records.models import Household
from portal.family.rules import components
from portal.family.rules.components import Entitlement
from portal.kernel import gate, settings
from portal.kernel.base import session
from portal.kernel.people import Area, User
from portal.kernel.terms import Actor
from portal.membership.records import hands
from portal.membership.records.hands import Hand
from portal.membership.records.models import MembershipProposal

PAGE = 50


@dataclass(frozen=True)
class ProposalRow:
    """One proposal in the queue. `facts` explain it: a file's row, a decile, a person's reason. `own` is what the person who
    looks had to do with it while it is open: then another decides."""

    id: int
    household_id: int
    family: str
    kelurahan: str
    membership: str
    step: str
    cause: str
    state: str
    facts: dict[str, Any]
    proposed_at: datetime
    proposer: str | None
    decided_at: datetime | None
    own: Hand | None


@dataclass(frozen=True)
class ProposalPage:
    rows: tuple[ProposalRow, ...]
    following: int | None


@dataclass(frozen=True)
class StillThere:
    """What keeps a family from leaving without a component: who holds which, and of whom it cannot be told."""

    held: tuple[tuple[str, Entitlement], ...]
    unclear: tuple[str, ...]


@dataclass(frozen=True)
class ProposalFilter:
    """None means any. `batch` narrows to what one file proposed; `after` is the last id of the page before."""

    state: str = "open"
    step: str | None = None
    kecamatan: str | None = None
    batch: int | None = None
    after: int | None = None


def still_there(household: Household, today: date) -> StillThere:
    """Two statements, less when the members are loaded."""
    age = settings.in_force(today).number("elderly_age")
    names = {member.id: member.name for member in household.present_members}
    people = [member.as_person for member in household.present_members]
    held = components.entitlements(people, today, elderly_age=age)
    unclear = components.unclear(people, today, elderly_age=age)
    return StillThere(tuple((names[one.person.key or 0], one) for one in held), tuple(names[one.key or 0] for one in unclear))


def queue(actor: Actor, wanted: ProposalFilter) -> ProposalPage:
    """Proposals on households in sight, in the order they came; two statements."""
    statement = (
        _rows(actor, wanted).order_by(MembershipProposal.id).limit(PAGE + 1)
        if wanted.state == "open"
        else _rows(actor, wanted, newest_first=True).order_by(MembershipProposal.id.desc()).limit(PAGE + 1)
    )
    rows = _as_rows(actor, session.execute(statement).all())
    return ProposalPage(tuple(rows[:PAGE]), rows[PAGE - 1].id if len(rows) > PAGE else None)


def one(actor: Actor, proposal_id: int) -> ProposalRow:
    """Raises gate.NotFound."""
    statement = _joined().where(MembershipProposal.id == proposal_id, gate.visible(actor, "household.view", MembershipProposal))
    found = session.execute(statement).first()
    if found is None:
        raise gate.NotFound
    return _as_rows(actor, [found])[0]


def counts(actor: Actor, *, batch: int | None = None) -> dict[str, int]:
    """How many proposals are open, by step."""
    wanted = ProposalFilter(batch=batch)
    statement = select(MembershipProposal.step, func.count()).join(Household, Household.id == MembershipProposal.household_id)
    grouped = statement.where(*_conditions(actor, wanted)).group_by(MembershipProposal.step)
    return dict(session.execute(grouped).all())


def _rows(actor: Actor, wanted: ProposalFilter, *, newest_first: bool = False) -> Any:
    statement = _joined().where(*_conditions(actor, wanted))
    if wanted.after is None:
        return statement
    past = MembershipProposal.id < wanted.after if newest_first else MembershipProposal.id > wanted.after
    return statement.where(past)


def _joined() -> Any:
    columns = (MembershipProposal, Household, Area.name, User.name)
    households = select(*columns).join(Household, Household.id == MembershipProposal.household_id)
    return households.join(Area, Area.code == Household.kelurahan).outerjoin(User, User.id == MembershipProposal.proposed_by)


def _conditions(actor: Actor, wanted: ProposalFilter) -> list[Any]:
    decided = or_(MembershipProposal.state == "confirmed", MembershipProposal.state == "dismissed")
    found = [
        gate.visible(actor, "household.view", MembershipProposal),
        MembershipProposal.state == "open" if wanted.state == "open" else decided,
    ]
    if wanted.step:
        found.append(MembershipProposal.step == wanted.step)
    if wanted.kecamatan:
        found.append(Household.kecamatan == wanted.kecamatan)
    if wanted.batch:
        found.append(MembershipProposal.batch_id == wanted.batch)
    return found


def _as_rows(actor: Actor, found: Sequence[Any]) -> list[ProposalRow]:
    makers = hands.makers([one[0] for one in found if one[0].state == "open"])
    return [_row(one, makers.get(one[0].id, {}).get(actor.id)) for one in found]


def _row(found: Any, own: Hand | None) -> ProposalRow:
    proposal, household, area, proposer = found
    return ProposalRow(
        id=proposal.id,
        household_id=household.id,
        family=household.caretaker_name,
        kelurahan=area,
        membership=household.membership,
        step=proposal.step,
        cause=proposal.cause,
        state=proposal.state,
        facts=proposal.facts,
        proposed_at=proposal.proposed_at,
        proposer=proposer,
        decided_at=proposal.decided_at,
        own=own,
    )
