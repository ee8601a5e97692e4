"""`/capaian`: the year against its target. Every number opens the list behind it, and says what it counts."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, request, url_for

from portal.board import words
from portal.board.lists import yearly
from portal.board.lists.yearly import Approvals, CountedPlace, Standing
from portal.kernel import policy
from portal.monitoring import lists as monitoring
from portal.web import access, responses, texts

bp = Blueprint("board", __name__, url_prefix="/capaian")

LEVELS = 4


@dataclass(frozen=True)
class Tile:
    row: int
    col: int
    name: str
    value: int
    href: str
    level: int


@dataclass(frozen=True)
class PlaceLine:
    """A kecamatan or kelurahan in the table, with the lists behind its counts; `approved` None where nobody asked."""

    place: CountedPlace
    effective_url: str
    approved: int | None
    approved_url: str
    parts: tuple["PlaceLine", ...] = ()


@bp.get("")
@access.lists("board.view")
def index() -> Response:
    who, today = access.actor(), texts.today()
    asked = request.args.get("tahun", type=int)
    year = asked if asked and 2001 <= asked <= today.year else today.year
    found = yearly.standing(who, year, today)
    decided = yearly.approvals(who, found)
    return responses.page(
        "board/index.html",
        board=found,
        is_closed=decided.is_closed,
        years=range(today.year, min(found.first_year, year) - 1, -1),
        cohorts=_cohorts(),
        tiles=_tiles(found),
        effective_months=_months(found, found.effective, "effective", "berlaku"),
        approved_months=_months(found, decided.by_month, "passed", "disetujui"),
        **shown(found, decided),
    )


def shown(board: Standing, decided: Approvals | None = None) -> dict[str, Any]:
    """How the year stands, with the lists behind the numbers."""
    return {
        "effective_url": listed(board, "effective", berlaku=board.year),
        "before_url": listed(board, "effective", berlaku=board.year - 1),
        "same_day_url": listed(board, "effective", berlaku=board.year - 1, sampai=board.same_day),
        "waiting_url": listed(board, "decided"),
        "kecamatan": [_line(board, place, decided) for place in board.kecamatan],
        "pace_words": words.pace(board),
    }


def _line(board: Standing, place: CountedPlace, decided: Approvals | None) -> PlaceLine:
    parts = [part for part in board.kelurahan if decided and part.code.startswith(f"{place.code}.")]
    return PlaceLine(
        place,
        _place_url(board, place, "effective"),
        decided.by_place[place.code] if decided else None,
        _place_url(board, place, "passed"),
        tuple(_line(board, part, decided) for part in parts),
    )


def listed(board: Standing, state: str, **narrowed: Any) -> str:
    """The list of graduations that a number counts."""
    return url_for("graduations.index", state=state, jenis=board.way_out, **narrowed)


def _months(board: Standing, counts: tuple[int, ...], state: str, word: str) -> list[tuple[str, int, str | None]]:
    """One column a month, with its list where there is something to list."""
    names = texts.month_names()
    urls = [listed(board, state, **{word: f"{board.year}-{month:02d}"}) for month in yearly.MONTHS]
    return [(name, count, url if count else None) for name, count, url in zip(names, counts, urls, strict=True)]


def _place_url(board: Standing, place: CountedPlace, state: str) -> str:
    word = "berlaku" if state == "effective" else "disetujui"
    return listed(board, state, **{word: board.year, "wilayah": place.code})


def _tiles(board: Standing) -> list[Tile]:
    most = max((place.effective for place in board.kelurahan), default=0)
    return [
        Tile(*place.tile, place.name, place.effective, _place_url(board, place, "effective"), _level(place.effective, most))
        for place in board.kelurahan
        if place.tile
    ]


def _level(value: int, most: int) -> int:
    """0 for nothing, then 1 to 4 by share of the highest."""
    return 0 if not value else 1 + (value - 1) * LEVELS // most


def _cohorts() -> list[monitoring.Cohort]:
    who = access.actor()
    return monitoring.cohorts(who) if policy.may(who, "monitoring.view") else []
