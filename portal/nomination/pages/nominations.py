"""`/usulan`: nominations in their groups, one nomination with what it lacks and what comes next, steps singly and in bulk."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, request, url_for
from flask_babel import ngettext
from flask_babel.speaklater import LazyString
from werkzeug.datastructures import MultiDict

from portal.evidence import records
from portal.family.records.register import stated
from portal.kernel import areas, gate, paging, policy, typed
from portal.kernel.gate import Outcome
from portal.kernel.terms import Reach, Refused
from portal.kernel.workflow import Step
from portal.nomination import lists, words
from portal.nomination.lists import Lookalike, NominationFilter
from portal.nomination.records import effects, nominations
from portal.nomination.records.nominations import Nomination
from portal.nomination.rules import NOMINATION, Assignee, DuplicateOf
from portal.web import access, labels, responses, steps, texts
from portal.web.responses import submit

bp = Blueprint("nominations", __name__, url_prefix="/usulan")

INDEX, LIST, SHOW = "nomination/index.html", "nomination/_list.html", "nomination/show.html"
BULK, BULK_FORM = "nomination/bulk.html", "nomination/_bulk.html"

_FIRST_GROUP = {"nomination.decide": "deciding", "nomination.check": "checking", "nomination.prepare": "preparing"}


@bp.get("")
@access.lists("nomination.view")
def index() -> Response:
    who, wanted = access.actor(), NominationFilter.read(request.args, group=_first_group())
    page = lists.page(who, wanted)
    return responses.page(
        INDEX, LIST, page=page, wanted=wanted, groups=words.GROUPS, counts=lists.counts(who, wanted.area),
        following=url_for(".index", **wanted.words(), setelah=page.following) if page.following else None,
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
        "place": areas.place_names(nomination.household.kelurahan),
        "members": nomination.household.present_members,
        "checklist": _checklist(nomination, offers) if may_edit else [],
        "offers": offers,
        "said": stated(nomination),
        "scans": records.of_subject(who, nomination, nomination.household),
        "may_edit": may_edit,
        "defects": nomination.facts.get("return", {}).get("defects", ()) if nomination.state == "returned" else (),
        "is_own_area": gate.can(who, "household.view", nomination.household),
        "facts_of": steps.facts_of,
    }


def _checklist(nomination: Nomination, offers: tuple[gate.Offer, ...]) -> list[tuple[LazyString, bool, str]]:
    """What handing in needs, met or not, and where each is put right."""
    handing_in = next(offer for offer in offers if offer.step.name in ("submit", "resubmit"))
    return [(labels.NEEDS[need], need not in handing_in.missing, _mend(nomination, need)) for need in handing_in.step.needs]


def _mend(nomination: Nomination, need: str) -> str:
    """Where a missing thing is put right."""
    if need in ("domicile", "valid_numbers"):
        return url_for("nomination_files.domicile", id=nomination.id)
    if need == "stated_reason":
        return url_for("nomination_files.reason", id=nomination.id)
    if need.endswith("_photo"):
        return url_for("nomination_files.photos", id=nomination.id)
    return f"{url_for('.show', id=nomination.id)}#anggota"


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
        return {"household": [(one.id, _recognised(one)) for one in lists.lookalikes(access.actor(), nomination)]}
    return {}


def _recognised(family: Lookalike) -> str:
    where = f"RT {family.rt or texts.UNKNOWN} RW {family.rw or texts.UNKNOWN}"
    return f"{family.name}, {family.kelurahan} {where} ({texts.label(family.membership)})"


steps.serve(bp, Nomination, "nomination.view", choices=_choices)


def _bulk_steps(wanted: NominationFilter) -> tuple[str, ...]:
    """Steps that a supervisor may take for many of this list at once."""
    if not policy.may(access.actor(), "nomination.decide"):
        return ()
    return tuple(step.name for step in NOMINATION.steps if step.bulk and set(step.sources) & set(wanted.states))


@bp.get("/massal/<step>")
@access.signed_in("nomination.decide")
def choose(step: str) -> Response:
    form, cases = steps.bulk_form(NOMINATION, step), lists.chosen(access.actor(), _chosen(request.args))
    return responses.page(BULK, BULK_FORM, form=form, step=step, cases=cases)


@bp.post("/massal/<step>")
@access.signed_in("nomination.decide")
def take_many(step: str) -> Response:
    who, form, chosen = access.actor(), steps.bulk_form(NOMINATION, step), _chosen(request.form)
    cases = lists.chosen(who, chosen)
    if not cases:
        form.take(Refused("nothing_chosen"))
        return responses.invalid(BULK, BULK_FORM, form=form, step=step, cases=cases)
    seen = {**dict.fromkeys(chosen, 0), **{case.id: case.version for case in cases}}
    return submit(
        form, BULK, BULK_FORM,
        act=lambda: gate.perform_many(who, Nomination, step, seen, facts=form.facts(), key=form.key.data),
        done=lambda outcomes: _became(step, outcomes),
        shown=lambda: {"step": step, "cases": cases},
    )  # fmt: skip


def _chosen(given: MultiDict[str, str]) -> list[int]:
    """No more than a page of the list offers."""
    return typed.numbers(given.getlist("chosen"))[: paging.SIZE]


def _became(step: str, outcomes: Sequence[Outcome]) -> Response:
    done = sum(one.error is None for one in outcomes)
    message = ngettext("%(num)d usulan dilanjutkan", "%(num)d usulan dilanjutkan", done)
    return responses.page(BULK, BULK_FORM, step=step, outcomes=steps.outcomes("nomination", outcomes), message=message)
