from dataclasses import replace
from timeit import repeat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.intake.rules.matching import Dwelling, HouseholdMatch, Known, KnownFamily, PresentMember, Recognised
from portal.kernel.terms import Membership


def family(number, niks, kk=None):
    people = [PresentMember(at, nik, "SITI", None, None, None, None) for at, nik in enumerate(niks)]
    return KnownFamily(number, Membership.ACTIVE, None, Dwelling("35.73.01.1001", "", None, None), people=people, kk=kk)


def match(niks, kk, families):
    return Known({one.id: one for one in families}).match(niks, kk)


FIRST, SECOND = family(1, "ab", "k1"), family(2, "c", "k2")
BOTH = (SECOND, FIRST)


def test_any_present_member_makes_a_family_known():
    assert match(["x", "b"], "k1", BOTH) == HouseholdMatch(Recognised.ONE, (1,))
    assert match(["x", "b"], "k1", BOTH).household_id == 1


@pytest.mark.parametrize("kk", [None, "k9"])
def test_a_new_or_missing_kk_number_changes_nothing(kk):
    assert match(["a"], kk, BOTH) == HouseholdMatch(Recognised.ONE, (1,))


def test_people_of_two_families_are_a_conflict():
    assert match(["a", "c"], "k1", BOTH) == HouseholdMatch(Recognised.CONFLICT, (1, 2))


def test_the_kk_number_of_another_family_is_a_conflict():
    found = match(["a"], "k2", BOTH)
    assert found == HouseholdMatch(Recognised.CONFLICT, (1, 2)) and found.household_id is None


def test_a_kk_number_alone_needs_a_look():
    found = match(["x"], "k1", BOTH)
    assert found == HouseholdMatch(Recognised.KK_ONLY, (1,)) and found.household_id is None
    assert match([], "k1", (FIRST, replace(SECOND, kk="k1"))).household_ids == (1, 2)


def test_nobody_known_is_a_new_family():
    assert match(["x"], "k9", BOTH) == HouseholdMatch(Recognised.NONE)
    assert match(["a"], "k1", ()) == HouseholdMatch(Recognised.NONE)


@pytest.mark.parametrize("nothing", [None, ""])
def test_missing_numbers_recognise_nobody(nothing):
    blank = family(3, [""], nothing)
    assert match([nothing], nothing, (blank,)) == HouseholdMatch(Recognised.NONE)


@given(
    st.lists(st.sampled_from("abcd")), st.none() | st.sampled_from("kl"),
    st.dictionaries(st.sampled_from("abcd"), st.integers(1, 4)), st.dictionaries(st.integers(1, 4), st.sampled_from("kl")),
)  # fmt: skip
def test_one_means_that_nothing_else_was_hit(niks, kk, homes, kks):
    families = [family(one, [nik for nik, home in homes.items() if home == one], kks.get(one)) for one in range(1, 5)]
    found = match(niks, kk, families)
    by_nik = {homes[nik] for nik in niks if nik in homes}
    hit = by_nik | {one for one, number in kks.items() if number == kk}
    assert set(found.household_ids) == hit
    assert (found.recognised is Recognised.NONE) == (not hit)
    assert (found.recognised is Recognised.ONE) == (len(hit) == 1 and bool(by_nik))


def test_matching_takes_less_than_a_millisecond():
    known = Known({number: family(number, [f"{number}a", f"{number}b"], f"k{number}") for number in range(20)})
    assert min(repeat(lambda: known.match(["7a", "7b"], "k7"), number=50, repeat=3)) / 50 < 0.001
