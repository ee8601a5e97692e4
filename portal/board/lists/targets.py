"""Targets of a year, for the page that sets them."""

from dataclasses import dataclass

from sqlalchemy import or_, select

from portal.board.records import Target
from portal.graduation.records.models import ClosedYear
from portal.kernel.base import session
from portal.kernel.people import Area
from portal.kernel.terms import Actor


@dataclass(frozen=True)
class Goal:
    """An area the person may set a target for; `count` None when nobody has."""

    code: str
    name: str
    level: str
    count: int | None


def goals(actor: Actor, year: int, kecamatan: str | None = None) -> list[Goal]:
    """The city, when it is the person's, and the kecamatan in reach; or one kecamatan and its kelurahan. One statement."""
    mine = (Target.area_code == Area.code) & (Target.year == year)
    wanted = or_(Area.code == kecamatan, Area.parent_code == kecamatan) if kecamatan else Area.level.in_(("city", "kecamatan"))
    statement = select(Area, Target.count).outerjoin(Target, mine).where(wanted)
    found = session.execute(statement.order_by(Area.code)).all()
    return [Goal(area.code, area.name, area.level, count) for area, count in found if _reaches(actor, area.code)]


def _reaches(actor: Actor, code: str) -> bool:
    return any(code == own or code.startswith(f"{own}.") for own in actor.areas)


def closed_years() -> list[int]:
    return list(session.scalars(select(ClosedYear.year).order_by(ClosedYear.year.desc())))
