"""The town in which the stories happen: its people, its calendar, and the order in which everything takes place.

A story is a generator that yields the day on which it goes on; between two days it does what people do, through the gate,
with the clock stopped in that minute. The portal sees one day after the other, as it would have.
"""

import heapq
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import count
from random import Random

from portal.demo import pictures
from portal.demo.days import Days, moment
from portal.demo.people import Cradle, Numbers
from portal.evidence.records import files
from portal.kernel import clock
from portal.kernel.people import Account
from portal.kernel.terms import EvidenceKind

Story = Iterator[date]


@dataclass
class Town:
    rng: Random
    days: Days
    people: Mapping[str, Account]
    numbers: Numbers
    is_large: bool
    """Large enough to be told at length; a small one, as tests make it, has fewer words about each family."""
    _keys: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def cradle(self) -> Cradle:
        return Cradle(self.rng, self.numbers, self.days.today)

    def key(self) -> str:
        """Each sending of a form has another."""
        return f"demo-{next(self._keys)}"

    def staged(self, who: Account, kind: EvidenceKind, many: int = 1) -> tuple[int, ...]:
        """Photos or scans of this kind, uploaded just now."""
        chosen = self.rng.sample(pictures.drawn()[kind], many)
        return tuple(files.keep(who, kind, one, key=self.key()).id for one in chosen)


def happen(stories: Iterable[Story], last: date) -> None:
    """Everything up to the last day, one minute after the other; what would come later has not happened."""
    turns = count()
    waiting: list[tuple[date, int, Story]] = []
    for story in stories:
        _wait(waiting, story, next(turns))
    today, minutes = date.min, 0
    while waiting and waiting[0][0] <= last:
        day, _, story = heapq.heappop(waiting)
        today, minutes = day, minutes + 1 if day == today else 0
        with clock.stopped_at(moment(day, minutes)):
            _wait(waiting, story, next(turns))


def _wait(waiting: list[tuple[date, int, Story]], story: Story, turn: int) -> None:
    day = next(story, None)
    if day is not None:
        heapq.heappush(waiting, (day, turn, story))
