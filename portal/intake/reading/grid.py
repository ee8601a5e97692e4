"""What every file is to its readers: sheets of numbered rows of typed cells, within limits."""

import time
from collections.abc import Callable, Iterator, Sequence
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
class Limits:
    """What one file may cost. Sizes in bytes; `rows` and `strings` for one sheet or part; `seconds` for reading it once."""

    file_bytes: int = 16 * _MEGABYTE
    unpacked_bytes: int = 300 * _MEGABYTE
    rows: int = 500_000
    columns: int = 16_384
    strings: int = 2_000_000
    seconds: float = 180.0


class Unreadable(Exception):
    """The file as a whole cannot be taken in; `code` and `facts` make one sentence in messages.py."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


@dataclass(frozen=True)
class Sheet:
    """A sheet by its name, or None where the file is one table. `rows()` reads anew at each call, in file order,
    with the row number a spreadsheet shows; empty rows may be left out. Raises Unreadable."""

    name: str | None
    rows: Callable[[], Iterator[Row]]


def within(limits: Limits, rows: Iterator[Row]) -> Iterator[Row]:
    """The rows that hold anything; Unreadable when they stand too far down or take too long."""
    deadline = time.monotonic() + limits.seconds
    for count, (number, cells) in enumerate(rows):
        if not count % _CLOCK_EVERY and time.monotonic() > deadline:
            raise Unreadable("too_slow", seconds=int(limits.seconds))
        if not any(cells):
            continue
        if number > limits.rows:
            raise Unreadable("sheet_too_large", row=number, limit=limits.rows)
        yield number, cells
