"""What a row of a file says and what the register knows, made ready to be held against each other: families by id, and what
leads to them. Numbers are keyed hashes."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from portal.intake.reading.layouts import FileRecord, MemberRow, PaymentRow
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


class Recognised(StrEnum):
    """`CONFLICT`: the row hits two families. `KK_ONLY`: the KK number is known but none of the people is."""

    ONE = "one"
    NONE = "none"
    CONFLICT = "conflict"
    KK_ONLY = "kk_only"


@dataclass(frozen=True)
class HouseholdMatch:
    """`household_ids` are all that were hit, ascending."""

    recognised: Recognised
    household_ids: tuple[int, ...] = ()

    @property
    def household_id(self) -> int | None:
        """The family, when exactly one was recognised by its people."""
        return self.household_ids[0] if self.recognised is Recognised.ONE else None


class Known:
    """Families by id, and which of them present members' NIKs and KK numbers in force lead to."""

    def __init__(self, families: dict[int, KnownFamily]) -> None:
        self.families = families
        self.by_nik: dict[str, int] = {}
        self._by_kk: dict[str, list[int]] = defaultdict(list)
        for family in families.values():
            self.by_nik.update((person.nik, family.id) for person in family.people if person.nik)
            if family.kk:
                self._by_kk[family.kk].append(family.id)

    def match(self, niks: Iterable[str], kk: str | None) -> HouseholdMatch:
        """The household meant by a row (or by all rows of one family in a file). The NIK of any present member recognises it,
        the KK number only confirms. Nothing here merges: every household that is not ONE or NONE needs a person's look."""
        by_nik = {self.by_nik[nik] for nik in niks if nik in self.by_nik}
        hit = tuple(sorted(by_nik.union(self._by_kk.get(kk, ()) if kk else ())))
        if not hit:
            return HouseholdMatch(Recognised.NONE)
        if not by_nik:
            return HouseholdMatch(Recognised.KK_ONLY, hit)
        return HouseholdMatch(Recognised.ONE if len(hit) == 1 else Recognised.CONFLICT, hit)


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
