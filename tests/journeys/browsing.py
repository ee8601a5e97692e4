"""Serving the application and opening it on a phone."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from tests import databases

PHONE = {"width": 360, "height": 740}
FLAGS = ["--no-sandbox", "--headless", "--disable-gpu", "--in-process-gpu", "--disable-background-networking"]
PATIENCE = 10_000
"""Milliseconds that a browser waits for what a test expects."""


class _Quiet(WSGIRequestHandler):
    def log_request(self, *_arguments: Any) -> None:
        """Nothing: pytest shows what fails."""


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """The address of the application, on a free port of this machine."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def launched() -> Iterator[Browser]:
    """Debian's Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=databases.chromium(), args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def opened(browser: Browser, address: str, **options: Any) -> Iterator[Page]:
    """A page at phone size. Errors on its console, and whatever the content policy refused, fail the test."""
    context = browser.new_context(viewport=PHONE, base_url=address, locale="id-ID", **options)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    page.on("console", lambda line: broken.append(line.text) if _is_bad(line) else None)
    try:
        yield page
    finally:
        context.close()
    assert broken == [], broken


def _is_bad(line: ConsoleMessage) -> bool:
    """Answers that are not 2xx, and those that never came, are reported too: tests ask what the page makes of them."""
    return line.type == "error" and not line.text.startswith(("Failed to load resource", "htmx: htmx:error"))
