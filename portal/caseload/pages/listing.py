"""The caseload: found by name, filtered, sorted, page by page; and the look-up by NIK or KK."""

from dataclasses import replace
from typing import Any

from flask import Response, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from wtforms import ValidationError

from portal.caseload.lists import caseload, filters
from portal.caseload.lists.caseload import Page, Wanted
from portal.caseload.pages.blueprint import bp
from portal.caseload.records import transfers
from portal.caseload.words import households
from portal.family.records import reveals
from portal.family.records.models import Household
from portal.family.rules import names
from portal.kernel import area_lists, gate, policy
from portal.kernel.terms import Actor, Refused
from portal.web import access, responses, texts
from portal.web.fields import Chosen, Form, TypedField

LIST, LIST_PART = "caseload/index.html", "caseload/_list.html"
FILTERS, FILTERS_PART = "caseload/filters.html", "caseload/_filters.html"
OF_FACILITATORS = ("facilitator", "left_behind")
PANEL = (
    ("membership",), ("band",), ("decile",), ("area",), ("rt", "rw"), ("facilitator",), ("left_behind",),
    ("group", "years"), ("unvisited", "unassessed"), ("due",),
)  # fmt: skip
"""What the panel of filters shows first, side by side; whatever else there is stands folded away below."""
LOOK_UP, LOOK_UP_PART = "caseload/look_up.html", "caseload/_look_up.html"


@bp.get("")
@access.lists("household.view")
def index() -> Response:
    wanted = asked()
    if names.looks_like_number(wanted.filters.name or ""):
        clean = replace(wanted, filters=wanted.filters.without("name"))
        return responses.invalid(LIST, LIST_PART, **{**listed(clean), "is_number": True})
    return responses.page(LIST, LIST_PART, **listed(wanted))


@bp.get("/saring")
@access.lists("household.view")
def narrow() -> Response:
    who = access.actor()
    usable, people = filters.usable(who), transfers.facilitators(who) if _sees_facilitators(who) else ()
    kept = [name for name, row in usable.items() if row.control == "hidden" or (name in OF_FACILITATORS and not people)]
    placed = [*kept, *(name for group in PANEL for name in group)]
    return responses.page(
        FILTERS, FILTERS_PART, chosen=filters.read(request.args), order=request.args.get("urut"), rows=usable, panel=PANEL,
        others=[name for name, row in usable.items() if row.control and name not in placed], kept=kept, facilitators=people,
        options={name: households.options(row) for name, row in usable.items()}, districts=_districts(who),
    )  # fmt: skip


def asked() -> Wanted:
    """What the URL (or a form that carries it) asks for."""
    sent = request.values
    return Wanted(filters.read(sent), sent.get("urut"), sent.get("setelah"), sent.get("sebelum"))


def listed(wanted: Wanted) -> dict[str, Any]:
    """Everything that the list needs, for a page and for its fragment."""
    who = access.actor()
    wanted = caseload.permitted(who, wanted)
    page = caseload.page(who, wanted, texts.today())
    kept = args_of(wanted)
    may_pick = policy.may(who, "household.assign")
    is_picking = may_pick and request.values.get("pilih") == "1"
    turned = {**kept, "pilih": "1"} if is_picking else kept
    return {
        "page": page, "wanted": wanted, "kept": kept, "count": counted(page), "chips": _chips(wanted),
        "previous": page.previous and url_for("households.index", **turned, sebelum=page.previous),
        "following": page.next and url_for("households.index", **turned, setelah=page.next),
        "orders": _orders(who), "may_pick": may_pick, "is_picking": is_picking, "is_number": False,
        "may_look_up": policy.may(who, "household.find_by_number"),
        "may_update": policy.may(who, "household.correct_address"), "sees_bands": policy.may(who, "visit.view"),
        "facilitators": transfers.facilitators(who) if is_picking else (),
    }  # fmt: skip


