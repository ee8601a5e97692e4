"""Who has which PKH component, until when, and what the family is paid for it.

Source: domain.md section 3. Age limits of early childhood (0 to 6) and school (6 to 21, twelve years not finished) are
the programme's; the age of the elderly and the amounts are settings, so they come in.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from portal.kernel.terms import Component, SchoolLevel, Sex

#: Rupiah per person per year, 2025 and 2026.
AMOUNTS: Mapping[Component, int] = {
    Component.PREGNANT: 3_000_000,
    Component.EARLY_CHILDHOOD: 3_000_000,
    Component.PRIMARY: 900_000,
    Component.JUNIOR_SECONDARY: 1_500_000,
    Component.SENIOR_SECONDARY: 2_000_000,
    Component.ELDERLY: 2_400_000,
    Component.SEVERE_DISABILITY: 2_400_000,
    Component.RIGHTS_VICTIM: 10_800_000,
}
MOST_PAID = 4
MOST_OF_A_KIND: Mapping[Component, int] = {Component.PREGNANT: 2, Component.EARLY_CHILDHOOD: 2}
SCHOOL_FROM, SCHOOL_UNTIL = 6, 21
SMALL_UNTIL = 6

_SCHOOLS = {
    SchoolLevel.PRIMARY: Component.PRIMARY,
    SchoolLevel.JUNIOR_SECONDARY: Component.JUNIOR_SECONDARY,
    SchoolLevel.SENIOR_SECONDARY: Component.SENIOR_SECONDARY,
}
SCHOOLS = tuple(_SCHOOLS.values())


@dataclass(frozen=True, kw_only=True)
class Person:
    """A member as these rules see one; None is unknown, never none. `left_on` is the first day outside the family.
    `key` is the caller's own, to find the member again."""

    birth_date: date | None = None
    sex: Sex | None = None
    school_level: SchoolLevel | None = None
    pregnant_until: date | None = None
    severe_disability: bool = False
    rights_victim: bool = False
    left_on: date | None = None
    key: int | None = None


@dataclass(frozen=True)
class Entitlement:
    """A component of one person. `until` is the last day, None when no end is in sight; it is `presumed` when only an
    age or an expected birth says so. `since` is None when nothing on record tells the start."""

    person: Person
    component: Component
    since: date | None
    until: date | None
    presumed: bool = False


class Uncounted(StrEnum):
    """Why a component is not paid for: its person is paid for another, or the family has as many as count."""

    SAME_PERSON = "same_person"
    KIND_FULL = "kind_full"
    FAMILY_FULL = "family_full"


class NoneLeft(StrEnum):
    """Is there no component left? `NO` also when that cannot be told: a birth date or schooling is unknown."""

    KNOWN = "known"
    PRESUMED = "presumed"
    NO = "no"


def amounts(setting: Callable[[str], int]) -> dict[Component, int]:
    """Rupiah a year for each component, as the settings in force say."""
    return {component: setting(f"benefit_{component}") for component in Component}


def age_on(birth_date: date, day: date) -> int:
    """Completed years; negative before birth. Born on 29 February: a year older on 1 March of other years."""
    return day.year - birth_date.year - ((day.month, day.day) < (birth_date.month, birth_date.day))


def birthday(birth_date: date, years: int) -> date:
    """The day on which `years` are completed."""
    try:
        return birth_date.replace(year=birth_date.year + years)
    except ValueError:
        return date(birth_date.year + years, 3, 1)


def entitlements(people: Iterable[Person], on: date, *, elderly_age: int) -> tuple[Entitlement, ...]:
    """Every component that a present member has on that day, member by member."""
    present = (person for person in people if _is_present(person, on))
    return tuple(held for person in present for held in _held(person, on, elderly_age))


def paid(held: Sequence[Entitlement], amounts: Mapping[Component, int] = AMOUNTS) -> tuple[Entitlement, ...]:
    """Those that the programme pays, the highest amount first: one component a person, at most four persons, two
    pregnancies and two small children."""
    return tuple(one for one, why in counted(held, amounts) if why is None)


def counted(
    held: Sequence[Entitlement], amounts: Mapping[Component, int] = AMOUNTS
) -> tuple[tuple[Entitlement, Uncounted | None], ...]:
    """Each with why the programme does not pay it, the highest amount first; None where it does."""
    told: list[tuple[Entitlement, Uncounted | None]] = []
    chosen: list[Entitlement] = []
    for one in sorted(held, key=lambda one: -amounts[one.component]):
        why = _why_uncounted(one, chosen)
        told.append((one, why))
        if why is None:
            chosen.append(one)
    return tuple(told)


