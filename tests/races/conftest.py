import pytest
from flask import Flask
from sqlalchemy import Engine

from tests import beginnings
from tests.races.meeting import ONE_AHEAD, SIDE_BY_SIDE, Meeting


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """SQLite has one writer: who is ahead waits before the first statement either way, so one way of meeting is enough."""
    if "meeting" in metafunc.fixturenames:
        backend = metafunc.config.getoption("--backend")
        ways = [SIDE_BY_SIDE] if backend == "sqlite" else [SIDE_BY_SIDE, ONE_AHEAD]
        metafunc.parametrize("meeting", ways, indirect=True)


@pytest.fixture
def meeting(request: pytest.FixtureRequest, app: Flask, second_engine: Engine) -> Meeting:
    beginnings.tell()
    return Meeting(app, second_engine, request.param)
