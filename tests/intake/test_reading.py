"""Rows into records, and what is told about them."""

import tracemalloc

import pytest

from portal.intake.reading.layouts import PaymentRow
from portal.intake.reading.rows import Severity
from portal.kernel.terms import Period, Relation
from tests.intake.files import (
    FAMILY_HEADER,
    MEMBER_HEADER,
    PAYMENT_HEADER,
    codes,
    families,
    family,
    member,
    parse,
    payment,
    payments,
    text_table,
    workbook,
)

OTHER_NIK, OTHER_KK = "3573994111922967", "3573990203172965"


def test_sound_row_becomes_a_record():
    parsed = payments(payment())
    assert parsed.problems == ()
    assert parsed.records == (
        PaymentRow(
            sheet=None,
            row=2,
            nik="3573994111922966",
            kk="3573990203172964",
            name="TUMINI",
            area="35.73.01.1008",
            address="JL. MERGAN NO. 2",
            rt=8,
            rw=1,
            period=Period(2026, 4),
            programme="PKH",
            amount=1_325_000,
        ),
    )


@pytest.mark.parametrize(
    ("changes", "code", "severity"),
    [
        ({"NIK_KTP": ""}, "nik_missing", "error"),
        ({"NOKK": ""}, "kk_missing", "warning"),
        ({"NOKK": "357399020317296"}, "kk_length", "error"),
        ({"NAMA_PENERIMA": ""}, "name_missing", "error"),
        ({"TAHAP": "besok"}, "stage_unknown", "warning"),
        ({"NOMINAL": "banyak"}, "amount_unreadable", "warning"),
        ({"NO_RT": "delapan"}, "number_unreadable", "warning"),
        ({"ALAMAT": "A" * 201}, "text_too_long", "warning"),
        ({"NAMA_KEL": "SAMAAN"}, "area_differs", "warning"),
        ({"KODE_WILAYAH": "9999999999"}, "area_unknown", "error"),
    ],
)
def test_fault_is_told_at_its_column(changes, code, severity):
    parsed = payments(payment(), payment(**another(changes)))
    column = {"area_differs": "KODE_WILAYAH"}.get(code, next(iter(changes)))
    assert [(p.row, p.column, p.code, p.severity) for p in parsed.problems] == [(3, column, code, severity)]
    assert parsed.is_blocked(parsed.records[1]) is (severity == Severity.ERROR)
    assert not parsed.is_blocked(parsed.records[0])


def another(changes: dict) -> dict:
    """Another person than the first row's, with those changes."""
    return {"NIK_KTP": OTHER_NIK, "NOKK": OTHER_KK} | changes


def test_unusable_cell_stays_empty_and_the_rest_is_kept():
    record = payments(payment(NOMINAL="banyak", TAHAP="besok", NO_RT="delapan")).records[0]
    assert (record.amount, record.period, record.rt, record.name) == (None, None, None, "TUMINI")


def test_formula_in_a_place_is_told_once():
    assert codes(payments(payment(KODE_WILAYAH="=A1", NAMA_KEL="=A2"))) == [
        (2, "NAMA_KEL", "formula_as_text"),
        (2, "KODE_WILAYAH", "formula_as_text"),
    ]


def test_formula_in_a_column_nobody_reads_is_nobodys_business():
    rows = [[*PAYMENT_HEADER, "CATATAN"], [*payment(), "=1+1"]]
    assert parse(text_table(rows)).problems == ()


@pytest.mark.parametrize("address", ["JL. A RT 3 RW 4", "JL. A RT 3 RW 1", "JL. A RT 8 RW 4"])
def test_own_columns_win_over_rt_and_rw_in_the_address(address):
    record = payments(payment(ALAMAT=address)).records[0]
    assert (record.address, record.rt, record.rw) == (address, 8, 1)


def test_rt_and_rw_that_stand_twice_are_taken_out_of_the_address():
    record = payments(payment(ALAMAT="JL. A RT 8 RW 1")).records[0]
    assert (record.address, record.rt, record.rw) == ("JL. A", 8, 1)


def test_same_payment_twice_is_told_and_dropped():
    parsed = payments(payment(), payment())
    assert codes(parsed) == [(3, "NIK_KTP", "duplicate_in_file")]
    assert (parsed.rows, len(parsed.records)) == (2, 1)


def test_two_stages_or_two_programmes_of_one_person_are_no_repetition():
    assert payments(payment(), payment(TAHAP="3/2026"), payment(BANSOS="BPNT")).problems == ()


def test_missing_numbers_never_collide():
    parsed = payments(*[payment(NIK_KTP="", NOKK="", NAMA_PENERIMA=name) for name in ("SITI", "SRI")])
    assert {code for _row, _column, code in codes(parsed)} == {"nik_missing", "kk_missing"}
    assert len(parsed.records) == 2


def test_kk_of_two_recipients_is_worth_a_look():
    parsed = payments(payment(), payment(NIK_KTP=OTHER_NIK))
    assert codes(parsed) == [(3, "NOKK", "kk_repeated")]
    assert not parsed.is_blocked(parsed.records[1])


def test_totals_signatures_and_repeated_headers_are_no_rows():
    blank = [""] * len(PAYMENT_HEADER)
    below = [
        ["JUMLAH", *blank[1:-1], "1325000"],
        ["", "", "Malang, 24 November 2026"],
        PAYMENT_HEADER,
        ["  ", *blank[1:]],
    ]
    below[0][0] = ""
    parsed = payments(payment(), *below)
    assert (parsed.rows, parsed.problems) == (1, ())


