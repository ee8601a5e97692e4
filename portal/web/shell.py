"""The frame around every page: navigation, headers, and what becomes of errors."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, abort, current_app, flash, g, make_response, request, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from flask_login import AnonymousUserMixin
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, SecurityError

from portal.kernel import base, gate, paging, policy
from portal.kernel.terms import Actor, Refused
from portal.web import access, responses, session_over, texts
from portal.web.forms import new_key

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'; worker-src 'self'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
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
        CSRFError: lambda error: session_over.answer(),
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
        return session_over.answer()
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
    typed = None if responses.from_htmx() else session_over.typed()
    if typed is None:
        answer = responses.trouble(503)
    else:
        flash(f"{responses.TROUBLES[503].title}. {responses.TROUBLES[503].advice}")
        answer = session_over.press_again(typed, 503)
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
