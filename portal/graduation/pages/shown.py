"""What the page of one case shows: by who looks at it, and by where the case stands."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel.speaklater import LazyString

from portal.assessment.words.results import name_of
from portal.evidence import records
from portal.graduation import lists, words
from portal.graduation.records import dossiers
from portal.graduation.records.dossiers import Graduation
from portal.graduation.rules import GRADUATION, PREPARING, Counselling, Difference, SignedStatement
from portal.kernel import gate
from portal.kernel.history import Event
from portal.kernel.people import Account
from portal.kernel.workflow import STAY, Step
from portal.web import access, labels, texts
from portal.web.steps import FactsForm, facts_form

DECISIONS = ("approve", "return", "reject")
_SHOWN_WITH_VALUES = ("address", "membership", "presence", "registry_match", "decile", "aids", "photographed_on")


def case(actor: Account, row: Graduation, *, forms: Mapping[str, FactsForm], area: str | None) -> dict[str, object]:
    """What the page of one case shows: little to those who may not see its family's visits, the checklist while it is
    prepared, and what was handed in from then on."""
    inspects = gate.can(actor, "visit.view", row)
    checked = lists.checklist(row, texts.today()) if inspects and row.state in _PREPARED else None
    offers = gate.steps_for(actor, row, met=checked.met if checked else None)
    shown: dict[str, object] = {
        "case": row, "household": row.household, "area": area, "history": _history(actor, row), "part": "limited",
        "typed": next(iter(forms.values()), None), **_steps(offers),
    }  # fmt: skip
    if not inspects:
        return shown
    if checked:
        return {**shown, **_preparing(row, offers, checked), "part": "preparing"}
    submitted = dossiers.latest(row)
    if submitted is None:
        return {**shown, "part": "closed"}
    told = {**shown, **_deciding(row, submitted), **_decision_forms(row, offers, forms), "part": "submitted"}
    if told["stale"] and "approve" in told["forms"]:
        _demand_reason(told["forms"]["approve"])
    return told


_ENDING = ("withdraw", "revoke")


def _steps(offers: Sequence[gate.Offer]) -> dict[str, object]:
    """What leads on, what corrects, and what ends the case: three kinds of buttons; decisions have their own forms."""
    others = [offer for offer in offers if offer.step.name not in (*DECISIONS, *_ENDING)]
    return {
        "onward": [offer for offer in others if offer.step.target != STAY],
        "corrections": [offer for offer in others if offer.step.target == STAY],
        "endings": [offer for offer in offers if offer.step.name in _ENDING],
    }


_PREPARED = (*PREPARING, "returned")


def _preparing(row: Graduation, offers: Sequence[gate.Offer], checked: lists.Checklist) -> dict[str, object]:
    offered = {offer.step.name for offer in offers}
    return {
        "checked": checked,
        "checklist": [
            (labels.NEEDS[item.need], item.is_met, _where_mended(item, row, offered), _lacking(item, row))
            for item in checked.items
        ],
        "conversation": dossiers.conversation_of(row),
        "returned": row.facts.get("return") if row.state == "returned" else None,
        "plan": _plan(row) if row.state == "not_yet" else [],
        "may_print": bool(offered & {"sign", "correct_statement", "correct_counselling"}),
    }


def _plan(row: Graduation) -> list[tuple[str, object]]:
    stated = row.facts["find_not_yet"]
    return [(_("Rencana penguatan"), stated["plan"]), (_("Ditinjau lagi"), date.fromisoformat(stated["review_on"]))]


def _lacking(item: lists.NeedShown, row: Graduation) -> str:
    if item.need == "signed_statement" and not item.is_met and dossiers.statement_of(row):
        return str(labels.REFUSALS["statement_before_conversation"])
    names = ", ".join(name_of(key) for key in item.lacking)
    return _("Belum atau sudah lama: %(names)s", names=names) if names else ""


_MENDED_BY = {
    "conversation_note": ("counsel", "counsel_on_own_wish", "correct_counselling"),
    "aid_list": ("counsel", "counsel_on_own_wish", "correct_counselling"),
    "signed_statement": ("sign", "correct_statement"),
    "income_basis": ("add_income_basis",),
}


def _where_mended(item: lists.NeedShown, row: Graduation, offered: set[str]) -> str | None:
    """The page on which a missing thing is added; None when it is there, or its turn has not come."""
    if item.is_met or not offered & {step.name for step in GRADUATION.steps if step.action == "graduation.prepare"}:
        return None
    if item.need not in _MENDED_BY:
        return url_for("visits.new", id=row.household_id)
    step = next((step for step in _MENDED_BY[item.need] if step in offered), None)
    return url_for("graduations.step", id=row.id, step=step) if step else None


def _deciding(row: Graduation, submitted: dossiers.Submitted) -> dict[str, object]:
    snapshot = submitted.snapshot
    stale = dossiers.stale_inputs(submitted, row.household) if row.state == "submitted" else ()
    return {
        "submitted": submitted,
        "snapshot": snapshot,
        "stale": [_difference(one) for one in stale],
        "scans": _scans(row, submitted),
    }


def _scans(row: Graduation, submitted: dossiers.Submitted) -> list[records.StoredFile]:
    """The statement and the proof of income that were handed in, not what a correction had replaced; those one may open."""
    statement, income = submitted.snapshot.statement, submitted.snapshot.income
    wanted = {*(statement.scans if statement else ()), *income.proof}
    return [file for file in records.of_subject(access.actor(), row, row.household) if file.id in wanted]


def _difference(one: Difference) -> tuple[LazyString, object, object]:
    values = (one.then, one.now) if one.name in _SHOWN_WITH_VALUES else (None, None)
    return words.CHANGED[one.name], *values


def _decision_forms(row: Graduation, offers: Sequence[gate.Offer], typed: Mapping[str, FactsForm]) -> dict[str, Any]:
    decisions = [offer for offer in offers if offer.step.name in DECISIONS]
    missing = {need for offer in decisions for need in offer.missing}
    return {"forms": {offer.step.name: typed.get(offer.step.name) or _form(row, offer.step) for offer in decisions},
            "decision_missing": sorted(missing)}  # fmt: skip


def _form(row: Graduation, step: Step) -> FactsForm:
    assert step.facts is not None
    return facts_form(step.facts)(formdata=None, ids=step.name, seen=row.version)


def _demand_reason(approval: FactsForm) -> None:
    """The gate refuses to approve a stale case without one; the form says so beforehand."""
    field = approval["override_reason"]
    field.flags.required = True
    field.label.text = _("Alasan tetap menyetujui, meski data berubah")


# --- history -------------------------------------------------------------------------------------------------------


def _history(actor: Account, row: Graduation) -> list[texts.ToldEntry]:
    """Reasons only for those who may see what they rest on."""
    with_reasons = gate.can(actor, "visit.view", row)
    return [texts.ToldEntry(event.at, who or "", _line_words(event, with_reasons)) for event, who in lists.history(row)]


def _line_words(event: Event, with_reasons: bool) -> str:
    step = labels.STEPS["graduation"].get(event.kind.partition(".")[2]) or _("Graduasi dimulai")
    detail = event.detail or {}
    said = event.reason or "; ".join(detail.get("defects", ())) or detail.get("note") if with_reasons else None
    return f"{step}: {said}" if said else str(step)


# --- what a step's form begins with --------------------------------------------------------------------------------

DATED = {"record": "recorded_on", "take_effect": "effective_on"}
"""Steps that begin with the day of today, in this field."""


def values(row: Graduation, step: Step) -> dict[str, object]:
    """A correction begins with what is there, a first entry with what the portal knows."""
    if step.name in DATED:
        return {DATED[step.name]: texts.today()}
    if step.name == "correct_way_out":
        return {"exit_type": row.exit_type}
    kind = next((kind for kind, names in dossiers.STATED_BY.items() if step.name in names), None)
    said: object = dossiers.said(row, kind) if kind else None
    if said is not None:
        return vars(said)
    if kind is Counselling:
        running = tuple(aid.programme for aid in row.household.aids if aid.until is None)
        return {"held_on": texts.today(), "aid_stops": ("PKH",), "aid_continues": running}
    return {"signed_on": texts.today()} if kind is SignedStatement else {}
