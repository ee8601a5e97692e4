"""A server that is told to stop: who is being served is served to the end, and the database is one file again."""

import signal
import socket
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.commands.processes import Command, fetch, is_up, started
from tests.test_config import PRODUCTION

HALF = b"POST /masuk HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: 10\r\n\r\nhalf."
PATIENCE = 10


@contextmanager
def running(instance: Path, port: int) -> Iterator[Command]:
    with started(instance, port, last="Naik Kelas", **PRODUCTION) as (server, said):
        assert f":{port} " in said
        fetch(port)
        yield server


@contextmanager
def halfway(port: int) -> Iterator[socket.socket]:
    """Somebody whose request has arrived by half."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as visitor:
        visitor.sendall(HALF)
        fetch(port)  # by now the server has read the other, too
        yield visitor


def wait_until_closed(port: int) -> None:
    until = time.monotonic() + PATIENCE
    while is_up(port):
        assert time.monotonic() < until
        time.sleep(0.05)


def beside_the_database(instance: Path) -> list[str]:
    return sorted(path.name for path in instance.glob("portal.db*"))


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_leaves_one_file_with_everything_in_it(tmp_path, port, told):
    with running(tmp_path, port) as server:
        assert beside_the_database(tmp_path) == ["portal.db", "portal.db-shm", "portal.db-wal"]
        server.send_signal(told)
        assert server.wait(PATIENCE) == 0
    assert beside_the_database(tmp_path) == ["portal.db"]
    with closing(sqlite3.connect(tmp_path / "portal.db")) as database:
        assert database.execute("SELECT count(*) FROM users").fetchone() == (0,)


def test_who_is_being_served_is_served_to_the_end_and_nobody_else(tmp_path, port):
    with running(tmp_path, port) as server, halfway(port) as visitor:
        server.send_signal(signal.SIGTERM)
        wait_until_closed(port)
        visitor.sendall(b" rest")
        assert visitor.recv(100).startswith(b"HTTP/1.1 ")
        assert server.wait(PATIENCE) == 0
    assert beside_the_database(tmp_path) == ["portal.db"]


def test_told_twice_it_waits_for_nobody(tmp_path, port):
    with running(tmp_path, port) as server, halfway(port):
        server.send_signal(signal.SIGTERM)
        wait_until_closed(port)
        assert not server.is_over
        server.send_signal(signal.SIGTERM)
        assert server.wait(PATIENCE) == 0
    assert beside_the_database(tmp_path) == ["portal.db"]


def test_who_keeps_a_connection_without_asking_holds_up_nothing(tmp_path, port):
    with running(tmp_path, port) as server, socket.create_connection(("127.0.0.1", port)):
        server.send_signal(signal.SIGTERM)
        assert server.wait(PATIENCE) == 0
