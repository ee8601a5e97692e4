"""`/graduasi`: the queue by age, one case with everything it stands on, decisions, rows in bulk, and the statement."""

import re
from contextlib import suppress
from dataclasses import replace
from datetime import date
from typing import Any

from flask import Blueprint, Response, abort, request, url_for
from flask_babel import force_locale, ngettext
from flask_babel import gettext as _

from portal.family.records.models import Household
from portal.graduation import lists
from portal.graduation.pages import queue as graduation_list
from portal.graduation.pages import shown
from portal.graduation.records import dossiers, graduations
from portal.graduation.records.models import Graduation
from portal.graduation.rules.flow import GRADUATION, WayOut
from portal.kernel import area_lists, gate, many, paging, policy, settings
from portal.kernel.terms import ExitType, Refused
from portal.web import access, responses, steps, texts
from portal.web.facts_form import FactsForm, facts_form
from portal.web.fields import Form

bp = Blueprint("graduations", __name__, url_prefix="/graduasi")

LIST, LIST_PART = "graduation/index.html", "graduation/_list.html"
CASE, CASE_PART, DECIDE_PART = "graduation/show.html", "graduation/_case.html", "graduation/_decide.html"
START, START_PART = "graduation/start.html", "graduation/_start.html"

_AREA = re.compile(r"\d\d\.\d\d\.\d\d(\.\d{4})?")
_PERIOD = re.compile(r"20\d\d(-(0[1-9]|1[0-2]))?")
_DAY = re.compile(r"20\d\d-\d\d-\d\d")
_STAGE = re.compile(r"20\d\d-Q[1-4]")


# --- the list ------------------------------------------------------------------------------------------------------


@bp.get("")
@access.lists("graduation.view")
def index() -> Response:
    return responses.page(LIST, LIST_PART, **_list(_wanted()))


@bp.post("/massal/<step>")
@access.lists("graduation.decide")
def take_many(step: str) -> Response:
    """One step for the chosen rows; each has its own outcome."""
    chosen = _bulk_step(step)
    form, seen = _facts_form(chosen, ids="bulk"), _chosen()
    wanted = replace(_wanted(), state=chosen.sources[0])
    if not seen:
        form.form_errors.append(_("Pilih paling sedikit satu keluarga."))
    if not form.validate() or not seen:
        return responses.invalid(LIST, LIST_PART, **_list(wanted, form=form, chosen=seen))
    outcomes = many.perform_many(access.actor(), Graduation, step, seen, facts=form.facts(), key=form.key.data)
    moved = sum(outcome.error is None for outcome in outcomes)
    message = ngettext("%(num)d keluarga dipindahkan", "%(num)d keluarga dipindahkan", moved)
    context = {"outcomes": graduation_list.outcomes(outcomes), "told": message, **_tabs(wanted)}
    if responses.wants_fragment():
        url = url_for(".index", state=wanted.state)
        return responses.done(url, message, "graduation/_outcomes.html", also=["graduation/_counts.html"], **context)
    return responses.page("graduation/outcomes.html", **context)


@bp.get("/pengecualian")
@access.lists("graduation.decide")
def overrides() -> Response:
    page = lists.overrides(access.actor(), _given("sebelum", re.compile(r"\d{1,18}")))
    url = url_for(".overrides", sebelum=page.following) if page.following else None
    rows = [graduation_list.override(one) for one in page.rows]
    return responses.page("graduation/overrides.html", "graduation/_overrides.html", rows=rows, following=url)


def _wanted() -> lists.GraduationFilter:
    """The filters in the address; what makes no sense there is left out."""
    asked, way_out = request.values.get("state", ""), request.values.get("jenis", "")
    return lists.GraduationFilter(
        state=asked if asked in lists.GROUPS else _first_state(),
        area=_given("wilayah", _AREA),
        approved=_given("disetujui", _PERIOD),
        effective=_given("berlaku", _PERIOD),
        until=_given_day("sampai"),
        way_out=ExitType(way_out) if way_out in set(WayOut) else None,
        stage=_given("tahap", _STAGE),
        after=_given("setelah", re.compile(r"\d{1,17}_\d{1,18}")),
    )


