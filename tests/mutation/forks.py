"""A fork in which a mutant is tried: it tells which test runs, and how it ended, even where it hangs or dies."""

import mmap
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from tests.mutation.jobs import Answer, answer_in, line_of

TEST_SECONDS = 40
"""Of the processor, not of the clock: a test that takes so long hangs, and one on a busy machine does not."""
LONGEST = 900.0
"""By the clock, for what waits instead of working."""
LONGEST_WHY = 300
PAGE = 4096


@dataclass(eq=False)
class Watch:
    """A plugin: knows the test that runs, and why the first that failed did."""

    running: str = ""
    started: int = 0
    failed: str = ""
    why: str = ""
    told: Callable[[str], None] = field(default=lambda _: None)

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """No test that needs the demo: every fork would make it again."""
        items[:] = [item for item in items if "demo_kept" not in getattr(item, "fixturenames", ())]

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self.running, self.started = nodeid, self.started + 1
        self.told(nodeid)
        signal.setitimer(signal.ITIMER_PROF, TEST_SECONDS)

    def pytest_runtest_logfinish(self) -> None:
        signal.setitimer(signal.ITIMER_PROF, 0)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self._note(report.nodeid, report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self._note("", report)

    def _note(self, test: str, report: pytest.TestReport | pytest.CollectReport) -> None:
        if not self.why:
            crash = getattr(report.longrepr, "reprcrash", None)
            said = crash.message if crash else str(report.longrepr)[-LONGEST_WHY:]
            self.failed, self.why = test, " ".join(said.split())[:LONGEST_WHY]

    def killed(self) -> Answer:
        return Answer("killed", self.failed, self.why, is_first=self.started <= 1)


def tried(act: Callable[[Watch], Answer]) -> Answer:
    """What `act` answers in a fork. One that raises is `broken`: it says nothing about any test."""
    with mmap.mmap(-1, 2 * PAGE) as shared:
        started, child = time.monotonic(), os.fork()
        if not child:
            _act_and_leave(act, shared)
        status = _ended(child, started + LONGEST)
        seconds = round(time.monotonic() - started, 2)
        running, said = _read(shared, 0), _read(shared, PAGE)
    if said:
        return replace(answer_in(said), seconds=seconds)
    hangs = os.WIFSIGNALED(status) and os.WTERMSIG(status) in (signal.SIGPROF, signal.SIGKILL)
    return Answer("timeout" if hangs else "died", running, f"status {status}", seconds=seconds)


def _ended(child: int, until: float) -> int:
    ended, status = 0, 0
    while not ended and time.monotonic() < until:
        ended, status = os.waitpid(child, os.WNOHANG)
        time.sleep(0 if ended else 0.003)
    if not ended:
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
    return status


def _act_and_leave(act: Callable[[Watch], Answer], shared: mmap.mmap) -> None:
    """Leaves the name of the test that runs, then the answer."""
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    silence = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(silence, descriptor)
    watch = Watch(told=lambda name: _write(shared, 0, name))
    try:
        answer = act(watch)
    except BaseException as error:
        answer = Answer("broken", watch.running, f"{type(error).__name__}: {error}"[:LONGEST_WHY])
    _write(shared, PAGE, line_of(answer))
    os._exit(0)


def _write(shared: mmap.mmap, at: int, text: str) -> None:
    shared[at : at + PAGE] = text.encode()[:PAGE].ljust(PAGE, b"\0")


def _read(shared: mmap.mmap, at: int) -> str:
    return shared[at : at + PAGE].rstrip(b"\0").decode(errors="replace")
