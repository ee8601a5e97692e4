"""What every file is to its readers: sheets of numbered rows of typed cells, within limits; a text table in any of its
dialects (BOM or none, `sep=` line or none, `;` `,` `|` or tab, UTF-8, cp1252 or UTF-16), or an Excel workbook (.xlsx).

Content decides, not the name. A workbook is a zip of XML and is looked over before it is opened: a few kilobytes can unpack
into gigabytes, and one row or one string table can fill the memory.
"""

import codecs
import csv
import io
import re
import time
import warnings
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.stylesheet import apply_stylesheet
from openpyxl.worksheet._reader import WorkSheetParser

#: Text, number or date as the file has it; a formula is text that starts with "=", an empty cell is None or "".
Cell = str | int | float | date | datetime | None
Row = tuple[int, Sequence[Cell]]

_MEGABYTE = 1024 * 1024
_CLOCK_EVERY = 512


@dataclass(frozen=True)
class FileLimits:
    """What one file may cost. Sizes in bytes; `rows` and `strings` for one sheet or part; `seconds` for reading it once."""

    file_bytes: int = 16 * _MEGABYTE
    unpacked_bytes: int = 300 * _MEGABYTE
    rows: int = 500_000
    columns: int = 16_384
    strings: int = 2_000_000
    seconds: float = 180.0


