"""Read a roster: rows into records, and everything that is wrong told by sheet, row and column. Nothing is written.

The whole file is read before anything is returned, for a fault may only show on its last row (one NIK in two families).
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from operator import attrgetter
from pathlib import Path
from typing import Any

from portal.intake.reading.areas import AreaIndex
from portal.intake.reading.grid import Limits, Unreadable
from portal.intake.reading.layouts import FamilyRow, Layout, MemberRow, Record, Table
from portal.intake.reading.problems import Log, Problem, Severity
from portal.intake.reading.recognition import Part, recognise
from portal.intake.reading.rows import RowReader
from portal.intake.reading.sheets import open_table


@dataclass(frozen=True)
class Parsed:
    """What a file says. `rows` counts the rows of the main table and `members` those of the members' sheet, usable or
    not; a repeated row and a member without a family are problems only, never records. Records are in file order."""

    layout: str
    rows: int
    members: int
    records: tuple[Record, ...]
    problems: tuple[Problem, ...]
    log: Log

    def problems_of(self, record: Record) -> tuple[Problem, ...]:
        """Those of the record's own row; a family's members answer for themselves."""
        return self.log.at(record.sheet, record.row)

    def is_blocked(self, record: Record) -> bool:
        """Whether an error forbids to use the row. A family may be usable where one of its members is not."""
        return any(problem.severity is Severity.ERROR for problem in self.problems_of(record))


def read(source: Path | bytes, *, areas: AreaIndex, today: date, limits: Limits | None = None) -> Parsed:
    """Raises Unreadable when the file as a whole is no good: see messages.UNREADABLE for its codes."""
    with open_table(source, limits) as sheets:
        layout, parts = recognise(sheets)
        return _Reading(layout, parts, areas=areas, today=today).parsed()


class _Reading:
    def __init__(self, layout: Layout, parts: list[Part], *, areas: AreaIndex, today: date) -> None:
        self._layout = layout
        self._parts = parts
        self._log = Log()
        self._readers = {part.sheet.name: RowReader(part, areas=areas, today=today, log=self._log) for part in parts}

    def parsed(self) -> Parsed:
        records: list[Any] = list(self._rows_of(self._layout.main))
        if not self._count(self._layout.main):
            raise Unreadable("no_rows")
        if self._layout.members:
            records = self._families(records, self._layout.members)
        return Parsed(
            layout=self._layout.id,
            rows=self._count(self._layout.main),
            members=self._count(self._layout.members),
            records=tuple(records),
            problems=self._log.in_order([part.sheet.name for part in self._parts]),
            log=self._log,
        )

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
        self._first: dict[Hashable, Any] = {}
        self._known = attrgetter(fields[0]) if fields else lambda record: None
        self._values = attrgetter(*fields) if fields else self._known

    def before(self, record: Any) -> Any | None:
        if self._known(record) is None:
            return None
        first = self._first.setdefault(self._values(record), record)
        return None if first is record else first
