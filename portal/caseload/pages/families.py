"""`/keluarga`: families found by name, filtered, sorted, page by page; given to a facilitator in bulk, those that were
ticked or all that the filters leave; and the page of one family with its tabs, each under its own address."""

from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_babel.speaklater import LazyString

from portal.assessment.lists import latest_readiness
from portal.caseload import records, words
from portal.caseload.lists import caseload, filters, profile
from portal.caseload.lists.caseload import ORDERS, Page, WantedPage
from portal.evidence.records import of_household
from portal.family.records.models import Household
from portal.family.rules import names
from portal.kernel import areas, gate, policy, typed
from portal.kernel.gate import Outcome
from portal.kernel.terms import IN_PROGRAMME, OUT_OF_PROGRAMME, Actor
from portal.membership.rules import MEMBERSHIP
from portal.web import access, responses, texts
from portal.web.forms import Form
from portal.web.responses import submit

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
    usable, people = filters.usable(who), records.facilitators(who) if _sees_facilitators(who) else ()
    kept = [name for name, row in usable.items() if row.control == "hidden" or (name in OF_FACILITATORS and not people)]
    placed = [*kept, *(name for group in PANEL for name in group)]
    return responses.page(
        FILTERS, FILTERS_PART, chosen=filters.read(request.args), order=request.args.get("urut"), rows=usable, panel=PANEL,
        others=[name for name, row in usable.items() if row.control and name not in placed], kept=kept, facilitators=people,
        options={name: words.options(row) for name, row in usable.items()}, districts=areas.by_kecamatan(who.areas),
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
        "facilitators": records.facilitators(who) if is_picking else (),
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


@bp.get("/<int:id>/baris")
@access.opens(Household, "household.view")
def show_row(household: Household) -> Response:
    """The row again, when a panel is closed without saving."""
    return responses.page("caseload/row.html", "caseload/_row.html", **row(household.id))


# --- giving families to a facilitator ------------------------------------------------------------------------------


@bp.post("/bagi")
@access.lists("household.assign")
def assign() -> Response:
    form, to = Form(), request.form.get("pendamping_baru", type=typed.number)
    chosen = _chosen() if form.validate() else []
    if not chosen or not to:
        form.form_errors.append(_("Pilih pendampingnya.") if chosen else _("Centang dulu keluarganya."))
        return responses.invalid(LIST, LIST_PART, **listed(asked()), form=form)
    return submit(
        form, LIST, LIST_PART, act=lambda: records.assign(access.actor(), chosen, to, key=form.key.data),
        done=lambda outcomes: responses.page(OUTCOMES, OUTCOMES_PART, **_given(outcomes, to)), shown=lambda: listed(asked()),
    )  # fmt: skip


def _chosen() -> list[int]:
    if request.form.get("semua"):
        narrowed = asked().filters
        return caseload.ids(access.actor(), "household.assign", narrowed, today=texts.today(), most=records.MOST)
    return typed.numbers(request.form.getlist("chosen"))


def _given(outcomes: Sequence[Outcome], to: int) -> dict[str, object]:
    done = [outcome for outcome in outcomes if records.is_theirs(outcome)]
    names = {user.id: user.name for user in records.facilitators(access.actor())}
    return {
        "done": done[:NAMED], "done_count": len(done), "others": [one for one in outcomes if one not in done],
        "facilitator": names.get(to, ""), "back": url_for("households.index", **args_of(asked())), "to": to,
        "why": words.not_given,
    }  # fmt: skip


# --- one family ------------------------------------------------------------------------------------------------------

RIGHTS = (
    "household.update", "household.correct_address", "household.reveal", "household.confirm_members", "visit.view",
    "visit.record", "graduation.prepare", "membership.propose", "nomination.prepare",
)  # fmt: skip
PAGE = "caseload/show.html"
TABS = {
    "show": ("caseload/_overview.html", _l("Ringkasan")),
    "benefits": ("caseload/_benefits.html", _l("Bantuan")),
    "cases": ("caseload/_cases.html", _l("Kasus")),
    "files": ("caseload/_files.html", _l("Berkas")),
    "history": ("caseload/_history.html", _l("Riwayat")),
}
"""By view: its part of the page, and what its tab is called."""


@bp.get("/<int:id>")
@access.opens(Household, "household.view")
def show(household: Household) -> Response:
    who = access.actor()
    where, family = profile.whereabouts(household), profile.people(who, household, texts.today())
    open_cases = [case for case in profile.cases(who, household.id) if case.is_open]
    return _tab(
        household, "show", place=where, family=family, open_cases=open_cases, offers=_offers(household, open_cases),
        gaps=[words.GAPS[gap] for gap in profile.gaps(household, where, family)], deciles=profile.deciles(household.id),
        readiness=latest_readiness(household.id) if policy.may(who, "visit.view") else None, why_due=words.WHY_DUE,
    )  # fmt: skip


@bp.get("/<int:id>/bantuan")
@access.opens(Household, "household.view")
def benefits(household: Household) -> Response:
    return _tab(household, "benefits", **benefit_context(household))


@bp.get("/<int:id>/kasus")
@access.opens(Household, "household.view")
def cases(household: Household) -> Response:
    return _tab(household, "cases", found=profile.cases(access.actor(), household.id))


@bp.get("/<int:id>/berkas")
@access.opens(Household, "household.view")
def files(household: Household) -> Response:
    return _tab(household, "files", items=of_household(access.actor(), household.id))


@bp.get("/<int:id>/riwayat")
@access.opens(Household, "household.view")
def history(household: Household) -> Response:
    found = profile.page(access.actor(), household.id, request.args.get("sebelum"))
    older = url_for("households.history", id=household.id, sebelum=found.following) if found.following else None
    return _tab(household, "history", entries=[words.told(entry) for entry in found.rows], older=older)


def _tab(household: Household, name: str, /, **context: object) -> Response:
    part, _said = TABS[name]
    around = {"household": household, "may": rights(household), "tabs": _tabs(household, name)}
    return responses.page(PAGE, part, part=part, **{**around, **context})


def _tabs(household: Household, current: str) -> list[tuple[LazyString | str, str, bool]]:
    """(words, address, whether it is this one)."""
    tabs = [(said, url_for(f"households.{name}", id=household.id), name == current) for name, (_part, said) in TABS.items()]
    if gate.can(access.actor(), "visit.view", household):
        tabs.insert(2, (_("Kunjungan"), url_for("visits.index", id=household.id), False))
    return tabs


def data(household: Household) -> dict[str, Any]:
    """For the card of the family's data, by itself."""
    return {"household": household, "may": rights(household), "place": profile.whereabouts(household), "why_due": words.WHY_DUE}


def benefit_context(household: Household) -> dict[str, Any]:
    """For the benefits, by themselves."""
    return {
        "household": household, "may": rights(household), "benefits": profile.benefits(household.id),
        "deciles": profile.deciles(household.id),
    }  # fmt: skip


def rights(household: Household) -> SimpleNamespace:
    """What this person may do here, by the words that templates use: `may.update`."""
    who = access.actor()
    named = {action.replace("household.", "").replace(".", "_"): gate.can(who, action, household) for action in RIGHTS}
    return SimpleNamespace(**named)  # not a dict: `may.update` would be its method, and true for everybody


def _offers(household: Household, open_cases: list[profile.CaseLine]) -> dict[str, object]:
    """Which beginnings the page offers: a graduation, a nomination anew, changes of membership."""
    kinds = {case.kind for case in open_cases}
    may = rights(household)
    proposable = [step.name for step in MEMBERSHIP.steps_from(household.membership) if step.facts is not None]
    return {
        "graduation": may.graduation_prepare and household.membership in IN_PROGRAMME and "graduation" not in kinds,
        "nomination": may.nomination_prepare and household.membership in OUT_OF_PROGRAMME and "nomination" not in kinds,
        "membership": proposable if may.membership_propose and "proposal" not in kinds else [],
    }
