"""The caseload: found by name, filtered, sorted, page by page; and families given to a facilitator in bulk: those that were
ticked, or all that the filters leave; an outcome for each."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from portal.caseload import words
from portal.caseload.lists import caseload, filters
from portal.caseload.lists.caseload import Page, WantedPage
from portal.caseload.lists.orders import ORDERS
from portal.caseload.records import transfers
from portal.family.records.models import Household
from portal.family.rules import names
from portal.kernel import areas, policy, sent
from portal.kernel.many import Outcome
from portal.kernel.people import Area
from portal.kernel.terms import Actor
from portal.web import access, responses, texts
from portal.web.forms import Form
from portal.web.submit import submit

bp = Blueprint("households", __name__, url_prefix="/keluarga")

LIST, LIST_PART = "caseload/index.html", "caseload/_list.html"
FILTERS, FILTERS_PART = "caseload/filters.html", "caseload/_filters.html"
OF_FACILITATORS = ("facilitator", "left_behind")
PANEL = (
    ("membership",), ("band",), ("decile",), ("area",), ("rt", "rw"), ("facilitator",), ("left_behind",),
    ("group", "years"), ("unvisited", "unassessed"), ("due",),
)  # fmt: skip
"""What the panel of filters shows first, side by side; whatever else there is stands folded away below."""
OUTCOMES, OUTCOMES_PART = "caseload/assigned.html", "caseload/_assigned.html"
NAMED = 40
"""So many of those that went well are named one by one."""


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
        options={name: words.options(row) for name, row in usable.items()}, districts=_districts(who),
    )  # fmt: skip


def asked() -> WantedPage:
    """What the URL (or a form that carries it) asks for."""
    sent = request.values
    return WantedPage(filters.read(sent), sent.get("urut"), sent.get("setelah"), sent.get("sebelum"))


def listed(wanted: WantedPage) -> dict[str, object]:
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


def args_of(wanted: WantedPage) -> dict[str, Any]:
    """The query of a URL that shows this list from its beginning."""
    order = {"urut": wanted.order} if wanted.order in ORDERS else {}
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


def _orders(who: Actor) -> dict[str, str]:
    return {word: _(order.said) for word, order in ORDERS.items() if not order.action or policy.may(who, order.action)}


def _chips(wanted: WantedPage) -> list[tuple[str, str]]:
    """(words, URL without this filter) for each filter that narrows."""
    chosen = wanted.filters
    known = caseload.names_of(chosen)
    return [
        (said, url_for("households.index", **args_of(replace(wanted, filters=chosen.without(name)))))
        for name, said in words.chips(chosen, known)
    ]


def _sees_facilitators(who: Actor) -> bool:
    return policy.may(who, "household.assign") or policy.may(who, "audit.view")


def _districts(who: Actor) -> list[tuple[Area, list[Area]]]:
    """Kecamatan with their kelurahan, within the person's areas."""
    inside = areas.kelurahan_within(who.areas)
    return [(one, [area for area in inside if area.parent_code == one.code]) for one in areas.kecamatan_within(who.areas)]


@bp.get("/<int:id>/baris")
@access.opens(Household, "household.view")
def show_row(household: Household) -> Response:
    """The row again, when a panel is closed without saving."""
    return responses.page("caseload/row.html", "caseload/_row.html", **row(household.id))


# --- giving families to a facilitator ------------------------------------------------------------------------------


@bp.post("/bagi")
@access.lists("household.assign")
def assign() -> Response:
    form, to = Form(), request.form.get("pendamping_baru", type=sent.number)
    chosen = _chosen() if form.validate() else []
    if not chosen or not to:
        form.form_errors.append(_("Pilih pendampingnya.") if chosen else _("Centang dulu keluarganya."))
        return responses.invalid(LIST, LIST_PART, **listed(asked()), form=form)
    return submit(
        form, LIST, LIST_PART, act=lambda: transfers.assign(access.actor(), chosen, to, key=form.key.data),
        done=lambda outcomes: responses.page(OUTCOMES, OUTCOMES_PART, **_given(outcomes, to)), shown=lambda: listed(asked()),
    )  # fmt: skip


def _chosen() -> list[int]:
    if request.form.get("semua"):
        narrowed = asked().filters
        return caseload.ids(access.actor(), "household.assign", narrowed, today=texts.today(), most=transfers.MOST)
    return sent.numbers(request.form.getlist("chosen"))


def _given(outcomes: Sequence[Outcome], to: int) -> dict[str, object]:
    done = [outcome for outcome in outcomes if transfers.is_theirs(outcome)]
    names = {user.id: user.name for user in transfers.facilitators(access.actor())}
    return {
        "done": done[:NAMED], "done_count": len(done), "others": [one for one in outcomes if one not in done],
        "facilitator": names.get(to, ""), "back": url_for("households.index", **args_of(asked())), "to": to,
        "why": words.not_given,
    }  # fmt: skip
