"""Any step of any workflow: its form and its POST, from the flow of its slice. A new step needs no view: `steps.serve(bp,
Graduation, "graduation.view")`.

The form is made from a frozen dataclass of facts (kernel/workflow.py), one field per attribute, nothing to write twice.
Types: str, int, date, bool, StrEnum, tuple[str, ...] (a line each), tuple[int, ...] with widget "evidence"; `X | None` or a
default makes it optional. Metadata: `label` (code in labels.FACTS, else the name), `widget` ("textarea", "radio",
"evidence", or the name of a choice given when the form is made), `max` characters, `minimum`, `unit` "rupiah", `future` for
dates.
"""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from flask import Blueprint, Response, abort, url_for
from flask_babel.speaklater import LazyString
from wtforms import BooleanField, Field
from wtforms.validators import InputRequired, Length, NumberRange
from wtforms.validators import Optional as MayBeEmpty

from portal.kernel import gate, kinds, workflow
from portal.kernel.kinds import CaseRow, Stated
from portal.web import access, fields, labels, responses, texts
from portal.web.forms import Form
from portal.web.responses import submit

RADIO_UP_TO = 4
MOST_COUNTED = 9_999
"""People at a meeting, in a house: more is a slip of the finger. Money has bounds of its own (kernel/typed.py)."""

Choices = Sequence[tuple[object, object]]


class FactsForm(Form):
    """A step's form. `choices={"facilitator": [(id, name), …]}` fills the pickers that the dataclass names as widgets."""

    kind: type

    def __init__(self, *args: object, choices: Mapping[str, Choices] | None = None, **values: Any) -> None:
        super().__init__(*args, **values)
        for name, options in (choices or {}).items():
            if name in self:
                self[name].choices = [("", texts.UNKNOWN), *options]

    def facts(self) -> object:
        """The dataclass as filled in; call it after validate()."""
        return self.kind(**{name: value for name, value in self.changes().items() if value is not None})


@cache
def facts_form(kind: type) -> type[FactsForm]:
    """The form class for a dataclass. Raises KeyError for a field without a label, TypeError for a type it cannot ask."""
    hints = get_type_hints(kind)
    made = {attribute.name: _field(attribute, hints[attribute.name]) for attribute in dataclasses.fields(kind)}
    for name, unbound in made.items():
        unbound.kwargs["description"] = labels.HELPS.get(name, "")
    return type(f"{kind.__name__}Form", (FactsForm,), {"kind": kind, **made})


@dataclass(frozen=True)
class _Question:
    """One attribute as a form asks it: `kind` is its type without None."""

    label: LazyString
    kind: Any
    needed: bool
    metadata: Mapping[str, Any]

    @property
    def required(self) -> list[fields.Chosen | MayBeEmpty]:
        return [fields.Chosen()] if self.needed else [MayBeEmpty()]


def _field(attribute: "dataclasses.Field[Any]", hint: object) -> Any:
    kind, is_optional = _without_none(hint)
    label = labels.FACTS[attribute.metadata.get("label", attribute.name)]
    needed = attribute.default is MISSING and attribute.default_factory is MISSING and not is_optional
    return _made(_Question(label, kind, needed, attribute.metadata))


def _without_none(hint: object) -> tuple[object, bool]:
    if get_origin(hint) not in (Union, UnionType):
        return hint, False
    inner = [part for part in get_args(hint) if part is not NoneType]
    return inner[0], len(inner) < len(get_args(hint))


def _made(asked: _Question) -> Field:
    if asked.metadata.get("widget") == "evidence":
        return _evidence(asked)
    if asked.kind is int and "widget" in asked.metadata:
        return fields.ChoiceField(asked.label, asked.required, to=int, choices=[])
    if get_origin(asked.kind) is tuple:
        return fields.LinesField(asked.label, asked.required)
    if asked.kind is bool:
        return BooleanField(asked.label)
    if isinstance(asked.kind, type) and issubclass(asked.kind, StrEnum):
        return _choice(asked)
    simple: dict[object, Callable[[_Question], Field]] = {str: _text, date: _date, int: _number}
    if asked.kind not in simple:
        raise TypeError(f"no form field for {asked.kind!r}")
    return simple[asked.kind](asked)


