"""The own account: `/masuk`, `/keluar`, `/profil`; and `/pengguna`: who may log in, as what and where; one-time passwords
for the forgotten. Tells Flask-Login who a session cookie stands for."""

from functools import partial

from flask import Blueprint, Response, abort, current_app, redirect, request, session, url_for
from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user, login_user, logout_user
from markupsafe import Markup
from werkzeug.wrappers import Response as AnyResponse
from wtforms import BooleanField, PasswordField, StringField
from wtforms.validators import EqualTo, InputRequired, Length

from portal.caseload import records
from portal.kernel import areas
from portal.kernel.people import Account, User, account
from portal.kernel.terms import Role
from portal.office.records import accounts, office
from portal.office.words import area_name
from portal.web import LANGUAGE_COOKIE, access, login_manager, responses, shell
from portal.web.fields import ChoiceField, Chosen, RadioField, TicksField, TrimmedString
from portal.web.forms import Form
from portal.web.responses import submit

bp = Blueprint("account", __name__)


class LoginForm(Form):
    fault = _l("Belum bisa masuk:")
    username = StringField(_l("Nama pengguna"), [InputRequired(), Length(max=40)])
    password = PasswordField(_l("Kata sandi"), [InputRequired(), Length(max=200)])


class PasswordForm(Form):
    old = PasswordField(_l("Kata sandi yang sekarang"), [InputRequired(), Length(max=200)])
    new = PasswordField(_l("Kata sandi baru, paling sedikit 10 huruf"), [InputRequired(), Length(max=200)])
    again = PasswordField(
        _l("Kata sandi baru, sekali lagi"), [InputRequired(), EqualTo("new", _l("Tidak sama dengan di atas."))]
    )


class LanguageForm(Form):
    language = RadioField(_l("Bahasa di layar"), [InputRequired()], choices=[("id", "Bahasa Indonesia"), ("en", "English")])


@login_manager.user_loader
def resume(token: str) -> Account | None:
    config = current_app.config
    return accounts.resume(token, idle=config["SESSION_IDLE"], absolute=config["SESSION_ABSOLUTE"])


@bp.get("/masuk")
@access.public
def login() -> AnyResponse:
    if current_user.is_authenticated:
        return redirect(_onward(), 303)
    return responses.page("office/account/login.html", form=LoginForm(), onward=_onward())


@bp.post("/masuk")
@access.public
def enter() -> AnyResponse:
    form, address = LoginForm(), request.remote_addr or ""
    return submit(
        form, "office/account/login.html", "office/account/_panel.html",
        act=lambda: accounts.authenticate(form.username.data, form.password.data, address=address),
        done=_entered,
        shown=lambda: {"onward": _onward(), "carried": shell.carried()},
    )  # fmt: skip


def _entered(user: User) -> Response:
    _begin(user)
    carried = shell.carried()
    return shell.press_again(carried) if carried else responses.signed_in(_onward())


@bp.post("/keluar")
@access.signed_in("account.own")
def leave() -> AnyResponse:
    accounts.end_session(access.actor().token)
    logout_user()
    session.clear()
    return redirect(url_for(".login"), 303)


def _begin(user: User) -> None:
    """A fresh cookie for a fresh session, so that nobody can plant one before."""
    token = accounts.start_session(user)
    session.clear()
    session.permanent = True
    login_user(account(user, user.area_codes, token))


def _onward() -> str:
    wanted = request.values.get("lanjut", "")
    return wanted if shell.is_local(wanted) else "/"


# --- the profile ---------------------------------------------------------------------------------------------------

_OPEN_BEFORE_CHANGE = ("account.password", "account.save_password", "account.leave", "account.login", "account.enter", "static")


@bp.before_app_request
def demand_own_password() -> AnyResponse | None:
    """A one-time password opens nothing but the page that replaces it; a form that comes meanwhile, perhaps carried through
    the login, waits for that."""
    if request.endpoint in _OPEN_BEFORE_CHANGE or not current_user.is_authenticated or not current_user.must_change_password:
        return None
    if request.method != "POST":
        return responses.go(url_for("account.password"))
    first = _("Kata sandi Anda sekali pakai. Buat yang baru dulu, lalu portal terbuka.")
    link = Markup('{} <a href="{}" target="_blank">{}</a>')
    return shell.keep_until(link.format(first, url_for("account.password"), _("Ganti kata sandi")))


