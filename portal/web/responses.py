"""Answers: the same view serves htmx a fragment and a plain browser a page. The only code that knows HX-* headers. A form
that was sent is looked at, acted on, answered in `submit`: what the gate refuses becomes a page there, and nowhere else.

A fragment is a template file with one root element that has an id. `also` names further fragments that are swapped out of
band (counters, the next card). Messages reach people in the `#status` region, or flashed after a 303.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

from flask import Response, abort, flash, g, make_response, redirect, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from markupsafe import Markup
from werkzeug.urls import iri_to_uri

from portal.kernel import gate
from portal.kernel.terms import Refused
from portal.web import texts
from portal.web.forms import Form

FRAGMENT, PAGE = "partial", "full"
_ROOT_ID = re.compile(r'<[a-z][^>]*?\sid="([^"]+)"', re.IGNORECASE)


def from_htmx() -> bool:
    """Whether htmx asks, for a fragment or (boosted links and forms, Back) for a page."""
    return request.headers.get("HX-Request") == "true"


def wants_fragment() -> bool:
    return request.headers.get("HX-Request-Type") == FRAGMENT


def page(template: str, fragment: str | None = None, **context: object) -> Response:
    """200: `fragment` to htmx when it asks for a part, else the page. One URL has one fragment."""
    return _answer(200, template, fragment, context)


def invalid(template: str, fragment: str | None = None, **context: object) -> Response:
    """422: the same form again, with what was typed and what is wrong with it."""
    return _answer(422, template, fragment, context)


def problem(error: Exception, template: str, fragment: str | None = None, **context: Any) -> Response:
    """What the gate refused, shown at `form` (in context) with everything typed: 422 for `Refused`, 409 for `Stale`
    (both values are shown, `seen` moves on) and for a key that was used for something else."""
    status = 422 if isinstance(error, Refused) else 409
    context["form"].take(error)
    return _answer(status, template, fragment, context)


def done(
    url: str, message: str, fragment: str | None = None, *, also: Sequence[str] = (), number: int | None = None,
    **context: object,
) -> Response:  # fmt: skip
    """Saved. Browser: 303 to `url` with the message flashed. htmx: `fragment`, the fragments in `also` out of band and
    the message in `#status`; without a fragment, htmx is sent to `url`. `number` is shown as the receipt."""
    stamp = saved(message, number)
    if wants_fragment() and fragment:
        parts = [render_template(fragment, **context), *(_beside(render_template(name, **context)) for name in also)]
        status = Markup('<hx-partial hx-target="#status" hx-swap="innerHTML"><p>{}</p></hx-partial>').format(stamp)
        return make_response("\n".join([*parts, status]))
    flash(stamp, "saved")
    return go(url)


def go(url: str) -> Response:
    """On to another page: 303 for a browser, HX-Location for htmx."""
    if not from_htmx():
        return make_response(redirect(url, 303))
    response = make_response("")
    response.headers["HX-Location"] = iri_to_uri(url)  # a header takes no letters beyond Latin-1
    return response


def moved(url: str) -> Response:
    """The same request, sent on to its address of today: 308 keeps the method and what was typed."""
    return make_response(redirect(url, 308))


def saved(message: str, number: int | None = None) -> Markup:
    """`Data tersimpan · Tersimpan 21.40 · no. 1842`."""
    receipt = _("Tersimpan %(time)s", time=texts.clock(texts.now()))
    if number is not None:
        receipt = _("%(receipt)s · no. %(number)s", receipt=receipt, number=number)
    return Markup("<strong>{}</strong> <small>{}</small>").format(message, receipt)


def signed_in(url: str) -> Response:
    """After logging in: the login panel gives way to a word and fresh tokens; anybody else goes on to `url`."""
    return renew_tokens() if wants_fragment() else make_response(redirect(url, 303))


def renew_tokens(status: int = 200) -> Response:
    """For htmx: every form on the page gets the new session's token, nothing else changes."""
    g.pop("csrf_token", None)
    return retarget(make_response(render_template("office/account/_back.html"), status), "#status")


def notice(status: int, message: str) -> Response:
    """For htmx: a message above the page; what was typed stays untouched."""
    response = make_response(render_template("web/_notice.html", message=message), status)
    return retarget(response, "#notice")


@dataclass(frozen=True)
class Trouble:
    """What an error page says: what happened, and what to do next."""

    title: LazyString
    advice: LazyString


