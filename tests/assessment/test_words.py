from collections.abc import Iterator
from dataclasses import replace
from enum import StrEnum

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings

from portal.assessment import words
from portal.assessment.rules.answers import CautionState, Trend, Verdict, contradictions
from portal.assessment.rules.instrument import CURRENT, Asks, IndicatorKind, Section
from portal.assessment.words import results
from portal.web import texts
from tests.ready_family import FACTS, READY, answered, family, judge, situated


@pytest.fixture(autouse=True)
def context(app: Flask) -> Iterator[None]:
    with app.test_request_context():
        yield


def test_every_question_has_words_and_no_words_are_left_over():
    assert words.QUESTIONS.keys() == CURRENT.questions.keys() >= words.HELP.keys()


def test_every_option_has_a_label_in_the_order_of_the_form():
    chosen = {each.key: list(each.options) for each in CURRENT.questions.values() if each.asks in (Asks.CHOICE, Asks.MULTI)}
    assert {key: list(options) for key, options in words.OPTIONS.items()} == chosen


@pytest.mark.parametrize("kind", [Section, IndicatorKind, Verdict, CautionState, Trend])
def test_every_member_has_a_label(kind: type[StrEnum]):
    assert all(str(texts.label(member)) for member in kind)


def test_every_section_has_an_introduction():
    assert set(words.SECTION_INTROS) == set(Section)


def test_every_indicator_and_flag_has_a_name():
    assert list(results.INDICATORS) == [each.key for each in CURRENT.indicators]
    assert list(results.CAUTIONS) == [flag.key for flag in CURRENT.cautions]


def test_every_contradiction_has_words():
    values = {**READY, "spending_food": 9_000_000, "children_in_school": 9, "school_age_children": 8, "earners": 9}
    values |= {"stable_months": 0, "conversation_held": "no"}
    assert [clash.code for clash in contradictions(values, 4)] == list(results.CONTRADICTIONS)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(answered(), situated())
def test_every_result_can_be_told(values, facts):
    result = judge(values, facts)
    told = [results.explain(finding) for finding in result.findings]
    told += [line for change in (*result.to_next, *result.to_ready) for line in results.to_do(change)]
    told += [str(results.CAUTION_REASONS[caution.reason]) for caution in result.cautions]
    assert all(told)
    assert not [line for line in told if "%(" in line or "None" in line]


def test_money_and_thresholds_are_told_in_full():
    near = family(income_main=4_000_000, income_other=0).finding("income_per_person")
    assert results.explain(near) == "Rp1.000.000 per orang: di atas garis kemiskinan, belum mencapai Rp1.106.931."
    assert results.limit_source(near) == "BPS Kota Malang, 1 Mar 2025"


def test_poor_parts_of_the_house_are_named():
    assert results.explain(family(floor="earth", power="450").finding("housing")) == "Belum layak: lantai, listrik."


def test_the_share_of_food_is_told_in_percent():
    assert results.explain(family(spending_food=2_000_000).finding("food_share")) == (
        "56% pengeluaran untuk makan, paling banyak 50%."
    )


def test_what_is_to_be_done_names_the_amounts():
    (change,) = family(income_main=2_000_000, income_other=0).to_ready
    assert results.to_do(change) == [
        "Penghasilan per orang mencapai Rp1.106.931 sebulan",
        "Penghasilan keluarga mencapai Rp4.427.724 sebulan",
    ]


def test_a_change_that_cannot_be_told_yet_names_its_indicator():
    (change,) = judge(READY, replace(FACTS, thresholds={"umk": FACTS.thresholds["umk"]})).to_ready
    assert results.to_do(change) == ["Penghasilan per orang dibanding garis kemiskinan"]


def test_an_indicator_without_a_threshold_has_no_source():
    assert results.limit_source(judge(READY).finding("own_wish")) == ""


def test_every_result_says_that_it_is_internal():
    assert results.disclaimer(judge(READY)).startswith("Instrumen internal versi 1, bukan ketentuan Kemensos")
