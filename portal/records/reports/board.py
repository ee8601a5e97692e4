"""The board: a year's target against what was approved and took effect, by month, kecamatan and kelurahan.

Counts are of graduation cases; what counts toward the target is independent graduation, and programme exits only when a
setting says so. A count and the list behind it use the same words (`graduation_queue.Wanted`).
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import extract, func, select

from portal.records import gate, settings
from portal.records.base import session
from portal.records.cases import Graduation
from portal.records.households import Household
from portal.records.people import Area, ClosedYear, Target
from portal.records.reports.graduation_queue import GROUPS
from portal.rules.pace import Pace, elapsed_share
from portal.rules.terms import Actor, ExitType

PASSED = GROUPS["passed"]
MONTHS = range(1, 13)


@dataclass(frozen=True)
class Place:
    """An area with its counts of the year; `target` None when nobody set one."""

    code: str
    name: str
    target: int | None
    approved: int
    effective: int
    tile: tuple[int, int] | None


@dataclass(frozen=True)
class Board:
    """`approved` and `effective` are by month, January first; `before` is last year's effective. `way_out` is what the
    counts are limited to, None when programme exits count too."""

    year: int
    is_closed: bool
    pace: Pace
    waiting: int
    approved: tuple[int, ...]
    effective: tuple[int, ...]
    before: tuple[int, ...]
    before_to_date: int
    kecamatan: tuple[Place, ...]
    kelurahan: tuple[Place, ...]
    way_out: ExitType | None

    @property
    def total_before(self) -> int:
        return sum(self.before)


def board(actor: Actor, year: int, today: date) -> Board:
    """At most eight statements, whatever the number of families."""
    counted = _counted(today)
    approved = _by_month(actor, Graduation.approved_on, year, counted, PASSED)
    effective = _by_month(actor, Graduation.effective_on, year, counted, ("effective",))
    before = _by_month(actor, Graduation.effective_on, year - 1, counted, ("effective",))
    waiting = _waiting(actor, counted)
    targets = dict(session.execute(select(Target.area_code, Target.count).where(Target.year == year)).all())
    areas = _areas(actor)
    goal = _goal(areas, targets)
    in_effect = _per_month(effective)
    return Board(
        year=year,
        is_closed=session.get(ClosedYear, year) is not None,
        pace=Pace(goal, waiting, sum(in_effect), elapsed_share(year, today)),
        waiting=waiting,
        approved=_per_month(approved),
        effective=in_effect,
        before=_per_month(before),
        before_to_date=_to_date(actor, year, today, counted),
        kecamatan=tuple(_place(area, targets, approved, effective) for area in areas if area.level == "kecamatan"),
        kelurahan=tuple(_place(area, targets, approved, effective) for area in areas if area.level == "kelurahan"),
        way_out=None if len(counted) > 1 else ExitType.INDEPENDENT,
    )


def years(actor: Actor, today: date) -> list[int]:
    """Years that have something to show: from the first graduation in effect to this one, newest first."""
    sight = gate.visible(actor, "graduation.view", Graduation)
    first = session.scalar(select(func.min(Graduation.effective_on)).where(sight))
    return list(range(today.year, min(first.year if first else today.year, today.year) - 1, -1))


def _counted(today: date) -> tuple[ExitType, ...]:
    programme = settings.in_force(today).text("programme_exit_counts") == "yes"
    return (ExitType.INDEPENDENT, ExitType.PROGRAMME) if programme else (ExitType.INDEPENDENT,)


Counts = Counter[tuple[str, int]]
"""How many cases by kelurahan and month."""


def _by_month(actor: Actor, column: Any, year: int, counted: tuple[ExitType, ...], states: tuple[str, ...]) -> Counts:
    month = extract("month", column)
    within = (column >= date(year, 1, 1), column <= date(year, 12, 31))
    rows = _sight(select(Household.kelurahan, month, func.count()), actor, counted, states).where(*within)
    return Counter({(place, int(at)): count for place, at, count in session.execute(rows.group_by(Household.kelurahan, month))})


def _waiting(actor: Actor, counted: tuple[ExitType, ...]) -> int:
    """Approved or recorded, not yet in effect."""
    return session.scalar(_sight(select(func.count()), actor, counted, ("approved", "recorded"))) or 0


def _to_date(actor: Actor, year: int, today: date, counted: tuple[ExitType, ...]) -> int:
    """Last year's cases in effect by the same day, so that like is compared with like."""
    day = min(today, date(year, 12, 31))
    last = date(year - 1, day.month, min(day.day, 28) if day.month == 2 else day.day)
    within = (Graduation.effective_on >= date(year - 1, 1, 1), Graduation.effective_on <= last)
    return session.scalar(_sight(select(func.count()), actor, counted, ("effective",)).where(*within)) or 0


def _sight(statement: Any, actor: Actor, counted: tuple[ExitType, ...], states: tuple[str, ...]) -> Any:
    joined = statement.select_from(Graduation).join(Household, Household.id == Graduation.household_id)
    seen = gate.visible(actor, "graduation.view", Household)
    return joined.where(seen, Graduation.state.in_(states), Graduation.exit_type.in_(counted))


def _areas(actor: Actor) -> list[Area]:
    """Kecamatan and kelurahan that the person's areas touch."""
    every = session.scalars(select(Area).where(Area.level.in_(("kecamatan", "kelurahan"))).order_by(Area.code))
    return [area for area in every if any(_touches(area.code, code) for code in actor.areas)]


def _touches(code: str, assigned: str) -> bool:
    return code == assigned or code.startswith(f"{assigned}.") or assigned.startswith(f"{code}.")


def _goal(areas: list[Area], targets: dict[str, int]) -> int:
    """The city's own target for whoever sees it all, else the sum of the kecamatan in sight."""
    kecamatan = [area for area in areas if area.level == "kecamatan"]
    city = {area.parent_code for area in kecamatan}
    whole = len(kecamatan) > 1 and len(city) == 1
    own = targets.get(city.pop() or "") if whole else None
    return own if own is not None else sum(targets.get(area.code, 0) for area in kecamatan)


def _per_month(counts: Counts) -> tuple[int, ...]:
    return tuple(sum(count for (_, at), count in counts.items() if at == month) for month in MONTHS)


def _place(area: Area, targets: dict[str, int], approved: Counts, effective: Counts) -> Place:
    tile = (area.tile_row, area.tile_col) if area.tile_row is not None and area.tile_col is not None else None
    return Place(
        area.code, area.name, targets.get(area.code), _within(area.code, approved), _within(area.code, effective), tile
    )


def _within(code: str, counts: Counts) -> int:
    return sum(count for (place, _), count in counts.items() if place == code or place.startswith(f"{code}."))
