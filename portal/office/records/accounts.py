"""Logging in and staying in: passwords and their Argon2 hashes, the throttle, sessions that end on the server, and what a
person changes of the own account.

What a hash costs is a setting of the process, so that tests may be quick; production keeps OWASP's minimum.
"""

import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import selectinload

from portal.kernel import clock, gate
from portal.kernel.base import begin_write, session
from portal.kernel.people import Account, Assignment, LoginAttempt, LoginSession, User, account
from portal.kernel.policy import Place
from portal.kernel.terms import Actor, Refused
from portal.kernel.vault import blind_index
from portal.kernel.work import Work

SHORTEST = 10

_hasher = PasswordHasher(memory_cost=19_456, time_cost=2, parallelism=1)


def configure(*, memory_cost: int, time_cost: int) -> None:
    global _hasher  # noqa: PLW0603  one setting of the process, made once before it serves
    _hasher = PasswordHasher(memory_cost=memory_cost, time_cost=time_cost, parallelism=1)
    _hash_of_nobody.cache_clear()


@contextmanager
def throwaway() -> Iterator[None]:
    """Within the block hashes cost nothing: for accounts of a database that nobody will ever log in to."""
    global _hasher  # noqa: PLW0603  as above
    before, _hasher = _hasher, PasswordHasher(memory_cost=8, time_cost=1, parallelism=1)
    try:
        yield
    finally:
        _hasher = before


def hashed(password: str) -> str:
    return _hasher.hash(password)


def matches(password: str, stored: str | None) -> bool:
    """Takes as long for an unknown user (`stored` None) as for a wrong password."""
    try:
        return _hasher.verify(stored or _hash_of_nobody(), password) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


def one_time() -> str:
    """A password to hand over: four groups of letters and digits that cannot be confused."""
    alphabet = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(alphabet) for _ in range(4)) for _ in range(4))


@cache
def _hash_of_nobody() -> str:
    return _hasher.hash(secrets.token_hex(8))


def refuse_weak(new: str, *, old: str, username: str) -> None:
    """Raises Refused("password_short", "password_same", "password_is_name")."""
    if len(new) < SHORTEST:
        raise Refused("password_short", least=SHORTEST)
    if new == old:
        raise Refused("password_same")
    if username in new.lower() and len(new) < len(username) + SHORTEST:
        raise Refused("password_is_name")


ATTEMPTS_PER_NAME = 5
ATTEMPTS_PER_ADDRESS = 50
THROTTLE = timedelta(minutes=15)
_SEEN_EVERY = timedelta(minutes=1)


def authenticate(username: str, password: str, *, address: str) -> User:
    """Raises Refused("throttled", minutes=…) or Refused("login_failed"); the two never say which half was wrong."""
    name = username.strip().lower()
    subjects = {
        blind_index("login-name", name): ATTEMPTS_PER_NAME,
        blind_index("login-address", address): ATTEMPTS_PER_ADDRESS,
    }
    user = session.scalars(select(User).where(User.username == name).options(selectinload(User.assignments))).one_or_none()
    known = user.password_hash if user and user.active else None
    if not _is_right(password, known, subjects) or user is None:
        raise Refused("login_failed")
    return user


def _is_right(password: str, stored: str | None, subjects: Mapping[str, int]) -> bool:
    """As `matches`; guessing at one of these is counted. Raises Refused("throttled", minutes=…)."""
    _refuse_guessing(subjects)
    if matches(password, stored):
        return True
    _note_failure(subjects)
    return False


def start_session(user: User) -> str:
    """The token for the cookie; stored is only its digest."""
    token, user_id, now = secrets.token_urlsafe(32), user.id, clock.now()
    begin_write()
    session.add(LoginSession(token_digest=digest(token), user_id=user_id, started_at=now, seen_at=now))
    session.execute(delete(LoginAttempt).where(LoginAttempt.subject == blind_index("login-name", user.username)))
    session.commit()
    return token


def resume(token: str, *, idle: timedelta, absolute: timedelta) -> Account | None:
    """Who the token stands for, or None when the session ended, idled out, aged out, or the person was deactivated."""
    statement = select(LoginSession, User, Assignment.area_code).join(User, User.id == LoginSession.user_id)
    statement = statement.outerjoin(Assignment, Assignment.user_id == User.id).order_by(Assignment.area_code)
    rows = session.execute(statement.where(LoginSession.token_digest == digest(token))).all()
    if not rows:
        return None
    login, user, now = rows[0][0], rows[0][1], clock.now()
    if login.ended_at or not user.active or now - login.seen_at > idle or now - login.started_at > absolute:
        return None
    known = account(user, tuple(row.area_code for row in rows if row.area_code), token)
    if now - login.seen_at > _SEEN_EVERY:
        _note_seen(digest(token), now)
    return known


