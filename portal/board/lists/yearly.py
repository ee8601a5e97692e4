"""A year's targets, and what was approved and took effect against them, by month, kecamatan and kelurahan.

Counts are of graduation cases. A count and the list behind it use the same words (`GraduationFilter` of
graduation/lists.py).
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import TypeVarTuple

from sqlalchemy import Select, extract, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from portal.board.records import Target
from portal.board.rules import Pace, elapsed_share
from portal.family.records.models import Household
from portal.graduation.lists import GROUPS
from portal.graduation.records.dossiers import ClosedYear, Graduation
from portal.kernel import areas, gate, policy, settings
from portal.kernel.base import session
from portal.kernel.people import Area
from portal.kernel.terms import Actor, ExitType, Reach

PASSED = GROUPS["passed"]
MONTHS = range(1, 13)


@dataclass(frozen=True)
class CountedPlace:
    """A kecamatan or kelurahan with the graduations in effect that the person sees; `target` None when nobody set one or
    only part of the area is seen."""

    code: str
    name: str
    level: str
    target: int | None
    effective: int
    tile: tuple[int, int] | None


@dataclass(frozen=True)
class Standing:
    """How a year stands. `waiting` are approved or recorded today, whatever the year shown; `effective` and `before` (last
    year) are by month, January first; `before_to_date` is last year's up to and with `same_day`. `counted` are the ways out
    that count toward a target."""

    year: int
    pace: Pace
    waiting: int
    effective: tuple[int, ...]
    before: tuple[int, ...]
    before_to_date: int
    same_day: date
    places: tuple[CountedPlace, ...]
    first_year: int
    counted: tuple[ExitType, ...]

    @property
    def total_before(self) -> int:
        return sum(self.before)

    @property
    def is_over(self) -> bool:
        return self.pace.elapsed == 1

    @property
    def way_out(self) -> ExitType | None:
        return only_exit(self.counted)

    @property
    def monthly_target(self) -> float:
        """An even share of the year's target; 0 without one."""
        return self.pace.target / len(MONTHS)

    @property
    def kecamatan(self) -> tuple[CountedPlace, ...]:
        return tuple(place for place in self.places if place.level == "kecamatan")

    @property
    def kelurahan(self) -> tuple[CountedPlace, ...]:
        return tuple(place for place in self.places if place.level == "kelurahan")


@dataclass(frozen=True)
class Approvals:
    """Decided in a year, by month and by code of kecamatan and kelurahan; whether the year is closed."""

    by_month: tuple[int, ...]
    by_place: Counter[str]
    is_closed: bool


def counted_exits(terms: settings.Settings) -> tuple[ExitType, ...]:
    """What counts toward a target: independent graduation, and programme exits only when a setting says so."""
    programme = terms.text("programme_exit_counts") == "yes"
    return (ExitType.INDEPENDENT, ExitType.PROGRAMME) if programme else (ExitType.INDEPENDENT,)


def only_exit(counted: tuple[ExitType, ...]) -> ExitType | None:
    """What the lists behind the counts are limited to; None when more than one way out counts."""
    return counted[0] if len(counted) == 1 else None


def standing(actor: Actor, year: int, today: date) -> Standing:
    """Four statements, whatever the number of families."""
    terms = settings.in_force(today)
    counted = counted_exits(terms)
    both = _by_month(actor, Graduation.effective_on, (year - 1, year), counted=counted, states=("effective",))
    now = Counter({(place, month): count for (place, at, month), count in both.items() if at == year})
    then = Counter({(place, month): count for (place, at, month), count in both.items() if at != year})
    same_day = _same_day(year, today)
    waiting, in_that_month, first = _sums(actor, same_day, counted)
    places = _places(actor, year, _by_area(now))
    in_effect, before = _per_month(now), _per_month(then)
    return Standing(
        year=year,
        pace=Pace(_goal(actor, places, terms), sum(in_effect), elapsed_share(year, today)),
        waiting=waiting,
        effective=in_effect,
        before=before,
        before_to_date=sum(before[: same_day.month - 1]) + in_that_month,
        same_day=same_day,
        places=tuple(place for place in places if place.level != "city"),
        first_year=min(first.year if first else year, today.year),
        counted=counted,
    )


def approvals(actor: Actor, board: Standing) -> Approvals:
    """Two statements."""
    year = board.year
    found = _by_month(actor, Graduation.approved_on, (year, year), counted=board.counted, states=PASSED)
    decided = Counter({(place, month): count for (place, _, month), count in found.items()})
    return Approvals(_per_month(decided), _by_area(decided), session.get(ClosedYear, year) is not None)


Counts = Counter[tuple[str, int]]
"""How many cases by kelurahan and month."""
Day = InstrumentedAttribute[date | None]
Columns = TypeVarTuple("Columns")


