"""The town in which the stories happen: made-up people, what they are called, who lives together, with numbers that nobody
has (district 99 of Malang); its calendar, the pictures people take, and the order in which everything takes place.

A story is a generator that yields the day on which it goes on; between two days it does what people do, through the gate,
with the clock stopped in that minute. The portal sees one day after the other, as it would have.
"""

import heapq
import io
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

from PIL import Image, ImageDraw

from portal.evidence import records
from portal.evidence.records import Accepted
from portal.kernel import clock
from portal.kernel.clock import OFFICE_ZONE
from portal.kernel.people import Account
from portal.kernel.terms import EvidenceKind, Period, Relation, SchoolLevel, Sex

DATA = Path(__file__).parent.parent / "data"
WORDS: dict[str, Any] = json.loads((DATA / "demo.json").read_text(encoding="utf-8"))
"""What people and streets are called, and what is said on which occasion; documented there."""
_NAMES = WORDS["names"]


def is_old(age: int) -> bool:
    """Old enough for an old name."""
    return age >= 42


def made_up(rng: Random, sex: Sex, age: int) -> str:
    """As they are met in Malang (domain.md section 4): one word only, Siti and Moh., titles, bin and binti, old spelling."""
    firsts, lasts, chance = _NAMES["old" if is_old(age) else "new"][sex], _NAMES["last"][sex], rng.random()
    first, last = rng.choice(firsts), rng.choice(lasts)
    if chance < (0.5 if is_old(age) else 0.08):
        return str(first)
    if is_old(age) and chance < 0.56:
        return f"{first} {'binti' if sex is Sex.FEMALE else 'bin'} {rng.choice(_NAMES['old'][Sex.MALE])}"
    if is_old(age) and chance < 0.6:
        return f"{'Hj.' if sex is Sex.FEMALE else 'H.'} {first}"
    if chance < 0.75:
        return f"{rng.choice(_NAMES['before'][sex])} {last}"
    return f"{first} {last}"


_CITY, _SERIALS = "357399", 9999
BORN_WITHIN = 28
"""So many days earlier a copy may be born, and has the same age."""
PUPILS = (SchoolLevel.PRIMARY, SchoolLevel.JUNIOR_SECONDARY, SchoolLevel.SENIOR_SECONDARY)


@dataclass
class Resident:
    name: str
    nik: str
    sex: Sex
    birth_date: date
    relation: Relation
    age: int
    occupation: str | None = None

    @property
    def school_level(self) -> SchoolLevel | None:
        if self.age < 7 or self.relation is not Relation.CHILD:
            return None
        steps = ((13, SchoolLevel.PRIMARY), (16, SchoolLevel.JUNIOR_SECONDARY), (20, SchoolLevel.SENIOR_SECONDARY))
        return next((level for limit, level in steps if self.age < limit), SchoolLevel.FINISHED)

    @property
    def addressed(self) -> str:
        """As the office would: `Ibu Siti`."""
        return f"{'Bapak' if self.sex is Sex.MALE else 'Ibu'} {self.name}"


class Numbers:
    """NIK and KK with running serials, so that no two are alike."""

    def __init__(self, first: int = 1) -> None:
        self._used: dict[str, int] = defaultdict(lambda: first - 1)

    def nik(self, born: date, sex: Sex | None) -> str:
        return self._next(f"{_CITY}{born.day + (40 if sex is Sex.FEMALE else 0):02d}{born:%m%y}")

    def kk(self, issued: date) -> str:
        return self._next(f"{_CITY}{issued:%d%m%y}")

    def _next(self, start: str) -> str:
        self._used[start] += 1
        if self._used[start] > _SERIALS:
            raise OverflowError(f"no number is left of {start}")
        return f"{start}{self._used[start]:04d}"


@dataclass(frozen=True)
class Cradle:
    """Makes families; `today` gives people their ages."""

    rng: Random
    numbers: Numbers
    today: date

    def family(self, makeup: str) -> list[Resident]:
        """Members in the order of the card; no two share a word of their names."""
        people: list[Resident] = []
        for age, sex, relation in _makeup(makeup, self.rng):
            taken = {word for person in people for word in person.name.split()}
            name = made_up(self.rng, sex, age)
            while not taken.isdisjoint(name.split()):
                name = made_up(self.rng, sex, age)
            born = self.today - timedelta(days=int(age * 365.25) + self.rng.randrange(30, 330))
            job = self.rng.choice(WORDS["work"][sex]) if 19 <= age < 75 else None
            people.append(Resident(name, self.numbers.nik(born, sex), sex, born, relation, age, job))
        return people


Makeup = list[tuple[int, Sex, Relation]]


def _makeup(kind: str, rng: Random) -> Makeup:
    """Who lives together, with their ages. In a grown-up family nobody is left whom the programme pays: the child is past
    school, the parents are not yet old."""
    age = rng.randrange(64, 80) if kind == "elderly" else rng.randrange(46, 51) if kind == "grown_up" else rng.randrange(38, 51)
    if kind == "elderly":
        return [(age, Sex.FEMALE, Relation.HEAD)]
    alone = {"mother": Sex.FEMALE, "father": Sex.MALE}.get(kind)
    couple = [(age + 4, Sex.MALE, Relation.HEAD), (age, Sex.FEMALE, Relation.SPOUSE)]
    parents = [(age, alone, Relation.HEAD)] if alone else couple
    ages = [24] if kind == "grown_up" else sorted(rng.sample((8, 9, 10, 11, 14, 17), rng.choice((2, 2, 3))), reverse=True)
    children = [(one, rng.choice(tuple(Sex)), Relation.CHILD) for one in ages]
    grandmother = [(rng.randrange(64, 80), Sex.FEMALE, Relation.PARENT)] if kind == "three_generations" else []
    return [*parents, *children, *grandmother]


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
