"""Databases for tests: one per worker process, put back to one of its templates before each test."""

import os
import pickle
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from sqlalchemy import Connection, Engine, make_url, text
from sqlalchemy.exc import OperationalError

from portal.kernel.base import Base

SERVER = "NAIK_KELAS_TEST_SERVER"
"""Where the controlling process tells its workers the address of the PostgreSQL server."""


WORN = 50
"""After so many times rows that were deleted stand in everybody's way, and nobody sweeps: the database is made anew."""


def memory() -> str | None:
    """A directory that never reaches the disk, where there is one: databases of tests live seconds."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


class SqliteFile:
    """A file, so that several connections meet as they do in the field. `place` is the template where it stands, if known."""

    place: str | None = None

    def __init__(self) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="naik-kelas-", dir=memory()))
        self.path = self.directory / "portal.db"
        self.url = f"sqlite:///{self.path}"

    def keep(self, template: str, engine: Engine) -> None:
        engine.dispose()
        self._copy(self.path, self.path.with_name(template))

    def restore(self, template: str, _engine: Engine) -> None:
        self._copy(self.path.with_name(template), self.path)
        self.place = template

    def _copy(self, source: Path, target: Path) -> None:
        """Through SQLite, so that a connection that a test forgot sees the new rows rather than a vanished file."""
        with closing(sqlite3.connect(source)) as here, closing(sqlite3.connect(target)) as there:
            there.execute("PRAGMA synchronous=OFF")
            here.backup(there)

    def lend(self, template: str, path: Path) -> None:
        """To the other processes of the run, which `borrow` it."""
        self._copy(self.path.with_name(template), path)

    def borrow(self, template: str, path: Path) -> None:
        self._copy(path, self.path.with_name(template))

    def drop(self) -> None:
        shutil.rmtree(self.directory)


class TablesChanged(Exception):
    """A test made or dropped tables: rows alone do not bring the template back."""


@dataclass(frozen=True)
class Rows:
    """What a template holds: rows by table, parents first, as PostgreSQL copies them; and where its sequences stand."""

    tables: dict[str, bytes]
    sequences: dict[str, str]

    def put_back(self, connection: Connection) -> None:
        found = connection.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
        if set(found) != set(self.tables):
            raise TablesChanged
        connection.execute(text("SET LOCAL lock_timeout = '3s'"))
        with _cursor(connection) as cursor:
            cursor.execute(";".join(f"DELETE FROM {name}" for name in reversed(self.tables)))
            for name, rows in self.tables.items():
                if rows:
                    with cursor.copy(f"COPY {name} FROM STDIN") as target:
                        target.write(rows)
            cursor.execute(";".join(f"SELECT setval('{name}', {at})" for name, at in self.sequences.items()))


def _copied(connection: Connection, table: str) -> bytes:
    with _cursor(connection) as cursor, cursor.copy(f"COPY {table} TO STDOUT") as source:
        return b"".join(bytes(part) for part in source)


def _cursor(connection: Connection) -> psycopg.Cursor:
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    return driver.cursor()


class PostgresDatabase:
    """Databases of its own on `server`; nothing else there is touched. `place` is the template where it stands, if known."""

    place: str | None = None

    def __init__(self, server: str, worker: str) -> None:
        self.server = make_url(server)
        self.name = f"naik_kelas_test_{os.getpid()}_{worker}"
        self.url = self.server.set(drivername="postgresql+psycopg", database=self.name).render_as_string(False)
        self.kept: dict[str, Rows] = {}
        self.restored = 0
        self._run(f"CREATE DATABASE {self.name}")

    def keep(self, template: str, engine: Engine) -> None:
        with engine.begin() as connection:
            tables = [table.name for table in Base.metadata.sorted_tables]
            stand = "SELECT sequencename, coalesce(last_value || ', true', '1, false') FROM pg_sequences"
            sequences = {str(row[0]): str(row[1]) for row in connection.execute(text(stand))}
            self.kept[template] = Rows({name: _copied(connection, name) for name in tables}, sequences)
        if len(self.kept) == 1:
            engine.dispose()
            self._run(f"CREATE DATABASE {self.name}_tables TEMPLATE {self.name}")

    def lend(self, template: str, path: Path) -> None:
        """To the other processes of the run, which `borrow` it."""
        path.write_bytes(pickle.dumps(self.kept[template]))

    def borrow(self, template: str, path: Path) -> None:
        self.kept[template] = pickle.loads(path.read_bytes())

    def restore(self, template: str, engine: Engine) -> None:
        """By rows, which is quick and keeps the connections warm; whole when a test changed the tables or holds a lock."""
        self.restored += 1
        if self.restored % WORN == 0:
            self._make_anew(engine)
        try:
            with engine.begin() as connection:
                self.kept[template].put_back(connection)
        except (TablesChanged, OperationalError):
            self._make_anew(engine)
            with engine.begin() as connection:
                self.kept[template].put_back(connection)
        self.place = template

    def _make_anew(self, engine: Engine) -> None:
        engine.dispose()
        self._run(
            f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)",
            f"CREATE DATABASE {self.name} TEMPLATE {self.name}_tables STRATEGY file_copy",
        )

    def drop(self) -> None:
        self._run(*(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)" for name in (self.name, f"{self.name}_tables")))

    def _run(self, *statements: str) -> None:
        address = self.server.set(drivername="postgresql").render_as_string(False)
        with psycopg.connect(address, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)


def server_given() -> str | None:
    """A PostgreSQL server that the environment names; only databases of our own are made there."""
    url = os.environ.get(SERVER) or os.environ.get("DATABASE_URL", "")
    return url if url.startswith("postgres") else None


def server_programs() -> Path | None:
    """The directory with initdb and pg_ctl, the newest first."""
    found = [Path(path).parent for path in [shutil.which("pg_ctl")] if path]
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
    return next((path for path in found if (path / "initdb").exists()), None)


@contextmanager
def throwaway_server(programs: Path) -> Iterator[str]:
    """A cluster in a temporary directory, reached by a socket only; PostgreSQL refuses root, so root becomes postgres."""
    directory = Path(tempfile.mkdtemp(prefix="naik-kelas-", dir=memory()))
    run = _as_ordinary_user(directory)
    data = directory / "data"
    try:
        run(programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        options = f"-k {directory} -h '' -F -c full_page_writes=off -c synchronous_commit=off -c autovacuum=off"
        run(programs / "pg_ctl", "-D", data, "-w", "-l", directory / "log", "-o", options, "start")
        try:
            yield f"postgresql://postgres@/postgres?host={directory}"
        finally:
            run(programs / "pg_ctl", "-D", data, "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _as_ordinary_user(directory: Path) -> Callable[..., None]:
    prefix: list[str] = []
    if os.geteuid() == 0:
        shutil.chown(directory, "postgres")
        prefix = ["runuser", "-u", "postgres", "--"]

    def run(*command: object) -> None:
        words = [*prefix, *(str(word) for word in command)]
        subprocess.run(words, check=True, cwd=directory, stdout=subprocess.DEVNULL)

    return run


def chromium() -> str | None:
    """The browser for journeys: CHROMIUM, or what the system has; the one without windows has the least to do."""
    names = (os.environ.get("CHROMIUM", ""), "chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
    return next((path for path in map(shutil.which, names) if path), None)
