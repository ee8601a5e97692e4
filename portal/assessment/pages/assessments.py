"""The assessment at the door: `/kunjungan/<id>/bagian/<part>` and `/kunjungan/<id>/selesai`.

A walk through the sections of the instrument; each is saved on its own, as a draft on the server, and may be left blank.
The review closes the draft for good and shows the result in its place.
"""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from flask import Blueprint, Response, abort, redirect, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from portal.assessment import lists
from portal.assessment.pages import section_form
from portal.assessment.pages.section_form import SLUGS
from portal.assessment.records import assessments
from portal.assessment.records.models import Assessment, Visit
from portal.assessment.rules import answers, instrument
from portal.assessment.rules.answers import Answer
from portal.assessment.rules.instrument import Section
from portal.assessment.words.questions import CONTRADICTIONS, HELP, QUESTIONS, SECTION_INTROS
from portal.kernel import gate
from portal.kernel.terms import VisitOutcome
from portal.web import access, responses, texts
from portal.web.forms import Form
from portal.web.submit import submit

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
        "parts": section_form.parts(assessment),
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
    form = section_form.sent_form(section_form.version_of(draft), chosen)
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
    version, following = section_form.version_of(draft), _after(section)
    return {
        "visit": visit,
        "section": section,
        "intro": SECTION_INTROS[section],
        "form": form or section_form.stored_form(draft, section),
        "action": url_for(".save_section", id=visit.id, slug=SLUGS[section]),
        "parts": section_form.parts(draft),
        "helps": _helps(instrument.instrument(version), section, assessments.last_time(visit)),
        "following": url_for(".section", id=visit.id, slug=SLUGS[following]) if following else url_for(".review", id=visit.id),
    }


def _helps(made_with: instrument.Instrument, section: Section, before: Assessment | None) -> dict[str, str]:
    """Beside each question: how it is meant, and what was answered last time."""
    last, said = assessments.answers_of(before), {}
    for question in made_with.section(section):
        told = [str(HELP[question.key])] if question.key in HELP else []
        if before and question.key in last:
            value = section_form.told(question.key, last[question.key].value, made_with)
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
    stored, made_with = assessments.answers_of(draft), instrument.instrument(section_form.version_of(draft))
    values = {key: answer.value for key, answer in stored.items()}
    open_questions = [
        (QUESTIONS[question.key], SLUGS[question.section])
        for question in made_with.questions.values()
        if question.key not in values and answers.is_asked(question, values)
    ]
    clashes = answers.contradictions(values, visit.household.member_count or None)
    return {
        "visit": visit,
        "form": form or Form(formdata=None, seen=draft.version if draft else 0),
        "parts": section_form.parts(draft),
        "open_questions": open_questions,
        "clashes": [(CONTRADICTIONS[clash.code], SLUGS[made_with.questions[clash.keys[0]].section]) for clash in clashes],
        "is_empty": not values,
    }


def _answered(assessment: Assessment | None) -> list[tuple[Section, list[tuple[str, str]]]]:
    """A finished assessment as question and answer, by section."""
    if assessment is None or assessment.finished_at is None:
        return []
    made_with, stored = instrument.instrument(assessment.instrument_version), assessments.answers_of(assessment)
    return [(section, _told(made_with, section, stored)) for section in SLUGS]


def _told(made_with: instrument.Instrument, section: Section, stored: Mapping[str, Answer]) -> list[tuple[str, str]]:
    asked = made_with.section(section)
    given = {key: answer.value for key, answer in stored.items()}
    return [(str(QUESTIONS[one.key]), section_form.told(one.key, given.get(one.key), made_with)) for one in asked]
