from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.assessment.rules import answers
from portal.assessment.rules.answers import Answer, InvalidAnswer, Typed, contradictions, is_asked, parse_answer
from portal.assessment.rules.instrument import CURRENT, NONE, Asks, IndicatorKind, Question, Section, instrument
from portal.assessment.rules.judging import RULES
from portal.assessment.rules.readiness import assess
from portal.kernel.workflow import plain
from tests.ready_family import FACTS, READY, dated

KINDS = {
    IndicatorKind.GATE: {"income_per_person", "stable_income", "own_wish"},
    IndicatorKind.REQUIRED: {"household_income", "food_share", "housing", "debt_savings", "children_in_school"},
    IndicatorKind.SUPPORTING: {"business", "decile", "conditions", "earners", "continuing_aid"},
}


def question(key: str) -> Question:
    return CURRENT.questions[key]


def code_of(key: str, typed: str | list[str]) -> str:
    with pytest.raises(InvalidAnswer) as caught:
        parse_answer(question(key), typed)
    assert caught.value.question.key == key
    return caught.value.code


def codes(values: Mapping[str, object], people: int | None = 4) -> list[str]:
    return [clash.code for clash in contradictions(values, people)]


@pytest.mark.parametrize("kind", IndicatorKind)
def test_every_indicator_of_the_domain_has_its_kind(kind):
    assert {each.key for each in CURRENT.indicators if each.kind is kind} == KINDS[kind]


def test_every_caution_flag_of_the_domain_is_there():
    expected = ["severe_disability", "lone_elderly", "chronic_illness", "nutrition_problem", "recent_shock"]
    assert [flag.key for flag in CURRENT.cautions] == [*expected, "decile_lowest"]


def test_every_indicator_has_a_rule_and_known_questions():
    for each in CURRENT.indicators:
        assert each.key in RULES
        assert set(each.questions) <= CURRENT.questions.keys()


def test_every_question_serves_an_indicator_or_a_flag():
    used = {key for each in CURRENT.indicators for key in each.questions}
    assert used | {flag.question for flag in CURRENT.cautions if flag.question} == CURRENT.questions.keys()


@pytest.mark.parametrize("key", CURRENT.thresholds)
def test_every_threshold_serves_an_indicator_or_a_flag(key):
    others = {name: limit for name, limit in CURRENT.thresholds.items() if name != key}
    with pytest.raises(KeyError, match=key):
        assess(replace(CURRENT, thresholds=others), dated(READY), FACTS)


def test_every_section_asks_something_and_nothing_is_asked_twice():
    asked = [each.key for section in Section for each in CURRENT.section(section)]
    assert all(CURRENT.section(section) for section in Section)
    assert sorted(asked) == sorted(CURRENT.questions)


def test_poor_options_are_options_and_leave_a_way_out():
    for key in ("floor", "wall", "toilet", "power"):
        assert question(key).poor < set(question(key).options)


def test_thresholds_say_where_and_since_when():
    limit = CURRENT.thresholds["stable_months"]
    assert (limit.value, limit.source, limit.valid_from) == (6, "instrument", date(2026, 1, 1))


def test_current_is_found_by_its_version():
    assert instrument(CURRENT.version) is CURRENT


def test_a_version_that_never_was_is_refused():
    with pytest.raises(LookupError):
        instrument(99)


@pytest.mark.parametrize("typed", ["1.500.000", "1500000", "1,5jt", " Rp1.500.000 "])
def test_money_is_read_as_people_write_it(typed):
    assert parse_answer(question("income_main"), typed) == 1_500_000


@pytest.mark.parametrize("key", list(CURRENT.questions))
@pytest.mark.parametrize("typed", ["", "  ", [], ["", " "]])
def test_blank_is_unknown_for_every_question(key, typed):
    assert parse_answer(question(key), typed) is None


@pytest.mark.parametrize(
    ("key", "typed", "code"),
    [
        ("income_main", "banyak", "not_money"),
        ("income_main", "9999999999", "too_large"),
        ("income_main", "99999999999", "too_large"),
        ("income_main", "-500.000", "too_small"),
        ("spending_total", "0", "too_small"),
        ("stable_months", "13", "too_large"),
        ("stable_months", "-1", "too_small"),
        ("stable_months", "enam", "not_a_number"),
        ("stable_months", "6,5", "not_a_number"),
        ("stable_months", "²", "not_a_number"),
        ("stable_months", "9" * 5000, "not_a_number"),
        ("floor", "gold", "not_an_option"),
        ("assets", ["tools", "yacht"], "not_an_option"),
        ("assets", ["tools", NONE], "none_with_others"),
    ],
)
def test_what_is_no_answer_is_named(key, typed, code):
    assert code_of(key, typed) == code


