"""What administrators look after for the whole city: `/wilayah`, the areas by Kemendagri code, how they are spelled, and
who works where; `/pengaturan`, values that change over time, each from a day on and with its source; `/hak-akses`, who may
do what, rendered from the one table that decides it; `/audit`, who did what to which record and when, and whether the chain
is whole, without personal values."""

from flask import Blueprint, Response, abort, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import Field, ValidationError
from wtforms.form import BaseForm
from wtforms.validators import Length, StopValidation

from portal.assessment.words import results
from portal.kernel import areas, policy, settings
from portal.kernel.people import Area
from portal.kernel.terms import Reach, Refused, Role
from portal.office.records import audit, office
from portal.office.words import SETTING_HELPS, SETTINGS, area_name
from portal.web import access, labels, responses, texts
from portal.web.fields import Chosen, DateField, LinesField, RadioField, TrimmedString
from portal.web.forms import Form
from portal.web.responses import submit

areas_bp = Blueprint("areas", __name__, url_prefix="/wilayah")

AREA, SPELLING = "office/areas/show.html", "office/areas/_spelling.html"


class SpellingsField(LinesField):
    LINES, LETTERS = 60, 80

    def pre_validate(self, form: BaseForm) -> None:
        """Emptied is an answer, left out is not."""
        if self.data is None:
            raise StopValidation(str(labels.REFUSALS["form_incomplete"]))
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


@areas_bp.get("", endpoint="index")
@access.signed_in("area.manage")
def all_areas() -> Response:
    return responses.page("office/areas/index.html", rows=areas.staffed(), spelled=areas.SPELLED, told=area_name)


@areas_bp.get("/<code>", endpoint="show")
@access.signed_in("area.manage")
def show_area(code: str) -> Response:
    area = _area(code)
    form = SpellingForm(data={"name": area.name, "spellings": tuple(area.spellings)}, row=area)
    return responses.page(AREA, SPELLING, area=area, form=form)


@areas_bp.post("/<code>", endpoint="save")
@access.signed_in("area.manage")
def save_area(code: str) -> Response:
    form = SpellingForm(row=_area(code))
    return submit(
        form, AREA, SPELLING,
        act=lambda: areas.respell(access.actor(), code, **form.changes(), seen=form.seen.data or 0, key=form.key.data),
        done=lambda _area: responses.done(url_for(".index"), _("Ejaan wilayah tersimpan")),
        shown=lambda: {"area": _area(code)},
    )  # fmt: skip


def _area(code: str) -> Area:
    found = areas.named([code])
    return found[0] if found and found[0].level in areas.SPELLED else abort(404)


bp = Blueprint("settings", __name__, url_prefix="/pengaturan")
rights = Blueprint("rights", __name__, url_prefix="/hak-akses")

SHOW, VALUE = "office/settings/show.html", "office/settings/_value.html"


class ValueForm(Form):
    value = TrimmedString(_l("Nilai"), [Chosen(), Length(max=200)])
    valid_from = DateField(_l("Berlaku mulai"), [Chosen()])
    source = TrimmedString(_l("Sumber, misalnya nomor keputusan"), [Chosen(), Length(max=300)])


class ChoiceForm(ValueForm):
    value = RadioField(_l("Nilai"), [Chosen()])


@bp.get("")
@access.signed_in("setting.view")
def index() -> Response:
    now = settings.in_force(texts.today())
    rows = [(key, SETTINGS[key], shown(key, now.values[key].value), now.values[key]) for key in settings.DEFINITIONS]
    return responses.page("office/settings/index.html", rows=rows, said=results.source)


@bp.get("/<key>")
@access.signed_in("setting.view")
def show(key: str) -> Response:
    return responses.page(SHOW, VALUE, **_value(key, _form(key)))


@bp.post("/<key>")
@access.signed_in("setting.manage")
def save(key: str) -> Response:
    form = _form(key)
    return submit(
        form, SHOW, VALUE,
        act=lambda: office.set_value(access.actor(), key, **form.changes(), key=form.key.data),
        done=lambda _user: responses.done(url_for(".show", key=key), _("Pengaturan tersimpan")),
        shown=lambda: _value(key, form),
    )  # fmt: skip


def shown(key: str, value: str) -> str:
    """A stored value for people."""
    kind = settings.DEFINITIONS[key].kind
    if kind == "money":
        return texts.rupiah(int(value))
    if kind == "choice":
        return texts.yes_or_no(value == "yes")
    return value


def _form(key: str) -> ValueForm:
    definition = settings.DEFINITIONS.get(key) or abort(404)
    data = {"valid_from": texts.today()}
    if not definition.choices:
        return ValueForm(data=data)
    form = ChoiceForm(data=data)
    form.value.choices = [(choice, shown(key, choice)) for choice in definition.choices]
    return form


def _value(key: str, form: ValueForm) -> dict[str, object]:
    definition = settings.DEFINITIONS[key]
    known = {definition.valid_from: (shown(key, definition.default), results.source(definition.source))}
    known.update({row.valid_from: (shown(key, row.value), results.source(row.source)) for row in settings.history(key)})
    return {
        "key": key, "name": SETTINGS[key], "help": SETTING_HELPS[definition.kind], "known": sorted(known.items(), reverse=True),
        "form": form,
        "may_manage": policy.may(access.actor(), "setting.manage"),
    }  # fmt: skip


# --- rights --------------------------------------------------------------------------------------------------------


@rights.get("", endpoint="index")
@access.signed_in("policy.view")
def who_may() -> Response:
    rows = [(action, [(role, granted.get(role, Reach.NONE)) for role in Role]) for action, granted in policy.GRANTS.items()]
    return responses.page("office/rights/index.html", rows=rows, roles=Role, actions=labels.ACTIONS)


audit_bp = Blueprint("audit", __name__, url_prefix="/audit")


# --- /audit ----------------------------------------------------------------------------------------------------------

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


@audit_bp.get("", endpoint="index")
@access.signed_in("audit.view")
def trail() -> Response:
    shown = _trail(audit.Search.read(request.args))
    return responses.page(INDEX, "office/audit/_list.html", **shown, verdict=None, form=HeadForm(formdata=None))


@audit_bp.post("/periksa")
@access.signed_in("audit.view")
def verify() -> Response:
    """Walk the chain; `head` is what was printed before, as `1842:3fa9…`."""
    form = HeadForm()
    if not form.validate():
        return responses.invalid(INDEX, VERDICT, **_trail(audit.Search()), verdict=None, form=form)
    verdict = audit.verify(form.known)
    return responses.page(INDEX, VERDICT, **_trail(audit.Search()), verdict=verdict, form=form)


def _trail(search: audit.Search) -> dict[str, object]:
    found = audit.trail(search)
    return {
        "entries": found.rows, "search": search, "head": audit.head(), "people": office.people(), "digits": audit.DIGITS,
        "following": found.following and url_for(".index", **search.words(), sebelum=found.following),
        "kind_words": texts.kind_words, "subject_words": texts.subject_words,
    }  # fmt: skip
