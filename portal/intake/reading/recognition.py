"""Which known layout a file is, and on which row each of its sheets has the header."""

from collections.abc import Sequence
from itertools import islice
from typing import NamedTuple

from portal.intake.reading.grid import Cell, Row, Sheet, Unreadable
from portal.intake.reading.layouts import LAYOUTS, Column, Layout, Table, fold

#: Title rows, letterheads and notes stand above a header; nothing seen in practice has more.
_DEEPEST_HEADER = 30
#: A file that lacks more than this share of a layout's required columns is not said to be like it.
_NEAR = 0.5

#: A sheet and its first rows.
Head = tuple[Sheet, Sequence[Row]]


class Part(NamedTuple):
    """A sheet that is one of the layout's tables: where its header stands and where each known column is."""

    table: Table
    sheet: Sheet
    header_row: int
    header: tuple[str, ...]
    places: dict[Column, int]


class _Fit(NamedTuple):
    table: Table
    places: dict[Column, int]

    @property
    def missing(self) -> tuple[str, ...]:
        return tuple(column.header for column in self.table.columns if column.required and column not in self.places)

    @property
    def share_missing(self) -> float:
        return len(self.missing) / sum(column.required for column in self.table.columns)


def recognise(sheets: Sequence[Sheet], layouts: Sequence[Layout] = LAYOUTS) -> tuple[Layout, list[Part]]:
    """The layout and its parts, main table first. Sheets that are none of its tables are left out. Raises Unreadable
    `empty`, or `layout_unknown` with the nearest layout and the columns it lacks."""
    heads: list[Head] = [(sheet, list(islice(sheet.rows(), _DEEPEST_HEADER))) for sheet in sheets]
    if not any(rows for _sheet, rows in heads):
        raise Unreadable("empty")
    for layout in layouts:
        parts = [part for table in layout.tables for part in _parts(table, layout.tables, heads)]
        if parts and parts[0].table is layout.main:
            return layout, parts
    raise _unknown(layouts, [cells for _sheet, rows in heads for _number, cells in rows])


def _parts(table: Table, tables: Sequence[Table], heads: Sequence[Head]) -> list[Part]:
    found = (_part(sheet, rows, tables) for sheet, rows in heads)
    return [part for part in found if part and part.table is table]


def _part(sheet: Sheet, rows: Sequence[Row], tables: Sequence[Table]) -> Part | None:
    for number, cells in rows:
        header = _header(cells)
        fits = [fit for fit in (_fit(table, header) for table in tables) if not fit.missing]
        if fits:
            best = max(fits, key=lambda fit: len(fit.places))
            return Part(best.table, sheet, number, header, best.places)
    return None


def _header(cells: Sequence[Cell]) -> tuple[str, ...]:
    return tuple(" ".join(cell.split()).strip("'\ufeff ") if isinstance(cell, str) else "" for cell in cells)


def _fit(table: Table, header: Sequence[str]) -> _Fit:
    """Each column at its own name if that is there, else at the first of its other names."""
    at = {fold(text): place for place, text in reversed(list(enumerate(header))) if text}
    places = {}
    for column in table.columns:
        place = next((at[name] for name in column.names if name in at), None)
        if place is not None:
            places[column] = place
    return _Fit(table, places)


def _unknown(layouts: Sequence[Layout], rows: Sequence[Sequence[Cell]]) -> Unreadable:
    """Nearest is the layout of which the largest share of required columns stands in one row, if half of them do."""
    fits = [(layout, _fit(layout.main, _header(cells))) for cells in rows for layout in layouts]
    layout, fit = min(fits, key=lambda pair: pair[1].share_missing)
    if fit.share_missing > _NEAR:
        return Unreadable("layout_unknown", nearest=None, missing="")
    return Unreadable("layout_unknown", nearest=layout.id, missing=", ".join(fit.missing))
