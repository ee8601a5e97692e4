"""Uploading a file, its period where the file does not say it, and the page of a batch."""

from typing import Any

from flask import Response, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from portal.caseload.lists import filters
from portal.family.records.batches import Batch
from portal.intake.lists import batches as reports
from portal.intake.pages.blueprint import ACTION, bp
from portal.intake.reading.grid import Unreadable
from portal.intake.records import batches, intake
from portal.intake.words import batches as words
from portal.intake.words import messages
from portal.kernel import gate, sent
from portal.kernel.terms import Period, Refused
from portal.membership import lists as proposals
from portal.web import access, responses, texts
from portal.web.fields import ChoiceField, Chosen, Form

INDEX, INDEX_PART = "intake/index.html", "intake/_batches.html"
SHOW, LIST = "intake/show.html", "intake/_list.html"
PERIODS = 8
_FAMILIES = ("opened", "changed", "unchanged")


class UploadForm(Form):
    fault = _l("Berkas belum diterima:")
    file = FileField(_l("Berkas .xlsx atau .csv"), [InputRequired()], render_kw={"accept": ".xlsx,.csv,.txt"})


class PeriodForm(Form):
    """The quarter that a DTSEN file speaks for: the newest first, none of those to come."""

    period = ChoiceField(_l("Triwulan data"), [Chosen()])

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        periods = [Period.of(texts.today())]
        while len(periods) < PERIODS:
            periods.append(periods[-1].previous())
        offered = [SelectChoice(str(one), texts.period(one)) for one in periods]
        self.period.choices = [SelectChoice("", texts.UNKNOWN), *offered]


@bp.get("")
@access.lists(ACTION)
def index() -> Response:
    return responses.page(INDEX, INDEX_PART, form=UploadForm(), **_batches())


@bp.post("")
@access.signed_in(ACTION)
def upload() -> Response:
    """A file that cannot be taken in is told in one sentence, and nothing of it is kept."""
    form = UploadForm()
    if not form.validate():
        return responses.invalid(INDEX, INDEX_PART, form=form, **_batches())
    file = form.file.data
    try:
        batch = intake.receive(access.actor(), file.read(), file.filename or "", key=form.key.data)
    except Unreadable as unreadable:
        form.file.errors = [messages.refusal(unreadable)]
        return responses.invalid(INDEX, INDEX_PART, form=form, **_batches())
    except (Refused, gate.KeyReused) as error:
        return responses.problem(error, INDEX, INDEX_PART, form=form, **_batches())
    return responses.done(url_for(".show", id=batch.id), _("Berkas terbaca"))


@bp.get("/<int:id>")
@access.lists(ACTION)
def show(id: int) -> Response:
    batch = batches.own(access.actor(), id)
    return responses.page(SHOW, LIST, **shown(batch))


@bp.post("/<int:id>/triwulan")
@access.signed_in(ACTION)
def set_period(id: int) -> Response:
    who = access.actor()
    batch, form = batches.own(who, id), PeriodForm()
    if not form.validate():
        return responses.invalid(SHOW, **shown(batch, period_form=form))
    try:
        batch = intake.read_again(who, batches.set_period(who, batch, form.period.data, key=form.key.data))
    except (Refused, gate.KeyReused) as error:
        return responses.problem(error, SHOW, **_refused(id, form))
    return responses.done(url_for(".show", id=id), _("Berkas terbaca"))


@bp.post("/<int:id>/baca")
@access.signed_in(ACTION)
def read_again(id: int) -> Response:
    who, form = access.actor(), Form()
    if not form.validate():
        return responses.invalid(SHOW, **_refused(id, form))
    try:
        intake.read_again(who, batches.own(who, id))
    except Refused as error:
        return responses.problem(error, SHOW, **_refused(id, form))
    return responses.done(url_for(".show", id=id), _("Berkas terbaca"))


def shown(batch: Batch, **forms: Any) -> dict[str, Any]:
    """Everything that the page of a batch shows; `forms` are those that came back."""
    group = _group(batch)
    page = reports.rows(batch, group, after=request.args.get("sesudah", 0, type=sent.number))
    following = url_for(".show", id=batch.id, kelompok=group, sesudah=page.following) if page.following else None
    return {
        "batch": batch, "words": words, "group": group, "groups": reports.counted(batch), "rows": page.rows,
        "following": following, "needs_period": batch.state == "reading" and intake.needs_period(batch),
        "period_form": PeriodForm(), "form": Form(), "earlier": reports.earlier(batch) if batch.state == "read" else None,
        "lists": _lists(batch), "families": _families(batch), "proposed": _proposed(batch), "running": False, **forms,
    }  # fmt: skip


def _refused(batch_id: int, form: Form) -> dict[str, Any]:
    """The page as it is now, with the form that was refused."""
    batch = batches.own(access.actor(), batch_id)
    return shown(batch, form=form, **({"period_form": form} if isinstance(form, PeriodForm) else {}))


def _batches() -> dict[str, Any]:
    page = reports.mine(access.actor(), before=request.args.get("sebelum", type=sent.number))
    following = url_for(".index", sebelum=page.older) if page.older else None
    return {"batches": page.batches, "following": following, "words": words}


def _group(batch: Batch) -> str:
    """The one asked for; else what needs a look, or the first that is not empty."""
    counts, wanted = reports.counted(batch), request.args.get("kelompok", "")
    if wanted in counts:
        return wanted
    return next((group for group in ("look", *counts) if counts.get(group)), next(iter(counts)))


def _lists(batch: Batch) -> dict[str, str]:
    """Where each number of the summary leads: families to the register, rows to the batch's own list."""
    new = filters.query_args(batch=batch.id, outcome="opened", facilitator=filters.NOBODY)
    addresses = {"unassigned": url_for("households.index", **new, pilih=1)}
    for group in reports.counted(batch):
        if group in _FAMILIES:
            addresses[group] = url_for("households.index", **filters.query_args(batch=batch.id, outcome=group))
        else:
            addresses[group] = url_for(".show", id=batch.id, kelompok=group)
    return addresses


def _families(batch: Batch) -> dict[str, int]:
    """How many families each list in the register has."""
    known = batch.counts.get("families", {})
    return {group: known[group] for group in _FAMILIES if group in known}


def _proposed(batch: Batch) -> int:
    return sum(proposals.counts(access.actor(), batch=batch.id).values()) if batch.state in ("applying", "applied") else 0
