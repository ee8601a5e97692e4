"""Which household does a row of a file mean?

Nothing here merges or writes: every household that is not ONE or NONE needs a person's look.
Numbers are compared as opaque texts, so keyed hashes serve as well as digits; a missing one never equals another.
Source: domain.md sections 4 and 5.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum


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
    """`household_ids` are all that were hit, ascending."""

    recognised: Recognised
    household_ids: tuple[int, ...] = ()

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
    return HouseholdMatch(Recognised.ONE, hit)
