"""Dates, money, numbers and labels as people in Malang read them."""

import ast
from collections import Counter
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path

import pytest
import time_machine
from flask_babel import force_locale

from portal.graduation import rules as graduation_facts
from portal.kernel import terms
from portal.kernel.terms import LeavingReason, Membership, Period, Presence, Refused, RegistryMatch
from portal.membership import rules as membership_rules
from portal.monitoring import rules as monitoring_facts
from portal.nomination import rules as nomination_rules
from portal.web import labels, texts
from tests.flows import FLOWS


@pytest.fixture(autouse=True)
def at_the_office(app):
    with (
        time_machine.travel("2026-11-24 21:40+07:00", tick=False),
        app.test_request_context("/"),
        force_locale("id"),
    ):
        yield


def test_a_grave_step_is_one_of_a_workflow():
    assert set(labels.GRAVE) <= {step.name for flow in FLOWS.values() for step in flow.steps}


def test_a_step_that_was_taken_is_told_by_where_it_led():
    told = [str(texts.taken("nomination", step)) for step in ("submit", "return", "resubmit", "approve_against_advice")]
    assert told == ["Diajukan", "Dikembalikan", "Diajukan kembali", "Disetujui meski tidak direkomendasikan"]
    assert str(texts.taken("graduation", "correct_way_out")) == "Ubah jenis graduasi"


def test_a_refusal_has_its_words_once():
    sources = [ast.parse(path.read_text()) for path in Path(texts.__file__).parent.rglob("*.py")]
    tables = [node for tree in sources for node in ast.walk(tree) if isinstance(node, ast.Dict)]
    codes = Counter(key.value for table in tables for key in table.keys if is_refusal(key))
    assert [code for code, times in codes.items() if times > 1] == []


def is_refusal(key):
    return isinstance(key, ast.Constant) and key.value in labels.REFUSALS


def test_days_and_times():
    evening = datetime(2026, 11, 24, 14, 40, tzinfo=UTC)
    assert texts.day(date(2026, 11, 24)) == "24 Nov 2026"
    assert texts.day(date(2026, 5, 3)) == "3 Mei 2026"
    assert texts.clock(evening) == "21.40"
    assert texts.moment(evening) == "24 Nov 2026 21.40"


def test_a_moment_before_seven_in_the_morning_is_already_the_next_day_in_malang():
    assert texts.day(datetime(2026, 11, 23, 23, 30, tzinfo=UTC)) == "24 Nov 2026"


def test_money_and_numbers():
    assert texts.rupiah(737_954) == "Rp737.954"
    assert texts.rupiah(-5_000) == "-Rp5.000"
    assert texts.number(1_234) == "1.234"
    assert texts.number(1_234.56, 1) == "1.234,6"
    assert texts.percent(229, 300) == "76%"


def test_numbers_stay_indonesian_in_english():
    with force_locale("en"):
        assert texts.rupiah(1_500_000) == "Rp1.500.000"


def test_unknown_is_a_dash_never_zero():
    assert {texts.day(None), texts.rupiah(None), texts.number(None), texts.ago(None), texts.label(None)} == {"–"}
    assert texts.percent(0, 0) == "–"
    assert texts.rupiah(0) == "Rp0"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (date(2026, 11, 24), "hari ini"),
        (date(2026, 11, 23), "kemarin"),
        (date(2026, 11, 25), "besok"),
        (date(2026, 11, 21), "3 hari lalu"),
        (date(2026, 11, 27), "3 hari lagi"),
        (date(2026, 11, 10), "2 minggu lalu"),
        (date(2026, 8, 24), "3 bulan lalu"),
        (date(2023, 11, 24), "3 tahun lalu"),
    ],
)
def test_how_long_ago(value, words):
    assert texts.ago(value) == words


def test_one_request_sees_one_time():
    first = texts.now()
    with time_machine.travel("2026-11-25 09:00+07:00"):
        assert texts.now() == first
        assert texts.today() == date(2026, 11, 24)


@pytest.mark.parametrize("kind", [kind for kind in vars(terms).values() if isinstance(kind, type) and kind in labels.LABELS])
def test_every_value_that_is_shown_has_a_label(kind):
    assert all(str(texts.label(member)) for member in kind)


def test_every_closed_set_has_labels():
    sets = {
        kind
        for module in (terms, graduation_facts, membership_rules, monitoring_facts, nomination_rules)
        for kind in vars(module).values()
        if isinstance(kind, type)
    }
    closed = {kind for kind in sets if issubclass(kind, StrEnum) and kind is not StrEnum}
    assert {kind.__name__ for kind in closed - set(labels.LABELS)} == set()


def test_words_that_are_stored_alike_are_told_apart():
    same = (Presence.DECEASED, RegistryMatch.DECEASED, LeavingReason.DECEASED)
    assert len(set(same)) == 1
    assert [str(texts.label(one)) for one in same] == ["Meninggal", "Tercatat meninggal", "Meninggal"]


def test_a_state_without_words_is_found_at_once():
    with pytest.raises(KeyError):
        texts.label("melayang", "graduation")


def test_any_value_can_be_read():
    shown = [texts.plain(value) for value in (None, "", (), True, Membership.ACTIVE, date(2026, 1, 2), ["a", "b"], 3)]
    assert [str(one) for one in shown] == ["–", "–", "–", "ya", "Aktif", "2 Jan 2026", "a, b", "3"]


def test_a_refusal_is_a_sentence_even_when_its_code_is_new():
    assert "melayang" in texts.refusal(Refused("melayang"))
    assert "KTP" in texts.refusal(Refused("needs_missing", missing=("identity_card_photo",)))


def test_periods_have_words():
    assert texts.period("2026-Q4") == texts.period(Period(2026, 4)) == "Triwulan 4 2026"


@pytest.mark.parametrize(
    ("name", "divided"),
    [
        ("Bandungrejosari", "Ban|dung|re|jo|sa|ri"),
        ("Mojolangu", "Mo|jo|la|ngu"),
        ("Kedungkandang", "Ke|dung|kan|dang"),
        ("Arjowinangun", "Ar|jo|wi|na|ngun"),
        ("Blimbing", "Blim|bing"),
        ("Kasin", "Kasin"),
    ],
)
def test_long_names_divide_between_syllables(name, divided):
    assert texts.hyphenated(name).replace("\u00ad", "|") == divided


def test_a_templates_text_follows_the_language_and_escapes_what_is_put_in(app):
    with app.test_request_context(), force_locale("id"):
        assert texts.say("Beranda") == "Beranda"
        assert texts.say("Pilih %(name)s", name="<b>") == "Pilih &lt;b&gt;"
        with force_locale("en"):
            assert texts.say("Beranda") == "Home"
        assert texts.say("Beranda") == "Beranda"


def test_days_and_labels_follow_the_language_whoever_asked_before():
    date_in_may = date(2026, 5, 2)
    assert (texts.day(date_in_may), texts.label(Membership.ACTIVE)) == ("2 Mei 2026", "Aktif")
    with force_locale("en"):
        assert (texts.day(date_in_may), texts.label(Membership.ACTIVE)) == ("2 May 2026", "Active")
    assert (texts.day(date_in_may), texts.label(Membership.ACTIVE)) == ("2 Mei 2026", "Aktif")
