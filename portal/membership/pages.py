"""`/kepesertaan`: changes of membership that files, dates and people propose; supervisors confirm them, also in bulk."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from flask import Blueprint, Response, abort, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from wtforms import StringField
from wtforms.validators import Length

from portal.evidence.records import files
from portal.family import words
from portal.family.records.models import Household
from portal.kernel import gate, policy, sent
from portal.kernel.terms import Refused
from portal.membership import lists as reports
from portal.membership.records import proposals, suggestions
from portal.membership.records.models import Hand, MembershipProposal
from portal.membership.rules import MEMBERSHIP, IneligibleBecause
from portal.web import access, responses, texts
from portal.web.facts_form import facts_form
from portal.web.fields import Form

bp = Blueprint("membership", __name__, url_prefix="/kepesertaan")

CAUSES = {
    "person": _l("Diusulkan orang"),
    "decile": _l("Desil naik"),
    "first_payment": _l("Pembayaran pertama"),
    "unpaid": _l("Tidak dibayar"),
    "no_component": _l("Tidak ada komponen"),
}


OWN = {
    Hand.PROPOSED: _l("Anda yang mengusulkan; supervisor lain yang memutuskan."),
    Hand.PROVED: _l("Anda yang melampirkan buktinya; supervisor lain yang memutuskan."),
    Hand.BROUGHT: _l("Berasal dari berkas yang Anda unggah atau terapkan; supervisor lain yang memutuskan."),
    Hand.CONFIRMED: _l("Anda yang memastikan anggotanya; supervisor lain yang memutuskan."),
}
"""Why a proposal is not for this person to decide."""

_GROUNDS = {
    "person": ("because", "reason"),
    "decile": ("decile", "period", "suspend_from"),
    "first_payment": ("amount", "period"),
    "unpaid": ("stages", "reason"),
}


class DecisionForm(Form):
    """Chosen proposals, a verb, and for a dismissal its reason."""

    reason = StringField(_l("Alasan bila tidak disetujui"), [Length(max=500)])


@dataclass(frozen=True)
class Outcome:
    """What became of one chosen row; `row` None when it has gone out of sight."""

    row: reports.ProposalRow | None
    text: str
    is_done: bool


@bp.get("")
@access.lists("household.view")
def index() -> Response:
    return responses.page("membership/index.html", "membership/_list.html", **_queue(_wanted(), DecisionForm()))


@bp.post("/putuskan")
@access.signed_in("membership.decide")
def decide() -> Response:
    form, wanted = DecisionForm(), _wanted()
    chosen = sent.numbers(request.form.getlist("chosen"))[: reports.PAGE]
    verb = request.form.get("verb")
    if verb not in ("confirm", "dismiss"):
        abort(400)
    is_whole, problem = form.validate(), _what_is_wrong(form, chosen, verb)
    if problem:
        form.take(problem)
    if problem or not is_whole:
        return responses.invalid("membership/index.html", "membership/_list.html", **_queue(wanted, form, chosen=chosen))
    outcomes = [_outcome(proposal_id, verb, form) for proposal_id in dict.fromkeys(chosen)]
    context = _queue(wanted, DecisionForm(formdata=None), outcomes=outcomes)
    return responses.page("membership/index.html", "membership/_list.html", **context)


@bp.post("/tanpa-komponen")
@access.signed_in("membership.decide")
def find_without_component() -> Response:
    """The portal proposes natural graduation where the last component has ended."""
    return _looked_for(suggestions.propose_where_nothing_is_left, "exit_natural")


@bp.post("/tidak-dibayar")
@access.signed_in("membership.decide")
def find_unpaid() -> Response:
    """The portal proposes suspension where the last rosters leave a family out."""
    return _looked_for(suggestions.propose_where_unpaid, "suspend")


def _looked_for(propose: Callable[..., int], step: str) -> Response:
    form = Form()
    if not form.validate():
        abort(400)
    found = propose(access.actor(), key=form.key.data)
    message = ngettext("%(num)d keluarga diusulkan", "%(num)d keluarga diusulkan", found) if found else _("Tidak ada yang baru")
    return responses.done(url_for(".index", step=step), message)


@bp.get("/<int:id>")
@access.opens(MembershipProposal, "household.view")
def show(proposal: MembershipProposal) -> Response:
    row = reports.one(access.actor(), proposal.id)
    scans = files.of_subject(access.actor(), proposal, proposal.household)
    may_decide = gate.can(access.actor(), "membership.decide", proposal)
    return responses.page(
        "membership/show.html",
        row=row,
        facts=_facts(row),
        form=DecisionForm(),
        causes=CAUSES,
        own=OWN,
        scans=scans,
        may_decide=may_decide,
    )


@bp.get("/keluarga/<int:id>/<step>")
@access.opens(Household, "membership.propose")
def propose(household: Household, step: str) -> Response:
    return responses.page("membership/propose.html", "membership/_propose.html", **_proposing(household, step))


@bp.post("/keluarga/<int:id>/<step>")
@access.opens(Household, "membership.propose")
def save(household: Household, step: str) -> Response:
    context = _proposing(household, step)
    form = context["form"]
    if not form.validate():
        return responses.invalid("membership/propose.html", "membership/_propose.html", **context)
    try:
        proposal = proposals.propose(access.actor(), household, step, facts=form.facts(), key=form.key.data)
    except (Refused, gate.KeyReused) as error:
        return responses.problem(error, "membership/propose.html", "membership/_propose.html", **context)
    return responses.done(url_for(".show", id=proposal.id), _("Diusulkan. Supervisor lain yang memutuskan."))


@bp.post("/keluarga/<int:id>/anggota-dipastikan")
@access.opens(Household, "household.confirm_members")
def confirm_members(household: Household) -> Response:
    form = Form()
    if not form.validate():
        abort(400)
    proposals.confirm_members(access.actor(), household, key=form.key.data)
    return responses.done(url_for("households.show", id=household.id), _("Anggota keluarga dipastikan hari ini"))


def _what_is_wrong(form: DecisionForm, chosen: list[int], verb: str) -> Refused | None:
    if not chosen:
        return Refused("nothing_chosen")
    if verb == "dismiss" and not (form.reason.data or "").strip():
        return Refused("reason_needed")
    return None


def _outcome(proposal_id: int, verb: str, form: DecisionForm) -> Outcome:
    """One row of a bulk decision; each is its own transaction, with its own key."""
    who, key = access.actor(), f"{form.key.data}:{proposal_id}"
    try:
        proposal = gate.find(who, "membership.decide", MembershipProposal, proposal_id)
        if verb == "confirm":
            proposals.confirm(who, proposal, key=key)
        else:
            proposals.dismiss(who, proposal, reason=form.reason.data.strip(), key=key)
    except (Refused, gate.KeyReused, gate.NotFound, gate.Forbidden) as error:
        left = _as_it_is(proposal_id, texts.left_alone(error))
        return replace(left, text=str(OWN[left.row.own])) if left.row and left.row.own else left
    return _as_it_is(proposal_id, _("Disetujui") if verb == "confirm" else _("Tidak disetujui"), is_done=True)


def _as_it_is(proposal_id: int, text: str, *, is_done: bool = False) -> Outcome:
    try:
        return Outcome(reports.one(access.actor(), proposal_id), text, is_done)
    except gate.NotFound:
        return Outcome(None, texts.left_alone(gate.NotFound()), is_done)


def _wanted() -> reports.ProposalFilter:
    given = request.values
    return reports.ProposalFilter(
        state="decided" if given.get("state") == "decided" else "open",
        step=given.get("step") if given.get("step") in texts.STEPS["membership"] else None,
        kecamatan=given.get("kecamatan") or None,
        batch=given.get("batch", type=sent.number),
        after=given.get("after", type=sent.number),
    )


def _queue(
    wanted: reports.ProposalFilter,
    form: DecisionForm,
    *,
    outcomes: list[Outcome] | None = None,
    chosen: list[int] | None = None,
) -> dict[str, Any]:
    who = access.actor()
    page = reports.queue(who, wanted)
    kept = {name: value for name, value in vars(wanted).items() if value is not None and name != "after"}
    following = url_for(".index", **kept, after=page.following) if page.following else None
    return {
        "page": page, "wanted": wanted, "kept": kept, "form": form, "outcomes": outcomes or [],
        "ticked": _ticked(page.rows, wanted) if chosen is None else chosen,
        "following": following, "counts": reports.counts(who, batch=wanted.batch), "causes": CAUSES, "grounds_of": _grounds,
        "own": OWN, "message": _message(outcomes or []), "may_decide": policy.may(who, "membership.decide"),
    }  # fmt: skip


def _ticked(rows: Sequence[reports.ProposalRow], wanted: reports.ProposalFilter) -> list[int]:
    """Proposals of one kind, or of one file, are decided together; a mixture is picked one by one."""
    return [row.id for row in rows if wanted.step or wanted.batch]


def _message(outcomes: list[Outcome]) -> str:
    done = sum(outcome.is_done for outcome in outcomes)
    return ngettext("%(num)d perubahan diputuskan", "%(num)d perubahan diputuskan", done) if outcomes else ""


def _facts(row: reports.ProposalRow) -> list[tuple[str, Any]]:
    """What explains a proposal, in words; a file's number and period, or what the person stated."""
    return _told(row, row.facts)


