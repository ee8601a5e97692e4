"""What holds for every family: the band, what lifts it, and nothing smaller that would."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from portal.assessment.rules.answers import (
    CautionState,
    Compare,
    Need,
    NeededChange,
    Result,
    Value,
    Verdict,
    contradictions,
)
from portal.assessment.rules.instrument import CURRENT, NONE, IndicatorKind
from portal.assessment.rules.readiness import Facts
from portal.kernel.terms import Band, Period
from portal.kernel.workflow import plain, rebuild
from tests.ready_family import FACTS, LINE, MEMBERS, READY, WAGE, answered, family, judge, keys_of, situated

BANDS = [Band.NOT_YET, Band.STRENGTHEN, Band.READY]


def rank(result: Result) -> int:
    return BANDS.index(result.band)


families = given(answered(), situated())


@families
def test_ready_means_every_gate_and_requirement_met_and_no_flag(values, facts):
    result = judge(values, facts)
    binding = [finding for finding in result.findings if finding.kind is not IndicatorKind.SUPPORTING]
    met = all(finding.verdict is Verdict.MET for finding in binding)
    cleared = all(caution.state is CautionState.ABSENT for caution in result.cautions)
    assert (result.band is Band.READY) == (met and cleared) == (not result.to_ready)


@families
def test_not_yet_means_a_gate_not_met_or_unanswered(values, facts):
    result = judge(values, facts)
    gates = [finding.verdict for finding in result.findings if finding.kind is IndicatorKind.GATE]
    assert (result.band is Band.NOT_YET) == any(verdict in ("not_met", "unknown") for verdict in gates)


@families
def test_what_is_met_misses_no_answer(values, facts):
    for finding in judge(values, facts).findings:
        assert finding.verdict is not Verdict.MET or not finding.missing


@families
def test_removing_an_answer_never_improves_the_band(values, facts):
    """But for one that need not be given: where no child is of school age, a number of pupils contradicts it."""
    whole = rank(judge(values, facts))
    for key in values.keys() - ({"children_in_school"} if values.get("school_age_children") == 0 else set()):
        assert rank(judge({k: v for k, v in values.items() if k != key}, facts)) <= whole, key


def test_pupils_where_no_child_is_of_school_age_are_a_contradiction_until_taken_back():
    contradicting = {**READY, "school_age_children": 0, "children_in_school": 2}
    told = judge(contradicting)
    assert (told.band, told.contradictions) == (Band.STRENGTHEN, ("school_over_children",))
    del contradicting["children_in_school"]
    assert judge(contradicting).band is Band.READY


HIGHER = ["income_main", "income_other", "stable_months", "savings", "children_in_school", "spending_total"]
HIGHER += ["sessions_attended", "earners"]
LOWER = ["spending_food", "debt_payment", "school_age_children"]
BEST = {
    "debt_overdue": "no", "floor": "ceramic", "wall": "plastered_wall", "toilet": "own", "power": "1300",
    "conversation_held": "yes", "own_wish": "wants_to_leave", "severe_disability": "no", "chronic_illness": "no",
    "nutrition_problem": "no", "recent_shock": (NONE,), "business": "alone", "assets": ("tools",),
    "conditions_kept": "always", "continuing_aid": ("jkn",),
}  # fmt: skip


def test_every_question_has_a_better_side():
    assert sorted([*HIGHER, *LOWER, *BEST]) == sorted(CURRENT.questions)


def improve(values: Mapping[str, Value], key: str, by: int) -> dict[str, Value]:
    now = values.get(key)
    if key in BEST:
        better: Value = BEST[key]
    elif key in HIGHER:
        better = min((now or 0) + by, CURRENT.questions[key].highest)
    else:
        better = max((by if now is None else now - by), 0)
    return {**values, key: better}


@given(answered(), situated(), st.sampled_from(sorted(CURRENT.questions)), st.sampled_from([1, 3, 600_000, 4_000_000]))
def test_improving_one_answer_never_worsens_the_band(values, facts, key, by):
    better = improve(values, key, by)
    assume(not contradictions(better, facts.people) or contradictions(values, facts.people))
    assert rank(judge(better, facts)) >= rank(judge(values, facts))


def meet(values: dict[str, Value], facts: Facts, need: Need) -> Facts:
    """Does what a need says, to `values` and the register, and not more."""
    income = values.get("income_other", 0)
    if need.what == "household_income":
        values.setdefault("income_other", 0)
        values["income_main"] = max(values.get("income_main", 0), need.value - income)
    elif need.what == "food_share":
        total = values.setdefault("spending_total", 1_000_000)
        values["spending_food"] = total * need.value // 100
    elif need.what == "debt_share":
        values["debt_payment"] = 0
    elif need.compare is Compare.NOT_POOR:
        values[need.what] = BEST[need.what]
    elif need.compare is Compare.CLEARED:
        return clear(values, facts, need.what)
    elif need.what in CURRENT.questions:
        values[need.what] = values["school_age_children"] if need.value is None else need.value
    return facts


def clear(values: dict[str, Value], facts: Facts, flag: str) -> Facts:
    if flag == "severe_disability":
        facts = replace(facts, members=tuple(replace(each, severe_disability=False) for each in facts.members))
    if flag == "lone_elderly":
        return replace(facts, members=tuple(replace(each, age=30) for each in facts.members))
    if flag == "decile_lowest":
        return replace(facts, deciles={**facts.deciles, Period(2030, 1): 2})
    values[flag] = BEST[flag]
    return facts


def apply(changes: Iterable[NeededChange], values: Mapping[str, Value], facts: Facts) -> Result:
    changed = dict(values)
    for change in changes:
        for need in change.needs:
            facts = meet(changed, facts, need)
    return judge(changed, facts)


def possible_changes(result: Result) -> list[NeededChange]:
    """Every single thing that could be changed, whether the result names it or not."""
    unmet = [each for each in result.findings if each.kind is not IndicatorKind.SUPPORTING and each.verdict is not Verdict.MET]
    flags = [each for each in result.cautions if each.state is not CautionState.ABSENT]
    cleared = [NeededChange(flag.key, (Need(flag.key, Compare.CLEARED),)) for flag in flags]
    return [*(NeededChange(each.key, each.needs) for each in unmet), *cleared]


def school_is_simple(values: Mapping[str, Value], facts: Facts) -> bool:
    """Children beyond the size of the household, or an unknown number of them, are a question, not a change."""
    return values.get("school_age_children", 99) <= (facts.people or 0)


@families
def test_the_changes_named_lift_the_band(values, facts):
    assume(school_is_simple(values, facts))
    result = judge(values, facts)
    assert apply(result.to_ready, values, facts).band is Band.READY
    assert result.band is Band.READY or rank(apply(result.to_next, values, facts)) > rank(result)


PARTLY_KNOWN = {key: value for key, value in READY.items() if key != "income_other"}
"""What the other income is nobody said; the main one bears the debt by itself."""


@example({**READY, "income_main": 0, "debt_payment": 1_000_000, "savings": 0}, FACTS)
@example({**PARTLY_KNOWN, "income_main": 5_000_000, "debt_payment": 1_500_000}, FACTS)
@settings(max_examples=60, deadline=None)
@families
def test_no_smaller_set_makes_the_family_ready(values, facts):
    assume(school_is_simple(values, facts))
    result = judge(values, facts)
    assume(result.to_ready)
    for fewer in combinations(possible_changes(result), len(result.to_ready) - 1):
        assert apply(fewer, values, facts).band is not Band.READY, keys_of(fewer)


@settings(max_examples=60, deadline=None)
@families
def test_no_smaller_set_lifts_the_band(values, facts):
    assume(school_is_simple(values, facts))
    result = judge(values, facts)
    assume(result.to_next)
    for fewer in combinations(possible_changes(result), len(result.to_next) - 1):
        assert rank(apply(fewer, values, facts)) <= rank(result), keys_of(fewer)


def test_the_fewest_changes_of_a_family_far_away():
    result = family(income_main=0, income_other=0, stable_months=0, own_wish="undecided", floor="earth")
    assert keys_of(result.to_next) == ["income_per_person", "stable_income", "own_wish"]
    assert result.to_next[0].needs[0] == Need("income_per_person", Compare.AT_LEAST, LINE)
    assert keys_of(result.to_ready) == ["income_per_person", "stable_income", "own_wish", "housing"]


def test_one_rise_of_the_income_may_cure_several():
    result = family(income_main=2_000_000, income_other=0, debt_payment=900_000)
    (change,) = result.to_ready
    assert (change.key, change.also) == ("income_per_person", ("household_income", "debt_savings"))
    assert change.needs[1] == Need("household_income", Compare.AT_LEAST, 1_106_931 * 4)


@pytest.mark.parametrize("changed", [{"debt_overdue": "yes"}, {"savings": 0}])
def test_no_income_cures_an_overdue_debt_or_missing_savings(changed):
    result = family(income_main=2_000_000, income_other=0, debt_payment=900_000, **changed)
    assert keys_of(result.to_ready) == ["income_per_person", "debt_savings"]


def test_a_small_family_has_to_reach_the_minimum_wage():
    facts = replace(FACTS, people=2, members=MEMBERS[:2])
    result = judge({**READY, "income_main": 1_000_000, "debt_payment": 0, "income_other": 0}, facts)
    assert keys_of(result.to_ready) == ["household_income"]
    assert result.to_ready[0].also == ("income_per_person",)
    assert result.to_ready[0].needs == (Need("household_income", Compare.AT_LEAST, WAGE),)


@families
def test_a_stored_result_comes_back_as_it_was(values, facts):
    earlier = judge(READY)
    result = judge(values, facts, [earlier])
    assert rebuild(Result, json.loads(json.dumps(plain(result)))) == result
