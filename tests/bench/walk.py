"""Opens what a person can open: every screen that links lead to, once for each kind of address, and lists with every
filter and order. For plans of statements and for timing; tests of pages check what stands on them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from portal.caseload.lists.caseload import ORDERS
from portal.caseload.lists.filters import ROWS
from tests.visitor import Visitor

_HREF = re.compile(r'\shref="([^"#]+)')
_SKIPPED = frozenset({"static", "evidence.show", "evidence.thumbnail", "account.leave"})
_TELLING = ("step", "slug")
"""Parts of an address that make it another screen; other parts only name a row."""
MOST = 400

_FILTERS = {
    "name": ("siti", "suliya", "moh rizki", "nurhasanah", "xqz"),
    "membership": ("active", "suspended", "exited", "candidate"),
    "band": ("siap_diusulkan", "belum_dinilai"),
    "decile": ("1", "0"),
    "area": ("35.73.05", "35.73.05.1007"),
    "rt": ("3",),
    "rw": ("4",),
    "group": ("Mawar 1",),
    "presence": ("moved",),
    "match": ("mismatched",),
    "facilitator": ("1", "0"),
    "left_behind": ("1",),
    "unvisited": ("6",),
    "unassessed": ("6",),
    "years": ("10",),
    "due": ("-1", "7"),
    "due_from": ("0",),
    "exit_type": ("independent",),
    "exit_year": ("2025",),
    "batch": ("1",),
    "outcome": ("opened",),
}
"""Values for each filter of the caseload; a filter without one is noticed by a test."""


@dataclass(frozen=True)
class Opened:
    """An address that was opened, and what came back."""

    url: str
    response: TestResponse


def caseload_urls() -> list[str]:
    """The list of families in every order, by every filter, and two of them together."""
    orders = [f"/keluarga?{urlencode({'urut': order})}" for order in ORDERS]
    filters = [f"/keluarga?{urlencode({ROWS[name].parameter: value})}" for name, values in _FILTERS.items() for value in values]
    both = [f"/keluarga?{urlencode({'kepesertaan': 'active', 'urut': order})}" for order in ORDERS]
    return [
        *orders,
        *filters,
        *both,
        f"/keluarga?{urlencode({ROWS['area'].parameter: '35.73.01', ROWS['name'].parameter: 'sri'})}",
    ]


def filters_without_a_value() -> set[str]:
    return ROWS.keys() - _FILTERS.keys()


def walk(app: Flask, username: str) -> Iterator[Opened]:
    """Breadth first from the home page, and through the caseload."""
    client = Visitor(app, username).client
    waiting, known = ["/", *caseload_urls()], {_kind(app, url) for url in caseload_urls()}
    for url in waiting:
        response = client.get(url)
        yield Opened(url, response)
        for link in _links(response):
            target = urljoin(url, unescape(link))
            kind = _kind(app, target)
            if kind and kind not in known and len(waiting) < MOST:
                known.add(kind)
                waiting.append(target)


def _links(response: TestResponse) -> list[str]:
    if response.status_code in (301, 302, 303):
        return [response.headers["Location"]]
    return _HREF.findall(response.text) if response.mimetype == "text/html" else []


def _kind(app: Flask, url: str) -> tuple[str, tuple[str, ...]] | None:
    """What makes two addresses alike: the view, and the names of what the query asks; None for what is not walked."""
    parts = urlsplit(url)
    if parts.netloc:
        return None
    try:
        endpoint, arguments = app.url_map.bind("localhost").match(parts.path, method="GET")
    except HTTPException:
        return None
    if endpoint in _SKIPPED:
        return None
    fixed = tuple(str(arguments[name]) for name in _TELLING if name in arguments)
    return endpoint, (*fixed, *sorted(name for name, _ in parse_qsl(parts.query)))
