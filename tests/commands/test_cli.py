"""The server as `make run` starts it, in a process of its own."""

import socket
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from email.message import Message
from pathlib import Path

import pytest

from portal import ROOT
from tests.commands.processes import environment, fetch, served, told, until_settled
from tests.conftest import DEMO_FAMILIES
from tests.test_config import PRODUCTION


@contextmanager
def typed(instance: Path, port: int) -> Iterator[str]:
    """The server as somebody starts it who types the command, and what it says first."""
    command = [sys.executable, "-m", "flask", "--app", "app", "serve"]
    environ = environment(instance, PORT=str(port), PYTHONUNBUFFERED="1")
    piped = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    server = subprocess.Popen(command, cwd=ROOT, env=environ, **piped)
    assert server.stdout
    try:
        yield "".join(until_settled(server.stdout, "Akun contoh"))
    finally:
        server.terminate()
        server.communicate(timeout=30)


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


def test_an_empty_database_gets_its_tables_from_setup(tmp_path):
    code, words = told(tmp_path, "setup")
    assert code == 0
    assert "Kata sandi sekali pakai" in words
    assert (counts(tmp_path)["users"], counts(tmp_path)["alembic_version"]) == (1, 1)


def test_the_first_start_makes_the_demo_and_the_second_doubles_nothing(tmp_path, port):
    with typed(tmp_path, port) as said:
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
