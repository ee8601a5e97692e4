"""Section 7 of docs/deployment.md, word for word: its lines are run as they stand, with other directories and no other user."""

import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest

from portal import ROOT
from tests.commands.processes import environment, fetch, started, told
from tests.test_config import PRODUCTION

PRELUDE = """
set -eu
runuser() { shift 3; "$@"; }
systemctl() { :; }
"""
"""Who runs this is the service's user, and there is no systemd."""


def lines(beginning: str) -> str:
    """The one block of section 7 that begins like this."""
    blocks = (ROOT / "docs" / "deployment.md").read_text().split("## 7.")[1].split("```")[1::2]
    found = [block for block in blocks if block.strip().startswith(beginning)]
    assert len(found) == 1, beginning
    return found[0]


@pytest.fixture(scope="module")
def first_day(tmp_path_factory):
    """The data of a small office as `setup` leaves them, with one photo."""
    data = tmp_path_factory.mktemp("first_day")
    photo = data / "evidence" / "ab" / "abcd"
    photo.parent.mkdir(parents=True)
    photo.write_text("sealed")
    assert told(data, "setup", **PRODUCTION)[0] == 0
    return data


@pytest.fixture
def office(tmp_path, port, first_day):
    """Directories of a small office of its own, on its first day."""
    shutil.copytree(first_day, tmp_path / "lib")
    return SimpleNamespace(data=tmp_path / "lib", backups=tmp_path / "backups", port=port)


def as_documented(office: SimpleNamespace, block: str) -> str:
    flask = f"{sys.executable} -m flask"
    for place, other in (
        ("/var/lib/naik-kelas", str(office.data)),
        ("/var/backups/naik-kelas", str(office.backups)),
        (".venv/bin/flask", flask),
        (" -o naikkelas -g naikkelas", ""),
    ):
        block = block.replace(place, other)
    environ = environment(office.data, **PRODUCTION)
    done = subprocess.run(["bash", "-c", PRELUDE + block], cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def events(office: SimpleNamespace) -> int:
    with closing(sqlite3.connect(f"file:{office.data}/portal.db?mode=ro", uri=True)) as database:
        return int(database.execute("SELECT count(*) FROM events").fetchone()[0])


def served(office: SimpleNamespace):
    return started(office.data, office.port, last="Naik Kelas", **PRODUCTION)


def let_in(office: SimpleNamespace) -> None:
    """Somebody works on: one more event."""
    assert told(office.data, "let-in", "admin", **PRODUCTION)[0] == 0


def work_after_a_backup(office: SimpleNamespace, *, end: signal.Signals) -> int:
    """Two days' work; the server ends so. How many events the backup holds."""
    as_documented(office, lines("install -d -o naikkelas"))
    with served(office) as (server, _said):
        fetch(office.port)
        before = events(office)
        as_documented(office, lines("runuser -u naikkelas -- .venv/bin/flask --app app backup"))
        let_in(office)
        (office.data / "evidence" / "ab" / "later").write_text("sealed later")
        assert events(office) == before + 1
        server.send_signal(end)
        server.wait(30)
    return before


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_what_was_backed_up_comes_back_whole(office, end):
    before = work_after_a_backup(office, end=end)
    assert (office.data / "portal.db-wal").exists() == (end == signal.SIGKILL)
    said = as_documented(office, lines("systemctl stop naik-kelas"))
    assert f"utuh: {before} peristiwa" in said
    with served(office):
        assert "<h1" in fetch(office.port)
        assert events(office) == before
    assert [path.name for path in (office.data / "evidence").rglob("*") if path.is_file()] == ["abcd"]


def test_a_backup_on_another_day_leaves_the_first_alone(office):
    block = lines("runuser -u naikkelas -- .venv/bin/flask --app app backup")
    first = as_documented(office, block).split()[1]
    let_in(office)
    second = as_documented(office, block).split()[1]
    assert sorted(path.name for path in office.backups.iterdir()) == sorted([Path(first).name, Path(second).name])
    assert {stat.S_IMODE(path.stat().st_mode) for path in Path(second).iterdir()} == {0o600}


def test_a_backup_that_fails_leaves_nothing_and_says_why(office):
    office.backups.write_text("no folder")
    code, words = told(office.data, "backup", str(office.backups / "x"), **PRODUCTION)
    assert (code, len(words.splitlines())) == (1, 1), words
