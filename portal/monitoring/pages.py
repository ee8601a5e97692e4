"""`/pemantauan`: who is due for a visit after graduating, what was found, and how each cohort fares."""

from flask import Blueprint, Response, abort, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms.validators import InputRequired, Length, NumberRange
from wtforms.validators import Optional as MayBeEmpty

from portal.evidence.records import of_subjects
from portal.family.records.register import stated
from portal.kernel import gate, schedule
from portal.kernel.terms import EvidenceKind, VisitOutcome
from portal.monitoring import lists, records, words
from portal.monitoring.lists import MonitoringFilter
from portal.monitoring.records import Monitoring, MonitoringVisit, Report
from portal.monitoring.rules import Shock, Sign
from portal.nomination.records.nominations import Nomination
from portal.web import access, fields, responses, steps, texts
from portal.web.forms import Form
from portal.web.responses import submit

bp = Blueprint("monitoring", __name__, url_prefix="/pemantauan")

INDEX, LIST, SHOW = "monitoring/index.html", "monitoring/_list.html", "monitoring/show.html"
VISIT, VISIT_FORM = "monitoring/visit.html", "monitoring/_visit.html"

_YES_NO = (("yes", _l("Ya")), ("no", _l("Tidak")), ("", _l("Tidak tahu")))


def _truth(value: str) -> bool:
    """Raises ValueError for what is neither: a field takes it for no choice, never for a no."""
    if value not in ("yes", "no"):
        raise ValueError(value)
    return value == "yes"


class ReportForm(Form):
    """What is seen at the door; everything but the outcome and the day may stay unknown."""

    outcome = fields.RadioField(_l("Hasil"), [InputRequired()], to=VisitOutcome)
    visited_on = fields.DateField(_l("Tanggal kunjungan"), [fields.Chosen(), fields.NotAfter()])
    retry_on = fields.DateField(_l("Bila tidak bertemu, dicoba lagi tanggal"), [MayBeEmpty(), fields.After()])
    household_income = fields.RupiahField(_l("Penghasilan keluarga per bulan"), [MayBeEmpty()])
    people = fields.WholeField(_l("Jumlah anggota serumah"), [MayBeEmpty(), NumberRange(1, 30)])
    works = fields.RadioField(_l("Pencari nafkah masih bekerja atau berusaha?"), [MayBeEmpty()], choices=_YES_NO, to=_truth)
    livelihood = fields.TrimmedText(_l("Pekerjaan atau usaha"), [MayBeEmpty(), Length(max=500)])
    in_school = fields.RadioField(_l("Semua anak usia sekolah bersekolah?"), [MayBeEmpty()], choices=_YES_NO, to=_truth)
    shocks = fields.TicksField(_l("Guncangan sejak kunjungan terakhir"), [MayBeEmpty()], to=Shock)
    supported = fields.RadioField(_l("Ada dukungan atau pelatihan?"), [MayBeEmpty()], choices=_YES_NO, to=_truth)
    support = fields.TrimmedText(_l("Dukungan dan pelatihan yang diterima"), [MayBeEmpty(), Length(max=500)])
    note = fields.TrimmedText(_l("Catatan"), [MayBeEmpty(), Length(max=2000)])
    photos = fields.EvidenceField(_l("Foto"), kind=EvidenceKind.VISIT_PHOTO, most=records.PHOTOS)

    def report(self) -> Report:
        told = {name: value for name, value in self.changes().items() if value is not None}
        return Report(**{**told, "outcome": VisitOutcome(told["outcome"])})


@bp.get("")
@access.lists("monitoring.view")
def index() -> Response:
    who, wanted, today = access.actor(), MonitoringFilter.read(request.args), texts.today()
    page = lists.page(who, wanted, today)
    return responses.page(
        INDEX, LIST, page=page, wanted=wanted, groups=words.GROUPS, counts=lists.counts(who, wanted, today),
        kept=wanted.words("group"), narrowed=_narrowed(wanted),
        following=url_for(".index", **wanted.words(), setelah=page.following) if page.following else None,
    )  # fmt: skip


@bp.get("/kohort")
@access.lists("monitoring.view")
def cohorts() -> Response:
    area = MonitoringFilter.read(request.args).area
    return responses.page("monitoring/cohorts.html", cohorts=lists.cohorts(access.actor(), area))


