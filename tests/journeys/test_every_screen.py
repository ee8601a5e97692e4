"""Every screen, with the demo's data: nothing for axe to complain about, nothing cut off, nothing on the console."""

import json
from collections.abc import Iterator

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

from tests.journeys import screens
from tests.journeys.browsing import PHONE, opened, served
from tests.journeys.person import Person

DESK = {"width": 1280, "height": 900}
CHECK = """rules => axe.run({exclude: [['tbody tr:nth-child(n+9)'], ['.tiles li:nth-child(n+17)']]},
  {resultTypes: ['violations'], preload: false, ...rules}).then(found => found.violations)"""
"""Of a long list the first rows: the others are made by the same lines."""
LOOKS = {"runOnly": ["color-contrast", "link-in-text-block", "target-size", "scrollable-region-focusable"]}
"""The rules that colours and widths bear on."""
WIDE = """[...document.querySelectorAll('body *')].filter(node => node.getBoundingClientRect().right > innerWidth + 1
  && !node.closest('nav, .scroll, .sr, .skip')).map(node => node.outerHTML.slice(0, 120)).slice(0, 3)"""


@pytest.fixture
def site(demo_app) -> Iterator[str]:
    with served(demo_app) as address:
        yield address


def test_no_screen_is_left_out(demo_app):
    shown = {screens.endpoint_of(demo_app, one) for username in screens.ROLES for one in screens.of(demo_app, username)}
    missing = screens.endpoints(demo_app) - shown
    assert missing == {"account.login"}, "a new screen belongs in tests/journeys/screens.py"


@pytest.mark.parametrize("half", [0, 1])
@pytest.mark.parametrize("username", screens.ROLES)
def test_every_screen_is_accessible_and_fits(demo_app, browser, site, username, half):
    """In halves, so that no worker is left with a long one at the end: axe is what takes the time."""
    with opened(browser, site) as page:
        page.context.add_init_script(AXE_SCRIPT)
        Person(page, username, has_scripts=True).log_in()
        assert [fault for address in screens.of(demo_app, username)[half::2] for fault in faults(page, address)] == []


def test_the_login_page_is_accessible_and_fits(browser, site):
    with opened(browser, site) as page:
        page.context.add_init_script(AXE_SCRIPT)
        assert list(faults(page, "/masuk")) == []


def test_what_opens_in_place_is_accessible_too(phone):
    """The panel in the list with a mistake in it, not sent, and then with the session over."""
    sari = Person(phone, "sari", has_scripts=True)
    sari.log_in()
    sari.go("/keluarga?q=misnati")
    sari.press_link("Perbarui", within="#list")
    sari.fill(phone="12")
    sari.press("Simpan")
    sari.sees("Belum tersimpan", within="#list .errors")
    phone.context.set_offline(True)
    sari.press("Simpan")
    sari.sees("Belum terkirim", within=".unsent")
    phone.context.set_offline(False)
    phone.context.clear_cookies()
    sari.press("Coba lagi")
    sari.sees("Sesi Anda sudah berakhir", within="#session")
    phone.evaluate(AXE_SCRIPT)
    assert complaints(phone, {}) == []


def faults(page: Page, address: str) -> Iterator[str]:
    """At phone size in light colours, then at a desk in dark ones."""
    answer = page.goto(address)
    assert answer is not None
    if answer.status != 200:
        yield f"{address}: {answer.status}"
    if page.evaluate("document.documentElement.scrollWidth") > PHONE["width"]:
        yield f"{address}: wider than the phone: {page.evaluate(WIDE)}"
    yield from (f"{address}: {told}" for told in complaints(page, {}))
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size(DESK)
    yield from (f"{address} (dark, desk): {told}" for told in complaints(page, LOOKS))
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(PHONE)


def complaints(page: Page, rules: dict[str, list[str]]) -> list[str]:
    found = page.evaluate(CHECK, rules)
    return [f"{one['id']}: {json.dumps([node['html'][:120] for node in one['nodes'][:3]])}" for one in found]
