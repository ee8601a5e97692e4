"""Targets of a year and the closing of one; each with its Event."""

from sqlalchemy import ForeignKey, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.graduation.records.dossiers import ClosedYear
from portal.kernel import clock, gate, history
from portal.kernel.base import Base, session
from portal.kernel.people import Area
from portal.kernel.policy import Place
from portal.kernel.terms import Actor, Refused
from portal.kernel.work import Work


class Target(Base):
    __tablename__ = "targets"

    id: Mapped[int] = mapped_column(primary_key=True)
    year: Mapped[int]
    area_code: Mapped[str] = mapped_column(ForeignKey("areas.code"))
    count: Mapped[int]

    __table_args__ = (UniqueConstraint("year", "area_code"),)


MOST = 100_000


def set_target(actor: Actor, *, year: int, area_code: str, count: int, key: str) -> Target:
    """How many families of an area shall graduate in a year. Raises Refused("closed_already", "target_impossible")."""

    def act(work: Work, _row: None) -> Target:
        _refuse_closed(year)
        if not 0 <= count <= MOST:
            raise Refused("target_impossible")
        target = _target(year, area_code)
        before = target.count if target else None
        if target is None:
            target = work.add(Target(year=year, area_code=area_code, count=count))
        target.count = count
        work.log("target.set", target, detail={"year": year, "area": area_code, "changes": {"count": [before, count]}})
        return target

    return gate.write(actor, "target.set", Place(kelurahan=area_code), key=key, payload=[year, area_code, count], act=act)


def close_year(actor: Actor, year: int, *, key: str) -> ClosedYear:
    """Nothing may take effect in it afterwards; for years that are over. Raises Refused("year_not_over", "closed_already")."""

    def act(work: Work, _row: None) -> Target:
        """It is written down at the city's target of that year, 0 when nobody had set one."""
        if year >= work.today.year:
            raise Refused("year_not_over")
        _refuse_closed(year)
        work.add(ClosedYear(year=year, closed_by=actor.id, closed_at=clock.now()))
        target = _target(year, city().code) or work.add(Target(year=year, area_code=city().code, count=0))
        work.log("year.close", target, detail={"year": year})
        return target

    gate.write(actor, "year.close", Place(kelurahan=city().code), key=key, payload=[year], act=act)
    return session.get_one(ClosedYear, year)


def city() -> Area:
    """The one city of this portal."""
    return session.scalars(select(Area).where(Area.level == "city").order_by(Area.code).limit(1)).one()


def _refuse_closed(year: int) -> None:
    history.hold_head()  # what is taking effect in it now comes before, what comes after sees it closed
    if session.get(ClosedYear, year):
        raise Refused("closed_already")


def _target(year: int, area_code: str) -> Target | None:
    return session.scalars(select(Target).where(Target.year == year, Target.area_code == area_code)).one_or_none()
