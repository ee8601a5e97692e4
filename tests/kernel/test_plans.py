"""No screen asks a question that walks a large table whole. SQLite's plans, on a demo of 1,200 families whose statistics
say that there are 120,000: plans follow the statistics, and `make bench` looks at a city that is as large."""

import pytest
import time_machine
from sqlalchemy import insert, select, text

from portal.demo import office
from portal.kernel.base import Base, session
from portal.web import db
from tests.bench import plans, walk
from tests.conftest import DEMO_DAY, DEMO_FAMILIES

COPIES, TIMES, FAR = 3, 100, 1_000_000
FAMILIES = DEMO_FAMILIES * (1 + COPIES)
WALKERS = ("sari", "budi", "ratna", "wati", "kepala", "admin")


@pytest.fixture(scope="module")
def large_kept(request, application, database, demo_kept):
    if request.config.getoption("--backend") != "sqlite":
        pytest.skip("plans are SQLite's")
    database.restore("demo", db.engine)
    with application.app_context():
        _fill_pages()
        _seem_larger()
        session.remove()
    database.keep("large", db.engine)


def _fill_pages() -> None:
    """Every family some times more, with what belongs to it and may stand there twice: lists have a second page."""
    for table in Base.metadata.sorted_tables:
        home = table.c.id if table.name == "households" else table.c.get("household_id")
        for copy in range(1, COPIES + 1) if home is not None else ():
            moved = [column + copy * FAR if column.name in ("id", "household_id") else column for column in table.c]
            more = select(*moved).where(home < FAR)
            session.execute(insert(table).prefix_with("OR IGNORE").from_select(list(table.c), more))
    session.execute(text("ANALYZE"))


def _seem_larger() -> None:
    """Rows of a table, and rows that share a common value, are so many times more; what is rare stays as rare."""
    for row in session.execute(text("SELECT rowid, stat FROM sqlite_stat1")).all():
        rows, *shared = map(int, row.stat.split())
        more = [rows * TIMES, *(many * TIMES if many > FAMILIES // 20 else many for many in shared)]
        session.execute(
            text("UPDATE sqlite_stat1 SET stat = :stat WHERE rowid = :id"), {"stat": " ".join(map(str, more)), "id": row.rowid}
        )
    session.commit()


@pytest.fixture
def large_app(application, database, large_kept):
    database.restore("large", db.engine)
    with time_machine.travel(DEMO_DAY), application.app_context():
        yield application
        session.rollback()


def test_the_walk_knows_every_filter_and_every_account():
    assert not walk.filters_without_a_value()
    assert set(WALKERS) <= set(office.SHOWN)


def test_the_planner_is_told_of_a_large_city(large_app):
    told = session.scalars(text("SELECT stat FROM sqlite_stat1 WHERE tbl = 'households'")).all()
    assert {int(stat.split()[0]) for stat in told} == {FAMILIES * TIMES}


@pytest.mark.parametrize("username", WALKERS)
def test_no_screen_walks_a_large_table_whole(large_app, username):
    with plans.listening() as asked:
        opened = list(walk.walk(large_app, username))
    assert len(opened) > 10
    assert not [one.url for one in opened if one.response.status_code >= 500]
    connection = session.connection()
    found = {statement: plans.full_scans(connection, statement, parameters) for statement, parameters in asked.items()}
    assert not [f"{scans}: {statement}" for statement, scans in found.items() if scans]


@pytest.mark.parametrize(
    ("statement", "walks"),
    [
        ("SELECT count(*) FROM visits WHERE notes = 'x'", True),
        ("SELECT h.id FROM households AS h ORDER BY address LIMIT 5", True),
        ("SELECT kelurahan, count(*) FROM households GROUP BY kelurahan", True),
        ("SELECT id FROM households INDEXED BY ix_households_name ORDER BY sort_name, id LIMIT 5", False),
        ("SELECT id FROM visits WHERE household_id = 7", False),
    ],
)
def test_a_full_scan_is_seen(large_app, statement, walks):
    assert bool(plans.full_scans(session.connection(), statement, ())) == walks


def test_the_planner_has_counted(large_app):
    assert session.scalar(text("SELECT count(*) FROM sqlite_stat1"))
