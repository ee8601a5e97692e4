"""`/`: what a person does first today, by role; `/mutu`, how complete the records are; `/capaian`, the year against its
target, where every number opens the list behind it; `/target`, how many families shall graduate this year, by area, and the
closing of a year."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, abort, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField
from wtforms.validators import InputRequired, NumberRange

from portal.board import records, words
from portal.board.lists import home, yearly
from portal.board.lists.yearly import Approvals, CountedPlace, Standing
from portal.caseload.lists.filters import query_args
from portal.kernel import areas, policy
from portal.kernel.policy import Place
from portal.kernel.terms import IN_PROGRAMME, Actor
from portal.monitoring import lists as monitoring
from portal.monitoring.lists import MonitoringFilter
from portal.nomination import lists as nominations
from portal.nomination.lists import NominationFilter
from portal.web import access, responses, texts
from portal.web.fields import WholeField
from portal.web.forms import Form
from portal.web.responses import submit

yearly_bp = Blueprint("board", __name__, url_prefix="/capaian")

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


@yearly_bp.get("", endpoint="index")
@access.lists("board.view")
def year_page() -> Response:
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


home_bp = Blueprint("home", __name__)

QUALITY_MONTHS = 6


@home_bp.get("/", endpoint="index")
@access.signed_in("home.view")
def first_screen() -> Response:
    who = access.actor()
    for action, screen in _SCREENS:
        if policy.may(who, action):
            return screen(who)
    return responses.page("board/home/office.html")


def _facilitator(who: Actor) -> Response:
    day = home.today_of(who, texts.today())
    checks = nominations.page(who, NominationFilter(group="checking")).rows
    followed = monitoring.counts(who, MonitoringFilter(), texts.today())
    return responses.page("board/home/today.html", day=day, checks=checks, followed=followed, links=_today_links(day))


def _today_links(day: home.Today) -> dict[str, str]:
    return {
        "due": url_for("households.index", **query_args(due=0)),
        "overdue": url_for("households.index", **query_args(due=-1)),
        "never_assessed": url_for("households.index", **query_args(band="belum_dinilai", membership=IN_PROGRAMME)),
        "graduated": url_for("graduations.index", state="effective", berlaku=texts.today().year, jenis=day.way_out),
        "monitoring_due": url_for("monitoring.index", kelompok="due"),
        "attention": url_for("monitoring.index", kelompok="attention"),
        "checks": url_for("nominations.index", kelompok="checking"),
        "returned": url_for("graduations.index", state="returned"),
    }


def _officer(who: Actor) -> Response:
    rows = nominations.page(who, NominationFilter(group="preparing")).rows
    agenda = nominations.page(who, NominationFilter(group="deliberating")).rows
    return responses.page("board/home/kelurahan.html", rows=rows, agenda=agenda, counts=nominations.counts(who))


def _supervisor(who: Actor) -> Response:
    return _viewer(who, "board/home/desk.html", desk=home.review_of(who, texts.today()))


def _viewer(who: Actor, template: str = "board/home/overview.html", **beside: Any) -> Response:
    """The year on one line per kecamatan."""
    today = texts.today()
    year = yearly.standing(who, today.year, today)
    followed = monitoring.counts(who, MonitoringFilter(), today)
    return responses.page(template, followed=followed, board=year, **shown(year), **beside)


_SCREENS: tuple[tuple[str, Callable[[Actor], Response]], ...] = (
    ("visit.record", _facilitator),
    ("nomination.prepare", _officer),
    ("graduation.decide", _supervisor),
    ("board.view", _viewer),
)
"""Whose screen it is follows from what the person may do; the first that fits."""


@home_bp.get("/mutu")
@access.lists("quality.view")
def quality() -> Response:
    rows = home.quality(access.actor(), texts.today(), QUALITY_MONTHS)
    return responses.page("board/home/quality.html", rows=rows, link=_quality_link, months=QUALITY_MONTHS)


def _quality_link(row: home.Quality, **narrowed: object) -> str:
    return url_for("households.index", **query_args(area=row.code, membership=IN_PROGRAMME, **narrowed))


targets_bp = Blueprint("targets", __name__, url_prefix="/target")

INDEX, PART = "board/targets/index.html", "board/targets/_year.html"


class TargetForm(Form):
    count = WholeField(_l("Target"), [InputRequired(), NumberRange(0, records.MOST)])


class ClosingForm(Form):
    sure = BooleanField(_l("Ya, tutup tahun ini. Ini tidak bisa dibatalkan."), [InputRequired()])


@targets_bp.get("", endpoint="index")
@access.signed_in("target.set")
def targets_page() -> Response:
    return responses.page(INDEX, PART, **_year(_asked()))


@targets_bp.post("/<int:year>/<code>")
@access.signed_in("target.set")
def save(year: int, code: str) -> Response:
    form = TargetForm(ids=_ids(code))
    if not _is_ours(year) or code not in {goal.code for goal in yearly.goals(access.actor(), year, _kecamatan())}:
        abort(404)
    return submit(
        form, INDEX, PART,
        act=lambda: records.set_target(
            access.actor(), year=year, area_code=code, count=form.count.data, key=form.key.data
        ),
        done=lambda _target: responses.done(
            url_for(".index", tahun=year, wilayah=_kecamatan()), _("Target %(year)s tersimpan", year=year), PART, **_year(year)
        ),
        shown=lambda: _year(year, {code: form}),
    )  # fmt: skip


@targets_bp.post("/<int:year>/tutup")
@access.signed_in("year.close")
def close(year: int) -> Response:
    form = ClosingForm(ids="closing")
    if not _is_ours(year):
        abort(404)
    return submit(
        form, INDEX, PART,
        act=lambda: records.close_year(access.actor(), year, key=form.key.data),
        done=lambda _closed: responses.done(
            url_for(".index", tahun=year), _("Tahun %(year)s ditutup", year=year), PART, **_year(year)
        ),
        shown=lambda: {**_year(year), "closing": form},
    )  # fmt: skip


def _asked() -> int:
    asked = request.args.get("tahun", type=int)
    return asked if asked and _is_ours(asked) else texts.today().year


def _kecamatan() -> str | None:
    """The kecamatan whose kelurahan are asked for; an address with another code shows what everybody sees first."""
    code = request.args.get("wilayah", "")
    return code if code in {area.code for area in areas.kecamatan_within(access.actor().areas)} else None


def _is_ours(year: int) -> bool:
    return 2000 <= year <= texts.today().year + 1


def _ids(code: str) -> str:
    return f"t{code.replace('.', '')}"


def _year(year: int, tried: dict[str, TargetForm] | None = None) -> dict[str, Any]:
    who, this_year = access.actor(), texts.today().year
    kecamatan, closed = _kecamatan(), yearly.closed_years()
    goals = yearly.goals(who, year, kecamatan)
    forms = {goal.code: TargetForm(formdata=None, ids=_ids(goal.code), count=goal.count) for goal in goals}
    may_close = policy.covers(who, "year.close", Place(kelurahan=records.city().code))
    return {
        "year": year,
        "years": (this_year, this_year + 1, this_year - 1, this_year - 2),
        "goals": [(goal, (tried or {}).get(goal.code) or forms[goal.code]) for goal in goals],
        "is_closed": year in closed,
        "may_close": may_close and year < this_year and year not in closed,
        "closing": ClosingForm(formdata=None, ids="closing"),
        "kecamatan": kecamatan,
        "sum": sum(goal.count or 0 for goal in goals if goal.level == ("kelurahan" if kecamatan else "kecamatan")),
    }
