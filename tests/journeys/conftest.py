"""A served application and a real browser. `phone` is a page at phone size, `plain` the same without JavaScript."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from tests import databases

PHONE = {"width": 360, "height": 740}
FLAGS = ["--no-sandbox", "--headless", "--disable-gpu", "--disable-background-networking"]
PATIENCE = 10_000
"""Milliseconds that a browser waits for what a test expects."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "/journeys/" in str(item.path):
            item.add_marker(pytest.mark.journey)


class _Quiet(WSGIRequestHandler):
    def log_request(self, *_arguments: Any) -> None:
        """Nothing: pytest shows what fails."""


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """Where the application with the cast is served, on a free port of this machine."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=databases.chromium(), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def phone(browser: Browser, address: str) -> Iterator[Page]:
    yield from _page(browser, address)


@pytest.fixture
def plain(browser: Browser, address: str) -> Iterator[Page]:
    yield from _page(browser, address, java_script_enabled=False)


def _page(browser: Browser, address: str, **options: Any) -> Iterator[Page]:
    context = browser.new_context(viewport=PHONE, base_url=address, locale="id-ID", **options)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    page.on("console", lambda line: broken.append(line.text) if "Content Security Policy" in line.text else None)
    yield page
    context.close()
    assert broken == []
