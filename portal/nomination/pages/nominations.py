"""`/usulan`: nominations in their groups, one nomination with what it lacks and what comes next, steps singly and in bulk."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, abort, request, url_for
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from portal.evidence.records import files
from portal.family.records.cases import stated
from portal.kernel import area_lists, gate, policy, sent
from portal.kernel.terms import Reach, Refused
from portal.kernel.workflow import Step
from portal.nomination import lists as reports
from portal.nomination.records import effects, nominations
from portal.nomination.records.models import Nomination
from portal.nomination.rules.facts import Assignee, DuplicateOf
from portal.nomination.rules.flow import NOMINATION
from portal.web import access, responses, steps, texts
from portal.web.facts_form import facts_form

bp = Blueprint("nominations", __name__, url_prefix="/usulan")

INDEX, LIST, SHOW = "nomination/index.html", "nomination/_list.html", "nomination/show.html"
BULK, BULK_FORM = "nomination/bulk.html", "nomination/_bulk.html"

GROUPS = {
    "preparing": _l("Disiapkan"),
    "deliberating": _l("Muskel"),
    "assigning": _l("Menunggu pemeriksa"),
    "checking": _l("Cek lapangan"),
    "deciding": _l("Menunggu keputusan"),
    "approved": _l("Disetujui"),
    "waiting": _l("Di pusat"),
    "ended": _l("Selesai"),
}
_FIRST_GROUP = {"nomination.decide": "deciding", "nomination.check": "checking", "nomination.prepare": "preparing"}


@dataclass(frozen=True)
class Outcome:
    """What became of one nomination of a bulk step; `family` and `kelurahan` are empty when it has gone out of sight."""

    id: int
    family: str
    kelurahan: str
    text: str
    is_done: bool


@bp.get("")
@access.lists("nomination.view")
def index() -> Response:
    who, wanted = access.actor(), _wanted()
    try:
        page = reports.page(who, wanted)
    except ValueError:
        abort(404)
    kept: dict[str, Any] = {"kelompok": wanted.group, "keadaan": wanted.state, "wilayah": wanted.area}
    return responses.page(
        INDEX, LIST, page=page, wanted=wanted, groups=GROUPS, counts=reports.counts(who, wanted.area),
        following=url_for(".index", **kept, setelah=page.following) if page.following else None,
        may_prepare=policy.may(who, "nomination.prepare"), bulk_steps=_bulk_steps(wanted),
    )  # fmt: skip


@bp.get("/<int:id>")
@access.opens(Nomination, "nomination.view")
def show(nomination: Nomination) -> Response:
    return responses.page(SHOW, **shown(nomination))


def shown(nomination: Nomination) -> dict[str, Any]:
    """Everything the page of one nomination shows."""
    who = access.actor()
    may_edit = nomination.state in nominations.EDITABLE and gate.can(who, "nomination.prepare", nomination)
    offers = gate.steps_for(who, nomination)
    return {
        "nomination": nomination,
        "household": nomination.household,
        "place": area_lists.place_names(nomination.household.kelurahan),
        "members": nomination.household.present_members,
        "checklist": _checklist(nomination, offers) if may_edit else [],
        "offers": offers,
        "said": stated(nomination),
        "scans": files.of_subject(who, nomination, nomination.household),
        "may_edit": may_edit,
        "defects": nomination.facts.get("return", {}).get("defects", ()) if nomination.state == "returned" else (),
        "is_own_area": gate.can(who, "household.view", nomination.household),
        "facts_of": steps.facts_of,
    }


def _checklist(nomination: Nomination, offers: tuple[gate.Offer, ...]) -> list[tuple[Any, bool, str]]:
    """What handing in needs, met or not, and where each is put right."""
    handing_in = next(offer for offer in offers if offer.step.name in ("submit", "resubmit"))
    return [(texts.NEEDS[need], need not in handing_in.missing, _mend(nomination, need)) for need in handing_in.step.needs]


def _mend(nomination: Nomination, need: str) -> str:
    """Where a missing thing is put right."""
    if need in ("domicile", "valid_numbers"):
        return url_for("nomination_files.domicile", id=nomination.id)
    if need == "stated_reason":
        return url_for("nomination_files.reason", id=nomination.id)
    if need.endswith("_photo"):
        return url_for("nomination_files.photos", id=nomination.id)
    return f"{url_for('.show', id=nomination.id)}#anggota"


def _wanted() -> reports.NominationFilter:
    given = request.args
    group = given.get("kelompok", "")
    return reports.NominationFilter(
        group=group if group in reports.GROUPS else _first_group(),
        state=given.get("keadaan") or None,
        area=given.get("wilayah") or None,
        after=given.get("setelah") or None,
    )


def _first_group() -> str:
    """Where a person's own work is."""
    who = access.actor()
    return next((group for action, group in _FIRST_GROUP.items() if policy.reach(who, action) is not Reach.NONE), "deciding")


