"""A process that tries mutants one after another, each in a fork of its own: nothing is ever written to a source.

Warm: the suite is collected and the application stands; the mutated function's code is put in place of the living one's.
Cold: nothing of the portal is imported yet; the mutated module is what the import finds. For what runs at import.
`python -m tests.mutation.worker warm FROM TO` reads jobs (JSON, a line each) from descriptor FROM and answers to TO.
"""

import ast
import functools
import gc
import importlib
import importlib.abc
import importlib.machinery
import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

import pytest

from tests.mutation.guards import ROOT
from tests.mutation.operators import mutated

LIBRARIES = (
    "flask_wtf", "flask_login", "flask_babel", "flask_migrate", "flask_compress", "sqlalchemy.orm", "openpyxl", "PIL.Image",
    "wtforms", "cryptography.fernet", "argon2", "rapidfuzz", "whitenoise", "time_machine", "xdist", "alembic", "psycopg",
)  # fmt: skip
"""Imported once by the cold worker, so that its forks need not."""
SLOWEST = 10
"""A test may take this much longer than it took when it was measured, and some seconds more."""


UNCHANGED = -1
"""The number of a job that changes nothing: does the test pass here at all?"""


def tree_of(job: dict[str, Any]) -> ast.Module:
    return mutated((ROOT / job["path"]).read_text(encoding="utf-8"), job["number"], job["variant"])


# --- a fork a mutant -----------------------------------------------------------------------------------------------


def tried(act: Callable[[Callable[[str], None]], str], limit: float) -> dict[str, Any]:
    """`act` in a fork: what it answers. One that dies or hangs counts as noticed: `timeout` or `died`."""
    reading, writing = os.pipe()
    started, child = time.monotonic(), os.fork()
    if not child:
        _act_and_leave(act, writing)
    os.close(writing)
    ended = 0
    while not ended and time.monotonic() - started < limit:
        ended, status = os.waitpid(child, os.WNOHANG)
        time.sleep(0 if ended else 0.005)
    if not ended:
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
    with os.fdopen(reading) as pipe:
        said = pipe.read().split("\n")
    alarm = os.WIFSIGNALED(status) and os.WTERMSIG(status) in (signal.SIGALRM, signal.SIGKILL)
    outcome = said[-1] or ("timeout" if alarm else "died")
    return {"outcome": outcome, "by": said[0] if outcome != "survived" else "", "seconds": round(time.monotonic() - started, 2)}


def _act_and_leave(act: Callable[[Callable[[str], None]], str], writing: int) -> None:
    """The name of each test before it starts, only the last of which is kept; then the outcome on a line of its own."""
    silence = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(silence, descriptor)
    running: list[str] = [""]

    def now(test: str) -> None:
        running[0] = test

    def stopped(*_: Any) -> None:
        os.write(writing, f"{running[0]}\n".encode())
        os.kill(os.getpid(), signal.SIGKILL)

    signal.signal(signal.SIGALRM, stopped)
    try:
        outcome = act(now)
    except BaseException as error:
        outcome, running[0] = "killed", f"{running[0]} {type(error).__name__}"
    os.write(writing, f"{running[0]}\n{outcome}".encode())
    os._exit(0)


# --- warm ----------------------------------------------------------------------------------------------------------


