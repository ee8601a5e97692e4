"""What every file is to its readers: sheets of numbered rows of typed cells, within limits; and text tables as offices
make them: BOM or none, `sep=` line or none, `;` `,` `|` or tab, UTF-8, cp1252 or UTF-16."""

import codecs
import csv
import io
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import BinaryIO

#: Text, number or date as the file has it; a formula is text that starts with "=", an empty cell is None or "".
Cell = str | int | float | date | datetime | None
Row = tuple[int, Sequence[Cell]]
#: Opens the file anew, from its beginning.
Content = Callable[[], BinaryIO]

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
    """The file as a whole cannot be taken in; `code` and `facts` make one sentence (words/faults.py)."""

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
def open_text(content: Content, limits: FileLimits) -> Iterator[list[Sheet]]:
    """One sheet without a name. Raises UnreadableFile for what is no text."""
    encoding = _encoding(content)
    sample = _sample(content, encoding)
    if not sample.strip("\ufeff \t\r\n"):
        raise UnreadableFile("empty")
    if _NO_TEXT.search(sample):
        raise UnreadableFile("not_a_spreadsheet")
    delimiter = _delimiter(sample)

    def rows() -> Iterator[Row]:
        with _text(content, encoding) as text:
            yield from within(limits, _records(text, delimiter, limits))

    yield [Sheet(None, rows)]


def _text(content: Content, encoding: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(content(), encoding=encoding, errors="replace", newline="")


def _encoding(content: Content) -> str:
    with content() as stream:
        head = stream.read(4096)
    for bom, encoding in _BOMS:
        if head.startswith(bom):
            return encoding
    even, odd = head[::2].count(0), head[1::2].count(0)
    if max(even, odd) > len(head) // 4:
        return "utf-16-le" if odd > even else "utf-16-be"
    return "utf-8" if _is_utf8(content) else "cp1252"


def _is_utf8(content: Content) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with content() as stream:
            while chunk := stream.read(1024 * 1024):
                decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _sample(content: Content, encoding: str) -> str:
    with _text(content, encoding) as text:
        return text.read(_SAMPLE)


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
