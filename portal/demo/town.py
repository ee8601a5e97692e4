"""The town in which the stories happen: its calendar, the pictures people take, and the order in which everything takes
place.

A story is a generator that yields the day on which it goes on; between two days it does what people do, through the gate,
with the clock stopped in that minute. The portal sees one day after the other, as it would have.
"""

import heapq
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import count
from random import Random

from PIL import Image, ImageDraw

from portal.demo.people import WORDS, Cradle, Numbers
from portal.evidence import records
from portal.evidence.records import Accepted
from portal.kernel import clock
from portal.kernel.clock import OFFICE_ZONE
from portal.kernel.people import Account
from portal.kernel.terms import EvidenceKind, Period

FILED_AFTER = 40
"""Days from the beginning of a quarter until its ranks are in the portal; its payments come a week later."""


@dataclass(frozen=True)
class Days:
    """`today` as the demo sees it; the last thing that happened was on a working day before."""

    today: date

    @property
    def last(self) -> date:
        return workday(self.today - timedelta(days=1))

    @property
    def year(self) -> int:
        return self.today.year

    @property
    def beginning(self) -> date:
        """When the first people were given accounts; the families came with the roster of that quarter."""
        return workday(date(self.year - 2, 1, 22))

    @property
    def first_roster(self) -> date:
        return workday(date(self.year - 2, 2, 20))

    def ago(self, days: int) -> date:
        return workday(self.last - timedelta(days=days))

    def quarter(self, back: int = 0) -> Period:
        """The newest quarter whose files are in the portal, or the one so many before it."""
        found = Period.of(self.last - timedelta(days=FILED_AFTER + 8))
        for _ in range(back):
            found = found.previous()
        return found


def filed_on(period: Period, *, days_later: int = 0) -> date:
    """When the ranks of a quarter were brought in."""
    return workday(date(period.year, period.quarter * 3 - 2, 1) + timedelta(days=FILED_AFTER + days_later))


def workday(day: date) -> date:
    """The day itself, or the Friday before a weekend: what was in order stays in order."""
    return day - timedelta(days=max(0, day.weekday() - 4))


def moment(day: date, minutes: int) -> datetime:
    """So many minutes after eight o'clock in Malang."""
    return (datetime.combine(day, time(8), OFFICE_ZONE) + timedelta(minutes=minutes)).astimezone(UTC)


_PHOTOS = (EvidenceKind.VISIT_PHOTO, EvidenceKind.HOUSE_FRONT, EvidenceKind.FIELD_CHECK_PHOTO)


@cache
def drawn() -> Mapping[EvidenceKind, Sequence[Accepted]]:
    """What photos and scans show, as an upload is accepted; drawn once a process."""
    houses = [_picture("#bcd7ea", wall) for wall in ("#cdb89a", "#b9c6a9", "#d9c7c0", "#a9bccb")]
    papers = {EvidenceKind(kind): [_picture("#fbfaf5", "#e8e4d8", title)] for kind, title in WORDS["papers"].items()}
    return {**papers, **dict.fromkeys(_PHOTOS, houses)}


def _picture(ground: str, front: str, title: str = "") -> Accepted:
    """A house under its roof, or a sheet with its title."""
    picture, out = Image.new("RGB", (640, 480), ground), io.BytesIO()
    draw = ImageDraw.Draw(picture)
    draw.rectangle((120, 190, 520, 430), fill=front)
    if title:
        draw.text((120, 120), title, fill="#111", font_size=26)
    else:
        draw.polygon(((90, 195), (320, 80), (550, 195)), fill="#a4502f")
    picture.save(out, "JPEG", quality=80)
    return records.accept(out.getvalue())


Story = Iterator[date]


@dataclass
class Town:
    rng: Random
    days: Days
    people: Mapping[str, Account]
    numbers: Numbers
    _keys: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def cradle(self) -> Cradle:
        return Cradle(self.rng, self.numbers, self.days.today)

    def key(self) -> str:
        """Each sending of a form has another."""
        return f"demo-{next(self._keys)}"

    def staged(self, who: Account, kind: EvidenceKind, many: int = 1) -> tuple[int, ...]:
        """Photos or scans of this kind, uploaded just now."""
        chosen = self.rng.sample(drawn()[kind], many)
        return tuple(records.keep(who, kind, one, key=self.key()).id for one in chosen)


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
