"""Whatever dialect a table is written in, its cells come back, with the row numbers of a spreadsheet."""

import codecs
import csv
import io
from datetime import datetime

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.intake.files import rows, saved, text_table, workbook

ENCODINGS = {"utf-8": b"", "utf-8 with BOM": codecs.BOM_UTF8, "utf-16-le": b"", "utf-16 with BOM": codecs.BOM_UTF16_LE}
# What people type: no control signs, and nothing outside Latin-1, which all the encodings of offices can write.
CELLS = st.text(
    st.characters(min_codepoint=32, max_codepoint=255, exclude_categories=["Cc", "Cf", "Zs"]) | st.just(" "), max_size=12
)
TABLES = st.integers(3, 6).flatmap(
    lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=1, max_size=8)
)


def written(table: list[list[str]], delimiter: str) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator="\r\n").writerows(table)
    return out.getvalue()


def encoded(text: str, encoding: str) -> bytes:
    return ENCODINGS[encoding] + text.encode(encoding.split(" with")[0].replace("utf-16", "utf-16-le").replace("-le-le", "-le"))


@given(TABLES, st.sampled_from(";,|\t"), st.sampled_from(sorted(ENCODINGS)))
def test_declared_separator_and_unicode_bring_every_cell_back(table, delimiter, encoding):
    header = [f"kolom{number}" for number in range(len(table[0]))]
    text = f"sep={delimiter}\r\n" + written([header, *table], delimiter)
    found = rows(encoded(text, encoding))[0]
    wanted = [(number, cells) for number, cells in enumerate([header, *table], start=2) if any(cells)]
    assert found[1:] == wanted


@given(st.lists(st.text("ab ,.", min_size=1, max_size=7), min_size=4, max_size=6), st.sampled_from(";|\t"))
def test_undeclared_separator_is_found_in_spite_of_commas(addresses, delimiter):
    table = [list("abcdefghi"), *([*"12345678", address] for address in addresses)]
    assert [found for _number, found in rows(written(table, delimiter).encode())[0]] == table


def test_declared_separator_wins_over_the_likeliest():
    assert rows(b"sep=|\r\na,b,c|d,e,f\r\n")[0][-1] == (2, ["a,b,c", "d,e,f"])


@pytest.mark.parametrize("delimiter", [",", ";", "|", "\t"])
def test_title_rows_do_not_hide_the_separator(delimiter):
    content = text_table(
        [["DATA PKH KOTA MALANG"], [], ["nik", "nama", "rt"], ["1", "SITI", "8"], ["2", "SRI", "9"]], delimiter
    )
    assert rows(content)[0][1:] == [(3, ["nik", "nama", "rt"]), (4, ["1", "SITI", "8"]), (5, ["2", "SRI", "9"])]


def test_latin_letters_of_windows_are_read():
    assert rows("nama;kota\r\nRené “Née”;Malang".encode("cp1252"))[0][1] == (2, ["René “Née”", "Malang"])


def test_line_break_inside_a_cell_is_one_row():
    assert rows(b'nama;alamat\r\n"SITI";"JL. A\r\nRT 8"\r\nSRI;B\r\n')[0][1:] == [
        (2, ["SITI", "JL. A\r\nRT 8"]),
        (3, ["SRI", "B"]),
    ]


def test_sheet_can_be_read_again():
    content = text_table([["a", "b"], ["1", "2"]])
    assert rows(content) == rows(content) == [[(1, ["a", "b"]), (2, ["1", "2"])]]


def test_cells_of_a_workbook_keep_their_type():
    content = workbook(data=[["357399", 357399, 1.5, datetime(2026, 11, 24), None, "=1+1"]])
    assert rows(content) == [[(1, ["357399", 357399, 1.5, datetime(2026, 11, 24), None, "=1+1"])]]


def test_rows_of_a_workbook_keep_their_number_across_gaps():
    book = openpyxl.Workbook()
    book.active["B3"], book.active["A10"] = "x", "y"
    assert rows(saved(book)) == [[(3, [None, "x"]), (10, ["y"])]]


def test_hidden_sheets_are_left_out():
    book = openpyxl.Workbook()
    book.active["A1"] = "seen"
    hidden = book.create_sheet("lama")
    hidden["A1"], hidden.sheet_state = "old", "hidden"
    assert rows(saved(book)) == [[(1, ["seen"])]]
