"""What changes in a family between visits: the panel that opens inside the list (and as a page), the full edit of a family;
and who belongs to it: adding and correcting people, the caretaker, and leaving by an event."""

from collections.abc import Callable
from typing import Any

from flask import Response, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from wtforms import BooleanField, ValidationError
from wtforms.validators import Length, NumberRange
from wtforms.validators import Optional as MayBeEmpty

from portal.caseload.lists import profile
from portal.caseload.pages import families
from portal.caseload.pages.families import bp
from portal.family.records import register
from portal.family.records.models import Household, Member
from portal.kernel import areas, gate
from portal.kernel.terms import LeavingReason, Presence, RegistryMatch, Relation, SchoolLevel, Sex
from portal.web import access, fields, responses, shell, texts
from portal.web.forms import Form
from portal.web.responses import submit

PANEL, PANEL_PART = "caseload/quick.html", "caseload/_quick.html"
EDIT, EDIT_PART = "caseload/edit.html", "caseload/_edit.html"
UPDATE, CORRECT = "household.update", "household.correct_address"


def _number(label: LazyString) -> fields.WholeField:
    return fields.WholeField(label, [MayBeEmpty(), NumberRange(1, 999)], render_kw={"inputmode": "numeric"})


class AddressForm(Form):
    """What officers may correct from the list."""

    address = fields.TrimmedString(_l("Alamat domisili"), [fields.Chosen(), Length(max=200)])
    rt = _number(_l("RT"))
    rw = _number(_l("RW"))


class QuickForm(AddressForm):
    presence = fields.ChoiceField(_l("Keberadaan"), [fields.Chosen()], to=Presence)
    phone = fields.PhoneField(_l("Nomor HP"), [MayBeEmpty()])
    forget_phone = BooleanField(_l("Hapus nomor HP"))
    group = fields.TrimmedString(_l("Kelompok"), [MayBeEmpty(), Length(max=60)])
    next_visit_on = fields.DateField(_l("Kunjungan berikutnya"), [MayBeEmpty()])
    note = fields.TrimmedText(_l("Catatan"), [MayBeEmpty(), Length(max=2000)])

    def validate_next_visit_on(self, field: fields.DateField) -> None:
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

    kelurahan = fields.AreaField(_l("Kelurahan domisili"), [fields.Chosen()])
    kk_address = fields.TrimmedString(_l("Alamat di KK, bila lain"), [MayBeEmpty(), Length(max=200)])

    def changes(self) -> dict[str, object]:
        typed = super().changes()
        return {**typed, "kecamatan": areas.kecamatan_of(typed["kelurahan"])}


class EditForm(CorrectionForm):
    presence = fields.ChoiceField(_l("Keberadaan"), [fields.Chosen()], to=Presence)
    registry_match = fields.ChoiceField(_l("Padan kependudukan"), [fields.Chosen()], to=RegistryMatch)
    registry_checked_on = fields.DateField(_l("Dipadankan tanggal"), [fields.NotAfter()])
    joined_year = fields.WholeField(_l("Ikut program sejak tahun"), [MayBeEmpty(), NumberRange(2007, 2100)])
    group = fields.TrimmedString(_l("Kelompok"), [MayBeEmpty(), Length(max=60)])
    note = fields.TrimmedText(_l("Catatan"), [MayBeEmpty(), Length(max=2000)])

    def validate_registry_checked_on(self, field: fields.DateField) -> None:
        if self.registry_match.data is not RegistryMatch.UNCHECKED and not field.data:
            raise ValidationError(_("Tulis tanggal pemadanannya."))

    def validate_joined_year(self, field: fields.WholeField) -> None:
        if field.data and field.data > texts.today().year:
            raise ValidationError(_("Tahun ini belum tiba."))


# --- the panel in the list -----------------------------------------------------------------------------------------