def _first_state() -> str:
    return "submitted" if policy.may(access.actor(), "graduation.decide") else "open"


def _given(name: str, shape: re.Pattern[str]) -> str | None:
    text = request.values.get(name, "")
    return text if shape.fullmatch(text) else None


def _given_day(name: str) -> date | None:
    text = _given(name, _DAY)
    with suppress(ValueError):
        return date.fromisoformat(text) if text else None
    return None


def _list(
    wanted: lists.GraduationFilter, *, form: FactsForm | None = None, chosen: dict[int, int] | None = None
) -> dict[str, Any]:
    page = lists.queue(access.actor(), wanted)
    step = graduation_list.bulk_step(wanted.state) if policy.may(access.actor(), "graduation.decide") else None
    return {
        "page": page,
        "bulk": step,
        "form": form or (_facts_form(step, ids="bulk", data=graduation_list.today_for(step)) if step else None),
        "chosen": {} if chosen is None else chosen,
        "ticks_all": bool(wanted.stage) and chosen is None,
        "kept": {**graduation_list.query(wanted), "setelah": wanted.after},
        "chips": graduation_list.chips(wanted, _kelurahan_of(wanted)),
        "districts": lists.districts(access.actor()),
        "following": _url(wanted, setelah=page.following) if page.following else None,
        **_tabs(wanted),
    }


def _kelurahan_of(wanted: lists.GraduationFilter) -> str | None:
    """The name of the one kelurahan that the list is narrowed to."""
    found = area_lists.named([wanted.area] if wanted.area else [])
    return next((area.name for area in found if area.level == "kelurahan"), None)


def _tabs(wanted: lists.GraduationFilter) -> dict[str, Any]:
    actor = access.actor()
    counts = lists.counts(actor, wanted.area)
    tabs = graduation_list.tabs(policy.may(actor, "graduation.decide"), wanted, counts)
    return {"wanted": wanted, "tabs": tabs, "is_decider": _first_state() == "submitted"}


def _url(wanted: lists.GraduationFilter, **changed: Any) -> str:
    return url_for(".index", **{**graduation_list.query(wanted), **changed})


def _bulk_step(name: str) -> Any:
    step = next((step for step in GRADUATION.steps if step.name == name and step.bulk), None)
    return step or abort(404)


def _chosen() -> dict[int, int]:
    """Case id -> version that was shown, from `id:version`."""
    pairs = [re.fullmatch(r"(\d{1,18}):(\d{1,9})", value) for value in request.form.getlist("chosen")[: paging.SIZE]]
    return {int(pair[1]): int(pair[2]) for pair in pairs if pair}


def _facts_form(step: Any, **values: Any) -> FactsForm:
    form: FactsForm = facts_form(step.facts)(**values)
    return form


# --- one case ------------------------------------------------------------------------------------------------------


@bp.get("/<int:id>")
@access.opens(Graduation, "graduation.view")
def show(case: Graduation) -> Response:
    return responses.page(CASE, CASE_PART, **_counters(), **_case(case))


def _counters() -> dict[str, Any]:
    """Over the whole page of a decider; a fragment leaves them where they are."""
    if responses.wants_fragment() or not policy.may(access.actor(), "graduation.decide"):
        return {"tabs": []}
    return _tabs(lists.GraduationFilter("", area=_given("wilayah", _AREA)))


@bp.post("/<int:id>/putusan/<step>")
@access.opens(Graduation, "graduation.decide")
def decide(case: Graduation, step: str) -> Response:
    """Approve, return or reject from the case's own page; the answer brings the next case."""
    if step not in shown.DECISIONS:
        abort(404)
    form = _facts_form(GRADUATION.step(step), ids=step)
    if not form.validate():
        return _beside(responses.invalid(CASE, DECIDE_PART, **_counters(), **_case(case, {step: form})))
    try:
        case = gate.perform(access.actor(), case, step, seen=form.seen.data or 0, facts=form.facts(), key=form.key.data)
    except (Refused, gate.Stale, gate.KeyReused) as error:
        context = {**_counters(), **_case(case, {step: form}), "form": form}
        return _beside(responses.problem(error, CASE, DECIDE_PART, **context))
    return _decided(case)


