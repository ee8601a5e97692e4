import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from portal.assessment.rules.answers import Answer, CautionState, Compare, Need, Result, Trend, Verdict
from portal.assessment.rules.instrument import CURRENT, NONE, IndicatorKind, Threshold
from portal.assessment.rules.readiness import Facts, MemberFacts, assess, outdated_required, unanswered_required
from portal.kernel.terms import Band, Period
from tests.ready_family import FACTS, LIMITS, LINE, MEMBERS, READY, dated, deciles, family, judge, keys_of


def without(*keys: str, facts: Facts = FACTS) -> Result:
    return judge({key: value for key, value in READY.items() if key not in keys}, facts)


def state(result: Result, key: str) -> CautionState:
    return next(caution.state for caution in result.cautions if caution.key == key)


# ---- the band -------------------------------------------------------------------------------------------------------


def test_everything_met_and_nothing_raised_is_ready():
    result = judge(READY)
    assert result.band is Band.READY
    assert (result.unknown, result.to_next, result.to_ready, result.raised_cautions) == ((), (), (), ())


def test_nothing_answered_is_not_yet_and_all_unknown_except_the_register():
    result = judge({})
    assert result.band is Band.NOT_YET
    assert result.unknown == tuple(each.key for each in CURRENT.indicators if each.key != "decile")


@pytest.mark.parametrize(
    "changed",
    [
        {"income_main": 1_000_000},
        {"stable_months": 5},
        {"own_wish": "undecided"},
        {"own_wish": "wants_to_stay"},
        {"conversation_held": "no"},
    ],
)
def test_one_failed_gate_is_not_yet(changed):
    assert family(**changed).band is Band.NOT_YET


@pytest.mark.parametrize("key", ["income_main", "income_other", "stable_months", "conversation_held", "own_wish"])
def test_one_unanswered_gate_is_not_met(key):
    assert without(key).band is Band.NOT_YET


@pytest.mark.parametrize(
    ("changed", "key"),
    [
        ({"spending_food": 1_801_000}, "food_share"),
        ({"floor": "earth"}, "housing"),
        ({"wall": "woven_bamboo"}, "housing"),
        ({"toilet": "communal"}, "housing"),
        ({"power": "450"}, "housing"),
        ({"savings": 499_999}, "debt_savings"),
        ({"debt_overdue": "yes"}, "debt_savings"),
        ({"debt_payment": 1_500_001}, "debt_savings"),
        ({"children_in_school": 1}, "children_in_school"),
    ],
)
def test_one_unmet_requirement_needs_strengthening(changed, key):
    result = family(**changed)
    assert result.band is Band.STRENGTHEN
    assert keys_of(result.to_next) == keys_of(result.to_ready) == [key]


REQUIRED_QUESTIONS = [
    "spending_total", "spending_food", "floor", "wall", "toilet", "power", "savings", "debt_payment", "debt_overdue",
    "school_age_children", "children_in_school",
]  # fmt: skip


@pytest.mark.parametrize("key", REQUIRED_QUESTIONS)
def test_one_unanswered_requirement_needs_strengthening(key):
    result = without(key)
    assert result.band is Band.STRENGTHEN
    assert len(unanswered_required(result)) == 1


def test_income_below_the_minimum_wage_needs_strengthening():
    small = replace(FACTS, people=2, members=MEMBERS[:2])
    result = judge({**READY, "income_main": 3_000_000, "income_other": 0, "school_age_children": 0}, small)
    assert result.band is Band.STRENGTHEN
    assert result.finding("household_income").verdict is Verdict.NEAR


def test_supporting_indicators_never_move_the_band():
    worst = {"business": "none", "assets": (NONE,), "earners": 0, "conditions_kept": "never", "sessions_attended": 0}
    result = judge({**READY, **worst, "continuing_aid": (NONE,)}, replace(FACTS, deciles={Period(2026, 3): 2}))
    assert result.band is Band.READY
    supporting = [finding for finding in result.findings if finding.kind is IndicatorKind.SUPPORTING]
    assert {finding.verdict for finding in supporting} == {Verdict.NOT_MET, Verdict.UNKNOWN}


