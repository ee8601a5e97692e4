"""What travels between a browser and the portal, as the browser's network layer counts it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import mean
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Page

from tests.page_checks import DECISION, FRAGMENT, PAGE

KB = 1024
COLD = 40 * KB
STEP = 3 * KB
COLD_REQUESTS, WARM_REQUESTS = 5, 1
_DECISION = re.compile(r"/graduasi/\d+/langkah/(approve|return|reject)")


@dataclass
class Exchange:
    """One request and its answer. `body` and `total` (with the headers) are bytes on the wire, compressed as sent."""

    method: str
    url: str
    is_partial: bool = False
    status: int = 0
    media: str = ""
    body: int = 0
    total: int = 0
    is_from_cache: bool = False

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    @property
    def is_html(self) -> bool:
        return self.media == "text/html"

    @property
    def limit(self) -> float:
        if self.is_partial and _DECISION.fullmatch(self.path):
            return DECISION
        return FRAGMENT if self.is_partial else PAGE

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.status}: {self.body} of {self.limit:.0f} bytes"


class Wire:
    """Everything that a page asked for since it was opened; `since(mark)` is what came after `mark()`."""

    def __init__(self, page: Page) -> None:
        self._open: dict[str, Exchange] = {}
        self.exchanges: list[Exchange] = []
        listening = page.context.new_cdp_session(page)
        listening.send("Network.enable")
        listening.on("Network.requestWillBeSent", self._sent)
        listening.on("Network.requestServedFromCache", lambda told: self._mark_cached(told["requestId"]))
        listening.on("Network.responseReceived", self._answered)
        listening.on("Network.dataReceived", self._received)
        listening.on("Network.loadingFinished", self._finished)

    def mark(self) -> int:
        return len(self.exchanges)

    def since(self, mark: int) -> list[Exchange]:
        """What came over the network; answers from the browser's own cache are left out."""
        return [one for one in self.exchanges[mark:] if not one.is_from_cache and one.url.startswith("http")]

    def too_large(self) -> list[str]:
        return [str(one) for one in self.since(0) if one.is_html and one.body > one.limit]

    def _sent(self, told: dict[str, Any]) -> None:
        request = told["request"]
        if redirect := told.get("redirectResponse"):
            before = self._open[told["requestId"]]
            before.status, before.total = redirect["status"], redirect["encodedDataLength"]
        headers = {name.lower(): value for name, value in request["headers"].items()}
        sent = Exchange(request["method"], request["url"], headers.get("hx-request-type") == "partial")
        self._open[told["requestId"]] = sent
        self.exchanges.append(sent)

    def _mark_cached(self, request: str) -> None:
        if request in self._open:
            self._open[request].is_from_cache = True

    def _answered(self, told: dict[str, Any]) -> None:
        if one := self._open.get(told["requestId"]):
            answer = told["response"]
            one.status, one.media = answer["status"], answer["mimeType"]
            one.is_from_cache = one.is_from_cache or bool(answer.get("fromDiskCache"))

    def _received(self, told: dict[str, Any]) -> None:
        if one := self._open.get(told["requestId"]):
            one.body += told["encodedDataLength"]

    def _finished(self, told: dict[str, Any]) -> None:
        if one := self._open.get(told["requestId"]):
            one.total = int(told["encodedDataLength"])


def usual(exchanges: Iterable[Exchange]) -> float:
    """Bytes that a step takes on average: HTML with its headers; photos and what the browser keeps are not steps."""
    return mean(one.total for one in exchanges if one.is_html and one.status != 303)


def weight(exchanges: Iterable[Exchange]) -> int:
    return sum(one.total for one in exchanges)