# --- steps ---------------------------------------------------------------------------------------------------------


def _choices(nomination: Nomination, step: Step) -> Mapping[str, Any]:
    """Who may check, and which families this one may be; asked for the step that picks one."""
    if step.facts is Assignee:
        return {"facilitator": [(user.id, user.name) for user in effects.facilitators_of(nomination.household.kelurahan)]}
    if step.facts is DuplicateOf:
        return {"household": [(one.id, _told(one)) for one in reports.lookalikes(access.actor(), nomination)]}
    return {}


def _told(family: reports.Lookalike) -> str:
    where = f"RT {family.rt or texts.UNKNOWN} RW {family.rw or texts.UNKNOWN}"
    return f"{family.name}, {family.kelurahan} {where} ({texts.label(family.membership)})"


steps.serve(bp, Nomination, "nomination.view", choices=_choices)


def _bulk_steps(wanted: reports.NominationFilter) -> tuple[str, ...]:
    """Steps that a supervisor may take for many of this list at once."""
    if not policy.may(access.actor(), "nomination.decide"):
        return ()
    return tuple(step.name for step in NOMINATION.steps if step.bulk and set(step.sources) & set(wanted.states))


@bp.get("/massal/<step>")
@access.signed_in("nomination.decide")
def choose(step: str) -> Response:
    return responses.page(BULK, BULK_FORM, **_bulk(step, request.args.getlist("chosen")))


@bp.post("/massal/<step>")
@access.signed_in("nomination.decide")
def take_many(step: str) -> Response:
    context = _bulk(step, request.form.getlist("chosen"))
    form = context["form"]
    if not context["cases"]:
        form.take(Refused("nothing_chosen"))
        return responses.invalid(BULK, BULK_FORM, **context)
    if not form.validate():
        return responses.invalid(BULK, BULK_FORM, **context)
    chosen = dict.fromkeys(sent.numbers(request.form.getlist("chosen")))
    outcomes = [_taken(one, step, form) for one in [*chosen][: reports.PAGE]]
    done = sum(outcome.is_done for outcome in outcomes)
    message = ngettext("%(num)d usulan dilanjutkan", "%(num)d usulan dilanjutkan", done)
    return responses.page(BULK, BULK_FORM, **{**context, "outcomes": outcomes, "message": message})


def _bulk(step: str, chosen: list[str]) -> dict[str, Any]:
    found = next((known for known in NOMINATION.steps if known.name == step and known.bulk), None)
    if found is None or found.facts is None:
        abort(404)
    cases = reports.chosen(access.actor(), sent.numbers(chosen))
    return {"step": step, "cases": cases, "form": facts_form(found.facts)(), "outcomes": [], "message": ""}


def _taken(nomination_id: int, step: str, form: Any) -> Outcome:
    """One row, its own transaction and key; a row that cannot go says why and holds up no other."""
    who, key = access.actor(), f"{form.key.data}:{nomination_id}"
    try:
        nomination = gate.find(who, "nomination.view", Nomination, nomination_id)
        whose = (nomination.household.caretaker_name, nomination.household.area.name)
    except gate.NotFound as error:
        return Outcome(nomination_id, "", "", texts.left_alone(error), False)
    try:
        nomination = gate.perform(who, nomination, step, seen=nomination.version, facts=form.facts(), key=key)
    except (Refused, gate.Forbidden, gate.Stale, gate.KeyReused) as error:
        return Outcome(nomination_id, *whose, texts.left_alone(error), False)
    return Outcome(nomination_id, *whose, str(texts.STATES["nomination"][nomination.state]), True)
