"""Somebody at a browser: goes, presses, fills in and looks, with scripts and without. `Person.wire` is what it cost."""

import re
from collections.abc import Sequence
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests import cast, photos
from tests.journeys.wire import Wire

STAGED_WITHIN = 20_000
"""Milliseconds for a photo to be shrunk, sent and drawn again: on a busy machine that is not five seconds."""


class Person:
    def __init__(self, page: Page, username: str, *, has_scripts: bool) -> None:
        self.page, self.username, self.has_scripts = page, username, has_scripts
        self.wire = Wire(page)

    # --- going and looking

    def log_in(self) -> None:
        self.page.goto("/masuk")
        self.fill(username=self.username, password=cast.PASSWORD)
        self.press("Masuk")
        expect(self.page.locator("a.me")).to_be_visible()

    def go(self, address: str) -> None:
        self.page.goto(address)

    def follow(self, name: str, within: str = "body") -> None:
        self.page.locator(within).get_by_role("link", name=name).first.click()

    def press(self, name: str, within: str = "body") -> None:
        self.page.locator(within).get_by_role("button", name=name, exact=True).first.click()

    def press_like(self, name: str) -> None:
        """A button whose words go on."""
        self.page.get_by_role("button", name=name).first.click()

    def press_link(self, name: str, within: str = "main") -> None:
        """A link that opens something in place with scripts, a page without."""
        self.page.locator(within).get_by_role("link", name=name).first.click()

    def says(self, text: str) -> None:
        """In the status region, which tells what was saved."""
        expect(self.page.locator("#status")).to_contain_text(text)

    def unfold(self, name: str) -> None:
        self.page.locator("summary", has_text=name).first.click()

    def sees(self, *texts: str, within: str = "main") -> None:
        for text in texts:
            expect(self.page.locator(within).first).to_contain_text(text)

    def heads(self, heading: str | re.Pattern[str]) -> None:
        """The page's heading is this."""
        expect(self.page.locator("h1")).to_have_text(heading)

    @property
    def path(self) -> str:
        return re.sub(r"^https?://[^/]+|[?#].*$", "", self.page.url)

    def arrives(self, pattern: str) -> str:
        """The address here, once it is one of these: asked earlier, a page that is left still answers."""
        expect(self.page).to_have_url(re.compile(pattern))
        return self.path

    # --- filling in

    def fill(self, within: str = "main", **said: str | Sequence[str]) -> None:
        """By the fields' names: text, a choice by its value, or a list of ticks."""
        for name, value in said.items():
            self._answer(self.page.locator(within), name, value)

    def attach(self, field: str, *files: dict[str, Any]) -> None:
        """Photos; with scripts each is staged at once and shows its thumbnail."""
        box = self.page.locator(f"input[type=file][name={field}]")
        expect(box).to_be_attached()
        before = self.page.locator(f"input[type=checkbox][name={field}]").count()
        box.set_input_files(list(files) or [a_photo()])  # type: ignore[arg-type]  # Playwright wants its own dicts
        if self.has_scripts:
            expect(self.page.locator(f"input[type=checkbox][name={field}]")).to_have_count(
                before + (len(files) or 1), timeout=STAGED_WITHIN
            )

    def _answer(self, form: Locator, name: str, value: str | Sequence[str]) -> None:
        field = form.locator(f"[name={name}]").first
        kind = field.evaluate("field => field.type")
        if kind in ("radio", "checkbox"):
            for one in [value] if isinstance(value, str) else value:
                form.locator(f"[name={name}][value='{one}']").check()
        elif kind.startswith("select"):
            field.select_option(value)
        else:
            field.fill(str(value))


def a_photo(size: tuple[int, int] = (320, 240), *, noisy: bool = False) -> dict[str, Any]:
    """As a file chooser gives it; a noisy one is as heavy as a real one."""
    taken = photos.noise(size) if noisy else photos.photo(size=size)
    return {"name": "IMG_2041.jpg", "mimeType": "image/jpeg", "buffer": taken}


def a_scan() -> dict[str, Any]:
    return {"name": "berita acara.pdf", "mimeType": "application/pdf", "buffer": photos.scan()}
