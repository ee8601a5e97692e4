"""What every test stands on: an application with a database of its own, put back before each test.

`pytest --backend postgres -m postgres` runs the tests that must hold on PostgreSQL too.
"""

import contextvars
import fcntl
import gc
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import hypothesis
import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, create_engine

from portal import config, create_app
from portal.family.records.models import Household
from portal.kernel.base import Base, has_unsaved, prepare, session
from portal.office.records import accounts
from portal.web import db
from tests import cast, databases, doors, shortcuts
from tests.graduating import visited
from tests.visitor import Visitor

LEFT_OUT = "LEFT OUT: "
DEMO_FAMILIES = 300
DEMO_DAY = datetime(2026, 11, 24, 5, tzinfo=UTC)
hypothesis.settings.register_profile("house", deadline=None, print_blob=True)
hypothesis.settings.load_profile("house")
_running = ExitStack()


class Unsaved(Exception):
    """A request, or the test before it, ended with changes that nothing committed."""


class OwnContextClient(FlaskClient):
    """Requests see neither the test's application context nor its session, and the test sees what they committed."""

    def open(self, *arguments: Any, **named: Any) -> Any:
        if has_unsaved(session()):
            raise Unsaved("commit what the test arranged before the request")
        session.rollback()
        return contextvars.Context().run(super().open, *arguments, **named)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--backend", choices=("sqlite", "postgres"), default="sqlite", help="database that tests run on")
    parser.addoption(
        "--shared", type=Path, help="a directory for several runs of the same code: the demo is made for the first"
    )


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--backend") != "postgres" or hasattr(config, "workerinput"):
        return
    server, programs = databases.server_given(), databases.server_programs()
    if not server and programs:
        server = _running.enter_context(databases.throwaway_server(programs))
    if server:
        os.environ[databases.SERVER] = server


def pytest_unconfigure() -> None:
    _running.close()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    no_server = config.getoption("--backend") == "postgres" and not databases.server_given()
    no_browser = not databases.chromium()
    for item in items:
        if no_server:
            item.add_marker(pytest.mark.skip(reason=f"{LEFT_OUT}PostgreSQL: no server programs and no DATABASE_URL"))
        elif no_browser and item.get_closest_marker("journey"):
            item.add_marker(pytest.mark.skip(reason=f"{LEFT_OUT}browser journeys: no Chromium"))


