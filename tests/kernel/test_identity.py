from datetime import date
from timeit import repeat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.kernel.identity import check_kk, check_nik, mask, regencies
from portal.kernel.terms import Sex

TODAY = date(2026, 11, 24)
WOMAN = "3573994111922966"
MAN = "3573992810692965"


def nik(day=28, *, area="357399", rest="1069", serial="2965"):
    return f"{area}{day:02d}{rest}{serial}"


def test_a_woman_has_forty_added_to_her_day():
    found = check_nik(WOMAN, today=TODAY)
    assert (found.digits, found.birth_date, found.sex) == (WOMAN, date(1992, 11, 1), Sex.FEMALE)
    assert found.valid and found.warnings == ()


def test_a_man_keeps_his_day():
    found = check_nik(MAN, today=TODAY)
    assert (found.birth_date, found.sex) == (date(1969, 10, 28), Sex.MALE)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (None, "nik_missing"),
        ("", "nik_missing"),
        (" - ", "nik_missing"),
        ("0000000000000000", "nik_missing"),
        ("Tidak ada", "nik_missing"),
        ("357399610588300", "nik_length"),
        ("35739961058830011", "nik_length"),
        ("357399410588300X", "nik_length"),
        ("3573994802700000", "nik_serial"),
        ("3573993902763230", "nik_date"),
        ("3573990029763230", "nik_date"),
        ("3573992902253230", "nik_date"),
        ("9973992810692965", "nik_area"),
        ("3500992810692965", "nik_area"),
        ("3573002810692965", "nik_area"),
        ("3,57399E+15", "nik_scientific"),
        ("3.57399e15", "nik_scientific"),
    ],
)
def test_each_impossible_nik_has_one_reason(text, code):
    found = check_nik(text, today=TODAY)
    assert found.errors == (code,)
    assert not found.valid


def test_several_faults_are_all_told():
    found = check_nik("9900004013690000", today=TODAY)
    assert set(found.errors) == {"nik_area", "nik_date", "nik_serial"}
    assert found.digits == "9900004013690000"


@pytest.mark.parametrize("text", [f"'{WOMAN}", f" {WOMAN}\u00a0", "3573.9941.1192.2966", "357399 411192 2966"])
def test_marks_that_excel_and_people_add_are_read_over(text):
    assert check_nik(text, today=TODAY).digits == WOMAN


def test_the_record_decides_the_century():
    old = check_nik(nik(rest="1020"), today=TODAY, birth_date=date(1920, 10, 28))
    assert old.birth_date == date(1920, 10, 28) and old.warnings == ()
    assert check_nik(nik(rest="1020"), today=TODAY).birth_date == date(2020, 10, 28)


def test_nobody_is_born_in_the_future():
    assert check_nik(nik(rest="1226"), today=TODAY).birth_date == date(1926, 12, 28)
    assert check_nik(nik(24, rest="1126"), today=TODAY).birth_date == TODAY


def test_a_record_that_says_otherwise_is_a_warning_not_an_error():
    found = check_nik(WOMAN, today=TODAY, birth_date=date(1992, 11, 2), sex=Sex.MALE)
    assert found.valid
    assert found.warnings == ("nik_birth_date_differs", "nik_sex_differs")


@pytest.mark.parametrize(
    ("area", "warnings"),
    [
        ("357301", ()),
        ("357305", ()),
        ("357399", ()),
        ("357306", ("nik_other_city",)),
        ("350701", ("nik_other_city",)),
        ("357901", ("nik_other_city",)),
        ("913001", ("nik_old_area",)),
    ],
)
def test_where_a_nik_was_born_is_only_a_warning(area, warnings):
    found = check_nik(nik(area=area), today=TODAY)
    assert found.valid and found.warnings == warnings


def test_a_broken_number_gets_no_warnings_besides():
    found = check_nik("3507010000692965", today=TODAY, birth_date=date(1990, 1, 1), sex=Sex.FEMALE)
    assert found.errors == ("nik_date",) and found.warnings == ()


def test_the_regencies_are_those_of_the_ministry():
    assert len(regencies()) == 514  # Kepmendagri 300.2.2-2138/2025
    assert {"1101", "3573", "9171"} <= regencies()
    assert not {"3500", "3530", "5401", "9101"} & regencies()


@given(
    st.dates(date(1927, 1, 1), TODAY),
    st.sampled_from(Sex),
    st.integers(1, 9999),
)
def test_every_birth_date_and_sex_comes_back(born, sex, serial):
    day = born.day + (40 if sex is Sex.FEMALE else 0)
    found = check_nik(f"357399{day:02d}{born:%m%y}{serial:04d}", today=TODAY, birth_date=born, sex=sex)
    assert (found.birth_date, found.sex, found.errors, found.warnings) == (born, sex, (), ())


@given(st.text(max_size=30))
def test_no_text_breaks_the_check(text):
    found = check_nik(text, today=TODAY)
    assert found.digits is None or (len(found.digits) == 16 and found.digits.isascii())
    assert found.valid or found.errors
    assert check_kk(text, TODAY).digits == found.digits


def test_a_kk_number_tells_its_day_of_issue():
    found = check_kk("3573990203172964", TODAY)
    assert (found.digits, found.issued, found.errors) == ("3573990203172964", date(2017, 3, 2), ())


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (None, "kk_missing"),
        ("-", "kk_missing"),
        ("357399020317296", "kk_length"),
        ("3573993002172964", "kk_date"),
        ("3573994203172964", "kk_date"),
        ("3573990203170000", "kk_serial"),
        ("9973990203172964", "kk_area"),
        ("3,57399E+15", "kk_scientific"),
    ],
)
def test_each_impossible_kk_has_one_reason(text, code):
    assert check_kk(text, TODAY).errors == (code,)


def test_a_kk_from_elsewhere_is_nothing_to_remark_on():
    assert check_kk("9130010203172964", TODAY).valid
    assert check_kk("3507010203172964", TODAY) == check_kk("3507 0102 0317 2964", TODAY)


def test_the_mask_shows_where_not_who():
    assert mask(WOMAN) == "3573•• •••••• ••••"
    assert mask(None) == mask("") == ""
    assert mask("357399610588300") == "•" * 15


@given(st.integers(0, 10**12 - 1))
def test_the_mask_is_the_same_for_everyone_of_a_city(rest):
    assert mask(f"3573{rest:012d}") == mask(WOMAN)


def test_a_check_takes_less_than_a_millisecond():
    check_nik(WOMAN, today=TODAY)
    assert min(repeat(lambda: check_nik(WOMAN, today=TODAY), number=100, repeat=3)) / 100 < 0.001
