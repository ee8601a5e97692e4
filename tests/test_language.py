"""Indonesian first, English second: every text has its English, and an English page has no Indonesian left."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.frontend import CommandLineInterface
from babel.messages.pofile import read_po
from flask_babel import force_locale, get_locale, gettext
from wtforms import IntegerField, StringField
from wtforms.validators import AnyOf, InputRequired, Length, NumberRange

from portal.web import texts
from portal.web.forms import Form
from tests.visitor import Visitor

ROOT = Path(__file__).resolve().parent.parent
CATALOGS = ROOT / "portal" / "translations"
ALIASES = {"_l", "NN_:1,2"}
"""Names that `make texts` looks for beside those that Babel knows."""
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%s|%%|\{\w*\}")


# --- the catalog ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sources(tmp_path_factory) -> Catalog:
    """What the sources and templates say now, gathered as `make texts` does."""
    target = tmp_path_factory.mktemp("texts") / "texts.pot"
    options = ["-F", str(CATALOGS / "babel.cfg"), *(f"-k{name}" for name in ALIASES), "-o", str(target)]
    with pytest.MonkeyPatch.context() as patched:
        patched.chdir(ROOT)
        CommandLineInterface().run(["pybabel", "-q", "extract", *options, "."])
    return catalog_in(target)


@cache
def english() -> Catalog:
    return catalog_in(CATALOGS / "en" / "LC_MESSAGES" / "messages.po")


def catalog_in(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale="en")


def forms(text: str | tuple[str, ...]) -> tuple[str, ...]:
    """Singular and plural, or the one text."""
    return (text,) if isinstance(text, str) else tuple(text)


def keys(catalog: Catalog) -> set[tuple[str | None, str | tuple[str, ...]]]:
    return {(message.context, message.id) for message in catalog if message.id}


def test_every_text_is_in_the_catalog_and_nothing_else(sources):
    assert keys(sources) - keys(english()) == set(), "run `make texts`, then write the English"
    assert keys(english()) - keys(sources) == set(), "run `make texts`: these are no longer said"
    assert not english().obsolete


def test_every_text_has_its_english():
    assert [message.id for message in english() if message.id and not all(forms(message.string))] == []
    assert [message.id for message in english() if message.id and message.fuzzy] == []


def test_english_keeps_the_placeholders():
    assert [message.id for message in english() if message.id and not same_placeholders(message)] == []


def same_placeholders(message: Message) -> bool:
    """Of texts with a plural the last form counts: `one family` may leave the number out."""
    wanted, given = forms(message.id)[-1], forms(message.string)[-1]
    return Counter(PLACEHOLDER.findall(wanted)) == Counter(PLACEHOLDER.findall(given))


def test_english_begins_and_ends_as_the_indonesian_does():
    ends = {message.id: message.string for message in english() if message.id and isinstance(message.id, str)}
    assert [said for said, text in ends.items() if said[-1:] in ".:?…" and text[-1:] != said[-1:]] == []
    assert [said for said, text in ends.items() if text != text.strip()] == []


def test_texts_are_marked_by_names_that_are_looked_for():
    """`from flask_babel import lazy_gettext as x` would hide every text of a file from `make texts`."""
    known = {"_", "gettext", "ngettext", "pgettext", "npgettext", *ALIASES}
    assert {name for path in sorted((ROOT / "portal").rglob("*.py")) for name in markers(path)} <= known


def markers(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "flask_babel":
            yield from (one.asname or one.name for one in node.names if one.name.endswith("gettext"))


# --- what is said in each language ---------------------------------------------------------------------------------


class Demanding(Form):
    """One field for each kind of complaint."""

    name = StringField("name", [InputRequired()])
    note = StringField("note", [Length(max=3)])
    people = IntegerField("people", [NumberRange(1, 9)])
    choice = StringField("choice", [AnyOf(["a", "b"])])


COMPLAINTS = {
    "id": {
        "name": ["Wajib diisi."],
        "note": ["Paling banyak 3 karakter."],
        "people": ["Harus antara 1 dan 9."],
        "choice": ["Pilih salah satu dari: a, b."],
    },
    "en": {
        "name": ["This is required."],
        "note": ["At most 3 characters."],
        "people": ["Between 1 and 9."],
        "choice": ["Choose one of: a, b."],
    },
}


@pytest.mark.parametrize("language", ["id", "en"])
def test_the_form_librarys_complaints_are_in_the_readers_language(app, language):
    sent = {"note": "long", "people": "12", "choice": "c"}
    with app.test_request_context("/", method="POST", data=sent), force_locale(language):
        form = Demanding(meta={"csrf": False})
        form.validate()
        assert {name: form.errors[name] for name in COMPLAINTS[language]} == COMPLAINTS[language]


@pytest.mark.parametrize(("language", "may"), [("id", "3 Mei 2026"), ("en", "3 May 2026")])
def test_dates_take_words_of_the_language_and_numbers_stay_indonesian(app, language, may):
    with app.test_request_context("/"), force_locale(language):
        assert (texts.day(date(2026, 5, 3)), texts.day(date(2026, 11, 24))) == (may, "24 Nov 2026")
        assert (texts.rupiah(737_954), texts.number(1_234.5, 1), texts.percent(229, 300, 1)) == (
            "Rp737.954",
            "1.234,5",
            "76,3%",
        )
        assert texts.moment(datetime(2026, 11, 24, 14, 40, tzinfo=UTC)) == "24 Nov 2026 21.40"


def test_one_and_many_differ_in_english(app):
    with app.test_request_context("/"), force_locale("en"):
        assert [texts._span(days) for days in (1, 3, 14, 400)] == ["1 day", "3 days", "2 weeks", "13 months"]


def test_one_month_in_a_filter_is_one_in_english(app):
    sari = Visitor(app, "sari")
    sari.submit("/profil", "/profil/bahasa", language="en")
    chips = {months: sari.get(f"/keluarga?tidak_dikunjungi={months}").one(".chips").text for months in (1, 2)}
    assert ["more than 1 month " in chips[1], "more than 2 months " in chips[2]] == [True, True]


def test_commands_speak_indonesian(app):
    assert gettext("Beranda") == "Beranda"
    assert str(get_locale()) == "id"


def test_a_choice_of_language_answers_in_it_and_is_kept_for_the_login_page(app):
    sari = Visitor(app, "sari")
    page = sari.submit("/profil", "/profil/bahasa", language="en")
    assert page.message.startswith("Language changed")
    assert page.one("html")["lang"] == "en"
    sari.submit(page, "/keluar")
    assert sari.get("/masuk").heading == "Log in"
