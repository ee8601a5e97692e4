"""Without a mouse, and with the Back button: focus is where the work is, and a page is always a whole page."""

import pytest
from playwright.sync_api import Page, expect

from portal.kernel.base import session
from tests import cast
from tests import graduating as go
from tests.journeys.person import Person

FOCUSED = "document.activeElement.textContent.trim().replace(/\\s+/g, ' ')"


@pytest.fixture
def cases(app):
    """Two that wait for a decision."""
    return [go.brought_to("submitted", name) for name in ("Misnati", "Suliyah")]


@pytest.fixture
def budi(phone) -> Person:
    budi = Person(phone, "budi", has_scripts=True)
    budi.log_in()
    return budi


@pytest.fixture
def sari(phone) -> Person:
    sari = Person(phone, "sari", has_scripts=True)
    sari.log_in()
    return sari


def tab_to(page: Page, text: str, tag: str = "") -> None:
    """With the Tab key alone, as far as a page goes."""
    for _press in range(60):
        page.keyboard.press("Tab")
        if page.evaluate(FOCUSED).startswith(text) and page.evaluate("document.activeElement.localName").startswith(tag):
            return
    raise AssertionError(f"{text!r} is out of reach of the Tab key")


def expect_whole(page: Page, heading: str) -> None:
    expect(page.locator("h1")).to_have_text(heading)
    expect(page.locator("header.top nav")).to_have_count(1)


def test_the_queue_is_decided_with_the_keyboard_alone(cases, budi):
    page = budi.page
    budi.go("/graduasi")
    tab_to(page, "Misnati", "a")
    page.keyboard.press("Enter")
    budi.heads("Periksa graduasi")
    tab_to(page, "Setujui", "button")
    page.keyboard.press("Enter")
    expect(page.locator("[data-next]")).to_be_focused()
    page.keyboard.press("n")
    budi.sees("Suliyah Diajukan", within="#case")
    expect(page.locator("#family")).to_be_focused()
    tab_to(page, "Kembalikan", "summary")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("Scan buram")
    tab_to(page, "Kembalikan", "button")
    page.keyboard.press("Enter")
    budi.sees("Antrean kosong")
    session.rollback()
    assert [case.state for case in cases] == ["approved", "returned"]


def test_back_from_the_next_case_shows_the_whole_page(cases, budi):
    budi.go(f"/graduasi/{cases[0].id}")
    budi.press("Setujui")
    budi.page.locator("[data-next]").click()
    budi.sees("Suliyah", within="#family")
    budi.page.go_back()
    expect_whole(budi.page, "Graduasi Misnati")
    budi.page.go_forward()
    expect_whole(budi.page, "Periksa graduasi")


def test_back_to_a_searched_list_shows_the_search_in_a_whole_page(sari):
    sari.go("/keluarga")
    sari.page.locator("#q").press_sequentially("misna")
    expect(sari.page.locator("#list tbody tr")).to_have_count(1)
    sari.follow("Misnati", within="#list")
    sari.heads("Misnati")
    sari.page.go_back()
    expect_whole(sari.page, "Keluarga")
    assert sari.page.input_value("#q") == "misna"
    expect(sari.page.locator("#list tbody tr")).to_have_count(1)


def test_back_through_the_sections_of_an_assessment(sari):
    sari.go(f"/keluarga/{cast.household('Misnati').id}/kunjungan/baru")
    sari.fill(outcome="met", present="Ibu Misnati")
    sari.press("Simpan kunjungan")
    sari.sees("Pekerjaan", within="#assessment h2")
    sari.fill(earners="2")
    sari.press("Simpan dan lanjut")
    expect(sari.page.locator("#assessment h2")).to_have_text("Penghasilan")
    expect(sari.page.locator("#assessment h2")).to_be_focused()
    sari.page.go_back()
    expect_whole(sari.page, "Penilaian Misnati")
    expect(sari.page.locator("#assessment h2")).to_have_text("Pekerjaan")
    assert sari.page.input_value("[name=earners]") == "2"


def test_the_panel_takes_the_focus_and_gives_it_back_to_the_row(sari):
    sari.go("/keluarga?q=misnati")
    sari.press_link("Perbarui", within="#list")
    expect(sari.page.locator("#list h2")).to_be_focused()
    sari.fill(phone="12")
    sari.press("Simpan")
    expect(sari.page.locator("#list .errors")).to_be_focused()
    sari.fill(phone="")
    sari.press("Simpan")
    expect(sari.page.locator("#list tbody tr")).to_be_focused()


def test_the_filters_take_the_focus_where_they_open(sari):
    sari.go("/keluarga")
    sari.page.get_by_text("Saring", exact=True).first.click()
    expect(sari.page.locator("#filters h2")).to_be_focused()


def test_a_page_that_is_swapped_whole_has_its_heading_in_focus(sari):
    sari.go(f"/keluarga/{cast.household('Misnati').id}/kunjungan/baru")
    sari.fill(outcome="met", present="Ibu Misnati")
    sari.press("Simpan kunjungan")
    sari.heads("Penilaian Misnati")
    expect(sari.page.locator("h1:focus, [data-focus]:focus")).to_have_count(1)


def test_one_number_after_another_is_looked_up_also_after_back(person):
    sari = person("sari")
    sari.go("/keluarga/nomor")
    for name in ("Misnati", "Suliyah"):
        sari.fill(number=cast.household(name).kk)
        sari.press("Cari")
        sari.heads(name)
        sari.page.go_back()
        sari.heads("Cari NIK atau KK")
    for number in (cast.kk(), cast.kk()):
        sari.fill(number=number)
        with sari.page.expect_response("**/keluarga/nomor") as answer:
            sari.press("Cari")
        assert answer.value.status == 422
        sari.sees("Tidak ada keluarga dengan nomor ini")
