"""The stories of a large city are told by two processes, where the system can fork; alike, and in the same words, by one.

A lane is half of the stories with ids, numbers and chances of its own, so it does not matter who tells it, or when.
"""

import gc
import multiprocessing
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection, wait
from typing import cast

from portal.demo.loading import Encoded, Prepared

LANES = 2
WORTH_FORKING = 2_000
"""Families from which a second process saves more than it takes to start."""

Part = list[Encoded] | list[Prepared]
Lane = Callable[[], Iterator[Part]]
"""Tells its stories; yields rows batch by batch, and the events in batches at the end."""


class LaneFailed(Exception):
    """A process that told stories ended early; its own words are on the error output."""


def in_turn(lanes: Sequence[Lane]) -> Iterator[Part]:
    for lane in lanes:
        yield from lane()


def at_once(lanes: Sequence[Lane]) -> Iterator[Part]:
    """Each in a process of its own; start to take parts before a database connection is opened here."""
    context = multiprocessing.get_context("fork")
    open_ends: list[Connection] = []
    for lane in lanes:
        here, there = context.Pipe(duplex=False)
        context.Process(target=_tell, args=(lane, there), daemon=True).start()
        there.close()
        open_ends.append(here)
    return _taken(open_ends)


def can_fork() -> bool:
    """A process with other threads must not: a lock that one of them holds would never be released in the child."""
    return "fork" in multiprocessing.get_all_start_methods() and threading.active_count() == 1


@contextmanager
def keeping_garbage() -> Iterator[None]:
    """Nearly all that is made here is kept until the end: looking for what is not takes a tenth of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _tell(lane: Lane, end: Connection) -> None:
    gc.disable()
    for part in lane():
        end.send(part)
    end.send(None)


def _taken(open_ends: list[Connection]) -> Iterator[Part]:
    while open_ends:
        for end in cast(list[Connection], wait(open_ends)):
            try:
                part = end.recv()
            except EOFError as error:
                raise LaneFailed from error
            if part is None:
                open_ends.remove(end)
            else:
                yield part
