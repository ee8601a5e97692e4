from dataclasses import replace
from datetime import date
from timeit import repeat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.intake.rules.matching import (
    Clue,
    Hit,
    HouseholdMatch,
    Level,
    Match,
    Recognised,
    Trace,
    match_household,
    match_people,
)

SITI = Trace(
    name="SITI KHOTIMAH",
    nik="3573994111922966",
    birth_date=date(1992, 11, 1),
    address=("35.73.01.1008", "008", "001"),
)
UNNUMBERED = replace(SITI, nik=None)


def level(one, other):
    return match_people(one, other).level


def test_the_same_nik_is_the_same_person():
    assert level(SITI, replace(SITI, name="Hj. St. Chotimah", birth_date=None, address=None)) is Level.SAME
    assert level(SITI, replace(SITI, birth_date=date(1992, 1, 11), address=("35.73.02.1001", "1", "1"))) is Level.SAME


def test_a_nik_on_two_different_names_needs_a_look():
    other = replace(SITI, name="PONIJAN", birth_date=None)
    assert match_people(SITI, other) == Match(Level.POSSIBLE, (Clue.NIK_SAME, Clue.NAME_DIFFERS, Clue.ADDRESS_SAME))
    assert level(SITI, replace(other, birth_date=SITI.birth_date)) is Level.LIKELY


def test_without_a_nik_three_clues_have_to_agree():
    assert level(UNNUMBERED, SITI) is Level.LIKELY
    assert level(UNNUMBERED, UNNUMBERED) is Level.LIKELY


@pytest.mark.parametrize("missing", ["birth_date", "address"])
def test_two_clues_are_a_possibility(missing):
    assert level(UNNUMBERED, replace(UNNUMBERED, **{missing: None})) is Level.POSSIBLE


@pytest.mark.parametrize(
    "other",
    [
        replace(UNNUMBERED, birth_date=date(1970, 1, 1)),
        replace(UNNUMBERED, name="PONIJAN"),
        replace(UNNUMBERED, birth_date=None, address=None),
        replace(UNNUMBERED, birth_date=None, address=("35.73.02.1001", "1", "1")),
        replace(UNNUMBERED, name="SITI KHODIJAH", birth_date=None),
    ],
)
def test_a_namesake_is_somebody_else(other):
    assert level(UNNUMBERED, other) is Level.DIFFERENT


def test_people_with_two_numbers_are_one_only_possibly():
    other = replace(SITI, nik="3573994111922967")
    assert level(SITI, other) is Level.POSSIBLE
    assert level(SITI, replace(other, address=None)) is Level.DIFFERENT


def test_two_missing_numbers_never_agree():
    clues = match_people(replace(UNNUMBERED, nik=""), UNNUMBERED).clues
    assert not {Clue.NIK_SAME, Clue.NIK_DIFFERS} & set(clues)


TRACES = st.builds(
    Trace,
    name=st.sampled_from(["SITI KHOTIMAH", "Siti Chotimah", "SITI", "PONIJAN", "SITI KHODIJAH", ""]),
    nik=st.none() | st.sampled_from(["1", "2"]),
    birth_date=st.none() | st.dates(date(1990, 1, 1), date(1990, 1, 2)),
    address=st.none() | st.sampled_from([("a", "1"), ("b", "1")]),
)


@given(TRACES, TRACES)
def test_a_match_is_the_same_both_ways(one, other):
    assert match_people(one, other) == match_people(other, one)


@given(TRACES, TRACES)
def test_nobody_is_surely_the_same_without_a_nik(one, other):
    if level(one, other) is Level.SAME:
        assert one.nik and one.nik == other.nik


FIRST = Hit(1, frozenset({"a", "b"}), kk="k1")
SECOND = Hit(2, frozenset({"c"}), kk="k2")
BOTH = (SECOND, FIRST)


def test_any_present_member_makes_a_family_known():
    assert match_household(["x", "b"], "k1", BOTH) == HouseholdMatch(Recognised.ONE, (1,), kk_confirms=True)
    assert match_household(["x", "b"], "k1", BOTH).household_id == 1


@pytest.mark.parametrize("kk", [None, "k9"])
def test_a_new_or_missing_kk_number_changes_nothing(kk):
    assert match_household(["a"], kk, BOTH) == HouseholdMatch(Recognised.ONE, (1,), kk_confirms=False)


def test_people_of_two_families_are_a_conflict():
    assert match_household(["a", "c"], "k1", BOTH) == HouseholdMatch(Recognised.CONFLICT, (1, 2))


def test_the_kk_number_of_another_family_is_a_conflict():
    found = match_household(["a"], "k2", BOTH)
    assert found == HouseholdMatch(Recognised.CONFLICT, (1, 2)) and found.household_id is None


def test_a_kk_number_alone_needs_a_look():
    found = match_household(["x"], "k1", BOTH)
    assert found == HouseholdMatch(Recognised.KK_ONLY, (1,)) and found.household_id is None
    assert match_household([], "k1", (FIRST, replace(SECOND, kk="k1"))).household_ids == (1, 2)


def test_nobody_known_is_a_new_family():
    assert match_household(["x"], "k9", BOTH) == HouseholdMatch(Recognised.NONE)
    assert match_household(["a"], "k1", ()) == HouseholdMatch(Recognised.NONE)


@pytest.mark.parametrize("nothing", [None, ""])
def test_missing_numbers_recognise_nobody(nothing):
    blank = Hit(3, frozenset({""}), kk=nothing)
    assert match_household([nothing], nothing, (blank,)) == HouseholdMatch(Recognised.NONE)


CANDIDATES = st.lists(
    st.builds(
        Hit,
        st.integers(1, 4),
        st.frozensets(st.sampled_from("abcd"), max_size=2),
        st.none() | st.sampled_from("kl"),
    ),
    max_size=4,
)


@given(st.lists(st.sampled_from("abcd")), st.none() | st.sampled_from("kl"), CANDIDATES)
def test_one_means_that_nothing_else_was_hit(niks, kk, candidates):
    found = match_household(niks, kk, candidates)
    hit = {c.household_id for c in candidates if set(niks) & c.niks or (kk and c.kk == kk)}
    assert set(found.household_ids) == hit
    assert (found.recognised is Recognised.NONE) == (not hit)
    if found.recognised is Recognised.ONE:
        assert any(set(niks) & c.niks for c in candidates if c.household_id == found.household_id)


def test_matching_takes_less_than_a_millisecond():
    households = [Hit(n, frozenset({f"{n}a", f"{n}b"}), f"k{n}") for n in range(20)]

    def match():
        return match_people(SITI, UNNUMBERED), match_household(["7a", "7b"], "k7", households)

    assert min(repeat(match, number=50, repeat=3)) / 50 < 0.001
