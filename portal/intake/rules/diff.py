"""What a row of a file would change in the register, and whether it may: decided here, without a database.

The rules are those of domain.md sections 5 and 6. A payment roster says who is in the programme, so it brings in families
nobody knew; an amount of 0 proves nothing, so there a person decides. DTSEN ranks families of the whole city, in the
programme or not: it completes families that are known and brings in none, for being ranked is no nomination.
Local data stay: what a file says otherwise is told as different, and kept beside as the file's word.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum

from portal.intake.rules.matching import Dwelling, HouseholdMatch, Known, KnownFamily, Members, Recognised, Said, compare
from portal.kernel.terms import OUT_OF_PROGRAMME, Membership, Period

PROGRAMME = "PKH"


class RowVerdict(StrEnum):
    READY = "ready"
    LOOK = "look"
    SKIPPED = "skipped"


class Way(StrEnum):
    """How a row that needs a look can be used: as it is without what is doubtful, by choosing the family it means, or not
    at all; and what was decided: `USED`, `CHOSEN` (a family), `NEW` (none of those that were hit)."""

    USE = "use"
    CHOOSE = "choose"
    NONE = "none"
    USED = "used"
    CHOSEN = "chosen"
    NEW = "new"


DECIDED = (Way.USED, Way.CHOSEN, Way.NEW)
ACCEPTABLE = frozenset(
    {"incomplete", "amount_zero", "left_family", "name_differs", "member_nik_differs", "payment_differs", "decile_differs",
     "family_twice"}
)  # fmt: skip
"""Doubts that a person may set aside; the doubtful part is left out then."""


@dataclass(frozen=True)
class ImportGround:
    """What decisions stand on: the day and its quarter, the decile from which suspension is proposed, and how far the
    importer reaches (kelurahan, facilitator)."""

    today: date
    quarter: Period
    suspend_from: int
    reaches: Callable[[str | None, int | None], bool]


@dataclass(frozen=True)
class Choice:
    """What the importer decided about a row that needed a look."""

    way: Way | None = None
    household_id: int | None = None


@dataclass(frozen=True, slots=True)
class Update:
    """What would be written. `differs` are columns in which the file and the portal disagree, and the portal stays;
    `absent` are present members whom the file does not list; both are only told."""

    opens: bool = False
    payment: int | None = None
    decile: int | None = None
    address: Dwelling | None = None
    kk: bool = False
    members: Members = field(default_factory=Members)
    proposes: str | None = None
    differs: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not (self.opens or self.payment or self.decile or self.address or self.kk or self.members)


@dataclass(frozen=True, slots=True)
class RowPlan:
    """What becomes of a row. `options` are the families to choose from; `reasons` say why it is not simply ready."""

    verdict: RowVerdict
    family: KnownFamily | None = None
    update: Update = field(default_factory=Update)
    reasons: tuple[str, ...] = ()
    way: Way | None = None
    options: tuple[int, ...] = ()


def judge(said: Said, known: Known, ground: ImportGround, choice: Choice | None = None) -> RowPlan:
    """The plan for one row, on what is known now; `choice` is what the importer decided before."""
    return _Judge(said, known, ground, choice or Choice()).plan()


@dataclass(frozen=True)
class _Judge:
    said: Said
    known: Known
    ground: ImportGround
    choice: Choice

    def plan(self) -> RowPlan:
        programme = self.said.programme
        if programme and programme.upper() != PROGRAMME:
            return _skipped("other_programme")
        match = self.known.match(self.said.niks, self.said.kk)
        if self.choice.household_id in match.household_ids:
            return self._known(self.known.families[self.choice.household_id or 0])
        if match.household_id is not None:
            return self._known(self.known.families[match.household_id])
        is_new = self.choice.way is Way.NEW and match.recognised is Recognised.KK_ONLY
        if match.recognised is Recognised.NONE or is_new:
            return self._unknown()
        return self._doubtful(match)

    def _doubtful(self, match: HouseholdMatch) -> RowPlan:
        """Only families within reach are named; of others nothing is said."""
        options = tuple(one for one in match.household_ids if self._reaches(self.known.families[one]))
        if not options:
            return _skipped("area_not_yours")
        reason = "kk_only" if match.recognised is Recognised.KK_ONLY else "two_families"
        return RowPlan(RowVerdict.LOOK, reasons=(reason,), way=Way.CHOOSE, options=options)

    def _reaches(self, family: KnownFamily) -> bool:
        return self.ground.reaches(family.domicile.kelurahan, family.facilitator_id)

    def _unknown(self) -> RowPlan:
        said = self.said
        if not said.is_roster:
            return _skipped("family_unknown")
        if not self.ground.reaches(said.record.area, None):
            return _skipped("area_not_yours")
        amount = _amount(said)
        update = Update(opens=True, payment=amount, address=said.place, kk=bool(said.kk))
        return self._decided(update, None, *([] if amount else ["amount_zero"]))

    def _known(self, family: KnownFamily) -> RowPlan:
        said, ground = self.said, self.ground
        if not self._reaches(family):
            return _skipped("area_not_yours")
        update, doubts = (_paid if said.is_roster else _ranked)(said, family, ground)
        found = compare(said, family, self.known)
        differs = (*_differing_place(said, family), *found.differs)
        address, kk = _new_address(said, family), _is_new_kk(said, family)
        update = replace(update, members=found.members, address=address, kk=kk, differs=differs, absent=found.absent)
        return self._decided(update, family, *doubts, *found.doubts)

    def _decided(self, update: Update, family: KnownFamily | None, *doubts: str) -> RowPlan:
        """With nothing to write there is nothing to doubt either, unless the file contradicts what is known."""
        incomplete = ["incomplete"] if self.said.is_incomplete and not update.is_empty else []
        reasons = tuple(dict.fromkeys([*incomplete, *self._period_doubts(), *doubts]))
        if not reasons and update.is_empty:
            return _skipped("unchanged", family)
        if self.choice.way in DECIDED:
            reasons = tuple(reason for reason in reasons if reason not in ACCEPTABLE)
        if not reasons:
            return RowPlan(RowVerdict.READY, family, update, way=self.choice.way)
        usable = ACCEPTABLE.issuperset(reasons) and not update.is_empty
        return RowPlan(RowVerdict.LOOK, family, update, reasons, Way.USE if usable else Way.NONE)

    def _period_doubts(self) -> list[str]:
        if self.said.period is None:
            return ["stage_missing"]
        return ["stage_ahead"] if self.said.period > self.ground.quarter else []


def _skipped(reason: str, family: KnownFamily | None = None) -> RowPlan:
    return RowPlan(RowVerdict.SKIPPED, family, reasons=(reason,))


# --- payment rosters -----------------------------------------------------------------------------------------------


def _amount(said: Said) -> int | None:
    """Whole rupiah when something was paid; 0 proves nothing."""
    return said.record.amount or None  # type: ignore[union-attr]  # a payment row


def _paid(said: Said, family: KnownFamily, ground: ImportGround) -> tuple[Update, list[str]]:
    """A first payment of a candidate lets its activation be proposed; nobody who left comes back by a roster."""
    amount, before = _amount(said), family.payments.get(str(said.period))
    if amount is None or before is not None:
        return Update(), ["payment_differs"] if amount and amount != before else []
    proposes = "activate" if family.membership is Membership.CANDIDATE else None
    return Update(payment=amount, proposes=proposes), ["left_family"] if _had_left(said, family) else []


def _had_left(said: Said, family: KnownFamily) -> bool:
    """Before this stage began: the stage of the exit itself is still paid."""
    if family.membership not in OUT_OF_PROGRAMME or said.period is None:
        return False
    return family.left_on is None or Period.of(family.left_on) < said.period


# --- DTSEN ---------------------------------------------------------------------------------------------------------


def _ranked(said: Said, family: KnownFamily, ground: ImportGround) -> tuple[Update, list[str]]:
    """The newest decile of an active family may let a suspension be proposed; an older one is history."""
    decile, before = said.record.decile, family.deciles.get(str(said.period))  # type: ignore[union-attr]  # a family row
    if decile is None or decile == before:
        return Update(), []
    if before is not None:
        return Update(), ["decile_differs"]
    is_newest = str(said.period) >= max(family.deciles, default="")
    suspends = is_newest and decile >= ground.suspend_from and family.membership is Membership.ACTIVE
    return Update(decile=decile, proposes="suspend" if suspends else None), []


# --- both ----------------------------------------------------------------------------------------------------------


def _new_address(said: Said, family: KnownFamily) -> Dwelling | None:
    place = said.place
    return place if place and (str(said.period), place) not in family.addresses else None


def _differing_place(said: Said, family: KnownFamily) -> list[str]:
    place = said.place
    if place is None or (_plain(place) == _plain(family.domicile)):
        return []
    return ["kelurahan"] if place.kelurahan != family.domicile.kelurahan else ["address"]


def _plain(place: Dwelling) -> Dwelling:
    return place._replace(line="".join(filter(str.isalnum, place.line.casefold())))


def _is_new_kk(said: Said, family: KnownFamily) -> bool:
    """Not a number that the family had before, and none found here in the file's own quarter or later."""
    if said.kk is None or said.period is None or said.kk in family.kks:
        return False
    return not (family.kk_since and Period.of(family.kk_since) >= said.period)
