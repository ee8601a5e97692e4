"""`/graduasi/<id>`: one case with everything it stands on, its decision, the statement on paper; and how a case begins."""

from flask import Response, abort, url_for
from flask.blueprints import BlueprintSetupState
from flask_babel import force_locale
from flask_babel import gettext as _

from portal.family.records.models import Household
from portal.graduation.lists import GraduationFilter
from portal.graduation.pages import shown
from portal.graduation.pages.queue import area, bp, tabs
from portal.graduation.records import dossiers, graduations
from portal.graduation.records.models import Graduation
from portal.graduation.rules.flow import ExitChoice, WayOut
from portal.kernel import policy, settings
from portal.kernel.terms import Refused
from portal.kernel.workflow import Step
from portal.web import access, responses, steps, texts
from portal.web.facts_form import FactsForm, facts_form
from portal.web.forms import Form
from portal.web.submit import submit

CASE, CASE_PART, DECIDE_PART = "graduation/show.html", "graduation/_case.html", "graduation/_decide.html"
START, START_PART = "graduation/start.html", "graduation/_start.html"
__all__ = ["bp"]


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
    following = shown.next_case(access.actor(), case, here)
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
    form = facts_form(ExitChoice)(data={"exit_type": WayOut.INDEPENDENT})
    return responses.page(START, START_PART, form=form, household=household)


@access.opens(Household, "graduation.prepare")
def open_case(household: Household) -> Response:
    form = facts_form(ExitChoice)()
    return submit(
        form, START, START_PART, shown=lambda: {"household": household},
        act=lambda: graduations.open_case(access.actor(), household, form.exit_type.data, key=form.key.data),
        done=lambda case: responses.done(url_for(".show", id=case.id), _("Graduasi dimulai"), number=case.id),
    )  # fmt: skip


@bp.record
def _on_the_family(state: BlueprintSetupState) -> None:
    """These two stand under the family's address, outside the blueprint's own."""
    rule = "/keluarga/<int:id>/graduasi"
    state.app.add_url_rule(rule, "graduations.start", start)
    state.app.add_url_rule(rule, "graduations.open_case", open_case, methods=["POST"])