def args_of(wanted: Wanted) -> dict[str, Any]:
    """The query of a URL that shows this list from its beginning."""
    order = {"urut": wanted.order} if wanted.order in households.ORDERS else {}
    return {**filters.query_args(**wanted.filters.active()), **order}


def counted(page: Page) -> str:
    """How many there are, in words; "" on later pages, where nobody counts again."""
    if page.total is None:
        return ""
    if page.is_more:
        return _("lebih dari %(count)s keluarga", count=texts.number(page.total))
    return ngettext("%(count)s keluarga", "%(count)s keluarga", page.total, count=texts.number(page.total))


def row(household_id: int) -> dict[str, Any]:
    """One row of the list as it is now, with what its template needs."""
    who = access.actor()
    return {
        "line": caseload.line(who, household_id), "sees_bands": policy.may(who, "visit.view"), "is_picking": False,
        "may_update": policy.may(who, "household.correct_address"),
    }  # fmt: skip


def _orders(who: Actor) -> dict[str, Any]:
    sees = policy.may(who, "visit.view")
    return {word: said for word, said in households.ORDERS.items() if sees or word not in caseload.ASSESSED}


def _chips(wanted: Wanted) -> list[tuple[str, str]]:
    """(words, URL without this filter) for each filter that narrows."""
    chosen = wanted.filters
    known = caseload.names_of(chosen)
    return [
        (said, url_for("households.index", **args_of(replace(wanted, filters=chosen.without(name)))))
        for name, said in households.chips(chosen, known)
    ]


def _sees_facilitators(who: Actor) -> bool:
    return policy.may(who, "household.assign") or policy.may(who, "audit.view")


def _districts(who: Actor) -> list[tuple[Any, list[Any]]]:
    """Kecamatan with their kelurahan, within the person's areas."""
    inside = area_lists.kelurahan_within(who.areas)
    return [(one, [area for area in inside if area.parent_code == one.code]) for one in area_lists.kecamatan_within(who.areas)]


# --- by number -----------------------------------------------------------------------------------------------------


class NumberField(TypedField):
    """A NIK or KK number to look for: digits only, whatever stands between them."""

    input_mode = "numeric"

    def read(self, text: str) -> str:
        return "".join(text.split())

    def pre_validate(self, form: Any) -> None:
        if self.data and not (self.data.isdecimal() and len(self.data) == 16):
            raise ValidationError(_("NIK dan nomor KK terdiri dari 16 angka."))


class NumberForm(Form):
    fault = _l("Belum ketemu:")
    number = NumberField(_l("NIK atau nomor KK"), [Chosen()])


@bp.get("/nomor")
@access.lists("household.find_by_number")
def look_up() -> Response:
    return responses.page(LOOK_UP, LOOK_UP_PART, form=NumberForm(), found=())


@bp.post("/nomor")
@access.lists("household.find_by_number")
def look_up_now() -> Response:
    form, who = NumberForm(), access.actor()
    if not form.validate():
        return responses.invalid(LOOK_UP, LOOK_UP_PART, form=form, found=())
    try:
        ids = reveals.look_up(who, **form.changes(), key=form.key.data)
    except (Refused, gate.KeyReused) as error:
        return responses.problem(error, LOOK_UP, LOOK_UP_PART, form=form, found=())
    form.renew()
    if not ids:
        form.form_errors.append(_("Tidak ada keluarga dengan nomor ini dalam jangkauan Anda."))
        return responses.invalid(LOOK_UP, LOOK_UP_PART, form=form, found=())
    if len(ids) == 1:
        return responses.go(url_for("households.show", id=ids[0]))
    return responses.page(LOOK_UP, LOOK_UP_PART, form=form, found=[caseload.line(who, one) for one in ids])


@bp.get("/<int:id>/baris")
@access.opens(Household, "household.view")
def show_row(household: Household) -> Response:
    """The row again, when a panel is closed without saving."""
    return responses.page("caseload/row.html", "caseload/_row.html", **row(household.id))
