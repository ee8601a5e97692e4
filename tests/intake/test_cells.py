"""Single cells, as offices fill them."""

import re
from datetime import date, datetime

import pytest

from portal.intake.reading import cells
from portal.intake.reading.cells import Fault, past_date, stage
from portal.kernel.terms import Period, Relation, Sex
from tests.intake.files import TODAY


def code(read, *arguments) -> tuple[str, ...]:
    with pytest.raises(Fault) as fault:
        read(*arguments)
    return fault.value.codes


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("  RUMIYATI ", "RUMIYATI"),
        ("SITI\n AMINAH", "SITI AMINAH"),
        ("SITI\u00a0AMINAH", "SITI AMINAH"),
        ("SITI\x00AMINAH", "SITI AMINAH"),
        ("'0123", "0123"),
        ("MAT ROFI'I", "MAT ROFI'I"),
        ("#N/A", ""),
        ("-", ""),
        (None, ""),
        (12, "12"),
        (12.0, "12"),
        (datetime(2026, 4, 1), "01/04/2026"),
    ],
)
def test_text_is_one_clean_line(cell, said):
    assert cells.text(cell) == said


def test_formula_is_no_text():
    assert code(cells.text, '=HYPERLINK("http://x")') == ("formula_as_text",)


@pytest.mark.parametrize("cell", ["", None, "-", "  ", "...", "123"])
def test_name_needs_a_letter(cell):
    assert code(cells.name, cell) == ("name_missing",)


def test_text_too_long_for_the_register_is_told():
    assert (
        code(cells.name, "A" * 121) == code(cells.address, "A" * 201) == code(cells.short_text, "A" * 81) == ("text_too_long",)
    )


@pytest.mark.parametrize(
    ("cell", "number"), [("008", 8), (8, 8), (8.0, 8), ("RT 8", 8), ("RW.012", 12), ("0", None), ("", None)]
)
def test_rt_is_a_small_number(cell, number):
    assert cells.small_number(cell) == number


def test_rt_that_is_no_number_is_told():
    assert code(cells.small_number, "delapan") == ("number_unreadable",)


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("JL. BANDULAN NO. 11 RT 13 RW 12", ("JL. BANDULAN NO. 11", 13, 12)),
        ("JL. KARTINI RT:1 RW:2", ("JL. KARTINI", 1, 2)),
        ("JL. A, RT.003/RW.005, GG. 2", ("JL. A, , GG. 2", 3, 5)),
        ("JL. A RT/RW 08/02", ("JL. A", 8, 2)),
        ("JL. A RT 08/02", ("JL. A", 8, 2)),
        ("jl. a rt03rw04", ("jl. a", 3, 4)),
        ("JL. A RT 8", ("JL. A", 8, None)),
        ("JL. KARTINI 12", ("JL. KARTINI 12", None, None)),
        ("JL. KART 5", ("JL. KART 5", None, None)),
    ],
)
def test_rt_and_rw_are_found_inside_an_address(line, found):
    assert cells.rt_rw_inside(line) == found


@pytest.mark.parametrize(
    ("cell", "amount"),
    [
        ("1325000", 1_325_000),
        (1325000, 1_325_000),
        (1325000.0, 1_325_000),
        ("Rp1.325.000", 1_325_000),
        ("Rp 1.325.000,00", 1_325_000),
        ("1,325,000", 1_325_000),
        ("0", 0),
        ("0rb", 0),
        ("", None),
        ("-", None),
    ],
)
def test_rupiah_in_every_spelling(cell, amount):
    assert cells.rupiah(cell) == amount


@pytest.mark.parametrize("cell", ["banyak", "-5000", "sekitar 2jt", "9" * 13, "Rp", "1000000001", "9999999999", 2147483648])
def test_no_amount_is_guessed(cell):
    assert code(cells.rupiah, cell) == ("amount_unreadable",)


@pytest.mark.parametrize("cell", ["L", "l", "1", 1, "Laki-laki", "LAKI - LAKI", "Pria"])
def test_men_in_every_spelling(cell):
    assert cells.sex(cell) is Sex.MALE


@pytest.mark.parametrize("cell", ["P", "2", 2, "Perempuan", "WANITA"])
def test_women_in_every_spelling(cell):
    assert cells.sex(cell) is Sex.FEMALE


def test_unknown_sex_is_told_and_none_given_is_not():
    assert code(cells.sex, "X") == ("sex_unknown",)
    assert cells.sex("") is None


@pytest.mark.parametrize(
    ("cell", "relation"), [("KEPALA KELUARGA", Relation.HEAD), ("Orang Tua/Mertua", Relation.PARENT), (3, Relation.CHILD)]
)
def test_relations_by_word_or_code(cell, relation):
    assert cells.relation(cell) is relation
    assert code(cells.relation, "TETANGGA") == ("relation_unknown",)


@pytest.mark.parametrize(("cell", "decile"), [(1, 1), ("10", 10), ("Desil 4", 4), (4.0, 4), ("", None)])
def test_decile_is_1_to_10(cell, decile):
    assert cells.decile(cell) == decile


@pytest.mark.parametrize("cell", [0, 11, "5+", "4,5", -1, "miskin"])
def test_other_deciles_are_told(cell):
    assert code(cells.decile, cell) == ("decile_out_of_range",)


@pytest.mark.parametrize(
    "cell",
    [
        "4/2026",
        "Tahap IV Tahun 2026",
        "TAHAP 4 2026",
        "2026-Q4",
        "Q4 2026",
        "4 - 2026",
        "2026/4",
        "Apr-26",
        datetime(2026, 4, 1),
    ],
)
def test_stage_in_every_spelling(cell):
    assert stage(cell) == Period(2026, 4)


@pytest.mark.parametrize("cell", ["5/2026", "4", "Mei-26", datetime(2026, 5, 1), datetime(2026, 4, 2), "November 2026"])
def test_other_stages_are_told(cell):
    assert code(stage, cell) == ("stage_unknown",)


def test_no_stage_is_no_fault():
    assert stage("") is None


@pytest.mark.parametrize(
    "cell",
    [
        "05/10/2008",
        "5-10-2008",
        "5.10.2008",
        "2008-10-05",
        "2008-10-05 00:00:00",
        "5 Oktober 2008",
        "05-OCT-2008",
        datetime(2008, 10, 5),
    ],
)
def test_day_stands_before_the_month(cell):
    assert past_date(cell, TODAY) == date(2008, 10, 5)


@pytest.mark.parametrize("cell", ["31/02/2015", "10/13/2008", "25/11/2026", "31/12/1899", "5/10/08", "besok", 39726])
def test_impossible_dates_are_told(cell):
    assert code(past_date, cell, TODAY) == ("date_impossible",)


def test_today_is_possible():
    assert past_date("24/11/2026", TODAY) == TODAY


@pytest.mark.parametrize(
    "value",
    ["3573994111922966", "NIK 3573994111922966 salah", "35739941119229660000", "3573 9941 1192 2966", "357399.411192.2966"],
)
def test_hint_never_shows_a_whole_number(value):
    shown = re.sub(r"[ .]", "", cells.hint(value))
    assert "4111922966" not in shown
    assert "35739941" not in shown
