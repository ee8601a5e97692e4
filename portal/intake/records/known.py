"""What the register knows of the families that rows of a file may mean: looked up in bulk, numbers as keyed hashes."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import CompoundSelect, func, literal, null, select, union_all

from portal.family.records.models import Address, Decile, Episode, Household, KkNumber, Member, Payment
from portal.intake.rules.known import Dwelling, Known, KnownFamily, PresentMember
from portal.kernel.base import session
from portal.kernel.people import Area

_AT_ONCE = 10_000
"""PostgreSQL takes 65,535 values in a statement; a file may say that one family has more people."""


def look_up(niks: Sequence[str], kks: Sequence[str]) -> Known:
    """The families that any of the hashed numbers hits; a fixed number of statements."""
    return load(hit(niks, kks))


def hit(niks: Sequence[str], kks: Sequence[str]) -> set[int]:
    """One statement for every so many numbers, which is one for a chunk of real families."""
    found: set[int] = set()
    for start in range(0, max(len(niks), len(kks)), _AT_ONCE):
        some, others = niks[start : start + _AT_ONCE], kks[start : start + _AT_ONCE]
        people = select(Member.household_id).where(Member.nik_index.in_(some), Member.left_on.is_(None))
        numbers = select(KkNumber.household_id).where(KkNumber.kk_index.in_(others), KkNumber.until.is_(None))
        found.update(session.scalars(union_all(people, numbers)))
    return found


def lock(ids: Collection[int]) -> None:
    """Hold these households until the transaction ends (as the gate does, lowest id first)."""
    held = select(Household.id).where(Household.id.in_(ids)).order_by(Household.id).with_for_update(key_share=True)
    session.execute(held).all()


def rows(ids: Collection[int]) -> dict[int, Household]:
    """Locked households as they are now."""
    found = select(Household).where(Household.id.in_(ids)).execution_options(populate_existing=True)
    return {household.id: household for household in session.scalars(found)}


def load(ids: Collection[int]) -> Known:
    families = _families(ids) if ids else {}
    if families:
        _add_people(families)
        _add_numbers(families)
        _add_facts(families)
    return Known(families)


def area_spellings() -> list[tuple[str, str]]:
    """Every area as (code, name), and as often again as it is spelled otherwise."""
    known = session.execute(select(Area.code, Area.name, Area.spellings))
    return [(code, name) for code, own, others in known for name in (own, *others)]


def _families(ids: Collection[int]) -> dict[int, KnownFamily]:
    left_on = select(func.max(Episode.ended)).where(Episode.household_id == Household.id).scalar_subquery()
    place = (Household.kelurahan, Household.address, Household.rt, Household.rw)
    found = session.execute(
        select(Household.id, Household.membership, Household.facilitator_id, left_on, *place).where(Household.id.in_(ids))
    )
    return {one: KnownFamily(one, stands, with_whom, Dwelling._make(at), left) for one, stands, with_whom, left, *at in found}


def _add_people(families: Mapping[int, KnownFamily]) -> None:
    who = (Member.id, Member.nik_index, Member.name, Member.birth_date, Member.sex, Member.relation, Member.occupation)
    present = (Member.household_id.in_(families), Member.left_on.is_(None))
    for household_id, *person in session.execute(select(Member.household_id, *who).where(*present).order_by(Member.id)):
        families[household_id].people.append(PresentMember._make(person))


def _add_numbers(families: Mapping[int, KnownFamily]) -> None:
    number = (KkNumber.household_id, KkNumber.kk_index, KkNumber.since, KkNumber.until)
    numbers = select(*number).where(KkNumber.household_id.in_(families)).order_by(KkNumber.id)
    for household_id, kk, since, until in session.execute(numbers):
        family = families[household_id]
        family.kks.add(kk)
        if until is None:
            family.kk, family.kk_since = kk, since


def _add_facts(families: Mapping[int, KnownFamily]) -> None:
    """What files said, of every kind, in one statement."""
    nowhere = (null(), null(), null(), null())
    payments = select(Payment.household_id, literal("payment"), Payment.stage, Payment.amount, *nowhere)
    deciles = select(Decile.household_id, literal("decile"), Decile.period, Decile.value, *nowhere)
    place = (Address.kelurahan, Address.line, Address.rt, Address.rw)
    addresses = select(Address.household_id, literal("address"), Address.period, null(), *place)
    mine = (payments.where(Payment.household_id.in_(families)), deciles.where(Decile.household_id.in_(families)))
    told: CompoundSelect[*tuple[Any, ...]] = union_all(addresses.where(Address.household_id.in_(families)), *mine)
    for household_id, kind, period, number, *where in session.execute(told):
        family = families[household_id]
        if kind == "address":
            family.addresses.add((period, Dwelling(*where)))
        else:
            (family.payments if kind == "payment" else family.deciles)[period] = number or 0
