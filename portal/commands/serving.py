"""`serve`: the server and its loop. It serves until it is told to stop, lets what it has begun end, and takes nothing new
meanwhile."""

import ctypes
import os
import signal
import time
from types import FrameType
from typing import Any

import click
import flask_migrate
from flask import Flask, current_app
from flask.cli import with_appcontext
from waitress import create_server, wasyncore
from waitress.channel import HTTPChannel
from waitress.server import BaseWSGIServer
from waitress.task import ThreadedTaskDispatcher

from portal.commands import database
from portal.kernel import base
from portal.web import db

MEGABYTE = 1024 * 1024
_MMAP_THRESHOLD = -3
"""M_MMAP_THRESHOLD of glibc's malloc.h: from this size on memory goes back to the system as soon as it is free."""
GRACE = 20.0
"""Seconds in which requests may end after a stop; browsers with htmx wait no longer for an answer."""
LOOK_AGAIN = 0.05
SIGNALS = (signal.SIGTERM, signal.SIGINT)

Sockets = dict[int, Any]
"""What waitress listens to: servers, the channels of visitors, triggers."""


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=int, default=lambda: int(os.environ.get("PORT", "8000")), show_default="PORT, else 8000")
@with_appcontext
def serve(host: str, port: int) -> None:
    """Bring the database up to date, fill an empty one with the demo, and serve."""
    sockets: Sockets = {}
    server = _listen(host, port, sockets)  # first: a port in use is told before the demo is made
    database.has_tables()  # or there is no database, which is told in a sentence
    base.session.remove()
    flask_migrate.upgrade()
    database.fill_if_empty()
    _give_memory_back()
    click.echo(f"Naik Kelas: http://{host}:{port}  (Ctrl-C berhenti)")
    database.tell_accounts()
    base.session.remove()
    try:
        run(sockets, server.task_dispatcher)
    finally:
        base.close(db.engine)


def _give_memory_back() -> None:
    """Argon2 takes 19 MiB for a moment at each login; glibc would keep as much for every thread. Elsewhere: nothing."""
    try:
        ctypes.CDLL(None).mallopt(_MMAP_THRESHOLD, MEGABYTE)
    except (OSError, AttributeError, TypeError):
        return


def _listen(host: str, port: int, sockets: Sockets) -> BaseWSGIServer:
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # what a proxy stands for
    try:
        return create_server(
            app, map=sockets, host=host, port=port, threads=8, connection_limit=1000, channel_timeout=60,
            max_request_body_size=64 * MEGABYTE, ident=None,
            clear_untrusted_proxy_headers=not app.config["TRUSTED_PROXIES"],  # how many to believe, ProxyFix knows
        )  # fmt: skip
    except OSError as error:
        raise click.ClickException(f"{host}:{port}: {error.strerror}. PORT={port + 1} make run") from error


class Stop:
    """Counts how often the process was told to stop; the second time it is urgent."""

    times = 0

    def __call__(self, _signal: int, _frame: FrameType | None) -> None:
        self.times += 1


def run(sockets: Sockets, dispatcher: ThreadedTaskDispatcher) -> None:
    """Serve until SIGTERM or SIGINT. A signal sets a mark and no more: raised in the middle of an answer it would break it."""
    stop = Stop()
    for number in SIGNALS:
        signal.signal(number, stop)
    while not stop.times:
        wasyncore.loop(timeout=1, map=sockets, count=1)
    for server in [one for one in sockets.values() if isinstance(one, BaseWSGIServer)]:
        wasyncore.dispatcher.close(server)  # its own `close` would take the trigger, by which threads wake this loop
    _let_end(sockets, stop)
    dispatcher.shutdown(timeout=1)


def _let_end(sockets: Sockets, stop: Stop) -> None:
    until = time.monotonic() + GRACE
    while stop.times < 2 and time.monotonic() < until:
        channels = [one for one in sockets.values() if isinstance(one, HTTPChannel)]
        if not channels:
            return
        for channel in channels:
            if not _is_busy(channel):
                channel.will_close = True
        wasyncore.loop(timeout=LOOK_AGAIN, map=sockets, count=1)


def _is_busy(channel: HTTPChannel) -> bool:
    """Whether a request is arriving, waiting, being worked on or being answered."""
    return bool(channel.request or channel.requests or channel.total_outbufs_len)
