"""Who belongs to a family: adding and correcting people, the caretaker, and leaving by an event."""

from typing import Any

from flask import Response, abort, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, ValidationError
from wtforms.validators import Length
from wtforms.validators import Optional as MayBeEmpty

from portal.caseload import words
from portal.caseload.lists import profile
from portal.caseload.pages import show
from portal.caseload.pages.listing import bp
from portal.family.records import register
from portal.family.records.models import Household, Member
from portal.kernel import gate
from portal.kernel.terms import LeavingReason, Relation, SchoolLevel, Sex
from portal.web import access, responses, texts
from portal.web.choices import ChoiceField, RadioField
from portal.web.fields import Chosen, DateField, NikField, NotAfter, TrimmedString, TrimmedText
from portal.web.forms import Form
from portal.web.submit import submit

PAGE, PART = "caseload/member.html", "caseload/_member_form.html"
LIST_PART = "caseload/_members.html"
UPDATE = "household.update"
LONGEST_PREGNANCY = 300
"""Days from today within which an expected birth lies."""


class FamilyMemberForm(Form):
    name = TrimmedString(_l("Nama"), [Chosen(), Length(max=120)])
    relation = ChoiceField(_l("Hubungan keluarga"), [MayBeEmpty()], to=Relation, choices=words.optional(Relation))
    sex = RadioField(_l("Jenis kelamin"), [MayBeEmpty()], to=Sex, choices=words.offered(Sex))
    birth_date = DateField(_l("Tanggal lahir"), [MayBeEmpty(), NotAfter()])
    school_level = ChoiceField(
        _l("Pendidikan yang sedang diikuti"),
        [MayBeEmpty()],
        to=SchoolLevel,
        choices=words.optional(SchoolLevel),
    )
    occupation = TrimmedString(_l("Pekerjaan"), [MayBeEmpty(), Length(max=80)])
    pregnant_until = DateField(_l("Hamil, perkiraan lahir"), [MayBeEmpty()])
    severe_disability = BooleanField(_l("Disabilitas berat"))
    rights_victim = BooleanField(_l("Korban pelanggaran HAM berat"))

    def validate_pregnant_until(self, field: DateField) -> None:
        if field.data and self.sex.data is Sex.MALE:
            raise ValidationError(_("Hanya untuk perempuan."))
        if field.data and (field.data - texts.today()).days > LONGEST_PREGNANCY:
            raise ValidationError(_("Tanggal ini terlalu jauh."))


class NewFamilyMemberForm(FamilyMemberForm):
    nik = NikField(_l("NIK"), [MayBeEmpty()])


class LeavingForm(Form):
    on = DateField(_l("Keluar tanggal"), [Chosen(), NotAfter()])
    because = RadioField(_l("Sebab"), [Chosen()], to=LeavingReason, choices=words.offered(LeavingReason))


class NikForm(Form):
    nik = NikField(_l("NIK yang benar"), [Chosen()])
    reason = TrimmedText(_l("Alasan perbaikan"), [Chosen(), Length(max=500)])


@bp.get("/<int:id>/anggota")
@access.opens(Household, "household.view")
def members(household: Household) -> Response:
    return responses.page("caseload/members.html", LIST_PART, **_members(household))


@bp.get("/<int:id>/anggota/baru")
@access.opens(Household, UPDATE)
def new_member(household: Household) -> Response:
    return responses.page(PAGE, PART, **_adding(household, NewFamilyMemberForm()))


@bp.post("/<int:id>/anggota/baru")
@access.opens(Household, UPDATE)
def add_member(household: Household) -> Response:
    form = NewFamilyMemberForm()
    return submit(
        form, PAGE, PART, shown=lambda: _adding(household, form),
        act=lambda: register.add_member(
            access.actor(), household, register.ToldMember(**form.changes()), key=form.key.data
        ),
        done=lambda added: _done(added, _("%(name)s ditambahkan", name=added.name)),
    )  # fmt: skip


