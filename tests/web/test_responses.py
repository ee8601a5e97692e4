"""One view answers htmx and browsers; these are the answers."""

import pytest
from flask import Flask, get_flashed_messages, jsonify
from jinja2 import ChoiceLoader, DictLoader

from portal.kernel import gate
from portal.kernel.terms import Refused
from portal.web import responses
from portal.web.fields import Chosen, TrimmedString
from portal.web.forms import Form
from tests import cast
from tests.markup import Node, parse
from tests.visitor import BOOSTED, HTMX, Visitor

PAGE, FRAGMENT, COUNTER = "uji.html", "_uji.html", "_angka.html"
TEMPLATES = {
    PAGE: '{% extends "base.html" %}{% block heading %}Uji{% endblock %}'
    '{% block content %}{% include "_uji.html" %}{% endblock %}',
    FRAGMENT: '{% import "ui.html" as ui %}<section id="uji">{{ ui.form_start(form, "/uji", target="#uji") }}'
    "{{ ui.fields(form) }}{{ ui.form_end('Simpan') }}</section>",
    COUNTER: '<b id="angka">{{ 7 }}</b>',
    "_tanpa.html": "<b>tanpa id</b>",
}


class AddressForm(Form):
    class Meta(Form.Meta):
        csrf = False

    address = TrimmedString("Alamat", [Chosen()])


@pytest.fixture(autouse=True)
def templates(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app.jinja_env, "loader", ChoiceLoader([DictLoader(TEMPLATES), app.jinja_env.loader]))


def asked(app: Flask, headers: dict[str, str] | None = None, **typed: str):
    """A request; `typed` makes it a POST."""
    return app.test_request_context("/uji", headers=headers, method="POST" if typed else "GET", data=typed or None)


def tree(answer) -> Node:
    root, problems = parse(answer.get_data(as_text=True))
    assert not problems
    return root


def test_a_browser_gets_the_page_with_the_fragment_in_it(app):
    with asked(app):
        answer = responses.page(PAGE, FRAGMENT, form=AddressForm())
    assert answer.status_code == 200
    assert tree(answer).one("main #uji form")


def test_htmx_gets_the_fragment_alone(app):
    with asked(app, HTMX):
        answer = responses.page(PAGE, FRAGMENT, form=AddressForm())
    assert [node.get("id") for node in tree(answer).elements] == ["uji"]
    assert "HX-Retarget" not in answer.headers


def test_a_boosted_link_gets_the_page(app):
    with asked(app, BOOSTED):
        answer = responses.page(PAGE, FRAGMENT, form=AddressForm())
    assert tree(answer).one("h1").text == "Uji"


def test_a_whole_page_never_lands_inside_a_row(app):
    with asked(app, HTMX):
        answer = responses.page(PAGE, form=AddressForm())
    assert answer.headers["HX-Retarget"] == "body"


def test_a_mistake_comes_back_as_422_with_what_was_typed(app):
    with asked(app, HTMX, address="  Jl. Sudimoro  "):
        answer = responses.invalid(PAGE, FRAGMENT, form=AddressForm())
    assert answer.status_code == 422
    assert tree(answer).one("#address")["value"] == "Jl. Sudimoro"


def test_a_browser_is_sent_on_and_told_there(app):
    with asked(app):
        answer = responses.done("/keluarga/12", "Data tersimpan", FRAGMENT, number=1842, form=AddressForm())
        told = get_flashed_messages()[0]
    assert (answer.status_code, answer.headers["Location"]) == (303, "/keluarga/12")
    assert "Data tersimpan" in told
    assert "no. 1842" in told


def test_htmx_gets_fragment_counter_and_message_in_one_answer(app):
    with asked(app, HTMX):
        answer = responses.done("/x", "Data tersimpan", FRAGMENT, also=[COUNTER], form=AddressForm())
        assert get_flashed_messages() == []
    root = tree(answer)
    assert [node.tag for node in root.elements] == ["section", "hx-partial", "hx-partial"]
    assert root.one("hx-partial[hx-target=#angka] #angka").text == "7"
    assert root.one("hx-partial[hx-target=#status]").text.startswith("Data tersimpan Tersimpan")


def test_htmx_without_a_fragment_is_sent_on_and_told_there(app):
    with asked(app, HTMX):
        answer = responses.done("/keluarga/12", "Data tersimpan")
        assert "Data tersimpan" in get_flashed_messages()[0]
    assert (answer.status_code, answer.headers["HX-Location"]) == (200, "/keluarga/12")


