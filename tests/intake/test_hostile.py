"""Files that are broken, or made to break the reader: each gets one sentence, and costs little."""

import io
import random
import struct
import time
import tracemalloc
import zipfile

import openpyxl
import pytest
from flask_babel import force_locale

from portal.intake.reading.files import FileLimits, UnreadableFile
from portal.intake.words import refusal
from tests.intake.files import MEMBER_HEADER, PAYMENT_HEADER, parse, payment, rows, saved, text_table, with_parts, workbook

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
SOUND = workbook(data=[PAYMENT_HEADER, payment()])
SHEET = "xl__worksheets__sheet1_dot_xml"
OPENING = b'<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
CLOSING = b"</sheetData></worksheet>"


def zipped(**parts: bytes) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("readme.txt", "x")
    return with_parts(content.getvalue(), **parts)


def with_sheet(xml: bytes) -> bytes:
    return with_parts(SOUND, **{SHEET: OPENING + xml + CLOSING})


def far_away_cell() -> bytes:
    book = openpyxl.Workbook()
    book.active.append(PAYMENT_HEADER)
    book.active.cell(1_048_576, 16_384, "x")
    return saved(book)


def far_away_cell_unsized() -> bytes:
    return with_sheet(b'<row r="1"><c r="A1"><v>1</v></c></row><row r="99999999999"><c r="A99"><v>1</v></c></row>')


def locked_part() -> bytes:
    """A zip whose entries say that they are encrypted."""
    content = bytearray(SOUND)
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(signature)
        while at >= 0:
            struct.pack_into("<H", content, at + offset, 1)
            at = content.find(signature, at + 4)
    return bytes(content)


def laughing_entities() -> bytes:
    lol = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'
    return with_parts(SOUND, xl__workbook_dot_xml=b'<?xml version="1.0"?>' + lol + b"<workbook>&b;</workbook>")


