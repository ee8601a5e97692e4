"""What changes between visits: the panel that opens inside the list (and as a page), and the full edit of a family."""

from flask import Response, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from wtforms import BooleanField, ValidationError
from wtforms.validators import Length, NumberRange
from wtforms.validators import Optional as MayBeEmpty

from portal.caseload import words
from portal.caseload.pages import listing, show
from portal.caseload.pages.listing import bp
from portal.family.records.models import Household
from portal.kernel import areas, gate
from portal.kernel.terms import Actor, Presence, RegistryMatch
from portal.web import access, responses, session_over, texts
from portal.web.choices import AreaField, ChoiceField
from portal.web.fields import Chosen, DateField, NotAfter, PhoneField, TrimmedString, TrimmedText, WholeField
from portal.web.forms import Form
from portal.web.submit import submit

PANEL, PANEL_PART = "caseload/quick.html", "caseload/_quick.html"
EDIT, EDIT_PART = "caseload/edit.html", "caseload/_edit.html"
UPDATE, CORRECT = "household.update", "household.correct_address"


def _number(label: LazyString) -> WholeField:
    return WholeField(label, [MayBeEmpty(), NumberRange(1, 999)], render_kw={"inputmode": "numeric"})


class AddressForm(Form):
    """What officers may correct from the list."""

    address = TrimmedString(_l("Alamat domisili"), [Chosen(), Length(max=200)])
    rt = _number(_l("RT"))
    rw = _number(_l("RW"))


class QuickForm(AddressForm):
    presence = ChoiceField(_l("Keberadaan"), [Chosen()], to=Presence, choices=words.offered(Presence))
    phone = PhoneField(_l("Nomor HP"), [MayBeEmpty()])
    forget_phone = BooleanField(_l("Hapus nomor HP"))
    group = TrimmedString(_l("Kelompok"), [MayBeEmpty(), Length(max=60)])
    next_visit_on = DateField(_l("Kunjungan berikutnya"), [MayBeEmpty()])
    note = TrimmedText(_l("Catatan"), [MayBeEmpty(), Length(max=2000)])

    def validate_next_visit_on(self, field: DateField) -> None:
        """A promise lies ahead; one that has passed may stay until the visit is recorded."""
        if field.data and field.data < texts.today() and field.data != getattr(self.row, "next_visit_on", None):
            raise ValidationError(_("Tanggal ini sudah lewat."))

    def changes(self) -> dict[str, object]:
        """An empty phone is no change: the number is not shown, so nobody could have kept it."""
        typed = super().changes()
        if typed.pop("forget_phone"):
            return {**typed, "phone": None}
        return typed if typed["phone"] else {name: value for name, value in typed.items() if name != "phone"}


class CorrectionForm(AddressForm):
    """All that officers may correct."""

    kelurahan = AreaField(_l("Kelurahan domisili"), [Chosen()])
    kk_address = TrimmedString(_l("Alamat di KK, bila lain"), [MayBeEmpty(), Length(max=200)])

    def changes(self) -> dict[str, object]:
        typed = super().changes()
        return {**typed, "kecamatan": typed["kelurahan"][:8]}


class EditForm(CorrectionForm):
    presence = ChoiceField(_l("Keberadaan"), [Chosen()], to=Presence, choices=words.offered(Presence))
    registry_match = ChoiceField(_l("Padan kependudukan"), [Chosen()], to=RegistryMatch, choices=words.offered(RegistryMatch))
    registry_checked_on = DateField(_l("Dipadankan tanggal"), [NotAfter()])
    joined_year = WholeField(_l("Ikut program sejak tahun"), [MayBeEmpty(), NumberRange(2007, 2100)])
    group = TrimmedString(_l("Kelompok"), [MayBeEmpty(), Length(max=60)])
    note = TrimmedText(_l("Catatan"), [MayBeEmpty(), Length(max=2000)])

    def validate_registry_checked_on(self, field: DateField) -> None:
        if self.registry_match.data is not RegistryMatch.UNCHECKED and not field.data:
            raise ValidationError(_("Tulis tanggal pemadanannya."))

    def validate_joined_year(self, field: WholeField) -> None:
        if field.data and field.data > texts.today().year:
            raise ValidationError(_("Tahun ini belum tiba."))


