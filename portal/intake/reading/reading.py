"""Read a roster: rows into records, and everything that is wrong told by sheet, row and column. Nothing is written.

The whole file is read before anything is returned, for a fault may only show on its last row (one NIK in two families).
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain, islice
from operator import attrgetter
from typing import Any, NamedTuple

from portal.intake.reading.files import Cell, Row, Sheet, UnreadableFile, open_table
from portal.intake.reading.layouts import LAYOUTS, Column, FamilyRow, FileRecord, Layout, MemberRow, Record, Table, fold
from portal.intake.reading.rows import AreaIndex, KnownSheet, Log, Place, Problem, RowReader, Severity


@dataclass(frozen=True)
class Parsed:
    """What a file says. `rows` counts the rows of the main table and `members` those of the members' sheet, usable or
    not; a repeated row and a member without a family are problems only, never records. Records are in file order, and so
    is `log`."""

    layout: str
    rows: int
    members: int
    records: tuple[FileRecord, ...]
    log: Mapping[Place, list[Problem]]

    @property
    def problems(self) -> tuple[Problem, ...]:
        return tuple(chain.from_iterable(self.log.values()))

    def problems_of(self, record: Record) -> tuple[Problem, ...]:
        """Those of the record's own row; a family's members answer for themselves."""
        return tuple(self.log.get((record.sheet, record.row), ()))

    def is_blocked(self, record: Record) -> bool:
        """Whether an error forbids to use the row. A family may be usable where one of its members is not."""
        return any(problem.severity is Severity.ERROR for problem in self.problems_of(record))


def read(content: bytes, *, areas: AreaIndex, today: date) -> Parsed:
    """Raises UnreadableFile when the file as a whole is no good: its codes are those of words.UNREADABLE."""
    with open_table(content) as sheets:
        layout, parts = recognise(sheets)
        return _Reading(layout, parts, areas=areas, today=today).parsed()


class _Reading:
    def __init__(self, layout: Layout, parts: list[KnownSheet], *, areas: AreaIndex, today: date) -> None:
        self._layout = layout
        self._parts = parts
        self._log: Log = defaultdict(list)
        self._readers = {part.sheet.name: RowReader(part, areas=areas, today=today, log=self._log) for part in parts}

    def parsed(self) -> Parsed:
        records: list[Any] = list(self._rows_of(self._layout.main))
        if not self._count(self._layout.main):
            raise UnreadableFile("no_rows")
        if self._layout.members:
            records = self._families(records, self._layout.members)
        return Parsed(
            layout=self._layout.id,
            rows=self._count(self._layout.main),
            members=self._count(self._layout.members),
            records=tuple(records),
            log={place: self._log[place] for place in sorted(self._log, key=self._at)},
        )

    def _at(self, place: Place) -> tuple[int, int]:
        """By sheet as the file has them, then by row."""
        return [part.sheet.name for part in self._parts].index(place[0]), place[1]

    def _count(self, table: Table | None) -> int:
        return sum(self._readers[part.sheet.name].count for part in self._parts if part.table is table)

    def _tell(self, record: Record, slot: str, code: str, other: Record) -> None:
        self._readers[record.sheet].tell(record.row, slot, code, other_sheet=other.sheet, other_row=other.row)

    def _rows_of(self, table: Table) -> Iterator[Any]:
        """The table's records, every row once: the same row again is only told."""
        same, once = _Seen(table.same), _Seen(table.once)
        for record in self._all_rows_of(table):
            if first := same.before(record):
                self._tell(record, table.same[0], "duplicate_in_file", first)
                continue
            if neighbour := once.before(record):
                self._tell(record, table.once[0], "kk_repeated", neighbour)
            yield record

    def _all_rows_of(self, table: Table) -> Iterator[Record]:
        for part in self._parts:
            if part.table is table:
                yield from self._readers[part.sheet.name].records()

    def _families(self, families: list[FamilyRow], table: Table) -> list[FamilyRow]:
        known = {family.family for family in families if family.family}
        members: dict[str, list[MemberRow]] = defaultdict(list)
        for member in self._rows_of(table):
            if member.family in known:
                members[member.family].append(member)
            else:
                self._readers[member.sheet].tell(member.row, "family", "family_missing")
        self._tell_shared(families)
        self._tell_shared(member for family in members.values() for member in family)
        return [family._replace(members=tuple(members.get(family.family or "", ()))) for family in families]

    def _tell_shared(self, rows: Iterable[FamilyRow | MemberRow]) -> None:
        """Both rows are told, for nobody knows which of the families is right."""
        owners: dict[str, FamilyRow | MemberRow] = {}
        told = set()
        for row in rows:
            owner = owners.setdefault(row.nik, row) if row.nik else row
            if owner is row:
                continue
            if owner not in told:
                told.add(owner)
                self._tell(owner, "nik", "nik_in_two_families", row)
            self._tell(row, "nik", "nik_in_two_families", owner)


