"""`/`: what a person does first today, by role; and `/mutu`, how complete the records are."""

from collections.abc import Callable

from flask import Blueprint, Response, url_for

from portal.board.lists import home, yearly
from portal.board.pages.yearly import shown
from portal.caseload.lists.filters import query_args
from portal.kernel import policy
from portal.kernel.terms import IN_PROGRAMME, Actor
from portal.monitoring import lists as monitoring
from portal.monitoring.lists import MonitoringFilter
from portal.nomination import lists as nominations
from portal.nomination.lists import NominationFilter
from portal.web import access, responses, texts

bp = Blueprint("home", __name__)

QUALITY_MONTHS = 6


@bp.get("/")
@access.signed_in("home.view")
def index() -> Response:
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
    """The desk, and the year on one line per kecamatan."""
    today = texts.today()
    year = yearly.standing(who, today.year, today)
    followed = monitoring.counts(who, MonitoringFilter(), today)
    desk = home.review_of(who, today)
    return responses.page("board/home/desk.html", desk=desk, followed=followed, board=year, **shown(year))


def _viewer(who: Actor) -> Response:
    today = texts.today()
    year = yearly.standing(who, today.year, today)
    followed = monitoring.counts(who, MonitoringFilter(), today)
    return responses.page("board/home/overview.html", followed=followed, board=year, **shown(year))


_SCREENS: tuple[tuple[str, Callable[[Actor], Response]], ...] = (
    ("visit.record", _facilitator),
    ("nomination.prepare", _officer),
    ("graduation.decide", _supervisor),
    ("board.view", _viewer),
)
"""Whose screen it is follows from what the person may do; the first that fits."""


@bp.get("/mutu")
@access.lists("quality.view")
def quality() -> Response:
    rows = home.quality(access.actor(), texts.today(), QUALITY_MONTHS)
    return responses.page("board/home/quality.html", rows=rows, link=_quality_link, months=QUALITY_MONTHS)


def _quality_link(row: home.Quality, **narrowed: object) -> str:
    return url_for("households.index", **query_args(area=row.code, membership=IN_PROGRAMME, **narrowed))