def test_row_without_numbers_but_with_all_else_is_told():
    assert codes(payments(payment(NIK_KTP="", NOKK="")))[0] == (2, "NOKK", "kk_missing")


def test_cells_pushed_aside_by_a_stray_separator_are_not_believed():
    parsed = payments(payment(ALAMAT="JL. A; NO. 2"), payment())
    assert codes(parsed) == [(2, "NOMINAL", "columns_shifted")]
    assert (parsed.rows, [record.row for record in parsed.records]) == (2, [3])


def test_notes_beside_a_table_are_no_fault():
    assert parse(workbook(data=[PAYMENT_HEADER, [*payment(), "lihat bu Sri"]])).problems == ()
    assert payments([*payment(), "", ""]).problems == ()


def test_short_row_lacks_only_what_is_not_there():
    assert parse(text_table([PAYMENT_HEADER, payment()[:-1]])).records[0].amount is None


def test_members_join_their_family_wherever_they_stand():
    wife = member(nik=OTHER_NIK, nama="SITI", hub_kepala_keluarga="ISTRI", jenis_kelamin="P")
    second = family(id_keluarga="K2", no_kk=OTHER_KK, nik="3573990911822971")
    head = member(id_keluarga="K2", nik="3573990911822971")
    parsed = families([family(), second], [member(), head, wife])
    assert parsed.problems == ()
    assert [[person.name for person in record.members] for record in parsed.records] == [
        ["ACHMAD FAUZI", "SITI"],
        ["ACHMAD FAUZI"],
    ]
    assert parsed.records[0].members[1].relation is Relation.SPOUSE


def test_member_of_no_family_is_told_and_dropped():
    parsed = families(
        [family()], [member(), member(id_keluarga="K9", nik=OTHER_NIK), member(id_keluarga="", nik="3573990911822971")]
    )
    assert codes(parsed) == [(3, "id_keluarga", "family_missing"), (4, "id_keluarga", "family_missing")]
    assert (parsed.members, len(parsed.records[0].members)) == (3, 1)


def test_nik_in_two_families_is_told_at_every_row():
    other = [family(id_keluarga=f"K{n}", no_kk=f"357399020317297{n}", nik=f"357399091182297{n}") for n in (2, 3)]
    parsed = families([family(), *other], [member(), member(id_keluarga="K2"), member(id_keluarga="K3")])
    assert codes(parsed) == [(row, "nik", "nik_in_two_families") for row in (2, 3, 4)]
    assert all(parsed.is_blocked(person) for record in parsed.records for person in record.members)
    assert not any(parsed.is_blocked(record) for record in parsed.records)


def test_head_of_two_families_is_told_at_both():
    parsed = families([family(), family(id_keluarga="K2", no_kk=OTHER_KK)], [member()])
    assert [(p.sheet, p.row, p.code) for p in parsed.problems] == [("keluarga", row, "nik_in_two_families") for row in (2, 3)]


def test_member_twice_in_one_family_is_a_repetition():
    parsed = families([family()], [member(), member()])
    assert codes(parsed) == [(3, "nik", "duplicate_in_file")]
    assert len(parsed.records[0].members) == 1


def test_members_without_nik_are_all_kept_for_a_look():
    parsed = families([family()], [member(), member(nik="", nama="BAYI A"), member(nik="-", nama="BAYI B")])
    assert [(p.row, p.code, p.severity) for p in parsed.problems] == [
        (3, "nik_missing", "warning"),
        (4, "nik_missing", "warning"),
    ]
    assert len(parsed.records[0].members) == 3


def test_fault_of_a_member_leaves_its_family_usable():
    parsed = families([family()], [member(nik=3573992810692965.0)])
    assert parsed.is_blocked(parsed.records[0].members[0])
    assert not parsed.is_blocked(parsed.records[0])


def test_problems_stand_in_order_of_sheet_and_row():
    parsed = families([family(), family(id_keluarga="K2", no_kk="1", nik="1")], [member(id_keluarga="K2"), member()])
    assert [(p.sheet, p.row) for p in parsed.problems] == [("keluarga", 3), ("keluarga", 3), ("anggota", 2), ("anggota", 3)]


def test_no_problem_carries_a_whole_number():
    wrong = {
        "TAHAP": "3573994111922966",
        "NO_RT": "3573994111922966",
        "NOMINAL": "x3573994111922966",
        "KODE_WILAYAH": "3573994111922966",
    }
    parsed = payments(payment(), payment(**wrong), payment(NIK_KTP="357399411192296"))
    assert len(parsed.problems) > 4
    assert "411192" not in repr([dict(problem.facts) for problem in parsed.problems])


def test_thousands_of_families_stay_small():
    """The promise to the server's memory: a family of four in less than 4 KB while reading."""
    people = [[f"K{n // 3}", f"35739901018{n:05d}", "SITI AMINAH", "ANAK", "28/10/2009", "P"] for n in range(3000)]
    homes = [family(id_keluarga=f"K{n}", no_kk=f"35739901018{n:05d}", nik=f"35739941018{n:05d}") for n in range(1, 1000)]
    content = workbook(keluarga=[FAMILY_HEADER, *homes], anggota=[MEMBER_HEADER, *people])
    tracemalloc.start()
    parsed = parse(content)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(parsed.records) == 999
    assert peak / 999 < 4096
