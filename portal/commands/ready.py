"""What a command needs before it begins: a database that was made ready for the portal."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import click
from flask.cli import with_appcontext
from sqlalchemy.exc import OperationalError

from portal.records import installation
from portal.records.base import session


def with_tables(command: Callable[..., None]) -> Callable[..., None]:
    """As `with_appcontext`, for commands that make no tables themselves."""

    @with_appcontext
    @wraps(command)
    def checked(*arguments: Any, **named: Any) -> None:
        _demand_tables()
        command(*arguments, **named)

    return checked


def _demand_tables() -> None:
    try:
        has_tables = installation.has_tables()
    except OperationalError as error:
        raise click.ClickException("Basis data tidak terjangkau; periksa DATABASE_URL dan INSTANCE_DIR.") from error
    session.rollback()
    if not has_tables:
        raise click.ClickException("Basis data ini masih kosong; siapkan dulu dengan `flask --app app setup`.")
