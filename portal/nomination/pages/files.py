"""Writing a nomination's file: the first draft, and then domicile, members, reason and photos, each saved by itself."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, abort, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms.validators import Length, NumberRange
from wtforms.validators import Optional as MayBeEmpty

from portal.family.records.models import Household, Member
from portal.kernel import areas, identity
from portal.kernel.terms import EvidenceKind, Relation, Sex
from portal.nomination.records import nominations
from portal.nomination.records.nominations import Availability, NewFamily, NewMember, Nomination, NumberAnswer
from portal.web import access, fields, responses
from portal.web.forms import Form
from portal.web.responses import ask, submit

bp = Blueprint("nomination_files", __name__, url_prefix="/usulan")

NEW, NEW_FORM, NUMBER = "nomination/new.html", "nomination/_new.html", "nomination/_number.html"
EDIT, EDIT_FORM = "nomination/edit.html", "nomination/_edit.html"


class MemberForm(Form):
    name = fields.TrimmedString(_l("Nama lengkap sesuai KTP"), [fields.Chosen(), Length(max=120)])
    nik = fields.NikField(_l("NIK"), [MayBeEmpty()])
    sex = fields.RadioField(_l("Jenis kelamin"), [MayBeEmpty()], to=Sex)
    birth_date = fields.DateField(_l("Tanggal lahir"), [MayBeEmpty(), fields.NotAfter()])
    relation = fields.ChoiceField(_l("Hubungan dengan kepala keluarga"), [MayBeEmpty()], to=Relation, unknown=True)

    def member(self) -> NewMember:
        return NewMember(self.name.data or "", self.nik.data, self.sex.data, self.birth_date.data, self.relation.data)


class CandidateDomicileForm(Form):
    address = fields.TrimmedString(_l("Alamat tempat tinggal"), [fields.Chosen(), Length(max=200)])
    rt = fields.WholeField(_l("RT"), [MayBeEmpty(), NumberRange(1, 999)])
    rw = fields.WholeField(_l("RW"), [MayBeEmpty(), NumberRange(1, 999)])
    kk = fields.KkField(_l("Nomor KK"), [MayBeEmpty()])
    kk_address = fields.TrimmedString(_l("Alamat di KK, bila berbeda"), [MayBeEmpty(), Length(max=200)])
    phone = fields.PhoneField(_l("Nomor HP"), [MayBeEmpty()])


class ReasonForm(Form):
    stated_reason = fields.TrimmedText(_l("Mengapa keluarga ini diusulkan"), [fields.Chosen(), Length(max=2000)])


class DraftForm(MemberForm, CandidateDomicileForm, ReasonForm):
    """The first page of a nomination: whom, where, why. Photos come after."""

    kelurahan = fields.ChoiceField(_l("Kelurahan"), [fields.Chosen()])

    def __init__(self, *args: object, **values: Any) -> None:
        super().__init__(*args, **values)
        offered = areas.kelurahan_within(access.actor().areas)
        self.kelurahan.choices = [(area.code, area.name) for area in offered]
        if len(offered) == 1 and not self.kelurahan.data:
            self.kelurahan.data = offered[0].code

    def family(self) -> NewFamily:
        told = {name: self[name].data for name in ("kelurahan", "address", "rt", "rw", "kk", "kk_address", "phone")}
        return NewFamily(**told, caretaker=self.member(), stated_reason=self.stated_reason.data or "")


class CandidatePhotosForm(Form):
    lead = _l("Ketiga foto harus ada sebelum diajukan. Boleh disimpan satu per satu.")
    identity_card = fields.EvidenceField(_l("Foto KTP"), kind=EvidenceKind.IDENTITY_CARD, most=4)
    family_card = fields.EvidenceField(_l("Foto KK"), kind=EvidenceKind.FAMILY_CARD, most=2)
    house_front = fields.EvidenceField(_l("Foto depan rumah"), kind=EvidenceKind.HOUSE_FRONT, most=4)


# --- the first draft -----------------------------------------------------------------------------------------------


@bp.route("/baru", methods=["GET", "POST"])
@access.signed_in("nomination.prepare")
def new() -> Response:
    form = DraftForm()
    return ask(
        form, NEW, NEW_FORM,
        act=lambda: nominations.draft(access.actor(), form.family(), key=form.key.data),
        done=_drafted,
        shown=lambda: {"answer": _answer(form) if form.is_submitted() and not form.errors else None},
    )  # fmt: skip


def _drafted(nomination: Nomination) -> Response:
    message = _("Rancangan tersimpan. Lengkapi foto dan anggotanya.")
    return responses.done(url_for("nominations.show", id=nomination.id), message, number=nomination.id)


_TOO_SHORT = NumberAnswer(Availability.IMPOSSIBLE, ("nik_length",))


@bp.post("/periksa-nik")
@access.signed_in("nomination.prepare")
def check_number() -> Response:
    """While typing: is this NIK impossible, or already taken? In a POST, since numbers never travel in an address.
    Who presses the button has finished typing."""
    form = DraftForm()
    answer = _answer(form)
    if responses.wants_fragment():
        return responses.page(NUMBER, NUMBER, answer=answer)
    return responses.page(NEW, form=form, answer=answer)


def _answer(form: DraftForm) -> NumberAnswer | None:
    """What to say about the NIK as typed so far; None while nothing can be said."""
    typed, kelurahan = "".join(request.form.get("nik", "").split()), form.kelurahan.data
    if len(typed) < 16:
        return None if responses.wants_fragment() else _TOO_SHORT
    if not kelurahan or not form.key.validate(form):
        return None
    return nominations.check_number(access.actor(), typed, kelurahan=kelurahan, key=form.key.data)


@bp.post("/keluarga/<int:id>")
@access.opens(Household, "nomination.prepare")
def renominate(household: Household) -> Response:
    """A family that left the programme is proposed again."""
    nomination = nominations.renominate(access.actor(), household, stated_reason="", key=responses.pressed())
    return responses.done(url_for("nominations.show", id=nomination.id), _("Usulan ulang dibuka. Tulis alasannya."))


# --- the sections of a file ----------------------------------------------------------------------------------------

_NUMBERS = ("nik", "kk", "phone")


def _about(kind: type[Form], known: Household | Member, **how: Any) -> Any:
    """A form about what is on file. Its numbers are only told masked, beside their fields; a field left empty keeps one."""
    plain = [name for name in kind(formdata=None)._fields if name not in (*_NUMBERS, "key", "seen", "csrf_token")]
    form: Any = kind(row=known, data={name: getattr(known, name) for name in plain}, **how)
    kept = {name: identity.mask(getattr(known, name)) for name in _NUMBERS if getattr(known, name, None)}
    form.helps = {name: _("Tersimpan %(number)s. Kosongkan bila tetap.", number=number) for name, number in kept.items()}
    return form


@bp.route("/<int:id>/alamat", methods=["GET", "POST"])
@access.opens(Nomination, "nomination.prepare")
def domicile(nomination: Nomination) -> Response:
    form = _about(CandidateDomicileForm, nomination.household)
    return _section(nomination, form, _("Alamat dan KK"), lambda key: nominations.change_domicile(
        access.actor(), nomination, _changed(form), seen=form.seen.data or 0, key=key))  # fmt: skip


def _changed(form: Form) -> dict[str, object]:
    """What was typed; a number left empty stays as it is."""
    return {name: value for name, value in form.changes().items() if value is not None or name not in _NUMBERS}


@bp.route("/<int:id>/alasan", methods=["GET", "POST"])
@access.opens(Nomination, "nomination.prepare")
def reason(nomination: Nomination) -> Response:
    form = ReasonForm(obj=nomination)
    return _section(nomination, form, _("Alasan"), lambda key: nominations.state_reason(
        access.actor(), nomination, form.stated_reason.data or "", seen=form.seen.data or 0, key=key))  # fmt: skip


@bp.route("/<int:id>/foto", methods=["GET", "POST"])
@access.opens(Nomination, "nomination.prepare")
def photos(nomination: Nomination) -> Response:
    form = CandidatePhotosForm(row=nomination)
    return _section(nomination, form, _("Foto"), lambda key: _attach_all(nomination, form, key))


def _attach_all(nomination: Nomination, form: CandidatePhotosForm, key: str) -> None:
    """Each kind by itself, so that a repeated key finds what was attached before."""
    for field in (form.identity_card, form.family_card, form.house_front):
        if field.data:
            nominations.attach(access.actor(), nomination, EvidenceKind(field.kind), field.data, key=f"{key}:{field.kind}")


@bp.route("/<int:id>/anggota/baru", methods=["GET", "POST"])
@access.opens(Nomination, "nomination.prepare")
def add_member(nomination: Nomination) -> Response:
    form = MemberForm(row=nomination)
    return _section(nomination, form, _("Tambah anggota"), lambda key: nominations.add_member(
        access.actor(), nomination, form.member(), key=key))  # fmt: skip


@bp.route("/<int:id>/anggota/<int:member_id>", methods=["GET", "POST"])
@access.opens(Nomination, "nomination.prepare")
def member(nomination: Nomination, member_id: int) -> Response:
    known = _member_of(nomination, member_id)
    form = _about(MemberForm, known)
    return _section(nomination, form, known.name, lambda key: nominations.change_member(
        access.actor(), nomination, member_id, replace(form.member(), nik=form.nik.data or known.nik),
        seen=form.seen.data or 0, key=key), removable=known)  # fmt: skip


@bp.post("/<int:id>/anggota/<int:member_id>/hapus")
@access.opens(Nomination, "nomination.prepare")
def remove_member(nomination: Nomination, member_id: int) -> Response:
    known, pressed = _member_of(nomination, member_id), Form()
    if not pressed.validate():
        abort(400)
    return submit(
        pressed, EDIT, EDIT_FORM,
        act=lambda: nominations.remove_member(access.actor(), nomination, member_id, key=pressed.key.data),
        done=lambda _saved: responses.done(_page_of(nomination), _("Anggota dihapus dari rancangan")),
        shown=lambda: {"form": _about(MemberForm, known, formdata=None), **_editing(nomination, known.name)},
    )  # fmt: skip


def _member_of(nomination: Nomination, member_id: int) -> Member:
    return next((known for known in nomination.household.present_members if known.id == member_id), None) or abort(404)


def _section(
    nomination: Nomination, form: Form, title: str, save: Callable[[str], object], *, removable: Member | None = None
) -> Response:
    """One part of the file, to be seen or saved; `save` is handed the form's key."""
    return ask(
        form, EDIT, EDIT_FORM,
        act=lambda: save(form.key.data),
        done=lambda _saved: responses.done(_page_of(nomination), _("%(title)s tersimpan", title=title)),
        shown=lambda: _editing(nomination, title, None if form.is_submitted() else removable),
    )  # fmt: skip


def _page_of(nomination: Nomination) -> str:
    return url_for("nominations.show", id=nomination.id)


def _editing(nomination: Nomination, title: str, removable: Member | None = None) -> dict[str, object]:
    may_go = removable is not None and not removable.is_caretaker and not nomination.household.episodes
    return {
        "nomination": nomination, "title": title, "action": request.path, "removable": removable if may_go else None,
        "is_open": nomination.state in nominations.EDITABLE,
    }  # fmt: skip
