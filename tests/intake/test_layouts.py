"""Which file it is, by its headers."""

import runpy
from dataclasses import replace

import pytest
from flask_babel import force_locale

from portal.family.records.models import Batch
from portal.intake import words
from portal.intake.reading import layouts
from portal.intake.reading.files import UnreadableFile
from portal.intake.reading.layouts import BY_ID, LAYOUTS, Holds
from portal.kernel.kinds import Undeclared
from tests.intake.files import (
    FAMILY_HEADER,
    MEMBER_HEADER,
    PAYMENT_HEADER,
    ROOT,
    codes,
    family,
    member,
    parse,
    payment,
    text_table,
    workbook,
)

OTHERS = {
    "B": "NAMA PENERIMA|NIK KTP|TAHAP|BANSOS|IDSEMESTA|NO KEL|NM PROV|NM KAB|NM KEC|NM KEL|ALAMAT",
    "C": "Nama Pengurus|AK|Komponen|Hamil|AUD|SD|SMP|SMA|Lansia|Disabilitas|Nominal|NOMINAL P2K2",
    "D": "NIK Komponen|Nama Komponen|Komponen|Status|Nama Pengurus|NIK Pengurus|No KK|Desa|Alamat|RT|RW",
    "E": "NIK|NOKK|Nama|Alamat|idsemesta|PKH|BPNT|PBI|keterangan_meninggal|keterangan_disabilitas|padankan_at|is_nonaktif",
    "G": "nomor_kartu_keluarga|desil_nasional_keluarga|cut_off_keluarga|nik|nama|hubungan_kepala_keluarga",
    "H": "iddtks|provinsi|kabupaten_kota|kecamatan|desa_kelurahan|alamat|dusun|rt|rw|nomor_kk|nomor_nik|nama|tanggal_lahir",
    "I": "NPSN|sekolah|NIK pengurus|nama pengurus|NIK siswa|NISN|nama siswa|bentuk|tingkat|keterangan|nama pendamping",
    "J": "No|Nama|Nama Pengurus|NIK Pengurus|No KK|Desa|Alamat|RT|RW|No Rekening|AK|Komponen|Nominal|KELOMPOK",
}


def refused(content: bytes) -> dict:
    with pytest.raises(UnreadableFile, match="layout_unknown") as unreadable:
        parse(content)
    return unreadable.value.facts


@pytest.mark.parametrize("header", OTHERS.values(), ids=OTHERS)
def test_layouts_of_other_files_are_not_mistaken(header):
    refused(text_table([header.split("|"), ["1"] * 8], "|"))


def test_file_that_lacks_columns_is_told_which():
    header = [name for name in PAYMENT_HEADER if name not in ("TAHAP", "NOMINAL")]
    assert refused(text_table([header])) == {"nearest": "A", "missing": "TAHAP, NOMINAL"}
    assert refused(text_table([FAMILY_HEADER[1:]])) == {"nearest": "F", "missing": "id_keluarga"}


def test_file_like_nothing_known_is_compared_with_nothing():
    assert refused(b"pohon;tinggi\r\njati;12\r\n") == {"nearest": None, "missing": ""}


@pytest.mark.parametrize(
    "spelling", [str.lower, str.title, lambda name: name.replace("_", " "), lambda name: f" {name.replace('_', '. ')}\n"]
)
def test_spelling_of_headers_does_not_matter(spelling):
    parsed = parse(workbook(data=[[spelling(name) for name in PAYMENT_HEADER], payment()]))
    assert (parsed.layout, parsed.problems, parsed.records[0].amount) == ("A", (), 1_325_000)


def test_other_words_for_a_column_are_known():
    header = ["NO KK", "NIK", "NAMA", "KAB KOTA", "KECAMATAN", "DESA KELURAHAN", *PAYMENT_HEADER[6:]]
    assert parse(text_table([header, payment()])).problems == ()


def test_own_name_of_a_column_wins_over_other_words():
    rows = [["NIK", *PAYMENT_HEADER], ["rusak", *payment()]]
    assert parse(text_table(rows)).records[0].nik == "3573994111922966"


def test_first_of_two_columns_of_one_name_counts():
    rows = [[*PAYMENT_HEADER, "NOKK"], [*payment(), "rusak"]]
    assert parse(text_table(rows)).problems == ()


