"""What a machine lacks is left out loudly; in CI, which installs it, that is a failure."""

import os
import subprocess
import sys

import pytest

from tests.conftest import LEFT_OUT

PLACE = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "CHROMIUM", "CI"))}


def journeys_without_a_browser(**environment):
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/journeys/test_first_page.py"]
    return subprocess.run(
        command, check=False, env={**PLACE, "PATH": "/nowhere", **environment}, capture_output=True, text=True
    )


@pytest.mark.parametrize(("environment", "status"), [({}, 0), ({"CI": "true"}, 1)])
def test_a_browser_that_is_not_there_fails_ci_and_nobody_else(environment, status):
    ran = journeys_without_a_browser(**environment)
    assert f"{LEFT_OUT}browser journeys" in ran.stdout
    assert ran.returncode == status
