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
CHECK = "axe.run({resultTypes: ['violations']}).then(found => found.violations)"
WIDE = """[...document.querySelectorAll('body *')].filter(node => node.getBoundingClientRect().right > innerWidth + 1
  && !node.closest('nav, .scroll, .sr, .skip')).map(node => node.outerHTML.slice(0, 120)).slice(0, 3)"""


@pytest.fixture
def site(demo_app) -> Iterator[str]:
    with served(demo_app) as address:
        yield address


def faults(page: Page, address: str) -> Iterator[str]:
    """At phone size in light colours, then at a desk in dark ones."""
    answer = page.goto(address)
    assert answer is not None
    if answer.status != 200:
        yield f"{address}: {answer.status}"
    if page.evaluate("document.documentElement.scrollWidth") > PHONE["width"]:
        yield f"{address}: wider than the phone: {page.evaluate(WIDE)}"
    page.evaluate(AXE_SCRIPT)
    yield from (f"{address}: {told}" for told in complaints(page))
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size(DESK)
    yield from (f"{address} (dark, desk): {told}" for told in complaints(page))
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(PHONE)


def complaints(page: Page) -> list[str]:
    found = page.evaluate(CHECK)
    return [f"{one['id']}: {json.dumps([node['html'][:120] for node in one['nodes'][:3]])}" for one in found]


@pytest.mark.parametrize("username", screens.ROLES)
def test_every_screen_is_accessible_and_fits(browser, demo_app, site, username):
    addresses = screens.of(demo_app, username)
    with opened(browser, site) as page:
        Person(page, username, has_scripts=True).log_in()
        assert [fault for address in addresses for fault in faults(page, address)] == []


def test_the_login_page_is_accessible_and_fits(browser, site):
    with opened(browser, site) as page:
        assert list(faults(page, "/masuk")) == []


def test_no_screen_is_left_out(demo_app):
    shown = {screens.endpoint_of(demo_app, address) for username in screens.ROLES for address in screens.of(demo_app, username)}
    assert screens.endpoints(demo_app) - shown == {"account.login"}