# ---- income, stability, wish ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("each", "verdict"),
    [(1_106_931, "met"), (1_106_930, "near"), (LINE, "near"), (LINE - 1, "not_met")],
)
def test_income_per_person_is_measured_against_the_poverty_line(each, verdict):
    found = family(income_main=each * 4, income_other=0).finding("income_per_person")
    assert (found.verdict, found.value, found.threshold) == (verdict, each, 1_106_931)
    assert (found.source, found.valid_from) == ("BPS Kota Malang", date(2025, 3, 1))


def test_a_limit_that_is_no_whole_rupiah_is_rounded_up():
    odd = replace(LIMITS["poverty_line"], value=737_955)
    found = judge(READY, replace(FACTS, thresholds={**LIMITS, "poverty_line": odd})).finding("income_per_person")
    assert found.threshold == 1_106_933


def test_a_near_gate_is_neither_failed_nor_met():
    result = family(income_main=LINE * 4)
    assert result.band is Band.STRENGTHEN
    assert result.to_ready[0].needs[0] == Need("income_per_person", Compare.AT_LEAST, 1_106_931)


def test_income_without_a_poverty_line_is_unknown_and_says_so():
    result = judge(READY, replace(FACTS, thresholds={"umk": LIMITS["umk"]}))
    found = result.finding("income_per_person")
    assert (found.verdict, found.reason) == ("unknown", "no_threshold")
    assert unanswered_required(result) == ("income_per_person",)


@pytest.mark.parametrize("people", [None, 0])
def test_income_of_an_unknown_number_of_people_is_unknown(people):
    found = judge(READY, replace(FACTS, people=people)).finding("income_per_person")
    assert (found.verdict, found.reason) == ("unknown", "no_people")


def test_settings_override_the_thresholds_of_the_instrument():
    eight = Threshold("stable_months", 8, "SK Dinsos", date(2026, 7, 1))
    found = judge({**READY, "stable_months": 7}, replace(FACTS, thresholds={**LIMITS, "stable_months": eight}))
    stable = found.finding("stable_income")
    assert (stable.verdict, stable.threshold, stable.source) == ("not_met", 8, "SK Dinsos")


def test_six_months_are_stable():
    assert family(stable_months=6).finding("stable_income").verdict is Verdict.MET


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"conversation_held": "no"}, "no_conversation"),
        ({"own_wish": "undecided"}, "wish_undecided"),
        ({"own_wish": "wants_to_stay"}, "wish_to_stay"),
    ],
)
def test_the_wish_that_was_not_expressed_has_its_reason(changed, reason):
    assert family(**changed).finding("own_wish").reason == reason


def test_a_wish_without_a_recorded_conversation_does_not_count():
    found = without("conversation_held").finding("own_wish")
    assert (found.verdict, found.missing) == ("unknown", ("conversation_held",))


# ---- the required ones ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("food", "verdict", "share"),
    [(1_800_000, "met", 50), (1_800_001, "near", 51), (2_340_000, "near", 65), (2_340_001, "not_met", 66)],
)
def test_food_share_is_rounded_up_before_it_is_compared(food, verdict, share):
    found = family(spending_food=food).finding("food_share")
    assert (found.verdict, found.value, found.source) == (verdict, share, "decree_262_2022")


def test_one_poor_part_fails_the_house_however_much_is_unanswered():
    found = judge({**READY, "floor": "earth", "power": "450"} | {"wall": "gone"}).finding("housing")
    assert (found.verdict, found.failing, found.missing) == ("not_met", ("floor", "power"), ("wall",))
    assert [need.what for need in found.needs] == ["floor", "wall", "power"]


