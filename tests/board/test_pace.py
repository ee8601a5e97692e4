from datetime import date
from timeit import repeat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.board.rules import Pace, PaceState, elapsed_share

PACES = st.builds(Pace, st.integers(0, 500), st.integers(0, 600), st.floats(0, 1))


def test_half_a_year_expects_half_the_target():
    pace = Pace(300, effective=130, elapsed=0.5)
    assert (pace.expected, pace.missing, pace.needed_per_month, pace.forecast) == (150, 170, 29, 260)
    assert pace.state is PaceState.BEHIND
    assert pace.share == pytest.approx(0.4333, abs=0.001)


@pytest.mark.parametrize(
    ("effective", "state"),
    [(149, PaceState.BEHIND), (150, PaceState.ON_TRACK), (299, PaceState.ON_TRACK), (300, PaceState.REACHED)],
)
def test_state_changes_at_the_expected_and_at_the_target(effective, state):
    assert Pace(300, effective, 0.5).state is state


def test_nobody_in_effect_is_behind_at_the_end():
    pace = Pace(10, effective=0, elapsed=1)
    assert (pace.state, pace.missing) == (PaceState.BEHIND, 10)


def test_a_facilitator_is_not_behind_for_a_part_of_a_family():
    assert Pace(10, 4, 0.49).state is PaceState.ON_TRACK


def test_in_the_last_month_all_that_is_missing_is_needed():
    assert Pace(300, 290, elapsed_share(2026, date(2026, 12, 20))).needed_per_month == 10


def test_when_the_year_is_over_no_month_is_left():
    over = Pace(300, 229, 1)
    assert (over.needed_per_month, over.forecast, over.expected) == (None, 229, 300)
    assert Pace(300, 300, 1).needed_per_month == 0


def test_the_first_day_tells_nothing():
    first = Pace(300, 0, 0)
    assert (first.expected, first.forecast, first.needed_per_month) == (0, None, 25)
    assert first.state is PaceState.ON_TRACK


def test_without_a_target_nobody_is_behind():
    pace = Pace(0, 5, 0.5)
    assert (pace.state, pace.share, pace.needed_per_month) == (PaceState.NO_TARGET, None, 0)


@pytest.mark.parametrize("wrong", [(-1, 0, 0.5), (1, -1, 0.5), (1, 0, -0.1), (1, 0, 1.1)])
def test_impossible_numbers_are_refused(wrong):
    with pytest.raises(ValueError, match="elapsed"):
        Pace(*wrong)


@given(PACES)
def test_keeping_what_is_needed_reaches_the_target(pace):
    needed = pace.needed_per_month
    if needed is None:
        assert pace.elapsed == 1 and pace.missing
    else:
        assert pace.effective + needed * max(1, (1 - pace.elapsed) * 12) >= pace.target - 1e-6


@given(PACES)
def test_reached_means_nothing_is_missing(pace):
    assert (pace.state in (PaceState.REACHED, PaceState.NO_TARGET)) == (pace.missing == 0)
    assert 0 <= pace.expected <= pace.target


def test_a_share_of_the_year_is_counted_in_days():
    assert elapsed_share(2026, date(2026, 1, 1)) == 0
    assert elapsed_share(2026, date(2026, 7, 2)) == 182 / 365
    assert elapsed_share(2028, date(2028, 7, 1)) == 182 / 366
    assert elapsed_share(2026, date(2025, 5, 5)) == 0
    assert elapsed_share(2026, date(2027, 1, 1)) == elapsed_share(2026, date(2028, 1, 1)) == 1


def test_reckoning_takes_less_than_a_millisecond():
    def reckon():
        pace = Pace(300, 130, 0.5)
        return pace.expected, pace.needed_per_month, pace.forecast, pace.state

    assert min(repeat(reckon, number=100, repeat=3)) / 100 < 0.001