def end_session(token: str) -> None:
    begin_write()
    ours = (LoginSession.token_digest == digest(token), LoginSession.ended_at.is_(None))
    session.execute(update(LoginSession).where(*ours).values(ended_at=clock.now()))
    session.commit()


def digest(token: str) -> str:
    """What is stored of a session's token."""
    return blind_index("session", token)


def _refuse_guessing(subjects: Mapping[str, int]) -> None:
    since = clock.now() - THROTTLE
    if any(_attempts(subject, since) >= most for subject, most in subjects.items()):
        raise Refused("throttled", minutes=int(THROTTLE.total_seconds() // 60))


def _attempts(subject: str, since: datetime) -> int:
    recent = (LoginAttempt.subject == subject, LoginAttempt.at > since)
    return session.scalar(select(func.count()).select_from(LoginAttempt).where(*recent)) or 0


def _note_failure(subjects: Iterable[str]) -> None:
    begin_write()
    session.execute(delete(LoginAttempt).where(LoginAttempt.at <= clock.now() - THROTTLE))
    session.add_all(LoginAttempt(subject=subject, at=clock.now()) for subject in subjects)
    session.commit()


def _note_seen(digest: str, now: datetime) -> None:
    begin_write()
    session.execute(update(LoginSession).where(LoginSession.token_digest == digest).values(seen_at=now))
    session.commit()


# --- the own account, and passwords handed over ---------------------------------------------------------------------

LANGUAGES = ("id", "en")


def change_password(actor: Actor, *, old: str, new: str, keep: str, key: str) -> User:
    """The own password; ends every other session than `keep` (a digest).

    Raises Refused("password_wrong", "password_short", "password_same", "password_is_name", "throttled"), and gate.KeyReused
    when the key has set another password: none of the two is part of what a receipt remembers.
    """
    known = session.get_one(User, actor.id)
    before, secret = known.password_hash, hashed(new)
    is_right = _is_right(old, before, {blind_index("login-name", known.username): ATTEMPTS_PER_NAME})

    def act(work: Work, _row: None) -> User:
        user = session.get_one(User, actor.id)
        if not is_right or user.password_hash != before:
            raise Refused("password_wrong")
        refuse_weak(new, old=old, username=user.username)
        user.password_hash, user.must_change_password = secret, False
        user.version += 1
        end_sessions(work.now, actor.id, keep=keep)
        work.log("account.password", user)
        return user

    saved = gate.write(actor, "account.own", Place(), key=key, payload=["password"], act=act)
    if not matches(new, saved.password_hash):
        raise gate.KeyReused
    return saved


def choose_language(actor: Actor, language: str, *, key: str) -> User:
    """Raises Refused("language_unknown")."""

    def act(work: Work, _row: None) -> User:
        if language not in LANGUAGES:
            raise Refused("language_unknown")
        user = session.get_one(User, actor.id)
        user.language = language
        work.log("account.language", user, detail={"language": language})
        return user

    return gate.write(actor, "account.own", Place(), key=key, payload=["language", language], act=act)


def end_other_sessions(actor: Actor, *, keep: str, key: str) -> User:
    """Log out everywhere but here: for a lost telephone."""

    def act(work: Work, _row: None) -> User:
        user = session.get_one(User, actor.id)
        end_sessions(work.now, actor.id, keep=keep)
        work.log("account.end_sessions", user)
        return user

    return gate.write(actor, "account.own", Place(), key=key, payload=["end_sessions"], act=act)


def give_password_for_once(user: User, secret: str, at: datetime) -> None:
    """`secret` is its hash. The person is logged out everywhere, and chooses another at the next login."""
    user.password_hash, user.must_change_password = secret, True
    user.version += 1
    end_sessions(at, user.id)


def end_sessions(at: datetime, user_id: int, keep: str | None = None) -> None:
    theirs = (LoginSession.user_id == user_id, LoginSession.ended_at.is_(None), LoginSession.token_digest != (keep or ""))
    session.execute(update(LoginSession).where(*theirs).values(ended_at=at))
