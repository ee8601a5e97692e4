"""Moments, closed sets and transactions, alike on SQLite and PostgreSQL."""

import threading
import time
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table, event, insert, select, text, update
from sqlalchemy.exc import IntegrityError, OperationalError, StatementError

from portal.kernel import base
from portal.kernel.base import UtcDateTime, begin_write, has_unsaved, session, state_check
from portal.kernel.people import Area
from portal.web import db

pytestmark = pytest.mark.postgres

MALANG = timezone(timedelta(hours=7))


class Light(StrEnum):
    RED = "red"
    GREEN = "green"


scratch = Table(
    "scratch",
    MetaData(naming_convention=base.NAMES),
    Column("id", Integer, primary_key=True),
    Column("at", UtcDateTime),
    Column("light", String(10)),
    state_check("light", Light),
)


@pytest.fixture
def table(blank_app):
    scratch.create(db.engine)
    return scratch


def test_a_moment_comes_back_as_the_same_moment_in_utc(table):
    with db.engine.begin() as connection:
        connection.execute(insert(table).values(at=datetime(2026, 11, 24, 1, 30, tzinfo=MALANG)))
        kept = connection.scalar(select(table.c.at))
    assert (kept, kept.tzinfo) == (datetime(2026, 11, 23, 18, 30, tzinfo=UTC), UTC)


def test_moments_compare_across_zones(table):
    with db.engine.begin() as connection:
        connection.execute(insert(table).values(at=datetime(2026, 1, 1, 10, tzinfo=UTC)))
        earlier = select(table.c.id).where(table.c.at < datetime(2026, 1, 1, 17, 1, tzinfo=MALANG))
        assert connection.scalar(earlier)


def test_a_moment_without_zone_is_refused(table):
    with db.engine.connect() as connection, pytest.raises(StatementError, match="time zone"):
        connection.execute(insert(table).values(at=datetime(2026, 1, 1)))


def test_the_database_refuses_a_word_outside_the_set(table):
    with db.engine.begin() as connection:
        connection.execute(insert(table).values(light=None))
    with db.engine.connect() as connection, pytest.raises(IntegrityError, match="ck_scratch_light"):
        connection.execute(insert(table).values(light="blue"))


def test_foreign_keys_hold(blank_app):
    with db.engine.connect() as connection, pytest.raises(IntegrityError):
        connection.execute(insert(Area).values(code="35", name="Jawa Timur", level="province", parent_code="00"))
        connection.commit()


def an_area(name: str = "Kota Malang") -> Area:
    return Area(code="35.73", name=name, level="city")


def test_a_new_row_is_unsaved_before_and_after_the_flush_but_not_after_commit(blank_app):
    session.add(an_area())
    assert has_unsaved(session())
    session.flush()
    assert has_unsaved(session())
    session.commit()
    assert not has_unsaved(session())


def test_a_bulk_statement_is_unsaved_until_rolled_back(app):
    session.execute(update(Area).values(name="x"))
    assert has_unsaved(session())
    session.rollback()
    assert not has_unsaved(session())


def test_a_savepoint_rolled_back_does_not_hide_what_came_before(blank_app):
    session.add(an_area())
    session.flush()
    session.begin_nested().rollback()
    assert has_unsaved(session())


def test_reading_leaves_nothing_unsaved(app):
    area = session.scalars(select(Area).order_by(Area.code)).first()
    area.name = str(area.name)
    assert not has_unsaved(session())


def test_writing_refuses_to_lose_what_is_unsaved(blank_app):
    session.add(an_area())
    with pytest.raises(RuntimeError, match="uncommitted"):
        begin_write()


def test_after_the_lock_rows_read_again(app, second_engine):
    mine = session.get(Area, "35.73")
    before = mine.name
    with second_engine.begin() as other:
        other.execute(update(Area).where(Area.code == "35.73").values(name="Malang"))
    assert mine.name == before
    begin_write()
    assert mine.name == "Malang"


@pytest.fixture
def sqlite_only(database):
    if not database.url.startswith("sqlite"):
        pytest.skip("how SQLite takes its lock")


def test_the_second_writer_waits_for_the_first(app, sqlite_only, second_engine):
    begin_write()
    session.get(Area, "35.73").name = "first"
    session.flush()
    found, waited = [], threading.Event()

    def write_too() -> None:
        with second_engine.connect().execution_options(immediate=True) as other:
            waited.set()
            found.append(other.scalar(text("SELECT name FROM areas WHERE code = '35.73'")))

    second = threading.Thread(target=write_too)
    second.start()
    waited.wait()
    second.join(0.3)
    assert second.is_alive(), "the second writer did not wait"
    session.commit()
    second.join(5)
    assert found == ["first"]


def test_the_second_writer_gives_up_after_the_busy_time(app, sqlite_only, monkeypatch, second_engine):
    monkeypatch.setattr(base, "BUSY_MILLISECONDS", 100)
    begin_write()
    began = time.monotonic()
    with (
        second_engine.connect().execution_options(immediate=True) as other,
        pytest.raises(OperationalError, match="locked"),
    ):
        other.begin()
    assert 0.05 < time.monotonic() - began < 5


def test_a_writer_who_waits_looks_again_within_moments(app, sqlite_only, monkeypatch, second_engine):
    """Or an import, which lets go for moments only, would keep everybody else out for seconds."""
    naps = []
    with second_engine.connect().execution_options(immediate=True) as other:
        other.begin()
        monkeypatch.setattr(base.time, "sleep", lambda seconds: (naps.append(seconds), other.rollback()))
        begin_write()
    session.rollback()
    assert naps == [base.LOOK_AGAIN]


def test_readers_do_not_wait_for_a_writer(app, sqlite_only, second_engine):
    begin_write()
    session.get(Area, "35.73").name = "unfinished"
    session.flush()
    with second_engine.connect() as other:
        assert other.scalar(text("SELECT name FROM areas WHERE code = '35.73'")) != "unfinished"


def test_every_transaction_begins_by_name(app, sqlite_only):
    said = []
    event.listen(db.engine, "before_cursor_execute", lambda *heard: said.append(heard[2]))
    session.get(Area, "35.73")
    begin_write()
    session.rollback()
    assert [words for words in said if words.startswith("BEGIN")] == ["BEGIN", "BEGIN IMMEDIATE"]


@pytest.mark.parametrize(
    ("pragma", "value"), [("journal_mode", "wal"), ("foreign_keys", 1), ("synchronous", 1), ("busy_timeout", 10_000)]
)
def test_connections_are_set_up(app, sqlite_only, pragma, value):
    assert session.scalar(text(f"PRAGMA {pragma}")) == value
