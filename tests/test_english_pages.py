"""What somebody who reads English meets: the pages of a small made-up city, and no Indonesian left on them.

Words that people typed stay as they are: only what the portal itself says is looked for.
"""

import re
from collections.abc import Iterator
from functools import cache
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest
from sqlalchemy import update
from werkzeug.routing import MapAdapter

from portal.kernel.base import session
from portal.kernel.people import User
from tests import cast, graduating, rosters
from tests.markup import Node
from tests.test_language import PLACEHOLDER, english, forms
from tests.visitor import Answer, Visitor

READERS = ("sari", "wati", "budi", "admin")
TOLD = ("kelompok", "state", "pilih")
"""What an address may ask for that shows other words; the rest shows other rows."""
TYPED = {"keluarga", "anggota"}
"""Words of ours that are somebody's too: the sheets of the sample workbook."""
SPOKEN = (
    "aria-label",
    "title",
    "placeholder",
    "alt",
    "data-label",
    "data-unsent",
    "data-retry",
    "data-sending",
    "data-drop",
    "data-held",
)


@pytest.fixture
def city(demo_app):
    """Families with cases in every state, rosters with every fault, and people who all read English."""
    for name in (rosters.FAULTY_A, rosters.FAULTY_F):
        rosters.read(cast.actor("budi"), rosters.sample(name), name)
    session.execute(update(User).values(language="en"))
    session.commit()
    return demo_app


def test_no_indonesian_is_left_on_english_pages(city):
    pages = [page for name in READERS for page in pages_of(Visitor(city, name))]
    assert {page.one("html")["lang"] for page in pages} == {"en"}
    assert [found for page in pages for found in indonesian_on(page)] == []


def test_the_crawl_would_find_what_is_left(city):
    sari = Visitor(city, "sari")
    session.execute(update(User).values(language="id"))
    session.commit()
    assert {words for _url, words in indonesian_on(sari.get("/"))} >= {"Hari ini", "Beranda", "keluarga jatuh tempo"}


def test_the_letter_that_a_family_signs_stays_indonesian(app):
    case = graduating.brought_to("counselling")
    session.execute(update(User).values(language="en"))
    session.commit()
    letter = Visitor(app, "sari").submit(f"/graduasi/{case.id}", f"/graduasi/{case.id}/pernyataan")
    assert (letter.one("html")["lang"], letter.heading) == ("id", "Surat Pernyataan Graduasi")
    assert letter.one("button").text == "Cetak"


def pages_of(visitor: Visitor) -> Iterator[Answer]:
    """Every kind of page that links lead to from the beginning, and what the forms there say when nothing is filled in."""
    routes, waiting, opened = visitor.app.url_map.bind("localhost"), ["/"], set()
    while waiting:
        url = waiting.pop(0)
        kind = kind_of(url, routes)
        if kind in opened or url.startswith(("/static", "/berkas")):
            continue
        opened.add(kind)
        answer = visitor.get(url)
        yield answer
        yield from refused(visitor, answer, opened, routes)
        waiting += [urljoin(url, link["href"]) for link in answer.all("a") if link.get("href")]


def kind_of(url: str, routes: MapAdapter) -> tuple[object, ...]:
    """Pages of one kind say the same words about other rows."""
    parts = urlsplit(url)
    endpoint, named = routes.match(parts.path, method="GET")
    asked = parse_qs(parts.query)
    return (
        endpoint,
        *(value for value in named.values() if isinstance(value, str)),
        *(asked.get(name, [""])[0] for name in TOLD),
    )


def refused(visitor: Visitor, page: Answer, opened: set[object], routes: MapAdapter) -> Iterator[Answer]:
    for form in page.all("form"):
        demanded = [control["name"] for control in form.everything() if "required" in control and "name" in control]
        if (form.get("method") or "").lower() == "post" and demanded:
            kind = ("POST", routes.match(urlsplit(form["action"]).path, method="POST")[0])
            if kind not in opened:
                opened.add(kind)
                yield visitor.submit(page, form["action"], **dict.fromkeys(demanded))


def indonesian_on(answer: Answer) -> Iterator[tuple[str, str]]:
    """Where it stands, and the words."""
    for text in said_on(answer.root):
        pieces = {" ".join(piece.split()) for piece in (text, *text.split("·"))}
        yield from ((answer.url, piece) for piece in sorted(pieces - TYPED) if is_indonesian(piece))


def said_on(root: Node) -> Iterator[str]:
    for node in root.everything():
        yield from (node[name] for name in SPOKEN if name in node)
        if node.tag not in ("script", "textarea", "del", "ins"):
            yield from (child for child in node.children if isinstance(child, str))


@cache
def is_indonesian(text: str) -> bool:
    whole, patterns = indonesian()
    return text in whole or bool(patterns.fullmatch(text))


@cache
def indonesian() -> tuple[set[str], re.Pattern[str]]:
    """Texts that read otherwise in English: word for word, and those with places for a name or a number."""
    pairs = [pair for message in english() if message.id for pair in zip(forms(message.id), forms(message.string), strict=True)]
    told = [said for said, text in pairs if said != text and len(said) > 3]
    patterns = [pattern(said) for said in told if PLACEHOLDER.search(said)]
    whole = {said for said in told if not PLACEHOLDER.search(said)} - {text for _said, text in pairs}
    return whole, re.compile("|".join(one for one in patterns if len(re.findall(r"[a-z]{3}", one)) > 1))


def pattern(said: str) -> str:
    """`%(num)d keluarga` stands for any number of families, `Graduasi %(name)s` for anybody's graduation."""
    between = {"d": r"\d+", "s": ".+", "%": "%"}
    places = re.split(f"({PLACEHOLDER.pattern})", said)
    return "(?:" + "".join(between.get(one[-1], ".+") if PLACEHOLDER.fullmatch(one) else re.escape(one) for one in places) + ")"