def _beside(answer: Response) -> Response:
    """What is wrong replaces the forms, and the dossier stays in view."""
    return responses.retarget(answer, "#decide", "outerHTML") if responses.wants_fragment() else answer


def _case(case: Graduation, forms: dict[str, FactsForm] | None = None) -> dict[str, Any]:
    return shown.case(access.actor(), case, forms=forms or {}, area=_given("wilayah", _AREA))


def _decided(case: Graduation) -> Response:
    """The card becomes its outcome, the counters follow, and the next case is one key away."""
    area = _given("wilayah", _AREA)
    following = shown.next_case(access.actor(), case, area)
    message = str(texts.STATES["graduation"][case.state])
    wanted = lists.GraduationFilter("submitted", area=area)
    url = url_for(".show", id=following.id, wilayah=area) if following else url_for(".index", state="submitted", wilayah=area)
    context = {"case": case, "following": following, "area": area, **_tabs(wanted)}
    return responses.done(
        url, f"{case.household.caretaker_name}: {message}", "graduation/_outcome.html", also=["graduation/_counts.html"],
        number=case.id, **context,
    )  # fmt: skip


def _answer(case: Graduation, step: Any, message: str) -> Response:
    if step.name in shown.DECISIONS:
        return _decided(case)
    return responses.done(url_for(".show", id=case.id), message, number=case.id)


steps.serve(bp, Graduation, "graduation.view", values=shown.values, answer=_answer)


# --- the statement on paper ----------------------------------------------------------------------------------------


@bp.post("/<int:id>/pernyataan")
@access.opens(Graduation, "graduation.prepare")
def statement(case: Graduation) -> Response:
    """The surat pernyataan, filled in. A POST: the numbers on it are a reveal, and that is logged."""
    form = Form()
    if not form.validate():
        abort(400)
    conversation = dossiers.conversation_of(case)
    if conversation is None:
        raise Refused("conversation_first")
    signatory = graduations.reveal_for_statement(access.actor(), case, key=form.key.data)
    office = settings.in_force(texts.today())
    with force_locale("id"):  # what a family signs is in its language, whatever the facilitator reads
        return responses.page(
            "graduation/statement.html", case=case, household=case.household, signatory=signatory, conversation=conversation,
            agency=office.text("agency_name"), months=max(office.numbers("monitoring_months")),
        )  # fmt: skip


# --- beginning -----------------------------------------------------------------------------------------------------


@access.opens(Household, "graduation.prepare")
def start(household: Household) -> Response:
    """`/keluarga/<id>/graduasi`: begin a graduation on a family."""
    form = _facts_form(GRADUATION.step("correct_way_out"), data={"exit_type": WayOut.INDEPENDENT})
    return responses.page(START, START_PART, form=form, household=household)


@access.opens(Household, "graduation.prepare")
def open_case(household: Household) -> Response:
    form = _facts_form(GRADUATION.step("correct_way_out"))
    if not form.validate():
        return responses.invalid(START, START_PART, form=form, household=household)
    try:
        case = graduations.open_case(access.actor(), household, form.exit_type.data, key=form.key.data)
    except (Refused, gate.KeyReused) as error:
        return responses.problem(error, START, START_PART, form=form, household=household)
    return responses.done(url_for(".show", id=case.id), _("Graduasi dimulai"), number=case.id)


@bp.record
def _on_the_family(state: Any) -> None:
    """These two stand under the family's address, outside the blueprint's own."""
    rule = "/keluarga/<int:id>/graduasi"
    state.app.add_url_rule(rule, "graduations.start", start)
    state.app.add_url_rule(rule, "graduations.open_case", open_case, methods=["POST"])
