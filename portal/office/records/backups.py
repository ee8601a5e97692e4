"""A backup of a small office: the SQLite file and the sealed photos, in a folder of their own, named by the moment."""

import os
import shutil
import tarfile
import tempfile
from contextlib import closing
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine

DATABASE, EVIDENCE = "portal.db", "evidence.tar"


def is_possible(engine: Engine) -> bool:
    """PostgreSQL has tools of its own for this."""
    return engine.dialect.name == "sqlite"


def take(engine: Engine, evidence: Path, into: Path, moment: datetime) -> Path:
    """The new folder in `into`; complete, or not there at all, and no older one is touched. People may go on working. Raises
    OSError.

    The photos come after the database: every one that its rows name was there before. The keys are not in it.
    """
    into.mkdir(mode=0o700, parents=True, exist_ok=True)
    begun = Path(tempfile.mkdtemp(prefix=".unfinished-", dir=into))  # for the owner only
    try:
        with closing(engine.raw_connection()) as connection:
            connection.driver_connection.execute("VACUUM INTO ?", (str(begun / DATABASE),))  # type: ignore[union-attr]
        with tarfile.open(begun / EVIDENCE, "w") as archive:
            _add(archive, evidence)
        for name in (DATABASE, EVIDENCE):
            os.chmod(begun / name, 0o600)
        return begun.rename(into / f"{moment:%Y-%m-%d-%H%M%S}")
    except BaseException:
        shutil.rmtree(begun)
        raise


def _add(archive: tarfile.TarFile, evidence: Path) -> None:
    evidence.mkdir(mode=0o700, parents=True, exist_ok=True)
    for path in [evidence, *sorted(evidence.rglob("*"))]:
        try:
            archive.add(path, Path("evidence") / path.relative_to(evidence), recursive=False)
        except FileNotFoundError:
            continue  # swept meanwhile: nobody had used it
