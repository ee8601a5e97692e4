"""A form that was sent is answered in one place: done, sent back with what is wrong, or told that others were first."""

import pytest
from flask import make_response
from jinja2 import ChoiceLoader, DictLoader

from portal.kernel import gate
from portal.kernel.terms import Refused
from portal.web.fields import Chosen, TrimmedString
from portal.web.forms import Form
from portal.web.responses import submit
from tests.markup import parse
from tests.visitor import HTMX

PAGE, FRAGMENT = "uji.html", "_uji.html"
TEMPLATES = {
    PAGE: '{% extends "base.html" %}{% block heading %}Uji{% endblock %}'
    '{% block content %}{% include "_uji.html" %}{% endblock %}',
    FRAGMENT: '{% import "ui.html" as ui %}<section id="uji">{{ ui.form_start(form, "/uji", target="#uji") }}'
    "{{ ui.fields(form) }}{{ ui.form_end('Simpan') }}<b>{{ aside }}</b></section>",
}
KEY = "0" * 32


class AddressForm(Form):
    class Meta(Form.Meta):
        csrf = False

    address = TrimmedString("Alamat", [Chosen()])


class Acts:
    """Counts how often it was asked to act; raises what it is given."""

    def __init__(self, error=None):
        self.error, self.times = error, 0

    def __call__(self):
        self.times += 1
        if self.error:
            raise self.error
        return "rumah"


@pytest.fixture(autouse=True)
def templates(app, monkeypatch):
    monkeypatch.setattr(app.jinja_env, "loader", ChoiceLoader([DictLoader(TEMPLATES), app.jinja_env.loader]))


def sent(app, act, *, headers=None, shown=lambda: {"aside": "di samping"}, **typed):
    with app.test_request_context("/uji", headers=headers, method="POST", data={"key": KEY, **typed}):
        form = AddressForm()
        answer = submit(form, PAGE, FRAGMENT, act=act, done=lambda made: make_response(f"selesai {made}"), shown=shown)
        return answer, form


def root_of(answer):
    root, problems = parse(answer.get_data(as_text=True))
    assert not problems
    return root


def test_what_was_made_is_handed_on(app):
    act = Acts()
    answer, _form = sent(app, act, address="Jl. Mawar")
    assert (answer.status_code, answer.get_data(as_text=True), act.times) == (200, "selesai rumah", 1)


def test_a_mistake_comes_back_as_typed_and_nothing_is_done(app):
    act = Acts()
    answer, _form = sent(app, act, address=" ")
    assert (answer.status_code, act.times) == (422, 0)
    root = root_of(answer)
    assert root.one("main #uji form")
    assert root.one("#uji b").text == "di samping"


def test_what_is_shown_beside_is_asked_only_when_the_form_comes_back(app):
    def nobody_asked():
        raise AssertionError("the answer needs no page")

    assert sent(app, Acts(), address="Jl. Mawar", shown=nobody_asked)[0].status_code == 200


@pytest.mark.parametrize(
    ("error", "status"),
    [(Refused("throttled"), 422), (gate.Stale(), 409), (gate.KeyReused(), 409)],
    ids=["refused", "stale", "key"],
)
def test_what_the_gate_refuses_is_told_at_the_form(app, error, status):
    answer, form = sent(app, Acts(error), address="Jl. Mawar")
    assert answer.status_code == status
    assert len(form.problems) == 1
    assert root_of(answer).one("#uji input[name=address]").get("value") == "Jl. Mawar"


def test_a_refusal_stands_at_the_field_it_is_about(app):
    _answer, form = sent(app, Acts(Refused("throttled", field="address")), address="Jl. Mawar")
    assert (form.problems, len(form.address.errors)) == ([], 1)


def test_what_is_shown_beside_sees_what_has_become_of_the_rows(app):
    act = Acts(Refused("throttled"))
    answer, _form = sent(app, act, address="Jl. Mawar", shown=lambda: {"aside": f"dicoba {act.times}"})
    assert root_of(answer).one("#uji b").text == "dicoba 1"


def test_htmx_gets_the_fragment_alone(app):
    answer, _form = sent(app, Acts(gate.Stale()), headers=HTMX, address="Jl. Mawar")
    assert [node.get("id") for node in root_of(answer).elements] == ["uji"]
    assert answer.status_code == 409


@pytest.mark.parametrize("error", [gate.NotFound(), gate.Forbidden(), ZeroDivisionError()], ids=lambda one: type(one).__name__)
def test_anything_else_is_nothing_to_tell_at_a_form(app, error):
    with pytest.raises(type(error)):
        sent(app, Acts(error), address="Jl. Mawar")


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_form_that_is_only_looked_at_asks_for_nothing(app, method):
    act = Acts()
    with app.test_request_context("/uji?address=Jl.+Mawar", method=method):
        answer = submit(AddressForm(), PAGE, FRAGMENT, act=act, done=make_response, shown=lambda: {"aside": "di samping"})
    assert (answer.status_code, act.times, root_of(answer).all(".errors li")) == (200, 0, [])
    assert "di samping" in answer.get_data(as_text=True)


def test_a_form_is_sent_to_where_it_is_looked_at(app):
    act = Acts()
    with app.test_request_context("/uji", method="POST", data={"key": KEY, "address": "Jl. Mawar"}):
        answer = submit(AddressForm(), PAGE, FRAGMENT, act=act, done=make_response)
    assert (answer.get_data(as_text=True), act.times) == ("rumah", 1)