# --- the panel in the list -----------------------------------------------------------------------------------------


@bp.get("/<int:id>/ringkas")
@access.opens(Household, CORRECT)
def quick(household: Household) -> Response:
    return responses.page(PANEL, PANEL_PART, **_panel(household, _quick_form(household)))


@bp.post("/<int:id>/ringkas")
@access.opens(Household, CORRECT)
def save_quick(household: Household) -> Response:
    form, back = _quick_form(household), _back(household)
    return submit(
        form, PANEL, PANEL_PART, act=lambda: _amend(household, form), shown=lambda: _panel(household, form),
        done=lambda saved: responses.done(back, _("Data keluarga tersimpan"), "caseload/_row.html", **listing.row(saved.id)),
    )  # fmt: skip


def _quick_form(household: Household) -> Form:
    kind = QuickForm if _action(household) == UPDATE else AddressForm
    data = {name: getattr(household, name) for name in ("address", "rt", "rw", "presence", "group", "next_visit_on", "note")}
    return kind(row=household, data=data, ids=f"k{household.id}")


def _amend(household: Household, form: Form) -> Household:
    """Raises Refused, gate.Stale, gate.KeyReused."""
    who, action = access.actor(), _action(household)
    seen, key = form.seen.data or 0, form.key.data
    return gate.amend(who, household, seen=seen, changes=form.changes(), key=key, action=action)


def _action(household: Household) -> str:
    return UPDATE if gate.can(access.actor(), UPDATE, household) else CORRECT


def _panel(household: Household, form: Form) -> dict[str, object]:
    return {"household": household, "form": form, "back": _back(household), "has_phone": bool(household.phone)}


def _back(household: Household) -> str:
    """Where the browser without scripts came from: the list as it was narrowed, else the page of the family."""
    wanted = request.form.get("kembali") or _referring()
    return wanted if wanted and session_over.is_local(wanted) else url_for("households.show", id=household.id)


def _referring() -> str | None:
    home = url_for("households.index")
    path, _mark, query = (request.referrer or "").removeprefix(request.host_url.rstrip("/")).partition("?")
    return (f"{path}?{query}" if query else path) if path == home else None


# --- the full edit -------------------------------------------------------------------------------------------------


@bp.get("/<int:id>/ubah")
@access.opens(Household, CORRECT)
def edit(household: Household) -> Response:
    return responses.page(EDIT, EDIT_PART, household=household, form=_edit_form(household))


@bp.post("/<int:id>/ubah")
@access.opens(Household, CORRECT)
def save(household: Household) -> Response:
    form = _edit_form(household)
    return submit(
        form, EDIT, EDIT_PART, act=lambda: _amend(household, form), done=_saved, shown=lambda: {"household": household}
    )


def _saved(household: Household) -> Response:
    url, beside = url_for("households.show", id=household.id), ("caseload/_badges.html",)
    return responses.done(url, _("Data keluarga tersimpan"), "caseload/_data.html", also=beside, **show.data(household))


def _edit_form(household: Household) -> Form:
    form = (EditForm if _action(household) == UPDATE else CorrectionForm)(obj=household)
    form.kelurahan.offer(_kelurahan(access.actor(), household))
    return form


def _kelurahan(who: Actor, household: Household) -> dict[str, list[tuple[str, str]]]:
    """The person's own kelurahan by kecamatan, and the one where the family is now."""
    inside = areas.kelurahan_within((*who.areas, household.kelurahan))
    names = {area.code: area.name for area in areas.kecamatan_within((*who.areas, household.kelurahan))}
    return {names[code]: [(area.code, area.name) for area in inside if area.parent_code == code] for code in names}
