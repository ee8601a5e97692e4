"""The queue of proposed membership changes: oldest first, a keyset page at a time."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import ColumnElement, Select, func, select

from portal.family.records.models import Household
from portal.family.rules import components
from portal.family.rules.components import Entitlement
from portal.kernel import gate, paging, settings, typed
from portal.kernel.base import session
from portal.kernel.paging import KeysetPage
from portal.kernel.people import Area, User
from portal.kernel.terms import Actor
from portal.membership.records.proposals import Hand, MembershipProposal, makers_of
from portal.membership.rules import MEMBERSHIP

PAGE = 50


@dataclass(frozen=True)
class ProposalRow:
    """One proposal in the queue. `own` is what the person who looks had to do with it while it is open: then another
    decides."""

    proposal: MembershipProposal
    household: Household
    kelurahan: str
    proposer: str | None
    own: Hand | None = None


@dataclass(frozen=True)
class StillThere:
    """What keeps a family from leaving without a component: who holds which, and of whom it cannot be told."""

    held: tuple[tuple[str, Entitlement], ...]
    unclear: tuple[str, ...]


@dataclass(frozen=True)
class ProposalFilter(typed.ListFilter):
    """`batch` narrows to what one file proposed."""

    state: str = typed.word("state", typed.one_of(("open", "decided")), "open")
    step: str | None = typed.word("step", typed.one_of([step.name for step in MEMBERSHIP.steps]))
    kecamatan: str | None = typed.word("kecamatan", typed.area_code)
    batch: int | None = typed.word("batch", typed.number)
    after: str | None = typed.word("after")


def still_there(household: Household, today: date) -> StillThere:
    """Two statements, less when the members are loaded."""
    age = settings.in_force(today).number("elderly_age")
    names = {member.id: member.name for member in household.present_members}
    people = [member.as_person for member in household.present_members]
    held = components.entitlements(people, today, elderly_age=age)
    unclear = components.unclear(people, today, elderly_age=age)
    return StillThere(tuple((names[one.person.key or 0], one) for one in held), tuple(names[one.key or 0] for one in unclear))


def queue(actor: Actor, wanted: ProposalFilter) -> KeysetPage[ProposalRow]:
    """Proposals on households in sight, in the order they came, decided ones the newest first; two statements."""
    found = paging.page(
        _joined().where(*_conditions(actor, wanted)), [MembershipProposal.id], ProposalRow, after=wanted.after,
        newest_first=wanted.state != "open", size=PAGE,
    )  # fmt: skip
    own = own_hands(actor, [row.proposal for row in found.rows])
    return replace(found, rows=tuple(replace(row, own=own.get(row.proposal.id)) for row in found.rows))


def one(actor: Actor, proposal_id: int) -> ProposalRow:
    """Raises gate.NotFound."""
    statement = _joined().where(MembershipProposal.id == proposal_id, gate.visible(actor, "household.view", MembershipProposal))
    found = session.execute(statement).first()
    if found is None:
        raise gate.NotFound
    row = ProposalRow(*found)
    return replace(row, own=own_hands(actor, [row.proposal]).get(proposal_id))


def own_hands(actor: Actor, proposals: Sequence[MembershipProposal]) -> dict[int, Hand]:
    """What this person had to do with those that are open; one statement."""
    makers = makers_of([proposal for proposal in proposals if proposal.state == "open"])
    return {proposal_id: hands[actor.id] for proposal_id, hands in makers.items() if actor.id in hands}


def counts(actor: Actor, *, batch: int | None = None) -> dict[str, int]:
    """How many proposals are open, by step."""
    wanted = ProposalFilter(batch=batch)
    statement = select(MembershipProposal.step, func.count()).join(Household, Household.id == MembershipProposal.household_id)
    grouped = statement.where(*_conditions(actor, wanted)).group_by(MembershipProposal.step)
    return dict(session.execute(grouped).all())


def _joined() -> Select[MembershipProposal, Household, str, str]:
    columns = (MembershipProposal, Household, Area.name, User.name)
    households = select(*columns).join(Household, Household.id == MembershipProposal.household_id)
    return households.join(Area, Area.code == Household.kelurahan).outerjoin(User, User.id == MembershipProposal.proposed_by)


def _conditions(actor: Actor, wanted: ProposalFilter) -> list[ColumnElement[bool]]:
    states = ("open",) if wanted.state == "open" else ("confirmed", "dismissed")
    found = [gate.visible(actor, "household.view", MembershipProposal), MembershipProposal.state.in_(states)]
    if wanted.step:
        found.append(MembershipProposal.step == wanted.step)
    if wanted.kecamatan:
        found.append(Household.kecamatan == wanted.kecamatan)
    if wanted.batch:
        found.append(MembershipProposal.batch_id == wanted.batch)
    return found
