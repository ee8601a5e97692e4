"""`/pengguna`: who may log in, as what and where; one-time passwords for the forgotten."""

from functools import partial

from flask import Blueprint, Response, abort, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField
from wtforms.validators import Length

from portal.caseload import records
from portal.kernel import areas
from portal.kernel.people import User
from portal.kernel.terms import Role
from portal.office.records import accounts, office
from portal.office.words import area_name
from portal.web import access, responses, texts
from portal.web.fields import ChoiceField, Chosen, TicksField, TrimmedString
from portal.web.forms import Form
from portal.web.responses import submit

bp = Blueprint("people", __name__, url_prefix="/pengguna")

INDEX, LIST, EDIT, FORM, SECRET = (
    "office/people/index.html",
    "office/people/_list.html",
    "office/people/edit.html",
    "office/people/_edit.html",
    "office/people/secret.html",
)


class StaffForm(Form):
    name = TrimmedString(_l("Nama lengkap"), [Chosen(), Length(max=80)])
    role = ChoiceField(_l("Peran"), [Chosen()], to=Role)
    areas = TicksField(_l("Wilayah tugas"), [])
    active = BooleanField(_l("Boleh masuk"))
    leaves = BooleanField(_l("Ya, lanjutkan; supervisor membagikan keluarganya nanti"))

    def __init__(self, *args, **values):
        super().__init__(*args, **values)
        self.role.choices = [(str(role), texts.LABELS[Role][role]) for role in Role]
        self.areas.choices = [(one.area.code, area_name(one.area)) for one in areas.staffed()]

    def person(self) -> office.StatedPerson:
        return office.StatedPerson(self.name.data or "", self.role.data, tuple(self.areas.data), self.active.data)


class NewStaffForm(StaffForm):
    username = TrimmedString(_l("Nama pengguna"), [Chosen(), Length(max=40)])


@bp.get("")
@access.signed_in("people.manage")
def index() -> Response:
    role = request.args.get("peran", "")
    found = office.people(name=request.args.get("q") or None, role=Role(role) if role in set(Role) else None)
    named = {one.area.code: area_name(one.area) for one in areas.staffed()}
    return responses.page(INDEX, LIST, people=found, named=named, roles=Role, role=role, name=request.args.get("q", ""))


@bp.get("/baru")
@access.signed_in("people.manage")
def new() -> Response:
    return responses.page(EDIT, FORM, **_editing(NewStaffForm(data={"active": True}), None))


@bp.post("/baru")
@access.signed_in("people.manage")
def create() -> Response:
    form = NewStaffForm()
    secret = accounts.one_time()

    def act() -> User:
        return office.add_person(access.actor(), form.username.data or "", form.person(), password=secret, key=form.key.data)

    done = partial(_handed_over, secret=secret)
    return submit(form, EDIT, FORM, act=act, done=done, shown=lambda: _editing(form, None))


@bp.get("/<int:id>")
@access.signed_in("people.manage")
def show(id: int) -> Response:
    user = _user(id)
    told = {"name": user.name, "role": user.role, "areas": user.area_codes, "active": user.active}
    return responses.page(EDIT, FORM, **_editing(StaffForm(data=told, row=user), user))


@bp.post("/<int:id>")
@access.signed_in("people.manage")
def save(id: int) -> Response:
    user = _user(id)
    form = StaffForm(row=user)

    def act() -> User:
        sent = {"seen": form.seen.data or 0, "key": form.key.data, "leaves": form.leaves.data}
        return office.change_person(access.actor(), user, form.person(), **sent)

    return submit(
        form, EDIT, FORM, act=act,
        done=lambda _changed: responses.done(url_for(".index"), _("Data orang tersimpan")),
        shown=lambda: _editing(form, _user(id)),
    )  # fmt: skip


@bp.post("/<int:id>/kata-sandi")
@access.signed_in("people.manage")
def one_time_password(id: int) -> Response:
    user, form, secret = _user(id), Form(), accounts.one_time()
    if not form.validate():
        abort(400)
    return _handed_over(office.give_one_time_password(access.actor(), user, password=secret, key=form.key.data), secret)


def _handed_over(user: User, secret: str) -> Response:
    """Shown once; a repeated POST made no new one, so it shows none."""
    is_valid = accounts.matches(secret, user.password_hash)
    return responses.page(SECRET, user=user, secret=secret if is_valid else None)


def _user(user_id: int) -> User:
    return office.person(user_id) or abort(404)


def _editing(form: Form, user: User | None) -> dict[str, object]:
    action = url_for(".save", id=user.id) if user else url_for(".create")
    return {"form": form, "user": user, "action": action, "held": records.held_by(user.id) if user else None}