@bp.get("/<int:id>")
@access.opens(Monitoring, "monitoring.view")
def show(case: Monitoring) -> Response:
    who = access.actor()
    return responses.page(
        SHOW, case=case, household=case.household, visits=_visits(case), offers=gate.steps_for(who, case),
        may_visit=_goes_on(case) and gate.can(who, "monitoring.visit", case), said=stated(case),
        facts_of=steps.facts_of,
        renomination=_renomination(case),
        not_met=schedule.times_not_met([visit.outcome for visit in MonitoringVisit.in_order(case.visits)]),
    )  # fmt: skip


steps.serve(bp, Monitoring, "monitoring.view")


@bp.route("/<int:id>/kunjungan/<int:visit_id>", methods=["GET", "POST"])
@access.opens(Monitoring, "monitoring.visit")
def visit(case: Monitoring, visit_id: int) -> Response:
    planned = next((planned for planned in case.visits if planned.id == visit_id), None) or abort(404)
    form = ReportForm(first={"visited_on": texts.today(), "outcome": VisitOutcome.MET})
    return submit(
        form, VISIT, VISIT_FORM, shown=lambda: _visiting(case, planned),
        act=lambda: records.record_visit(access.actor(), planned, form.report(), key=form.key.data),
        done=lambda saved: responses.done(
            url_for(".show", id=saved.monitoring_id), _("Kunjungan pemantauan tercatat"), number=saved.id
        ),
    )  # fmt: skip


def _visiting(case: Monitoring, planned: MonitoringVisit) -> dict[str, object]:
    before = [done for done in case.visits if done.findings]
    return {"case": case, "planned": planned, "before": before[-1] if before else None, "signs": _signs}


def _renomination(case: Monitoring) -> Nomination | None:
    """What a relapse led to, for those who may look at it: a facilitator only once it is theirs to check."""
    found = lists.after_relapse(case) if case.relapsed_on else None
    return found if found and gate.can(access.actor(), "nomination.view", found) else None


def _goes_on(case: Monitoring) -> bool:
    """Visits are made until the case is closed, or the family fell back and is proposed again."""
    return case.is_open and case.relapsed_on is None


def _visits(case: Monitoring) -> list[dict[str, object]]:
    """Planned and done visits with what they mean today, and their photos."""
    today, goes_on = texts.today(), _goes_on(case)
    photos = of_subjects(access.actor(), case.visits, case.household)
    return [
        {
            "row": planned,
            "is_off": planned.outcome is None and not goes_on,
            "is_due": goes_on and schedule.is_due(planned.planned_on, planned.outcome, today),
            "is_overdue": goes_on and schedule.is_overdue(planned.planned_on, planned.outcome, today),
            "signs": _signs(planned),
            "facts": _facts(planned),
            "photos": taken,
        }
        for planned, taken in zip(case.visits, photos, strict=True)
    ]


def _signs(planned: MonitoringVisit) -> list[object]:
    return [texts.label(Sign(sign)) for sign in (planned.findings or {}).get("signs", ())]


def _facts(planned: MonitoringVisit) -> list[tuple[str, object]]:
    """What a visit found, known things only."""
    told = planned.findings or {}
    income, works, in_school = (told.get(name) for name in ("income_per_person", "works", "in_school"))
    shown = [
        (_("Penghasilan per orang"), income is not None and texts.rupiah(income)),
        (_("Bekerja atau berusaha"), works is not None and texts.yes_or_no(works)),
        (_("Pekerjaan atau usaha"), told.get("livelihood")),
        (_("Anak bersekolah"), in_school is not None and texts.yes_or_no(in_school)),
        (_("Guncangan"), ", ".join(texts.label(Shock(shock)) for shock in told.get("shocks", ()))),
        (_("Dukungan"), told.get("support")),
        (_("Catatan"), planned.note),
    ]
    return [(name, value) for name, value in shown if value]


def _narrowed(wanted: MonitoringFilter) -> list[str]:
    """The further filters in words, so that nobody wonders why rows are missing."""
    told = (
        (wanted.cohort, _("graduasi %(year)s", year=wanted.cohort)),
        (wanted.state, texts.label(wanted.state, "monitoring")),
        (wanted.relapsed, _("kembali miskin")),
        (wanted.overdue, _("terlambat")),
        (wanted.area, _("satu wilayah")),
        (wanted.facilitator, _("satu pendamping")),
    )
    return [said for value, said in told if value]
