"""Settings from the environment. `python -m portal.new_keys` prints a fresh set of secrets for production.

In development the secrets are made once and kept in `instance/keys.json`; production refuses to start without its own.
"""

import base64
import json
import os
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from portal.kernel.base import Limits

SECRETS = ("SECRET_KEY", "DATA_KEYS", "INDEX_KEY", "CHAIN_KEY")
ENVIRONMENTS = ("development", "production")
MEGABYTE = 1024 * 1024


class Misconfigured(Exception):
    """The portal must not start like this; the message names every setting to mend."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(f"The portal cannot start: {'; '.join(problems)}.")
        self.problems = problems


def settings(environ: Mapping[str, str], instance: Path) -> dict[str, object]:
    """Everything the application is configured with. Raises Misconfigured, naming all that is missing or wrong."""
    source = Source(environ)
    environment = source.text("PORTAL_ENV", "development")
    if environment not in ENVIRONMENTS:
        raise Misconfigured([f"PORTAL_ENV is {environment!r}, not one of {', '.join(ENVIRONMENTS)}"])
    if environment == "development":
        source = Source({**development_keys(instance, environ), **environ})
    production = environment == "production"
    found = {
        "PORTAL_ENV": environment,
        **_secrets(source),
        **_database(source),
        **_limits(source),
        "DATABASE_LIMITS": _waiting(source),
        **_cookies(production),
        "EVIDENCE_DIR": Path(source.text("EVIDENCE_DIR", str(instance / "evidence"))),
        "TRUSTED_PROXIES": source.number("TRUSTED_PROXIES", 0),
        "TRUSTED_HOSTS": source.text("TRUSTED_HOSTS", "").split() or None,
        "WTF_CSRF_TIME_LIMIT": None,  # a visit form takes longer than an hour
        "WTF_CSRF_SSL_STRICT": False,  # a Referer that a browser hides must lock nobody out; the cookie is __Host-
        "BABEL_DEFAULT_LOCALE": "id",
        "BABEL_DEFAULT_TIMEZONE": "Asia/Jakarta",
        "COMPRESS_ALGORITHM": ["br", "gzip"],
        "COMPRESS_BR_LEVEL": 5,
        "COMPRESS_MIN_SIZE": 400,
    }
    if source.problems:
        raise Misconfigured(source.problems)
    return found


def demand_safe(config: Mapping[str, object]) -> None:
    """Look at the settings that production finally has. Raises Misconfigured."""
    if config["PORTAL_ENV"] != "production":
        return
    wanted = {"SESSION_COOKIE_SECURE": True, "SESSION_COOKIE_HTTPONLY": True, "DEBUG": False, "TESTING": False}
    problems = [f"{name} must be {value} in production" for name, value in wanted.items() if config[name] is not value]
    if config["SESSION_COOKIE_SAMESITE"] not in ("Lax", "Strict"):
        problems.append("SESSION_COOKIE_SAMESITE must be Lax or Strict in production")
    if problems:
        raise Misconfigured(problems)


class Source:
    """Reads the environment and collects what is missing or wrong, so that one start tells everything."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.problems: list[str] = []

    def text(self, name: str, default: str) -> str:
        return self.environ.get(name, "").strip() or default

    def secret(self, name: str) -> str:
        value = self.text(name, "")
        if not value:
            self.problems.append(f"{name} is not set")
        return value

    def number(self, name: str, default: int) -> int:
        value = self.text(name, str(default))
        if value.isascii() and value.isdigit():
            return int(value)
        self.problems.append(f"{name} is {value!r}, not a whole number")
        return default

    def key(self, name: str, value: str) -> bytes:
        try:
            key = base64.urlsafe_b64decode(value)
        except ValueError:
            key = b""
        if len(key) != 32:
            self.problems.append(f"{name} is not 32 bytes in URL-safe base64")
        return key