class _Seen:
    """The first row for each value of some fields; a row whose first field is unknown is like no other."""

    def __init__(self, fields: tuple[str, ...]) -> None:
        self._first: dict[Hashable, Record] = {}
        self._known = attrgetter(fields[0]) if fields else lambda record: None
        self._values = attrgetter(*fields) if fields else self._known

    def before(self, record: Record) -> Record | None:
        if self._known(record) is None:
            return None
        first = self._first.setdefault(self._values(record), record)
        return None if first is record else first


# --- which layout a file is ----------------------------------------------------------------------------------------

#: Title rows, letterheads and notes stand above a header; nothing seen in practice has more.
_DEEPEST_HEADER = 30
#: A file that lacks more than this share of a layout's required columns is not said to be like it.
_NEAR = 0.5


class _Fit(NamedTuple):
    table: Table
    places: dict[Column, int]

    @property
    def missing(self) -> tuple[str, ...]:
        return tuple(column.header for column in self.table.columns if column.required and column not in self.places)

    @property
    def share_missing(self) -> float:
        return len(self.missing) / sum(column.required for column in self.table.columns)


def recognise(sheets: Sequence[Sheet], layouts: Sequence[Layout] = LAYOUTS) -> tuple[Layout, list[KnownSheet]]:
    """The layout and its parts, main table first. Sheets that are none of its tables are left out. Raises UnreadableFile
    `empty`, or `layout_unknown` with the nearest layout and the columns it lacks."""
    heads = [(sheet, list(islice(sheet.rows(), _DEEPEST_HEADER))) for sheet in sheets]
    if not any(rows for _sheet, rows in heads):
        raise UnreadableFile("empty")
    for layout in layouts:
        found = [part for sheet, rows in heads if (part := _part(sheet, rows, layout.tables))]
        parts = [part for table in layout.tables for part in found if part.table is table]
        if parts and parts[0].table is layout.main:
            return layout, parts
    raise _unknown(layouts, [cells for _sheet, rows in heads for _number, cells in rows])


def _part(sheet: Sheet, rows: Sequence[Row], tables: Sequence[Table]) -> KnownSheet | None:
    for number, cells in rows:
        header = _header(cells)
        fits = [fit for fit in (_fit(table, header) for table in tables) if not fit.missing]
        if fits:
            best = max(fits, key=lambda fit: len(fit.places))
            return KnownSheet(best.table, sheet, number, header, best.places)
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


def _unknown(layouts: Sequence[Layout], rows: Sequence[Sequence[Cell]]) -> UnreadableFile:
    """Nearest is the layout of which the largest share of required columns stands in one row, if half of them do."""
    fits = [(layout, _fit(layout.main, _header(cells))) for cells in rows for layout in layouts]
    layout, fit = min(fits, key=lambda pair: pair[1].share_missing)
    if fit.share_missing > _NEAR:
        return UnreadableFile("layout_unknown", nearest=None, missing="")
    return UnreadableFile("layout_unknown", nearest=layout.id, missing=", ".join(fit.missing))
