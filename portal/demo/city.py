"""Everything that the stories of the demo share, and how a family comes into being."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from portal.demo import places
from portal.demo.album import Album
from portal.demo.days import Days, moment
from portal.demo.doorstep import Doorstep, in_force
from portal.demo.families import Family, begin
from portal.demo.files import Files
from portal.demo.ledger import Deed, Ledger
from portal.demo.office import Office
from portal.demo.people import Cradle, Makeup, held
from portal.demo.places import Slot
from portal.family.records.models import Household
from portal.family.rules import components
from portal.kernel.terms import Period, RegistryMatch, SchoolLevel, Sex

_MAKEUPS = (
    (Makeup.COUPLE, Makeup.MOTHER, Makeup.FATHER, Makeup.THREE_GENERATIONS, Makeup.ELDERLY),
    (62, 14, 4, 12, 8),
)  # fmt: skip
_MATCHES = (
    (RegistryMatch.MATCHED, RegistryMatch.UNCHECKED, RegistryMatch.MISMATCHED, RegistryMatch.DUPLICATE),
    (78, 18, 3, 1),
)  # fmt: skip
_AIDS = (("PBI-JKN", 0.85), ("BPNT", 0.7), ("PIP", 0.3), ("Penebalan Jatim", 0.12), ("KIP Kuliah", 0.02), ("KUR", 0.03))
QUARTERS = 6
STAGES = 4


@dataclass
class City:
    rng: Random
    ledger: Ledger
    office: Office
    days: Days
    album: Album
    doorstep: Doorstep
    cradle: Cradle
    files: Files
    area_names: dict[str, str]

    def facilitator(self, slot: Slot) -> int:
        return self.office.facilitators[slot.facilitator]

    def makeup(self) -> Makeup:
        return self.rng.choices(*_MAKEUPS)[0]

    def settle(self, slot: Slot, makeup: Makeup, *, facilitator: int | None) -> Family:
        """People, home and numbers; nothing has happened to them yet."""
        rng, today = self.rng, self.days.today
        issued = today - timedelta(days=rng.randrange(400, 6000))
        family = Family(
            self.ledger.next_id(Household), slot.kelurahan, facilitator, places.address(rng), self.cradle.family(makeup),
            moment(self.days.beginning, 8, rng.randrange(60)), self.cradle.numbers.kk(issued), issued,
        )  # fmt: skip
        if rng.random() < 0.6:
            family.phone = f"08{rng.choice(('12', '57', '95'))}0000{rng.randrange(10_000):04d}"
        if rng.random() < 0.083:
            family.kk_address = places.address(rng).street
        return family

    def enrol(self, family: Family, *, later: float = 0.06) -> None:
        """It was on the roster with which the office began; `later`: the chance that it came with one afterwards."""
        rng, days = self.rng, self.days
        if rng.random() < later:
            family.created_at += timedelta(days=rng.randrange(30, (days.last - days.beginning).days - 120))
        begin(self.ledger, family, Deed(family.created_at, self.office.budi))
        family.group = places.group(rng, family.facilitator or 0)
        family.joined_year = places.joined_year(rng, days)
        family.registry_match = rng.choices(*_MATCHES)[0]
        if family.registry_match is not RegistryMatch.UNCHECKED:
            family.registry_checked_on = days.last - timedelta(days=rng.randrange(20, 200))
        family.aids = [(name, _aid_since(rng, days)) for name, chance in _AIDS if rng.random() < chance]
        self._burden(family)

    def _burden(self, family: Family) -> None:
        """Some expect a child, some live with a severe disability."""
        mother, rng = family.caretaker, self.rng
        age = mother.age(self.days.today)
        if mother.sex is Sex.FEMALE and age < 42 and rng.random() < 0.035:
            mother.pregnant_until = self.days.today + timedelta(days=rng.randrange(15, 230))
        if rng.random() < 0.03:
            rng.choice(family.people).severe_disability = True

    def rank(self, family: Family, value: int, quarters: int = QUARTERS, *, steady_since: date | None = None) -> None:
        """Deciles up to the latest quarter, which is `value`; from `steady_since` on they no longer move."""
        drift = value
        for period in reversed(self.days.quarters(quarters)):
            family.deciles[str(period)] = drift
            moves = steady_since is None or period.last_day() < steady_since
            if moves and self.rng.random() < 0.25:
                drift = min(10, max(1, drift - self.rng.choice((1, 1, -1))))
        family.deciles = dict(sorted(family.deciles.items()))

    def pay(self, family: Family, last: date | None = None) -> None:
        """The latest stages, until the family left or was suspended."""
        office = in_force(self.days.last)
        amounts = {one: office.number(f"benefit_{one}") for one in components.AMOUNTS}
        owed = held(family.people, self.days.last, office.number("elderly_age"))
        amount = components.stage_payment(owed, amounts)
        newest = Period.of(self.days.last - timedelta(days=40))
        for _ in range(STAGES):
            if amount and (last is None or newest.last_day() <= last + timedelta(days=91)):
                family.payments[str(newest)] = amount
            newest = newest.previous()
        family.payments = dict(sorted(family.payments.items()))

    def make_able(self, family: Family) -> None:
        """A family whose story is that it does well: found, matched, children in school, nobody who needs more care."""
        family.registry_match, family.registry_checked_on = RegistryMatch.MATCHED, self.days.last - timedelta(days=200)
        for person in family.people:
            person.severe_disability, person.pregnant_until = False, None
            if person.school_level is SchoolLevel.NOT_IN_SCHOOL and person.age(self.days.today) < 19:
                person.school_level = SchoolLevel.SENIOR_SECONDARY


def _aid_since(rng: Random, days: Days) -> date | None:
    return None if rng.random() < 0.6 else date(days.year - rng.randrange(2, 8), rng.randrange(1, 13), 1)
