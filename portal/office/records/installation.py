"""The first day of a portal: the city's areas, the beginning of the audit chain, and one administrator; a way back in for
administrators who have all forgotten their password, from the machine that the portal runs on; and its backups."""

import os
import shutil
import tarfile
import tempfile
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine, inspect, select

from portal.kernel import areas, base, clock, history
from portal.kernel.base import session
from portal.kernel.history import Event
from portal.kernel.people import Area, User
from portal.kernel.terms import Refused, Role
from portal.office.records import accounts, office, passwords

USERNAME = "admin"


@dataclass(frozen=True)
class Installed:
    """`password` is told once and never again; None when an administrator was there already."""

    areas: int
    username: str
    password: str | None


def has_tables() -> bool:
    """Whether this database was ever made ready for the portal."""
    return inspect(session.connection()).has_table(User.__tablename__)


def install(city: str, *, username: str = USERNAME) -> Installed:
    """Whatever is missing is added, what is there stays as it is; commits.

    Raises ValueError for a code that is no city, and Refused("another_city") where the portal serves one already, or
    Refused("username_impossible").
    """
    office.refuse_impossible(username)
    base.begin_write()
    _refuse_another(city)
    known = areas.load_city(city)
    history.begin_chain()
    there = session.scalar(select(User.username).where(User.role == Role.ADMINISTRATOR).order_by(User.id).limit(1))
    password = None if there else _first_administrator(username)
    session.commit()
    return Installed(known, there or username, password)


def _refuse_another(city: str) -> None:
    served = session.scalar(select(Area.code).where(Area.level == "city").limit(1))
    if served and served != city:
        raise Refused("another_city", city=served)


def _first_administrator(username: str) -> str:
    password = passwords.one_time()
    user = User(
        username=username, name="Administrator", role=Role.ADMINISTRATOR, password_hash=passwords.hashed(password),
        created_at=clock.now(),
    )  # fmt: skip
    session.add(user)
    session.flush()
    _tell("people.add", user, {"username": username, "role": Role.ADMINISTRATOR, "areas": []})
    return password


def let_in(username: str) -> str | None:
    """A one-time password for an administrator, who is logged out everywhere; None when there is no such one. Commits."""
    password = passwords.one_time()
    secret = passwords.hashed(password)
    base.begin_write()
    known = (User.username == username, User.role == Role.ADMINISTRATOR, User.active.is_(True))
    user = session.scalars(select(User).where(*known)).one_or_none()
    if user is None:
        session.rollback()
        return None
    accounts.give_password_for_once(user, secret, clock.now())
    _tell("people.one_time_password", user)
    session.commit()
    return password


def _tell(kind: str, user: User, detail: dict[str, object] | None = None) -> None:
    """Nobody of the portal did this: the event has no actor."""
    event = Event(at=clock.now(), actor_id=None, kind=kind, subject_type="users", subject_id=user.id, detail=detail)
    history.append([event])


# --- a backup of a small office: the SQLite file and the sealed photos, in a folder of their own, named by the moment ---

DATABASE, EVIDENCE = "portal.db", "evidence.tar"


def can_back_up(engine: Engine) -> bool:
    """PostgreSQL has tools of its own for this."""
    return engine.dialect.name == "sqlite"


def back_up(engine: Engine, evidence: Path, into: Path, moment: datetime) -> Path:
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
