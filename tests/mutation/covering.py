"""Which tests execute which lines of the guards: measured once, by the suite itself with this file as a plugin.

`pytest -p tests.mutation.covering` leaves a part a process in MUTATION_PARTS; `gathered` puts them together.
"""

import json
import os
from collections import defaultdict
from pathlib import Path
from typing import Any, TypedDict

import coverage
import pytest

from tests.mutation.guards import ROOT, guards

PARTS = "MUTATION_PARTS"
START = "start"
"""Stands for what is executed at import and while fixtures of the whole session are made."""
DEMO = "demo"
"""Stands for the demo, which goes through everything, and which no mutant is tried with."""


class Part(TypedDict):
    """What one process saw: tests with their seconds; path -> line -> tests by number, or -1 for START."""

    tests: list[tuple[str, float]]
    lines: dict[str, dict[str, list[int]]]


_recorder = coverage.Coverage(data_file=None, include=[str(ROOT / path) for path, _ in guards()], config_file=False)
_seconds: dict[str, float] = defaultdict(float)

if PARTS in os.environ:
    _recorder.start()
    _recorder.switch_context(START)


def pytest_collection_finish() -> None:
    from tests import shortcuts

    shortcuts.Shortcuts.reach = lambda _self, _way, walk: walk()  # type: ignore[method-assign]  # each test walks itself


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Any:
    _recorder.switch_context(item.nodeid)
    result = yield
    _recorder.switch_context(START)
    return result


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: Any, request: pytest.FixtureRequest) -> Any:
    if fixturedef.scope != "session":
        return (yield)
    _recorder.switch_context(DEMO if fixturedef.argname == "demo_kept" else START)
    try:
        return (yield)
    finally:
        _recorder.switch_context(request.node.nodeid if hasattr(request.node, "runtest") else _current(request))


def _current(_request: pytest.FixtureRequest) -> str:
    """Fixtures of the session do not know who asked first; pytest says it in the environment."""
    return os.environ.get("PYTEST_CURRENT_TEST", START).rpartition(" (")[0] or START


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    _seconds[report.nodeid] += report.duration


def pytest_sessionfinish(session: pytest.Session) -> None:
    if PARTS not in os.environ:
        return
    _recorder.stop()
    data, tests = _recorder.get_data(), list(_seconds)
    number = {name: index for index, name in enumerate(tests)} | {START: -1}
    lines = {
        Path(name).relative_to(ROOT).as_posix(): {
            line: sorted({number[one] for one in contexts if one in number})
            for line, contexts in data.contexts_by_lineno(name).items()
        }
        for name in data.measured_files()
    }
    part = {"tests": [[name, round(_seconds[name], 3)] for name in tests], "lines": lines}
    (Path(os.environ[PARTS]) / f"{os.getpid()}.json").write_text(json.dumps(part))
