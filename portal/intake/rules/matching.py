"""Is this the same person, and which household does a row of a file mean?

Nothing here merges or writes: a match below SAME, and every household that is not ONE or NONE, needs a person's look.
Numbers are compared as opaque texts, so keyed hashes serve as well as digits; a missing one never equals another.
Source: domain.md sections 4 and 5.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from enum import IntEnum, StrEnum

from portal.family.rules.names import SAME_NAME, similarity

#: Below this two names have nothing to do with each other.
OTHER_NAME = 60.0


class Level(IntEnum):
    """How sure; ordered, so `>= Level.LIKELY` reads as it says."""

    DIFFERENT = 0
    POSSIBLE = 1
    LIKELY = 2
    SAME = 3


class Clue(StrEnum):
    """What speaks for a match, or against it."""

    NIK_SAME = "nik_same"
    NIK_DIFFERS = "nik_differs"
    NAME_SAME = "name_same"
    NAME_SIMILAR = "name_similar"
    NAME_DIFFERS = "name_differs"
    BIRTH_DATE_SAME = "birth_date_same"
    BIRTH_DATE_DIFFERS = "birth_date_differs"
    ADDRESS_SAME = "address_same"
    ADDRESS_DIFFERS = "address_differs"


@dataclass(frozen=True, kw_only=True)
class Trace:
    """What is known of a person. `address` is comparable as it stands: the caller gives area code, RT and RW."""

    name: str
    nik: str | None = None
    birth_date: date | None = None
    address: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Match:
    level: Level
    clues: tuple[Clue, ...]


def match_people(one: Trace, other: Trace) -> Match:
    """NIK first; without it a name, a birth date and an address have to agree. Order does not matter."""
    clues = tuple(
        clue
        for clue in (
            _compare(one.nik, other.nik, Clue.NIK_SAME, Clue.NIK_DIFFERS),
            _compare_names(one.name, other.name),
            _compare(one.birth_date, other.birth_date, Clue.BIRTH_DATE_SAME, Clue.BIRTH_DATE_DIFFERS),
            _compare(one.address, other.address, Clue.ADDRESS_SAME, Clue.ADDRESS_DIFFERS),
        )
        if clue
    )
    return Match(_level(frozenset(clues)), clues)


class Recognised(StrEnum):
    """`CONFLICT`: the row hits two families. `KK_ONLY`: the KK number is known but none of the people is."""

    ONE = "one"
    NONE = "none"
    CONFLICT = "conflict"
    KK_ONLY = "kk_only"


@dataclass(frozen=True)
class Hit:
    """A household that a row may mean: the NIKs of its *present* members and its current KK number."""

    household_id: int
    niks: frozenset[str]
    kk: str | None = None


@dataclass(frozen=True)
class HouseholdMatch:
    """`household_ids` are all that were hit, ascending; `kk_confirms` tells whether the one family has this KK number:
    if not, a new KK number is to be recorded, for it changes with every split, marriage or move."""

    recognised: Recognised
    household_ids: tuple[int, ...] = ()
    kk_confirms: bool = False

    @property
    def household_id(self) -> int | None:
        """The family, when exactly one was recognised by its people."""
        return self.household_ids[0] if self.recognised is Recognised.ONE else None


def match_household(niks: Collection[str | None], kk: str | None, candidates: Iterable[Hit]) -> HouseholdMatch:
    """The household meant by a row (or by all rows of one family in a file). The NIK of any present member recognises
    it, the KK number only confirms."""
    known = {nik for nik in niks if nik}
    options = list(candidates)
    by_nik = {option.household_id for option in options if known & option.niks}
    by_kk = {option.household_id for option in options if kk and option.kk == kk}
    hit = tuple(sorted(by_nik | by_kk))
    if not hit:
        return HouseholdMatch(Recognised.NONE)
    if not by_nik:
        return HouseholdMatch(Recognised.KK_ONLY, hit)
    if len(hit) > 1:
        return HouseholdMatch(Recognised.CONFLICT, hit)
    return HouseholdMatch(Recognised.ONE, hit, kk_confirms=bool(by_kk))


def _compare(one: object, other: object, same: Clue, differs: Clue) -> Clue | None:
    if not one or not other:
        return None
    return same if one == other else differs


def _compare_names(one: str, other: str) -> Clue:
    alike = similarity(one, other)
    if alike >= SAME_NAME:
        return Clue.NAME_SAME
    return Clue.NAME_SIMILAR if alike >= OTHER_NAME else Clue.NAME_DIFFERS


def _level(clues: frozenset[Clue]) -> Level:
    if Clue.NIK_SAME in clues:
        return _level_with_nik(clues)
    if Clue.NAME_DIFFERS in clues or Clue.BIRTH_DATE_DIFFERS in clues:
        return Level.DIFFERENT
    return _level_without_nik(clues)


def _level_with_nik(clues: frozenset[Clue]) -> Level:
    """One NIK on two quite different people is a mix-up that somebody has to sort out."""
    if Clue.NAME_DIFFERS not in clues:
        return Level.SAME
    return Level.LIKELY if Clue.BIRTH_DATE_SAME in clues else Level.POSSIBLE


def _level_without_nik(clues: frozenset[Clue]) -> Level:
    """Two different NIKs may be one person with a slip in the number, never more than a possibility."""
    agreeing = len(clues & {Clue.NAME_SAME, Clue.BIRTH_DATE_SAME, Clue.ADDRESS_SAME})
    if agreeing == 3:
        return Level.POSSIBLE if Clue.NIK_DIFFERS in clues else Level.LIKELY
    if agreeing == 2 and Clue.NIK_DIFFERS not in clues:
        return Level.POSSIBLE
    return Level.DIFFERENT
