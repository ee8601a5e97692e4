"""NIK and KK cells: judged as kernel/identity.py judges, and never repaired."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.intake.reading.cells import PLAIN_KK, PLAIN_NIK, Fault, kk, nik
from portal.kernel.identity import check_kk, check_nik
from tests.intake.files import TODAY

NUMBERS = st.from_regex(r"(35|73|96|00|99)(73|01|00)(99|01|00)[0-7]\d[01]\d\d\d(0000|\d{4})", fullmatch=True)


def code(read, cell) -> tuple[str, ...]:
    with pytest.raises(Fault) as fault:
        read(cell, TODAY)
    return fault.value.codes


@given(NUMBERS | st.from_regex(PLAIN_NIK, fullmatch=True))
def test_nik_that_is_let_pass_is_sound_by_the_full_check(number):
    assert not PLAIN_NIK.fullmatch(number) or check_nik(number, today=TODAY).valid


@given(NUMBERS | st.from_regex(PLAIN_KK, fullmatch=True))
def test_kk_that_is_let_pass_is_sound_by_the_full_check(number):
    assert not PLAIN_KK.fullmatch(number) or check_kk(number, TODAY).valid


@pytest.mark.parametrize("number", ["3573992802240001", "3573993101240001", "3573996902240001", "3573997112240001"])
def test_plain_numbers_need_no_full_check(number):
    assert PLAIN_NIK.fullmatch(number) if number != "3573996902240001" else check_nik(number, today=TODAY).valid


@pytest.mark.parametrize("cell", [3573994111922966, 3573994111922966.0, 357399411192296])
def test_number_cell_has_lost_its_last_digit(cell):
    assert code(nik, cell) == code(kk, cell) == ("precision_lost",)


@pytest.mark.parametrize("cell", ["", None, "-", "0", 0, "NULL", "0000"])
def test_nothing_is_missing_not_wrong(cell):
    assert code(nik, cell) == ("nik_missing",)
    assert code(kk, cell) == ("kk_missing",)


@pytest.mark.parametrize("cell", ["3,57399E+15", "3.57E15", "1,27503E+15"])
def test_scientific_notation_is_told(cell):
    assert code(nik, cell) == ("nik_scientific",)
    assert code(kk, cell) == ("kk_scientific",)


@pytest.mark.parametrize("cell", ["'3573994111922966", " 3573994111922966 ", "3573 9941 1192 2966", "3573994111922966\u00a0"])
def test_padding_and_apostrophes_are_no_fault(cell):
    assert nik(cell, TODAY) == "3573994111922966"


def test_length_is_told_without_the_number():
    with pytest.raises(Fault) as fault:
        nik("357399411192296", TODAY)
    assert fault.value.codes == ("nik_length",)
    assert fault.value.facts == {"digits": 15}


def test_kk_of_a_31st_or_another_city_is_no_fault():
    assert kk("3578013103150001", TODAY) == "3578013103150001"


def test_every_fault_of_a_number_is_told():
    assert code(nik, "3573993102150000") == ("nik_date", "nik_serial")
