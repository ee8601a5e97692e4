from dataclasses import replace
from timeit import repeat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.monitoring.rules import (
    MonitoringFindings,
    Outlook,
    Shock,
    Sign,
    Suggestion,
    Yardstick,
    relapse_rate,
    suggest,
)

MALANG = Yardstick(poverty_line=737_954)
WELL = MonitoringFindings(income_per_person=1_500_000, works=True, in_school=True, supported=False)


def suggestion(**changes):
    return suggest(replace(WELL, **changes), MALANG)


def test_a_family_that_is_well_is_stable_without_reasons():
    assert suggestion() == Suggestion(Outlook.STABLE, ())


@pytest.mark.parametrize(
    ("changes", "sign"),
    [
        ({"income_per_person": 1_106_930}, Sign.INCOME_NEAR_LINE),
        ({"income_per_person": 737_954}, Sign.INCOME_NEAR_LINE),
        ({"income_before": 2_000_000}, Sign.INCOME_DROPPED),
        ({"works": False, "supported": True}, Sign.WORK_LOST),
        ({"in_school": False}, Sign.SCHOOL_DROPOUT),
        ({"shocks": (Shock.ILLNESS, Shock.DEATH)}, Sign.SHOCK),
        ({"income_per_person": None}, Sign.INCOME_UNKNOWN),
        ({"works": None}, Sign.WORK_UNKNOWN),
        ({"in_school": None}, Sign.SCHOOL_UNKNOWN),
    ],
)
def test_one_sign_asks_for_watching(changes, sign):
    assert suggestion(**changes) == Suggestion(Outlook.WATCH, (sign,))


@pytest.mark.parametrize(
    ("changes", "sign"),
    [
        ({"income_per_person": 737_953}, Sign.INCOME_BELOW_LINE),
        ({"income_per_person": 0}, Sign.INCOME_BELOW_LINE),
        ({"works": False}, Sign.WORK_LOST_UNSUPPORTED),
        ({"works": False, "supported": None}, Sign.WORK_LOST_UNSUPPORTED),
    ],
)
def test_a_grave_sign_alone_is_a_risk(changes, sign):
    assert suggestion(**changes) == Suggestion(Outlook.AT_RISK, (sign,))


def test_two_warnings_are_a_risk():
    found = suggestion(shocks=(Shock.DIVORCE,), in_school=False)
    assert found == Suggestion(Outlook.AT_RISK, (Sign.SCHOOL_DROPOUT, Sign.SHOCK))


def test_unknowns_alone_never_make_a_risk():
    found = suggest(MonitoringFindings(), MALANG)
    assert found == Suggestion(Outlook.WATCH, (Sign.INCOME_UNKNOWN, Sign.WORK_UNKNOWN, Sign.SCHOOL_UNKNOWN))


def test_the_yardstick_is_the_line_of_its_year():
    assert suggestion(income_per_person=1_106_931).signs == ()
    assert suggest(replace(WELL, income_per_person=720_000), Yardstick(706_341)).result is Outlook.WATCH
    assert suggest(WELL, Yardstick(706_341, near_percent=300)).signs == (Sign.INCOME_NEAR_LINE,)


def test_a_small_loss_of_income_is_no_sign():
    assert suggestion(income_before=1_999_999).signs == ()
    assert suggestion(income_before=0).signs == ()


FINDINGS = st.builds(
    MonitoringFindings,
    income_per_person=st.none() | st.integers(0, 3_000_000),
    income_before=st.none() | st.integers(0, 3_000_000),
    works=st.none() | st.booleans(),
    in_school=st.none() | st.booleans(),
    shocks=st.lists(st.sampled_from(Shock), max_size=3).map(tuple),
    supported=st.none() | st.booleans(),
)
GRADE = {Outlook.STABLE: 0, Outlook.WATCH: 1, Outlook.AT_RISK: 2}


@given(FINDINGS)
def test_a_suggestion_has_reasons_unless_all_is_well(found):
    suggested = suggest(found, MALANG)
    assert (suggested.result is Outlook.STABLE) == (suggested.signs == ())


@given(FINDINGS, st.integers(0, 3_000_000))
def test_more_income_never_looks_worse(found, more):
    poor = replace(found, income_per_person=found.income_per_person or 0)
    rich = replace(poor, income_per_person=poor.income_per_person + more)
    assert GRADE[suggest(rich, MALANG).result] <= GRADE[suggest(poor, MALANG).result]


@given(FINDINGS)
def test_support_never_looks_worse(found):
    supported, alone = replace(found, supported=True), replace(found, supported=False)
    assert GRADE[suggest(supported, MALANG).result] <= GRADE[suggest(alone, MALANG).result]


def test_the_relapse_rate_of_a_cohort():
    assert relapse_rate(12, 229) == pytest.approx(0.0524, abs=0.0001)
    assert relapse_rate(0, 0) is None and relapse_rate(0, 5) == 0


@pytest.mark.parametrize("counts", [(1, 0), (6, 5), (-1, 5)])
def test_more_relapsed_than_graduated_is_a_mistake(counts):
    with pytest.raises(ValueError, match="relapsed"):
        relapse_rate(*counts)


def test_suggesting_takes_less_than_a_millisecond():
    assert min(repeat(lambda: suggest(MonitoringFindings(), MALANG), number=100, repeat=3)) / 100 < 0.001
