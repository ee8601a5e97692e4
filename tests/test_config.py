"""How the portal starts, and when it must not."""

import base64
import json
import stat
import subprocess
import sys
from datetime import timedelta

import pytest

from portal import ROOT, config, create_app
from portal.config import Misconfigured, settings


def key(letter: bytes) -> str:
    return base64.urlsafe_b64encode(letter * 32).decode()


PRODUCTION = {
    "PORTAL_ENV": "production",
    "SECRET_KEY": "a session key for tests, 32 letters or more",
    "DATA_KEYS": f"1:{key(b'd')}",
    "INDEX_KEY": key(b"i"),
    "CHAIN_KEY": key(b"c"),
}


def problems(environ, instance) -> str:
    with pytest.raises(Misconfigured) as refusal:
        settings(environ, instance)
    return str(refusal.value)


def test_development_makes_its_keys_once_for_its_owner_only(tmp_path):
    first = settings({}, tmp_path / "instance")
    file = tmp_path / "instance" / "keys.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert settings({}, tmp_path / "instance")["DATA_KEYS"] == first["DATA_KEYS"]
    assert set(json.loads(file.read_text())) == set(config.SECRETS)


def test_the_environment_wins_over_kept_keys(tmp_path):
    settings({}, tmp_path)
    assert settings({"INDEX_KEY": key(b"i")}, tmp_path)["INDEX_KEY"] == b"i" * 32


def test_production_starts_with_its_secrets_and_writes_none(tmp_path):
    found = settings(PRODUCTION, tmp_path)
    assert found["SESSION_COOKIE_SECURE"] is True
    assert found["SESSION_COOKIE_NAME"].startswith("__Host-")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", config.SECRETS)
def test_production_names_the_secret_it_misses(name, tmp_path):
    said = problems({**PRODUCTION, name: " "}, tmp_path)
    assert f"{name} is not set" in said
    assert said.count("is not set") == 1


def test_production_names_all_that_is_missing_at_once(tmp_path):
    said = problems({"PORTAL_ENV": "production"}, tmp_path)
    assert all(f"{name} is not set" in said for name in config.SECRETS)
    assert not list(tmp_path.iterdir())


def test_a_command_without_its_settings_gets_one_sentence(tmp_path):
    environ = {"PORTAL_ENV": "production", "INSTANCE_DIR": str(tmp_path)}
    command = [sys.executable, "-m", "flask", "--app", "app", "audit", "verify"]
    told = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    assert (told.returncode, told.stdout, len(told.stderr.splitlines())) == (1, "", 1)
    assert told.stderr.startswith("The portal cannot start: SECRET_KEY is not set; ")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("SECRET_KEY", "short", "SECRET_KEY is shorter"),
        ("INDEX_KEY", "not base64!", "INDEX_KEY is not 32 bytes"),
        ("CHAIN_KEY", key(b"c")[:20], "CHAIN_KEY is not 32 bytes"),
        ("DATA_KEYS", key(b"d"), "NUMBER:KEY"),
        ("DATA_KEYS", f"0:{key(b'd')}", "NUMBER:KEY"),
        ("DATA_KEYS", f"256:{key(b'd')}", "NUMBER:KEY"),
        ("DATA_KEYS", f"1:{key(b'd')},1:{key(b'e')}", "NUMBER:KEY"),
        ("DATA_KEYS", "1:abcd", "DATA_KEYS 1 is not 32 bytes"),
        ("DATA_KEYS", f"1:{PRODUCTION['INDEX_KEY']}", "must all differ"),
        ("CHAIN_KEY", PRODUCTION["INDEX_KEY"], "must all differ"),
        ("MAX_UPLOAD_MB", "ten", "MAX_UPLOAD_MB is 'ten'"),
        ("SESSION_IDLE_MINUTES", "-5", "SESSION_IDLE_MINUTES is '-5'"),
        ("PORTAL_ENV", "prod", "PORTAL_ENV is 'prod'"),
    ],
)
def test_a_wrong_setting_is_named_without_its_secret(name, value, said, tmp_path):
    told = problems({**PRODUCTION, name: value}, tmp_path)
    assert said in told
    assert not any(secret in told for secret in PRODUCTION.values() if len(secret) > 20)


def test_no_two_portals_get_the_same_secrets():
    one, other = config.new_keys(), config.new_keys()
    assert not set(one.values()) & set(other.values())


def test_first_data_key_seals(tmp_path):
    found = settings({**PRODUCTION, "DATA_KEYS": f"2:{key(b'n')}, 1:{key(b'o')}"}, tmp_path)
    assert list(found["DATA_KEYS"].items()) == [(2, b"n" * 32), (1, b"o" * 32)]


@pytest.mark.parametrize("scheme", ["postgres", "postgresql"])
def test_postgres_addresses_use_the_driver_we_have(scheme, tmp_path):
    found = settings({"DATABASE_URL": f"{scheme}://u:p@db/portal"}, tmp_path)
    assert found["SQLALCHEMY_DATABASE_URI"] == "postgresql+psycopg://u:p@db/portal"


def test_limits_are_settings(tmp_path):
    found = settings({"SESSION_IDLE_MINUTES": "30", "SESSION_ABSOLUTE_HOURS": "8", "MAX_UPLOAD_MB": "2"}, tmp_path)
    assert (found["SESSION_IDLE"], found["SESSION_ABSOLUTE"]) == (timedelta(minutes=30), timedelta(hours=8))
    assert found["MAX_CONTENT_LENGTH"] == 2 * 1024 * 1024


@pytest.fixture
def production(monkeypatch, tmp_path):
    """Starts the application as production would."""
    for name, value in PRODUCTION.items():
        monkeypatch.setenv(name, value)
    return lambda **overrides: create_app({"INSTANCE_DIR": tmp_path, **overrides})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SESSION_COOKIE_SECURE", False),
        ("SESSION_COOKIE_HTTPONLY", False),
        ("SESSION_COOKIE_SAMESITE", None),
        ("DEBUG", True),
        ("TESTING", True),
    ],
)
def test_production_refuses_unsafe_settings(production, name, value):
    with pytest.raises(Misconfigured, match=name):
        production(**{name: value})


def test_the_command_for_new_secrets_prints_what_production_takes(tmp_path):
    printed = subprocess.run([sys.executable, "-m", "portal.new_keys"], capture_output=True, text=True, check=True, cwd=ROOT)
    environ = dict(line.split("=", 1) for line in printed.stdout.splitlines())
    assert settings(environ, tmp_path)["PORTAL_ENV"] == "production"


def test_an_address_that_is_none_is_named(tmp_path):
    assert "DATABASE_URL is no address of a database" in problems({"DATABASE_URL": "nonsense"}, tmp_path)