def _told(row: reports.ProposalRow, wanted: Iterable[str]) -> list[tuple[str, Any]]:
    told = {
        "effective_on": _("Berlaku"), "reason": _("Alasan"), "because": _("Sebab"), "decile": _("Desil"),
        "period": _("Periode"), "amount": _("Jumlah"), "stages": _("Tidak ada dalam daftar bayar"),
        "suspend_from": _("Ditangguhkan mulai desil"),
    }  # fmt: skip
    known = [(name, row.facts.get(name)) for name in wanted if name in told]
    return [(told[name], _plain(name, value)) for name, value in known if value not in (None, "")]


def _grounds(row: reports.ProposalRow) -> list[tuple[str, Any]]:
    """What a list says of a proposal: enough to tell it from the next; the rest is on its page."""
    return _told(row, _GROUNDS.get(row.cause, ()))


def _plain(name: str, value: Any) -> Any:
    if name == "amount":
        return texts.rupiah(value)
    if name == "period":
        return texts.period(value)
    if name == "stages":
        return ", ".join(texts.period(stage) for stage in value)
    if name == "effective_on":
        return texts.day(date.fromisoformat(value))
    if name == "because":
        return texts.label(IneligibleBecause(value))
    return value


def _proposing(household: Household, step: str) -> dict[str, Any]:
    if step not in proposals.PROPOSABLE:
        abort(404)
    offer = gate.offer_of(access.actor(), household, MEMBERSHIP.step(step))
    kind = offer.step.facts
    assert kind is not None
    return {
        "household": household,
        "step": step,
        "form": facts_form(kind)(),
        "action": url_for(".save", id=household.id, step=step),
        "from_here": offer.from_here,
        "checklist": [(texts.NEEDS[need], need not in offer.missing, *_mended(household, need)) for need in offer.step.needs],
    }


def _mended(household: Household, need: str) -> tuple[str, str]:
    """Where what is missing for a change is mended, and what it is in detail."""
    address = url_for("households.show", id=household.id, _anchor="members")
    if need != "no_component_left":
        return address, ""
    found = reports.still_there(household, texts.today())
    held = [f"{name}: {texts.label(one.component)} {words.until(one)}" for name, one in found.held]
    return address, "; ".join(
        (*held, *(_("%(name)s: lahir atau sekolahnya belum tercatat", name=name) for name in found.unclear))
    )
