"""What administrators write: people of the office and its dated settings; and the first day of a portal: the city's areas,
the beginning of the audit chain, one administrator; a way back in for administrators who have all forgotten their password,
from the machine that the portal runs on; and its backups."""

import os
import re
import shutil
import tarfile
import tempfile
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import Engine, inspect, select
from sqlalchemy.orm import selectinload

from portal.caseload import records
from portal.kernel import areas, base, clock, gate, history, policy, settings
from portal.kernel.base import session
from portal.kernel.history import Event
from portal.kernel.people import Area, Assignment, User
from portal.kernel.policy import Place
from portal.kernel.settings import Setting
from portal.kernel.terms import Actor, Refused, Role
from portal.kernel.work import Work
from portal.office.records import accounts

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
    refuse_impossible(username)
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
    password = accounts.one_time()
    user = User(
        username=username, name="Administrator", role=Role.ADMINISTRATOR, password_hash=accounts.hashed(password),
        created_at=clock.now(),
    )  # fmt: skip
    session.add(user)
    session.flush()
    _tell("people.add", user, {"username": username, "role": Role.ADMINISTRATOR, "areas": []})
    return password


def let_in(username: str) -> str | None:
    """A one-time password for an administrator, who is logged out everywhere; None when there is no such one. Commits."""
    password = accounts.one_time()
    secret = accounts.hashed(password)
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


_USERNAME = re.compile(r"[a-z][a-z0-9._-]{2,39}")
LONGEST_NAME = 80
"""As long as its column; SQLite breaks on searching for 50,000 letters."""


@dataclass(frozen=True)
class StatedPerson:
    """A person as an administrator states one; `areas` are codes, `active` False ends every session."""

    name: str
    role: Role
    areas: tuple[str, ...]
    active: bool = True


def add_person(actor: Actor, username: str, person: StatedPerson, *, password: str, key: str) -> User:
    """A new account with a one-time password. Raises Refused("username_impossible", "username_taken", area refusals)."""
    secret = accounts.hashed(password)

    def act(work: Work, _row: None) -> User:
        _refuse_username(username)
        _refuse_areas(person)
        user = work.add(User(username=username, password_hash=secret, created_at=work.now, **_columns(person)))
        user.assignments = [Assignment(area_code=code) for code in person.areas]
        work.log("people.add", user, detail={"username": username, "role": person.role, "areas": person.areas})
        return user

    return gate.write(actor, "people.manage", Place(), key=key, payload=[username, asdict(person)], act=act)


def change_person(actor: Actor, user: User, person: StatedPerson, *, seen: int, key: str, leaves: bool = False) -> User:
    """Raises gate.Stale, or Refused("last_administrator", "leaves_caseload", area refusals). Deactivating ends the person's
    sessions. `leaves` says that families and cases are knowingly left with nobody, until a supervisor hands them over."""
    user_id = user.id

    def act(work: Work, _row: None) -> User:
        _hold_administrators()
        known = session.get_one(User, user_id, populate_existing=True)
        if known.version != seen:
            raise gate.Stale
        _refuse_areas(person)
        _refuse_last_administrator(known, person)
        left = _left_behind(known, person)
        if left and not leaves:
            raise Refused("leaves_caseload", field="leaves")
        detail = {"changes": _differences(known, person), **({"left": asdict(left)} if left else {})}
        for name, value in _columns(person).items():
            setattr(known, name, value)
        known.assignments = [_assignment(known, code) for code in person.areas]
        known.version += 1
        if not person.active:
            accounts.end_sessions(work.now, user_id)
        work.log("people.change", known, detail=detail)
        return known

    return gate.write(actor, "people.manage", Place(), key=key, payload=[user_id, asdict(person)], act=act)


def give_one_time_password(actor: Actor, user: User, *, password: str, key: str) -> User:
    """For the forgotten: works once, since the person must choose another at the next login; ends all sessions."""
    user_id, secret = user.id, accounts.hashed(password)

    def act(work: Work, _row: None) -> User:
        known = session.get_one(User, user_id)
        accounts.give_password_for_once(known, secret, work.now)
        work.log("people.one_time_password", known)
        return known

    return gate.write(actor, "people.manage", Place(), key=key, payload=[user_id, "one_time"], act=act)