def test_heavy_instalments_are_measured_against_the_income():
    found = family(debt_payment=1_500_001).finding("debt_savings")
    assert (found.reason, found.value, found.threshold) == ("debt_heavy", 1_500_001, 1_500_000)
    assert found.needs == (Need("debt_payment", Compare.AT_MOST, 1_500_000),)


def test_low_savings_are_measured_against_their_floor():
    found = family(savings=0).finding("debt_savings")
    assert (found.reason, found.value, found.threshold) == ("savings_low", 0, 500_000)


def test_no_child_of_school_age_leaves_nothing_to_ask():
    values = {key: value for key, value in READY.items() if key != "children_in_school"}
    result = judge({**values, "school_age_children": 0})
    found = result.finding("children_in_school")
    assert (found.verdict, found.reason, found.missing) == ("met", "no_school_age", ())
    assert result.band is Band.READY


def test_contradicting_answers_do_not_count():
    result = family(spending_food=5_000_000)
    found = result.finding("food_share")
    assert (found.verdict, found.reason) == ("unknown", "contradiction")
    assert result.contradictions == ("food_over_total",)
    assert result.band is Band.STRENGTHEN


# ---- supporting -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "verdict", "reason"),
    [
        (deciles(), "unknown", "no_decile"),
        (deciles(4), "unknown", "too_few_quarters"),
        (deciles(3, 4), "met", "decile_met"),
        (deciles(4, 4), "met", "decile_met"),
        (deciles(5, 4), "near", "decile_falling"),
        (deciles(2, 3), "near", "decile_near"),
        (deciles(3, 3), "not_met", "decile_not_met"),
        (deciles(3, 2), "not_met", "decile_not_met"),
        (deciles(9, 3, 3, 3, 4), "met", "decile_met"),
    ],
)
def test_the_decile_counts_with_its_way_over_the_last_year(facts, verdict, reason):
    found = judge(READY, facts).finding("decile")
    assert (found.verdict, found.reason) == (verdict, reason)


@pytest.mark.parametrize(
    ("kept", "sessions", "verdict"),
    [
        ("always", 9, "met"), ("always", 8, "near"), ("always", 5, "not_met"),
        ("sometimes", 12, "near"), ("sometimes", 5, "not_met"), ("never", 12, "not_met"),
    ],
)  # fmt: skip
def test_conditions_count_with_attendance(kept, sessions, verdict):
    assert family(conditions_kept=kept, sessions_attended=sessions).finding("conditions").verdict == verdict


@pytest.mark.parametrize(
    ("earning", "verdict", "share"), [(4, "met", 400), (2, "met", 100), (1, "near", 33), (0, "not_met", 0)]
)
def test_earners_are_counted_per_hundred_dependants(earning, verdict, share):
    found = family(earners=earning).finding("earners")
    assert (found.verdict, found.value) == (verdict, share)


@pytest.mark.parametrize(
    ("runs", "owns", "verdict"),
    [
        ("alone", ("stall",), "met"), ("none", ("stall",), "near"),
        ("paid_help", (NONE,), "near"), ("none", (NONE,), "not_met"),
    ],
)  # fmt: skip
def test_a_business_and_assets_support_together(runs, owns, verdict):
    assert family(business=runs, assets=owns).finding("business").verdict == verdict


# ---- caution flags --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changed",
    [
        {"severe_disability": "yes"},
        {"chronic_illness": "yes"},
        {"nutrition_problem": "yes"},
        {"recent_shock": ("illness", "death")},
    ],
)
def test_a_raised_flag_blocks_the_suggestion(changed):
    result = family(**changed)
    assert result.band is Band.STRENGTHEN
    assert [caution.key for caution in result.raised_cautions] == keys_of(result.to_ready) == list(changed)


@pytest.mark.parametrize("key", ["severe_disability", "chronic_illness", "nutrition_problem", "recent_shock"])
def test_a_flag_nobody_looked_at_is_not_cleared(key):
    result = without(key)
    assert result.band is Band.STRENGTHEN
    assert (state(result, key), result.raised_cautions) == (CautionState.UNKNOWN, ())


