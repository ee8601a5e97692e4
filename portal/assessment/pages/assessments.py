"""The assessment at the door: `/kunjungan/<id>/bagian/<part>` and `/kunjungan/<id>/selesai`.

A walk through the sections of the instrument, fields made from its questions; each is saved on its own, as a draft on the
server, and may be left blank: "belum diketahui" is an answer of the form, and unknown for the rules. The review closes the
draft for good and shows the result in its place.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

from flask import Blueprint, Response, abort, redirect, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from werkzeug.wrappers import Response as AnyResponse
from wtforms import Field
from wtforms.form import BaseForm
from wtforms.validators import StopValidation

from portal.assessment import lists
from portal.assessment.records import assessments
from portal.assessment.records.assessments import FilledSection
from portal.assessment.records.visits import Assessment, Visit
from portal.assessment.rules import answers
from portal.assessment.rules.answers import InvalidAnswer, Typed, Value, is_asked, parse_answer
from portal.assessment.rules.instrument import CURRENT, Asks, Instrument, Question, Section, instrument
from portal.assessment.words import HELP, MISTAKES, OPTIONS, QUESTIONS, SECTION_INTROS
from portal.assessment.words.results import CONTRADICTIONS
from portal.kernel import gate
from portal.kernel.terms import EvidenceKind, VisitOutcome
from portal.web import access, responses, texts
from portal.web.fields import ChoiceField, EvidenceField, RadioField, TicksField, TypedField
from portal.web.forms import Form
from portal.web.responses import submit
from portal.web.steps import RADIO_UP_TO

PHOTOS = 3
_PICTURED = frozenset({Section.WORK, Section.INCOME, Section.HOUSING})
"""Sections in which there is something to photograph; never the talk, never an illness."""

SLUGS = {
    Section.WORK: "pekerjaan",
    Section.INCOME: "penghasilan",
    Section.SPENDING: "pengeluaran",
    Section.SAVINGS: "simpanan",
    Section.HOUSING: "rumah",
    Section.CHILDREN: "sekolah",
    Section.SUPPORT: "bantuan",
    Section.CAUTIONS: "perhatian",
    Section.CONVERSATION: "percakapan",
}
FIRST = SLUGS[Section.WORK]

_NOT_ASKED = ("", _l("Belum diketahui"))


class AmountField(TypedField):
    """Money or a number as the question wants it; shows again what was typed."""

    def __init__(self, label: LazyString | None = None, *, question: Question, **options: object) -> None:
        super().__init__(label, **options)
        self.question = question
        self.input_mode = "decimal" if question.asks is Asks.MONEY else "numeric"

    def read(self, text: str) -> Value | None:
        try:
            return parse_answer(self.question, text)
        except InvalidAnswer as mistake:
            raise ValueError(str(MISTAKES[mistake.code])) from mistake

    def write(self, value: int) -> str:
        return texts.number(value)


class OptionsField(TicksField):
    """Several options; "tidak ada" stands alone."""

    def __init__(self, label: LazyString | None = None, *, question: Question, **options: Any) -> None:
        super().__init__(label, **options)
        self.question = question

    def pre_validate(self, form: BaseForm) -> None:
        super().pre_validate(form)
        try:
            parse_answer(self.question, self.data)
        except InvalidAnswer as mistake:
            raise StopValidation(str(MISTAKES[mistake.code])) from mistake


@dataclass(frozen=True)
class SectionProgress:
    """A section on the way: how much of what it asks is answered."""

    section: Section
    slug: str
    number: int
    answered: int
    asked: int

    @property
    def is_complete(self) -> bool:
        return self.answered >= self.asked


class SectionForm(Form):
    """One section; `seen` is the version of the draft, 0 before there is one."""

    section: Section
    made_with: Instrument

    def filled(self) -> FilledSection:
        """What to store and what is unknown; call it after validate()."""
        typed = Typed.of({question.key: self[question.key].data for question in self.made_with.section(self.section)})
        return FilledSection(self.section, typed, self.seen.data or 0, tuple(self["photos"].data) if "photos" in self else ())

    def take(self, error: Exception) -> None:
        """Both values of a stale answer as people read them."""
        if isinstance(error, gate.Stale):
            for key, (theirs, yours) in error.fields.items():
                error.fields[key] = (answer_told(key, theirs, self.made_with), answer_told(key, yours, self.made_with))
        super().take(error)


def stored_form(draft: Assessment | None, section: Section) -> SectionForm:
    """The form as the draft has it, with a key of its own, whatever the request has sent."""
    seen, kept = draft.version if draft else 0, assessments.values_of(draft)
    return _form_class(version_of(draft), section)(formdata=None, data=kept, seen=seen)


@cache
def _form_class(version: int, section: Section) -> type[SectionForm]:
    made_with = instrument(version)
    made: dict[str, Field] = {question.key: _field(question) for question in made_with.section(section)}
    if section in _PICTURED:
        made["photos"] = EvidenceField(_l("Foto"), kind=EvidenceKind.VISIT_PHOTO, most=PHOTOS)
    return type(f"{section.title()}Form", (SectionForm,), {"section": section, "made_with": made_with, **made})


def _field(question: Question) -> Field:
    label = QUESTIONS[question.key]
    if question.asks in (Asks.MONEY, Asks.NUMBER):
        return AmountField(label, question=question)
    options = [(name, OPTIONS[question.key][name]) for name in question.options]
    if question.asks is Asks.MULTI:
        return OptionsField(label, question=question, choices=options)
    if len(options) <= RADIO_UP_TO:
        return RadioField(label, choices=[*options, _NOT_ASKED])
    return ChoiceField(label, choices=[_NOT_ASKED, *options])


def answer_told(key: str, value: Value | None, made_with: Instrument) -> str:
    """An answer in words, as it was given."""
    question = made_with.questions[key]
    if value is None:
        return str(_NOT_ASKED[1])
    if question.asks in (Asks.CHOICE, Asks.MULTI):
        chosen = value if isinstance(value, tuple) else (str(value),)
        return ", ".join(str(OPTIONS[key][name]) for name in chosen)
    return (texts.rupiah if question.asks is Asks.MONEY else texts.number)(int(str(value)))


def version_of(draft: Assessment | None) -> int:
    """Of the instrument that this draft is made with; a new one takes the current."""
    return draft.instrument_version if draft else CURRENT.version


def parts(draft: Assessment | None) -> list[SectionProgress]:
    made_with, values = instrument(version_of(draft)), assessments.values_of(draft)
    found = []
    for number, (section, slug) in enumerate(SLUGS.items(), 1):
        asked = [question for question in made_with.section(section) if is_asked(question, values)]
        found.append(SectionProgress(section, slug, number, sum(question.key in values for question in asked), len(asked)))
    return found


bp = Blueprint("assessments", __name__)

SECTION, SECTION_PART = "assessment/section.html", "assessment/_section.html"
REVIEW, REVIEW_PART = "assessment/review.html", "assessment/_review.html"
RESULT = "assessment/_result.html"


def standing(visit: Visit) -> dict[str, Any]:
    """How far the assessment of a visit has come, for `assessment/_result.html`."""
    assessment = assessments.of_visit(visit.id)
    return {
        "visit": visit,
        "assessment": assessment,
        "readiness": lists.readiness_of(assessment) if assessment else None,
        "parts": parts(assessment),
        "answered": _answered(assessment),
        "may_record": gate.can(access.actor(), "visit.record", visit),
    }


# --- the walk through the sections ---------------------------------------------------------------------------------


@bp.get("/kunjungan/<int:id>/bagian/<slug>")
@access.opens(Visit, "visit.record")
def section(visit: Visit, slug: str) -> AnyResponse:
    chosen, draft = _section(slug), assessments.of_visit(visit.id)
    if not _is_open(visit, draft):
        return redirect(url_for("visits.show", id=visit.id), 303)
    return responses.page(SECTION, SECTION_PART, **_walk(visit, chosen, draft))


@bp.post("/kunjungan/<int:id>/bagian/<slug>")
@access.opens(Visit, "visit.record")
def save_section(visit: Visit, slug: str) -> Response:
    chosen, draft = _section(slug), assessments.of_visit(visit.id)
    form = _form_class(version_of(draft), chosen)()
    return submit(
        form, SECTION, SECTION_PART,
        act=lambda: assessments.save_section(access.actor(), visit, form.filled(), key=form.key.data),
        done=lambda saved: _onward(visit, chosen, saved),
        shown=lambda: _walk(visit, chosen, _by_now(visit, form), form=form),
    )  # fmt: skip


def _by_now(visit: Visit, form: Form) -> Assessment | None:
    """The draft as it has become, whose version the form is told."""
    form.row = draft = assessments.of_visit(visit.id)
    return draft


def _onward(visit: Visit, section: Section, draft: Assessment) -> Response:
    """To the next section, or to the review after the last one."""
    following, message = _after(section), texts.label(section)
    if following is None:
        return responses.done(url_for(".review", id=visit.id), message, REVIEW_PART, **_reviewed(visit, draft))
    url = url_for(".section", id=visit.id, slug=SLUGS[following])
    return responses.done(url, message, SECTION_PART, **_walk(visit, following, draft))


def _is_open(visit: Visit, draft: Assessment | None) -> bool:
    return visit.outcome is VisitOutcome.MET and (draft is None or draft.finished_at is None)


def _section(slug: str) -> Section:
    found = next((section for section, known in SLUGS.items() if known == slug), None)
    return found or abort(404)


def _after(section: Section) -> Section | None:
    return dict(pairwise(Section)).get(section)


def _walk(visit: Visit, section: Section, draft: Assessment | None, form: Form | None = None) -> dict[str, Any]:
    """What a section shows; `form` is what was sent and came back, else the draft is shown."""
    version, following = version_of(draft), _after(section)
    return {
        "visit": visit,
        "section": section,
        "intro": SECTION_INTROS[section],
        "form": form or stored_form(draft, section),
        "action": url_for(".save_section", id=visit.id, slug=SLUGS[section]),
        "parts": parts(draft),
        "helps": _helps(instrument(version), section, assessments.last_time(visit)),
        "following": url_for(".section", id=visit.id, slug=SLUGS[following]) if following else url_for(".review", id=visit.id),
    }


def _helps(made_with: Instrument, section: Section, before: Assessment | None) -> dict[str, str]:
    """Beside each question: how it is meant, and what was answered last time."""
    last, said = assessments.values_of(before), {}
    for question in made_with.section(section):
        told = [str(HELP[question.key])] if question.key in HELP else []
        if before and question.key in last:
            value = answer_told(question.key, last[question.key], made_with)
            told.append(_("Terakhir, %(day)s: %(value)s.", day=texts.day(before.assessed_on), value=value))
        said[question.key] = " ".join(told)
    return said


# --- the review and the result -------------------------------------------------------------------------------------


@bp.get("/kunjungan/<int:id>/selesai")
@access.opens(Visit, "visit.record")
def review(visit: Visit) -> AnyResponse:
    draft = assessments.of_visit(visit.id)
    if not _is_open(visit, draft):
        return redirect(url_for("visits.show", id=visit.id), 303)
    return responses.page(REVIEW, REVIEW_PART, **_reviewed(visit, draft))


@bp.post("/kunjungan/<int:id>/selesai")
@access.opens(Visit, "visit.record")
def finish(visit: Visit) -> Response:
    form, url = Form(), url_for("visits.show", id=visit.id)
    return submit(
        form, REVIEW, REVIEW_PART,
        act=lambda: assessments.finish(access.actor(), visit, seen=form.seen.data or 0, key=form.key.data),
        done=lambda _finished: responses.done(url, _("Penilaian selesai"), RESULT, **standing(visit)),
        shown=lambda: _reviewed(visit, _by_now(visit, form), form=form),
    )  # fmt: skip


def _reviewed(visit: Visit, draft: Assessment | None, form: Form | None = None) -> dict[str, Any]:
    """What is still unknown, and what contradicts itself, before the draft is closed."""
    values, made_with = assessments.values_of(draft), instrument(version_of(draft))
    open_questions = [
        (QUESTIONS[question.key], SLUGS[question.section])
        for question in made_with.questions.values()
        if question.key not in values and answers.is_asked(question, values)
    ]
    clashes = answers.contradictions(values, visit.household.member_count or None)
    return {
        "visit": visit,
        "form": form or Form(formdata=None, seen=draft.version if draft else 0),
        "parts": parts(draft),
        "open_questions": open_questions,
        "clashes": [(CONTRADICTIONS[clash.code], SLUGS[made_with.questions[clash.keys[0]].section]) for clash in clashes],
        "is_empty": not values,
    }


def _answered(assessment: Assessment | None) -> list[tuple[Section, list[tuple[str, str]]]]:
    """A finished assessment as question and answer, by section."""
    if assessment is None or assessment.finished_at is None:
        return []
    made_with, given = instrument(assessment.instrument_version), assessments.values_of(assessment)
    return [(section, _told(made_with, section, given)) for section in SLUGS]


def _told(made_with: Instrument, section: Section, given: Mapping[str, Value]) -> list[tuple[str, str]]:
    keys = [question.key for question in made_with.section(section)]
    return [(str(QUESTIONS[key]), answer_told(key, given.get(key), made_with)) for key in keys]
