"""Secrets at rest: sealed columns, keyed hashes and the store of evidence files.

Three keys, none of them in the database: data keys (several while rotating; new values use the first), the index key for
exact search, the chain key for the audit trail. create_app() calls `open_vault()` once.
"""

import hashlib
import hmac
import os
import re
import secrets
import tempfile
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Dialect, LargeBinary
from sqlalchemy.types import TypeDecorator

_NONCE = 12
_SHA256 = re.compile(r"[0-9a-f]{64}")


class Unreadable(Exception):
    """Sealed bytes that no key opens: a lost key, a value moved to another column, or damage."""


class NotStored(LookupError):
    """No evidence file has this hash."""


@dataclass(frozen=True)
class Vault:
    """Opens and closes what is kept. `data_keys` maps ids 1 to 255 to 32 bytes; the first one seals."""

    data_keys: dict[int, bytes] = field(repr=False)
    index_key: bytes = field(repr=False)
    chain_key: bytes = field(repr=False)
    evidence: Path

    def __post_init__(self) -> None:
        ciphers = {number: AESGCM(key) for number, key in self.data_keys.items()}
        object.__setattr__(self, "_ciphers", ciphers)
        object.__setattr__(self, "_newest", next(iter(ciphers)))

    def seal(self, content: bytes, purpose: str) -> bytes:
        """Key id, nonce and AES-GCM text; opens only with the same `purpose` (a column, a file)."""
        nonce = secrets.token_bytes(_NONCE)
        return bytes([self._newest]) + nonce + self._ciphers[self._newest].encrypt(nonce, content, purpose.encode())

    def unseal(self, sealed: bytes, purpose: str) -> bytes:
        """Raises Unreadable."""
        cipher = self._ciphers.get(sealed[0]) if sealed else None
        if cipher is None:
            raise Unreadable(f"no key for {purpose}")
        try:
            return cipher.decrypt(sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :], purpose.encode())
        except (InvalidTag, ValueError) as error:
            raise Unreadable(f"cannot open {purpose}") from error

    _ciphers: dict[int, AESGCM] = field(init=False, repr=False, compare=False)
    _newest: int = field(init=False, repr=False, compare=False)


_open: Vault | None = None


def open_vault(vault: Vault) -> None:
    """Make `vault` the one of this process."""
    global _open  # noqa: PLW0603  one set of keys a process, as one database
    _open = vault


def _vault() -> Vault:
    if _open is None:
        raise RuntimeError("the vault is closed: create_app() opens it")
    return _open


class Sealed(TypeDecorator[str]):
    """Text that lies encrypted in its column; `purpose` is `table.column` and binds it there. Search by `blind_index`."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, purpose: str) -> None:
        super().__init__()
        self.purpose = purpose

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        return None if value is None else _vault().seal(value.encode(), self.purpose)

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else _vault().unseal(bytes(value), self.purpose).decode()


def seal(content: bytes, purpose: str) -> bytes:
    """A document for a column of bytes; opens only with the same `purpose`, which names its row."""
    return _vault().seal(content, purpose)


def unseal(sealed: bytes, purpose: str) -> bytes:
    """Raises Unreadable."""
    return _vault().unseal(bytes(sealed), purpose)


def blind_index(kind: str, digits: str) -> str:
    """32 hex digits to find a sealed value by exactly; `kind` ("nik", "kk", "phone") keeps equal digits apart."""
    return _mac(_vault().index_key, kind.encode(), digits.encode())[:32]


def chain_digest(content: bytes) -> str:
    """64 hex digits under the chain key: the audit trail's links, and what stands in it for a personal value."""
    key = _vault().chain_key
    return _mac(key, b"chain", content) if content else _digest_of_nothing(key)


@lru_cache(maxsize=4)
def _digest_of_nothing(key: bytes) -> str:
    """Most events have no reason to digest."""
    return _mac(key, b"chain", b"")


def _mac(key: bytes, label: bytes, *parts: bytes) -> str:
    sizes = b"".join([len(part).to_bytes(8, "big") for part in parts])
    return hmac.digest(key, b"\0".join((label, sizes, *parts)), "sha256").hex()


def put(content: bytes) -> str:
    """Keep an evidence file, encrypted; its SHA-256 is its name. The same content twice is one file."""
    name = hashlib.sha256(content).hexdigest()
    path = _path(name)
    if not path.exists():
        _write(path, _vault().seal(content, f"evidence:{name}"))
    return name


def get(sha256: str) -> bytes:
    """Raises NotStored, and Unreadable when the file is not what was put."""
    try:
        sealed = _path(sha256).read_bytes()
    except FileNotFoundError as error:
        raise NotStored(sha256) from error
    return _vault().unseal(sealed, f"evidence:{sha256}")


def delete(sha256: str) -> None:
    """Forget a file for good; the caller has made sure that no row names it any more."""
    _path(sha256).unlink(missing_ok=True)


def _path(sha256: str) -> Path:
    if not _SHA256.fullmatch(sha256):
        raise NotStored(sha256)
    return _vault().evidence / sha256[:2] / sha256


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)  # never half a file under its name, even when two writers meet
