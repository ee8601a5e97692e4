"""`/target`: how many families shall graduate this year, by area; and the closing of a year that is over."""

from typing import Any

from flask import Blueprint, Response, abort, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField
from wtforms.validators import InputRequired, NumberRange

from portal.board import records
from portal.board.lists import yearly
from portal.kernel import areas, policy
from portal.kernel.policy import Place
from portal.web import access, responses, texts
from portal.web.fields import WholeField
from portal.web.forms import Form
from portal.web.responses import submit

bp = Blueprint("targets", __name__, url_prefix="/target")

INDEX, PART = "board/targets/index.html", "board/targets/_year.html"


class TargetForm(Form):
    count = WholeField(_l("Target"), [InputRequired(), NumberRange(0, records.MOST)])


class ClosingForm(Form):
    sure = BooleanField(_l("Ya, tutup tahun ini. Ini tidak bisa dibatalkan."), [InputRequired()])


@bp.get("")
@access.signed_in("target.set")
def index() -> Response:
    return responses.page(INDEX, PART, **_year(_asked()))


@bp.post("/<int:year>/<code>")
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


@bp.post("/<int:year>/tutup")
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
