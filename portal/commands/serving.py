"""The server's loop: it serves until it is told to stop, lets what it has begun end, and takes nothing new meanwhile."""

import signal
import time
from types import FrameType
from typing import Any

from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.server import BaseWSGIServer
from waitress.task import ThreadedTaskDispatcher

GRACE = 20.0
"""Seconds in which requests may end after a stop; browsers with htmx wait no longer for an answer."""
LOOK_AGAIN = 0.05
SIGNALS = (signal.SIGTERM, signal.SIGINT)

Sockets = dict[int, Any]
"""What waitress listens to: servers, the channels of visitors, triggers."""


class Stop:
    """Counts how often the process was told to stop; the second time it is urgent."""

    times = 0

    def __call__(self, _signal: int, _frame: FrameType | None) -> None:
        self.times += 1


def run(sockets: Sockets, dispatcher: ThreadedTaskDispatcher) -> None:
    """Serve until SIGTERM or SIGINT. A signal sets a mark and no more: raised in the middle of an answer it would break it."""
    stop = Stop()
    for number in SIGNALS:
        signal.signal(number, stop)
    while not stop.times:
        wasyncore.loop(timeout=1, map=sockets, count=1)
    for server in [one for one in sockets.values() if isinstance(one, BaseWSGIServer)]:
        wasyncore.dispatcher.close(server)  # its own `close` would take the trigger, by which threads wake this loop
    _let_end(sockets, stop)
    dispatcher.shutdown(timeout=1)


def _let_end(sockets: Sockets, stop: Stop) -> None:
    until = time.monotonic() + GRACE
    while stop.times < 2 and time.monotonic() < until:
        channels = [one for one in sockets.values() if isinstance(one, HTTPChannel)]
        if not channels:
            return
        for channel in channels:
            if not _is_busy(channel):
                channel.will_close = True
        wasyncore.loop(timeout=LOOK_AGAIN, map=sockets, count=1)


def _is_busy(channel: HTTPChannel) -> bool:
    """Whether a request is arriving, waiting, being worked on or being answered."""
    return bool(channel.request or channel.requests or channel.total_outbufs_len)