def _why_uncounted(one: Entitlement, chosen: Sequence[Entitlement]) -> Uncounted | None:
    if any(one.person is other.person for other in chosen):
        return Uncounted.SAME_PERSON
    most = MOST_OF_A_KIND.get(one.component)
    if most is not None and sum(other.component is one.component for other in chosen) >= most:
        return Uncounted.KIND_FULL
    return Uncounted.FAMILY_FULL if len(chosen) == MOST_PAID else None


def yearly_payment(held: Sequence[Entitlement], amounts: Mapping[Component, int] = AMOUNTS) -> int:
    """Rupiah a year, if nothing changes."""
    return sum(amounts[one.component] for one in paid(held, amounts))


def no_component_left(people: Iterable[Person], on: date, *, elderly_age: int) -> NoneLeft:
    """May natural graduation be proposed? `KNOWN` when what is recorded says so, `PRESUMED` when a record still names
    a component that only age or an expected birth has ended. A family without anybody present is another matter: NO."""
    present = [person for person in people if _is_present(person, on)]
    if not present or any(_may_have_one(person, on, elderly_age) for person in present):
        return NoneLeft.NO
    return NoneLeft.PRESUMED if any(_ended_by_age(person) for person in present) else NoneLeft.KNOWN


def unclear(people: Iterable[Person], on: date, *, elderly_age: int) -> tuple[Person, ...]:
    """Present members who hold no component on record, but may: their birth date or schooling is unknown."""
    present = (person for person in people if _is_present(person, on))
    return tuple(one for one in present if not _held(one, on, elderly_age) and _may_have_one(one, on, elderly_age))


def _is_present(person: Person, on: date) -> bool:
    born = person.birth_date is None or person.birth_date <= on
    return born and (person.left_on is None or on < person.left_on)


def _held(person: Person, on: date, elderly_age: int) -> list[Entitlement]:
    found = [*_by_condition(person, on), *_by_age(person, on, elderly_age)]
    return [_until_leaving(held) for held in found]


def _by_condition(person: Person, on: date) -> list[Entitlement]:
    found = []
    if person.pregnant_until and on <= person.pregnant_until and person.sex is not Sex.MALE:
        found.append(Entitlement(person, Component.PREGNANT, None, person.pregnant_until, presumed=True))
    if person.severe_disability:
        found.append(Entitlement(person, Component.SEVERE_DISABILITY, None, None))
    if person.rights_victim:
        found.append(Entitlement(person, Component.RIGHTS_VICTIM, None, None))
    return found


def _by_age(person: Person, on: date, elderly_age: int) -> list[Entitlement]:
    school = _SCHOOLS.get(person.school_level) if person.school_level else None
    born = person.birth_date
    if born is None:
        return [Entitlement(person, school, None, None)] if school else []
    age = age_on(born, on)
    if school and SCHOOL_FROM <= age <= SCHOOL_UNTIL:
        return [Entitlement(person, school, None, _last_day(born, SCHOOL_UNTIL), presumed=True)]
    small_until = SCHOOL_FROM - 1 if school else SMALL_UNTIL
    if age <= small_until:
        return [Entitlement(person, Component.EARLY_CHILDHOOD, born, _last_day(born, small_until), presumed=True)]
    if age >= elderly_age:
        return [Entitlement(person, Component.ELDERLY, birthday(born, elderly_age), None)]
    return []


def _last_day(born: date, age: int) -> date:
    return birthday(born, age + 1) - timedelta(days=1)


def _until_leaving(held: Entitlement) -> Entitlement:
    left = held.person.left_on
    if left is None or (held.until and held.until < left):
        return held
    return Entitlement(held.person, held.component, held.since, left - timedelta(days=1))


def _may_have_one(person: Person, on: date, elderly_age: int) -> bool:
    if person.birth_date is None or _held(person, on, elderly_age):
        return True
    return person.school_level is None and age_on(person.birth_date, on) <= SCHOOL_UNTIL


def _ended_by_age(person: Person) -> bool:
    """Asked of somebody without a component: the record still names one."""
    return person.school_level in _SCHOOLS or (person.pregnant_until is not None and person.sex is not Sex.MALE)


@dataclass(frozen=True)
class Holding:
    """A PKH component of one person; `until` None: no end in sight; `presumed`: only age says so."""

    name: str
    component: Component
    until: date | None
    presumed: bool
