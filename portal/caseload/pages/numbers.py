"""Numbers: a family found by one, a full one looked at for a purpose, a new KK number; and other aid that comes and ends."""

from flask import Response, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import ValidationError
from wtforms.form import BaseForm
from wtforms.validators import Length
from wtforms.validators import Optional as MayBeEmpty

from portal.caseload.lists import caseload
from portal.caseload.pages import families
from portal.caseload.pages.families import bp
from portal.family.records import register, reveals
from portal.family.records.models import Household
from portal.family.records.reveals import Number, NumberKind, Purpose
from portal.family.words import PURPOSES
from portal.kernel import gate
from portal.web import access, responses, texts
from portal.web.fields import ChoiceField, Chosen, DateField, KkField, NotAfter, RadioField, TrimmedString, TypedField
from portal.web.forms import Form
from portal.web.responses import submit

LOOK_UP, LOOK_UP_PART = "caseload/look_up.html", "caseload/_look_up.html"
REVEAL, REVEAL_PART = "caseload/reveal.html", "caseload/_reveal.html"
KK, KK_PART = "caseload/kk.html", "caseload/_kk.html"
AID, AID_PART = "caseload/aid.html", "caseload/_aid_form.html"
BENEFITS = "caseload/_benefits.html"
UPDATE = "household.update"


class NumberField(TypedField):
    """A NIK or KK number to look for: digits only, whatever stands between them."""

    input_mode = "numeric"

    def read(self, text: str) -> str:
        return "".join(text.split())

    def pre_validate(self, form: BaseForm) -> None:
        if self.data and not (self.data.isdecimal() and len(self.data) == 16):
            raise ValidationError(_("NIK dan nomor KK terdiri dari 16 angka."))


class NumberForm(Form):
    fault = _l("Belum ketemu:")
    number = NumberField(_l("NIK atau nomor KK"), [Chosen()])


class RevealForm(Form):
    number = ChoiceField(_l("Nomor yang dilihat"), [Chosen()])
    purpose = RadioField(_l("Untuk apa"), [Chosen()], to=Purpose, choices=list(PURPOSES.items()))

    def take(self, error: Exception) -> None:
        """ "Shown once already; ask again": by the same button, as a look of its own."""
        super().take(error)
        self.renew()


class KkForm(Form):
    kk = KkField(_l("Nomor KK baru"), [Chosen()])
    since = DateField(_l("Berlaku sejak"), [MayBeEmpty(), NotAfter()])


class AidForm(Form):
    programme = TrimmedString(_l("Nama bantuan"), [Chosen(), Length(max=40)])
    since = DateField(_l("Sejak"), [MayBeEmpty(), NotAfter()])


class AidEndForm(Form):
    until = DateField(_l("Berakhir tanggal"), [Chosen(), NotAfter()])


# --- found by a number ---------------------------------------------------------------------------------------------


@bp.route("/nomor", methods=["GET", "POST"])
@access.lists("household.find_by_number")
def look_up() -> Response:
    form = NumberForm()
    return submit(
        form, LOOK_UP, LOOK_UP_PART, shown=lambda: {"found": ()},
        act=lambda: reveals.look_up(access.actor(), **form.changes(), key=form.key.data), done=lambda ids: _found(form, ids),
    )  # fmt: skip


def _found(form: Form, ids: list[int]) -> Response:
    form.renew()
    if not ids:
        form.form_errors.append(_("Tidak ada keluarga dengan nomor ini dalam jangkauan Anda."))
        return responses.invalid(LOOK_UP, LOOK_UP_PART, form=form, found=())
    if len(ids) == 1:
        return responses.go(url_for("households.show", id=ids[0]))
    found = [caseload.line(access.actor(), one) for one in ids]
    return responses.page(LOOK_UP, LOOK_UP_PART, form=form, found=found)


# --- looking at a number -------------------------------------------------------------------------------------------


@bp.route("/<int:id>/nomor", methods=["GET", "POST"])
@access.opens(Household, "household.reveal")
def reveal(household: Household) -> Response:
    form, known = _reveal_form(household), dict(_numbers(household))

    def told(value: str | None) -> Response:
        shown = (known[form.number.data], _spaced(value))
        return responses.page(REVEAL, REVEAL_PART, household=household, form=form, shown=shown)

    return submit(
        form, REVEAL, REVEAL_PART, done=told, shown=lambda: {"household": household, "shown": None},
        act=lambda: reveals.reveal(
            access.actor(), household, _chosen(form.number.data), form.purpose.data, key=form.key.data
        ),
    )  # fmt: skip


def _reveal_form(household: Household) -> RevealForm:
    form = RevealForm()
    form.number.choices = [("", texts.UNKNOWN), *_numbers(household)]
    return form


def _numbers(household: Household) -> list[tuple[str, str]]:
    """(value, words) of what can be looked at: the KK, the phone, the NIK of each member."""
    members = [(f"nik-{member.id}", _("NIK %(name)s", name=member.name)) for member in household.members]
    return [("kk", _("Nomor KK")), ("phone", _("Nomor HP")), *members]


def _chosen(value: str) -> Number:
    kind, _dash, member = value.partition("-")
    return Number(NumberKind(kind), int(member) if member else None)


def _spaced(value: str | None) -> str | None:
    """In fours, so that it can be read out and copied by hand."""
    if value and value.isdecimal() and len(value) == 16:
        return " ".join(value[at : at + 4] for at in range(0, 16, 4))
    return value


# --- the KK number -------------------------------------------------------------------------------------------------


@bp.route("/<int:id>/kk", methods=["GET", "POST"])
@access.opens(Household, UPDATE)
def kk(household: Household) -> Response:
    form, url = KkForm(), url_for("households.show", id=household.id)
    return submit(
        form, KK, KK_PART, shown=lambda: {"household": household},
        act=lambda: register.change_kk(access.actor(), household, **form.changes(), key=form.key.data),
        done=lambda _number: responses.done(url, _("Nomor KK diganti"), "caseload/_data.html", **families.data(household)),
    )  # fmt: skip


# --- other aid -----------------------------------------------------------------------------------------------------


@bp.route("/<int:id>/bantuan/baru", methods=["GET", "POST"])
@access.opens(Household, UPDATE)
def new_aid(household: Household) -> Response:
    form = AidForm()
    return submit(
        form, AID, AID_PART, shown=lambda: {"household": household, "aid": None},
        act=lambda: register.add_aid(access.actor(), household, **form.changes(), key=form.key.data),
        done=lambda _aid: _benefits(household, _("Bantuan dicatat")),
    )  # fmt: skip


@bp.route("/<int:id>/bantuan/<int:aid>/berakhir", methods=["GET", "POST"])
@access.opens(Household, UPDATE)
def aid_end(household: Household, aid: int) -> Response:
    form, known = AidEndForm(first={"until": texts.today()}), next((one for one in household.aids if one.id == aid), None)
    if known is None:
        raise gate.NotFound
    return submit(
        form, AID, AID_PART, shown=lambda: {"household": household, "aid": known},
        act=lambda: register.end_aid(access.actor(), household, aid, **form.changes(), key=form.key.data),
        done=lambda _ended: _benefits(household, _("Akhir bantuan dicatat")),
    )  # fmt: skip


def _benefits(household: Household, message: str) -> Response:
    url = url_for("households.benefits", id=household.id)
    return responses.done(url, message, BENEFITS, **families.benefit_context(household))
