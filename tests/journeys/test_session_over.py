"""A session that ends while somebody fills in a form, with JavaScript and without: nothing typed is lost."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from portal.assessment.records.visits import Visit
from portal.evidence.records import Evidence
from portal.kernel import clock
from portal.kernel.base import session
from tests import cast
from tests.journeys.person import a_photo

NOTE = "Ibu sudah berjualan kue setiap hari"


def log_in(page: Page, username: str = "sari") -> None:
    page.fill("[name=username]", username)
    page.fill("[name=password]", cast.PASSWORD)
    page.get_by_role("button", name="Masuk", exact=True).click()


@pytest.fixture
def new_visit(app) -> str:
    return f"/keluarga/{cast.household('Misnati').id}/kunjungan/baru"


def write_visit(page: Page, address: str) -> None:
    page.goto(address)
    log_in(page)
    page.wait_for_url(f"**{address}")
    page.check("input[name=outcome][value=not_met]")
    page.fill("[name=next_on]", (clock.today() + timedelta(days=7)).isoformat())
    page.fill("[name=notes]", NOTE)


def end_session(page: Page) -> None:
    page.context.clear_cookies()


def test_the_login_panel_stands_beside_the_untouched_form(phone, new_visit):
    write_visit(phone, new_visit)
    end_session(phone)
    phone.locator("main .submit .main").click()
    expect(phone.locator("#session-username")).to_be_focused()
    assert phone.input_value("main [name=notes]") == NOTE
    log_in(phone)
    expect(phone.locator("#status")).to_contain_text("Anda sudah masuk lagi")
    expect(phone.locator("#session form")).to_have_count(0)
    assert phone.input_value("main [name=notes]") == NOTE


def test_after_the_panel_the_same_button_saves(phone, new_visit):
    write_visit(phone, new_visit)
    end_session(phone)
    phone.locator("main .submit .main").click()
    log_in(phone)
    expect(phone.locator("#session form")).to_have_count(0)
    phone.locator("main .submit .main").click()
    expect(phone.locator(".errors, #session form, .unsent")).to_have_count(0)
    phone.wait_for_url(re.compile(r"/(kunjungan/\d+|keluarga/\d+(/kunjungan)?)$"))


def test_a_photo_is_sent_again_after_the_panel_and_the_visit_is_saved(phone, new_visit):
    write_visit(phone, new_visit)
    end_session(phone)
    phone.set_input_files("[name=photos]", a_photo())
    expect(phone.locator("#session-username")).to_be_focused()
    expect(phone.locator(".thumbs")).to_contain_text("IMG_2041.jpg: Belum terkirim · Coba lagi")
    log_in(phone)
    expect(phone.locator("#session form")).to_have_count(0)
    phone.locator(".thumbs").get_by_role("button", name="Coba lagi").click()
    expect(phone.locator(".thumbs img")).to_have_count(1)
    phone.locator("main .submit .main").click()
    phone.wait_for_url(re.compile(r"/(kunjungan/\d+|keluarga/\d+(/kunjungan)?)$"))
    session.rollback()
    assert session.scalars(select(Evidence.subject_id)).all() == session.scalars(select(Visit.id)).all()


def test_without_scripts_the_form_is_carried_through_the_login(plain, new_visit):
    write_visit(plain, new_visit)
    end_session(plain)
    plain.locator("main .submit .main").click()
    expect(plain.locator("h1")).to_have_text("Masuk lagi")
    log_in(plain)
    expect(plain.locator("h1")).to_have_text("Kirim sekali lagi")
    expect(plain.locator("main")).to_contain_text(NOTE)
    plain.get_by_role("button", name="Kirim lagi").click()
    plain.wait_for_url(re.compile(r"/(kunjungan/\d+|keluarga/\d+(/kunjungan)?)$"))
