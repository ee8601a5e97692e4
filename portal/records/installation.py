"""The first day of a portal: the city's areas, the beginning of the audit chain, and one administrator."""

from dataclasses import dataclass

from sqlalchemy import select

from portal.records import areas, base, clock, history, passwords
from portal.records.base import session
from portal.records.history import Event
from portal.records.people import Area, User
from portal.rules.terms import Refused, Role

USERNAME = "admin"


@dataclass(frozen=True)
class Installed:
    """`password` is told once and never again; None when an administrator was there already."""

    areas: int
    username: str
    password: str | None


def install(city: str, *, username: str = USERNAME) -> Installed:
    """Whatever is missing is added, what is there stays as it is; commits.

    Raises ValueError for a code that is no city, and Refused("another_city") where the portal serves one already.
    """
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
    detail = {"username": username, "role": Role.ADMINISTRATOR, "areas": []}
    added = Event(at=clock.now(), actor_id=None, kind="people.add", subject_type="users", subject_id=user.id, detail=detail)
    history.append([added])
    return password
