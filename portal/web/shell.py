"""The frame around every page: navigation, headers, and what becomes of errors; and of sessions that end: nothing that was
typed is lost, and nothing is sent again unasked."""

import itertools
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, abort, current_app, flash, g, make_response, redirect, render_template, request, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from flask_login import AnonymousUserMixin, current_user
from flask_wtf.csrf import CSRFError
from markupsafe import Markup
from werkzeug.exceptions import HTTPException, SecurityError

from portal.kernel import base, gate, paging, policy
from portal.kernel.terms import Actor, Refused
from portal.web import access, labels, responses, texts
from portal.web.forms import new_key

LOGIN = "account.login"
_NEVER_CARRIED = ("csrf_token", "carried")
_LOGGING_IN, _OWN_PASSWORD = "account.enter", "account.save_password"
_LOCAL = re.compile(r"/(?![/\\])[^\\\x00-\x1f\x7f]*")
"""A path of this site. Browsers take a backslash for a slash, and leave out tabs and line ends, before they look for a host."""
_CODE = re.compile(r"\d\d(\.\d+)+|[yn]")
"""An area, a tick."""


@dataclass(frozen=True)
class Carried:
    """A form that arrived without a session: where it was going, and what was typed."""

    url: str
    fields: tuple[tuple[str, str], ...]

    @property
    def shown(self) -> list[tuple[object, str]]:
        """What a person recognises as typed, with the words of its field; what was picked travels along unseen."""
        words = {**labels.FACTS, **labels.FIELDS}
        picked = {str(member) for kind in labels.LABELS for member in kind}
        typed_so_far = [
            (name, value) for name, value in self.fields if name not in ("key", "seen") and value not in ("", *picked)
        ]
        return [(words.get(name, _("Isian")), value) for name, value in typed_so_far if not _CODE.fullmatch(value)]

    def has(self, name: str) -> bool:
        return any(known == name for known, _value in self.fields)

    def packed(self) -> str:
        return json.dumps([self.url, self.fields], ensure_ascii=False)


def ask_to_log_in() -> Response:
    """Session ended or CSRF failed. htmx: 401 and a login panel beside the untouched form. Browser: a form gets the login
    page carrying its fields (401), to be pressed again afterwards; a page gets the login page and comes back (303).
    Passwords are not carried about: their own page, at the same address, asks again.
    """
    if responses.from_htmx() and current_user.is_authenticated:
        return responses.renew_tokens(401)
    if responses.from_htmx():
        panel = make_response(render_template("office/account/_panel.html"), 401)
        return responses.retarget(panel, "#session")
    if _is_from_elsewhere():
        return responses.trouble(403) if current_user.is_authenticated else _to_login()
    here = request.full_path.rstrip("?")
    brought = typed_so_far()
    if brought is not None:
        if current_user.is_authenticated:
            return press_again(brought, 401)
        return make_response(render_template("office/account/over.html", carried=brought), 401)
    if request.endpoint == _LOGGING_IN:
        return _to_login(request.values.get("lanjut"))
    if request.endpoint == _OWN_PASSWORD and current_user.is_authenticated:
        return make_response(redirect(here, 303))
    return _to_login(here if request.path != "/" else None)


def _to_login(onward: str | None = None) -> Response:
    return make_response(redirect(url_for(LOGIN, lanjut=onward), 303))


def _is_from_elsewhere() -> bool:
    """Whether another site had the browser send this form: it is nothing that a person typed here, and whoever logs in next
    must not be led to press it. Old browsers, and all without TLS, tell only where a form comes from."""
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site:
        return request.method == "POST" and site not in ("same-origin", "none")
    return origin is not None and urlsplit(origin).netloc != request.host


def typed_so_far() -> Carried | None:
    """The form that this request brought, or that the login page brought along; none of another site, no passwords."""
    if _is_from_elsewhere():
        return None
    if request.endpoint == _LOGGING_IN:
        return carried()
    return _carry() if request.method == "POST" and request.endpoint != _OWN_PASSWORD else None


def carried() -> Carried | None:
    """The form that the login page carried, for the login view; None when there was none or it was tampered with."""
    try:
        url, fields = json.loads(request.form.get("carried", ""))
        pairs = tuple((str(name), str(value)) for name, value in fields)
        "".join((str(url), *(part for pair in pairs for part in pair))).encode()  # JSON can say halves of a letter
    except (TypeError, ValueError, RecursionError):
        return None
    return Carried(url, pairs) if is_local(url) else None


def press_again(form: Carried, status: int = 200) -> Response:
    """The carried form, filled in, with a button: sending it by itself would open a hole for forged requests."""
    g.pop("csrf_token", None)  # logging in may just have begun a new session: its token, not the old one
    return make_response(render_template("office/account/again.html", carried=form), status)


def keep_until(message: Markup) -> Response:
    """A form that has to wait for what `message` asks: to htmx a notice, the form stays as it was; else it comes back filled
    in, to be pressed again afterwards."""
    if responses.from_htmx():
        return responses.notice(409, message)
    flash(message)
    return press_again(_carry(), 409)


def is_local(url: object) -> bool:
    """Whether a redirect to `url` stays here."""
    return isinstance(url, str) and _LOCAL.fullmatch(url) is not None


def _carry() -> Carried:
    fields = request.form.items(multi=True)
    kept = [(name, value) for name, value in fields if name not in _NEVER_CARRIED and "password" not in name]
    return Carried(request.full_path.rstrip("?"), tuple(kept))