HOSTILE = {
    "nothing": (b"", "empty"),
    "only spaces": (b" \r\n\r\n  ", "empty"),
    "only a BOM": (b"\xef\xbb\xbf", "empty"),
    "only separators": (b";;;\r\n;;;\r\n", "empty"),
    "a workbook without a cell": (workbook(data=[]), "empty"),
    "a PDF": (b"%PDF-1.7 ...", "not_a_spreadsheet"),
    "a photo": (b"\xff\xd8\xff\xe0\x00\x10JFIF", "not_a_spreadsheet"),
    "a web page called .xls": (b"<html><table><tr><td>NIK</td></tr></table></html>", "not_a_spreadsheet"),
    "a program": (b"MZ\x90\x00\x03\x00\x00\x00\x04" + bytes(range(256)) * 8, "not_a_spreadsheet"),
    "a letter": (b"Dengan hormat,\r\nbersama ini kami kirimkan data.\r\n", "layout_unknown"),
    "a locked workbook": (OLE + "EncryptedPackage".encode("utf-16-le"), "password_protected"),
    "a workbook with locked parts": (locked_part(), "password_protected"),
    "an old .xls": (OLE + "Workbook".encode("utf-16-le"), "old_excel"),
    "a zip of something else": (zipped(foto_dot_jpg=b"x"), "not_a_workbook"),
    "a Word letter": (zipped(word__document_dot_xml=b"<w/>"), "not_a_workbook"),
    "macros": (with_parts(SOUND, xl__vbaProject_dot_bin=b"x"), "has_macros"),
    "half a workbook": (SOUND[: len(SOUND) // 2], "workbook_broken"),
    "a workbook of nonsense": (with_parts(SOUND, xl__workbook_dot_xml=b"<nonsense"), "workbook_broken"),
    "a sheet cut off": (with_parts(SOUND, **{SHEET: OPENING + b"<row"}), "workbook_broken"),
    "entities that multiply": (laughing_entities(), "workbook_broken"),
    "zeros that unpack to 64 MB": (with_parts(SOUND, **{SHEET: bytes(64 * 2**20)}), "zip_bomb"),
    "one cell far away": (far_away_cell(), "sheet_too_large"),
    "a header and nothing more": (workbook(data=[PAYMENT_HEADER]), "no_rows"),
    "one cell beyond any sheet": (far_away_cell_unsized(), "sheet_too_large"),
    "a quotation mark left open": (
        text_table([PAYMENT_HEADER, payment(ALAMAT='"JL. MERGAN'), *[payment()] * 50]),
        "quote_unclosed",
    ),
    "an endless cell": (text_table([PAYMENT_HEADER, ["x" * 200_000]]), "quote_unclosed"),
    "60 MB": (b"NIK;NAMA\r\n" * (6 * 2**20), "too_large"),
}


@pytest.mark.parametrize("content, code", HOSTILE.values(), ids=HOSTILE)
def test_hostile_file_gets_one_sentence(content, code):
    started = time.monotonic()
    with pytest.raises(UnreadableFile) as refused:
        parse(content)
    assert refused.value.code == code
    assert time.monotonic() - started < 5
    with force_locale("id"):
        said = refusal(refused.value)
    assert said.endswith(".") and "%(" not in said


def test_one_endless_row_is_refused_before_it_is_parsed():
    """Noise packs badly, so the ratio does not give it away."""
    with pytest.raises(UnreadableFile, match="zip_bomb"):
        parse(with_sheet(b"<row><c><v>" + random.Random(1).randbytes(5 * 2**20).hex().encode() + b"</v></c></row>"))


def test_what_unpacks_a_hundredfold_is_refused():
    with pytest.raises(UnreadableFile, match="zip_bomb"):
        rows(with_sheet(b"<row><c><v>1</v></c></row>" * 420_000))


def test_more_strings_than_anybody_writes_are_refused():
    strings = b"<si><t>1</t></si>" * 2**19
    with pytest.raises(UnreadableFile, match="zip_bomb"):
        rows(with_parts(SOUND, xl__sharedStrings_dot_xml=strings), FileLimits(strings=2**19 - 1))


def test_more_rows_than_may_be_read_are_refused_before_they_are():
    with pytest.raises(UnreadableFile, match="zip_bomb"):
        rows(with_sheet(b"<row/>" * 1_500_000))


def test_too_many_unpacked_bytes_are_refused():
    with pytest.raises(UnreadableFile, match="zip_bomb"):
        rows(SOUND, FileLimits(unpacked_bytes=1000))


def test_rows_beyond_the_limit_are_refused():
    with pytest.raises(UnreadableFile, match="sheet_too_large") as refused:
        rows(text_table([["a", "b"]] * 11), FileLimits(rows=10))
    assert refused.value.facts == {"row": 11, "limit": 10}


@pytest.mark.parametrize("content", [SOUND, text_table([PAYMENT_HEADER, payment()])], ids=["workbook", "text"])
def test_reading_stops_when_time_is_up(content):
    with pytest.raises(UnreadableFile, match="too_slow"):
        rows(content, FileLimits(seconds=-1))


def test_size_is_told_with_its_limit():
    with pytest.raises(UnreadableFile) as refused:
        rows(b"x" * (3 * 2**20), FileLimits(file_bytes=2 * 2**20))
    assert refused.value.facts == {"size": 3, "limit": 2}


def test_column_beyond_any_sheet_is_refused():
    with pytest.raises(UnreadableFile, match="sheet_too_wide"):
        rows(with_sheet(b'<row r="1"><c r="A1"><v>1</v></c><c r="ZZZ1"><v>1</v></c></row>'))


def test_last_column_of_a_sheet_is_read():
    content = with_sheet(b'<row r="1"><c r="A1"><v>1</v></c><c r="XFD1"><v>2</v></c></row>')
    assert rows(content)[0][0][1][-1] == 2


def test_styled_empty_rows_to_the_end_of_the_sheet_are_no_far_cell():
    content = with_sheet(b'<row r="1"><c r="A1"><v>7</v></c></row><row r="1048576"><c r="A1048576" s="0"/></row>')
    assert [number for number, _cells in rows(content)[0]] == [1]


@pytest.mark.parametrize("name", ["one cell far away", "one cell beyond any sheet", "zeros that unpack to 64 MB"])
def test_hostile_file_leaves_memory_alone(name):
    content, _code = HOSTILE[name]
    tracemalloc.start()
    with pytest.raises(UnreadableFile):
        parse(content)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 * 2**20


def test_formulas_are_told_and_never_calculated():
    book = openpyxl.load_workbook(io.BytesIO(SOUND))
    book.active["C2"], book.active["M2"] = '=HYPERLINK("http://x","SITI")', "=SUM(1,2)"
    parsed = parse(saved(book))
    assert [(problem.column, problem.code) for problem in parsed.problems] == [
        ("NAMA_PENERIMA", "formula_as_text"),
        ("NOMINAL", "formula_as_text"),
    ]
    assert parsed.is_blocked(parsed.records[0])


def test_array_formula_is_a_formula_too():
    book = openpyxl.load_workbook(io.BytesIO(SOUND))
    book.active["C2"] = openpyxl.worksheet.formula.ArrayFormula("C2", "=A1:A3")
    assert [problem.code for problem in parse(saved(book)).problems] == ["formula_as_text"]


def test_members_without_families_name_what_is_missing():
    with pytest.raises(UnreadableFile, match="layout_unknown"):
        parse(workbook(anggota=[MEMBER_HEADER]))


def test_a_sheets_name_is_no_longer_than_excel_allows():
    with zipfile.ZipFile(io.BytesIO(SOUND)) as archive:
        book = archive.read("xl/workbook.xml").replace(b'name="data"', b'name="' + b"y" * 300 + b'"')
    assert {row.sheet for row in parse(with_parts(SOUND, xl__workbook_dot_xml=book)).records} == {"y" * 31}
