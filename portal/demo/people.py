"""Made-up people: members of a family with numbers that nobody has (district 99 of Malang)."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from random import Random

from portal.demo import names
from portal.family.rules import components
from portal.kernel.terms import LeavingReason, Relation, SchoolLevel, Sex

_CITY = "357399"


class Makeup(StrEnum):
    """Who lives together."""

    COUPLE = "couple"
    MOTHER = "mother"
    FATHER = "father"
    THREE_GENERATIONS = "three_generations"
    ELDERLY = "elderly"
    GROWN_UP = "grown_up"


@dataclass(slots=True)
class Person:
    """As a member's row; attributes are named alike, so that the rules about members read it too."""

    id: int
    name: str
    sex: Sex
    birth_date: date
    relation: Relation
    is_caretaker: bool = False
    school_level: SchoolLevel | None = None
    pregnant_until: date | None = None
    severe_disability: bool = False
    rights_victim: bool = False
    nik: str | None = None
    occupation: str | None = None
    left_on: date | None = None
    left_because: LeavingReason | None = None
    version: int = 1

    @property
    def addressed(self) -> str:
        """As the office would: `Ibu Siti`."""
        return f"{'Bapak' if self.sex is Sex.MALE else 'Ibu'} {self.name}"

    @property
    def spouse(self) -> str:
        return "istri" if self.sex is Sex.MALE else "suami"

    def age(self, day: date) -> int:
        born = self.birth_date
        return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


class Numbers:
    """NIK and KK with running serials, so that no two are alike."""

    def __init__(self, first: int = 1, step: int = 1) -> None:
        self._next: dict[str, int] = defaultdict(lambda: first)
        self._step = step

    def nik(self, born: date, sex: Sex) -> str:
        return self._numbered(f"{_CITY}{born.day + (40 if sex is Sex.FEMALE else 0):02d}{born:%m%y}")

    def kk(self, issued: date) -> str:
        return self._numbered(f"{_CITY}{issued:%d%m%y}")

    def _numbered(self, start: str) -> str:
        serial = self._next[start]
        self._next[start] += self._step
        return f"{start}{serial:04d}"