def test_a_fragment_that_goes_beside_needs_an_id(app):
    with asked(app, HTMX), pytest.raises(ValueError, match="id"):
        responses.done("/x", "Tersimpan", FRAGMENT, also=["_tanpa.html"], form=AddressForm())


def test_names_in_a_message_are_escaped(app):
    with asked(app, HTMX):
        answer = responses.done("/x", "<b>Misnati</b>", FRAGMENT, form=AddressForm())
    assert "&lt;b&gt;Misnati" in answer.get_data(as_text=True)


def test_a_refusal_is_told_at_the_form(app):
    with asked(app, HTMX, address="Jl. Sudimoro"):
        answer = responses.problem(Refused("step_not_from_here"), PAGE, FRAGMENT, form=AddressForm())
    assert answer.status_code == 422
    assert tree(answer).one(".errors li").text.startswith("Langkah ini tidak bisa dari keadaan sekarang")


def test_a_refusal_says_what_is_missing(app):
    with asked(app, HTMX, address="x"):
        answer = responses.problem(Refused("needs_missing", missing=("domicile",)), PAGE, FRAGMENT, form=AddressForm())
    assert "Alamat domisili" in tree(answer).one(".errors li").text


def test_a_stale_edit_shows_both_values_and_keeps_what_was_typed(app):
    with asked(app, HTMX, address="Jl. Baru", key="a" * 32, seen="0"):
        stale = gate.Stale({"address": ("Jl. Sudimoro No. 9", "Jl. Baru")})
        answer = responses.problem(stale, PAGE, FRAGMENT, form=AddressForm(obj=cast.household("Misnati")))
    root = tree(answer)
    assert answer.status_code == 409
    assert [node.text for node in root.all(".stale b")] == ["Jl. Sudimoro No. 9", "Jl. Baru"]
    assert root.one("#address")["value"] == "Jl. Baru"


def test_after_both_values_were_seen_the_same_form_may_pass(app):
    row = cast.household("Misnati")
    with asked(app, HTMX, address="Jl. Baru", key="a" * 32, seen="0"):
        answer = responses.problem(gate.Stale({"address": ("a", "b")}), PAGE, FRAGMENT, form=AddressForm(obj=row))
    root = tree(answer)
    assert root.one("input[name=seen]")["value"] == str(row.version)
    assert root.one("input[name=key]")["value"] == "a" * 32


def test_a_key_used_for_something_else_is_a_conflict(app):
    with asked(app, HTMX, address="x"):
        answer = responses.problem(gate.KeyReused(), PAGE, FRAGMENT, form=AddressForm())
    assert answer.status_code == 409
    assert "sudah dipakai untuk isian lain" in tree(answer).one(".errors li").text


def test_html_is_never_kept_and_never_mixed_up(app):
    headers = Visitor(app).get("/masuk").headers
    assert "HX-Request-Type" in headers["Vary"]
    assert headers["Cache-Control"] == "no-store, private"


def test_other_answers_keep_their_own_cache_headers(app):
    with asked(app):
        answer = responses.finish(jsonify(ok=True))
    assert "HX-Request-Type" not in answer.headers.get("Vary", "")


def test_a_mistake_does_not_become_an_address_to_come_back_to(app):
    answer = Visitor(app).submit("/masuk", "/masuk", boosted=True, username="sari", password="salah")
    assert answer.status == 422
    assert answer.headers["HX-Push-Url"] == "false"


def test_a_303_that_htmx_follows_ends_in_a_page_that_replaces_the_body(app):
    answer = Visitor(app).submit("/masuk", "/masuk", boosted=True, username="sari", password=cast.PASSWORD)
    assert answer.response.request.path == "/"


def test_an_address_in_foreign_letters_goes_into_a_header_in_plain_ones(app):
    with asked(app, BOOSTED):
        answer = responses.go("/keluarga?kelompok=é")
    assert answer.headers["HX-Location"] == "/keluarga?kelompok=%C3%A9"


@pytest.mark.parametrize(
    ("form_stands_on", "asked_for", "kept"),
    [
        ("/keluarga", "/keluarga?q=&desil=1&desil=2&urut=", "/keluarga?desil=1&desil=2"),
        ("/keluarga?q=siti", "/keluarga?q=&urut=", "/keluarga"),
        ("/keluarga", "/keluarga?q=sri+mul", None),
        ("/keluarga", "/keluarga/saring?q=", None),
    ],
)
def test_the_address_of_a_list_carries_no_empty_filters(app, form_stands_on, asked_for, kept):
    browser = Visitor(app, "sari").client
    answer = browser.get(asked_for, headers={**HTMX, "HX-Current-URL": f"http://localhost{form_stands_on}"})
    assert answer.headers.get("HX-Replace-Url") == kept
