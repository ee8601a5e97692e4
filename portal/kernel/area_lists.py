"""Pickers of areas, within what a person is assigned to."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, false, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from portal.kernel.base import session
from portal.kernel.people import Area, Assignment, User


def within(column: InstrumentedAttribute[str], areas: Sequence[str]) -> ColumnElement[bool]:
    """The column's code is one of these areas, or lies inside one."""
    return or_(false(), *(or_(column == code, column.like(f"{code}.%")) for code in areas))


def kelurahan_within(codes: Sequence[str]) -> list[Area]:
    """Every kelurahan inside these areas, by kecamatan and name; one statement."""
    statement = (
        select(Area).where(Area.level == "kelurahan", within(Area.code, codes)).order_by(Area.parent_code, Area.name, Area.code)
    )
    return list(session.scalars(statement))


def kecamatan_within(codes: Sequence[str]) -> list[Area]:
    """Every kecamatan that these areas touch, by name; one statement."""
    touched = within(Area.code, [code[:8] for code in codes])
    return list(session.scalars(select(Area).where(Area.level == "kecamatan", touched).order_by(Area.name, Area.code)))


def place_names(kelurahan: str) -> tuple[str, str]:
    """Names of a kelurahan and its kecamatan; one statement."""
    parent = aliased(Area)
    statement = select(Area.name, parent.name).join(parent, parent.code == Area.parent_code).where(Area.code == kelurahan)
    row = session.execute(statement).one()
    return row[0], row[1]


def named(codes: Sequence[str]) -> list[Area]:
    """The areas with these codes, in order of code; one statement."""
    return list(session.scalars(select(Area).where(Area.code.in_(codes)).order_by(Area.code)))


@dataclass(frozen=True)
class Staffed:
    """An area and who works there, by name."""

    area: Area
    people: tuple[str, ...]


def staffed() -> list[Staffed]:
    """Every area of the city with its people; two statements."""
    working = select(Assignment.area_code, User.name).join(User, User.id == Assignment.user_id).where(User.active.is_(True))
    names: dict[str, list[str]] = {}
    for code, name in session.execute(working.order_by(User.name)):
        names.setdefault(code, []).append(name)
    every = session.scalars(select(Area).order_by(Area.code))
    return [Staffed(area, tuple(names.get(area.code, ()))) for area in every]