def _secrets(source: Source) -> dict[str, object]:
    texts = {name: source.secret(name) for name in SECRETS}
    if source.problems:
        return {}
    if len(texts["SECRET_KEY"]) < 32:
        source.problems.append("SECRET_KEY is shorter than 32 characters")
    keys = {name: source.key(name, texts[name]) for name in ("INDEX_KEY", "CHAIN_KEY")}
    data_keys = _data_keys(source, texts["DATA_KEYS"])
    if len({*keys.values(), *data_keys.values()}) < len(keys) + len(data_keys):
        source.problems.append("DATA_KEYS, INDEX_KEY and CHAIN_KEY must all differ")
    return {"SECRET_KEY": texts["SECRET_KEY"], "DATA_KEYS": data_keys, **keys}


def _data_keys(source: Source, text: str) -> dict[int, bytes]:
    """`2:base64,1:base64`: the first seals new values, the others still open old ones."""
    keys: dict[int, bytes] = {}
    for part in text.split(","):
        number, _, value = part.strip().partition(":")
        if not (number.isascii() and number.isdigit() and 1 <= int(number) <= 255) or int(number) in keys:
            source.problems.append("DATA_KEYS must read NUMBER:KEY,NUMBER:KEY with different numbers from 1 to 255")
            return {}
        keys[int(number)] = source.key(f"DATA_KEYS {number}", value)
    return keys


def _database(source: Source) -> dict[str, object]:
    url = source.text("DATABASE_URL", "sqlite:///portal.db")
    for scheme in ("postgres://", "postgresql://"):
        if url.startswith(scheme):
            url = "postgresql+psycopg://" + url.removeprefix(scheme)
    try:
        make_url(url)
    except ArgumentError:
        source.problems.append("DATABASE_URL is no address of a database")
    options = {} if url.startswith("sqlite") else {"pool_pre_ping": True, "pool_size": 8}
    options["hide_parameters"] = True  # an error's log tells the statement, not whom it was about
    return {"SQLALCHEMY_DATABASE_URI": url, "SQLALCHEMY_ENGINE_OPTIONS": options}


def _waiting(source: Source) -> Limits:
    usual = asdict(Limits())
    return Limits(**{name: source.number(f"DATABASE_{name.upper()}_SECONDS", usual[name]) for name in usual})


def _limits(source: Source) -> dict[str, object]:
    absolute = timedelta(hours=source.number("SESSION_ABSOLUTE_HOURS", 12))
    return {
        "SESSION_IDLE": timedelta(minutes=source.number("SESSION_IDLE_MINUTES", 120)),
        "SESSION_ABSOLUTE": absolute,
        "PERMANENT_SESSION_LIFETIME": absolute,
        "MAX_CONTENT_LENGTH": source.number("MAX_UPLOAD_MB", 16) * MEGABYTE,
    }


def _cookies(production: bool) -> dict[str, object]:
    return {
        "SESSION_COOKIE_NAME": "__Host-naik_kelas" if production else "naik_kelas",
        "SESSION_COOKIE_SECURE": production,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
    }


def new_keys() -> dict[str, str]:
    """A value for each of `SECRETS`, as the environment wants it."""
    data, index, chain = (base64.urlsafe_b64encode(secrets.token_bytes(32)).decode() for _ in range(3))
    return {"SECRET_KEY": secrets.token_urlsafe(48), "DATA_KEYS": f"1:{data}", "INDEX_KEY": index, "CHAIN_KEY": chain}


def development_keys(instance: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """The keys of `instance/keys.json`, made on first use and readable by their owner only."""
    if all(environ.get(name) for name in SECRETS):
        return {}
    path = instance / "keys.json"
    if not path.exists():
        _write_once(path, json.dumps(new_keys(), indent=1))
    keys: dict[str, str] = json.loads(path.read_text())
    return keys


def _write_once(path: Path, text: str) -> None:
    """Readable by the owner only; when two processes start at once, the first one's keys stay."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent)  # mode 0600
    with os.fdopen(handle, "w") as file:
        file.write(text)
    try:
        os.link(temporary, path)
    except FileExistsError:
        pass
    finally:
        os.unlink(temporary)
