"""Read models of nominations: the list by group of states, and one file with everything that was said about it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, CompoundSelect, Select, func, select, union_all
from sqlalchemy.orm import aliased, joinedload

from portal.family.lists import SearchGround, by_name
from portal.family.records.models import Household, KkNumber, Member
from portal.kernel import gate, paging, typed
from portal.kernel.base import session
from portal.kernel.paging import KeysetPage
from portal.kernel.people import Area, User
from portal.kernel.terms import Actor, Membership
from portal.nomination.records.nominations import Nomination
from portal.nomination.rules import QUEUES

LOOKALIKES = 20

GROUPS: dict[str, tuple[str, ...]] = {
    **QUEUES["everyone"],
    "underway": ("endorsed", "field_check", "recommended", "not_recommended"),
}
"""Which states a person looks at together. Each is a tab of the list, apart from `underway`, which joins three."""


@dataclass(frozen=True)
class NominationRow:
    """`defects` are those of the last return, while it is returned."""

    id: int
    household_id: int
    family: str
    kelurahan: str
    state: str
    since: datetime
    opener: str
    checker: str | None
    defects: tuple[str, ...]
    is_renomination: bool


@dataclass(frozen=True)
class NominationFilter(typed.ListFilter):
    """`state` narrows a group to one state."""

    group: str = typed.word("kelompok", typed.one_of(GROUPS), "preparing")
    state: str | None = typed.word("keadaan")
    area: str | None = typed.word("wilayah", typed.area_code)
    after: str | None = typed.word("setelah")

    @property
    def states(self) -> tuple[str, ...]:
        states = GROUPS[self.group]
        return (self.state,) if self.state in states else states


def page(actor: Actor, wanted: NominationFilter) -> KeysetPage[NominationRow]:
    """Longest waiting first; one statement. Raises paging.NoSuchPlace."""
    statement = _joined().where(Nomination.state.in_(wanted.states), *_in_sight(actor, wanted.area))
    return paging.page(statement, (Nomination.state_since, Nomination.id), _row, after=wanted.after)


def counts(actor: Actor, area: str | None = None) -> dict[str, int]:
    """How many nominations in sight stand in each group; one statement."""
    statement = select(Nomination.state, func.count()).where(*_in_sight(actor, area)).group_by(Nomination.state)
    by_state = dict(session.execute(statement).all())
    return {group: sum(by_state.get(state, 0) for state in states) for group, states in GROUPS.items()}


def chosen(actor: Actor, ids: list[int]) -> list[Nomination]:
    """The chosen ones that are in sight, in the order of their ids."""
    mine = (Nomination.id.in_(ids), gate.visible(actor, "nomination.view", Nomination))
    families = joinedload(Nomination.household).joinedload(Household.area)
    return list(session.scalars(select(Nomination).where(*mine).options(families).order_by(Nomination.id)))


@dataclass(frozen=True)
class Lookalike:
    """A family that a candidate may be already."""

    id: int
    name: str
    kelurahan: str
    rt: int | None
    rw: int | None
    membership: Membership


def lookalikes(actor: Actor, nomination: Nomination) -> list[Lookalike]:
    """Families in sight that share a number with the candidate, then those that answer to its name; at most so many."""
    family = nomination.household
    others = [gate.visible(actor, "household.view", Household), Household.id != family.id]
    numbered = select(Household.id).where(*others, Household.id.in_(_with_number_of(family))).order_by(Household.id)
    named = by_name(family.caretaker_name, SearchGround(others, is_wide=True)).ids
    ids = list(dict.fromkeys([*session.scalars(numbered.limit(LOOKALIKES)), *named]))[:LOOKALIKES]
    columns = (Household.id, Household.caretaker_name, Area.name, Household.rt, Household.rw, Household.membership)
    rows = session.execute(select(*columns).join(Area, Area.code == Household.kelurahan).where(Household.id.in_(ids)))
    return sorted((Lookalike(*row) for row in rows), key=lambda one: ids.index(one.id))


def _with_number_of(family: Household) -> CompoundSelect[int]:
    """Ids of families that have, or had, a NIK or KK number of this one; from the numbers, not family by family."""
    niks = [member.nik_index for member in family.members if member.nik_index]
    kks = [number.kk_index for number in family.numbers]
    people = select(Member.household_id).where(Member.nik_index.in_(niks))
    return union_all(people, select(KkNumber.household_id).where(KkNumber.kk_index.in_(kks)))


def _joined() -> Select[Nomination, Household, str, str, str]:
    opener, checker = aliased(User), aliased(User)
    statement = select(Nomination, Household, Area.name, opener.name, checker.name)
    statement = statement.join(Household, Household.id == Nomination.household_id).join(Area, Area.code == Household.kelurahan)
    return statement.join(opener, opener.id == Nomination.opened_by).outerjoin(checker, checker.id == Nomination.facilitator_id)


def _in_sight(actor: Actor, area: str | None) -> list[ColumnElement[bool]]:
    found = [gate.visible(actor, "nomination.view", Nomination)]
    if area:
        found.append(Nomination.household.has(gate.inside(area)))
    return found


def _row(nomination: Nomination, household: Household, *names: str) -> NominationRow:
    kelurahan, opener, checker = names
    returned = nomination.facts.get("return", {}) if nomination.state == "returned" else {}
    return NominationRow(
        id=nomination.id,
        household_id=household.id,
        family=household.caretaker_name,
        kelurahan=kelurahan,
        state=nomination.state,
        since=nomination.state_since,
        opener=opener,
        checker=checker,
        defects=tuple(returned.get("defects", ())),
        is_renomination=nomination.monitoring_id is not None,
    )
