"""What is saved on a bad network is saved once, and what is not saved says so and stays."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, Route, expect
from sqlalchemy import func, select

from portal.assessment.records.visits import Visit
from portal.evidence.records import Evidence
from portal.kernel import clock
from portal.kernel.base import session
from tests import cast
from tests.journeys.person import STAGED_WITHIN, Person, a_photo

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


def lose_a_photo(sari: Person) -> None:
    """One is chosen at the door while there is no signal; then the signal is back."""
    write_visit(sari)
    sari.page.context.set_offline(True)
    sari.page.set_input_files("[name=photos]", a_photo())
    expect(sari.page.locator(".thumbs")).to_contain_text("IMG_2041.jpg: Belum terkirim")
    sari.page.context.set_offline(False)


def expect_held(sari: Person) -> None:
    """The visit is not sent; the photo is named, and what can be done with it is under the finger."""
    sari.press("Simpan kunjungan")
    expect(sari.page.locator(".thumbs")).to_contain_text("IMG_2041.jpg: Belum terkirim, jadi formulir belum dikirim")
    expect(sari.page.locator(".thumbs").get_by_role("button", name="Coba lagi")).to_be_focused()
    assert recorded() == 0


def with_photos() -> list[int | None]:
    """Of each photo that arrived: the visit that it belongs to."""
    session.rollback()
    return list(session.scalars(select(Evidence.subject_id)))


def test_a_visit_waits_for_its_photo_to_be_sent_again(sari):
    lose_a_photo(sari)
    expect_held(sari)
    sari.press("Coba lagi", within=".thumbs")
    expect(sari.page.locator(".thumbs img")).to_have_count(1)
    sari.press("Simpan kunjungan")
    sari.says("Tersimpan")
    assert recorded() == 1
    assert with_photos() == [session.scalars(select(Visit.id)).one()]


def test_a_visit_goes_without_a_photo_that_is_left_out(sari):
    lose_a_photo(sari)
    expect_held(sari)
    sari.press("Lepas", within=".thumbs")
    expect(sari.page.locator(".thumbs li")).to_have_count(0)
    sari.press("Simpan kunjungan")
    sari.says("Tersimpan")
    assert (recorded(), with_photos()) == (1, [])


def test_every_photo_has_its_slot_before_it_is_made_small(sari):
    """Whoever saves at once leaves none behind."""
    write_visit(sari)
    sari.page.set_input_files("[name=photos]", [a_photo((2600, 1950), noisy=True) for _ in range(2)])
    assert sari.page.locator(".thumbs li").count() == 2
    expect(sari.page.locator(".thumbs img")).to_have_count(2, timeout=STAGED_WITHIN)
