"""Ways that many tests begin with are walked once a process; from then on the database is put where they led.

Only from where a template was put back and nothing was committed since, on the real clock; else the way is walked.
"""

from collections.abc import Callable
from typing import Any

import time_machine
from sqlalchemy import Engine, event

from portal.kernel import clock
from portal.kernel.base import has_unsaved, session


class Shortcuts:
    def __init__(self, database: Any, engine: Engine) -> None:
        self.database, self.engine = database, engine
        self.found: dict[str, Any] = {}
        event.listen(engine, "commit", self._leave)

    def reach(self, way: str, walk: Callable[[], Any]) -> Any:
        """What `walk()` gives, such as an id, with the database as `walk` leaves it."""
        place = self.database.place
        if place is None or time_machine.escape_hatch.is_travelling() or has_unsaved(session()):
            return walk()
        there = f"{place}, {way} on {clock.today()}"
        session.rollback()
        if there in self.found:
            self.database.restore(there, self.engine)
        else:
            self.found[there] = walk()
            session.rollback()
            self.database.keep(there, self.engine)
            self.database.place = there
        return self.found[there]

    def _leave(self, _connection: Any) -> None:
        self.database.place = None


_taken: list[Shortcuts] = []


def take(database: Any, engine: Engine) -> None:
    """From now on, in this process."""
    _taken[:] = [Shortcuts(database, engine)]


def reach(way: str, walk: Callable[[], Any]) -> Any:
    """As `Shortcuts.reach`."""
    return _taken[0].reach(way, walk)
