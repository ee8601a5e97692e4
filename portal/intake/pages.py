"""`/impor`: a roster is uploaded, its period asked where the file does not say it, looked over row by row or many at once,
applied step by step, and told in numbers that open their lists."""

from collections.abc import Callable
from functools import partial

from flask import Blueprint, Response, abort, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_wtf.file import FileField
from wtforms import ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from portal.caseload.lists import filters
from portal.family.records.models import Batch, BatchRow
from portal.intake import lists, words
from portal.intake.lists import Explained
from portal.intake.reading.files import UnreadableFile
from portal.intake.records import batches, intake
from portal.kernel import paging, typed
from portal.kernel.terms import Period, Refused
from portal.membership import lists as proposals
from portal.web import access, responses, texts
from portal.web.fields import ChoiceField, Chosen, RadioField
from portal.web.forms import Form
from portal.web.responses import submit

bp = Blueprint("intake", __name__, url_prefix="/impor")

INDEX, INDEX_PART = "intake/index.html", "intake/_batches.html"
SHOW, LIST, PROGRESS = "intake/show.html", "intake/_list.html", "intake/_progress.html"
ROW, ROW_PART, LINE = "intake/row.html", "intake/_row.html", "intake/_line.html"
PERIODS = 8
NEW = "new"
SECONDS_WITH_SCRIPTS, SECONDS_WITHOUT = 1.0, 8.0
"""How long one request goes on applying: short where the next follows by itself, longer where a person presses each time."""
_FAMILIES = ("opened", "changed", "unchanged")


class UploadForm(Form):
    """`parsed` is what the file says; one that cannot be taken in is told in one sentence, and nothing of it is kept."""

    fault = _l("Berkas belum diterima:")
    file = FileField(_l("Berkas .xlsx atau .csv"), [InputRequired()], render_kw={"accept": ".xlsx,.csv,.txt"})

    def validate_file(self, field: FileField) -> None:
        self.content = field.data.read()
        try:
            self.parsed = intake.parse(self.content)
        except UnreadableFile as unreadable:
            raise ValidationError(words.refusal(unreadable)) from unreadable


class PeriodForm(Form):
    """The quarter that a DTSEN file speaks for: the newest first, none of those to come."""

    period = ChoiceField(_l("Triwulan data"), [Chosen()])

    def __init__(self, *args, **values):
        super().__init__(*args, **values)
        periods = [Period.of(texts.today())]
        while len(periods) < PERIODS:
            periods.append(periods[-1].previous())
        offered = [SelectChoice(str(one), texts.period(one)) for one in periods]
        self.period.choices = [SelectChoice("", texts.UNKNOWN), *offered]


class RowForm(Form):
    """What becomes of one row; `household` is asked where its numbers hit one by the KK only, or several."""

    household = RadioField(_l("Baris ini tentang"), [Chosen()], choices=[])

    def validate(self, extra_validators: object = None) -> bool:
        """Which family is only asked of who chooses one."""
        return super().validate(extra_validators) if request.form.get("verb") == "choose" else self.key.validate(self)


# --- files ---------------------------------------------------------------------------------------------------------


@bp.get("")
@access.lists(batches.ACTION)
def index() -> Response:
    return responses.page(INDEX, INDEX_PART, form=UploadForm(), **_own())


@bp.post("")
@access.signed_in(batches.ACTION)
def upload() -> Response:
    who, form = access.actor(), UploadForm()
    return submit(
        form, INDEX, INDEX_PART, shown=_own,
        act=lambda: intake.receive(who, form.content, form.file.data.filename or "", key=form.key.data, parsed=form.parsed),
        done=_read,
    )  # fmt: skip


def _own() -> dict[str, object]:
    page = lists.mine(access.actor(), before=request.args.get("sebelum"))
    following = url_for(".index", sebelum=page.following) if page.following else None
    return {"batches": page.rows, "following": following, "words": words, "importable": words.importable()}


def _read(batch: Batch) -> Response:
    return responses.done(url_for(".show", id=batch.id), _("Berkas terbaca"))


