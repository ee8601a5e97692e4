"""Made-up people: what they are called, who lives together, with numbers that nobody has (district 99 of Malang)."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from portal.kernel.terms import Relation, SchoolLevel, Sex


def _listed(words: str) -> list[str]:
    return words.split()


_OLD = {
    Sex.FEMALE: _listed(
        """Suliyah Misnati Ngatemi Tukiyem Kasiani Sumiati Juwariyah Mujiati Painem Wakinah Satumi Suparmi Boinem Sutini
        Munawaroh Halimah Maimunah Khotijah Sulastri Legiyem Poniti Saropah Hosniyah Marwiyah Djuminten Soelastri Moedjiati"""
    ),
    Sex.MALE: _listed(
        """Ponijan Slamet Sutrisno Paijo Wagiman Tukiman Suparno Kasiadi Ngatmin Samsuri Legimin Misdi Senari Buari Jumain
        Sanusi Mistar Wakidi Sarwono Djoemadi Soekarno Tjipto Soeparman Misnadi Matrawi Buhari Sahrawi Asmuni Kasdi"""
    ),
}
_NEW = {
    Sex.FEMALE: _listed(
        """Dewi Rina Eka Yuni Lilik Anik Ninik Wiwik Endah Indah Ratna Wulan Fitri Aisyah Novi Puji Ika Retno Diah Mufidah
        Luluk Umi Mamik Titik Kiki Nita Ayu Nabila Zahra Aulia Naila Kayla Intan Bunga Cindy Devi Elok Hanifah"""
    ),
    Sex.MALE: _listed(
        """Agus Budi Eko Hadi Imam Andik Didik Heri Joko Yudi Arif Bayu Dedi Dimas Fajar Galih Hendra Irfan Rizky Wahyu Yoga
        Zainal Ilham Bagas Raffi Reza Naufal Hafiz Abdul Khoirul Saiful Samsul Rudi Sugeng Teguh Wawan Kevin Rendi Bima"""
    ),
}
_LAST = {
    Sex.FEMALE: _listed(
        """Wahyuni Lestari Handayani Rahayu Astutik Ningsih Setyowati Hidayati Hasanah Rohmah Khasanah Fitriani Anggraini
        Puspitasari Wulandari Utami Azizah Maulidia Kartikasari Purwanti Yulianti Indrawati Nuraini Safitri Oktavia"""
    ),
    Sex.MALE: _listed(
        """Santoso Prasetyo Wijaya Hidayat Setiawan Kurniawan Saputra Rahman Hakim Huda Anam Arifin Firmansyah Ramadhan
        Maulana Pratama Wibowo Nugroho Purnomo Cahyono Utomo Mustofa Ghofur Rofi'i Wahid Efendi Subagyo Sulaiman"""
    ),
}
_BEFORE = {Sex.FEMALE: ("Siti", "Sri", "Nur"), Sex.MALE: ("Moh.", "Muhammad", "M.", "Moch.", "Ach.", "Mat")}


def is_old(age: int) -> bool:
    """Old enough for an old name."""
    return age >= 42


def made_up(rng: Random, sex: Sex, age: int) -> str:
    """As they are met in Malang (domain.md section 4): one word only, Siti and Moh., titles, bin and binti, old spelling."""
    first, last, chance = rng.choice((_OLD if is_old(age) else _NEW)[sex]), rng.choice(_LAST[sex]), rng.random()
    if chance < (0.5 if is_old(age) else 0.08):
        return first
    if is_old(age) and chance < 0.56:
        return f"{first} {'binti' if sex is Sex.FEMALE else 'bin'} {rng.choice(_OLD[Sex.MALE])}"
    if is_old(age) and chance < 0.6:
        return f"{'Hj.' if sex is Sex.FEMALE else 'H.'} {first}"
    if chance < 0.75:
        return f"{rng.choice(_BEFORE[sex])} {last}"
    return f"{first} {last}" if first not in last else first


_CITY, _SERIALS = "357399", 9999
BORN_WITHIN = 28
"""So many days earlier a copy may be born, and has the same age."""
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

    def nik(self, born: date, sex: Sex | None) -> str:
        return self._next(f"{_CITY}{born.day + (40 if sex is Sex.FEMALE else 0):02d}{born:%m%y}")

    def kk(self, issued: date) -> str:
        return self._next(f"{_CITY}{issued:%d%m%y}")

    def _next(self, start: str) -> str:
        self._used[start] += 1
        if self._used[start] > _SERIALS:
            raise OverflowError(f"no number is left of {start}")
        return f"{start}{self._used[start]:04d}"


def issued(kk: str) -> date:
    """The day in its number."""
    day, month, year = (int(kk[at : at + 2]) for at in (6, 8, 10))
    return date(2000 + year, month, day)


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
            job = self.rng.choice(_HERS if sex is Sex.FEMALE else _HIS) if 19 <= age < 75 else None
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