class Warm:
    """A plugin: pytest collects as always, but instead of running what it found, it waits for mutants."""

    def __init__(self, jobs: Any, answers: Any) -> None:
        self.jobs, self.answers = jobs, answers

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_finish(self) -> None:
        self.functions, self.caches = list(_functions()), _caches()  # before the garbage collector is told to forget them

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self.items = {item.nodeid: item for item in session.items}
        self.by_file: dict[str, list[str]] = {}
        for name in self.items:
            self.by_file.setdefault(name.split("::")[0], []).append(name)
        self._stand(session)
        print(json.dumps({"tests": len(self.items)}), file=self.answers, flush=True)
        for line in self.jobs:
            job = json.loads(line)
            print(json.dumps(tried(functools.partial(self._try, session, job), job["limit"])), file=self.answers, flush=True)
        return True

    def _stand(self, session: pytest.Session) -> None:
        """One test runs, so that the application stands; connections stay with who opened them."""
        first = next(item for item in session.items if "people" in getattr(item, "fixturenames", ()))
        after = next(item for item in session.items if item.path.parent != first.path.parent)
        first.config.hook.pytest_runtest_protocol(item=first, nextitem=after)
        from portal.web import db

        with _application().app_context():
            db.engine.dispose()
        self.caches += _caches()

    def _try(self, session: pytest.Session, job: dict[str, Any], now: Callable[[str], None]) -> str:
        if job["number"] != UNCHANGED and not self._put_in(job):
            return "unplaced"
        names = [name for one in job["tests"] for name in self.by_file.get(one, [one]) if name in self.items]
        names = sorted(
            dict.fromkeys(names).keys() - set(job["left_out"]), key=lambda one: (self._needs_demo(one), names.index(one))
        )
        session.testsfailed = 0
        for at, name in enumerate(names):
            now(name)
            signal.alarm(int(10 + SLOWEST * job["took"].get(name, 2)))
            following = self.items[names[at + 1]] if at + 1 < len(names) else None
            session.config.hook.pytest_runtest_protocol(item=self.items[name], nextitem=following)
            signal.alarm(0)
            if session.testsfailed:
                return "killed"
        return "survived" if names else "untested"

    def _needs_demo(self, name: str) -> bool:
        """Every fork would make it again."""
        return "demo_kept" in self.items[name].fixturenames  # type: ignore[attr-defined]

    def _put_in(self, job: dict[str, Any]) -> bool:
        """The living functions get the code that the mutated source gives them; what was remembered is forgotten."""
        path = str(ROOT / job["path"])
        new = {_place(code): code for code in _codes(compile(tree_of(job), path, "exec"))}
        old = {_place(code): code for code in _codes(compile((ROOT / job["path"]).read_text(), path, "exec"))}
        changed = {place for place, code in new.items() if place in old and code != old[place]}
        living = [one for one in self.functions if one.__code__.co_filename == path and _place(one.__code__) in changed]
        for one in living:
            one.__code__ = new[_place(one.__code__)]
        for cache in self.caches:
            cache.cache_clear()
        return bool(living)


def _functions() -> Iterator[FunctionType]:
    return (
        one
        for one in gc.get_objects()
        if isinstance(one, FunctionType) and one.__code__.co_filename.startswith(str(ROOT / "portal"))
    )


def _caches() -> list[Any]:
    return [one for one in gc.get_objects() if isinstance(one, functools._lru_cache_wrapper)]


def _place(code: CodeType) -> tuple[str, int]:
    return code.co_qualname, code.co_firstlineno


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _codes(inner)


def _application() -> Any:
    from flask import Flask

    return next(one for one in gc.get_objects() if isinstance(one, Flask) and one.config.get("TESTING"))


# --- cold ----------------------------------------------------------------------------------------------------------


class MutatedModule(importlib.machinery.SourceFileLoader):
    tree: ast.Module

    def get_code(self, fullname: str) -> CodeType:
        return compile(self.tree, self.path, "exec")


class Finder(importlib.abc.MetaPathFinder):
    """Finds one module, mutated."""

    def __init__(self, name: str, path: str, tree: ast.Module) -> None:
        self.name, self.loader = name, MutatedModule(name, path)
        self.loader.tree = tree

    def find_spec(self, fullname: str, _path: Any, _target: ModuleType | None = None) -> Any:
        if fullname != self.name:
            return None
        return importlib.machinery.ModuleSpec(fullname, self.loader, origin=self.loader.path, is_package=False)


class Cold:
    """A plugin: stops at the first failure, as told; and names the test that runs."""

    def __init__(self, now: Callable[[str], None]) -> None:
        self.now = now

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self.now(nodeid)


def cold(jobs: Any, answers: Any, scratch: Path) -> None:
    for name in LIBRARIES:
        importlib.import_module(name)
    print(json.dumps({"tests": 0}), file=answers, flush=True)
    for line in jobs:
        job = json.loads(line)

        def act(now: Callable[[str], None], job: dict[str, Any] = job) -> str:
            name = job["path"].removesuffix(".py").replace("/", ".")
            if job["number"] != UNCHANGED:
                sys.meta_path.insert(0, Finder(name, str(ROOT / job["path"]), tree_of(job)))
            code = pytest.main(
                [*job["tests"], *options(scratch), "-x", *(f"--deselect={name}" for name in job["left_out"])],
                plugins=[Cold(now)],
            )
            return "survived" if code == 0 else "killed"

        print(json.dumps(tried(act, job["limit"])), file=answers, flush=True)
        shutil.rmtree(scratch, ignore_errors=True)


def options(scratch: Path) -> list[str]:
    return ["-q", "-m", "not journey", "-p", "no:cacheprovider", f"--basetemp={scratch}"]


def main(kind: str, coming: int, going: int) -> None:
    jobs, answers = os.fdopen(coming), os.fdopen(going, "w")
    scratch = ROOT / f"scratch-{os.getpid()}"
    if kind == "cold":
        cold(jobs, answers, scratch)
    else:
        pytest.main(["tests", *options(scratch)], plugins=[Warm(jobs, answers)])


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
