"""What a command needs before it begins: a database that was made ready for the portal."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import click
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy.exc import DatabaseError

from portal.kernel import base
from portal.kernel.base import session
from portal.office.records import installation


def with_tables(command: Callable[..., None]) -> Callable[..., None]:
    """As `with_appcontext`, for commands that make no tables themselves."""

    @with_appcontext
    @wraps(command)
    def checked(*arguments: Any, **named: Any) -> None:
        _demand_tables()
        base.take_time()
        command(*arguments, **named)

    return checked


def has_tables() -> bool:
    """Whether the database was ever made ready; one that is not there or cannot be read ends the command in a sentence."""
    try:
        return installation.has_tables()
    except DatabaseError as error:
        raise click.ClickException("Basis data tidak terbaca; periksa DATABASE_URL dan INSTANCE_DIR.") from error


def _demand_tables() -> None:
    if not has_tables():
        raise click.ClickException("Basis data ini masih kosong; siapkan dulu dengan `flask --app app setup`.")
    grown = MigrationContext.configure(session.connection()).get_current_revision()
    session.rollback()
    if grown not in (None, _newest()):
        raise click.ClickException("Basis data ini dari versi lain; sesuaikan dulu dengan `flask --app app db upgrade`.")


def _newest() -> str | None:
    """The migration that this program was written for."""
    migrate = current_app.extensions["migrate"].migrate
    return ScriptDirectory.from_config(migrate.get_config()).get_current_head()
