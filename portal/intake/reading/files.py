"""Open a file that somebody uploaded: a text table in any of its dialects, or an Excel workbook (.xlsx). Content decides, not
the name. A workbook is a zip of XML and is looked over before it is opened: a few kilobytes can unpack into gigabytes,
and one row or one string table can fill the memory."""

import io
import warnings
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.stylesheet import apply_stylesheet
from openpyxl.worksheet._reader import WorkSheetParser

from portal.intake.reading.sheets import Cell, Content, FileLimits, Row, Sheet, UnreadableFile, open_text, within

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_OTHERS = (b"%PDF", b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"<", b"{\\rtf", b"Rar!", b"7z\xbc\xaf")
_ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")


@contextmanager
def open_table(source: Path | bytes, limits: FileLimits | None = None) -> Iterator[list[Sheet]]:
    """The visible sheets of the file, to be read inside the `with`. Raises UnreadableFile, here or while rows are read."""
    limits = limits or FileLimits()
    content = _content(source)
    with _reader(content, limits)(content, limits) as sheets:
        yield sheets


def _content(source: Path | bytes) -> Content:
    if isinstance(source, bytes):
        return partial(io.BytesIO, source)
    return lambda: source.open("rb")


def _reader(content: Content, limits: FileLimits) -> Callable[[Content, FileLimits], AbstractContextManager[list[Sheet]]]:
    with content() as stream:
        size = stream.seek(0, io.SEEK_END)
        stream.seek(0)
        head = stream.read(64).lstrip()
    if not head:
        raise UnreadableFile("empty")
    if size > limits.file_bytes:
        raise UnreadableFile("too_large", size=_megabytes(size), limit=_megabytes(limits.file_bytes))
    if head.startswith(_OLE):
        raise UnreadableFile(_ole_code(content))
    if head.startswith(_OTHERS):
        raise UnreadableFile("not_a_spreadsheet")
    return open_workbook if head.startswith(_ZIP) else open_text


def _ole_code(content: Content) -> str:
    """Excel keeps a locked .xlsx inside the container that was once the .xls format."""
    with content() as stream:
        return "password_protected" if _ENCRYPTED_STREAM in stream.read() else "old_excel"


def _megabytes(size: int) -> int:
    return -(-size // 2**20)


# --- workbooks -----------------------------------------------------------------------------------------------------

_LONGEST_NAME = 31  # of a sheet, in Excel; a file that was made by hand may say more than a column holds
_MOST_PARTS = 1000
_MOST_RATIO = 100
_RATIO_FROM = 10 * 1024 * 1024
_SMALL_PART = 8 * 1024 * 1024
_CHUNK = 1024 * 1024
_ROW_STARTS = (b"<row", b":row")
_STRING_STARTS = (b"<si", b":si")
_PLAIN = frozenset({str, int, float, date, datetime})

# Missing styles, unknown extensions and the like: nothing that a roster's reader could act on.
warnings.filterwarnings("ignore", module="openpyxl")


@contextmanager
def open_workbook(content: Content, limits: FileLimits) -> Iterator[list[Sheet]]:
    """The visible sheets; hidden ones are left out, for nobody who looks at the file knows of them."""
    _look_over(content, limits)
    with content() as stream:
        book = _open(stream)
        try:
            yield [Sheet(name, partial(_rows, book, part, limits)) for name, part in _visible(book)]
        finally:
            book.archive.close()


def _look_over(content: Content, limits: FileLimits) -> None:
    try:
        with content() as stream, zipfile.ZipFile(stream) as archive:
            _refuse_strangers(archive)
            _refuse_bombs(archive, limits)
    except UnreadableFile:
        raise
    except Exception as error:  # zipfile, zlib and struct each have their own way to say "damaged"
        raise UnreadableFile("workbook_broken") from error


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
        raise UnreadableFile("zip_bomb", size=unpacked // 2**20)
    for part in parts:
        if part.file_size > _SMALL_PART:
            _refuse_lumps(archive, part, limits)


def _refuse_lumps(archive: zipfile.ZipFile, part: zipfile.ZipInfo, limits: FileLimits) -> None:
    """A long part must be many short rows or strings, for openpyxl holds one of them at a time."""
    rows = strings = 0
    with archive.open(part) as stream:
        while chunk := stream.read(_CHUNK):
            found_rows = sum(chunk.count(start) for start in _ROW_STARTS)
            found_strings = sum(chunk.count(start) for start in _STRING_STARTS)
            rows, strings = rows + found_rows, strings + found_strings
            lump = not found_rows and not found_strings and len(chunk) == _CHUNK
            if lump or rows > limits.rows * 2 or strings > limits.strings:
                raise UnreadableFile("zip_bomb", size=part.file_size // 2**20)


def _open(stream: BinaryIO) -> ExcelReader:
    """Only what cells need: `load_workbook` would also read each sheet through to learn a size that it does not state."""
    try:
        book = ExcelReader(stream, read_only=True, keep_links=False)
        book.read_manifest()
        book.read_strings()
        book.read_workbook()
        apply_stylesheet(book.archive, book.wb)
    except Exception as error:  # whatever a parser makes of XML that somebody else wrote
        raise UnreadableFile("workbook_broken") from error
    return book


def _visible(book: ExcelReader) -> list[tuple[str, str]]:
    """Name and part of each worksheet that people see."""
    try:
        found = [(sheet.name[:_LONGEST_NAME], sheet.state, link) for sheet, link in book.parser.find_sheets()]
        return [(name, link.target) for name, state, link in found if state == "visible" and link.Type.endswith("/worksheet")]
    except Exception as error:  # as in _open
        raise UnreadableFile("workbook_broken") from error


def _rows(book: ExcelReader, part: str, limits: FileLimits) -> Iterator[Row]:
    return within(limits, _parsed(book, part, limits))


def _parsed(book: ExcelReader, part: str, limits: FileLimits) -> Iterator[Row]:
    """Rows as they stand in the XML. `iter_rows` of openpyxl would fill every gap before a cell that is far away, and
    drop it silently beyond a limit; its parser just says where each cell is."""
    try:
        with book.archive.open(part) as source:
            parser = WorkSheetParser(
                source,
                book.shared_strings,
                epoch=book.wb.epoch,
                date_formats=book.wb._date_formats,
                timedelta_formats=book.wb._timedelta_formats,
            )
            for number, cells in parser.parse():
                yield number, _arranged(cells, limits)
    except UnreadableFile:
        raise
    except Exception as error:  # as in _open: a sheet is parsed while it is read
        raise UnreadableFile("workbook_broken") from error


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