TROUBLES = {
    400: Trouble(_l("Permintaan tidak dimengerti"), _l("Kembali ke halaman sebelumnya lalu coba lagi.")),
    403: Trouble(_l("Bukan wewenang Anda"), _l("Akun Anda tidak punya wewenang untuk ini. Bila perlu, hubungi supervisor.")),
    404: Trouble(_l("Tidak ditemukan"), _l("Halaman atau data ini tidak ada, atau bukan di wilayah Anda.")),
    405: Trouble(_l("Langkah ini tidak bisa"), _l("Kembali ke halaman sebelumnya lalu coba lagi.")),
    409: Trouble(
        _l("Sudah berubah"), _l("Orang lain sudah menyimpan lebih dulu. Muat ulang halaman untuk melihat yang terbaru.")
    ),
    413: Trouble(_l("Berkas terlalu besar"), _l("Kecilkan foto, atau bagi tabel menjadi beberapa berkas.")),
    422: Trouble(_l("Belum bisa dilakukan"), _l("Periksa isian lalu coba lagi.")),
    429: Trouble(_l("Terlalu sering mencoba"), _l("Tunggu beberapa menit lalu coba lagi.")),
    503: Trouble(_l("Sedang sibuk"), _l("Portal belum bisa menjawab, dan belum ada yang tersimpan. Coba lagi sebentar lagi.")),
    500: Trouble(_l("Ada yang salah di pihak kami"), _l("Belum ada yang tersimpan. Coba lagi sebentar lagi.")),
}


def trouble(status: int, advice: str | None = None) -> Response:
    """An error page. To htmx: 403 and 404 replace the body; anything else is a notice, and the form stays as it was."""
    found = TROUBLES.get(status) or TROUBLES[500 if status >= 500 else 400]
    if from_htmx() and status not in (403, 404):
        return notice(status, advice or f"{found.title}. {found.advice}")
    page = render_template("web/error.html", trouble=found, advice=advice or found.advice, status=status)
    answer = make_response(page, status)
    return retarget(answer, "body") if from_htmx() else answer


def retarget(response: Response, selector: str, swap: str = "innerHTML") -> Response:
    """Swap this answer into `selector` rather than where the request came from."""
    response.headers["HX-Retarget"] = selector
    response.headers["HX-Reswap"] = swap
    return response


def finish(response: Response) -> Response:
    """Cache headers of every HTML answer; without Vary the Back button would show a bare fragment as a page."""
    if response.mimetype == "text/html":
        response.vary.add("HX-Request-Type")
        response.cache_control.no_store = True
        response.cache_control.private = True
        if response.status_code >= 400 and from_htmx():
            response.headers["HX-Push-Url"] = "false"
        elif _has_blanks():
            response.headers["HX-Replace-Url"] = _without_blanks()
    return response


def _has_blanks() -> bool:
    """Whether a filter form asks for the list of the page it stands on, with filters left empty in the address."""
    page_of_form = urlsplit(request.headers.get("HX-Current-URL", "")).path
    return wants_fragment() and request.method == "GET" and page_of_form == request.path and "" in request.args.values()


def _without_blanks() -> str:
    given = urlencode([pair for pair in request.args.items(multi=True) if pair[1]])
    return iri_to_uri(f"{request.path}?{given}" if given else request.path)


def _answer(status: int, template: str, fragment: str | None, context: dict[str, object]) -> Response:
    if wants_fragment() and fragment:
        return make_response(render_template(fragment, **context), status)
    response = make_response(render_template(template, **context), status)
    # A whole page must never land inside a row: an answer without a fragment replaces the body.
    return retarget(response, "body") if wants_fragment() else response


def _beside(html: str) -> str:
    """Wrap a fragment so that htmx swaps it for the element with the same id, wherever that stands."""
    root = _ROOT_ID.search(html)
    if not root:
        raise ValueError("a fragment needs an id at its root")
    return f'<hx-partial hx-target="#{root[1]}">{html}</hx-partial>'


Made = TypeVar("Made")
TOLD = (Refused, gate.Stale, gate.KeyReused)
"""What is told at the form, with everything typed."""


def submit(
    form: Form,
    template: str,
    fragment: str | None = None,
    *,
    act: Callable[[], Made],
    done: Callable[[Made], Response],
    shown: Callable[[], Mapping[str, object]] = dict,
) -> Response:
    """A form at its own address is shown to whoever opens it; when it is sent: validate, `act()`, answer with
    `done(what it made)`.

    422 with what was typed for a mistake in the form and for what a rule refuses, 409 where somebody else was first or the
    key is used up. `shown()` is what the template needs beside `form`: asked only when the form is shown, it sees the rows as
    they are by then.
    """
    if request.method != "POST":
        return page(template, fragment, **{"form": form, **shown()})
    if not form.validate():
        return invalid(template, fragment, **{"form": form, **shown()})
    try:
        made = act()
    except TOLD as error:
        return problem(error, template, fragment, **{"form": form, **shown()})
    return done(made)


def pressed() -> str:
    """The key of a form that is a button alone; 400 for one that no page of ours sent."""
    form = Form()
    return str(form.key.data) if form.validate() else abort(400)
