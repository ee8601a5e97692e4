"""No screen asks a question that walks a large table whole. SQLite's plans, on a demo of 1,000 families whose statistics
say that there are 100,000: plans follow the statistics, and `make bench` looks at a city that is as large."""

import pytest
from sqlalchemy import text

from portal import demo
from portal.demo import office
from portal.kernel import clock
from portal.kernel.base import session
from portal.web import db
from tests.bench import plans, walk

FAMILIES, TIMES = 1_000, 100
WALKERS = ("sari", "budi", "ratna", "wati", "kepala", "admin")


@pytest.fixture(scope="module")
def large_kept(request, application, database):
    if request.config.getoption("--backend") != "sqlite":
        pytest.skip("plans are SQLite's")
    database.restore("blank", db.engine)
    with application.app_context():
        demo.fill(FAMILIES, 11, clock.today())
        _seem_larger()
        session.remove()
    database.keep("large", db.engine)


def _seem_larger() -> None:
    """Rows of a table, and rows that share a common value, are so many times more; what is rare stays as rare."""
    for row in session.execute(text("SELECT rowid, stat FROM sqlite_stat1")).all():
        rows, *shared = row.stat.split()
        more = [int(rows) * TIMES, *(int(many) * TIMES if int(many) > FAMILIES // 20 else int(many) for many in shared)]
        session.execute(
            text("UPDATE sqlite_stat1 SET stat = :stat WHERE rowid = :id"), {"stat": " ".join(map(str, more)), "id": row.rowid}
        )
    session.commit()


@pytest.fixture
def large_app(application, database, large_kept):
    database.restore("large", db.engine)
    with application.app_context():
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
