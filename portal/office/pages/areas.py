"""`/wilayah`: the areas by Kemendagri code, how they are spelled, and who works where."""

from flask import Blueprint, Response, abort, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms.form import BaseForm
from wtforms.validators import Length, StopValidation

from portal.kernel import areas
from portal.kernel.people import Area
from portal.kernel.terms import Refused
from portal.office.words import area_name
from portal.web import access, responses, texts
from portal.web.fields import Chosen, LinesField, TrimmedString
from portal.web.forms import Form
from portal.web.responses import submit

bp = Blueprint("areas", __name__, url_prefix="/wilayah")

SHOW, FORM = "office/areas/show.html", "office/areas/_spelling.html"


class SpellingsField(LinesField):
    LINES, LETTERS = 60, 80

    def pre_validate(self, form: BaseForm) -> None:
        """Emptied is an answer, left out is not."""
        if self.data is None:
            raise StopValidation(str(texts.REFUSALS["form_incomplete"]))
        super().pre_validate(form)


class SpellingForm(Form):
    name = TrimmedString(_l("Nama di layar"), [Chosen(), Length(max=80)])
    spellings = SpellingsField(_l("Ejaan lain di berkas"))

    def take(self, error: Exception) -> None:
        """A spelling that is taken: by which area."""
        if isinstance(error, Refused) and error.code == "spelling_taken":
            self[error.facts["field"]].errors = [_("“%(spelling)s” sudah berarti %(area)s.", **error.facts)]
        else:
            super().take(error)


@bp.get("")
@access.signed_in("area.manage")
def index() -> Response:
    return responses.page("office/areas/index.html", rows=areas.staffed(), spelled=areas.SPELLED, told=area_name)


@bp.get("/<code>")
@access.signed_in("area.manage")
def show(code: str) -> Response:
    area = _area(code)
    form = SpellingForm(data={"name": area.name, "spellings": tuple(area.spellings)}, row=area)
    return responses.page(SHOW, FORM, area=area, form=form)


@bp.post("/<code>")
@access.signed_in("area.manage")
def save(code: str) -> Response:
    form = SpellingForm(row=_area(code))
    return submit(
        form, SHOW, FORM,
        act=lambda: areas.respell(access.actor(), code, **form.changes(), seen=form.seen.data or 0, key=form.key.data),
        done=lambda _area: responses.done(url_for(".index"), _("Ejaan wilayah tersimpan")),
        shown=lambda: {"area": _area(code)},
    )  # fmt: skip


def _area(code: str) -> Area:
    found = areas.named([code])
    return found[0] if found and found[0].level in areas.SPELLED else abort(404)
