"""Pickers of areas, within what a person is assigned to."""

from collections.abc import Sequence

from sqlalchemy import false, or_, select

from portal.records.base import session
from portal.records.people import Area


def kelurahan_within(codes: Sequence[str]) -> list[Area]:
    """Every kelurahan inside these areas, by kecamatan and name; one statement."""
    inside = or_(false(), *(or_(Area.code == code, Area.code.like(f"{code}.%")) for code in codes))
    statement = select(Area).where(Area.level == "kelurahan", inside).order_by(Area.parent_code, Area.name, Area.code)
    return list(session.scalars(statement))


def kecamatan_within(codes: Sequence[str]) -> list[Area]:
    """Every kecamatan that these areas touch, by name; one statement."""
    touched = or_(false(), *(or_(Area.code == code[:8], Area.code.like(f"{code}.%")) for code in codes))
    return list(session.scalars(select(Area).where(Area.level == "kecamatan", touched).order_by(Area.name, Area.code)))
