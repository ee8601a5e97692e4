"""A served application and a real browser. `phone` is a page at phone size, `plain` the same without JavaScript."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from tests.journeys.browsing import launched, opened, served
from tests.journeys.person import Person


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "/journeys/" in str(item.path):
            item.add_marker(pytest.mark.journey)


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """Where the application with the cast is served."""
    with served(app) as where:
        yield where


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with launched() as browser:
        yield browser


@pytest.fixture
def phone(browser: Browser, address: str) -> Iterator[Page]:
    with opened(browser, address) as page:
        yield page


@pytest.fixture
def plain(browser: Browser, address: str) -> Iterator[Page]:
    with opened(browser, address, java_script_enabled=False) as page:
        yield page


@pytest.fixture(params=[True, False], ids=["scripts", "plain"])
def has_scripts(request: pytest.FixtureRequest) -> bool:
    return request.param


@pytest.fixture
def person(browser: Browser, address: str, has_scripts: bool) -> Iterator[Callable[[str], Person]]:
    """Who acts: `person("budi")`, logged in, on a phone of their own. No answer may be larger than its budget."""
    everybody: list[Person] = []
    with ExitStack() as phones:

        def log_in(username: str) -> Person:
            page = phones.enter_context(opened(browser, address, java_script_enabled=has_scripts))
            somebody = Person(page, username, has_scripts=has_scripts)
            somebody.log_in()
            everybody.append(somebody)
            return somebody

        yield log_in
    assert [told for somebody in everybody for told in somebody.wire.too_large()] == []
