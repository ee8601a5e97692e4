"""What a machine lacks is left out loudly; in CI, which installs it, that is a failure."""

import os
import subprocess
import sys
from types import SimpleNamespace

import pytest

from tests.conftest import LEFT_OUT, pytest_sessionfinish

PLACE = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "CHROMIUM", "CI"))}


def test_a_browser_that_is_not_there_fails_ci_loudly():
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/journeys/test_first_page.py"]
    environ = {**PLACE, "PATH": "/nowhere", "CI": "true"}
    ran = subprocess.run(command, check=False, env=environ, capture_output=True, text=True)
    assert f"{LEFT_OUT}browser journeys" in ran.stdout
    assert ran.returncode == pytest.ExitCode.TESTS_FAILED


@pytest.mark.parametrize(
    ("ci", "reason", "status"),
    [
        ("", f"{LEFT_OUT}browser journeys", pytest.ExitCode.OK),
        ("true", f"{LEFT_OUT}browser journeys", pytest.ExitCode.TESTS_FAILED),
        ("true", "plans are SQLite's", pytest.ExitCode.OK),
    ],
)
def test_only_ci_fails_and_only_for_what_was_left_out(monkeypatch, ci, reason, status):
    monkeypatch.setenv("CI", ci)
    report = SimpleNamespace(longrepr=("conftest.py", 1, f"Skipped: {reason}"))
    reporter = SimpleNamespace(stats={"skipped": [report]})
    plugins = SimpleNamespace(get_plugin=lambda _name: reporter)
    ended = SimpleNamespace(config=SimpleNamespace(pluginmanager=plugins), exitstatus=pytest.ExitCode.OK)
    pytest_sessionfinish(ended)
    assert ended.exitstatus == status
