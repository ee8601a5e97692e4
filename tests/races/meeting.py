"""Two people at the same moment: each has a thread, an application context and a connection of their own.

`SIDE_BY_SIDE`: both have read all they read before, and begin to write together. `ONE_AHEAD`: the first has written
everything but its commit when the second begins, and commits once the second waits for it, or has finished without.
"""

import threading
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from flask import Flask
from sqlalchemy import Engine, event, text

from portal import checks
from portal.kernel.base import session
from portal.web import db

SIDE_BY_SIDE, ONE_AHEAD = "side by side", "one ahead"
PATIENCE = 20.0
"""Seconds until a meeting counts as stuck."""
_WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"

Deed = Callable[[], Any]


@dataclass
class Ending:
    """What came of one person's deed: `value`, or the `error` that told them no."""

    value: Any = None
    error: BaseException | None = None


class Meeting:
    """Give `of` two deeds that load what they need themselves; what they raise is in their endings."""

    def __init__(self, app: Flask, watcher: Engine, mode: str) -> None:
        self._app, self._watcher, self.mode = app, watcher, mode
        self._people: list[threading.Thread] = []
        self._began: set[threading.Thread] = set()
        self._barrier = threading.Barrier(2)
        self._ahead, self._second_begins = threading.Event(), threading.Event()

    def of(self, *deeds: Deed) -> list[Ending]:
        """Let them meet; afterwards the chain is whole and nothing stands that must not stand."""
        endings = [Ending() for _ in deeds]
        self._people = [threading.Thread(target=self._act, args=pair) for pair in zip(deeds, endings, strict=True)]
        with self._listening():
            for person in self._people:
                person.start()
            for person in self._people:
                person.join(PATIENCE)
        assert not any(person.is_alive() for person in self._people), "they wait for each other"
        session.rollback()
        assert checks.check() == []
        session.rollback()
        return endings

    def _act(self, deed: Deed, ending: Ending) -> None:
        with self._app.app_context():
            try:
                if self.mode == ONE_AHEAD and self._is_second():
                    self._ahead.wait(PATIENCE)
                ending.value = deed()
            except BaseException as error:
                ending.error = error
            finally:
                self._barrier.abort()
                self._ahead.set()
                session.rollback()

    def _is_second(self) -> bool:
        return threading.current_thread() is self._people[1]

    @contextmanager
    def _listening(self):
        engine = db.engine
        event.listen(engine, "set_connection_execution_options", self._begins)
        event.listen(engine, "commit", self._commits)
        try:
            yield
        finally:
            event.remove(engine, "set_connection_execution_options", self._begins)
            event.remove(engine, "commit", self._commits)

    def _begins(self, _connection: Any, options: Any) -> None:
        """Just before `base.begin_write` begins: the first time that each of the two writes."""
        me = threading.current_thread()
        if me not in self._people or me in self._began or not options.get("immediate"):
            return
        self._began.add(me)
        if self.mode == SIDE_BY_SIDE:
            self._wait_for_both()
        if self._is_second():
            self._second_begins.set()

    def _wait_for_both(self) -> None:
        try:
            self._barrier.wait(PATIENCE)
        except threading.BrokenBarrierError:
            return  # the other was refused before writing anything

    def _commits(self, _connection: Any) -> None:
        is_first = threading.current_thread() is self._people[0]
        if self.mode == ONE_AHEAD and is_first and not self._ahead.is_set():
            self.let_the_second_come()

    def let_the_second_come(self) -> None:
        """For the first, in the middle of its transaction: go on once the second waits for it, or has finished."""
        self._ahead.set()
        while self._people[1].is_alive() and not self._second_waits():
            self._people[1].join(0.005)

    def _second_waits(self) -> bool:
        if self._watcher.dialect.name == "sqlite":
            return self._second_begins.is_set()  # there is one writer: whoever else begins, waits
        with self._watcher.connect() as connection:
            return bool(connection.scalar(text(_WAITING)))


def won(endings: list[Ending]) -> Ending:
    """The one that got through, when exactly one did."""
    through = [ending for ending in endings if ending.error is None]
    assert len(through) == 1, [ending.error for ending in endings]
    return through[0]


def lost(endings: list[Ending]) -> BaseException:
    """What the other was told."""
    won(endings)
    return next(ending.error for ending in endings if ending.error is not None)
