"""`/graduasi`: the queue by age with its tabs and filters, rows moved together, the overrides; and `/graduasi/<id>`: one
case with everything it stands on, its decision, the statement on paper, and how a case begins."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from flask import Blueprint, Response, abort, request, url_for
from flask.blueprints import BlueprintSetupState
from flask_babel import force_locale, ngettext
from flask_babel import gettext as _

from portal.family.records.models import Household
from portal.graduation import lists, words
from portal.graduation.lists import GraduationFilter
from portal.graduation.pages import shown
from portal.graduation.records import dossiers, graduations
from portal.graduation.records.dossiers import Graduation
from portal.graduation.rules import GRADUATION, LOOKS, QUEUES, ExitChoice, WayOut
from portal.kernel import areas, gate, paging, policy, settings, typed
from portal.kernel.gate import Outcome
from portal.kernel.terms import Refused
from portal.kernel.workflow import Step
from portal.web import access, responses, steps, texts
from portal.web.responses import submit
from portal.web.steps import FactsForm, facts_form

bp = Blueprint("graduations", __name__, url_prefix="/graduasi")

LIST, LIST_PART = "graduation/index.html", "graduation/_list.html"
TABS = {audience: [name for tab in tabs for name in (tab, *LOOKS.get(tab, ()))] for audience, tabs in QUEUES.items()}


@bp.get("")
@access.lists("graduation.view")
def index() -> Response:
    return responses.page(LIST, LIST_PART, **_list(_wanted()))


@bp.post("/massal/<step>")
@access.lists("graduation.decide")
def take_many(step: str) -> Response:
    """One step for the chosen rows; each has its own outcome."""
    form, seen = steps.bulk_form(GRADUATION, step, ids="bulk"), _chosen()
    wanted = replace(_wanted(), state=GRADUATION.step(step).sources[0])
    return submit(
        form, LIST, LIST_PART,
        act=lambda: gate.perform_many(access.actor(), Graduation, step, seen, facts=form.facts(), key=form.key.data),
        done=lambda outcomes: _moved(wanted, outcomes),
        shown=lambda: {**_list(wanted, chosen=seen), "form": form},
    )  # fmt: skip


def _moved(wanted: GraduationFilter, outcomes: Sequence[Outcome[Graduation]]) -> Response:
    moved = sum(outcome.error is None for outcome in outcomes)
    message = ngettext("%(num)d keluarga dipindahkan", "%(num)d keluarga dipindahkan", moved)
    context = {"outcomes": steps.outcomes("graduation", outcomes), "told": message, **tabs(wanted)}
    if responses.wants_fragment():
        url = url_for(".index", state=wanted.state)
        return responses.done(url, message, "graduation/_outcomes.html", also=["graduation/_counts.html"], **context)
    return responses.page("graduation/outcomes.html", **context)


@bp.get("/pengecualian")
@access.lists("graduation.decide")
def overrides() -> Response:
    page = lists.overrides(access.actor(), request.args.get("sebelum"))
    url = url_for(".overrides", sebelum=page.following) if page.following else None
    return responses.page(
        "graduation/overrides.html", "graduation/_overrides.html", rows=page.rows, following=url, changed=words.CHANGED,
        what=words.OVERRIDES, shows={"graduation": "graduations.show", "nomination": "nominations.show"},
    )  # fmt: skip


# --- what the address asks for -------------------------------------------------------------------------------------


def _wanted() -> GraduationFilter:
    return GraduationFilter.read(request.values, state=TABS[_audience()][0])


def area() -> str | None:
    """The kecamatan or kelurahan that the address keeps to."""
    return _wanted().area


def _audience() -> str:
    return "decider" if policy.may(access.actor(), "graduation.decide") else "preparer"


def _chosen() -> dict[int, int]:
    """Case id -> version that was shown, from `id:version`."""
    pairs = [value.partition(":") for value in request.form.getlist("chosen")[: paging.SIZE]]
    return {int(case): int(seen) for case, _colon, seen in pairs if typed.is_number(case) and typed.is_number(seen)}


# --- what the list shows -------------------------------------------------------------------------------------------


def _list(wanted: GraduationFilter, *, chosen: Mapping[int, int] | None = None) -> dict[str, object]:
    who, kept = access.actor(), wanted.words()
    page = lists.queue(who, wanted)
    bulk = [step for step in GRADUATION.steps if step.bulk and step.sources == (wanted.state,)]
    step = bulk[0] if bulk and _audience() == "decider" else None
    return {
        "page": page,
        "bulk": step,
        "form": step and steps.bulk_form(GRADUATION, step.name, ids="bulk", data={shown.DATED[step.name]: texts.today()}),
        "chosen": chosen or {},
        "ticks_all": bool(wanted.stage) and chosen is None,
        "kept": {**kept, "setelah": wanted.after},
        "chips": _chips(wanted),
        "districts": areas.kecamatan_within(who.areas) if any(len(code) < areas.KECAMATAN for code in who.areas) else (),
        "following": url_for(".index", **kept, setelah=page.following) if page.following else None,
        **tabs(wanted),
    }


def tabs(wanted: GraduationFilter) -> dict[str, object]:
    """The tabs of who looks, for `ui.tabs`: words, address, whether it is the open one, and a count while cases are open."""
    counts, audience = lists.counts(access.actor(), wanted.area), _audience()
    shown = [
        (words.group(name), url_for("graduations.index", state=name, wilayah=wanted.area), wanted.state == name)
        + ((counts[name],) if name in counts else ())
        for name in TABS[audience]
    ]
    return {"wanted": wanted, "tabs": shown, "is_decider": audience == "decider"}


def _chips(wanted: GraduationFilter) -> list[tuple[str, str]]:
    """What narrows the list beside its tab and kecamatan: words, and the address without it."""
    said = {
        "wilayah": _kelurahan_of(wanted),
        "disetujui": wanted.approved and _("Disetujui %(when)s", when=_when(wanted.approved)),
        "berlaku": wanted.effective and _("Berlaku %(when)s", when=_when(wanted.effective)),
        "sampai": wanted.until and _("Berlaku sampai %(day)s", day=texts.day(wanted.until)),
        "jenis": wanted.way_out and texts.label(wanted.way_out),
        "tahap": wanted.stage and _("Dibayar sampai %(stage)s", stage=texts.period(wanted.stage)),
    }
    return [(told, url_for("graduations.index", **{**wanted.words(), name: None})) for name, told in said.items() if told]


def _kelurahan_of(wanted: GraduationFilter) -> str | None:
    """The name of the one kelurahan that the list is narrowed to."""
    found = areas.named([wanted.area] if wanted.area else [])
    return next((area.name for area in found if area.level == "kelurahan"), None)


def _when(period: str) -> str:
    """A year, or a month in words."""
    year, _dash, month = period.partition("-")
    return texts.month(date(int(year), int(month), 1)) if month else year


# --- one case --------------------------------------------------------------------------------------------------------

CASE, CASE_PART, DECIDE_PART = "graduation/show.html", "graduation/_case.html", "graduation/_decide.html"
START, START_PART = "graduation/start.html", "graduation/_start.html"


@bp.get("/<int:id>")
@access.opens(Graduation, "graduation.view")
def show(case: Graduation) -> Response:
    return responses.page(CASE, CASE_PART, **_case(case))


def _case(case: Graduation, typed: FactsForm | None = None, step: Step | None = None) -> dict[str, object]:
    """The case as it is now, with what was typed for a decision, and the counters of a decider around it."""
    forms = {step.name: typed} if typed and step else {}
    return {**_counters(), **shown.case(access.actor(), case, forms=forms, area=area())}


def _counters() -> dict[str, object]:
    """Over the whole page of a decider; a fragment leaves them where they are."""
    if responses.wants_fragment() or not policy.may(access.actor(), "graduation.decide"):
        return {"tabs": []}
    return tabs(GraduationFilter("", area=area()))


# --- steps ---------------------------------------------------------------------------------------------------------


def _answer(case: Graduation, step: Step, message: str) -> Response:
    """After a decision the card becomes its outcome, the counters follow, and the next case is one key away."""
    if step.name not in shown.DECISIONS:
        return responses.done(url_for(".show", id=case.id), message, number=case.id)
    here = area()
    following = lists.next_submitted(access.actor(), (case.submissions[-1].submitted_at, case.id), here)
    url = url_for(".show", id=following.id, wilayah=here) if following else url_for(".index", state="submitted", wilayah=here)
    context = {"case": case, "following": following, "area": here, **tabs(GraduationFilter("submitted", area=here))}
    return responses.done(
        url, f"{case.household.caretaker_name}: {message}", "graduation/_outcome.html", also=["graduation/_counts.html"],
        number=case.id, **context,
    )  # fmt: skip


DECIDED_ON_THE_CASE = steps.Asked(CASE, DECIDE_PART, _case, target="#decide")
"""A decision is asked for below what it rests on: what is wrong replaces the forms, and the dossier stays in view."""

steps.serve(
    bp, Graduation, "graduation.view", values=shown.values, answer=_answer,
    asked=dict.fromkeys(shown.DECISIONS, DECIDED_ON_THE_CASE),
)  # fmt: skip


@bp.post("/<int:id>/putusan/<step>")
@access.opens(Graduation, "graduation.decide")
def decide(case: Graduation, step: str) -> Response:
    """Where decisions were sent before they were steps like the others: a form that is still open somewhere arrives."""
    if step not in shown.DECISIONS:
        abort(404)
    return responses.moved(url_for(".take", id=case.id, step=step, wilayah=area()))


# --- the statement on paper ----------------------------------------------------------------------------------------


@bp.post("/<int:id>/pernyataan")
@access.opens(Graduation, "graduation.prepare")
def statement(case: Graduation) -> Response:
    """The surat pernyataan, filled in. A POST: the numbers on it are a reveal, and that is logged."""
    key, conversation = responses.pressed(), dossiers.conversation_of(case)
    if conversation is None:
        raise Refused("conversation_first")
    signatory = graduations.reveal_for_statement(access.actor(), case, key=key)
    office = settings.in_force(texts.today())
    with force_locale("id"):  # what a family signs is in its language, whatever the facilitator reads
        return responses.page(
            "graduation/statement.html", case=case, household=case.household, signatory=signatory, conversation=conversation,
            agency=office.text("agency_name"), months=max(office.numbers("monitoring_months")),
        )  # fmt: skip


# --- beginning -----------------------------------------------------------------------------------------------------


@access.opens(Household, "graduation.prepare")
def start(household: Household) -> Response:
    """Begin a graduation on a family."""
    form = facts_form(ExitChoice)(first={"exit_type": WayOut.INDEPENDENT})
    return submit(
        form, START, START_PART, shown=lambda: {"household": household},
        act=lambda: graduations.open_case(access.actor(), household, form.exit_type.data, key=form.key.data),
        done=lambda case: responses.done(url_for(".show", id=case.id), _("Graduasi dimulai"), number=case.id),
    )  # fmt: skip


@bp.record
def _on_the_family(state: BlueprintSetupState) -> None:
    """It stands under the family's address, outside the blueprint's own."""
    state.app.add_url_rule("/keluarga/<int:id>/graduasi", "graduations.start", start, methods=["GET", "POST"])
