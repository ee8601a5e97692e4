"""One sheet of a known layout, row by row: cells into a record, faults into problems."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import partial
from types import MappingProxyType
from typing import Any, NamedTuple

from portal.exchange import cells as read_cell
from portal.exchange.areas import AreaIndex, Stated
from portal.exchange.dates import past_date, stage
from portal.exchange.grid import Cell
from portal.exchange.layouts import Column, Kind, Record, fold
from portal.exchange.numbers import kk, nik
from portal.exchange.problems import WARNINGS, Log, Problem, Severity
from portal.exchange.recognition import Part

_PLACE = (Kind.AREA_CODE, Kind.KELURAHAN, Kind.KECAMATAN, Kind.CITY)
_IDENTITY = frozenset({Kind.KEY, Kind.NIK, Kind.KK})
#: Totals, dates and signatures below a table fill no more known columns than this, and none of the identity.
_MOST_CELLS_OF_A_FOOTER = 3


class _Step(NamedTuple):
    slot: str
    place: int
    read: Callable[[Cell], Any]
    column: Column


def _cell_readers(today: date) -> dict[Kind, Callable[[Cell], Any]]:
    text = read_cell.text
    return {
        **dict.fromkeys((Kind.AREA_CODE, Kind.KELURAHAN, Kind.KECAMATAN, Kind.CITY), text),
        **dict.fromkeys((Kind.RT, Kind.RW), read_cell.small_number),
        **dict.fromkeys((Kind.KEY, Kind.TEXT), read_cell.short_text),
        Kind.NIK: partial(nik, today=today),
        Kind.KK: partial(kk, today=today),
        Kind.NAME: read_cell.name,
        Kind.ADDRESS: read_cell.address,
        Kind.STAGE: stage,
        Kind.RUPIAH: read_cell.rupiah,
        Kind.DATE: partial(past_date, today=today),
        Kind.SEX: read_cell.sex,
        Kind.RELATION: read_cell.relation,
        Kind.DECILE: read_cell.decile,
    }


class RowReader:
    """`count` says how many rows of data were met so far, usable or not."""

    def __init__(self, part: Part, *, areas: AreaIndex, today: date, log: Log) -> None:
        self.count = 0
        self._part = part
        self._areas = areas
        self._log = log
        readers = _cell_readers(today)
        self._steps = [_Step(c.slot, place, readers[c.kind], c) for c, place in part.places.items()]
        self._headers = {step.slot: part.header[step.place] for step in self._steps}
        self._width = len(part.header)
        self._has_area = "area" in part.table.record._fields

    def records(self) -> Iterator[Record]:
        for number, cells in self._part.sheet.rows():
            if number > self._part.header_row:
                record = self._record(number, cells)
                if record is not None:
                    yield record

    def tell(self, row: int, slot: str, code: str, **facts: object) -> None:
        """A problem at the column of that slot."""
        wanted = code == "nik_missing" and not self._part.table.needs_nik
        severity = Severity.WARNING if wanted or code in WARNINGS else Severity.ERROR
        column = self._headers.get(slot, "")
        self._log.add(Problem(self._part.sheet.name, row, column, code, severity, MappingProxyType(facts)))

    def _record(self, number: int, cells: Sequence[Cell]) -> Record | None:
        if len(cells) < self._width:
            cells = [*cells, *[None] * (self._width - len(cells))]
        values, faults = self._values(cells)
        if faults and self._is_no_data(cells):
            return None
        self.count += 1
        if self._is_shifted(cells):
            self.tell(number, self._steps[-1].slot, "columns_shifted")
            return None
        for slot, fault in faults.items():
            for code in fault.codes:
                self.tell(number, slot, code, **fault.facts)
        if self._has_area:
            self._place(number, values, faults)
        record: Record = self._part.table.record(self._part.sheet.name, number, **values)
        return record

    def _values(self, cells: Sequence[Cell]) -> tuple[dict[str, Any], dict[str, read_cell.Fault]]:
        values, faults = {}, {}
        for slot, place, read, _column in self._steps:
            try:
                values[slot] = read(cells[place])
            except read_cell.Fault as fault:
                faults[slot] = fault
        return values, faults

    def _is_no_data(self, cells: Sequence[Cell]) -> bool:
        """A header printed once more, or what stands below a table: totals, place and date, signatures."""
        filled = [step for step in self._steps if str(cells[step.place] or "").strip()]
        if not any(step.column.kind in _IDENTITY for step in filled):
            return len(filled) <= _MOST_CELLS_OF_A_FOOTER
        return all(fold(str(cells[step.place])) == fold(self._headers[step.slot]) for step in filled)

    def _is_shifted(self, cells: Sequence[Cell]) -> bool:
        """In a text file, a separator inside an address that nobody quoted moves everything after it."""
        return self._part.sheet.name is None and len(cells) > self._width and any(cells[self._width :])

    def _place(self, number: int, values: dict[str, Any], faults: dict[str, read_cell.Fault]) -> None:
        stated = Stated(*(values.pop(kind.value, "") for kind in _PLACE))
        found = self._areas.find(stated)
        values["area"] = found.code
        slot = Kind.AREA_CODE if stated.code or Kind.KELURAHAN not in self._headers else Kind.KELURAHAN
        if found.differs:
            self.tell(number, slot, "area_differs", value=read_cell.hint(stated.kelurahan))
        elif not found.code and faults.keys().isdisjoint(_PLACE):
            self.tell(number, slot, "area_unknown", value=read_cell.hint(stated.code or stated.kelurahan))
        self._settle_address(values)

    @staticmethod
    def _settle_address(values: dict[str, Any]) -> None:
        """RT and RW that stand in the address are taken out of it, unless their own columns say otherwise."""
        line, rt, rw = read_cell.rt_rw_inside(values.get("address", ""))
        if rt in (None, values.get("rt") or rt) and rw in (None, values.get("rw") or rw):
            values["address"] = line
            values["rt"], values["rw"] = values.get("rt") or rt, values.get("rw") or rw