def _evidence(asked: _Question) -> Field:
    required = [fields.Chosen()] if asked.metadata.get("required", asked.needed) else []
    return fields.EvidenceField(asked.label, required, kind=asked.metadata["kind"], most=asked.metadata.get("most", 1))


def _choice(asked: _Question) -> Field:
    if len(asked.kind) <= RADIO_UP_TO:
        return fields.RadioField(asked.label, asked.required, to=asked.kind)
    return fields.ChoiceField(asked.label, asked.required, to=asked.kind, unknown=True)


def _text(asked: _Question) -> Field:
    longest = [Length(max=asked.metadata["max"])] if "max" in asked.metadata else []
    maker = fields.TrimmedText if asked.metadata.get("widget") == "textarea" else fields.TrimmedString
    return maker(asked.label, [*asked.required, *longest])


def _date(asked: _Question) -> Field:
    when = fields.After() if asked.metadata.get("future") else fields.NotAfter()
    return fields.DateField(asked.label, [*asked.required, when])


def _number(asked: _Question) -> Field:
    if asked.metadata.get("unit") == "rupiah":
        return fields.RupiahField(asked.label, asked.required)
    bounds = [NumberRange(min=asked.metadata.get("minimum", 0)), NumberRange(max=MOST_COUNTED)]
    return fields.WholeField(asked.label, [InputRequired() if asked.needed else MayBeEmpty(), *bounds])


PAGE, FRAGMENT = "web/step.html", "web/_step.html"


@dataclass(frozen=True)
class Served:
    """How one capability shows its cases. `choices(case, step)` fills pickers; `values(case, step)` pre-fills a form;
    `answer(case, step, message)` may answer a taken step in its own way (a queue brings the next case); `asked` (step -> place)
    names the steps that are asked for elsewhere than on a page of their own."""

    endpoint: str
    asked: Mapping[str, "Asked"] = dataclasses.field(default_factory=dict)
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
    guard, rule = access.opens(model, view_action), "/<int:id>/langkah/<step>"
    bp.add_url_rule(rule, "step", guard(lambda case, step: _show(case, step, served)))
    bp.add_url_rule(rule, "take", guard(lambda case, step: _take(case, step, served)), methods=["POST"])


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
    message = str(labels.STATES[case.flow_name][case.state])
    if served.answer:
        return served.answer(case, step, message)
    return responses.done(url_for(served.endpoint, id=case.id), message)


def bulk_form(flow: workflow.Flow, step: str, **values: Any) -> FactsForm:
    """The form of a step that many cases take at once; 404 for any other."""
    facts = [known.facts for known in flow.steps if known.name == step and known.bulk and known.facts]
    return facts_form(facts[0])(**values) if facts else abort(404)


def outcomes(flow: str, found: Sequence[gate.Outcome[Any]]) -> list[tuple[gate.Outcome[Any], str]]:
    """Each with the state that its case reached, or why it was left alone."""
    return [(one, texts.left_alone(one.error) if one.error else texts.label(one.row and one.row.state, flow)) for one in found]


def facts_of(flow: str, said: Stated) -> list[tuple[object, object]]:
    """What a step stated, as label and value; without the scans, which are shown as pictures."""
    kind = kinds.flow(flow).step(said.step).facts
    spoken = [one for one in (dataclasses.fields(kind) if kind else ()) if one.metadata.get("widget") in (None, "textarea")]
    told = [(one, said.facts.get(one.name)) for one in spoken]
    return [(labels.FACTS[one.name], _plain(one, value)) for one, value in told if value not in (None, "", [])]


def _plain(field: Any, value: Any) -> object:
    if field.metadata.get("unit") == "rupiah":
        return texts.rupiah(value)
    if isinstance(value, list):
        return "".join(f"\n• {one}" for one in value) if len(value) > 1 else value[0]
    if isinstance(value, bool):
        return texts.yes_or_no(value)
    return texts.day(date.fromisoformat(value)) if field.name.endswith("_on") else value


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