def test_a_choice_and_a_number_are_read():
    assert parse_answer(question("floor"), " ceramic ") == "ceramic"
    assert parse_answer(question("stable_months"), "12") == 12


def test_a_selection_comes_back_in_the_order_of_the_form_and_once():
    assert parse_answer(question("assets"), ["tools", "stall", "tools"]) == ("stall", "tools")


def test_only_none_is_a_selection_too():
    assert parse_answer(question("assets"), [NONE]) == (NONE,)


def test_a_question_of_the_section_left_blank_is_to_be_cleared():
    section = Typed.of({"income_main": 2_000_000, "income_other": None, "assets": ()})
    assert section == Typed({"income_main": 2_000_000}, ("income_other", "assets"))


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"spending_food": 900, "spending_total": 800}, "food_over_total"),
        ({"children_in_school": 3, "school_age_children": 2}, "school_over_children"),
        ({"school_age_children": 5}, "children_over_people"),
        ({"earners": 5}, "earners_over_people"),
        ({"income_main": 1, "stable_months": 0}, "income_without_months"),
        ({"own_wish": "undecided", "conversation_held": "no"}, "wish_without_conversation"),
    ],
)
def test_answers_that_cannot_all_be_true_are_named(values, code):
    assert codes(values) == [code]


def test_equal_amounts_do_not_contradict():
    values = {"spending_food": 800, "spending_total": 800, "children_in_school": 2, "school_age_children": 2}
    assert codes({**values, "earners": 4, "income_main": 0, "stable_months": 0}) == []


def test_nothing_contradicts_what_is_unknown():
    assert codes({"spending_food": 900, "earners": 5, "children_in_school": 3}, people=None) == []


@pytest.mark.parametrize(
    ("key", "values", "asked"),
    [
        ("own_wish", {"conversation_held": "no"}, False),
        ("own_wish", {"conversation_held": "yes"}, True),
        ("own_wish", {}, True),
        ("children_in_school", {"school_age_children": 0}, False),
        ("children_in_school", {"school_age_children": 1}, True),
        ("floor", {}, True),
    ],
)
def test_a_pointless_question_is_not_asked(key, values, asked):
    assert is_asked(question(key), values) is asked


@pytest.mark.parametrize("value", [True, -1, 13, "6", None, 6.0, ("6",)])
def test_a_stored_value_that_does_not_fit_is_no_answer(value):
    assert not question("stable_months").accepts(value)


@pytest.mark.parametrize("value", [(), ("yacht",), ("tools", NONE), "tools", 1, (["tools"],)])
def test_a_stored_selection_that_does_not_fit_is_no_answer(value):
    assert not question("assets").accepts(value)


def values_of(asked: Question) -> st.SearchStrategy:
    if asked.asks in (Asks.MONEY, Asks.NUMBER):
        return st.integers(asked.lowest, asked.highest)
    if asked.asks is Asks.CHOICE:
        return st.sampled_from(asked.options)
    chosen = st.sets(st.sampled_from([option for option in asked.options if option != NONE]), min_size=1)
    return st.one_of(st.just((NONE,)), chosen.map(lambda options: tuple(sorted(options))))


@given(st.data(), st.sampled_from(list(CURRENT.questions.values())))
def test_what_can_be_answered_can_be_typed_stored_and_read_back(data, asked):
    value = data.draw(values_of(asked))
    typed = list(value) if isinstance(value, tuple) else str(value)
    parsed = parse_answer(asked, typed)
    assert asked.accepts(parsed)
    given_answer = {asked.key: Answer(parsed, date(2026, 11, 3), (7, 8), by=2)}
    assert answers.from_json(plain(given_answer)) == given_answer


def test_an_answer_is_stored_with_evidence_day_and_witness():
    stored = plain({"assets": Answer(("tools",), date(2026, 11, 3), (7,), by=2)})
    assert stored == {"assets": {"value": ["tools"], "on": "2026-11-03", "evidence": [7], "by": 2}}


def test_an_entry_without_a_value_is_no_answer():
    assert answers.from_json({"floor": {"value": None, "on": "2026-11-03"}}) == {}
