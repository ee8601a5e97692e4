"""What a row of a file says and what the register knows, made ready to be held against each other: families by id, and what
leads to them. Numbers are keyed hashes."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from portal.intake.reading.layouts import FileRecord, MemberRow, PaymentRow
from portal.intake.rules.matching import Hit, HouseholdMatch, Recognised, match_household
from portal.kernel.terms import Membership, Period, Relation, Sex


class PresentMember(NamedTuple):
    """A present member; `nik` is the keyed hash."""

    id: int
    nik: str | None
    name: str
    birth_date: date | None
    sex: Sex | None
    relation: Relation | None
    occupation: str | None


class Dwelling(NamedTuple):
    kelurahan: str
    line: str
    rt: int | None
    rw: int | None


@dataclass(slots=True)
class KnownFamily:
    """A household as an import sees it: the domicile, when its last stay ended, present members, the KK number in force
    (`kk_since` None is unknown) and all it ever had, and what files said, by period."""

    id: int
    membership: Membership
    facilitator_id: int | None
    domicile: Dwelling
    left_on: date | None = None
    people: list[PresentMember] = field(default_factory=list)
    kk: str | None = None
    kk_since: date | None = None
    kks: set[str] = field(default_factory=set)
    payments: dict[str, int] = field(default_factory=dict)
    deciles: dict[str, int] = field(default_factory=dict)
    addresses: set[tuple[str, Dwelling]] = field(default_factory=set)

    @property
    def niks(self) -> frozenset[str]:
        return frozenset(person.nik for person in self.people if person.nik)


NOBODY = HouseholdMatch(Recognised.NONE)


class Known:
    """Families by id, and which of them present members' NIKs and KK numbers in force lead to."""

    def __init__(self, families: dict[int, KnownFamily]) -> None:
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
        return match_household(niks, kk, [Hit(family.id, family.niks, family.kk) for family in families])


class Said(NamedTuple):
    """`people` are the usable members with their hashed NIKs, none in a payment roster; `is_incomplete` tells that
    something in the file's own row, or in a member's, could not be used."""

    record: FileRecord
    period: Period | None
    niks: tuple[str, ...]
    kk: str | None
    people: tuple[tuple[MemberRow, str | None], ...] = ()
    is_incomplete: bool = False

    @property
    def place(self) -> Dwelling | None:
        """Where the file says that they live; None without a word about it."""
        record = self.record
        if record.area is None or not (record.address or record.rt or record.rw):
            return None
        return Dwelling(record.area, record.address, record.rt, record.rw)

    @property
    def programme(self) -> str | None:
        return self.record.programme if isinstance(self.record, PaymentRow) else None

    @property
    def is_roster(self) -> bool:
        return isinstance(self.record, PaymentRow)