@bp.get("/anggota/<int:id>/ubah")
@access.opens(Member, UPDATE)
def edit_member(member: Member) -> Response:
    return responses.page(PAGE, PART, **_editing(member, FamilyMemberForm(obj=member)))


@bp.post("/anggota/<int:id>/ubah")
@access.opens(Member, UPDATE)
def save_member(member: Member) -> Response:
    form = FamilyMemberForm(obj=member)
    return submit(
        form, PAGE, PART, shown=lambda: _editing(member, form),
        act=lambda: gate.amend(
            access.actor(), member, seen=form.seen.data or 0, changes=form.changes(), key=form.key.data
        ),
        done=lambda saved: _done(saved, _("Data %(name)s tersimpan", name=saved.name)),
    )  # fmt: skip


@bp.get("/anggota/<int:id>/keluar")
@access.opens(Member, UPDATE)
def leave(member: Member) -> Response:
    return responses.page(PAGE, PART, **_leaving(member, LeavingForm(data={"on": texts.today()})))


@bp.post("/anggota/<int:id>/keluar")
@access.opens(Member, UPDATE)
def record_leaving(member: Member) -> Response:
    form = LeavingForm()
    return submit(
        form, PAGE, PART, shown=lambda: _leaving(member, form),
        act=lambda: register.record_leaving(access.actor(), member, **form.changes(), key=form.key.data),
        done=lambda left: _done(left, _("%(name)s tercatat keluar", name=left.name)),
    )  # fmt: skip


@bp.get("/anggota/<int:id>/nik")
@access.opens(Member, UPDATE)
def nik(member: Member) -> Response:
    return responses.page(PAGE, PART, **_correcting(member, NikForm()))


@bp.post("/anggota/<int:id>/nik")
@access.opens(Member, UPDATE)
def correct_nik(member: Member) -> Response:
    form = NikForm()
    return submit(
        form, PAGE, PART, shown=lambda: _correcting(member, form),
        act=lambda: register.correct_nik(access.actor(), member, **form.changes(), key=form.key.data),
        done=lambda fixed: _done(fixed, _("NIK %(name)s diperbaiki", name=fixed.name)),
    )  # fmt: skip


@bp.post("/anggota/<int:id>/pengurus")
@access.opens(Member, UPDATE)
def choose_caretaker(member: Member) -> Response:
    form = Form()
    if not form.validate():
        abort(400)
    register.choose_caretaker(access.actor(), member, key=form.key.data)
    return _done(member, _("%(name)s menjadi pengurus", name=member.name))


def _done(member: Member, message: str) -> Response:
    """The list of members again, also to a browser, on the page of the family."""
    household = member.household
    return responses.done(url_for("households.show", id=household.id), message, LIST_PART, **_members(household))


def _members(household: Household) -> dict[str, Any]:
    family = profile.people(access.actor(), household, texts.today())
    return {"household": household, "may": show.rights(household), "family": family}


def _adding(household: Household, form: Form) -> dict[str, object]:
    return _shown(household, form, _("Tambah anggota"))


def _editing(member: Member, form: Form) -> dict[str, object]:
    return _shown(member.household, form, _("Ubah data %(name)s", name=member.name))


def _shown(household: Household, form: Form, title: str) -> dict[str, object]:
    return {"household": household, "form": form, "form_title": title, "note": None}


def _leaving(member: Member, form: Form) -> dict[str, object]:
    note = _("Data dan riwayatnya tetap tersimpan.")
    return {**_shown(member.household, form, _("%(name)s keluar dari keluarga", name=member.name)), "note": note}


def _correcting(member: Member, form: Form) -> dict[str, object]:
    note = _("Untuk NIK yang salah catat. Orangnya tetap sama, riwayatnya tidak hilang.")
    return {**_shown(member.household, form, _("Perbaiki NIK %(name)s", name=member.name)), "note": note}
