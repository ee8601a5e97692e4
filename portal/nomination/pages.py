"""`/usulan`: nominations in their groups, one nomination with what it lacks and what comes next, steps singly and in bulk;
and the writing of its file: the first draft, and then domicile, members, reason and photos, each saved by itself."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, abort, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_babel.speaklater import LazyString
from werkzeug.datastructures import MultiDict
from wtforms.validators import Length, NumberRange
from wtforms.validators import Optional as MayBeEmpty

from portal.evidence import records
from portal.family.records.models import Household, Member
from portal.family.records.register import stated
from portal.kernel import areas, gate, identity, paging, policy, typed
from portal.kernel.gate import Outcome
from portal.kernel.terms import EvidenceKind, Reach, Refused, Relation, Sex
from portal.kernel.workflow import Step
from portal.nomination import lists, words
from portal.nomination.lists import Lookalike, NominationFilter
from portal.nomination.records import effects, nominations
from portal.nomination.records.nominations import Availability, NewFamily, NewMember, Nomination, NumberAnswer
from portal.nomination.rules import NOMINATION, Assignee, DuplicateOf
from portal.web import access, fields, labels, responses, steps, texts
from portal.web.forms import Form
from portal.web.responses import submit

bp = Blueprint("nominations", __name__, url_prefix="/usulan")

INDEX, LIST, SHOW = "nomination/index.html", "nomination/_list.html", "nomination/show.html"
BULK, BULK_FORM = "nomination/bulk.html", "nomination/_bulk.html"

_FIRST_GROUP = {"nomination.decide": "deciding", "nomination.check": "checking", "nomination.prepare": "preparing"}


@bp.get("")
@access.lists("nomination.view")
def index() -> Response:
    who, wanted = access.actor(), NominationFilter.read(request.args, group=_first_group())
    page = lists.page(who, wanted)
    return responses.page(
        INDEX, LIST, page=page, wanted=wanted, groups=words.GROUPS, counts=lists.counts(who, wanted.area),
        following=url_for(".index", **wanted.words(), setelah=page.following) if page.following else None,
        may_prepare=policy.may(who, "nomination.prepare"), bulk_steps=_bulk_steps(wanted),
    )  # fmt: skip


@bp.get("/<int:id>")
@access.opens(Nomination, "nomination.view")
def show(nomination: Nomination) -> Response:
    return responses.page(SHOW, **shown(nomination))


def shown(nomination: Nomination) -> dict[str, Any]:
    """Everything the page of one nomination shows."""
    who = access.actor()
    may_edit = nomination.state in nominations.EDITABLE and gate.can(who, "nomination.prepare", nomination)
    offers = gate.steps_for(who, nomination)
    return {
        "nomination": nomination,
        "household": nomination.household,
        "place": areas.place_names(nomination.household.kelurahan),
        "members": nomination.household.present_members,
        "checklist": _checklist(nomination, offers) if may_edit else [],
        "offers": offers,
        "said": stated(nomination),
        "scans": records.of_subject(who, nomination, nomination.household),
        "may_edit": may_edit,
        "defects": nomination.facts.get("return", {}).get("defects", ()) if nomination.state == "returned" else (),
        "is_own_area": gate.can(who, "household.view", nomination.household),
        "facts_of": steps.facts_of,
    }


def _checklist(nomination: Nomination, offers: tuple[gate.Offer, ...]) -> list[tuple[LazyString, bool, str]]:
    """What handing in needs, met or not, and where each is put right."""
    handing_in = next(offer for offer in offers if offer.step.name in ("submit", "resubmit"))
    return [(labels.NEEDS[need], need not in handing_in.missing, _mend(nomination, need)) for need in handing_in.step.needs]


def _mend(nomination: Nomination, need: str) -> str:
    """Where a missing thing is put right."""
    if need in ("domicile", "valid_numbers"):
        return url_for("nomination_files.domicile", id=nomination.id)
    if need == "stated_reason":
        return url_for("nomination_files.reason", id=nomination.id)
    if need.endswith("_photo"):
        return url_for("nomination_files.photos", id=nomination.id)
    return f"{url_for('.show', id=nomination.id)}#anggota"


def _first_group() -> str:
    """Where a person's own work is."""
    who = access.actor()
    return next((group for action, group in _FIRST_GROUP.items() if policy.reach(who, action) is not Reach.NONE), "deciding")


# --- steps ---------------------------------------------------------------------------------------------------------


def _choices(nomination: Nomination, step: Step) -> Mapping[str, Any]:
    """Who may check, and which families this one may be; asked for the step that picks one."""
    if step.facts is Assignee:
        return {"facilitator": [(user.id, user.name) for user in effects.facilitators_of(nomination.household.kelurahan)]}
    if step.facts is DuplicateOf:
        return {"household": [(one.id, _recognised(one)) for one in lists.lookalikes(access.actor(), nomination)]}
    return {}


def _recognised(family: Lookalike) -> str:
    where = f"RT {family.rt or texts.UNKNOWN} RW {family.rw or texts.UNKNOWN}"
    return f"{family.name}, {family.kelurahan} {where} ({texts.label(family.membership)})"


steps.serve(bp, Nomination, "nomination.view", choices=_choices)


def _bulk_steps(wanted: NominationFilter) -> tuple[str, ...]:
    """Steps that a supervisor may take for many of this list at once."""
    if not policy.may(access.actor(), "nomination.decide"):
        return ()
    return tuple(step.name for step in NOMINATION.steps if step.bulk and set(step.sources) & set(wanted.states))