# --- the frame -------------------------------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'; worker-src 'self'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}


@dataclass(frozen=True)
class NavItem:
    """`also`: blueprints whose pages belong here too."""

    endpoint: str
    label: LazyString
    icon: str
    action: str
    also: tuple[str, ...] = ()

    @property
    def blueprints(self) -> tuple[str, ...]:
        return (self.endpoint.partition(".")[0], *self.also)


NAVIGATION = (
    NavItem("home.index", _l("Beranda"), "home", "home.view"),
    NavItem("households.index", _l("Keluarga"), "people", "household.view", ("visits", "assessments", "membership")),
    NavItem("graduations.index", _l("Graduasi"), "rise", "graduation.view"),
    NavItem("nominations.index", _l("Usulan"), "propose", "nomination.view", ("nomination_files",)),
    NavItem("monitoring.index", _l("Pemantauan"), "follow", "monitoring.view"),
    NavItem("board.index", _l("Capaian"), "chart", "board.view", ("targets",)),
    NavItem("intake.index", _l("Impor"), "import", "intake.use"),
    NavItem("people.index", _l("Orang"), "people", "people.manage"),
    NavItem("areas.index", _l("Wilayah"), "map", "area.manage"),
    NavItem("settings.index", _l("Pengaturan"), "settings", "setting.view"),
    NavItem("audit.index", _l("Audit"), "audit", "audit.view"),
)
"""Everything the menu can show, in order. A page appears once its endpoint exists and the person may open it."""


def nav_items(actor: Actor) -> list[NavItem]:
    known = current_app.view_functions
    return [item for item in NAVIGATION if item.endpoint in known and policy.may(actor, item.action)]


def register(app: Flask) -> None:
    """Called by create_app() after the blueprints."""
    texts.register(app)
    access.register(app)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(static=static, nav_items=nav_items, new_key=new_key)
    app.jinja_env.globals["has_endpoint"] = app.view_functions.__contains__
    app.context_processor(lambda: {"language": str(get_locale() or "id")})
    app.before_request(_refuse_nul)
    app.after_request(_finish)
    for kind, answer in _answers().items():
        app.register_error_handler(kind, answer)


def static(name: str) -> str:
    """URL of a file in static/, with its content hash."""
    return url_for("static", filename=name)


def _refuse_nul() -> None:
    """Nobody types U+0000, and PostgreSQL keeps no text with it. It may come in the address, a field or a file's name."""
    fields = (value for values in (request.args, request.form) for _name, value in values.items(multi=True))
    sent = itertools.chain(fields, (file.filename or "" for file in request.files.values()), [request.path])
    if any("\0" in text for text in sent):
        abort(400)


def _finish(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    return responses.finish(response)


# --- errors --------------------------------------------------------------------------------------------------------


def _answers() -> dict[type[Exception], Callable[[Any], Response]]:
    return {
        gate.NotFound: lambda error: responses.trouble(404),
        paging.NoSuchPlace: lambda error: responses.trouble(404),
        gate.Forbidden: lambda error: responses.trouble(403),
        gate.Stale: lambda error: responses.trouble(409),
        gate.KeyReused: lambda error: responses.trouble(409),
        Refused: lambda error: responses.trouble(422, texts.refusal(error)),
        CSRFError: lambda error: ask_to_log_in(),
        SecurityError: lambda error: _not_for_us(),
        HTTPException: _http_trouble,
        Exception: _crash,
    }


def _http_trouble(error: HTTPException) -> Response:
    if error.response is not None or error.code is None or error.code < 400:
        return make_response(error.get_response())  # redirects that routing raises
    original = getattr(error, "original_exception", None)
    if base.is_outage(original):
        return _busy(original)  # while another answer was being made
    if error.code == 401:
        return ask_to_log_in()
    answer = responses.trouble(error.code, _too_large() if error.code == 413 else None)
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            answer.headers[name] = value
    return answer


def _too_large() -> str:
    most = current_app.config["MAX_CONTENT_LENGTH"] // (1024 * 1024)
    return _("Berkas paling besar %(most)s MB. Kecilkan foto, atau bagi tabel menjadi beberapa berkas.", most=most)


def _not_for_us() -> Response:
    """A host name that is none of `TRUSTED_HOSTS`: no address can be made for it, so no page of ours either."""
    return Response(str(responses.TROUBLES[400].title), 400, mimetype="text/plain")


RETRY_SECONDS = 10


def _busy(error: Any) -> Response:
    """The database does not answer, so nobody asks it who this is. Without htmx a form comes back, to be pressed again."""
    base.give_up()
    current_app.logger.warning("the database did not answer at %s: %s", request.endpoint, base.told(error))
    g._login_user = AnonymousUserMixin()
    typed = None if responses.from_htmx() else typed_so_far()
    if typed is None:
        answer = responses.trouble(503)
    else:
        flash(f"{responses.TROUBLES[503].title}. {responses.TROUBLES[503].advice}")
        answer = press_again(typed, 503)
    answer.headers["Retry-After"] = str(RETRY_SECONDS)
    return answer


def _crash(error: Exception) -> Response:
    if base.is_outage(error):
        return _busy(error)
    if current_app.testing or current_app.debug:
        raise error
    current_app.logger.exception("unexpected error at %s", request.endpoint)
    try:
        return responses.trouble(500)
    except Exception:
        current_app.logger.exception("the error page failed too")
        g._login_user = AnonymousUserMixin()  # it may be the database that fails: do not ask it again who this is
        return responses.trouble(500)
