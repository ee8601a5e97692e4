from contextlib import suppress
from timeit import repeat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.kernel.typed import MOST_RUPIAH, NotMoney, parse_rupiah
from portal.web import texts


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1.500.000", 1_500_000),
        ("1500000", 1_500_000),
        ("1,500,000", 1_500_000),
        ("1.500.000,00", 1_500_000),
        ("1.500.000,-", 1_500_000),
        ("Rp1.500.000", 1_500_000),
        ("Rp. 1.500.000", 1_500_000),
        ("1.500.000 rupiah", 1_500_000),
        ("1,5jt", 1_500_000),
        ("1.5 juta", 1_500_000),
        ("1,25 JT", 1_250_000),
        ("1 juta 250 rb", 1_250_000),
        ("1jt 5rb", 1_005_000),
        ("Rp 500 rb", 500_000),
        ("750rb", 750_000),
        ("750 ribu", 750_000),
        ("1500rb", 1_500_000),
        ("2,5k", 2_500),
        ("1.500", 1_500),
        ("0", 0),
        ("0 jt", 0),
        (" 37.000\u00a0", 37_000),
    ],
)
def test_money_is_read_as_people_write_it(text, amount):
    assert parse_rupiah(text) == amount


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"),
        ("  ", "empty"),
        ("-500", "negative"),
        ("Rp -500.000", "negative"),
        ("-Rp500", "negative"),
        ("\u2212500", "negative"),
        ("20 miliar", "unclear"),
        ("99.999.999.999", "too_large"),
        ("20000 jt", "too_large"),
        ("banyak", "unclear"),
        ("rp", "unclear"),
        ("jt", "unclear"),
        ("1,5", "unclear"),
        ("1.5", "unclear"),
        ("1,500", "unclear"),
        ("1.500jt", "unclear"),
        ("1,500 juta", "unclear"),
        ("1.50.000", "unclear"),
        ("1.500,000", "unclear"),
        ("1 500 000", "unclear"),
        ("1jt500", "unclear"),
        ("500rb 1jt", "unclear"),
        ("500-750rb", "unclear"),
        ("500 rban", "unclear"),
        ("sekitar 1jt", "unclear"),
        ("5m", "unclear"),
        ("1e6", "unclear"),
        ("1jt per minggu", "unclear"),
        ("1 jt 1500 rb", "unclear"),
        ("\u0661\u0662\u0663", "unclear"),
        ("1,005rb", "unclear"),
        ("9" * 5000, "too_large"),
    ],
)
def test_what_has_no_one_meaning_is_refused(text, code):
    with pytest.raises(NotMoney) as refused:
        parse_rupiah(text)
    assert refused.value.code == code


def test_the_largest_amount_is_still_money():
    assert parse_rupiah(str(MOST_RUPIAH)) == MOST_RUPIAH
    with pytest.raises(ValueError, match="too_large"):
        parse_rupiah(str(MOST_RUPIAH + 1))


@given(st.integers(0, MOST_RUPIAH))
def test_what_is_written_can_be_read_back(amount):
    assert parse_rupiah(texts.rupiah(amount)) == parse_rupiah(str(amount)) == amount


@given(st.integers(0, 9_999), st.integers(0, 99))
def test_parts_of_millions_are_exact(millions, hundredths):
    assert parse_rupiah(f"{millions},{hundredths:02d}jt") == millions * 1_000_000 + hundredths * 10_000


@given(st.text(max_size=20) | st.text("0123456789.,- rpjtib", max_size=14))
def test_any_text_is_money_or_refused(text):
    with suppress(NotMoney):
        assert 0 <= parse_rupiah(text) <= MOST_RUPIAH


def test_reading_takes_less_than_a_millisecond():
    assert min(repeat(lambda: parse_rupiah("Rp 1 juta 250 rb"), number=100, repeat=3)) / 100 < 0.001