@bp.get("/profil")
@access.signed_in("account.own")
def profile() -> Response:
    return responses.page("office/account/profile.html", language_form=_language_form(), areas=_own_areas())


@bp.post("/profil/bahasa")
@access.signed_in("account.own")
def choose_language() -> AnyResponse:
    form = LanguageForm()
    return submit(
        form, "office/account/profile.html",
        act=lambda: accounts.choose_language(access.actor(), form.language.data, key=form.key.data),
        done=lambda _user: _spoken(form.language.data),
        shown=lambda: {"language_form": form, "areas": _own_areas()},
    )  # fmt: skip


def _spoken(language: str) -> Response:
    with force_locale(language):
        answer = responses.done(url_for(".profile"), _("Bahasa diganti"))
    answer.set_cookie(LANGUAGE_COOKIE, language, max_age=365 * 24 * 3600, secure=request.is_secure, httponly=True)
    return answer


@bp.get("/profil/kata-sandi")
@access.signed_in("account.own")
def password() -> Response:
    return responses.page("office/account/password.html", "office/account/_password.html", form=PasswordForm())


@bp.post("/profil/kata-sandi")
@access.signed_in("account.own")
def save_password() -> AnyResponse:
    form, who = PasswordForm(), access.actor()
    keep = accounts.digest(who.token)
    return submit(
        form, "office/account/password.html", "office/account/_password.html",
        act=lambda: accounts.change_password(who, old=form.old.data, new=form.new.data, keep=keep, key=form.key.data),
        done=lambda _user: responses.done("/", _("Kata sandi diganti. Perangkat lain sudah dikeluarkan.")),
    )  # fmt: skip


@bp.post("/profil/keluarkan")
@access.signed_in("account.own")
def end_others() -> AnyResponse:
    form = Form()
    if not form.validate():
        return responses.notice(422, _("Formulir tidak lengkap. Muat ulang halaman lalu isi lagi."))
    accounts.end_other_sessions(access.actor(), keep=accounts.digest(access.actor().token), key=form.key.data)
    return responses.done(url_for(".profile"), _("Perangkat lain sudah dikeluarkan"))


def _own_areas() -> list[str]:
    return [area_name(area) for area in areas.named(access.actor().areas)]


def _language_form() -> LanguageForm:
    return LanguageForm(data={"language": access.actor().language})


people_bp = Blueprint("people", __name__, url_prefix="/pengguna")


# --- /pengguna -------------------------------------------------------------------------------------------------------

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
        self.areas.choices = [(one.area.code, area_name(one.area)) for one in areas.staffed()]

    def person(self) -> office.StatedPerson:
        return office.StatedPerson(self.name.data or "", self.role.data, tuple(self.areas.data), self.active.data)


class NewStaffForm(StaffForm):
    username = TrimmedString(_l("Nama pengguna"), [Chosen(), Length(max=40)])


@people_bp.get("")
@access.signed_in("people.manage")
def index() -> Response:
    role = request.args.get("peran", "")
    found = office.people(name=request.args.get("q") or None, role=Role(role) if role in set(Role) else None)
    named = {one.area.code: area_name(one.area) for one in areas.staffed()}
    return responses.page(INDEX, LIST, people=found, named=named, roles=Role, role=role, name=request.args.get("q", ""))


@people_bp.get("/baru")
@access.signed_in("people.manage")
def new() -> Response:
    return responses.page(EDIT, FORM, **_editing(NewStaffForm(data={"active": True}), None))


@people_bp.post("/baru")
@access.signed_in("people.manage")
def create() -> Response:
    form = NewStaffForm()
    secret = accounts.one_time()

    def act() -> User:
        return office.add_person(access.actor(), form.username.data or "", form.person(), password=secret, key=form.key.data)

    done = partial(_handed_over, secret=secret)
    return submit(form, EDIT, FORM, act=act, done=done, shown=lambda: _editing(form, None))


@people_bp.get("/<int:id>")
@access.signed_in("people.manage")
def show(id: int) -> Response:
    user = _user(id)
    told = {"name": user.name, "role": user.role, "areas": user.area_codes, "active": user.active}
    return responses.page(EDIT, FORM, **_editing(StaffForm(data=told, row=user), user))


@people_bp.post("/<int:id>")
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


@people_bp.post("/<int:id>/kata-sandi")
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
