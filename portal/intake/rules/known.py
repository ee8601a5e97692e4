"""What the register knows, as rows of a file are held against it: families by id, and what leads to them. Numbers are keyed
hashes."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from portal.intake.rules.matching import Candidate, HouseholdMatch, Recognised, match_household
from portal.kernel.terms import Membership, Relation, Sex


class Person(NamedTuple):
    """A present member; `nik` is the keyed hash."""

    id: int
    nik: str | None
    name: str
    birth_date: date | None
    sex: Sex | None
    relation: Relation | None
    occupation: str | None


class Place(NamedTuple):
    kelurahan: str
    line: str
    rt: int | None
    rw: int | None


@dataclass(slots=True)
class Family:
    """A household as an import sees it: the domicile, when its last stay ended, present members, the KK number in force
    (`kk_since` None is unknown) and all it ever had, and what files said, by period."""

    id: int
    membership: Membership
    facilitator_id: int | None
    domicile: Place
    left_on: date | None = None
    people: list[Person] = field(default_factory=list)
    kk: str | None = None
    kk_since: date | None = None
    kks: set[str] = field(default_factory=set)
    payments: dict[str, int] = field(default_factory=dict)
    deciles: dict[str, int] = field(default_factory=dict)
    addresses: set[tuple[str, Place]] = field(default_factory=set)

    @property
    def niks(self) -> frozenset[str]:
        return frozenset(person.nik for person in self.people if person.nik)


NOBODY = HouseholdMatch(Recognised.NONE)


class Known:
    """Families by id, and which of them present members' NIKs and KK numbers in force lead to."""

    def __init__(self, families: dict[int, Family]) -> None:
        self.families = families
        self.by_nik: dict[str, int] = {}
        self._by_kk: dict[str, list[int]] = defaultdict(list)
        for family in families.values():
            self.by_nik.update((nik, family.id) for nik in family.niks)
            if family.kk:
                self._by_kk[family.kk].append(family.id)

    def match(self, niks: Iterable[str], kk: str | None) -> HouseholdMatch:
        """The household that these numbers of one row mean."""
        niks = tuple(niks)
        hit = {self.by_nik[nik] for nik in niks if nik in self.by_nik}
        hit.update(self._by_kk.get(kk, ()) if kk else ())
        if not hit:
            return NOBODY
        families = [self.families[one] for one in hit]
        return match_household(niks, kk, [Candidate(family.id, family.niks, family.kk) for family in families])
