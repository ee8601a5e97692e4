"""What the register knows of the families that rows of a file may mean: looked up in bulk, numbers as keyed hashes."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from sqlalchemy import func, literal, null, select, union_all

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
    chosen = sorted(ids)
    families = {row.id: _family(row) for row in session.execute(_households(chosen))} if chosen else {}
    for asked, add in _PARTS if families else ():
        for household_id, *values in session.execute(asked(chosen)):
            add(families[household_id], *values)
    return Known(families)


def area_spellings() -> list[tuple[str, str]]:
    """Every area as (code, name), and as often again as it is spelled otherwise."""
    known = session.execute(select(Area.code, Area.name, Area.spellings))
    return [(code, name) for code, own, others in known for name in (own, *others)]


def _households(ids: Sequence[int]) -> Any:
    place = (Household.kelurahan, Household.address, Household.rt, Household.rw)
    left_on = select(func.max(Episode.ended)).where(Episode.household_id == Household.id).scalar_subquery().label("left_on")
    family = (Household.id, Household.membership, Household.facilitator_id, *place, left_on)
    return select(*family).where(Household.id.in_(ids))


def _family(row: Any) -> KnownFamily:
    return KnownFamily(
        row.id, row.membership, row.facilitator_id, Dwelling(row.kelurahan, row.address, row.rt, row.rw), row.left_on
    )


def _add_person(family: KnownFamily, *values: Any) -> None:
    family.people.append(PresentMember(*values))


def _add_number(family: KnownFamily, kk: str, since: date | None, until: date | None) -> None:
    family.kks.add(kk)
    if until is None:
        family.kk, family.kk_since = kk, since


def _add_fact(family: KnownFamily, kind: str, period: str, number: int | None, *place: Any) -> None:
    if kind == "address":
        family.addresses.add((period, Dwelling(*place)))
    else:
        facts = family.payments if kind == "payment" else family.deciles
        facts[period] = number or 0


def _people(ids: Sequence[int]) -> Any:
    who = (Member.id, Member.nik_index, Member.name, Member.birth_date, Member.sex, Member.relation, Member.occupation)
    present = (Member.household_id.in_(ids), Member.left_on.is_(None))
    return select(Member.household_id, *who).where(*present).order_by(Member.id)


def _numbers(ids: Sequence[int]) -> Any:
    number = (KkNumber.household_id, KkNumber.kk_index, KkNumber.since, KkNumber.until)
    return select(*number).where(KkNumber.household_id.in_(ids)).order_by(KkNumber.id)


def _facts(ids: Sequence[int]) -> Any:
    """What files said, of every kind, in one statement."""
    nowhere = (null(), null(), null(), null())
    payments = select(Payment.household_id, literal("payment"), Payment.stage, Payment.amount, *nowhere)
    deciles = select(Decile.household_id, literal("decile"), Decile.period, Decile.value, *nowhere)
    place = (Address.kelurahan, Address.line, Address.rt, Address.rw)
    addresses = select(Address.household_id, literal("address"), Address.period, null(), *place)
    mine = (payments.where(Payment.household_id.in_(ids)), deciles.where(Decile.household_id.in_(ids)))
    return union_all(addresses.where(Address.household_id.in_(ids)), *mine)


_PARTS = ((_people, _add_person), (_numbers, _add_number), (_facts, _add_fact))
