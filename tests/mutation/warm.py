"""Tries mutants in forks of a process in which the suite is collected and the application stands."""

import functools
import gc
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType, FunctionType
from typing import Protocol, cast

import pytest
from flask import Flask

from tests.mutation.forks import Watch, tried
from tests.mutation.guards import ROOT
from tests.mutation.jobs import UNCHANGED, Answer, Job
from tests.mutation.operators import mutated

OURS = (f"{ROOT}/portal/", f"{ROOT}/tests/")


class Cache(Protocol):
    """What `functools.cache` makes of a function."""

    __wrapped__: Callable[..., object]

    def cache_clear(self) -> None: ...


class Warm:
    """A plugin: pytest collects as always, but instead of running what it found, it waits for jobs."""

    def __init__(self, work: Callable[[Callable[[Job], Answer]], None]) -> None:
        self.work = work

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        Watch().pytest_collection_modifyitems(items)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_finish(self) -> None:
        """Before the garbage collector is told to forget them."""
        self.functions: dict[CodeType, list[FunctionType]] = {}
        for one in _functions():
            self.functions.setdefault(one.__code__, []).append(one)
        self.caches = _caches()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self.session = session
        self.items = {item.nodeid: item for item in session.items}
        self.by_file: dict[str, list[str]] = {}
        for name in self.items:
            self.by_file.setdefault(name.split("::")[0], []).append(name)
        self._stand()
        self.work(self.answer)
        return True

    def answer(self, job: Job) -> Answer:
        for left in self.database.parent.glob(f"{self.database.name}*"):
            left.unlink()  # where a fork was killed while it wrote
        return tried(lambda watch: self._try(job, watch))

    def _stand(self) -> None:
        """One test runs, so that the application stands; connections stay with who opened them."""
        first = next(item for item in self.items.values() if "people" in getattr(item, "fixturenames", ()))
        self._run(first)
        from portal.web import db

        application = next(one for one in gc.get_objects() if isinstance(one, Flask) and one.config.get("TESTING"))
        with application.app_context():
            db.engine.dispose()
            self.database = Path(db.engine.url.database or "")
        self.caches += _caches()

    def _run(self, item: pytest.Item) -> None:
        """Told that a test of another folder comes next, pytest ends what the test began, and keeps what is the session's."""
        other = next(one for one in self.items.values() if one.path.parent != item.path.parent)
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=other)

    def _try(self, job: Job, watch: Watch) -> Answer:
        if job.number != UNCHANGED and not self._put_in(job):
            return Answer("unplaced")
        for cache in self.caches:
            cache.cache_clear()
        self.session.config.pluginmanager.register(watch)
        self.session.testsfailed = 0
        named = [name for one in job.tests for name in self.by_file.get(one, [one]) if name in self.items]
        names = [name for name in dict.fromkeys(named) if name not in job.left_out]
        for name in names:
            self._run(self.items[name])
            if self.session.testsfailed:
                return watch.killed()
        return Answer("survived" if names else "untested")

    def _put_in(self, job: Job) -> bool:
        """The living functions get the code that the mutated source gives them; False where none can take it."""
        source, path = (ROOT / job.path).read_text(encoding="utf-8"), str(ROOT / job.path)
        changed = {_place(code): code for code in _codes(compile(mutated(source, job.number, job.variant), path, "exec"))}
        pairs = [
            (one, changed[_place(code)])
            for code in _codes(compile(source, path, "exec"))
            for one in self.functions.get(code, [])
            if one.__code__.co_filename == path and changed.get(_place(code), code) != code
        ]
        if any(one.__code__.co_freevars != code.co_freevars for one, code in pairs):
            return False
        for one, code in pairs:
            one.__code__ = code
        return bool(pairs)


def _functions() -> Iterator[FunctionType]:
    return (one for one in gc.get_objects() if isinstance(one, FunctionType) and one.__code__.co_filename.startswith(OURS[0]))


def _caches() -> list[Cache]:
    """Of functions of ours: what they remember may be what the mutated ones answered before."""
    found = [cast(Cache, one) for one in gc.get_objects() if isinstance(one, functools._lru_cache_wrapper)]
    return [one for one in found if _file_of(one.__wrapped__).startswith(OURS)]


def _file_of(function: Callable[..., object]) -> str:
    return function.__code__.co_filename if isinstance(function, FunctionType) else ""


def _place(code: CodeType) -> tuple[str, int]:
    return code.co_qualname, code.co_firstlineno


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _codes(inner)
