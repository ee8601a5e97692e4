"""Logging in and out: `/masuk`, `/keluar`. Tells Flask-Login who a session cookie stands for."""

from flask import Blueprint, Response, current_app, redirect, request, session, url_for
from flask_babel import lazy_gettext as _l
from flask_login import current_user, login_user, logout_user
from werkzeug.wrappers import Response as AnyResponse
from wtforms import PasswordField, StringField
from wtforms.validators import InputRequired, Length

from portal.extensions import login_manager
from portal.pages import access, responses, shell
from portal.pages.fields import Form
from portal.records import accounts
from portal.records.people import Account, User, account
from portal.rules.terms import Refused

bp = Blueprint("account", __name__)


class LoginForm(Form):
    username = StringField(_l("Nama pengguna"), [InputRequired(), Length(max=40)])
    password = PasswordField(_l("Kata sandi"), [InputRequired(), Length(max=200)])


@login_manager.user_loader
def resume(token: str) -> Account | None:
    config = current_app.config
    return accounts.resume(token, idle=config["SESSION_IDLE"], absolute=config["SESSION_ABSOLUTE"])


@bp.get("/masuk")
@access.public
def login() -> AnyResponse:
    if current_user.is_authenticated:
        return redirect(_onward(), 303)
    return responses.page("account/login.html", form=LoginForm(), onward=_onward())


@bp.post("/masuk")
@access.public
def enter() -> AnyResponse:
    form = LoginForm()
    if not form.validate():
        return _again(form)
    try:
        user = accounts.authenticate(form.username.data, form.password.data, address=request.remote_addr or "")
    except Refused as refusal:
        form.take(refusal)
        return _again(form)
    _begin(user)
    carried = shell.carried()
    if carried:
        return shell.press_again(carried)
    return responses.signed_in(_onward())


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
    login_user(account(user, token))


def _again(form: LoginForm) -> Response:
    return responses.invalid("account/login.html", "account/_panel.html", form=form, onward=_onward(), carried=shell.carried())


def _onward() -> str:
    wanted = request.values.get("lanjut", "")
    return wanted if shell.is_local(wanted) else "/"
