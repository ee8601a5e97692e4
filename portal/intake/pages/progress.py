"""Applying a batch: with scripts the page goes on by itself and shows how far it came; without, "Lanjut" does."""

from flask import Response, url_for
from flask_babel import gettext as _

from portal.intake.pages import files
from portal.intake.pages.blueprint import ACTION, bp
from portal.intake.records import batches, intake
from portal.intake.words import batches as words
from portal.kernel import gate
from portal.kernel.terms import Refused
from portal.web import access, responses, texts
from portal.web.fields import Form

PROGRESS = "intake/_progress.html"
SECONDS_WITH_SCRIPTS, SECONDS_WITHOUT = 1.0, 8.0
"""How long one request goes on: short where the next follows by itself, longer where a person presses each time."""


@bp.post("/<int:id>/terapkan")
@access.signed_in(ACTION)
def apply(id: int) -> Response:
    who, form = access.actor(), Form()
    batch = batches.own(who, id)
    if not form.validate():
        return responses.invalid(files.SHOW, PROGRESS, **files.shown(batch, form=form))
    page = url_for(".show", id=id)
    if batch.state == "applied":
        return responses.done(page, _("Impor selesai"))
    seconds = SECONDS_WITH_SCRIPTS if responses.wants_fragment() else SECONDS_WITHOUT
    try:
        batch = intake.apply(who, batch, seconds=seconds)
    except (Refused, gate.KeyReused) as error:
        fresh = files.shown(batches.own(who, id), form=form)
        return responses.problem(error, files.SHOW, PROGRESS, **fresh)
    if batch.state == "applied":
        return responses.done(page, _("Impor selesai"))
    done, ready = batch.counts["done"], batch.counts["ready"]
    message = _("%(done)s dari %(ready)s baris", done=texts.number(done), ready=texts.number(ready))
    return responses.done(page, message, PROGRESS, batch=batch, form=Form(formdata=None), words=words, running=True)


@bp.post("/<int:id>/batalkan")
@access.signed_in(ACTION)
def abandon(id: int) -> Response:
    who, form = access.actor(), Form()
    batch = batches.own(who, id)
    if not form.validate():
        return responses.invalid(files.SHOW, **files.shown(batch, form=form))
    try:
        batches.abandon(who, batch, key=form.key.data)
    except (Refused, gate.KeyReused) as error:
        return responses.problem(error, files.SHOW, **files.shown(batches.own(who, id), form=form))
    return responses.done(url_for(".index"), _("Impor dibatalkan"))
