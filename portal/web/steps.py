"""Any step of any workflow: its form and its POST, from the flow of its slice. A new step needs no view.

steps.serve(bp, Graduation, "graduation.view")
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from flask import Blueprint, Response, abort, url_for

from portal.kernel import gate, kinds, workflow
from portal.kernel.kinds import CaseRow, Stated
from portal.web import access, responses, texts
from portal.web.facts_form import FactsForm, facts_form
from portal.web.forms import Form
from portal.web.submit import submit

PAGE, FRAGMENT = "web/step.html", "web/_step.html"


@dataclass(frozen=True)
class Served:
    """How one capability shows its cases. `choices(case, step)` fills pickers; `values(case, step)` pre-fills a form;
    `answer(case, step, message)` may answer a taken step in its own way (a queue brings the next case); `asked` (step -> place)
    names the steps that are asked for elsewhere than on a page of their own."""

    endpoint: str
    asked: Mapping[str, "Asked"] = field(default_factory=dict)
    choices: Callable[[object, workflow.Step], Mapping[str, Any]] = lambda case, step: {}
    values: Callable[[object, workflow.Step], Mapping[str, object]] = lambda case, step: {}
    answer: Callable[[object, workflow.Step, str], Response] | None = None


@dataclass(frozen=True)
class Asked:
    """Where a step is asked for: a page, its part that holds the forms, and what they show: `shown(case, form, step)`, with
    the form that was sent, if one was. With htmx the answer to a mistake replaces `target`, whatever the form replaces when
    it succeeds."""

    page: str
    fragment: str
    shown: Callable[[Any, Form | None, workflow.Step], Mapping[str, Any]]
    target: str = ""


def serve(bp: Blueprint, model: type, view_action: str, **how: Any) -> None:
    """Add `GET` and `POST /<id>/langkah/<step>` to the capability's blueprint; its own page is `bp.show`."""
    served = Served(endpoint=f"{bp.name}.show", **how)
    guard = access.opens(model, view_action)
    rule = "/<int:id>/langkah/<step>"
    bp.add_url_rule(rule, "step", guard(_named("step", lambda case, step: _show(case, step, served))))
    take = guard(_named("take", lambda case, step: _take(case, step, served)))
    bp.add_url_rule(rule, "take", take, methods=["POST"])


def _named(name: str, view: access.View) -> access.View:
    view.__name__ = name
    return view


def _show(case: CaseRow, step: str, served: Served) -> Response:
    chosen = _known(case, step)
    asked = _asked(chosen, served)
    return responses.page(asked.page, asked.fragment, **asked.shown(case, None, chosen))


def _take(case: CaseRow, step: str, served: Served) -> Response:
    chosen = _known(case, step)
    form, asked = _form(case, chosen, served), _asked(chosen, served)
    facts = form.facts if isinstance(form, FactsForm) else lambda: None
    answer = submit(
        form, asked.page, asked.fragment, shown=lambda: asked.shown(case, form, chosen),
        act=lambda: gate.perform(access.actor(), case, step, seen=form.seen.data or 0, facts=facts(), key=form.key.data),
        done=lambda moved: _answer(moved, chosen, served),
    )  # fmt: skip
    is_beside = asked.target and responses.wants_fragment() and answer.status_code in (409, 422)
    return responses.retarget(answer, asked.target, "outerHTML") if is_beside else answer


def _asked(step: workflow.Step, served: Served) -> Asked:
    own = Asked(PAGE, FRAGMENT, lambda case, typed, step: _context(case, step, typed or _form(case, step, served), served))
    return served.asked.get(step.name, own)


def _answer(case: CaseRow, step: workflow.Step, served: Served) -> Response:
    message = str(texts.STATES[case.flow_name][case.state])
    if served.answer:
        return served.answer(case, step, message)
    return responses.done(url_for(served.endpoint, id=case.id), message)


def facts_of(flow: str, said: Stated) -> list[tuple[object, object]]:
    """What a step stated, as label and value; without the scans, which are shown as pictures."""
    kind = kinds.flow(flow).step(said.step).facts
    spoken = [one for one in (fields(kind) if kind else ()) if one.metadata.get("widget") in (None, "textarea")]
    told = [(one, said.facts.get(one.name)) for one in spoken]
    return [(texts.FACTS[one.name], _plain(one, value)) for one, value in told if value not in (None, "", [])]


def _plain(field: Any, value: Any) -> object:
    if field.metadata.get("unit") == "rupiah":
        return texts.rupiah(value)
    if isinstance(value, list):
        return "".join(f"\n• {one}" for one in value) if len(value) > 1 else value[0]
    if isinstance(value, bool):
        return texts.yes_or_no(value)
    return texts.iso_day(value) if field.name.endswith("_on") else value


def _known(case: CaseRow, step: str) -> workflow.Step:
    found = next((known for known in kinds.flow(case.flow_name).steps if known.name == step and not known.by_effect), None)
    if found is None:
        abort(404)
    if not gate.can(access.actor(), found.action, case):
        abort(403)
    return found


def _form(case: CaseRow, step: workflow.Step, served: Served) -> Form:
    if step.facts is None:
        return Form(obj=case)
    choices = served.choices(case, step)
    ids = step.name if step.name in served.asked else ""
    return facts_form(step.facts)(data=served.values(case, step), seen=case.version, choices=choices, ids=ids)


def _context(case: CaseRow, step: workflow.Step, form: Form, served: Served) -> dict[str, object]:
    """The step as it is offered now; when the case has moved on meanwhile, with what its state says about that."""
    offer = gate.offer_of(access.actor(), case, step)
    return {
        "case": case,
        "offer": offer,
        "form": form,
        "missing": offer.missing,
        "back": url_for(served.endpoint, id=case.id),
        "action": url_for(f"{served.endpoint.partition('.')[0]}.take", id=case.id, step=step.name),
    }
