"""Rows that need a look: one by one, opened inside the list, or many at once."""

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Response, abort, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from wtforms.fields.choices import SelectChoice

from portal.family.records.batches import Batch, BatchRow
from portal.intake.lists import batches as reports
from portal.intake.lists import explaining
from portal.intake.lists.explaining import Explained
from portal.intake.pages import files
from portal.intake.pages.blueprint import ACTION, bp
from portal.intake.records import batches, intake
from portal.intake.words import batches as words
from portal.kernel import gate, sent
from portal.kernel.terms import Refused
from portal.web import access, responses
from portal.web.fields import Chosen, Form, RadioField

ROW, ROW_PART, LINE = "intake/row.html", "intake/_row.html", "intake/_line.html"
PROGRESS = "intake/_progress.html"
NEW = "new"


class RowForm(Form):
    """What becomes of one row; `household` is asked where its numbers hit one by the KK only, or several."""

    household = RadioField(_l("Baris ini tentang"), [Chosen()], choices=[])


@bp.get("/<int:id>/baris/<int:row_id>")
@access.lists(ACTION)
def row(id: int, row_id: int) -> Response:
    """The row opened inside the list; with `tutup` the line that it was, or the list."""
    batch = batches.own(access.actor(), id)
    shown = _shown(batch, reports.row(batch, row_id))
    if "tutup" not in request.args:
        return responses.page(ROW, ROW_PART, **shown)
    if not responses.wants_fragment():
        return responses.go(url_for(".show", id=id, kelompok=shown["group"]))
    return responses.page(ROW, LINE, **shown)


@bp.post("/<int:id>/baris/<int:row_id>")
@access.signed_in(ACTION)
def settle(id: int, row_id: int) -> Response:
    who, verb = access.actor(), request.form.get("verb", "")
    batch = batches.own(who, id)
    shown = _shown(batch, reports.row(batch, row_id))
    form, settle_row = shown["form"], _settling(verb, shown["form"])
    try:
        _demand_sound(form, verb)
        said = [verb, form.household.data if verb == "choose" else None]
        batches.decide(who, batch, [row_id], settle_row, said=said, key=form.key.data)
    except (Refused, gate.KeyReused) as error:
        return responses.problem(error, ROW, ROW_PART, **shown)
    batch = batches.own(who, id)
    settled = reports.row(batch, row_id)
    return responses.done(
        url_for(".show", id=id), words.settled(settled), LINE, also=[PROGRESS], batch=batch, row=settled, words=words,
        group=shown["group"], form=Form(formdata=None),
    )  # fmt: skip


@bp.post("/<int:id>/putuskan")
@access.signed_in(ACTION)
def decide(id: int) -> Response:
    """Use or skip the chosen rows, or use all that can be used as they are. Which family a row means is said row by row."""
    who, form, verb = access.actor(), Form(), request.form.get("verb", "")
    chosen = sent.numbers(request.form.getlist("chosen"))[: reports.PAGE]
    batch = batches.own(who, id)
    try:
        _demand_sound(form, verb)
        if verb != "all" and not chosen:
            raise Refused("nothing_chosen")
        settle_row = _SETTLING.get("use" if verb == "all" else verb) or abort(400)
        batches.decide(who, batch, None if verb == "all" else chosen, settle_row, said=verb, key=form.key.data)
    except (Refused, gate.KeyReused) as error:
        return responses.problem(
            error, files.SHOW, files.LIST, **files.shown(batches.own(who, id), form=form, is_choosing=True)
        )
    ready = batches.own(who, id).counts["ready"]
    message = ngettext("%(num)d baris siap diterapkan", "%(num)d baris siap diterapkan", ready)
    return responses.done(url_for(".show", id=id), message)


def _demand_sound(form: Form, verb: str) -> None:
    """Raises Refused for a form without its key, or a family that was not offered."""
    if not form.key.validate(form) or (verb == "choose" and not form.validate()):
        raise Refused("form_incomplete" if form.key.errors else "nothing_chosen")


def _settling(verb: str, form: Any) -> Callable[[BatchRow], None]:
    if verb == "choose":
        chosen = form.household.data
        return partial(intake.choose, household_id=int(chosen) if chosen and chosen.isdecimal() else None)
    return _SETTLING.get(verb) or abort(400)


_SETTLING = {"use": intake.use, "skip": intake.skip, "back": intake.take_back}


def _shown(batch: Batch, kept: BatchRow) -> dict[str, Any]:
    explained = explaining.explain(access.actor(), batch, kept) if kept.payload else None
    form = RowForm()
    form.household.choices = _options(explained)
    return {
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
