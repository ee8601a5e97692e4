"""Sessions that end: nothing that was typed is lost, and nothing is sent again unasked."""

import json
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import Response, flash, g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from markupsafe import Markup

from portal.web import responses, texts

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
        words = {**texts.FACTS, **texts.FIELDS}
        picked = {str(member) for kind in texts.LABELS for member in kind}
        typed = [(name, value) for name, value in self.fields if name not in ("key", "seen") and value not in ("", *picked)]
        return [(words.get(name, _("Isian")), value) for name, value in typed if not _CODE.fullmatch(value)]

    def has(self, name: str) -> bool:
        return any(known == name for known, _value in self.fields)

    def packed(self) -> str:
        return json.dumps([self.url, self.fields], ensure_ascii=False)


def answer() -> Response:
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
    brought = typed()
    if brought is not None:
        return press_again(brought, 401) if current_user.is_authenticated else _login_with(brought)
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


def typed() -> Carried | None:
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


def _login_with(form: Carried) -> Response:
    return make_response(render_template("office/account/over.html", carried=form), 401)


def _carry() -> Carried:
    fields = request.form.items(multi=True)
    kept = [(name, value) for name, value in fields if name not in _NEVER_CARRIED and "password" not in name]
    return Carried(request.full_path.rstrip("?"), tuple(kept))
