"""The components: each renders clean HTML, says in words what it draws, and links every count to its list."""

from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest
from flask import Flask
from markupsafe import Markup

from portal.graduation.rules import Counselling
from portal.kernel.gate import Offer
from portal.kernel.terms import Membership
from portal.kernel.workflow import Note
from portal.membership.rules import IneligibleExit
from portal.nomination.rules import NOMINATION, Deliberation, FieldCheck
from portal.web.fields import Chosen, TrimmedString
from portal.web.forms import Form
from portal.web.steps import facts_form
from tests import page_checks
from tests.markup import Node, parse


class NameForm(Form):
    name = TrimmedString("Nama", [Chosen()])
    phone = TrimmedString("HP")


@pytest.fixture
def request_(app: Flask):
    with app.test_request_context("/keluarga"):
        yield app


def draw(app: Flask, source: str, **context: object) -> Node:
    """What a template writes, after the checks that every fragment has to pass."""
    html = app.jinja_env.from_string('{% import "ui.html" as ui %}<div id="x">' + source + "</div>").render(**context)
    assert page_checks.fragment_problems(html, page_checks.PAGE) == []
    return parse(html)[0]


def test_a_form_works_without_scripts_and_with_them(request_):
    form = NameForm(ids="a")
    root = draw(
        request_, "{{ ui.form_start(form, '/x', target='#x') }}{{ ui.fields(form) }}{{ ui.form_end('Simpan') }}", form=form
    )
    sent = root.one("form")
    assert (sent["method"], sent["action"], sent["hx-post"], sent["hx-target"]) == ("post", "/x", "/x", "#x")
    assert root.one("input[name=key]")["value"] == form.key.data


def test_a_form_without_a_target_swaps_the_page(request_):
    root = draw(request_, "{{ ui.form_start(form, '/x') }}{{ ui.form_end('Simpan') }}", form=NameForm())
    assert root.one("form")["hx-boost"] == "true"


def test_a_mistake_is_told_above_and_at_the_field(request_):
    form = NameForm(formdata=None)
    form.validate()
    root = draw(request_, "{{ ui.form_start(form, '/x') }}{{ ui.fields(form) }}{{ ui.form_end('Simpan') }}", form=form)
    assert root.one(".errors a")["href"] == "#name"
    assert (root.one("#name")["aria-invalid"], root.one("#name")["aria-describedby"]) == ("true", "name-error")
    assert root.one("#name-error").text == "Wajib diisi."


def test_help_is_read_with_the_field(request_):
    root = draw(request_, "{{ ui.field(form.phone, help='0812 …') }}", form=NameForm())
    assert root.one("#phone")["aria-describedby"] == "phone-help"
    assert "boleh kosong" in root.one("label").text


@pytest.mark.parametrize("kind", [Deliberation, FieldCheck, IneligibleExit, Counselling])
def test_every_kind_of_fact_can_be_asked(request_, kind):
    form = facts_form(kind)(ids="s")
    root = draw(request_, "{{ ui.step_form(form, '/x', 'Catat', '/usulan/7') }}", form=form)
    assert {field.id for field in form.shown()} <= {node["id"] for node in root.everything() if "id" in node}


def test_a_step_that_lacks_something_says_what_instead_of_asking(request_):
    root = draw(request_, "{{ ui.step_form(form, '/x', 'Ajukan', '/usulan/7', ['domicile']) }}", form=facts_form(Note)())
    assert root.one(".lacking").text == "Alamat domisili"
    assert root.one("a.button")["href"] == "/usulan/7"
    assert not root.all("form")


def test_the_first_step_that_is_ready_stands_out_and_a_grave_one_is_red(request_):
    offers = [Offer(NOMINATION.step(name), missing) for name, missing in (("submit", ("domicile",)), ("endorse", ()))]
    grave = [Offer(NOMINATION.step("withdraw"), ())]
    groups = "((offers, true), (grave, false))"
    root = draw(request_, f"{{{{ ui.next_steps({groups}, 'nomination', 'nominations.step', 7) }}}}", offers=offers, grave=grave)
    looks = {node.text: node["class"].split() for node in root.all("a")}
    assert looks == {
        "Ajukan 1 kurang": ["button", "lacking"],
        "Unggah berita acara lurah": ["button", "main"],
        "Tarik usulan": ["button", "bad"],
    }


def test_buttons_that_post_carry_a_key_each(request_):
    root = draw(request_, "{{ ui.post_button('Satu', '/x') }}{{ ui.post_button('Dua', '/y', target='#x') }}")
    first, second = root.all("input[name=key]")
    assert first["value"] != second["value"]


def test_a_grave_step_is_asked_in_place(request_):
    root = draw(request_, "{% call ui.confirm('Tarik…', 'Yakin?') %}{{ ui.post_button('Ya', '/x') }}{% endcall %}")
    assert root.one("details summary").text == "Tarik…"
    assert root.one("details form")["action"] == "/x"


def test_search_is_a_plain_get_form_too(request_):
    root = draw(request_, "{% call ui.filters('/keluarga') %}<input name='nama' aria-label='Nama'>{% endcall %}")
    form = root.one("form")
    assert (form["method"], form["action"], form["hx-get"], form["hx-target"]) == ("get", "/keluarga", "/keluarga", "#list")


