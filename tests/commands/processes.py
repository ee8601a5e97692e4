"""`flask --app app …` in a process of its own, with its own environment, forked from this one: the code is there already, and
to load it is what such a process does longest. Where a process from nothing is the point, a test types the command."""

import contextvars
import multiprocessing
import os
import signal
import socket
import sys
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import flask.cli

from portal import ROOT
from tests.conftest import DEMO_FAMILIES

_FORK = multiprocessing.get_context("fork")


class Command:
    """A command that runs. `said` is what it says, line by line."""

    def __init__(self, instance: Path, *words: str, **given: str) -> None:
        reading, writing = os.pipe()
        self._process = _FORK.Process(target=_run, args=(words, environment(instance, **given), writing))
        self._process.start()
        os.close(writing)
        self.said = os.fdopen(reading)

    def send_signal(self, number: signal.Signals) -> None:
        os.kill(self._process.pid or 0, number)

    @property
    def is_over(self) -> bool:
        return self._process.exitcode is not None

    def wait(self, seconds: float = 30) -> int:
        """Its exit code; negative is the signal that ended it."""
        self._process.join(seconds)
        assert self._process.exitcode is not None, f"still running after {seconds} seconds"
        return self._process.exitcode

    def end(self) -> None:
        if not self.is_over:
            self._process.terminate()
        self.wait()
        self.said.close()


def _run(words: tuple[str, ...], environ: dict[str, str], writing: int) -> None:
    """In the child: nothing of the test's own application, environment and streams is left."""
    os.dup2(writing, 1)
    os.dup2(writing, 2)
    sys.stdout, sys.stderr = os.fdopen(1, "w", buffering=1), os.fdopen(2, "w", buffering=1)
    os.environ.clear()
    os.environ.update(environ)
    os.chdir(ROOT)
    sys.argv = ["flask", "--app", "app", *words]
    contextvars.Context().run(flask.cli.main)


def environment(instance: Path, **given: str) -> dict[str, str]:
    """The demo has fewer families than by default, which `flask` reads from the environment as it does any option."""
    environ = {**os.environ, "INSTANCE_DIR": str(instance), "FLASK_DEMO_HOUSEHOLDS": str(DEMO_FAMILIES), **given}
    if "DATABASE_URL" not in given:
        environ.pop("DATABASE_URL", None)
    return environ


def told(instance: Path, *words: str, **given: str) -> tuple[int, str]:
    """The command's exit code, and all it said."""
    command = Command(instance, *words, **given)
    with command.said:
        said = command.said.read()
    return command.wait(), said


@contextmanager
def started(instance: Path, port: int, *, last: str = "Akun contoh", **given: str) -> Iterator[tuple[Command, str]]:
    """A server's process and what it says first: its address and the demo's accounts, or why it does not start."""
    server = Command(instance, "serve", PORT=str(port), **given)
    try:
        yield server, "".join(until_settled(server.said, last))
    finally:
        server.end()


@contextmanager
def served(instance: Path, port: int, *, last: str = "Akun contoh", **given: str) -> Iterator[str]:
    """As `started`, for who only asks what it says."""
    with started(instance, port, last=last, **given) as (_server, said):
        yield said


def until_settled(lines: Iterable[str], last: str) -> Iterator[str]:
    for line in lines:
        yield line
        if line.startswith((last, "Error")):
            return


def is_up(port: int) -> bool:
    with socket.socket() as visitor:
        return visitor.connect_ex(("127.0.0.1", port)) == 0


def fetch(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/masuk", timeout=30) as answer:
        return answer.read().decode()
