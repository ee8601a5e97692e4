from dataclasses import replace
from datetime import date, timedelta
from timeit import repeat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.family.rules.components import (
    AMOUNTS,
    NoneLeft,
    Person,
    Uncounted,
    age_on,
    birthday,
    counted,
    entitlements,
    no_component_left,
    paid,
    unclear,
    yearly_payment,
)
from portal.kernel.terms import Component, SchoolLevel, Sex

TODAY = date(2026, 11, 24)
ADULT = Person(birth_date=date(1985, 5, 1), sex=Sex.FEMALE)
PUPIL = Person(birth_date=date(2017, 3, 3), school_level=SchoolLevel.PRIMARY)
TODDLER = Person(birth_date=date(2023, 6, 1))
GRANDMOTHER = Person(birth_date=date(1950, 1, 1))
DAY = timedelta(days=1)


def held(*people, on=TODAY, elderly_age=60):
    return entitlements(people, on, elderly_age=elderly_age)


def components(*people, on=TODAY, elderly_age=60):
    return [one.component for one in held(*people, on=on, elderly_age=elderly_age)]


def left(*people, on=TODAY, elderly_age=60):
    return no_component_left(people, on, elderly_age=elderly_age)


@pytest.mark.parametrize(
    ("person", "component"),
    [
        (TODDLER, Component.EARLY_CHILDHOOD),
        (PUPIL, Component.PRIMARY),
        (replace(PUPIL, school_level=SchoolLevel.JUNIOR_SECONDARY), Component.JUNIOR_SECONDARY),
        (replace(PUPIL, school_level=SchoolLevel.SENIOR_SECONDARY), Component.SENIOR_SECONDARY),
        (GRANDMOTHER, Component.ELDERLY),
        (replace(ADULT, severe_disability=True), Component.SEVERE_DISABILITY),
        (replace(ADULT, rights_victim=True), Component.RIGHTS_VICTIM),
        (replace(ADULT, pregnant_until=TODAY), Component.PREGNANT),
        (Person(school_level=SchoolLevel.PRIMARY), Component.PRIMARY),
    ],
)
def test_each_component_is_recognised(person, component):
    assert components(person) == [component]


@pytest.mark.parametrize(
    "person",
    [
        ADULT,
        Person(),
        replace(ADULT, pregnant_until=TODAY - DAY),
        replace(ADULT, pregnant_until=TODAY, sex=Sex.MALE),
        replace(PUPIL, school_level=None),
        replace(PUPIL, school_level=SchoolLevel.FINISHED),
        replace(PUPIL, school_level=SchoolLevel.NOT_IN_SCHOOL),
        replace(TODDLER, left_on=TODAY),
        replace(TODDLER, birth_date=TODAY + DAY),
    ],
)
def test_without_a_ground_there_is_no_component(person):
    assert components(person) == []


def test_a_child_of_six_is_small_until_it_goes_to_school():
    six = Person(birth_date=date(2020, 1, 1))
    assert components(six) == [Component.EARLY_CHILDHOOD]
    assert components(replace(six, school_level=SchoolLevel.PRIMARY)) == [Component.PRIMARY]


def test_school_before_six_does_not_count_yet():
    [one] = held(replace(TODDLER, school_level=SchoolLevel.PRIMARY))
    assert (one.component, one.until) == (Component.EARLY_CHILDHOOD, date(2029, 5, 31))


def test_a_small_child_is_seven_the_day_after_the_last():
    [one] = held(TODDLER)
    assert (one.since, one.until, one.presumed) == (date(2023, 6, 1), date(2030, 5, 31), True)
    assert components(TODDLER, on=one.until) == [Component.EARLY_CHILDHOOD]
    assert components(TODDLER, on=one.until + DAY) == []


def test_schooling_ends_with_twenty_one_at_the_latest():
    [one] = held(PUPIL)
    assert (one.until, one.presumed) == (date(2039, 3, 2), True)
    assert components(PUPIL, on=one.until) == [Component.PRIMARY]
    assert components(PUPIL, on=one.until + DAY) == []


def test_age_of_the_elderly_is_a_setting():
    woman = Person(birth_date=date(1960, 11, 25))
    [one] = held(woman)
    assert (one.since, one.until, one.presumed) == (date(2020, 11, 25), None, False)
    assert components(woman, elderly_age=66) == []
    assert components(woman, on=TODAY + DAY, elderly_age=66) == [Component.ELDERLY]


def test_a_planned_departure_is_a_known_end():
    [one] = held(replace(GRANDMOTHER, left_on=date(2027, 1, 1)))
    assert (one.until, one.presumed) == (date(2026, 12, 31), False)


def test_growing_up_before_leaving_stays_presumed():
    [one] = held(replace(TODDLER, left_on=date(2035, 1, 1)))
    assert (one.until, one.presumed) == (date(2030, 5, 31), True)


def test_a_person_is_paid_once_for_the_dearest():
    both = replace(PUPIL, severe_disability=True)
    assert components(both) == [Component.SEVERE_DISABILITY, Component.PRIMARY]
    assert yearly_payment(held(both)) == 2_400_000


def test_four_persons_are_paid_highest_first():
    family = [PUPIL, GRANDMOTHER, replace(PUPIL, school_level=SchoolLevel.SENIOR_SECONDARY), TODDLER, replace(PUPIL)]
    assert yearly_payment(held(*family)) == 3_000_000 + 2_400_000 + 2_000_000 + 900_000


def test_two_small_children_and_two_pregnancies_are_paid():
    toddlers = [replace(TODDLER, key=number) for number in range(3)]
    mothers = [replace(ADULT, pregnant_until=TODAY, key=number) for number in range(3)]
    assert yearly_payment(held(*toddlers)) == yearly_payment(held(*mothers)) == 6_000_000
    assert yearly_payment(held(*toddlers, PUPIL)) == 6_900_000


