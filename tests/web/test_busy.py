"""A database that does not answer in time: people are told so within seconds, and what they typed is not lost."""

from contextlib import contextmanager

import pytest
from sqlalchemy import create_engine, event, text
from sqlalchemy.exc import DBAPIError

from portal import config
from portal.kernel import base
from portal.kernel.base import session
from portal.kernel.settings import Setting
from portal.web import db
from tests.visitor import Visitor

pytestmark = pytest.mark.postgres

SETTING, LOCK, LIST = "/pengaturan/poverty_line", "EXCLUSIVE", "/keluarga"
TYPED = {"value": "750.000", "source": "Surat BPS tanggal 3"}


@pytest.fixture(params=["lock_timeout", "statement_timeout"])
def is_postgres(request, database):
    if database.url.startswith("postgres"):
        return request.param
    if request.param != "lock_timeout":
        pytest.skip("SQLite has one limit")
    return ""


@pytest.fixture
def impatient(app, is_postgres, monkeypatch):
    """The limits, much shorter, so that nobody waits for this test."""
    monkeypatch.setattr(base, "BUSY_MILLISECONDS", 100)

    def hurry(connection):
        if is_postgres:
            connection.exec_driver_sql(f"SET LOCAL {is_postgres} = '200ms'")

    event.listen(db.engine, "begin", hurry)
    yield
    event.remove(db.engine, "begin", hurry)


@contextmanager
def forgotten(engine, mode=LOCK):
    """Somebody has begun to write, and went home."""
    with engine.connect().execution_options(immediate=True) as other:
        other.begin()
        if engine.dialect.name == "postgresql":
            other.execute(text(f"LOCK TABLE events, households IN {mode} MODE"))
        yield


@pytest.fixture
def admin(app):
    return Visitor(app, "admin")


def test_a_form_that_could_not_be_saved_waits_to_be_sent_again(admin, impatient, second_engine):
    page = admin.get(SETTING)
    with forgotten(second_engine):
        answer = admin.submit(page, SETTING, **TYPED)
    assert (answer.status, answer.headers["Retry-After"]) == (503, "10")
    assert "Sedang sibuk" in answer.message
    assert TYPED["source"] in answer.text
    assert admin.submit(answer, SETTING).status == 200
    assert TYPED["source"] in {setting.source for setting in session.query(Setting)}


def test_to_htmx_it_is_a_notice_and_the_form_stays(admin, impatient, second_engine):
    page = admin.get(SETTING)
    with forgotten(second_engine):
        answer = admin.submit(page, SETTING, partial=True, **TYPED)
    assert (answer.status, answer.headers["Retry-After"], answer.headers["HX-Retarget"]) == (503, "10", "#notice")
    assert "Sedang sibuk" in answer.text


def test_a_page_that_waits_in_vain_says_so_and_comes_back(app, impatient, is_postgres, second_engine):
    if not is_postgres:
        pytest.skip("readers of SQLite do not wait")
    sari = Visitor(app, "sari")
    with forgotten(second_engine, "ACCESS EXCLUSIVE"):
        answer = sari.get(LIST)
    assert (answer.status, answer.headers["Retry-After"], answer.heading) == (503, "10", "Sedang sibuk")
    assert sari.get(LIST).status == 200


@pytest.fixture
def without_database(app, monkeypatch):
    """Connections are refused. Outside of tests errors do not fall through either."""
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    return lambda: monkeypatch.setitem(db.engines, None, create_engine("postgresql+psycopg://nobody@127.0.0.1:1/none"))


@pytest.mark.parametrize("url", ["/", LIST, "/tidak-ada"])
def test_without_a_database_there_is_a_page(app, without_database, url):
    sari = Visitor(app, "sari")
    without_database()
    answer = sari.get(url)
    assert (answer.status, answer.headers["Retry-After"], answer.heading) == (503, "10", "Sedang sibuk")


def test_without_a_database_a_form_waits_to_be_sent_again(admin, without_database):
    page = admin.get(SETTING)
    without_database()
    answer = admin.submit(page, SETTING, **TYPED)
    assert answer.status == 503
    assert answer.form(SETTING).one("input[name=source]")["value"] == TYPED["source"]


def test_without_a_database_nobody_is_led_to_send_what_another_site_wrote(admin, without_database):
    without_database()
    answer = admin.client.post(SETTING, data=TYPED, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 503
    assert TYPED["source"] not in answer.text


def test_without_a_database_no_password_comes_back(app, without_database):
    visitor = Visitor(app)
    page = visitor.get("/masuk")
    without_database()
    answer = visitor.submit(page, "/masuk", username="sari", password="rahasia sekali")
    assert answer.status == 503
    assert "rahasia sekali" not in answer.html


def test_a_mistake_of_ours_is_no_busy_moment(app):
    with pytest.raises(DBAPIError, match="no_such_table") as mistake:
        session.execute(text("SELECT 1 FROM no_such_table"))
    session.rollback()
    assert not base.is_outage(mistake.value)


def shown(connection) -> list[str]:
    names = ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout")
    return [connection.scalar(text(f"SHOW {name}")) for name in names]


@pytest.fixture
def postgres_only(database):
    if not database.url.startswith("postgres"):
        pytest.skip("limits of PostgreSQL")


def test_every_connection_has_its_limits(app, postgres_only):
    assert shown(session) == ["5s", "15s", "2min"]


def test_commands_wait_as_long_as_it_takes(app, postgres_only):
    base.take_time()
    assert shown(session) == ["0", "0", "0"]
    session.rollback()
    assert shown(session) == ["0", "0", "0"]
    session.remove()
    assert shown(session) == ["5s", "15s", "2min"]


def test_limits_are_settings(tmp_path):
    names = ("CONNECT", "LOCK", "STATEMENT", "IDLE")
    given = {f"DATABASE_{name}_SECONDS": str(number) for number, name in enumerate(names)}
    assert config.settings(given, tmp_path)["DATABASE_LIMITS"] == base.Limits(connect=0, lock=1, statement=2, idle=3)