@bp.get("/massal/<step>")
@access.signed_in("nomination.decide")
def choose(step: str) -> Response:
    form, cases = steps.bulk_form(NOMINATION, step), lists.chosen(access.actor(), _chosen(request.args))
    return responses.page(BULK, BULK_FORM, form=form, step=step, cases=cases)


@bp.post("/massal/<step>")
@access.signed_in("nomination.decide")
def take_many(step: str) -> Response:
    who, form, chosen = access.actor(), steps.bulk_form(NOMINATION, step), _chosen(request.form)
    cases = lists.chosen(who, chosen)
    if not cases:
        form.take(Refused("nothing_chosen"))
        return responses.invalid(BULK, BULK_FORM, form=form, step=step, cases=cases)
    seen = {**dict.fromkeys(chosen, 0), **{case.id: case.version for case in cases}}
    return submit(
        form, BULK, BULK_FORM,
        act=lambda: gate.perform_many(who, Nomination, step, seen, facts=form.facts(), key=form.key.data),
        done=lambda outcomes: _became(step, outcomes),
        shown=lambda: {"step": step, "cases": cases},
    )  # fmt: skip


def _chosen(given: MultiDict[str, str]) -> list[int]:
    """No more than a page of the list offers."""
    return typed.numbers(given.getlist("chosen"))[: paging.SIZE]


def _became(step: str, outcomes: Sequence[Outcome]) -> Response:
    done = sum(one.error is None for one in outcomes)
    message = ngettext("%(num)d usulan dilanjutkan", "%(num)d usulan dilanjutkan", done)
    return responses.page(BULK, BULK_FORM, step=step, outcomes=steps.outcomes("nomination", outcomes), message=message)


files_bp = Blueprint("nomination_files", __name__, url_prefix="/usulan")


# --- writing its file ------------------------------------------------------------------------------------------------

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


@files_bp.route("/baru", methods=["GET", "POST"])
@access.signed_in("nomination.prepare")
def new() -> Response:
    form = DraftForm()
    return submit(
        form, NEW, NEW_FORM,
        act=lambda: nominations.draft(access.actor(), form.family(), key=form.key.data),
        done=_drafted,
        shown=lambda: {"answer": _answer(form) if form.is_submitted() and not form.errors else None},
    )  # fmt: skip


def _drafted(nomination: Nomination) -> Response:
    message = _("Rancangan tersimpan. Lengkapi foto dan anggotanya.")
    return responses.done(url_for("nominations.show", id=nomination.id), message, number=nomination.id)


_TOO_SHORT = NumberAnswer(Availability.IMPOSSIBLE, ("nik_length",))


@files_bp.post("/periksa-nik")
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


@files_bp.post("/keluarga/<int:id>")
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


@files_bp.route("/<int:id>/alamat", methods=["GET", "POST"])
@access.opens(Nomination, "nomination.prepare")
def domicile(nomination: Nomination) -> Response:
    form = _about(CandidateDomicileForm, nomination.household)
    return _section(nomination, form, _("Alamat dan KK"), lambda key: nominations.change_domicile(
        access.actor(), nomination, _changed(form), seen=form.seen.data or 0, key=key))  # fmt: skip


def _changed(form: Form) -> dict[str, object]:
    """What was typed; a number left empty stays as it is."""
    return {name: value for name, value in form.changes().items() if value is not None or name not in _NUMBERS}


@files_bp.route("/<int:id>/alasan", methods=["GET", "POST"])
@access.opens(Nomination, "nomination.prepare")
def reason(nomination: Nomination) -> Response:
    form = ReasonForm(obj=nomination)
    return _section(nomination, form, _("Alasan"), lambda key: nominations.state_reason(
        access.actor(), nomination, form.stated_reason.data or "", seen=form.seen.data or 0, key=key))  # fmt: skip


@files_bp.route("/<int:id>/foto", methods=["GET", "POST"])
@access.opens(Nomination, "nomination.prepare")
def photos(nomination: Nomination) -> Response:
    form = CandidatePhotosForm(row=nomination)
    return _section(nomination, form, _("Foto"), lambda key: _attach_all(nomination, form, key))


def _attach_all(nomination: Nomination, form: CandidatePhotosForm, key: str) -> None:
    """Each kind by itself, so that a repeated key finds what was attached before."""
    for field in (form.identity_card, form.family_card, form.house_front):
        if field.data:
            nominations.attach(access.actor(), nomination, EvidenceKind(field.kind), field.data, key=f"{key}:{field.kind}")


@files_bp.route("/<int:id>/anggota/baru", methods=["GET", "POST"])
@access.opens(Nomination, "nomination.prepare")
def add_member(nomination: Nomination) -> Response:
    form = MemberForm(row=nomination)
    return _section(nomination, form, _("Tambah anggota"), lambda key: nominations.add_member(
        access.actor(), nomination, form.member(), key=key))  # fmt: skip


@files_bp.route("/<int:id>/anggota/<int:member_id>", methods=["GET", "POST"])
@access.opens(Nomination, "nomination.prepare")
def member(nomination: Nomination, member_id: int) -> Response:
    known = _member_of(nomination, member_id)
    form = _about(MemberForm, known)
    return _section(nomination, form, known.name, lambda key: nominations.change_member(
        access.actor(), nomination, member_id, replace(form.member(), nik=form.nik.data or known.nik),
        seen=form.seen.data or 0, key=key), removable=known)  # fmt: skip


@files_bp.post("/<int:id>/anggota/<int:member_id>/hapus")
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
    return submit(
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