@bp.get("/<int:id>")
@access.lists(batches.ACTION)
def show(id: int) -> Response:
    return responses.page(SHOW, LIST, **_shown(id))


@bp.post("/<int:id>/triwulan")
@access.signed_in(batches.ACTION)
def set_period(id: int) -> Response:
    who = access.actor()
    batch, form = batches.own(who, id), PeriodForm()
    return submit(
        form, SHOW, shown=lambda: _shown(id, form=form, period_form=form), done=_read,
        act=lambda: intake.read_again(who, batches.set_period(who, batch, form.period.data, key=form.key.data)),
    )  # fmt: skip


@bp.post("/<int:id>/baca")
@access.signed_in(batches.ACTION)
def read_again(id: int) -> Response:
    who, form = access.actor(), Form()
    batch = batches.own(who, id)
    return submit(form, SHOW, shown=lambda: _shown(id, form=form), act=lambda: intake.read_again(who, batch), done=_read)


@bp.post("/<int:id>/terapkan")
@access.signed_in(batches.ACTION)
def apply(id: int) -> Response:
    """With scripts the page goes on by itself and shows how far it came; without, "Lanjut" does."""
    who, form = access.actor(), Form()
    batch = batches.own(who, id)
    seconds = SECONDS_WITH_SCRIPTS if responses.wants_fragment() else SECONDS_WITHOUT
    return submit(
        form, SHOW, PROGRESS, shown=lambda: _shown(id, form=form), done=_applied,
        act=lambda: batch if batch.state == "applied" else intake.apply(who, batch, seconds=seconds),
    )  # fmt: skip


def _applied(batch: Batch) -> Response:
    page = url_for(".show", id=batch.id)
    if batch.state == "applied":
        return responses.done(page, _("Impor selesai"))
    done, ready = batch.counts["done"], batch.counts["ready"]
    message = _("%(done)s dari %(ready)s baris", done=texts.number(done), ready=texts.number(ready))
    return responses.done(page, message, PROGRESS, batch=batch, form=Form(formdata=None), words=words, running=True)


@bp.post("/<int:id>/batalkan")
@access.signed_in(batches.ACTION)
def abandon(id: int) -> Response:
    who, form = access.actor(), Form()
    batch = batches.own(who, id)
    return submit(
        form, SHOW, shown=lambda: _shown(id, form=form),
        act=lambda: batches.abandon(who, batch, key=form.key.data),
        done=lambda _batch: responses.done(url_for(".index"), _("Impor dibatalkan")),
    )  # fmt: skip


def _shown(batch_id: int, **forms: object) -> dict[str, object]:
    """Everything that the page of a batch shows, as it is now; `forms` are those that came back."""
    batch = batches.own(access.actor(), batch_id)
    group = _group(batch)
    page = lists.rows(batch, group, after=request.args.get("sesudah", type=typed.number))
    following = url_for(".show", id=batch.id, kelompok=group, sesudah=page.following) if page.following else None
    return {
        "batch": batch, "words": words, "group": group, "groups": lists.counted(batch), "rows": page.rows,
        "following": following, "needs_period": batch.state == "reading" and intake.needs_period(batch),
        "period_form": PeriodForm(), "form": Form(), "earlier": lists.earlier(batch) if batch.state == "read" else None,
        "lists": _lists(batch), "families": _families(batch), "proposed": _proposed(batch), "running": False, **forms,
    }  # fmt: skip


def _group(batch: Batch) -> str:
    """The one asked for; else what needs a look, or the first that is not empty."""
    counts, wanted = lists.counted(batch), request.args.get("kelompok", "")
    if wanted in counts:
        return wanted
    return next((group for group in ("look", *counts) if counts.get(group)), next(iter(counts)))


def _lists(batch: Batch) -> dict[str, str]:
    """Where each number of the summary leads: families to the register, rows to the batch's own list."""
    new = filters.query_args(batch=batch.id, outcome="opened", facilitator=filters.NOBODY)
    addresses = {"unassigned": url_for("households.index", **new, pilih=1)}
    for group in lists.counted(batch):
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


# --- rows that need a look -----------------------------------------------------------------------------------------


