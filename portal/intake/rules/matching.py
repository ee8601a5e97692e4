"""What a row of a file says and what the register knows, held against each other: families by id, what leads to them; and
the people whom a row names beside those of the family: who is new, what is now known of the others, what differs. Numbers
are keyed hashes."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from portal.family.rules.names import SAME_NAME, similarity
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


OTHER_NAME = 60.0
"""Below this similarity two names have nothing to do with each other."""
_FILLED = ("birth_date", "sex", "relation", "occupation")
_COMPARED = ("birth_date", "sex", "relation")


@dataclass(frozen=True)
class Members:
    """People to add, and what becomes known of those who are there: (member id, {column: value})."""

    added: tuple[MemberRow, ...] = ()
    filled: tuple[tuple[int, dict[str, object]], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.filled)


@dataclass(frozen=True)
class Compared:
    """`differs` are columns in which the two disagree, `absent` the names of present members who are not listed."""

    members: Members = field(default_factory=Members)
    differs: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()


class _Same(NamedTuple):
    """A row's person who is there already."""

    person: PresentMember
    row: MemberRow
    nik: str | None


def compare(said: Said, family: KnownFamily, known: Known) -> Compared:
    return _compare_recipient(said, family) if said.is_roster else _compare_people(said, family, known)


def _compare_recipient(said: Said, family: KnownFamily) -> Compared:
    """The recipient of a payment, if it is a member: one NIK on two quite different names is a mix-up."""
    names = [person.name for person in family.people if person.nik and person.nik in said.niks]
    faults = {_name_fault(name, said.record.name) for name in names[:1]}
    return Compared(doubts=tuple(faults & {"name_differs"}), differs=tuple(faults & {"name"}))


def _compare_people(said: Said, family: KnownFamily, known: Known) -> Compared:
    """All people of a family row. Nobody leaves by a file: who is not listed is only told."""
    same, new, rest = _sorted_out(said, family)
    free = [row for row, nik in new if nik is None or known.by_nik.get(nik, family.id) == family.id]
    slips = [row for row in free if any(_is_slip(row, person) for person in rest)]
    names = {_name_fault(one.person.name, one.row.name) for one in same}
    columns = dict.fromkeys(column for one in same for column in _differing(one))
    return Compared(
        Members(
            tuple(row for row in free if row not in slips),
            tuple((one.person.id, filled) for one in same if (filled := _filled(one))),
        ),
        differs=(*names & {"name"}, *columns, *(["member_elsewhere"] if len(free) < len(new) else [])),
        doubts=(*names & {"name_differs"}, *(["member_nik_differs"] if slips else [])),
        absent=tuple(person.name for person in rest),
    )


def _sorted_out(said: Said, family: KnownFamily) -> tuple[list[_Same], list[tuple[MemberRow, str | None]], list[PresentMember]]:
    """Who is there already, who is new, and who of the family is not listed."""
    rest, same, new = list(family.people), [], []
    for row, nik in said.people:
        person = _recognised(row, nik, rest)
        if person:
            rest.remove(person)
            same.append(_Same(person, row, nik))
        else:
            new.append((row, nik))
    return same, new, rest


def _recognised(row: MemberRow, nik: str | None, rest: Sequence[PresentMember]) -> PresentMember | None:
    """By NIK; where one of the two has none, by a name and a birth date that do not speak against it, if only one fits."""
    by_nik = next((person for person in rest if nik and person.nik == nik), None)
    if by_nik:
        return by_nik
    alike = [person for person in rest if not (nik and person.nik) and _is_alike(row, person)]
    return alike[0] if len(alike) == 1 else None


def _is_alike(row: MemberRow, person: PresentMember) -> bool:
    both_known = row.birth_date and person.birth_date
    return similarity(row.name, person.name) >= SAME_NAME and not (both_known and row.birth_date != person.birth_date)


def _is_slip(row: MemberRow, person: PresentMember) -> bool:
    """The same name, born on the same day, another NIK: perhaps one person with a slip in the number."""
    return bool(row.birth_date) and row.birth_date == person.birth_date and _is_alike(row, person)


def _filled(one: _Same) -> dict[str, object]:
    """What nobody knew; what is known stays."""
    filled = {name: getattr(one.row, name) for name in _FILLED if getattr(one.person, name) is None and getattr(one.row, name)}
    if one.nik and one.person.nik is None:
        filled["nik"] = one.row.nik
    return filled


def _differing(one: _Same) -> Iterator[str]:
    for name in _COMPARED:
        here, there = getattr(one.person, name), getattr(one.row, name)
        if here is not None and there is not None and here != there:
            yield name


def _name_fault(here: str, there: str) -> str:
    """A doubt, `name_differs`, or a difference, `name`; spelled alike but for case, they are one name."""
    if " ".join(here.casefold().split()) == " ".join(there.casefold().split()):
        return ""
    return "name_differs" if similarity(here, there) < OTHER_NAME else "name"
