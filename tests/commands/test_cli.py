"""The server as `make run` starts it, in a process of its own."""

import os
import socket
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from email.message import Message
from pathlib import Path

import pytest

from portal import ROOT
from tests.conftest import DEMO_FAMILIES
from tests.test_config import PRODUCTION


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@contextmanager
def started(
    instance: Path, port: int, *, last: str = "Akun contoh", **given: str
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server's process and what it says first: its address and the demo's accounts, or why it does not start. The demo has
    fewer families than by default, which `flask` reads from the environment as it does any option."""
    environ = {**os.environ, "INSTANCE_DIR": str(instance), "PORT": str(port), "PYTHONUNBUFFERED": "1"}
    environ["FLASK_DEMO_HOUSEHOLDS"] = str(DEMO_FAMILIES)
    environ.pop("DATABASE_URL", None)
    command = [sys.executable, "-m", "flask", "--app", "app", "serve"]
    piped = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    server = subprocess.Popen(command, cwd=ROOT, env={**environ, **given}, **piped)
    assert server.stdout
    try:
        yield server, "".join(until_settled(server.stdout, last))
    finally:
        server.terminate()
        server.communicate(timeout=30)


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


def told_through_a_proxy(port: int) -> Message:
    """The headers of an answer to somebody at 203.0.113.9 who came over https, as nginx of docs/deployment.md says it; of
    another name for the host it says nothing, so that is whatever the visitor sent."""
    said = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9", "X-Forwarded-Host": "jahat.example"}
    said["Host"] = "localhost"
    with urllib.request.urlopen(urllib.request.Request(f"http://127.0.0.1:{port}/masuk", headers=said), timeout=30) as answer:
        return answer.headers


def counts(instance: Path) -> dict[str, int]:
    with closing(sqlite3.connect(instance / "portal.db")) as database:
        return {
            name: database.execute(f"SELECT count(*) FROM {name}").fetchone()[0]
            for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        }


def told(instance: Path, *words: str, **given: str) -> tuple[int, str]:
    environ = {**os.environ, "INSTANCE_DIR": str(instance), **given}
    environ.pop("DATABASE_URL", None)
    command = [sys.executable, "-m", "flask", "--app", "app", *words]
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_an_empty_database_gets_its_tables_from_setup(tmp_path):
    code, words = told(tmp_path, "setup")
    assert code == 0
    assert "Kata sandi sekali pakai" in words
    assert (counts(tmp_path)["users"], counts(tmp_path)["alembic_version"]) == (1, 1)


def test_the_first_start_makes_the_demo_and_the_second_doubles_nothing(tmp_path, port):
    with served(tmp_path, port) as said:
        assert f"http://127.0.0.1:{port} " in said
        assert "sari" in said and "naik-kelas-2026" in said
        assert "<h1" in fetch(port)
    made, keys = counts(tmp_path), (tmp_path / "keys.json").read_text()
    assert made["households"] == DEMO_FAMILIES
    with served(tmp_path, port):
        assert "<h1" in fetch(port)
    assert counts(tmp_path) == made
    assert (tmp_path / "keys.json").read_text() == keys


def test_a_port_in_use_is_told(tmp_path, port):
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        with served(tmp_path, port) as said:
            assert f"PORT={port + 1} make run" in said


def test_a_database_that_is_not_there_is_told(tmp_path, port):
    with served(tmp_path, port, DATABASE_URL="postgresql://nobody@127.0.0.1:1/none") as said:
        assert "Error: Basis data tidak terbaca" in said
        assert "Traceback" not in said


@pytest.mark.parametrize(("proxies", "is_believed"), [("1", True), ("0", False)])
def test_what_a_proxy_says_of_a_request_is_believed_where_one_stands_in_front(tmp_path, port, proxies, is_believed):
    given = {**PRODUCTION, "TRUSTED_PROXIES": proxies, "TRUSTED_HOSTS": "localhost"}
    with served(tmp_path, port, last="Naik Kelas", **given) as said:
        assert f":{port}" in said
        assert ("Strict-Transport-Security" in told_through_a_proxy(port)) == is_believed
