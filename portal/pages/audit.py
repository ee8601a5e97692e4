"""`/audit`: who did what to which record and when, and whether the chain is whole. No personal values."""

from typing import Any

from flask import Blueprint, Response, abort, request, url_for

from portal.pages import access, responses
from portal.pages.event_texts import kind_words, subject_words
from portal.pages.fields import Form
from portal.records import audit, office, sent

bp = Blueprint("audit", __name__, url_prefix="/audit")


@bp.get("")
@access.signed_in("audit.view")
def index() -> Response:
    return responses.page("audit/index.html", "audit/_list.html", **_trail(_search()), verdict=None)


@bp.post("/periksa")
@access.signed_in("audit.view")
def verify() -> Response:
    """Walk the chain; `head` is what was printed before, as `1842:3fa9…`."""
    if not Form().validate():
        abort(400)
    verdict = audit.verify(_known_head())
    return responses.page("audit/index.html", "audit/_verdict.html", **_trail(audit.Search()), verdict=verdict)


def _known_head() -> audit.Head | None:
    number, _, digest = request.form.get("head", "").strip().partition(":")
    return audit.Head(int(number), digest) if sent.is_number(number) and digest else None


def _search() -> audit.Search:
    given = request.args
    return audit.Search(
        actor_id=given.get("orang", type=sent.number),
        kind=given.get("jenis") or None,
        since=given.get("sejak", type=sent.day),
        before=given.get("sebelum", type=sent.number),
    )


def _trail(search: audit.Search) -> dict[str, Any]:
    found = audit.trail(search)
    kept: dict[str, Any] = {"orang": search.actor_id, "jenis": search.kind, "sejak": search.since}
    return {
        "entries": found.entries, "search": search, "head": audit.head(), "people": office.people(),
        "following": url_for(".index", **kept, sebelum=found.older) if found.older else None,
        "kind_words": kind_words, "subject_words": subject_words,
    }  # fmt: skip
