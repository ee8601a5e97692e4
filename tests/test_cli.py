"""The server as `make run` starts it, in a process of its own."""

import os
import re
import socket
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from portal import ROOT


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@contextmanager
def served(instance, port: int) -> Iterator[str]:
    """What a started server says first: its address, or why it does not start."""
    environ = {**os.environ, "INSTANCE_DIR": str(instance), "PORT": str(port), "PYTHONUNBUFFERED": "1"}
    environ.pop("DATABASE_URL", None)
    command = [sys.executable, "-m", "flask", "--app", "app", "serve"]
    server = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert server.stdout
    try:
        said = server.stdout.readline()
        address = re.search(r"http://\S+", said)
        yield address[0] if address else said
    finally:
        server.terminate()
        server.communicate(timeout=10)


def fetch(address: str) -> str:
    with urllib.request.urlopen(f"{address}/masuk", timeout=10) as answer:
        return answer.read().decode()


def test_the_first_start_makes_the_database_and_serves(tmp_path, port):
    with served(tmp_path, port) as address:
        assert address == f"http://127.0.0.1:{port}"
        assert "<h1" in fetch(address)
    with closing(sqlite3.connect(tmp_path / "portal.db")) as database:
        assert database.execute("SELECT version_num FROM alembic_version").fetchone()


def test_the_second_start_keeps_the_keys(tmp_path, port):
    with served(tmp_path, port):
        keys = (tmp_path / "keys.json").read_text()
    with served(tmp_path, port) as address:
        assert "<h1" in fetch(address)
    assert (tmp_path / "keys.json").read_text() == keys


def test_a_port_in_use_is_told(tmp_path, port):
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        with served(tmp_path, port) as said:
            assert f"PORT={port + 1} make run" in said