@bp.route("/<int:id>/ringkas", methods=["GET", "POST"])
@access.opens(Household, CORRECT)
def quick(household: Household) -> Response:
    form, back = _quick_form(household), _back(household)
    return submit(
        form, PANEL, PANEL_PART, act=lambda: _amend(household, form),
        shown=lambda: {"household": household, "back": back, "has_phone": bool(household.phone)},
        done=lambda saved: responses.done(back, _("Data keluarga tersimpan"), "caseload/_row.html", **families.row(saved.id)),
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


def _back(household: Household) -> str:
    """Where the browser without scripts came from: the list as it was narrowed, else the page of the family."""
    wanted = request.form.get("kembali") or _referring()
    return wanted if wanted and shell.is_local(wanted) else url_for("households.show", id=household.id)


def _referring() -> str | None:
    home = url_for("households.index")
    path, _mark, query = (request.referrer or "").removeprefix(request.host_url.rstrip("/")).partition("?")
    return (f"{path}?{query}" if query else path) if path == home else None


# --- the full edit -------------------------------------------------------------------------------------------------


@bp.route("/<int:id>/ubah", methods=["GET", "POST"])
@access.opens(Household, CORRECT)
def edit(household: Household) -> Response:
    form = _edit_form(household)
    return submit(
        form, EDIT, EDIT_PART, act=lambda: _amend(household, form), done=_saved, shown=lambda: {"household": household}
    )


def _saved(household: Household) -> Response:
    url, beside = url_for("households.show", id=household.id), ("caseload/_badges.html",)
    return responses.done(url, _("Data keluarga tersimpan"), "caseload/_data.html", also=beside, **families.data(household))


def _edit_form(household: Household) -> Form:
    """Offered are the person's own kelurahan, and the one where the family is now."""
    form = (EditForm if _action(household) == UPDATE else CorrectionForm)(obj=household)
    offered = areas.by_kecamatan((*access.actor().areas, household.kelurahan))
    form.kelurahan.offer({one.name: [(area.code, area.name) for area in inside] for one, inside in offered})
    return form


# --- who belongs to it -----------------------------------------------------------------------------------------------

PAGE, PART = "caseload/member.html", "caseload/_member_form.html"
LIST_PART = "caseload/_members.html"
LONGEST_PREGNANCY = 300
"""Days from today within which an expected birth lies."""


class FamilyMemberForm(Form):
    name = fields.TrimmedString(_l("Nama"), [fields.Chosen(), Length(max=120)])
    relation = fields.ChoiceField(_l("Hubungan keluarga"), [MayBeEmpty()], to=Relation, unknown=True)
    sex = fields.RadioField(_l("Jenis kelamin"), [MayBeEmpty()], to=Sex)
    birth_date = fields.DateField(_l("Tanggal lahir"), [MayBeEmpty(), fields.NotAfter()])
    school_level = fields.ChoiceField(_l("Pendidikan yang sedang diikuti"), [MayBeEmpty()], to=SchoolLevel, unknown=True)
    occupation = fields.TrimmedString(_l("Pekerjaan"), [MayBeEmpty(), Length(max=80)])
    pregnant_until = fields.DateField(_l("Hamil, perkiraan lahir"), [MayBeEmpty()])
    severe_disability = BooleanField(_l("Disabilitas berat"))
    rights_victim = BooleanField(_l("Korban pelanggaran HAM berat"))

    def validate_pregnant_until(self, field: fields.DateField) -> None:
        if field.data and self.sex.data is Sex.MALE:
            raise ValidationError(_("Hanya untuk perempuan."))
        if field.data and (field.data - texts.today()).days > LONGEST_PREGNANCY:
            raise ValidationError(_("Tanggal ini terlalu jauh."))


class NewFamilyMemberForm(FamilyMemberForm):
    nik = fields.NikField(_l("NIK"), [MayBeEmpty()])


class LeavingForm(Form):
    on = fields.DateField(_l("Keluar tanggal"), [fields.Chosen(), fields.NotAfter()])
    because = fields.RadioField(_l("Sebab"), [fields.Chosen()], to=LeavingReason)


class NikForm(Form):
    nik = fields.NikField(_l("NIK yang benar"), [fields.Chosen()])
    reason = fields.TrimmedText(_l("Alasan perbaikan"), [fields.Chosen(), Length(max=500)])


@bp.get("/<int:id>/anggota")
@access.opens(Household, "household.view")
def members(household: Household) -> Response:
    return responses.page("caseload/members.html", LIST_PART, **_members(household))


@bp.route("/<int:id>/anggota/baru", methods=["GET", "POST"])
@access.opens(Household, UPDATE)
def new_member(household: Household) -> Response:
    form = NewFamilyMemberForm()
    return _ask(
        household, form, _("Tambah anggota"), said=lambda added: _("%(name)s ditambahkan", name=added.name),
        act=lambda: register.add_member(
            access.actor(), household, register.ToldMember(**form.changes()), key=form.key.data
        ),
    )  # fmt: skip


@bp.route("/anggota/<int:id>/ubah", methods=["GET", "POST"])
@access.opens(Member, UPDATE)
def edit_member(member: Member) -> Response:
    form = FamilyMemberForm(obj=member)
    return _ask(
        member.household, form, _("Ubah data %(name)s", name=member.name),
        said=lambda saved: _("Data %(name)s tersimpan", name=saved.name),
        act=lambda: gate.amend(
            access.actor(), member, seen=form.seen.data or 0, changes=form.changes(), key=form.key.data
        ),
    )  # fmt: skip


@bp.route("/anggota/<int:id>/keluar", methods=["GET", "POST"])
@access.opens(Member, UPDATE)
def leave(member: Member) -> Response:
    form = LeavingForm(first={"on": texts.today()})
    return _ask(
        member.household, form, _("%(name)s keluar dari keluarga", name=member.name),
        note=_("Data dan riwayatnya tetap tersimpan."), said=lambda left: _("%(name)s tercatat keluar", name=left.name),
        act=lambda: register.record_leaving(access.actor(), member, **form.changes(), key=form.key.data),
    )  # fmt: skip


@bp.route("/anggota/<int:id>/nik", methods=["GET", "POST"])
@access.opens(Member, UPDATE)
def nik(member: Member) -> Response:
    form = NikForm()
    return _ask(
        member.household, form, _("Perbaiki NIK %(name)s", name=member.name),
        note=_("Untuk NIK yang salah catat. Orangnya tetap sama, riwayatnya tidak hilang."),
        said=lambda fixed: _("NIK %(name)s diperbaiki", name=fixed.name),
        act=lambda: register.correct_nik(access.actor(), member, **form.changes(), key=form.key.data),
    )  # fmt: skip


def _ask(
    household: Household, form: Form, title: str, *, act: Callable[[], Member], said: Callable[[Member], str], note: str = ""
) -> Response:
    """A form about one person; what was done is `said` over the list of members."""
    return submit(
        form, PAGE, PART, act=act, done=lambda member: _done(member, said(member)),
        shown=lambda: {"household": household, "form_title": title, "note": note},
    )  # fmt: skip


@bp.post("/anggota/<int:id>/pengurus")
@access.opens(Member, UPDATE)
def choose_caretaker(member: Member) -> Response:
    register.choose_caretaker(access.actor(), member, key=responses.pressed())
    return _done(member, _("%(name)s menjadi pengurus", name=member.name))


def _done(member: Member, message: str) -> Response:
    """The list of members again, also to a browser, on the page of the family."""
    household = member.household
    return responses.done(url_for("households.show", id=household.id), message, LIST_PART, **_members(household))


def _members(household: Household) -> dict[str, Any]:
    family = profile.people(access.actor(), household, texts.today())
    return {"household": household, "may": families.rights(household), "family": family}
