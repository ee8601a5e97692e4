"""`/audit`: who did what to which record and when, and whether the chain is whole. No personal values."""

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import Field, ValidationError

from portal.kernel import typed
from portal.office.records import audit, office
from portal.web import access, responses, texts
from portal.web.fields import TrimmedString
from portal.web.forms import Form

bp = Blueprint("audit", __name__, url_prefix="/audit")


INDEX, VERDICT = "office/audit/index.html", "office/audit/_verdict.html"


class HeadForm(Form):
    fault = _l("Belum diperiksa. Periksa ini dulu:")
    head = TrimmedString(_l("Ujung yang pernah dicetak"))
    known: audit.Head | None = None
    """What was typed, read."""

    def validate_head(self, field: Field) -> None:
        try:
            self.known = audit.read_head(field.data) if field.data else None
        except ValueError as error:
            few, all_of_them = audit.FEWEST, audit.DIGITS
            message = _("Tulis nomor, titik dua, lalu %(few)s sampai %(most)s angka heksadesimal.", few=few, most=all_of_them)
            raise ValidationError(message) from error


@bp.get("")
@access.signed_in("audit.view")
def index() -> Response:
    shown = _trail(_search(), request.args.get("sebelum"))
    return responses.page(INDEX, "office/audit/_list.html", **shown, verdict=None, form=HeadForm(formdata=None))


@bp.post("/periksa")
@access.signed_in("audit.view")
def verify() -> Response:
    """Walk the chain; `head` is what was printed before, as `1842:3fa9…`."""
    form = HeadForm()
    if not form.validate():
        return responses.invalid(INDEX, VERDICT, **_trail(audit.Search()), verdict=None, form=form)
    verdict = audit.verify(form.known)
    return responses.page(INDEX, VERDICT, **_trail(audit.Search()), verdict=verdict, form=form)


def _search() -> audit.Search:
    given = request.args
    return audit.Search(
        actor_id=given.get("orang", type=typed.number),
        kind=given.get("jenis") or None,
        since=given.get("sejak", type=typed.day),
    )


def _trail(search: audit.Search, before: str | None = None) -> dict[str, object]:
    found = audit.trail(search, before)
    return {
        "entries": found.rows, "search": search, "head": audit.head(), "people": office.people(), "digits": audit.DIGITS,
        "following": found.following and url_for(
            ".index", orang=search.actor_id, jenis=search.kind, sejak=search.since, sebelum=found.following
        ),
        "kind_words": texts.kind_words, "subject_words": texts.subject_words,
    }  # fmt: skip
