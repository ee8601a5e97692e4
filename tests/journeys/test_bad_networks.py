"""What is saved on a bad network is saved once, and what is not saved says so and stays."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, Route, expect
from sqlalchemy import func, select

from portal.records import clock
from portal.records.base import session
from portal.records.households import Evidence, Visit
from tests import cast
from tests.journeys.person import Person, a_photo

NOTE = "Warung pindah ke gang sebelah"
SHORT = 400
"""Milliseconds after which a test's browser calls an answer lost; people's wait 20 seconds."""


@pytest.fixture
def sari(phone) -> Person:
    sari = Person(phone, "sari", has_scripts=True)
    sari.log_in()
    return sari


@pytest.fixture
def page(sari) -> Page:
    """A visit as written at the door, not yet sent."""
    write_visit(sari)
    return sari.page


def write_visit(sari: Person) -> None:
    sari.go(f"/keluarga/{cast.household('Misnati').id}/kunjungan/baru")
    sari.fill(outcome="not_met", next_on=str(clock.today() + timedelta(days=7)), notes=NOTE)


def recorded() -> int:
    """How many visits the portal has."""
    session.rollback()
    return session.scalar(select(func.count()).select_from(Visit)) or 0


def expect_kept(page: Page) -> None:
    expect(page.locator(".unsent")).to_contain_text("Belum terkirim · Coba lagi")
    assert page.input_value("[name=notes]") == NOTE
    assert page.locator("main .submit .main").is_enabled()


def send_again(page: Page) -> None:
    page.get_by_role("button", name="Coba lagi").click()
    expect(page.locator("#status")).to_contain_text("Tersimpan")
    expect(page.locator("[name=notes]")).to_have_count(0)


def saved_but_unheard(route: Route) -> None:
    """The portal saves; its answer never comes."""
    if route.request.method == "POST":
        route.fetch()
    else:
        route.continue_()


def saved_but_spoilt(route: Route) -> None:
    """The portal saves; a proxy answers in its place."""
    if route.request.method == "POST":
        route.fetch()
        route.fulfill(status=504, body="<h1>Gateway Timeout</h1>", content_type="text/html")
    else:
        route.continue_()


def test_offline_the_form_stays_and_goes_out_once_when_the_signal_is_back(page):
    page.context.set_offline(True)
    page.click("main .submit .main")
    expect_kept(page)
    assert recorded() == 0
    page.context.set_offline(False)
    send_again(page)
    assert recorded() == 1


def test_an_answer_that_never_comes_is_asked_for_again_with_the_same_key(page):
    page.evaluate(f"htmx.config.defaultTimeout = {SHORT}")
    page.route("**/kunjungan/baru", saved_but_unheard)
    page.click("main .submit .main")
    expect_kept(page)
    page.unroute_all(behavior="ignoreErrors")
    page.evaluate("htmx.config.defaultTimeout = 20000")
    assert recorded() == 1
    send_again(page)
    assert recorded() == 1


def test_a_proxys_error_after_saving_changes_nothing_twice(page):
    page.route("**/kunjungan/baru", saved_but_spoilt)
    page.click("main .submit .main")
    expect_kept(page)
    page.unroute_all()
    send_again(page)
    assert recorded() == 1


def test_a_session_that_ends_in_the_list_keeps_the_panel_as_typed(sari):
    sari.go("/keluarga?q=misnati")
    sari.press_link("Perbarui", within="#list")
    sari.fill(note=NOTE)
    page = sari.page
    page.context.clear_cookies()
    sari.press("Simpan", within="#list")
    expect(page.locator("#session-username")).to_be_focused()
    sari.fill(within="#session", username="sari", password=cast.PASSWORD)
    sari.press("Masuk", within="#session")
    expect(page.locator("#session form")).to_have_count(0)
    assert page.input_value("[name=note]") == NOTE
    sari.press("Simpan", within="#list")
    sari.says("Tersimpan")
    session.rollback()
    assert cast.household("Misnati").note == NOTE


def test_two_quick_taps_save_once(person):
    """With scripts the button is off after the first; without, both carry the same key."""
    sari = person("sari")
    write_visit(sari)
    sari.page.get_by_role("button", name="Simpan kunjungan").dblclick()
    sari.says("Tersimpan")
    assert recorded() == 1


def test_a_photo_is_made_small_before_it_travels(sari):
    sari.go(f"/keluarga/{cast.household('Misnati').id}/kunjungan/baru")
    taken = a_photo((2600, 1950), noisy=True)
    with sari.page.expect_request("**/berkas") as sent:
        sari.page.set_input_files("[name=photos]", taken)
    expect(sari.page.locator(".thumbs img")).to_have_count(1)
    assert int(sent.value.all_headers()["content-length"]) < len(taken["buffer"]) / 4
    session.rollback()
    assert session.scalars(select(Evidence)).one().thumbnail


def test_a_photo_that_was_lost_on_the_way_is_sent_again(sari):
    sari.go(f"/keluarga/{cast.household('Misnati').id}/kunjungan/baru")
    sari.page.context.set_offline(True)
    sari.page.set_input_files("[name=photos]", a_photo())
    expect(sari.page.locator(".thumbs .unsent")).to_contain_text("Belum terkirim")
    sari.page.context.set_offline(False)
    sari.page.locator(".thumbs").get_by_role("button", name="Coba lagi").click()
    expect(sari.page.locator(".thumbs img")).to_have_count(1)
    session.rollback()
    assert session.scalar(select(func.count()).select_from(Evidence)) == 1