def set_value(actor: Actor, setting: str, *, value: str, valid_from: date, source: str, key: str) -> User:
    """A value from a day on, with its source; earlier values stay. Raises Refused("setting_unknown", "value_impossible")."""

    def act(work: Work, _row: None) -> User:
        definition = settings.DEFINITIONS.get(setting)
        if definition is None:
            raise Refused("setting_unknown")
        stored = settings.checked(definition, value)
        row = session.get(Setting, (setting, valid_from)) or Setting(key=setting, valid_from=valid_from)
        before = row.value
        row.value, row.source = stored, source
        session.add(row)
        user = session.get_one(User, actor.id)
        detail = {"setting": setting, "valid_from": valid_from, "source": source, "changes": {"value": [before, stored]}}
        work.log("setting.set", user, detail=detail)
        for family in records.counted_from(valid_from) if setting == records.ROUTINE else ():
            work.touch(family)
        return user

    return gate.write(actor, "setting.manage", Place(), key=key, payload=[setting, value, valid_from, source], act=act)


def _columns(person: StatedPerson | User) -> dict[str, object]:
    return {"name": person.name, "role": person.role, "active": person.active}


def _assignment(user: User, code: str) -> Assignment:
    return next((known for known in user.assignments if known.area_code == code), None) or Assignment(area_code=code)


def _differences(user: User, person: StatedPerson) -> dict[str, list[object]]:
    now = {**_columns(person), "areas": sorted(person.areas)}
    before = {**_columns(user), "areas": sorted(user.area_codes)}
    return {name: [before[name], value] for name, value in now.items() if before[name] != value}


def refuse_impossible(username: str) -> None:
    """Raises Refused("username_impossible"): people log in with small letters, whatever they type."""
    if not _USERNAME.fullmatch(username):
        raise Refused("username_impossible")


def _refuse_username(username: str) -> None:
    refuse_impossible(username)
    if session.scalar(select(User.id).where(User.username == username)):
        raise Refused("username_taken")


def _refuse_areas(person: StatedPerson) -> None:
    """Whose work has a place needs one; an officer's is one or more kelurahan. Unknown codes are refused."""
    levels = dict(session.execute(select(Area.code, Area.level).where(Area.code.in_(person.areas))).all())
    if set(levels) != set(person.areas):
        raise Refused("area_unknown")
    if not policy.needs_area(person.role):
        return
    if not person.areas:
        raise Refused("area_needed")
    if policy.needs_kelurahan(person.role) and set(levels.values()) != {"kelurahan"}:
        raise Refused("kelurahan_needed")


def _hold_administrators() -> None:
    """Two of them who take each other's right away at once come one after the other; events may name them meanwhile."""
    there = select(User.id).where(User.role == Role.ADMINISTRATOR, User.active.is_(True)).order_by(User.id)
    session.execute(there.with_for_update(key_share=True)).all()


def _left_behind(user: User, person: StatedPerson) -> records.LeftBehind | None:
    """What nobody looks after any more once a facilitator is no longer one, or may not log in."""
    works = user.active and policy.has_caseload(user.role)
    goes_on = person.active and policy.has_caseload(person.role)
    return records.held_by(user.id) if works and not goes_on else None


def _refuse_last_administrator(user: User, person: StatedPerson) -> None:
    stays = person.active and policy.runs_the_office(person.role)
    others = (User.role.in_(policy.OFFICE_ROLES), User.active.is_(True), User.id != user.id)
    if policy.runs_the_office(user.role) and not stays and not session.scalar(select(User.id).where(*others).limit(1)):
        raise Refused("last_administrator")


def people(*, name: str | None = None, role: Role | None = None) -> Sequence[User]:
    """Everybody, active ones first, by name; an office has some hundred."""
    statement = select(User).options(selectinload(User.assignments)).order_by(User.active.desc(), User.name, User.id)
    if name:
        part = name.lower()[:LONGEST_NAME]
        statement = statement.where(User.name.icontains(part, autoescape=True) | User.username.contains(part, autoescape=True))
    if role:
        statement = statement.where(User.role == role)
    return session.scalars(statement.limit(500)).all()


def person(user_id: int) -> User | None:
    return session.get(User, user_id)
