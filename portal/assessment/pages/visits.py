"""Home visits as written at the door: `/keluarga/<id>/kunjungan` and `/kunjungan/<id>`; what is asked is in assessments.py."""

from datetime import date
from typing import Any

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms.validators import Length
from wtforms.validators import Optional as MayBeEmpty

from portal.assessment import lists
from portal.assessment.pages.assessments import FIRST, standing
from portal.assessment.records import assessments, visits
from portal.assessment.records.visits import Visit
from portal.evidence import records
from portal.family.records.models import Household
from portal.kernel import gate, schedule, settings
from portal.kernel.terms import EvidenceKind, VisitOutcome
from portal.web import access, responses, texts
from portal.web.fields import Chosen, DateField, EvidenceField, NotAfter, RadioField, TrimmedString, TrimmedText
from portal.web.forms import Form
from portal.web.responses import submit

bp = Blueprint("visits", __name__)

NEW = "assessment/new.html"
LIST, LIST_PART = "assessment/index.html", "assessment/_list.html"
SHOW, RESULT = "assessment/show.html", "assessment/_result.html"


class VisitForm(Form):
    """What one writes at the door; only who, when and whether anybody was met is needed."""

    outcome = RadioField(_l("Hasil"), [Chosen()], to=VisitOutcome)
    visited_on = DateField(_l("Tanggal kunjungan"), [Chosen(), NotAfter()])
    present = TrimmedString(_l("Siapa yang ditemui"), [MayBeEmpty(), Length(max=200)])
    next_on = DateField(_l("Kunjungan berikutnya atau dicoba lagi"), [MayBeEmpty()])
    photos = EvidenceField(_l("Foto"), kind=EvidenceKind.VISIT_PHOTO, most=visits.PHOTOS)
    notes = TrimmedText(_l("Catatan"), [MayBeEmpty(), Length(max=4000)])

    def told(self) -> visits.ToldVisit:
        return visits.ToldVisit(**{name: value for name, value in self.changes().items() if value is not None})


class VisitPhotosForm(Form):
    photos = EvidenceField(_l("Foto"), [Chosen()], kind=EvidenceKind.VISIT_PHOTO, most=visits.PHOTOS)


class MistakeForm(Form):
    reason = TrimmedText(_l("Mengapa kunjungan ini salah catat"), [Chosen(), Length(max=500)])


# --- the visits of a family ----------------------------------------------------------------------------------------


@bp.get("/keluarga/<int:id>/kunjungan")
@access.opens(Household, "visit.view")
def index(household: Household) -> Response:
    page = lists.visits_of(household.id, request.args.get("setelah"))
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
    return submit(
        form, NEW,
        act=lambda: visits.record(access.actor(), household, form.told(), key=form.key.data),
        done=_recorded,
        shown=lambda: {"away": 0, **_family(household)},
    )  # fmt: skip


def _recorded(visit: Visit) -> Response:
    """On to the assessment when the family was met."""
    url = url_for(".show", id=visit.id)
    if visit.outcome is VisitOutcome.MET:
        url = url_for("assessments.section", id=visit.id, slug=FIRST)
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


def _shown(visit: Visit, **forms: Form) -> dict[str, object]:
    return {
        **standing(visit),
        "photos": records.of_subject(access.actor(), visit, visit.household),
        "mistake": visits.why_mistaken(visit),
        "photos_form": forms.get("photos_form") or VisitPhotosForm(formdata=None, ids="p"),
        "mistake_form": forms.get("mistake_form") or MistakeForm(formdata=None, ids="m"),
    }


@bp.post("/kunjungan/<int:id>/foto")
@access.opens(Visit, "visit.record")
def add_photos(visit: Visit) -> Response:
    form = VisitPhotosForm(ids="p")
    return submit(
        form, SHOW,
        act=lambda: visits.add_photos(access.actor(), visit, form.photos.data, key=form.key.data),
        done=lambda kept: responses.done(url_for(".show", id=kept.id), _("Foto tersimpan")),
        shown=lambda: _shown(visit, photos_form=form),
    )  # fmt: skip


@bp.post("/kunjungan/<int:id>/salah-catat")
@access.opens(Visit, "visit.record")
def mark_mistaken(visit: Visit) -> Response:
    form = MistakeForm(ids="m")
    return submit(
        form, SHOW,
        act=lambda: visits.mark_mistaken(access.actor(), visit, form.reason.data or "", key=form.key.data),
        done=lambda kept: responses.done(url_for(".show", id=kept.id), _("Ditandai salah catat")),
        shown=lambda: _shown(visit, mistake_form=form),
    )  # fmt: skip
