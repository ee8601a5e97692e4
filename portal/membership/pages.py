"""`/kepesertaan`: changes of membership that files, dates and people propose; supervisors confirm them, also in bulk."""

from collections.abc import Callable, Sequence

from flask import Blueprint, Response, abort, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from wtforms import StringField
from wtforms.validators import Length

from portal.evidence import records
from portal.family.records.models import Household
from portal.kernel import gate, policy, typed
from portal.kernel.gate import Outcome
from portal.kernel.terms import Refused
from portal.membership import lists, words
from portal.membership.lists import ProposalFilter, ProposalRow
from portal.membership.records import proposals, suggestions
from portal.membership.records.proposals import Hand, MembershipProposal
from portal.membership.rules import MEMBERSHIP
from portal.web import access, labels, responses, texts
from portal.web.forms import Form
from portal.web.responses import submit
from portal.web.steps import FactsForm, facts_form

bp = Blueprint("membership", __name__, url_prefix="/kepesertaan")

INDEX, LIST = "membership/index.html", "membership/_list.html"
PROPOSE, PROPOSE_FORM = "membership/propose.html", "membership/_propose.html"


class DecisionForm(Form):
    """Chosen proposals, a verb, and for a dismissal its reason."""

    reason = StringField(_l("Alasan bila tidak disetujui"), [Length(max=500)])


@bp.get("")
@access.lists("household.view")
def index() -> Response:
    return responses.page(INDEX, LIST, **_queue(DecisionForm()))


@bp.post("/putuskan")
@access.signed_in("membership.decide")
def decide() -> Response:
    verb, form = request.form.get("verb"), DecisionForm()
    if verb not in ("confirm", "dismiss"):
        abort(400)
    chosen = typed.numbers(request.form.getlist("chosen"))[: lists.PAGE]
    take = _confirm if verb == "confirm" else _dismiss
    return submit(
        form, INDEX, LIST,
        act=lambda: gate.one_by_one(chosen, take(form), _looked_at),
        done=lambda outcomes: responses.page(
            INDEX, LIST, **_queue(DecisionForm(formdata=None)), **_became(outcomes)),
        shown=lambda: _queue(form, chosen=chosen),
    )  # fmt: skip


def _confirm(form: DecisionForm) -> Callable[[int], MembershipProposal]:
    who = access.actor()
    return lambda one: proposals.confirm(who, _to_decide(one), key=f"{form.key.data}:{one}")


def _dismiss(form: DecisionForm) -> Callable[[int], MembershipProposal]:
    """Raises Refused("reason_needed")."""
    who, reason = access.actor(), (form.reason.data or "").strip()
    if not reason:
        raise Refused("reason_needed")
    return lambda one: proposals.dismiss(who, _to_decide(one), reason=reason, key=f"{form.key.data}:{one}")


def _to_decide(proposal_id: int) -> MembershipProposal:
    return gate.find(access.actor(), "membership.decide", MembershipProposal, proposal_id)


def _looked_at(proposal_id: int) -> MembershipProposal:
    return gate.find(access.actor(), "household.view", MembershipProposal, proposal_id)


def _became(outcomes: Sequence[Outcome]) -> dict[str, object]:
    """What became of each: how it was decided, or why it was left alone."""
    own = lists.own_hands(access.actor(), [one.row for one in outcomes if one.error and one.row])
    done = sum(one.error is None for one in outcomes)
    return {
        "outcomes": [(one, _told(one, own.get(one.id))) for one in outcomes],
        "message": ngettext("%(num)d perubahan diputuskan", "%(num)d perubahan diputuskan", done),
    }


def _told(one: Outcome, own: Hand | None) -> str:
    if one.error:
        return str(words.OWN[own]) if own else texts.left_alone(one.error)
    return _("Disetujui") if one.row and one.row.state == "confirmed" else _("Tidak disetujui")


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
    found = propose(access.actor(), key=responses.pressed())
    message = ngettext("%(num)d keluarga diusulkan", "%(num)d keluarga diusulkan", found) if found else _("Tidak ada yang baru")
    return responses.done(url_for(".index", step=step), message)


@bp.get("/<int:id>")
@access.opens(MembershipProposal, "household.view")
def show(proposal: MembershipProposal) -> Response:
    who = access.actor()
    return responses.page(
        "membership/show.html", row=lists.one(who, proposal.id), facts=words.facts(proposal), form=DecisionForm(),
        causes=words.CAUSES, own=words.OWN, scans=records.of_subject(who, proposal, proposal.household),
        may_decide=gate.can(who, "membership.decide", proposal),
    )  # fmt: skip


@bp.route("/keluarga/<int:id>/<step>", methods=["GET", "POST"])
@access.opens(Household, "membership.propose")
def propose(household: Household, step: str) -> Response:
    form = _proposal_form(step)
    return submit(
        form, PROPOSE, PROPOSE_FORM,
        act=lambda: proposals.propose(access.actor(), household, step, facts=form.facts(), key=form.key.data),
        done=lambda made: responses.done(url_for(".show", id=made.id), _("Diusulkan. Supervisor lain yang memutuskan.")),
        shown=lambda: _proposing(household, step),
    )  # fmt: skip


@bp.post("/keluarga/<int:id>/anggota-dipastikan")
@access.opens(Household, "household.confirm_members")
def confirm_members(household: Household) -> Response:
    proposals.confirm_members(access.actor(), household, key=responses.pressed())
    return responses.done(url_for("households.show", id=household.id), _("Anggota keluarga dipastikan hari ini"))


def _queue(form: DecisionForm, *, chosen: list[int] | None = None) -> dict[str, object]:
    who, wanted = access.actor(), ProposalFilter.read(request.values)
    page, kept = lists.queue(who, wanted), wanted.words()
    return {
        "page": page, "wanted": wanted, "kept": kept, "form": form,
        "ticked": _ticked(page.rows, wanted) if chosen is None else chosen,
        "following": url_for(".index", **kept, after=page.following) if page.following else None,
        "counts": lists.counts(who, batch=wanted.batch), "causes": words.CAUSES, "grounds_of": words.grounds,
        "own": words.OWN, "may_decide": policy.may(who, "membership.decide"),
    }  # fmt: skip


def _ticked(rows: Sequence[ProposalRow], wanted: ProposalFilter) -> list[int]:
    """Proposals of one kind, or of one file, are decided together; a mixture is picked one by one."""
    return [row.proposal.id for row in rows if wanted.step or wanted.batch]


def _proposal_form(step: str) -> FactsForm:
    kind = MEMBERSHIP.step(step).facts if step in proposals.PROPOSABLE else None
    return facts_form(kind)() if kind else abort(404)


def _proposing(household: Household, step: str) -> dict[str, object]:
    offer = gate.offer_of(access.actor(), household, MEMBERSHIP.step(step))
    return {
        "household": household,
        "step": step,
        "action": url_for(".propose", id=household.id, step=step),
        "from_here": offer.from_here,
        "checklist": [(labels.NEEDS[need], need not in offer.missing, *_mended(household, need)) for need in offer.step.needs],
    }


def _mended(household: Household, need: str) -> tuple[str, str]:
    """Where what is missing for a change is mended, and what it is in detail."""
    address = url_for("households.show", id=household.id, _anchor="members")
    if need != "no_component_left":
        return address, ""
    return address, words.still_there(lists.still_there(household, texts.today()))