def pytest_collection_finish() -> None:
    """What is loaded by now stays until the end: searched for garbage again and again, it took a seventh of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    reasons = [report.longrepr[2] for report in terminalreporter.stats.get("skipped", []) if report.longrepr]
    for reason in sorted({reason for reason in reasons if LEFT_OUT in reason}):
        terminalreporter.write_sep("!", f"{reason} ({reasons.count(reason)} tests)", red=True, bold=True)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where everything is installed on purpose (CI), a test that was left out is a failure."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if (
        reporter
        and os.environ.get("CI")
        and any(LEFT_OUT in str(report.longrepr) for report in reporter.stats.get("skipped", []))
    ):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session")
def worker(request: pytest.FixtureRequest) -> str:
    return getattr(request.config, "workerinput", {}).get("workerid", "main")


@pytest.fixture(scope="session")
def of_the_run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, worker: str) -> Path:
    """A directory that all processes of one run share, or several runs."""
    given, own = request.config.getoption("--shared"), tmp_path_factory.getbasetemp()
    return given or (own if worker == "main" else own.parent)


@pytest.fixture(scope="session")
def database(request: pytest.FixtureRequest, worker: str) -> Iterator[Any]:
    """Where this process keeps its rows: `url`, and `restore("blank" or "cast", engine)`."""
    if request.config.getoption("--backend") == "sqlite":
        kept: Any = databases.SqliteFile()
    else:
        kept = databases.PostgresDatabase(databases.server_given() or "", worker)
    yield kept
    kept.drop()


@pytest.fixture(scope="session")
def application(database: Any, tmp_path_factory: pytest.TempPathFactory, of_the_run: Path) -> Iterator[Flask]:
    """One application a process, with the keys of the run; tests ask for `app`, which has a fresh database."""
    instance = tmp_path_factory.mktemp("instance")
    with _alone(of_the_run):
        config.development_keys(of_the_run, {})
    shutil.copy2(of_the_run / "keys.json", instance)
    application = create_app(
        {
            "TESTING": True,
            "INSTANCE_DIR": instance,
            "SQLALCHEMY_DATABASE_URI": database.url,
        }
    )
    application.test_client_class = OwnContextClient
    application.teardown_request(_demand_saved)
    accounts.configure(memory_cost=8, time_cost=1)
    with application.app_context():
        Base.metadata.create_all(db.engine)
        database.keep("blank", db.engine)
        cast.build()
        for username in cast.PEOPLE:
            doors.leave_open(username, Visitor(application, username).client)
        session.remove()
        database.keep("cast", db.engine)
        shortcuts.take(database, db.engine)
        yield application
        db.engine.dispose()


@pytest.fixture
def app(application: Flask, database: Any) -> Iterator[Flask]:
    """The application with the cast in a fresh database, within its context: records can be used right away."""
    yield from _within(application, database, "cast")


@pytest.fixture
def people() -> SimpleNamespace:
    """Everybody of the cast, as who acts: `people.sari`."""
    return cast.everyone()


@pytest.fixture
def blank_app(application: Flask, database: Any) -> Iterator[Flask]:
    """As `app`, with tables but no rows."""
    yield from _within(application, database, "blank")


@pytest.fixture(scope="session")
def demo_kept(request: pytest.FixtureRequest, application: Flask, database: Any, of_the_run: Path) -> str:
    """A small demo, made once a run, late in a year: early ones have no family yet that was followed to the end. What the
    command told that made it."""
    demo = of_the_run / f"demo on {request.config.getoption('--backend')}"
    demo.mkdir(exist_ok=True)
    rows, files, told = demo / "rows", demo / "evidence", demo / "told"
    evidence = Path(application.config["EVIDENCE_DIR"])
    with _alone(of_the_run):
        if not rows.exists():
            told.write_text(_make_demo(application, database))
            shutil.copytree(evidence, files, dirs_exist_ok=True)
            database.lend("demo", rows)
            return told.read_text()
    shutil.copytree(files, evidence, dirs_exist_ok=True)
    database.borrow("demo", rows)
    return told.read_text()


def _make_demo(application: Flask, database: Any) -> str:
    """By the command that everybody uses."""
    database.restore("blank", db.engine)
    words = ["demo", "--households", str(DEMO_FAMILIES), "--seed", "1", "--today", f"{DEMO_DAY:%Y-%m-%d}"]
    with time_machine.travel(DEMO_DAY):
        done = application.test_cli_runner().invoke(args=words)
    assert done.exit_code == 0, done.output
    database.keep("demo", db.engine)
    return done.output


@contextmanager
def _alone(directory: Path) -> Iterator[None]:
    """No other process of the run is within such a block meanwhile."""
    with (directory / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest.fixture
def demo_app(application: Flask, database: Any, demo_kept: str) -> Iterator[Flask]:
    """As `app`, with the demo instead of the cast, on the demo's day."""
    with time_machine.travel(DEMO_DAY):
        yield from _within(application, database, "demo")


def _within(application: Flask, database: Any, template: str) -> Iterator[Flask]:
    database.restore(template, db.engine)
    doors.begin_test()
    with application.app_context():
        yield application
        session.rollback()


@pytest.fixture
def second_engine(database: Any) -> Iterator[Engine]:
    """Connections as another process has them, for races."""
    engine = create_engine(database.url)
    prepare(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def _demand_saved(error: BaseException | None) -> None:
    if error is None and has_unsaved(session()):
        raise Unsaved("the request left changes that nothing committed")


@pytest.fixture
def misnati(app: Flask) -> Household:
    """The family that nearly every test of records is about."""
    return cast.household("Misnati")


# Who looks at pages, and at what, in most of their tests. A file that means something else by a name says so itself.


@pytest.fixture
def sari(app: Flask) -> Visitor:
    return Visitor(app, "sari")


@pytest.fixture
def wati(app: Flask) -> Visitor:
    return Visitor(app, "wati")


@pytest.fixture
def budi(app: Flask) -> Visitor:
    return Visitor(app, "budi")


@pytest.fixture
def misnati_id(misnati: Household) -> int:
    """Ids, of rows that a request may change meanwhile."""
    return misnati.id


@pytest.fixture
def child(misnati: Household) -> int:
    return misnati.members[1].id


@pytest.fixture
def visit(misnati: Household) -> int:
    return visited(cast.actor("sari"), misnati, with_photo=False).id
