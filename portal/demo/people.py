"""Made-up people: who lives together, with numbers that nobody has (district 99 of Malang)."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from portal.demo import names
from portal.kernel.terms import Relation, SchoolLevel, Sex

_CITY, _SERIALS = "357399", 9999
_HIS = ("buruh bangunan", "tukang parkir", "pengemudi ojek", "pedagang keliling", "kuli pasar", "satpam", "tukang las",
        "penjual bakso", "sopir angkot")  # fmt: skip
_HERS = ("ibu rumah tangga", "buruh cuci", "penjual gorengan", "pedagang pasar", "penjahit", "penjual nasi", "penjaga toko")
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

    def nik(self, born: date, sex: Sex | None) -> tuple[str, date]:
        """With the birth date it was made for: the day before, where 9,999 people were born on that day already."""
        while True:
            start = f"{_CITY}{born.day + (40 if sex is Sex.FEMALE else 0):02d}{born:%m%y}"
            if self._used[start] < _SERIALS:
                return self._next(start), born
            born -= timedelta(days=1)

    def kk(self, issued: date) -> str:
        while self._used[start := f"{_CITY}{issued:%d%m%y}"] >= _SERIALS:
            issued -= timedelta(days=1)
        return self._next(start)

    def _next(self, start: str) -> str:
        self._used[start] += 1
        return f"{start}{self._used[start]:04d}"


class Cradle:
    """Makes families; `today` gives people their ages."""

    def __init__(self, rng: Random, numbers: Numbers, today: date) -> None:
        self.rng, self.numbers, self.today = rng, numbers, today

    def family(self, makeup: str) -> list[Resident]:
        """Members in the order of the card; the caretaker is the first woman who is head or spouse, else the head."""
        people: list[Resident] = []
        for age, sex, relation in _MAKEUPS[makeup](self.rng):
            taken = {word for person in people for word in person.name.split()}
            people.append(self._person(age, sex, relation, taken))
        return people

    def _person(self, age: int, sex: Sex, relation: Relation, taken: set[str]) -> Resident:
        name = names.made_up(self.rng, sex, age)
        while not taken.isdisjoint(name.split()):
            name = names.made_up(self.rng, sex, age)
        nik, born = self.numbers.nik(self.today - timedelta(days=int(age * 365.25) + self.rng.randrange(30, 330)), sex)
        job = self.rng.choice(_HERS if sex is Sex.FEMALE else _HIS) if 19 <= age < 75 else None
        return Resident(name, nik, sex, born, relation, age, job)


def caretaker(people: list[Resident]) -> Resident:
    elders = [one for one in people if one.relation in (Relation.HEAD, Relation.SPOUSE)]
    return next((one for one in elders if one.sex is Sex.FEMALE), people[0])


Makeup = Iterator[tuple[int, Sex, Relation]]


def _parents(mother: int) -> Makeup:
    yield mother + 4, Sex.MALE, Relation.HEAD
    yield mother, Sex.FEMALE, Relation.SPOUSE


def _children(rng: Random) -> Makeup:
    """Two or three who go to school."""
    for age in sorted(rng.sample((8, 9, 10, 11, 14, 17), rng.choice((2, 2, 3))), reverse=True):
        yield age, rng.choice(tuple(Sex)), Relation.CHILD


def _couple(rng: Random) -> Makeup:
    yield from _parents(rng.randrange(38, 51))
    yield from _children(rng)


def _mother(rng: Random) -> Makeup:
    yield rng.randrange(38, 54), Sex.FEMALE, Relation.HEAD
    yield from _children(rng)


def _father(rng: Random) -> Makeup:
    yield rng.randrange(40, 56), Sex.MALE, Relation.HEAD
    yield from _children(rng)


def _three_generations(rng: Random) -> Makeup:
    yield from _couple(rng)
    yield rng.randrange(64, 80), Sex.FEMALE, Relation.PARENT


def _elderly(rng: Random) -> Makeup:
    yield rng.randrange(64, 84), Sex.FEMALE, Relation.HEAD


def _grown_up(rng: Random) -> Makeup:
    """Nobody is left whom the programme pays: the child is past school, the parents are not yet old."""
    yield from _parents(rng.randrange(46, 54))
    yield rng.randrange(23, 26), rng.choice(tuple(Sex)), Relation.CHILD


_MAKEUPS = {
    "couple": _couple, "mother": _mother, "father": _father, "three_generations": _three_generations, "elderly": _elderly,
    "grown_up": _grown_up,
}  # fmt: skip