class UnreadableFile(Exception):
    """The file as a whole cannot be taken in; `code` and `facts` make one sentence (words.py)."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


@dataclass(frozen=True)
class Sheet:
    """A sheet by its name, or None where the file is one table. `rows()` reads anew at each call, in file order,
    with the row number a spreadsheet shows; empty rows may be left out. Raises UnreadableFile."""

    name: str | None
    rows: Callable[[], Iterator[Row]]


def within(limits: FileLimits, rows: Iterator[Row]) -> Iterator[Row]:
    """The rows that hold anything; UnreadableFile when they stand too far down or take too long."""
    deadline = time.monotonic() + limits.seconds
    for count, (number, cells) in enumerate(rows):
        if not count % _CLOCK_EVERY and time.monotonic() > deadline:
            raise UnreadableFile("too_slow", seconds=int(limits.seconds))
        if not any(cells):
            continue
        if number > limits.rows:
            raise UnreadableFile("sheet_too_large", row=number, limit=limits.rows)
        yield number, cells


# --- text tables ---------------------------------------------------------------------------------------------------

_SAMPLE = 64 * 1024
_SAMPLE_ROWS = 60
_DELIMITERS = (",", ";", "|", "\t")
_DECLARED = re.compile(r'"?sep=([^"])"?;*', re.IGNORECASE)
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_NO_TEXT = re.compile(r"[\x00-\x08\x0e-\x19\x1b-\x1f]")
#: A cell with more line breaks than this is not an address but a quotation mark that nobody closed.
_MOST_LINES_IN_A_ROW = 30


@contextmanager
def open_text(content: bytes, limits: FileLimits) -> Iterator[list[Sheet]]:
    """One sheet without a name. Raises UnreadableFile for what is no text."""
    encoding = _encoding(content)
    sample = _text(content, encoding).read(_SAMPLE)
    if not sample.strip("\ufeff \t\r\n"):
        raise UnreadableFile("empty")
    if _NO_TEXT.search(sample):
        raise UnreadableFile("not_a_spreadsheet")
    delimiter = _delimiter(sample)
    yield [Sheet(None, lambda: within(limits, _records(_text(content, encoding), delimiter, limits)))]


def _text(content: bytes, encoding: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(content), encoding=encoding, errors="replace", newline="")


def _encoding(content: bytes) -> str:
    for bom, encoding in _BOMS:
        if content.startswith(bom):
            return encoding
    head = content[:4096]
    even, odd = head[::2].count(0), head[1::2].count(0)
    if max(even, odd) > len(head) // 4:
        return "utf-16-le" if odd > even else "utf-16-be"
    return "utf-8" if _is_utf8(content) else "cp1252"


def _is_utf8(content: bytes) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for start in range(0, len(content), _MEGABYTE):
            decoder.decode(content[start : start + _MEGABYTE])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _delimiter(sample: str) -> str:
    """The one a `sep=` line names, else the one that cuts most rows into the same number of cells with something in."""
    lines = sample.lstrip("\ufeff").splitlines(keepends=True)
    declared = _DECLARED.fullmatch(lines[0].strip("\r\n "))
    if declared:
        return declared[1]
    return max(_DELIMITERS, key=lambda delimiter: _evenness(lines, delimiter))


def _evenness(lines: list[str], delimiter: str) -> tuple[int, int]:
    try:
        rows = list(csv.reader(lines[:_SAMPLE_ROWS], delimiter=delimiter))
    except csv.Error:
        return 0, 0
    filled: Counter[int] = Counter()
    for row in rows:
        filled[len(row)] += max(sum(map(bool, row)) - 1, 0)
    return max((cells, width) for width, cells in filled.items())


def _records(text: io.TextIOWrapper, delimiter: str, limits: FileLimits) -> Iterator[Row]:
    reader = csv.reader(text, delimiter=delimiter)
    line = number = 0
    try:
        for number, cells in enumerate(reader, start=1):
            if reader.line_num - line > _MOST_LINES_IN_A_ROW:
                raise UnreadableFile("quote_unclosed", row=number)
            line = reader.line_num
            yield number, cells if len(cells) <= limits.columns else cells[: limits.columns]
    except csv.Error as error:
        raise UnreadableFile("quote_unclosed", row=number + 1) from error


# --- workbooks -------------------------------------------------------------------------------------------------------

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_OTHERS = (b"%PDF", b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"<", b"{\\rtf", b"Rar!", b"7z\xbc\xaf")
_ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")


@contextmanager
def open_table(content: bytes, limits: FileLimits | None = None) -> Iterator[list[Sheet]]:
    """The visible sheets of the file, to be read inside the `with`. Raises UnreadableFile, here or while rows are read."""
    limits = limits or FileLimits()
    with _reader(content, limits)(content, limits) as sheets:
        yield sheets


def _reader(content: bytes, limits: FileLimits) -> Callable[[bytes, FileLimits], AbstractContextManager[list[Sheet]]]:
    head = content[:64].lstrip()
    if not head:
        raise UnreadableFile("empty")
    if len(content) > limits.file_bytes:
        raise UnreadableFile("too_large", size=_megabytes(len(content)), limit=_megabytes(limits.file_bytes))
    if head.startswith(_OLE):
        raise UnreadableFile(_ole_code(content))
    if head.startswith(_OTHERS):
        raise UnreadableFile("not_a_spreadsheet")
    return open_workbook if head.startswith(_ZIP) else open_text


def _ole_code(content: bytes) -> str:
    """Excel keeps a locked .xlsx inside the container that was once the .xls format."""
    return "password_protected" if _ENCRYPTED_STREAM in content else "old_excel"


def _megabytes(size: int) -> int:
    return -(-size // _MEGABYTE)


# --- workbooks -----------------------------------------------------------------------------------------------------

_LONGEST_NAME = 31  # of a sheet, in Excel; a file that was made by hand may say more than a column holds
_MOST_PARTS = 1000
_MOST_RATIO = 100
_RATIO_FROM = 10 * _MEGABYTE
_SMALL_PART = 8 * _MEGABYTE
_ROW_STARTS = (b"<row", b":row")
_STRING_STARTS = (b"<si", b":si")
_PLAIN = frozenset({str, int, float, date, datetime})

# Missing styles, unknown extensions and the like: nothing that a roster's reader could act on.
warnings.filterwarnings("ignore", module="openpyxl")


@contextmanager
def _readable() -> Iterator[None]:
    """zipfile, zlib, struct and what parses XML that somebody else wrote each have their own way to say "damaged"."""
    try:
        yield
    except UnreadableFile:
        raise
    except Exception as error:
        raise UnreadableFile("workbook_broken") from error


@contextmanager
def open_workbook(content: bytes, limits: FileLimits) -> Iterator[list[Sheet]]:
    """The visible sheets; hidden ones are left out, for nobody who looks at the file knows of them."""
    _look_over(content, limits)
    book = _open(content)
    try:
        yield [Sheet(name, partial(_rows, book, part, limits)) for name, part in _visible(book)]
    finally:
        book.archive.close()


@_readable()
def _look_over(content: bytes, limits: FileLimits) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        _refuse_strangers(archive)
        _refuse_bombs(archive, limits)


def _refuse_strangers(archive: zipfile.ZipFile) -> None:
    names = {name.lower() for name in archive.namelist()}
    if any(part.flag_bits & 1 for part in archive.infolist()):
        raise UnreadableFile("password_protected")
    if any(name.endswith("vbaproject.bin") for name in names):
        raise UnreadableFile("has_macros")
    if "xl/workbook.xml" not in names:
        raise UnreadableFile("not_a_workbook")


def _refuse_bombs(archive: zipfile.ZipFile, limits: FileLimits) -> None:
    parts = archive.infolist()
    unpacked = sum(part.file_size for part in parts)
    packed = sum(part.compress_size for part in parts)
    swollen = unpacked > _RATIO_FROM and unpacked > packed * _MOST_RATIO
    if len(parts) > _MOST_PARTS or unpacked > limits.unpacked_bytes or swollen:
        raise UnreadableFile("zip_bomb", size=unpacked // _MEGABYTE)
    for part in parts:
        if part.file_size > _SMALL_PART:
            _refuse_lumps(archive, part, limits)


def _refuse_lumps(archive: zipfile.ZipFile, part: zipfile.ZipInfo, limits: FileLimits) -> None:
    """A long part must be many short rows or strings, for openpyxl holds one of them at a time."""
    rows = strings = 0
    with archive.open(part) as stream:
        while chunk := stream.read(_MEGABYTE):
            found_rows = sum(chunk.count(start) for start in _ROW_STARTS)
            found_strings = sum(chunk.count(start) for start in _STRING_STARTS)
            rows, strings = rows + found_rows, strings + found_strings
            lump = not found_rows and not found_strings and len(chunk) == _MEGABYTE
            if lump or rows > limits.rows * 2 or strings > limits.strings:
                raise UnreadableFile("zip_bomb", size=part.file_size // _MEGABYTE)


@_readable()
def _open(content: bytes) -> ExcelReader:
    """Only what cells need: `load_workbook` would also read each sheet through to learn a size that it does not state."""
    book = ExcelReader(io.BytesIO(content), read_only=True, keep_links=False)
    book.read_manifest()
    book.read_strings()
    book.read_workbook()
    apply_stylesheet(book.archive, book.wb)
    return book


@_readable()
def _visible(book: ExcelReader) -> list[tuple[str, str]]:
    """Name and part of each worksheet that people see."""
    found = [(sheet.name[:_LONGEST_NAME], sheet.state, link) for sheet, link in book.parser.find_sheets()]
    return [(name, link.target) for name, state, link in found if state == "visible" and link.Type.endswith("/worksheet")]


def _rows(book: ExcelReader, part: str, limits: FileLimits) -> Iterator[Row]:
    return within(limits, _parsed(book, part, limits))


def _parsed(book: ExcelReader, part: str, limits: FileLimits) -> Iterator[Row]:
    """Rows as they stand in the XML. `iter_rows` of openpyxl would fill every gap before a cell that is far away, and
    drop it silently beyond a limit; its parser just says where each cell is."""
    formats = {"date_formats": book.wb._date_formats, "timedelta_formats": book.wb._timedelta_formats}
    with _readable(), book.archive.open(part) as source:
        for number, cells in WorkSheetParser(source, book.shared_strings, epoch=book.wb.epoch, **formats).parse():
            yield number, _arranged(cells, limits)


def _arranged(cells: list[dict[str, Any]], limits: FileLimits) -> Sequence[Cell]:
    filled = [(cell["column"], cell["value"]) for cell in cells if cell["value"] is not None]
    if not filled:
        return ()
    width = max(column for column, _value in filled)
    if width > limits.columns:
        raise UnreadableFile("sheet_too_wide", limit=limits.columns)
    row: list[Cell] = [None] * width
    for column, value in filled:
        row[column - 1] = value if type(value) in _PLAIN else _unusual(value)
    return row


def _unusual(value: object) -> Cell:
    """Array and table formulas are objects of openpyxl: all that matters is that they are formulas."""
    return "=" if hasattr(value, "ref") else str(value)
