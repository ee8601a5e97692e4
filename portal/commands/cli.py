"""Commands: `flask --app app …`. Each calls one function of records or exchange; what it says goes to people."""

import ctypes
import os

import click
import flask_migrate
from flask import Flask, current_app
from flask.cli import with_appcontext
from waitress import create_server
from waitress.server import BaseWSGIServer

from portal.commands import audit, backup, database, intake, serving
from portal.commands.ready import has_tables, with_tables
from portal.evidence.records import files
from portal.kernel import base
from portal.web.extensions import db

MEGABYTE = 1024 * 1024
_MMAP_THRESHOLD = -3
"""M_MMAP_THRESHOLD of glibc's malloc.h: from this size on memory goes back to the system as soon as it is free."""


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=int, default=lambda: int(os.environ.get("PORT", "8000")), show_default="PORT, else 8000")
@with_appcontext
def serve(host: str, port: int) -> None:
    """Bring the database up to date, fill an empty one with the demo, and serve."""
    sockets: serving.Sockets = {}
    server = _listen(host, port, sockets)  # first: a port in use is told before the demo is made
    has_tables()  # or there is no database, which is told in a sentence
    base.session.remove()
    flask_migrate.upgrade()
    database.fill_if_empty()
    _give_memory_back()
    click.echo(f"Naik Kelas: http://{host}:{port}  (Ctrl-C berhenti)")
    database.tell_accounts()
    base.session.remove()
    try:
        serving.run(sockets, server.task_dispatcher)
    finally:
        base.close(db.engine)


def _give_memory_back() -> None:
    """Argon2 takes 19 MiB for a moment at each login; glibc would keep as much for every thread. Elsewhere: nothing."""
    try:
        ctypes.CDLL(None).mallopt(_MMAP_THRESHOLD, MEGABYTE)
    except (OSError, AttributeError, TypeError):
        return


def _listen(host: str, port: int, sockets: serving.Sockets) -> BaseWSGIServer:
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # what a proxy stands for
    try:
        return create_server(
            app, map=sockets, host=host, port=port, threads=8, connection_limit=1000, channel_timeout=60,
            max_request_body_size=64 * MEGABYTE, ident=None,
            clear_untrusted_proxy_headers=not app.config["TRUSTED_PROXIES"],  # how many to believe, ProxyFix knows
        )  # fmt: skip
    except OSError as error:
        raise click.ClickException(f"{host}:{port}: {error.strerror}. PORT={port + 1} make run") from error


@click.group()
def evidence() -> None:
    """Photos and scans."""


@evidence.command()
@with_tables
def sweep() -> None:
    """Delete what was uploaded and not used for seven days; run it daily."""
    click.echo(f"{files.sweep()} berkas yang tidak dipakai sudah dihapus")


def register(app: Flask) -> None:
    """Add every command to `flask --app app`."""
    filling = (database.demo, database.setup, database.let_in, intake.intake_file)
    for command in (serve, evidence, audit.audit, backup.backup, *filling):
        app.cli.add_command(command)
