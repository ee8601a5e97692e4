"""What is wrong in a file, told by sheet, row and column."""

from collections import defaultdict
from enum import StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple


class Severity(StrEnum):
    """ERROR: the row cannot be used. WARNING: the row can, without that cell; a person should look."""

    ERROR = "error"
    WARNING = "warning"


#: Every other code is an error.
WARNINGS = frozenset(
    {
        "amount_unreadable",
        "area_differs",
        "date_impossible",
        "decile_out_of_range",
        "kk_missing",
        "kk_repeated",
        "number_unreadable",
        "relation_unknown",
        "sex_unknown",
        "stage_unknown",
        "text_too_long",
    }
)


class Problem(NamedTuple):
    """`column` is the header as the file writes it; `facts` fill the message and never hold a whole identity number."""

    sheet: str | None
    row: int
    column: str
    code: str
    severity: Severity
    facts: MappingProxyType[str, Any]


class Log:
    """Problems as they are found."""

    def __init__(self) -> None:
        self._by_row: dict[tuple[str | None, int], list[Problem]] = defaultdict(list)

    def add(self, problem: Problem) -> None:
        self._by_row[problem.sheet, problem.row].append(problem)

    def at(self, sheet: str | None, row: int) -> tuple[Problem, ...]:
        return tuple(self._by_row.get((sheet, row), ()))

    def in_order(self, sheets: list[str | None]) -> tuple[Problem, ...]:
        """By sheet as the file has them, then by row."""
        rows = sorted(self._by_row, key=lambda place: (sheets.index(place[0]), place[1]))
        return tuple(problem for place in rows for problem in self._by_row[place])