def test_title_rows_above_the_header_are_skipped():
    rows = [["DATA BNBA PKH"], [], ["Kota Malang, Tahap 4"], PAYMENT_HEADER, payment(), payment(NIK_KTP="35")]
    parsed = parse(text_table(rows))
    assert parsed.records[0].row == 5
    assert codes(parsed) == [(6, "NIK_KTP", "nik_length"), (6, "NOKK", "kk_repeated")]


def test_sheets_that_are_none_of_the_layout_are_left_out():
    parsed = parse(workbook(petunjuk=[["Isi dengan benar"]], debug=[["x", 1]], data=[PAYMENT_HEADER, payment()]))
    assert [(record.sheet, record.row) for record in parsed.records] == [("data", 2)]


def test_one_sheet_for_each_kecamatan_is_one_roster():
    second = payment(NIK_KTP="3573994111922967", NOKK="3573990203172965")
    parsed = parse(workbook(Klojen=[PAYMENT_HEADER, payment()], Sukun=[["SUKUN"], PAYMENT_HEADER, second, payment()]))
    assert [(record.sheet, record.row) for record in parsed.records] == [("Klojen", 2), ("Sukun", 3)]
    assert [(p.sheet, p.row, p.code, p.facts["other_sheet"]) for p in parsed.problems] == [
        ("Sukun", 4, "duplicate_in_file", "Klojen")
    ]


def test_families_may_come_alone_in_a_text_file():
    parsed = parse(text_table([FAMILY_HEADER, family()]))
    assert (parsed.layout, parsed.rows, parsed.members, parsed.problems) == ("F", 1, 0, ())
    assert parsed.records[0].members == ()


def test_order_of_sheets_does_not_matter():
    parsed = parse(workbook(anggota=[MEMBER_HEADER, member()], keluarga=[FAMILY_HEADER, family()]))
    assert [len(record.members) for record in parsed.records] == [1]


def test_every_column_of_every_layout_has_a_place_in_its_record():
    place = {Holds.AREA_CODE, Holds.KELURAHAN, Holds.KECAMATAN, Holds.CITY}
    for table in (table for layout in LAYOUTS for table in layout.tables):
        slots = [column.slot for column in table.columns]
        assert len(slots) == len(set(slots))
        assert set(slots) - place <= set(table.record._fields)
        assert {*table.same, *table.once} <= set(slots)


def test_a_layout_says_its_period_or_asks_for_it():
    assert (BY_ID["A"].asks_period, BY_ID["F"].asks_period) == (False, True)


def test_the_start_misses_the_label_of_a_layout_by_name():
    words.demand_labels(LAYOUTS)
    with pytest.raises(Undeclared, match=r"intake: layouts without a label: Y, Z$"):
        words.demand_labels([*LAYOUTS, replace(LAYOUTS[0], id="Z"), replace(LAYOUTS[1], id="Y")])


def test_the_start_asks_for_the_labels(monkeypatch):
    monkeypatch.delitem(words.LAYOUTS, "F")
    with pytest.raises(Undeclared, match="layouts without a label: F"):
        runpy.run_path(str(ROOT / "portal" / "intake" / "slice.py"))


def test_what_can_be_imported_follows_the_layouts(monkeypatch):
    monkeypatch.setitem(words.LAYOUTS, "Z", "daftar sekolah")
    monkeypatch.setattr(layouts, "LAYOUTS", (BY_ID["A"], BY_ID["F"], replace(BY_ID["A"], id="Z")))
    with force_locale("id"):
        assert words.importable() == "daftar pembayaran PKH, data keluarga DTSEN, dan daftar sekolah"


def test_every_layout_has_an_id_that_the_batch_can_keep():
    assert len({layout.id for layout in LAYOUTS}) == len(LAYOUTS)
    assert max(len(layout.id) for layout in LAYOUTS) <= Batch.__table__.c.layout.type.length


def test_column_that_is_not_required_may_be_absent():
    header = [name for name in PAYMENT_HEADER if name not in ("NO_RT", "NO_RW", "ALAMAT", "BANSOS", "KODE_WILAYAH")]
    cells = dict(zip(PAYMENT_HEADER, payment(), strict=True))
    record = parse(text_table([header, [cells[name] for name in header]])).records[0]
    assert (record.address, record.rt, record.rw, record.programme, record.area) == ("", None, None, None, "35.73.01.1008")


def test_layouts_are_plain_data():
    assert replace(LAYOUTS[0], id="Z").main is LAYOUTS[0].main
