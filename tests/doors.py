"""Everybody of the cast has logged in once, and the database is kept with these sessions: who comes in as one of them in a
test, on the real clock and for the first time, takes the session up. Everybody else logs in."""

import contextvars
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import exists, select

from portal.kernel import clock
from portal.kernel.base import session
from portal.kernel.people import LoginAttempt, LoginSession, User
from portal.office.records import accounts

RUN = timedelta(minutes=45)
"""So long a process of the tests may take: until then nobody is noted as having come back after a while."""


@dataclass(frozen=True)
class Opened:
    cookie: dict[str, Any]
    password_hash: str


_opened: dict[str, Opened] = {}
_taken: set[str] = set()


def leave_open(username: str, client: FlaskClient) -> None:
    """The session of a client that has just logged in; commits."""
    with client.session_transaction() as kept:
        cookie = {name: value for name, value in kept.items() if name != "csrf_token"}
    login = session.get(LoginSession, accounts.digest(cookie["_user_id"]))
    login.seen_at = clock.now() + RUN
    _opened[username] = Opened(cookie, session.get(User, login.user_id).password_hash)
    session.commit()


def begin_test() -> None:
    _taken.clear()


def enter(app: Flask, client: FlaskClient, username: str) -> bool:
    """Whether the client has taken a session up."""
    known = _opened.get(username)
    if known is None or username in _taken or time_machine.escape_hatch.is_travelling():
        return False
    if not contextvars.Context().run(_is_open, app, known):
        return False
    _taken.add(username)
    with client.session_transaction() as kept:
        kept.update(known.cookie)
    return True


def _is_open(app: Flask, known: Opened) -> bool:
    """Whether logging in would still succeed: the test may have changed everything."""
    ours = (LoginSession.token_digest == accounts.digest(known.cookie["_user_id"]), LoginSession.ended_at.is_(None))
    may = (User.active, User.password_hash == known.password_hash, ~exists(select(LoginAttempt.id)))
    with app.app_context():
        found = session.scalar(select(User.id).join(LoginSession, LoginSession.user_id == User.id).where(*ours, *may))
        session.rollback()
    return found is not None
