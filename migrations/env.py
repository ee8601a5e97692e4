"""How migrations run: in one transaction, and on SQLite without foreign keys, after a copy of the file.

A batch rebuild on SQLite drops the old table: with foreign keys on, every row that hangs on it would go too. So they are
off before the transaction begins (inside one the pragma does nothing) and are checked before it ends.
"""

import os
from pathlib import Path

import sqlalchemy as sa
from alembic import context
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import current_app

from portal.kernel.base import UtcDateTime, lift_limits
from portal.kernel.vault import Sealed

database = current_app.extensions["migrate"].db


class BrokenLinks(Exception):
    """The migration would leave rows that point at nothing; nothing was changed."""


def render_item(kind, item, autogen):
    """Migrations must run when our own types are long gone: write the plain ones."""
    if kind != "type":
        return False
    if isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if isinstance(item, Sealed):
        return "sa.LargeBinary()"
    if isinstance(item, sa.Enum):
        return f"sa.String({item.length})"
    if isinstance(item, sa.JSON):
        autogen.imports.add("from sqlalchemy.dialects import postgresql")
        return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
    return False


def leave_out_empty(_context, _revision, directives):
    """`flask db migrate` without a change writes no file."""
    if getattr(context.config.cmd_opts, "autogenerate", False) and directives[0].upgrade_ops.is_empty():
        directives[:] = []


def migrate(connection):
    context.configure(
        connection=connection,
        target_metadata=database.metadata,
        process_revision_directives=leave_out_empty,
        render_item=render_item,
        transactional_ddl=True,
        render_as_batch=True,
        compare_type=True,
    )
    with context.begin_transaction():
        lift_limits(connection)
        context.run_migrations()
        if connection.dialect.name == "sqlite":
            check_links(connection)


def check_links(connection):
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    if broken:
        raise BrokenLinks(f"{len(broken)} rows, for example in {broken[0][0]}")


def keep_copy(connection):
    """A copy of the file as it was (`portal.before-<revision>.db`), when there is something to upgrade."""
    revision = MigrationContext.configure(connection).get_current_revision()
    heads = ScriptDirectory.from_config(context.config).get_heads()
    file = connection.engine.url.database
    connection.rollback()
    if revision is None or revision in heads or not file or not Path(file).exists():
        return
    copy = Path(file).with_suffix(f".before-{revision}.db")
    temporary = copy.with_suffix(".part")
    temporary.unlink(missing_ok=True)
    connection.connection.driver_connection.execute("VACUUM INTO ?", (str(temporary),))
    os.chmod(temporary, 0o600)
    os.replace(temporary, copy)


def run():
    with database.engine.connect() as connection:
        if connection.dialect.name != "sqlite":
            migrate(connection)
            return
        keep_copy(connection)
        driver = connection.connection.driver_connection
        driver.execute("PRAGMA foreign_keys=OFF")
        try:
            migrate(connection.execution_options(immediate=True))
        finally:
            driver.execute("PRAGMA foreign_keys=ON")


run()
