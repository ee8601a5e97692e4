from datetime import date, timedelta
from timeit import repeat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.kernel.schedule import (
    add_months,
    is_due,
    is_out_of_reach,
    is_overdue,
    planned_visits,
    times_not_met,
)
from portal.kernel.terms import VisitOutcome

TODAY = date(2026, 11, 24)
DAY = timedelta(days=1)
MET, NOT_MET = VisitOutcome.MET, VisitOutcome.NOT_MET
DAYS = st.dates(date(2000, 1, 1), date(2060, 12, 31))
OUTCOMES = st.none() | st.sampled_from(VisitOutcome)


def test_visits_follow_the_day_of_effect():
    assert planned_visits(date(2026, 11, 30), (3, 6, 9, 12)) == (
        date(2027, 2, 28),
        date(2027, 5, 30),
        date(2027, 8, 30),
        date(2027, 11, 30),
    )


def test_a_plan_is_in_order_and_without_doubles():
    assert planned_visits(TODAY, (12, 3, 3)) == (date(2027, 2, 24), date(2027, 11, 24))
    assert planned_visits(TODAY, ()) == ()


def test_short_months_end_on_their_last_day():
    assert add_months(date(2024, 1, 31), 1) == date(2024, 2, 29)
    assert add_months(date(2026, 3, 31), -1) == date(2026, 2, 28)
    assert add_months(date(2026, 12, 15), 1) == date(2027, 1, 15)
    assert add_months(date(2026, 1, 15), -1) == date(2025, 12, 15)


def test_a_visit_is_due_from_its_day_on():
    assert not is_due(TODAY + DAY, None, TODAY)
    assert is_due(TODAY, None, TODAY)


@pytest.mark.parametrize("outcome", VisitOutcome)
def test_with_an_outcome_nothing_is_due(outcome):
    assert not is_due(TODAY - 100 * DAY, outcome, TODAY)
    assert not is_overdue(TODAY - 100 * DAY, outcome, TODAY)


def test_overdue_begins_when_the_grace_is_over():
    assert not is_overdue(TODAY - 14 * DAY, None, TODAY)
    assert is_overdue(TODAY - 15 * DAY, None, TODAY)
    assert is_overdue(TODAY - DAY, None, TODAY, grace_days=0)
    assert not is_overdue(TODAY, None, TODAY, grace_days=0)


@given(DAYS, OUTCOMES, DAYS)
def test_what_is_overdue_is_due(planned, outcome, today):
    assert is_due(planned, outcome, today) or not is_overdue(planned, outcome, today)


@pytest.mark.parametrize(
    ("outcomes", "times"),
    [
        ([], 0),
        ([None], 0),
        ([NOT_MET, NOT_MET, None], 2),
        ([NOT_MET, NOT_MET, NOT_MET], 3),
        ([NOT_MET, NOT_MET, MET], 0),
        ([MET, NOT_MET, None, NOT_MET, NOT_MET, None], 3),
        ([NOT_MET, MET, NOT_MET], 1),
    ],
)
def test_only_missed_visits_in_a_row_count(outcomes, times):
    assert times_not_met(outcomes) == times
    assert is_out_of_reach(outcomes) is (times >= 3)


@given(st.lists(OUTCOMES))
def test_meeting_the_family_starts_the_count_anew(outcomes):
    assert times_not_met([*outcomes, MET]) == 0
    assert times_not_met([*outcomes, NOT_MET]) == times_not_met(outcomes) + 1


@given(DAYS, st.integers(-200, 200))
def test_months_added_are_so_many_months_on(day, months):
    moved = add_months(day, months)
    assert moved.day <= day.day
    assert (moved.year - day.year) * 12 + moved.month - day.month == months


def test_a_year_of_visits_takes_less_than_a_millisecond():
    def plan():
        return [is_overdue(day, None, TODAY) for day in planned_visits(TODAY, range(1, 13))]

    assert min(repeat(plan, number=50, repeat=3)) / 50 < 0.001
