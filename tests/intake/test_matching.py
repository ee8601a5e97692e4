from dataclasses import replace
from timeit import repeat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.intake.rules.matching import Hit, HouseholdMatch, Recognised, match_household

FIRST = Hit(1, frozenset({"a", "b"}), kk="k1")
SECOND = Hit(2, frozenset({"c"}), kk="k2")
BOTH = (SECOND, FIRST)


def test_any_present_member_makes_a_family_known():
    assert match_household(["x", "b"], "k1", BOTH) == HouseholdMatch(Recognised.ONE, (1,))
    assert match_household(["x", "b"], "k1", BOTH).household_id == 1


@pytest.mark.parametrize("kk", [None, "k9"])
def test_a_new_or_missing_kk_number_changes_nothing(kk):
    assert match_household(["a"], kk, BOTH) == HouseholdMatch(Recognised.ONE, (1,))


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
        return match_household(["7a", "7b"], "k7", households)

    assert min(repeat(match, number=50, repeat=3)) / 50 < 0.001
