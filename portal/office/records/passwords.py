"""Passwords: which are too weak, and their Argon2 hashes. Costs are settings of the process, so that tests may be quick;
production keeps OWASP's minimum."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from portal.kernel.terms import Refused

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
