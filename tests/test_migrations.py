"""Databases grow by migrations, and nothing is lost on the way."""

import shutil
import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

import flask_migrate
import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, exists, func, inspect, select, text, update

from portal import ROOT, checks
from portal.assessment.records.visits import Visit
from portal.caseload import records
from portal.family.records.models import Household, Member
from portal.kernel import clock
from portal.kernel.base import Base, session
from portal.kernel.people import Account, User, account
from portal.kernel.terms import Membership, Role
from portal.office.records import office
from portal.web import db

REBUILD = """
from alembic import op
import sqlalchemy as sa
revision, down_revision = "next", {head!r}
def upgrade():
    with op.batch_alter_table("households", recreate="always") as batch:
        batch.add_column(sa.Column("colour", sa.String(10)))
"""
ORPHANING = """
from alembic import op
revision, down_revision = "next", {head!r}
def upgrade():
    op.execute("UPDATE users SET name = 'touched'")
    op.execute("DELETE FROM areas WHERE code = '35.73.05.1007'")
"""


def shape(engine: Engine) -> dict[str, dict[str, list[str]]]:
    """Tables with their columns, checks, keys and indexes, as the database knows them."""
    seen = inspect(engine)
    asked = (
        seen.get_columns, seen.get_check_constraints, seen.get_foreign_keys, seen.get_indexes,
        seen.get_unique_constraints, seen.get_pk_constraint,
    )  # fmt: skip
    tables = [name for name in seen.get_table_names() if name != "alembic_version"]
    return {name: {ask.__name__: told(ask(name)) for ask in asked} for name in tables}


def told(found: object) -> list[str]:
    rows = found if isinstance(found, list) else [found]
    return sorted(str(plain(row)) for row in rows)


def plain(value: object) -> object:
    return {key: plain(part) for key, part in value.items()} if isinstance(value, dict) else str(value)


@pytest.mark.postgres
def test_migrations_build_what_the_models_say(blank_app):
    models = shape(db.engine)
    Base.metadata.drop_all(db.engine)
    flask_migrate.upgrade()
    assert shape(db.engine) == models


@pytest.mark.postgres
def test_migrations_can_be_taken_back(blank_app):
    Base.metadata.drop_all(db.engine)
    flask_migrate.upgrade()
    flask_migrate.downgrade(revision="base")
    assert not shape(db.engine)


def test_history_has_one_head():
    assert len(heads()) == 1


def heads() -> list[str]:
    return list(ScriptDirectory(str(ROOT / "migrations")).get_heads())


@pytest.fixture
def grown(app, database, tmp_path):
    """A database in use, and a way to give it one migration more; SQLite only."""
    if not database.url.startswith("sqlite"):
        pytest.skip("the traps are SQLite's")
    directory = tmp_path / "migrations"
    shutil.copytree(ROOT / "migrations", directory, ignore=shutil.ignore_patterns("__pycache__"))
    flask_migrate.stamp(directory=str(directory))
    session.rollback()

    def migrate(source: str) -> None:
        (directory / "versions" / "next.py").write_text(source.format(head=heads()[0]))
        flask_migrate.upgrade(directory=str(directory))

    yield migrate
    for copy in database.path.parent.glob("*.before-*"):
        copy.unlink()


def count(model: type[Base]) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


def test_rebuilding_a_table_keeps_what_hangs_on_it(grown):
    before = count(Household), count(Member)
    session.rollback()
    grown(REBUILD)
    assert (count(Household), count(Member)) == before
    assert "colour" in [column["name"] for column in inspect(db.engine).get_columns("households")]


def test_foreign_keys_hold_again_after_a_migration(grown):
    grown(REBUILD)
    assert session.scalar(text("PRAGMA foreign_keys")) == 1


def test_a_copy_is_kept_before_a_database_in_use_is_changed(grown, database):
    grown(REBUILD)
    copy = database.path.with_suffix(f".before-{heads()[0]}.db")
    assert copy.stat().st_mode & 0o777 == 0o600
    assert "colour" not in columns_of(copy)


def columns_of(file: Path) -> str:
    with closing(sqlite3.connect(file)) as connection:
        return str(connection.execute("SELECT sql FROM sqlite_master WHERE name = 'households'").fetchone())


def test_a_migration_that_leaves_orphans_changes_nothing(grown):
    with pytest.raises(Exception, match="for example in"):
        grown(ORPHANING)
    assert session.scalar(text("SELECT count(*) FROM areas WHERE code = '35.73.05.1007'")) == 1
    assert session.scalar(text("SELECT count(*) FROM users WHERE name = 'touched'")) == 0
    assert session.scalar(text("SELECT version_num FROM alembic_version")) == heads()[0]


BEFORE_NEXT_VISITS, NEXT_VISITS = "c35b9e7d1f02", "5f0c2ad91b7e"


@pytest.mark.postgres
def test_families_that_nobody_would_have_visited_get_their_day(demo_app, database):
    """A database of the version before, as that version wrote it: no day where nobody had agreed on one."""
    office.set_value(administrator(), "visit_every_months", value="2", valid_from=date(2026, 6, 1), source="SK", key="s")
    forget_what_was_agreed()
    right = days()
    routine = (Household.membership == Membership.ACTIVE, Household.next_visit_on.is_(None))
    unpromised = ~exists().where(Visit.household_id == Household.id, Visit.retry_on == Household.due_on)
    session.execute(update(Household).where(*routine, unpromised).values(due_on=None))
    session.commit()
    lost = [one for one, day in days().items() if day != right[one]]
    session.rollback()
    flask_migrate.stamp(revision=BEFORE_NEXT_VISITS)
    flask_migrate.upgrade(revision=NEXT_VISITS)  # no further: what came later is in the tables already
    assert len(lost) > 50 and days() == right
    assert checks.check("column", "membership") == []
    session.rollback()
    flask_migrate.downgrade(revision=BEFORE_NEXT_VISITS)
    assert days() == right
    for copy in database.path.parent.glob("*.before-*") if hasattr(database, "path") else ():
        copy.unlink()


def forget_what_was_agreed() -> None:
    """Of every other active family nobody has chosen a day."""
    half = (Household.membership == Membership.ACTIVE, Household.id % 2 == 0)
    session.execute(update(Household).where(*half).values(next_visit_on=None))
    session.expire_all()
    records.summarise_all(session.scalars(select(Household).where(*half)).all(), clock.now())
    session.commit()


def days() -> dict[int, date | None]:
    return dict(session.execute(select(Household.id, Household.due_on)).all())


def administrator() -> Account:
    user = session.scalars(select(User).where(User.role == Role.ADMINISTRATOR).order_by(User.id).limit(1)).one()
    return account(user, user.area_codes)


def test_starting_again_makes_no_copy(grown, database):
    flask_migrate.upgrade()
    assert not list(database.path.parent.glob("*.before-*"))
