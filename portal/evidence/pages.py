"""`/berkas`: photos and scans, one small request each. Who may open which is settled in evidence/records.py."""

from hashlib import sha256

from flask import Blueprint, Response, current_app, make_response, request
from flask_babel import gettext as _
from flask_wtf.file import FileField, FileRequired
from werkzeug.datastructures import FileStorage
from wtforms import StringField
from wtforms.validators import Regexp

from portal.evidence import records
from portal.evidence.records import Evidence
from portal.kernel import gate, vault
from portal.kernel.terms import EvidenceKind, Rejected
from portal.web import access, labels, responses
from portal.web.fields import ChoiceField, Chosen
from portal.web.forms import Form

bp = Blueprint("evidence", __name__, url_prefix="/berkas")

PAGE, STAGED = "evidence/staged.html", "evidence/_staged.html"
KEPT_SECONDS = 3600
_NO_PICTURE = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40"><rect width="40" height="40" fill="#e8ece9"/>'
    '<text x="20" y="25" font-family="sans-serif" font-size="12" font-weight="700" text-anchor="middle" fill="#3d4943">PDF'
    "</text></svg>"
)


class StagingForm(Form):
    """`field` is the name under which the form that the file belongs to will send its id."""

    kind = ChoiceField(validators=[Chosen()], to=EvidenceKind, choices=[(str(kind), str(kind)) for kind in EvidenceKind])
    field = StringField(validators=[Regexp("[a-z_]{1,40}$")])
    file = FileField(validators=[FileRequired()])


@bp.post("")
@access.signed_in("evidence.stage")
def stage() -> Response:
    form = StagingForm()
    if not form.validate():
        return _rejected(_("berkas tidak terbaca. Pilih lagi."))
    try:
        row = records.stage(access.actor(), form.kind.data, form.file.data.read(), key=form.key.data)
    except Rejected as error:
        return _rejected(str(labels.UPLOAD_ERRORS[error.code]))
    return responses.page(PAGE, STAGED, name=form.field.data, id=row.id, problem=None)


def _rejected(problem: str) -> Response:
    return responses.invalid(PAGE, STAGED, problem=problem)


@bp.get("/<int:id>")
@access.signed_in("evidence.view")
def show(id: int) -> Response:
    """The file itself: a picture in the page, a PDF only ever as a download."""
    row = records.find(access.actor(), id)
    return _file(row, row.media_type, _content(row))


@bp.get("/<int:id>/kecil")
@access.signed_in("evidence.view")
def thumbnail(id: int) -> Response:
    row = records.find(access.actor(), id)
    if row.thumbnail is None:
        return _file(row, "image/svg+xml", _NO_PICTURE.encode())
    return _file(row, "image/jpeg", row.thumbnail)


def _content(row: Evidence) -> bytes:
    """A file that its row names but the store has lost is an error of ours: logged, and not found for people."""
    try:
        return vault.get(row.sha256)
    except (vault.NotStored, vault.Unreadable) as error:
        current_app.logger.exception("evidence %s cannot be read", row.id)
        raise gate.NotFound from error


def _file(row: Evidence, media_type: str, content: bytes) -> Response:
    response = make_response(content)
    response.mimetype = media_type
    place = "inline" if media_type.startswith("image/") else "attachment"
    name = f"{row.kind}-{row.id}.{media_type.rpartition('/')[2].partition('+')[0]}"
    response.headers["Content-Disposition"] = f'{place}; filename="{name}"'
    response.cache_control.private = True
    response.cache_control.max_age = KEPT_SECONDS
    response.set_etag(f"{row.sha256[:32]}-{len(content)}")
    response.make_conditional(request)
    return response


@bp.record_once
def lend_hook(state) -> None:
    """How `fields.EvidenceField` keeps files that come with a form because no script has staged them."""
    state.app.extensions["staging"] = _stage


def _stage(kind: str, file: FileStorage, key: str) -> int:
    """Raises Rejected. When the answer to the form was lost, the file comes again with it, and is the same row."""
    sent = file.read()
    mark = sha256(b"%b:%b" % (kind.encode(), sent)).hexdigest()[:40]
    row = records.stage(access.actor(), EvidenceKind(kind), sent, key=f"{key}:{mark}")
    return row.id