def _by_month(
    actor: Actor, column: Day, years: tuple[int, int], *, counted: tuple[ExitType, ...], states: tuple[str, ...]
) -> dict[tuple[str, int, int], int]:
    """Kelurahan, year, month -> how many."""
    year, month = extract("year", column), extract("month", column)
    within = (column >= date(years[0], 1, 1), column <= date(years[1], 12, 31))
    rows = _sight(select(Household.kelurahan, year, month, func.count()), actor, counted, states).where(*within)
    found = session.execute(rows.group_by(Household.kelurahan, year, month))
    return {(place, int(at), int(of)): count for place, at, of, count in found}


def _same_day(year: int, today: date) -> date:
    """Today in the year before the one shown, so that like is compared with like; its last day when the year is over."""
    day = min(today, date(year, 12, 31))
    return date(year - 1, day.month, min(day.day, 28) if day.month == 2 else day.day)


def _sums(actor: Actor, same_day: date, counted: tuple[ExitType, ...]) -> tuple[int, int, date | None]:
    """Waiting now; in effect in a day's month up to and with it; the first ever. One statement, three short walks."""
    waiting = _sight(select(func.count()), actor, counted, GROUPS["decided"])
    effective = _sight(select(Graduation.effective_on), actor, counted, ("effective",))
    first = effective.where(Graduation.effective_on.is_not(None)).order_by(Graduation.effective_on).limit(1)
    by_then = effective.where(Graduation.effective_on >= same_day.replace(day=1), Graduation.effective_on <= same_day)
    columns = (waiting, by_then.with_only_columns(func.count()), first)
    now, in_that_month, first_ever = session.execute(select(*(column.scalar_subquery() for column in columns))).one()
    return now, in_that_month, first_ever


def _sight(
    statement: Select[*Columns], actor: Actor, counted: tuple[ExitType, ...], states: tuple[str, ...]
) -> Select[*Columns]:
    joined = statement.select_from(Graduation).join(Household, Household.id == Graduation.household_id)
    seen = gate.visible(actor, "graduation.view", Household)
    return joined.where(seen, Graduation.state.in_(states), Graduation.exit_type.in_(counted))


def _places(actor: Actor, year: int, effective: Counter[str]) -> list[CountedPlace]:
    """City, kecamatan and kelurahan that the person's areas touch, with their targets; one statement."""
    theirs = (Target.area_code == Area.code) & (Target.year == year)
    statement = select(Area, Target.count).outerjoin(Target, theirs).where(Area.level.in_(("city", "kecamatan", "kelurahan")))
    rows = session.execute(statement.order_by(Area.code)).all()
    above = {area for code in actor.areas for area in areas.around(code)}
    touched = [(area, target) for area, target in rows if area.code in above or policy.within(area.code, actor.areas)]
    return [_place(area, target if _sees_all(actor, area.code) else None, effective) for area, target in touched]


def _sees_all(actor: Actor, area: str) -> bool:
    """Whose counts are of the whole area: only those may stand beside its target."""
    return policy.reach(actor, "board.view") is Reach.AREA and policy.within(area, actor.areas)


def _goal(actor: Actor, places: list[CountedPlace], terms: settings.Settings) -> int:
    """A facilitator's yardstick; the city's own target for whoever sees it all, else the sum of the kecamatan in sight."""
    if policy.reach(actor, "board.view") is Reach.CASELOAD:
        return terms.number("facilitator_yearly_target")
    kecamatan = [place for place in places if place.level == "kecamatan"]
    own = next((place.target for place in places if place.level == "city"), None)
    return own if own is not None and len(kecamatan) > 1 else sum(place.target or 0 for place in kecamatan)


def _per_month(counts: Counts) -> tuple[int, ...]:
    return tuple(sum(count for (_, at), count in counts.items() if at == month) for month in MONTHS)


def _place(area: Area, target: int | None, effective: Counter[str]) -> CountedPlace:
    tile = (area.tile_row, area.tile_col) if area.tile_row is not None and area.tile_col is not None else None
    return CountedPlace(area.code, area.name, area.level, target, effective[area.code], tile)


def _by_area(counts: Counts) -> Counter[str]:
    """By the code of every area that a kelurahan lies in, and its own."""
    found: Counter[str] = Counter()
    for (place, _), count in counts.items():
        found.update(dict.fromkeys(areas.around(place), count))
    return found


# --- targets -------------------------------------------------------------------------------------------------------


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
    return [Goal(area.code, area.name, area.level, count) for area, count in found if policy.within(area.code, actor.areas)]


def closed_years() -> list[int]:
    return list(session.scalars(select(ClosedYear.year).order_by(ClosedYear.year.desc())))
