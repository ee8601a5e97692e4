"""Numbers and aid of a family: looking at a full number for a purpose, a new KK number, other aid that comes and ends."""

from typing import Any

from flask import Response, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms.validators import Length
from wtforms.validators import Optional as MayBeEmpty

from portal.caseload.pages import show
from portal.caseload.pages.blueprint import bp
from portal.family.records import register, reveals
from portal.family.records.models import Household
from portal.family.records.reveals import Number, NumberKind, Purpose
from portal.family.words import PURPOSES
from portal.kernel import gate
from portal.kernel.terms import Refused
from portal.web import access, responses, texts
from portal.web.fields import ChoiceField, Chosen, DateField, Form, KkField, NotAfter, RadioField, TrimmedString

REVEAL, REVEAL_PART = "caseload/reveal.html", "caseload/_reveal.html"
KK, KK_PART = "caseload/kk.html", "caseload/_kk.html"
AID, AID_PART = "caseload/aid.html", "caseload/_aid_form.html"
BENEFITS = "caseload/_benefits.html"
UPDATE = "household.update"


class RevealForm(Form):
    number = ChoiceField(_l("Nomor yang dilihat"), [Chosen()])
    purpose = RadioField(_l("Untuk apa"), [Chosen()], to=Purpose, choices=list(PURPOSES.items()))


class KkForm(Form):
    kk = KkField(_l("Nomor KK baru"), [Chosen()])
    since = DateField(_l("Berlaku sejak"), [MayBeEmpty(), NotAfter()])


class AidForm(Form):
    programme = TrimmedString(_l("Nama bantuan"), [Chosen(), Length(max=40)])
    since = DateField(_l("Sejak"), [MayBeEmpty(), NotAfter()])


class AidEndForm(Form):
    until = DateField(_l("Berakhir tanggal"), [Chosen(), NotAfter()])


# --- looking at a number -------------------------------------------------------------------------------------------


@bp.get("/<int:id>/nomor")
@access.opens(Household, "household.reveal")
def reveal(household: Household) -> Response:
    return responses.page(REVEAL, REVEAL_PART, household=household, form=_reveal_form(household), shown=None)


@bp.post("/<int:id>/nomor")
@access.opens(Household, "household.reveal")
def reveal_now(household: Household) -> Response:
    form = _reveal_form(household)
    if not form.validate():
        return responses.invalid(REVEAL, REVEAL_PART, household=household, form=form, shown=None)
    said = dict(_numbers(household))[form.number.data]
    try:
        value = reveals.reveal(access.actor(), household, _chosen(form.number.data), form.purpose.data, key=form.key.data)
    except (Refused, gate.KeyReused) as error:
        form.renew()  # "shown once already; ask again": by the same button, as a look of its own
        return responses.problem(error, REVEAL, REVEAL_PART, household=household, form=form, shown=None)
    return responses.page(REVEAL, REVEAL_PART, household=household, form=form, shown=(said, _spaced(value)))


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


@bp.get("/<int:id>/kk")
@access.opens(Household, UPDATE)
def kk(household: Household) -> Response:
    return responses.page(KK, KK_PART, household=household, form=KkForm())


@bp.post("/<int:id>/kk")
@access.opens(Household, UPDATE)
def change_kk(household: Household) -> Response:
    form = KkForm()
    if not form.validate():
        return responses.invalid(KK, KK_PART, household=household, form=form)
    try:
        register.change_kk(access.actor(), household, **form.changes(), key=form.key.data)
    except (Refused, gate.KeyReused) as error:
        return responses.problem(error, KK, KK_PART, household=household, form=form)
    url = url_for("households.show", id=household.id)
    return responses.done(url, _("Nomor KK diganti"), "caseload/_data.html", **show.data(household))


# --- other aid -----------------------------------------------------------------------------------------------------


@bp.get("/<int:id>/bantuan/baru")
@access.opens(Household, UPDATE)
def new_aid(household: Household) -> Response:
    return responses.page(AID, AID_PART, **_aid(household, AidForm(), None))


@bp.post("/<int:id>/bantuan/baru")
@access.opens(Household, UPDATE)
def add_aid(household: Household) -> Response:
    form = AidForm()
    if not form.validate():
        return responses.invalid(AID, AID_PART, **_aid(household, form, None))
    try:
        register.add_aid(access.actor(), household, **form.changes(), key=form.key.data)
    except (Refused, gate.KeyReused) as error:
        return responses.problem(error, AID, AID_PART, **_aid(household, form, None))
    return _benefits(household, _("Bantuan dicatat"))


@bp.get("/<int:id>/bantuan/<int:aid>/berakhir")
@access.opens(Household, UPDATE)
def aid_end(household: Household, aid: int) -> Response:
    return responses.page(AID, AID_PART, **_aid(household, AidEndForm(data={"until": texts.today()}), aid))


@bp.post("/<int:id>/bantuan/<int:aid>/berakhir")
@access.opens(Household, UPDATE)
def end_aid(household: Household, aid: int) -> Response:
    form = AidEndForm()
    if not form.validate():
        return responses.invalid(AID, AID_PART, **_aid(household, form, aid))
    try:
        register.end_aid(access.actor(), household, aid, **form.changes(), key=form.key.data)
    except (Refused, gate.KeyReused) as error:
        return responses.problem(error, AID, AID_PART, **_aid(household, form, aid))
    return _benefits(household, _("Akhir bantuan dicatat"))


def _aid(household: Household, form: Form, aid_id: int | None) -> dict[str, Any]:
    """Raises gate.NotFound for aid of another family."""
    aid = next((aid for aid in household.aids if aid.id == aid_id), None)
    if aid_id is not None and aid is None:
        raise gate.NotFound
    return {"household": household, "form": form, "aid": aid}


def _benefits(household: Household, message: str) -> Response:
    url = url_for("households.benefits", id=household.id)
    return responses.done(url, message, BENEFITS, **show.benefit_context(household))