class Cradle:
    """Makes people; `next_id` numbers them, `today` gives them their ages."""

    def __init__(self, rng: Random, numbers: Numbers, next_id: Callable[[], int], today: date) -> None:
        self.rng, self.numbers, self.next_id, self.today = rng, numbers, next_id, today

    def person(self, age: int, sex: Sex, relation: Relation) -> Person:
        born = self.today - timedelta(days=int(age * 365.25) + self.rng.randrange(1, 360))
        name = names.made_up(self.rng, sex, age)
        known = self.rng.random() > 0.015
        return Person(
            self.next_id(), name, sex, born, relation, school_level=self._school(age) if age < 22 else None,
            nik=self.numbers.nik(born, sex) if known else None, occupation=self._occupation(age, sex),
        )  # fmt: skip

    def _school(self, age: int) -> SchoolLevel | None:
        if age < 7:
            return None
        if age <= 12:
            return SchoolLevel.PRIMARY
        if age <= 15:
            return SchoolLevel.JUNIOR_SECONDARY if self.rng.random() < 0.97 else SchoolLevel.NOT_IN_SCHOOL
        if age <= 18:
            return SchoolLevel.SENIOR_SECONDARY if self.rng.random() < 0.9 else SchoolLevel.NOT_IN_SCHOOL
        return SchoolLevel.FINISHED if self.rng.random() < 0.9 else SchoolLevel.NOT_IN_SCHOOL

    def _occupation(self, age: int, sex: Sex) -> str | None:
        if age < 18:
            return None
        jobs = _HERS if sex is Sex.FEMALE else _HIS
        return self.rng.choice(jobs) if self.rng.random() < 0.8 else None

    def family(self, makeup: Makeup) -> list[Person]:
        """Members in the order of the card, the caretaker marked: the mother where there is one."""
        people = _MAKERS[makeup](self)
        women = [one for one in people if one.sex is Sex.FEMALE and one.relation in (Relation.HEAD, Relation.SPOUSE)]
        caretaker = women[0] if women and self.rng.random() < 0.95 else people[0]
        caretaker.is_caretaker = True
        caretaker.nik = caretaker.nik or self.numbers.nik(caretaker.birth_date, caretaker.sex)
        return people

    def parents(self, mother_age: int) -> list[Person]:
        father = self.person(mother_age + self.rng.randrange(0, 8), Sex.MALE, Relation.HEAD)
        return [father, self.person(mother_age, Sex.FEMALE, Relation.SPOUSE)]

    def children(self, mother_age: int, oldest_at_most: int = 21) -> list[Person]:
        """One to three, the first of them young enough to go to school."""
        oldest = min(mother_age - 19, oldest_at_most)
        age = self.rng.randrange(max(1, min(4, oldest)), max(2, min(18, oldest) + 1))
        ages = [age]
        while len(ages) < 3 and self.rng.random() < 0.55 and ages[-1] > 2:
            ages.append(max(0, ages[-1] - self.rng.randrange(2, 7)))
        return [self.person(one, self.rng.choice(tuple(Sex)), Relation.CHILD) for one in ages]

    def couple(self) -> list[Person]:
        mother = self.rng.randrange(25, 52)
        return [*self.parents(mother), *self.children(mother)]

    def mother(self) -> list[Person]:
        age = self.rng.randrange(26, 54)
        return [self.person(age, Sex.FEMALE, Relation.HEAD), *self.children(age)]

    def father(self) -> list[Person]:
        age = self.rng.randrange(32, 56)
        return [self.person(age, Sex.MALE, Relation.HEAD), *self.children(age)]

    def three_generations(self) -> list[Person]:
        mother = self.rng.randrange(28, 48)
        elder = self.person(mother + self.rng.randrange(20, 32), Sex.FEMALE, Relation.PARENT)
        return [*self.parents(mother), *self.children(mother), elder]

    def elderly(self) -> list[Person]:
        age = self.rng.randrange(62, 84)
        wife = self.person(age, Sex.FEMALE, Relation.HEAD)
        if self.rng.random() < 0.5:
            return [wife]
        wife.relation = Relation.SPOUSE
        return [self.person(age + self.rng.randrange(0, 6), Sex.MALE, Relation.HEAD), wife]

    def grown_up(self) -> list[Person]:
        """Nobody is left whom the programme pays: children past school, parents not yet old."""
        mother = self.rng.randrange(46, 57)
        child = self.person(self.rng.randrange(22, 26), self.rng.choice(tuple(Sex)), Relation.CHILD)
        child.school_level = SchoolLevel.FINISHED
        wife = self.person(mother, Sex.FEMALE, Relation.SPOUSE)
        return [self.person(mother + self.rng.randrange(0, 3), Sex.MALE, Relation.HEAD), wife, child]


_HIS = ("buruh bangunan", "tukang parkir", "pengemudi ojek", "pedagang keliling", "kuli pasar", "tukang becak", "satpam",
        "buruh pabrik rokok", "tukang las", "pemulung", "penjual bakso", "sopir angkot")  # fmt: skip
_HERS = ("ibu rumah tangga", "buruh cuci", "penjual gorengan", "pedagang pasar", "penjahit", "asisten rumah tangga",
         "penjual nasi", "buruh pabrik rokok", "penjaga toko", "pedagang sayur")  # fmt: skip

_MAKERS: dict[Makeup, Callable[[Cradle], list[Person]]] = {
    Makeup.COUPLE: Cradle.couple,
    Makeup.MOTHER: Cradle.mother,
    Makeup.FATHER: Cradle.father,
    Makeup.THREE_GENERATIONS: Cradle.three_generations,
    Makeup.ELDERLY: Cradle.elderly,
    Makeup.GROWN_UP: Cradle.grown_up,
}


def held(people: Iterable[Person], day: date, elderly_age: int) -> tuple[components.Entitlement, ...]:
    """The PKH components of these people on a day."""
    asked = [
        components.Person(
            birth_date=one.birth_date, sex=one.sex, school_level=one.school_level, pregnant_until=one.pregnant_until,
            severe_disability=one.severe_disability, rights_victim=one.rights_victim, left_on=one.left_on, key=one.id,
        )
        for one in people
    ]  # fmt: skip
    return components.entitlements(asked, day, elderly_age=elderly_age)