def test_who_is_over_the_limit_is_paid_for_what_else_they_have():
    mothers = [replace(ADULT, pregnant_until=TODAY, key=number) for number in range(2)]
    assert yearly_payment(held(*mothers, replace(mothers[0], severe_disability=True))) == 6_000_000 + 2_400_000


def test_what_is_not_paid_says_why():
    toddlers = [replace(TODDLER, key=number) for number in range(3)]
    both = replace(PUPIL, severe_disability=True)
    told = counted(held(*toddlers, both, GRANDMOTHER, replace(PUPIL, key=9)))
    assert [why for _, why in told if why] == [Uncounted.KIND_FULL, Uncounted.SAME_PERSON, Uncounted.FAMILY_FULL]
    assert [one for one, why in told if not why] == list(paid([one for one, _ in told]))


def test_of_whom_it_cannot_be_told():
    told = Person(birth_date=date(2010, 1, 1), school_level=SchoolLevel.FINISHED)
    maybe = [Person(key=1), Person(key=2, birth_date=date(2010, 1, 1))]
    assert unclear([*maybe, told, ADULT, PUPIL, TODDLER, replace(maybe[0], left_on=TODAY)], TODAY, elderly_age=60) == tuple(
        maybe
    )


def test_amounts_come_from_outside():
    assert yearly_payment(held(PUPIL), {**AMOUNTS, Component.PRIMARY: 1_000_001}) == 1_000_001


PEOPLE = st.builds(
    Person,
    birth_date=st.none() | st.dates(date(1940, 1, 1), TODAY),
    sex=st.none() | st.sampled_from(Sex),
    school_level=st.none() | st.sampled_from(SchoolLevel),
    pregnant_until=st.none() | st.dates(date(2026, 6, 1), date(2027, 8, 1)),
    severe_disability=st.booleans(),
    rights_victim=st.booleans(),
    left_on=st.none() | st.dates(date(2026, 1, 1), date(2027, 12, 31)),
)


@given(st.lists(PEOPLE, max_size=7))
def test_payment_keeps_every_limit(people):
    chosen = paid(held(*people))
    kinds = [one.component for one in chosen]
    assert len(chosen) <= 4 and kinds.count(Component.PREGNANT) <= 2 and kinds.count(Component.EARLY_CHILDHOOD) <= 2
    assert len({id(one.person) for one in chosen}) == len(chosen)


@given(st.lists(PEOPLE, max_size=6), PEOPLE)
def test_one_more_person_never_lowers_the_payment(people, person):
    assert yearly_payment(held(*people, person)) >= yearly_payment(held(*people))


@given(PEOPLE, st.dates(TODAY, date(2030, 1, 1)))
def test_a_component_is_held_exactly_until_its_last_day(person, on):
    for one in held(person, on=on):
        assert one.until is None or one.until >= on
        assert one.since is None or one.since <= on
        if one.until:
            assert one.component in components(person, on=one.until)
            assert one.component not in components(person, on=one.until + DAY)


@given(st.lists(PEOPLE, max_size=4))
def test_a_family_with_a_component_is_never_without(people):
    if held(*people):
        assert left(*people) is NoneLeft.NO


@pytest.mark.parametrize(
    "gone",
    [
        replace(GRANDMOTHER, left_on=date(2026, 5, 1)),
        replace(PUPIL, birth_date=date(2008, 1, 1), school_level=SchoolLevel.FINISHED),
        replace(PUPIL, school_level=SchoolLevel.NOT_IN_SCHOOL),
        replace(ADULT, birth_date=date(2004, 11, 24)),
    ],
)
def test_what_is_recorded_makes_it_known(gone):
    assert left(ADULT, gone) is NoneLeft.KNOWN


@pytest.mark.parametrize(
    "grown",
    [
        replace(PUPIL, birth_date=date(2004, 11, 24), school_level=SchoolLevel.SENIOR_SECONDARY),
        replace(ADULT, pregnant_until=date(2026, 11, 1)),
    ],
)
def test_age_or_an_expected_birth_only_presumes(grown):
    assert left(ADULT, grown) is NoneLeft.PRESUMED


@pytest.mark.parametrize(
    "unknown",
    [
        Person(),
        replace(PUPIL, school_level=None),
        replace(ADULT, birth_date=date(2004, 11, 25)),
    ],
)
def test_unknown_is_never_none(unknown):
    assert left(ADULT, unknown) is NoneLeft.NO


def test_a_family_without_anybody_is_another_matter():
    assert left() is NoneLeft.NO
    assert left(replace(ADULT, left_on=TODAY)) is NoneLeft.NO


def test_leap_day_children_grow_older_on_the_first_of_march():
    born = date(2020, 2, 29)
    assert birthday(born, 7) == date(2027, 3, 1) and birthday(born, 4) == date(2024, 2, 29)
    assert age_on(born, date(2027, 2, 28)) == 6 and age_on(born, date(2027, 3, 1)) == 7


@given(st.dates(date(1920, 1, 1), date(2026, 1, 1)), st.integers(0, 100))
def test_age_changes_on_the_birthday(born, years):
    assert age_on(born, birthday(born, years)) == years
    assert age_on(born, birthday(born, years) - DAY) == years - 1


def test_a_large_family_takes_less_than_a_millisecond():
    family = [PUPIL, TODDLER, GRANDMOTHER, ADULT, replace(ADULT, pregnant_until=TODAY)] * 2

    def reckon():
        return yearly_payment(held(*family)), left(*family)

    assert min(repeat(reckon, number=50, repeat=3)) / 50 < 0.001
