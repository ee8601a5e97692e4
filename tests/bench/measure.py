"""How long a screen takes, how many statements, how many bytes: through the whole application, without a network."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from flask import Flask
from flask.testing import FlaskClient

from tests.visitor import Visitor, statements

TURNS = 15


@dataclass(frozen=True)
class Measured:
    statements: int
    bytes: int
    milliseconds: float


def clients(app: Flask, usernames: set[str]) -> dict[str, FlaskClient]:
    return {username: Visitor(app, username).client for username in usernames}


def screen(client: FlaskClient, url: str) -> Measured:
    """The median of some turns, after one to warm up. Raises AssertionError unless the page is there."""
    with statements() as taken:
        answer = client.get(url, headers={"Accept-Encoding": "br"})
    assert answer.status_code == 200, f"{url}: {answer.status_code}"
    return Measured(len(taken), len(answer.data), timed(lambda: client.get(url, headers={"Accept-Encoding": "br"})))


def timed(act: Callable[[], object]) -> float:
    """Milliseconds of processor time: other work on the machine counts less than by the clock."""
    turns = []
    for _ in range(TURNS):
        begun = time.process_time()
        act()
        turns.append((time.process_time() - begun) * 1000)
    return median(turns)
