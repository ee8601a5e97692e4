"""Made-up people: what they are called, who lives together, with numbers that nobody has (district 99 of Malang)."""

import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

from portal.kernel.terms import Relation, SchoolLevel, Sex

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
