"""A person with a browser: comes in (tests/doors.py), fills in forms as they are on the page, and checks every HTML answer.

sari = Visitor(app, "sari")
page = sari.get("/keluarga")
page = sari.submit(page, "/keluarga/12/ubah", phone="0812 3456 7890")      # as a browser: 303 is followed
row = sari.submit(page, "/keluarga/12/ubah", partial=True, phone="…")      # as htmx: the fragment
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urljoin, urlsplit
from uuid import uuid4

from flask import Flask
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import Engine, event
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from tests import doors, page_checks
from tests.cast import PASSWORD
from tests.markup import Node, parse, value_of

HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}
BOOSTED = {"HX-Request": "true", "HX-Request-Type": "full", "HX-Boosted": "true"}
_FOLLOWED = (301, 302, 303, 307, 308)


@dataclass
class Answer:
    """What came back. `all()` and `one()` take selectors of tests/markup.py; `statements` is what SQL it took."""

    response: TestResponse
    url: str
    statements: list[str]

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def headers(self) -> Any:
        return self.response.headers

    @property
    def is_html(self) -> bool:
        return self.response.mimetype == "text/html" and bool(self.response.data)

    @property
    def is_fragment(self) -> bool:
        return not self.html.lstrip().lower().startswith("<!doctype")

    @property
    def html(self) -> str:
        return self.response.text

    @property
    def location(self) -> str:
        return urlsplit(self.headers.get("Location", "")).path

    @cached_property
    def root(self) -> Node:
        return parse(self.html)[0]

    @property
    def text(self) -> str:
        return self.root.text

    @property
    def heading(self) -> str:
        return self.root.one("h1").text

    @property
    def message(self) -> str:
        """What the status region says, or what htmx is told to put there."""
        return " ".join(node.text for node in [*self.root.all("#status"), *self.root.all("hx-partial[hx-target=#status]")])

    @property
    def errors(self) -> list[str]:
        return [node.text for node in self.root.all(".errors li")]

    @property
    def size(self) -> int:
        """Bytes on the wire."""
        return page_checks.size(self.html)

    def all(self, selector: str) -> list[Node]:
        return self.root.all(selector)

    def one(self, selector: str) -> Node:
        return self.root.one(selector)

    def link(self, text: str) -> str:
        """The address behind the first link that says `text`."""
        return next(node["href"] for node in self.all("a") if text in node.text)

    def form(self, action: str | None = None) -> Node:
        """The POST form that goes to `action`, or the only one in main."""
        forms = [form for form in self.all("form") if (form.get("method") or "").lower() == "post"]
        if action is not None:
            forms = [form for form in forms if urlsplit(form["action"]).path == urlsplit(action).path]
        assert len(forms) == 1, f"{len(forms)} forms for {action!r} among {[form['action'] for form in self.all('form')]}"
        return forms[0]


class Visitor:
    """Nobody yet without `username`."""

    def __init__(self, app: Flask, username: str | None = None, password: str = PASSWORD) -> None:
        self.app = app
        self.client = app.test_client()
        if username and not (password == PASSWORD and doors.enter(app, self.client, username)):
            self.log_in(username, password)

    def log_in(self, username: str, password: str = PASSWORD) -> "Answer":
        """Without the page, which tests of logging in look at: everybody comes in this way, a thousand times."""
        answer = self.post("/masuk", username=username, password=password)
        assert answer.status == 303, f"{username} could not log in: {answer.errors}"
        return answer

    def get(self, url: str, follow: bool = True) -> Answer:
        """As a browser opens a page."""
        return self._ask("GET", url, {}, follow)

    def partial(self, url: str) -> Answer:
        """As htmx asks for a fragment."""
        return self._ask("GET", url, HTMX, True)

    def submit(
        self, page: Answer | str, action: str | None = None, *, press: str | None = None, partial: bool = False,
        boosted: bool = False, follow: bool = True, **values: Any,
    ) -> Answer:  # fmt: skip
        """Fill in the form on `page` (an answer, or the address of one) that goes to `action`, and send it.

        Fields keep what the page shows; `values` replace them (a list for several, None to leave out, (stream, name) for
        a file). `press` picks a button by its words.
        """
        shown = self.get(page) if isinstance(page, str) else page
        form = shown.form(action)
        data = filled(form, values)
        target = form["action"]
        if press:
            button = next(node for node in form.all("button") if press in node.text)
            target = button.get("formaction") or target
            if button.get("name"):
                data.setlist(button["name"], [button.get("value") or ""])
        headers = HTMX if partial else BOOSTED if boosted else {}
        return self._ask("POST", urljoin(shown.url, target), headers, follow, data)

    def post(self, url: str, *, partial: bool = False, follow: bool = False, **values: Any) -> Answer:
        """Send to `url` without a page, as one who tries what no page offers: token and key are good, unless given."""
        sent = {"csrf_token": self._token(), "key": uuid4().hex, **values}
        return self._ask("POST", url, HTMX if partial else {}, follow, MultiDict(sent))

    def _token(self) -> str:
        """A token of this session, signed as the pages do."""
        with self.client.session_transaction() as session:
            raw = session.setdefault("csrf_token", uuid4().hex)
        return str(URLSafeTimedSerializer(str(self.app.secret_key), salt="wtf-csrf-token").dumps(raw))

    def _ask(self, method: str, url: str, headers: dict[str, str], follow: bool, data: Any = None) -> Answer:
        with statements() as taken:
            response = self.client.open(url, method=method, headers=headers, data=data)
        answer = Answer(response, url, taken)
        check(answer, method, headers)
        if follow and answer.status in _FOLLOWED:
            return self._ask("GET", urljoin(url, response.headers["Location"]), headers, True)
        return answer


def filled(form: Node, values: dict[str, Any]) -> MultiDict[str, Any]:
    """What a browser would send for `form` after a person has typed `values`."""
    data: MultiDict[str, Any] = MultiDict()
    controls = [control for control in _controls(form) if control.get("name")]
    for control in controls:
        value = value_of(control)
        if value is not None and "disabled" not in control:
            data.add(control["name"], value)
    known = {control["name"] for control in controls}
    for name, value in values.items():
        assert name in known, f"the form has no field {name!r}, only {sorted(known)}"
        data.setlist(name, [] if value is None else value if isinstance(value, list) else [value])
    return MultiDict([(name, value) for name, value in data.items(multi=True)])


def _controls(form: Node) -> Iterator[Node]:
    """What is inside the form, and what elsewhere on the page says that it belongs to it."""
    page = [*form.ancestors()][-1]
    for tag in ("input", "select", "textarea"):
        yield from form.all(tag)
        yield from (one for one in page.all(tag) if "form" in one and one["form"] == form.get("id"))


@contextmanager
def statements() -> Iterator[list[str]]:
    """The SQL that runs meanwhile; beginnings and settings of connections are not counted."""
    taken: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith(("PRAGMA", "BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK")):
            taken.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield taken
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def check(answer: Answer, method: str, headers: dict[str, str]) -> None:
    """Raises AssertionError with everything that is wrong with the answer."""
    problems = [*_header_problems(answer)]
    if answer.is_html and answer.status not in _FOLLOWED:
        problems += _content_problems(answer, method, headers)
    if method == "GET" and len(answer.statements) > page_checks.STATEMENTS:
        listed = json.dumps(answer.statements, indent=1)
        problems.append(f"{len(answer.statements)} SQL statements: {listed}")
    assert not problems, f"{method} {answer.url} ({answer.status}):\n- " + "\n- ".join(problems)


def _content_problems(answer: Answer, method: str, headers: dict[str, str]) -> list[str]:
    if not answer.is_fragment:
        return page_checks.page_problems(answer.html)
    limit = page_checks.DECISION if method == "POST" and answer.status == 200 else page_checks.FRAGMENT
    found = page_checks.fragment_problems(answer.html, limit)
    if headers.get("HX-Request-Type") != "partial" and "HX-Retarget" not in answer.headers:
        found.append("a fragment for somebody who asked for a page")
    return found


def _header_problems(answer: Answer) -> Iterator[str]:
    if answer.response.mimetype != "text/html" or answer.status in _FOLLOWED:
        return
    if "HX-Request-Type" not in answer.headers.get("Vary", ""):
        yield "no Vary: HX-Request-Type"
    if not {"no-store", "private"} <= set(answer.headers.get("Cache-Control", "").replace(" ", "").split(",")):
        yield "kept by caches"
    policy = answer.headers.get("Content-Security-Policy", "")
    if "default-src 'none'" not in policy or "unsafe-" in policy:
        yield "no content security policy"