@bp.get("/<int:id>/baris/<int:row_id>")
@access.lists(batches.ACTION)
def row(id: int, row_id: int) -> Response:
    """The row opened inside the list; with `tutup` the line that it was, or the list."""
    batch = batches.own(access.actor(), id)
    _form, shown = _row(batch, lists.row(batch, row_id))
    if "tutup" not in request.args:
        return responses.page(ROW, ROW_PART, **shown)
    if not responses.wants_fragment():
        return responses.go(url_for(".show", id=id, kelompok=shown["group"]))
    return responses.page(ROW, LINE, **shown)


@bp.post("/<int:id>/baris/<int:row_id>")
@access.signed_in(batches.ACTION)
def settle(id: int, row_id: int) -> Response:
    who, verb = access.actor(), request.form.get("verb", "")
    batch = batches.own(who, id)
    form, shown = _row(batch, lists.row(batch, row_id))
    said = [verb, form.household.data if verb == "choose" else None]
    return submit(
        form, ROW, ROW_PART, shown=lambda: shown,
        act=lambda: batches.decide(who, batch, [row_id], _settling(verb, form), said=said, key=form.key.data),
        done=lambda batch: _settled(batch, row_id, str(shown["group"])),
    )  # fmt: skip


def _settling(verb: str, form: RowForm) -> Callable[[BatchRow], None]:
    if verb == "choose":
        chosen = form.household.data
        return partial(intake.choose, household_id=int(chosen) if chosen.isdecimal() else None)
    return _SETTLING.get(verb) or abort(400)


_SETTLING = {"use": intake.use, "skip": intake.skip, "back": intake.take_back}


def _settled(batch: Batch, row_id: int, group: str) -> Response:
    settled = lists.row(batch, row_id)
    return responses.done(
        url_for(".show", id=batch.id), words.settled(settled), LINE, also=[PROGRESS], batch=batch, row=settled, words=words,
        group=group, form=Form(formdata=None),
    )  # fmt: skip


@bp.post("/<int:id>/putuskan")
@access.signed_in(batches.ACTION)
def decide(id: int) -> Response:
    """Use or skip the chosen rows, or use all that can be used as they are. Which family a row means is said row by row."""
    who, form, verb = access.actor(), Form(), request.form.get("verb", "")
    chosen = typed.numbers(request.form.getlist("chosen"))[: paging.SIZE]
    batch = batches.own(who, id)

    def act() -> Batch:
        if verb != "all" and not chosen:
            raise Refused("nothing_chosen")
        settle_row = _SETTLING.get("use" if verb == "all" else verb) or abort(400)
        return batches.decide(who, batch, None if verb == "all" else chosen, settle_row, said=verb, key=form.key.data)

    return submit(form, SHOW, LIST, shown=lambda: _shown(id, form=form, is_choosing=True), act=act, done=_decided)


def _decided(batch: Batch) -> Response:
    ready = batch.counts["ready"]
    message = ngettext("%(num)d baris siap diterapkan", "%(num)d baris siap diterapkan", ready)
    return responses.done(url_for(".show", id=batch.id), message)


def _row(batch: Batch, kept: BatchRow) -> tuple[RowForm, dict[str, object]]:
    """The form, and all that is shown with it."""
    explained = lists.explain(access.actor(), batch, kept) if kept.payload else None
    form = RowForm()
    form.household.choices = _options(explained)
    return form, {
        "batch": batch, "row": kept, "explained": explained, "form": form, "words": words,
        "group": request.args.get("kelompok", kept.verdict),
        "may_settle": batch.state == "read", "is_settled": intake.is_settled(kept),
        "facts": words.of_file(explained) if explained else [], "changes": words.in_full(explained) if explained else [],
    }  # fmt: skip


def _options(explained: Explained | None) -> list[SelectChoice]:
    if explained is None or not explained.options:
        return []
    families = [SelectChoice(str(family.id), words.family(family, explained.places)) for family in explained.options]
    new = SelectChoice(NEW, _("keluarga lain yang belum dikenal"))
    return [*families, *([new] if explained.may_be_new else [])]
