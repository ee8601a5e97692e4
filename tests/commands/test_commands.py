"""Commands for the one who runs the portal: the first day, the demo, and the proof that nothing was changed."""

import os
import re
import subprocess
import sys

import pytest
from sqlalchemy import func, select, text, update

from portal import ROOT
from portal.family.records.models import Household
from portal.kernel.base import Base, session
from portal.kernel.history import Event
from portal.kernel.people import Area, User
from portal.kernel.terms import Role
from portal.office.records import accounts, audit
from portal.web import db
from tests.visitor import Visitor


def run(app, *words):
    session.commit()
    session.remove()
    return app.test_cli_runner().invoke(args=words)


def administrators():
    return session.scalars(select(User).where(User.role == Role.ADMINISTRATOR)).all()


def test_setup_makes_the_areas_and_one_administrator_who_must_change_the_password(blank_app):
    told = run(blank_app, "setup")
    password = re.search(r"sekali pakai: (\S+)", told.output)[1]
    assert session.scalar(select(func.count()).select_from(Area)) == 63
    assert accounts.authenticate("admin", password, address="127.0.0.1").must_change_password
    assert session.scalar(select(func.count()).select_from(Household)) == 0
    assert audit.verify().is_whole


def test_setup_again_changes_nothing_and_tells_no_password(blank_app):
    run(blank_app, "setup")
    again = run(blank_app, "setup", "--username", "kedua")
    assert again.exit_code == 0 and "sekali pakai" not in again.output
    assert [user.username for user in administrators()] == ["admin"]


@pytest.mark.parametrize("city", ["99.99", "35.73.05", "nowhere"])
def test_setup_refuses_what_is_no_city(blank_app, city):
    assert run(blank_app, "setup", "--city", city).exit_code == 1
    assert not administrators()


@pytest.mark.parametrize("username", ["Admin", "ad", "admin kota", ""])
def test_setup_refuses_a_name_that_nobody_could_log_in_with(blank_app, username):
    assert run(blank_app, "setup", "--username", username).exit_code == 1
    assert not administrators()


def test_an_administrator_who_forgot_the_password_is_let_in_from_the_machine(app):
    telephone = Visitor(app, "admin")
    password = re.search(r"sekali pakai: (\S+)", run(app, "let-in", "admin").output)[1]
    assert telephone.get("/profil").heading == "Masuk"
    assert Visitor(app, "admin", password).get("/pengguna").heading == "Ganti kata sandi"
    told = session.scalars(select(Event)).one()
    assert (told.kind, told.actor_id, told.detail) == ("people.one_time_password", None, None)
    assert audit.verify().is_whole


@pytest.mark.parametrize("username", ["budi", "siapa"])
def test_nobody_else_is_let_in_from_the_machine(app, username):
    assert run(app, "let-in", username).exit_code == 1
    Visitor(app, "budi")


def test_setup_serves_one_city(blank_app):
    run(blank_app, "setup")
    assert "35.73" in run(blank_app, "setup", "--city", "35.78").output
    assert session.get(Area, "35.78") is None


def test_the_demo_tells_its_accounts(demo_kept):
    assert "sari" in demo_kept and "naik-kelas-2026" in demo_kept


def test_the_demo_has_5000_families_unless_told_otherwise(app):
    assert re.search(r"--households .*default: 5000;", run(app, "demo", "--help").output)


def test_the_demo_refuses_a_database_in_use_and_production(app):
    assert run(app, "demo").exit_code == 1
    app.config["PORTAL_ENV"] = "production"
    try:
        assert "setup" in run(app, "demo").output
    finally:
        app.config["PORTAL_ENV"] = "development"


def test_a_whole_chain_is_told_with_its_head(demo_app):
    told = run(demo_app, "audit", "verify")
    head = re.search(r"\d+:[0-9a-f]{64}", told.output)[0]
    assert told.exit_code == 0
    assert run(demo_app, "audit", "verify", "--head", head).exit_code == 0


def test_a_head_from_paper_is_compared_as_far_as_it_goes(demo_app):
    seq, digest = re.search(r"(\d+):([0-9a-f]{64})", run(demo_app, "audit", "verify").output).groups()
    spaced = run(demo_app, "audit", "verify", "--head", f"{seq}:{digest[:32]} {digest[32:]}".upper())
    short = run(demo_app, "audit", "verify", "--head", f"{seq}:{digest[:16]}…")
    assert (spaced.exit_code, short.exit_code) == (0, 0)
    assert "64 dari 64 angka" in spaced.output
    assert "16 dari 64 angka" in short.output
    assert run(demo_app, "audit", "verify", "--head", f"{seq}:{digest[:15]}").exit_code == 2


def test_a_changed_event_breaks_the_chain(demo_app):
    session.execute(update(Event).where(Event.seq == 4).values(reason="lain"))
    told = run(demo_app, "audit", "verify")
    assert told.exit_code == 1
    assert "4: event_changed" in told.output


def test_another_head_is_noticed_and_nonsense_refused(demo_app):
    assert run(demo_app, "audit", "verify", "--head", "4:" + "0" * 64).exit_code == 1
    assert run(demo_app, "audit", "verify", "--head", "kemarin").exit_code == 2


def test_the_check_tells_what_does_not_hold(demo_app):
    assert run(demo_app, "audit", "check").exit_code == 0
    session.execute(update(Household).where(Household.id == 1).values(caretaker_name="Lain"))
    told = run(demo_app, "audit", "check")
    assert told.exit_code == 1 and "column.caretaker_name households/1" in told.output


@pytest.mark.parametrize(
    "words", ["audit verify", "audit check", "intake README.md --as budi", "let-in admin", "evidence sweep"]
)
def test_a_database_without_tables_gets_one_sentence(blank_app, words):
    Base.metadata.drop_all(db.engine)
    told = run(blank_app, *words.split())
    assert (told.exit_code, told.stdout) == (1, "")
    assert told.stderr == "Error: Basis data ini masih kosong; siapkan dulu dengan `flask --app app setup`.\n"


def test_a_database_of_an_older_version_gets_one_sentence(app):
    session.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32))"))
    session.execute(text("INSERT INTO alembic_version VALUES ('4216287d54ea')"))
    session.commit()
    told = run(app, "audit", "verify")
    assert (told.exit_code, told.stderr.count("\n")) == (1, 1)
    assert "flask --app app db upgrade" in told.stderr


def test_a_file_that_is_no_database_gets_one_sentence(tmp_path):
    (tmp_path / "portal.db").write_bytes(b"no database " * 100)
    command = [sys.executable, "-m", "flask", "--app", "app", "audit", "verify"]
    environ = {"PATH": os.environ["PATH"], "INSTANCE_DIR": str(tmp_path)}
    told = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    assert (told.returncode, told.stdout, len(told.stderr.splitlines())) == (1, "", 1)
