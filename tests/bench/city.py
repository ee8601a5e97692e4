"""A portal of its own for the bench: in a temporary directory, migrated as a real one, filled with the demo."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import flask_migrate
from flask import Flask

from portal import create_app, demo
from portal.kernel import clock
from portal.kernel.base import session
from portal.web import db

SEED = 2026


@dataclass(frozen=True)
class City:
    families: int
    app: Flask
    directory: Path
    seconds: float
    megabytes: float


@contextmanager
def built(families: int) -> Iterator[City]:
    with TemporaryDirectory(prefix="naik-kelas-bench-") as name:
        directory = Path(name)
        app = create_app({"INSTANCE_DIR": directory, "SQLALCHEMY_DATABASE_URI": f"sqlite:///{directory}/portal.db"})
        with app.app_context():
            flask_migrate.upgrade()
            begun = time.perf_counter()
            demo.fill(families, SEED, clock.today())
            seconds = time.perf_counter() - begun
            session.remove()
        size = os.path.getsize(directory / "portal.db") / 1e6
        yield City(families, app, directory, seconds, size)
        with app.app_context():
            db.engine.dispose()