def test_state_is_words_and_a_tone(request_):
    root = draw(request_, "{{ ui.badge(value) }}{{ ui.badge('returned', 'graduation') }}", value=Membership.ACTIVE)
    active, returned = root.all(".badge")
    assert (active.text, active["class"]) == ("Aktif", "badge good")
    assert (returned.text, returned["class"]) == ("Dikembalikan", "badge warn")


def test_counts_open_their_lists(request_):
    root = draw(
        request_, "{{ ui.stat(5003, 'keluarga', '/keluarga', 'note') }}{{ ui.progress(187, 300, 'graduasi', '/g', 268) }}"
    )
    stat, progress = root.all("a")
    assert (stat["href"], stat.one("b").text) == ("/keluarga", "5.003")
    assert (progress["href"], progress.text) == ("/g", "187 dari 300")
    assert root.all("rect")[1]["width"] == "62.3"


def test_more_than_the_target_does_not_leave_the_bar(request_):
    root = draw(request_, "{{ ui.progress(330, 300, 'x', '/g', 400) }}{{ ui.progress(3, 0, 'x', '/g') }}")
    assert [float(node["width"]) for node in root.all("rect") if node.get("class") is None] == [100, 0]


def test_a_line_says_what_it_shows(request_):
    root = draw(
        request_,
        "{{ ui.sparkline([1, 2, 3], 'Naik dari 1 ke 3') }}{{ ui.sparkline([1], 'satu') }}{{ ui.sparkline([2, 2], 'tetap') }}",
    )
    assert [node["aria-label"] for node in root.all("svg")] == ["Naik dari 1 ke 3", "tetap"]
    assert root.all("polyline")[0]["points"].split() == ["2.0,21.0", "50.0,12.0", "98.0,3.0"]


def test_columns_are_a_list_of_numbers(request_):
    items = [("Jan", 12, "/a"), ("Feb", 0, "/b")]
    root = draw(request_, "{{ ui.columns(items, 'B', [6, 24]) }}{{ ui.columns([], 'C') }}", items=items)
    assert [node.text for node in root.all(".columns a")] == ["12", "0"]
    assert root.all(".columns rect")[0]["height"] == "30.0"


def test_the_map_is_a_list_of_links(request_):
    tiles = [SimpleNamespace(row=0, col=5, name="Kasin", value=3, href="/k/1", level=2)]
    tile = draw(request_, "{{ ui.tile_map(tiles, 'Peta') }}", tiles=tiles).one("li")
    assert (tile["class"], tile.text, tile.one("a")["href"]) == ("r0 c5 l2", "Kasin 3", "/k/1")


def test_the_map_of_the_whole_city_stays_small(request_):
    tiles = [
        SimpleNamespace(
            row=n // 8, col=n % 8, name=f"Kelurahan{n}", value=n, href=f"/keluarga?kelurahan=35.73.01.{n}", level=n % 5
        )
        for n in range(57)
    ]
    source = '{% import "ui.html" as ui %}{{ ui.tile_map(tiles, "Peta") }}'
    assert page_checks.size(request_.jinja_env.from_string(source).render(tiles=tiles)) < 1200


def test_what_happened_is_told_with_old_and_new(request_):
    at = datetime(2026, 11, 24, 14, 40, tzinfo=UTC)
    entries = [SimpleNamespace(at=at, who="Sari", text="Alamat diperbarui", changes=[("RT", 3, None)])]
    item = draw(request_, "{{ ui.timeline(entries) }}", entries=entries).one("li")
    assert item.text == "Alamat diperbarui RT: 3 → – Sari · 24 Nov 2026 21.40"


def test_facts_show_a_dash_for_what_is_unknown(request_):
    pairs = [("Desil", None), ("Lahir", date(2016, 5, 9)), ("Status", Markup("<b>Aktif</b>"), "2026-Q4")]
    root = draw(request_, "{{ ui.facts(pairs) }}", pairs=pairs)
    assert [node.text for node in root.all("dd")] == ["–", "9 Mei 2016", "Aktif 2026-Q4"]


def test_names_are_escaped_everywhere(request_):
    root = draw(
        request_, "{{ ui.facts([('Nama', evil)]) }}{{ ui.tag(evil) }}{{ ui.stat(1, evil, '/x') }}", evil="<script>x</script>"
    )
    assert not root.all("script")


def test_paging_replaces_the_list_and_has_an_address(request_):
    root = draw(request_, "<div id='list'>{{ ui.pager('/k?sebelum=1', '/k?setelah=25') }}</div>{{ ui.pager(none, none) }}")
    before, after = root.all("a")
    assert (before["rel"], after["rel"], after["href"], after["hx-get"]) == ("prev", "next", "/k?setelah=25", "/k?setelah=25")
    assert after["hx-push-url"] == "true"


def test_what_is_there_and_what_is_missing_is_said_aloud(request_):
    root = draw(request_, "{{ ui.checklist([('Foto', true), ('Surat', false, '/s')]) }}")
    assert [node.text for node in root.all("li")] == ["Ada: Foto", "Kurang: Surat"]


def test_an_empty_list_says_what_to_do_next(request_):
    root = draw(request_, "{{ ui.empty('Belum ada', 'Mulai di sini.', '/baru', 'Usulkan') }}")
    assert root.one(".empty a").text == "Usulkan"