def test_the_register_raises_a_disability_whatever_was_answered():
    disabled = replace(FACTS, members=(*MEMBERS[:3], MemberFacts(9, severe_disability=True)))
    assert state(judge(READY, disabled), "severe_disability") is CautionState.PRESENT


@pytest.mark.parametrize(
    ("ages", "people", "expected"),
    [
        ((72,), 1, "present"), ((72, 68), 2, "present"), ((72, 40), 2, "absent"), ((60,), 1, "present"),
        ((72, None), 2, "unknown"), ((72, None, 9), 3, "absent"), ((72,), 3, "unknown"), ((), 1, "unknown"),
    ],
)  # fmt: skip
def test_elderly_without_anyone_younger_are_alone(ages, people, expected):
    facts = replace(FACTS, people=people, members=tuple(MemberFacts(age) for age in ages))
    assert state(judge(READY, facts), "lone_elderly") == expected


@pytest.mark.parametrize(("facts", "expected"), [(deciles(4, 1), "present"), (deciles(1, 2), "absent"), (deciles(), "unknown")])
def test_the_latest_decile_raises_the_flag(facts, expected):
    assert state(judge(READY, facts), "decile_lowest") == expected


# ---- trend, dates, storage ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        ({"stable_months": 5}, {"stable_months": 6}, Trend.BETTER),
        ({"stable_months": 6}, {"stable_months": 5}, Trend.WORSE),
        ({"stable_months": 7}, {"stable_months": 9}, Trend.BETTER),
        ({"stable_months": 7}, {"stable_months": 7}, Trend.SAME),
    ],
)
def test_trend_compares_with_the_visit_before(before, now, expected):
    result = judge({**READY, **now}, previous=[family(stable_months=8), family(**before)])
    assert result.finding("stable_income").trend is expected


def test_less_spent_on_food_is_better():
    result = judge({**READY, "spending_food": 1_000_000}, previous=[judge(READY)])
    assert result.finding("food_share").trend is Trend.BETTER


def test_trend_looks_past_a_visit_without_an_answer():
    result = judge(READY, previous=[family(stable_months=5), without("stable_months")])
    assert result.finding("stable_income").trend is Trend.BETTER


def test_trend_is_new_without_anything_to_compare():
    assert judge(READY).finding("stable_income").trend is Trend.NEW
    unknown = judge({}, previous=[judge(READY)])
    assert unknown.finding("stable_income").trend is Trend.NEW


def test_amounts_that_measure_different_things_are_not_compared():
    result = judge({**READY, "savings": 400_000}, previous=[family(debt_payment=2_000_000)])
    assert result.finding("debt_savings").trend is Trend.SAME


def test_a_finding_is_as_old_as_its_oldest_answer():
    old = {**dated(READY), "floor": Answer("ceramic", date(2026, 8, 1))}
    result = assess(CURRENT, old, FACTS)
    assert result.finding("housing").answered_on == date(2026, 8, 1)
    assert outdated_required(result, date(2026, 8, 2)) == ("housing",)
    assert outdated_required(result, date(2026, 8, 1)) == ()


def test_supporting_questions_are_not_needed_to_submit():
    result = without("business", "earners", "continuing_aid", "conditions_kept")
    assert unanswered_required(result) == ()


def test_a_failed_house_with_open_questions_is_still_unanswered():
    values = {key: value for key, value in READY.items() if key != "wall"}
    assert unanswered_required(judge({**values, "floor": "earth"})) == ("housing",)


def test_answers_to_unknown_questions_are_ignored():
    assert judge({**READY, "horoscope": "lion"}) == judge(READY)


def test_an_assessment_takes_less_than_a_millisecond():
    answers, previous = dated({**READY, "floor": "earth", "income_main": 0}), (judge(READY),) * 3
    assert min(seconds(lambda: assess(CURRENT, answers, FACTS, previous)) for _ in range(50)) < 0.001


def seconds(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started
