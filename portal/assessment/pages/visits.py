"""Home visits as written at the door: `/keluarga/<id>/kunjungan` and `/kunjungan/<id>`; what is asked is in assessments.py."""

from datetime import date
from typing import Any

from flask import Blueprint, Response, abort, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms.validators import Length
from wtforms.validators import Optional as MayBeEmpty

from portal.assessment import lists
from portal.assessment.pages import section_form
from portal.assessment.pages.assessments import standing
from portal.assessment.records import assessments, visits
from portal.assessment.records.models import Visit
from portal.evidence.records import files
from portal.family.records.models import Household
from portal.kernel import gate, schedule, settings
from portal.kernel.terms import EvidenceKind, Refused, VisitOutcome
from portal.web import access, responses, texts
from portal.web.fields import Chosen, DateField, EvidenceField, Form, NotAfter, RadioField, TrimmedString, TrimmedText

bp = Blueprint("visits", __name__)

NEW = "assessment/new.html"
LIST, LIST_PART = "assessment/index.html", "assessment/_list.html"
SHOW, RESULT = "assessment/show.html", "assessment/_result.html"

texts.REFUSALS.update(
    {
        "present_missing": _l("Tulis siapa yang ditemui."),
        "already_marked": _l("Kunjungan ini sudah ditandai."),
    }
)


class VisitForm(Form):
    """What one writes at the door; only who, when and whether anybody was met is needed."""

    outcome = RadioField(
        _l("Hasil"),
        [Chosen()],
        to=VisitOutcome,
        choices=[(str(outcome), texts.LABELS[VisitOutcome][outcome]) for outcome in VisitOutcome],
    )
    visited_on = DateField(_l("Tanggal kunjungan"), [Chosen(), NotAfter()])
    present = TrimmedString(_l("Siapa yang ditemui"), [MayBeEmpty(), Length(max=200)])
    next_on = DateField(_l("Kunjungan berikutnya atau dicoba lagi"), [MayBeEmpty()])
    photos = EvidenceField(_l("Foto"), kind=EvidenceKind.VISIT_PHOTO, most=visits.PHOTOS)
    notes = TrimmedText(_l("Catatan"), [MayBeEmpty(), Length(max=4000)])

    def account(self) -> visits.ToldVisit:
        return visits.ToldVisit(**{name: value for name, value in self.changes().items() if value is not None})


class PhotosForm(Form):
    photos = EvidenceField(_l("Foto"), [Chosen()], kind=EvidenceKind.VISIT_PHOTO, most=visits.PHOTOS)


class MistakeForm(Form):
    reason = TrimmedText(_l("Mengapa kunjungan ini salah catat"), [Chosen(), Length(max=500)])


# --- the visits of a family ----------------------------------------------------------------------------------------


@bp.get("/keluarga/<int:id>/kunjungan")
@access.opens(Household, "visit.view")
def index(household: Household) -> Response:
    try:
        page = lists.visits_of(household.id, request.args.get("setelah"))
    except ValueError:
        abort(404)
    following = url_for(".index", id=household.id, setelah=page.following) if page.following else None
    return responses.page(LIST, LIST_PART, page=page, following=following, **_family(household))


@bp.get("/keluarga/<int:id>/kunjungan/baru")
@access.opens(Household, "visit.record")
def new(household: Household) -> Response:
    form = VisitForm(data={"visited_on": texts.today(), "outcome": VisitOutcome.MET})
    return responses.page(NEW, form=form, away=lists.not_met_in_a_row(household.id), **_family(household))


@bp.post("/keluarga/<int:id>/kunjungan/baru")
@access.opens(Household, "visit.record")
def record(household: Household) -> Response:
    form = VisitForm()
    if not form.validate():
        return responses.invalid(NEW, form=form, away=0, **_family(household))
    try:
        visit = visits.record(access.actor(), household, form.account(), key=form.key.data)
    except (Refused, gate.KeyReused) as error:
        return responses.problem(error, NEW, form=form, away=0, **_family(household))
    url = url_for(".show", id=visit.id)
    if visit.outcome is VisitOutcome.MET:
        url = url_for("assessments.section", id=visit.id, slug=section_form.FIRST)
    return responses.done(url, _("Kunjungan tercatat"), number=visit.id)


def _family(household: Household) -> dict[str, Any]:
    may_record = gate.can(access.actor(), "visit.record", household)
    draft = assessments.unfinished(household.id) if may_record else None
    return {"household": household, "may_record": may_record, "draft": draft, "routine": _routine()}


def _routine() -> tuple[int, date]:
    """The visit plan: every so many months, and the day that makes from today."""
    today = texts.today()
    months = settings.in_force(today).number("visit_every_months")
    return months, schedule.add_months(today, months)


# --- one visit -----------------------------------------------------------------------------------------------------


@bp.get("/kunjungan/<int:id>")
@access.opens(Visit, "visit.view")
def show(visit: Visit) -> Response:
    return responses.page(SHOW, RESULT, **_shown(visit))


def _shown(visit: Visit, **forms: Form) -> dict[str, Any]:
    return {
        **standing(visit),
        "photos": files.of_subject(access.actor(), visit, visit.household),
        "mistake": visits.why_mistaken(visit),
        "photos_form": forms.get("photos_form") or PhotosForm(formdata=None, ids="p"),
        "mistake_form": forms.get("mistake_form") or MistakeForm(formdata=None, ids="m"),
    }


@bp.post("/kunjungan/<int:id>/foto")
@access.opens(Visit, "visit.record")
def add_photos(visit: Visit) -> Response:
    form = PhotosForm(ids="p")
    if not form.validate():
        return responses.invalid(SHOW, **_shown(visit, photos_form=form))
    try:
        visits.add_photos(access.actor(), visit, form.photos.data, key=form.key.data)
    except (Refused, gate.KeyReused) as error:
        return responses.problem(error, SHOW, form=form, **_shown(visit, photos_form=form))
    return responses.done(url_for(".show", id=visit.id), _("Foto tersimpan"))


@bp.post("/kunjungan/<int:id>/salah-catat")
@access.opens(Visit, "visit.record")
def mark_mistaken(visit: Visit) -> Response:
    form = MistakeForm(ids="m")
    if not form.validate():
        return responses.invalid(SHOW, **_shown(visit, mistake_form=form))
    try:
        visits.mark_mistaken(access.actor(), visit, form.reason.data or "", key=form.key.data)
    except (Refused, gate.KeyReused) as error:
        return responses.problem(error, SHOW, form=form, **_shown(visit, mistake_form=form))
    return responses.done(url_for(".show", id=visit.id), _("Ditandai salah catat"))
