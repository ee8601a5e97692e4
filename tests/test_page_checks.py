"""The checks that every answer passes can also fail: each is shown one page or fragment that it must not let through."""

import pytest

from tests import page_checks
from tests.markup import parse, value_of
from tests.visitor import filled

TOKEN = '<input type="hidden" name="csrf_token"><input type="hidden" name="key">'
GOOD = '<!doctype html><html lang="id"><head><title>Keluarga · Naik Kelas</title></head><body><h1>Keluarga</h1>%s</body></html>'


@pytest.mark.parametrize(
    ("piece", "complaint"),
    [
        ("<h1>Lagi</h1>", "2 h1"),
        ('<p id="a"></p><p id="a"></p>', "ids used twice"),
        ("<p><b>x</p></b>", "is closed by"),
        ("<div>", "is closed by"),
        ('<p class="a" class="b"></p>', "twice"),
        ('<input name="nama">', "no label"),
        ('<input id="n"><label for="m">x</label>', "no label"),
        ('<label for="m">x</label>', "no such id"),
        (f'<form method="post">{TOKEN}</form>', "without action"),
        ('<form method="post" action="/x"><input type="hidden" name="key"></form>', "without token"),
        ('<form method="post" action="/x"><input type="hidden" name="csrf_token"></form>', "without key"),
        (f'<form method="post" action="/x">{TOKEN}<input type="file" aria-label="f"></form>', "multipart"),
        ('<form action="/x"><form action="/y"></form></form>', "a form inside a form"),
        ("<script>x</script>", "inline <script>"),
        ("<style>x</style>", "inline <style>"),
        ('<p style="x">x</p>', "banned"),
        ('<p onclick="x">x</p>', "banned"),
        ('<p hx-on:click="x">x</p>', "banned"),
        ('<a href="javascript:x">x</a>', "banned"),
        ('<p hx-vals="js:x">x</p>', "banned"),
        ('<button hx-delete="/x">x</button>', "banned"),
        ('<form action="/x" hx-get="/x" hx-trigger="keyup[x]"></form>', "trigger filter"),
        ('<button hx-get="/x">x</button>', "works with scripts only"),
        ('<a href="/y" hx-get="/x">x</a>', "works with scripts only"),
        ('<button hx-post="/x">x</button>', "works with scripts only"),
        ('<a href="/x" hx-get="/x" hx-target="#weg">x</a>', "hx-target #weg is not on the page"),
        ('<a href="#weg">x</a>', "which is not on the page"),
        ('<a href="/x"></a>', "says nothing"),
        ('<img src="/x">', "without alt"),
    ],
)
def test_a_page_with_a_fault_is_caught(piece, complaint):
    assert any(complaint in problem for problem in page_checks.page_problems(GOOD % piece))


def test_a_good_page_has_no_fault():
    assert page_checks.page_problems(GOOD % f'<form method="post" action="/x">{TOKEN}<button>Simpan</button></form>') == []


def test_a_title_begins_with_the_heading():
    assert page_checks.page_problems(GOOD.replace("<title>Keluarga", "<title>Lain") % "")


def test_a_page_names_its_language():
    assert page_checks.page_problems(GOOD.replace(' lang="id"', "") % "") == ["no language"]


def test_a_page_that_is_too_big_is_caught():
    assert any("more than" in problem for problem in page_checks.page_problems(GOOD % _noise(12_000)))


@pytest.mark.parametrize(
    "html", ["<p>x</p>", '<p id="a">x</p><p id="b">y</p>', '<p id="a">x</p><hx-partial>y</hx-partial>', ""]
)
def test_a_fragment_has_one_root_with_an_id(html):
    assert page_checks.fragment_problems(html)


def test_a_fragment_may_bring_others_beside_it():
    assert (
        page_checks.fragment_problems('<tr id="a"><td>x</td></tr><hx-partial hx-target="#b"><b id="b">1</b></hx-partial>') == []
    )


def test_a_fragment_that_is_too_big_is_caught():
    assert any("more than" in problem for problem in page_checks.fragment_problems(f'<p id="a">{_noise(6_000)}</p>'))


def test_forms_are_sent_as_a_browser_would():
    root, _problems = parse(
        '<form><input name="a" value="1"><input type="checkbox" name="b" value="2">'
        '<input type="radio" name="c" value="3" checked><textarea name="d">\nempat</textarea>'
        '<select name="e"><option value="5">x</option><option value="6" selected>y</option></select>'
        '<select name="f"><option>tujuh</option></select><input name="g" value="8" disabled></form>'
    )
    sent = filled(root.one("form"), {"a": "baru", "b": ["2"], "c": None})
    assert sent.to_dict() == {"a": "baru", "b": "2", "d": "empat", "e": "6", "f": "tujuh"}
    assert value_of(root.one("input[name=b]")) is None


def test_a_field_that_is_not_there_cannot_be_filled_in():
    root, _problems = parse('<form><input name="a"></form>')
    with pytest.raises(AssertionError, match="no field 'z'"):
        filled(root.one("form"), {"z": 1})


def test_selectors_find_what_they_say():
    root, _problems = parse('<div id="x" class="a b"><p data-n="1">satu</p><p>dua</p></div><p>tiga</p>')
    assert [node.text for node in root.all("#x p")] == ["satu", "dua"]
    assert root.one("div.a.b p[data-n=1]").text == "satu"


def _noise(length: int) -> str:
    """Text that does not compress."""
    state, letters = 1, []
    for _ in range(length):
        state = state * 1103515245 + 12345 & 0x7FFFFFFF
        letters.append("abcdefghijklmnopqrstuvwxyz0123456789"[(state >> 16) % 36])
    return "".join(letters)
