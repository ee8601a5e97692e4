"""One sheet of a known layout, row by row: cells into a record, faults into problems; and which kelurahan a row means: by
Kemendagri code with or without dots, or by name in the spellings that offices use."""

import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from datetime import date
from enum import StrEnum
from functools import lru_cache, partial
from operator import itemgetter
from types import MappingProxyType
from typing import Any, NamedTuple

from portal.intake.reading import cells as read_cell
from portal.intake.reading.files import Cell, Sheet
from portal.intake.reading.layouts import Column, Holds, Record, Table, fold
from portal.kernel import typed

_LEVELS = {1: "city", 2: "kecamatan", 3: "kelurahan"}
"""By the dots in a code."""


class Found(NamedTuple):
    """`code` is None where nothing fits; `differs` when the code in the row and its name are two kelurahan."""

    code: str | None
    differs: bool = False


class StatedPlace(NamedTuple):
    """What a row says about its place; empty text is "not said"."""

    code: str = ""
    kelurahan: str = ""
    kecamatan: str = ""
    city: str = ""


class AreaIndex:
    """`spellings` are (code, name or other spelling) of every level, codes as `35.73.01.1001`."""

    def __init__(self, spellings: Iterable[tuple[str, str]]) -> None:
        self._by_digits: dict[str, str] = {}
        self._by_name: dict[tuple[str, str], set[str]] = defaultdict(set)
        for code, name in spellings:
            self._add(code, name)

    def find(self, stated: StatedPlace) -> Found:
        """The kelurahan meant. The code wins over the name; a code nobody knows (BPS has its own) leaves it to the name."""
        digits = re.sub(r"[. ]", "", stated.code)
        by_code = self._by_digits.get(digits)
        called_so = self._by_name.get(("kelurahan", typed.fold_area(stated.kelurahan)), set())
        if by_code:
            return Found(by_code, differs=bool(called_so) and by_code not in called_so)
        return Found(self._only_one(called_so, stated) if self._may_be_ours(digits) else None)

    def _add(self, code: str, name: str) -> None:
        level = _LEVELS.get(code.count("."))
        if level is None:
            return
        if level == "kelurahan":
            self._by_digits[code.replace(".", "")] = code
        self._by_name[level, typed.fold_area(name)].add(code)
        if level == "city":
            self._by_name[level, typed.fold_area(name).removeprefix("kota")].add(code)

    def _only_one(self, candidates: set[str], stated: StatedPlace) -> str | None:
        """The one that lies in the kecamatan and city that the row names."""
        for level in ("kecamatan", "city"):
            name = getattr(stated, level)
            if name:
                around = self._by_name.get((level, typed.fold_area(name)), set())
                candidates = {code for code in candidates if any(code.startswith(f"{outer}.") for outer in around)}
        return next(iter(candidates)) if len(candidates) == 1 else None

    def _may_be_ours(self, digits: str) -> bool:
        return not digits or any(known[:4] == digits[:4] for known in self._by_digits)


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
    facts: MappingProxyType[str, object]


Place = tuple[str | None, int]
"""A sheet and a row of it."""
Log = defaultdict[Place, list[Problem]]
"""Problems as they are found."""


class KnownSheet(NamedTuple):
    """A sheet that is one of the layout's tables: where its header stands and where each known column is."""

    table: Table
    sheet: Sheet
    header_row: int
    header: tuple[str, ...]
    places: dict[Column, int]


_PLACE = (Holds.AREA_CODE, Holds.KELURAHAN, Holds.KECAMATAN, Holds.CITY)
_IDENTITY = frozenset({Holds.KEY, Holds.NIK, Holds.KK})
#: Totals, dates and signatures below a table fill no more known columns than this, and none of the identity.
_MOST_CELLS_OF_A_FOOTER = 3

Reader = Callable[[Cell], object]
Faults = dict[str, read_cell.Fault]
#: Every row has another; what other columns say comes again and again.
_RARELY_REPEATED = frozenset({Holds.KEY, Holds.NIK, Holds.KK, Holds.ADDRESS})
_MOST_REMEMBERED = 5000


def _cell_readers(today: date) -> dict[Holds, Reader]:
    text = read_cell.text
    return {
        **dict.fromkeys(_PLACE, text),
        **dict.fromkeys((Holds.RT, Holds.RW), read_cell.small_number),
        **dict.fromkeys((Holds.KEY, Holds.TEXT), read_cell.short_text),
        Holds.NIK: partial(read_cell.nik, today=today),
        Holds.KK: partial(read_cell.kk, today=today),
        Holds.NAME: read_cell.name,
        Holds.ADDRESS: read_cell.address,
        Holds.STAGE: read_cell.stage,
        Holds.RUPIAH: read_cell.rupiah,
        Holds.DATE: partial(read_cell.past_date, today=today),
        Holds.SEX: read_cell.sex,
        Holds.RELATION: read_cell.relation,
        Holds.DECILE: read_cell.decile,
    }


def _reader(kind: Holds, today: date) -> Reader:
    """It knows again what it has read; a Fault is never remembered."""
    read = _cell_readers(today)[kind]
    return read if kind in _RARELY_REPEATED else lru_cache(_MOST_REMEMBERED)(read)


class RowReader:
    """`count` says how many rows of data were met so far, usable or not.

    Made for long files: the cells of a row are read in one go, and looked at one by one only where a fault shows.
    """

    def __init__(self, part: KnownSheet, *, areas: AreaIndex, today: date, log: Log) -> None:
        self.count = 0
        self._part = part
        self._areas = areas
        self._log = log
        self._width = max(part.places.values()) + 1
        self._pick = itemgetter(*part.places.values())
        self._reads = [_reader(column.kind, today) for column in part.places]
        self._slots = [column.slot for column in part.places]
        self._headers = [part.header[place] for place in part.places.values()]
        self._identity = [at for at, column in enumerate(part.places) if column.kind in _IDENTITY]
        self._arrange()

    def _arrange(self) -> None:
        """A row is a list: what its cells say, in `_slots` order, then what a record or its area need besides."""
        record = self._part.table.record
        rest = [field for field in (*record._fields, *_PLACE) if field not in self._slots]
        self._rest = [record._field_defaults.get(field, "") for field in rest]
        self._at = {slot: at for at, slot in enumerate([*self._slots, *rest])}
        self._make = record._make
        self._fields = itemgetter(*(self._at[field] for field in record._fields))
        self._stated = itemgetter(*(self._at[kind] for kind in _PLACE))
        self._has_area = "area" in rest
        self._sound_areas: dict[Hashable, str] = {}

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
        column = self._headers[self._at[slot]]
        sheet = self._part.sheet.name
        self._log[sheet, row].append(Problem(sheet, row, column, code, severity, MappingProxyType(facts)))

    def _record(self, number: int, cells: Sequence[Cell]) -> Record | None:
        short = self._width - len(cells)
        picked = self._pick(cells if short <= 0 else [*cells, *[None] * short])
        faults: Faults = {}
        try:
            found = [read(cell) for read, cell in zip(self._reads, picked, strict=True)]
        except read_cell.Fault:
            if self._is_no_data(picked):
                return None
            found, faults = self._one_by_one(picked)
        self.count += 1
        if len(cells) > len(self._part.header) and self._is_shifted(cells):
            self.tell(number, self._slots[-1], "columns_shifted")
            return None
        return self._settled(number, found + self._rest, faults)

    def _one_by_one(self, picked: Sequence[Cell]) -> tuple[list[object], Faults]:
        """What each cell says; for one at fault what its field is when nobody says anything."""
        nothing = self._part.table.record._field_defaults
        found, faults = [], {}
        for slot, read, cell in zip(self._slots, self._reads, picked, strict=True):
            try:
                found.append(read(cell))
            except read_cell.Fault as fault:
                found.append(nothing.get(slot, ""))
                faults[slot] = fault
        return found, faults

    def _is_no_data(self, picked: Sequence[Cell]) -> bool:
        """A header printed once more, or what stands below a table: totals, place and date, signatures."""
        texts = [str(cell or "").strip() for cell in picked]
        if not any(texts[at] for at in self._identity):
            return sum(map(bool, texts)) <= _MOST_CELLS_OF_A_FOOTER
        return all(fold(text) == fold(header) for text, header in zip(texts, self._headers, strict=True) if text)

    def _is_shifted(self, cells: Sequence[Cell]) -> bool:
        """In a text file, a separator inside an address that nobody quoted moves everything after it."""
        return self._part.sheet.name is None and any(cells[len(self._part.header) :])

    def _settled(self, number: int, row: list[Any], faults: Faults) -> Record:
        for slot, fault in faults.items():
            for code in fault.codes:
                self.tell(number, slot, code, **fault.facts)
        at = self._at
        row[at["sheet"]], row[at["row"]] = self._part.sheet.name, number
        if self._has_area:
            stated = self._stated(row)
            row[at["area"]] = self._sound_areas.get(stated) or self._area(number, StatedPlace(*stated), faults)
            if "RT" in row[at["address"]].upper():
                self._take_rt_rw_out(row)
        record: Record = self._make(self._fields(row))
        return record

    def _area(self, number: int, stated: StatedPlace, faults: Faults) -> str | None:
        found = self._areas.find(stated)
        slot = Holds.AREA_CODE if stated.code or Holds.KELURAHAN not in self._slots else Holds.KELURAHAN
        if found.differs:
            self.tell(number, slot, "area_differs", value=read_cell.hint(stated.kelurahan))
        elif found.code and len(self._sound_areas) < _MOST_REMEMBERED:
            self._sound_areas[stated] = found.code
        elif not found.code and faults.keys().isdisjoint(_PLACE):
            self.tell(number, slot, "area_unknown", value=read_cell.hint(stated.code or stated.kelurahan))
        return found.code

    def _take_rt_rw_out(self, row: list[Any]) -> None:
        """Out of the address, unless their own columns say otherwise."""
        address, own_rt, own_rw = (self._at[slot] for slot in ("address", "rt", "rw"))
        line, rt, rw = read_cell.rt_rw_inside(row[address])
        if rt in (None, row[own_rt] or rt) and rw in (None, row[own_rw] or rw):
            row[address], row[own_rt], row[own_rw] = line, row[own_rt] or rt, row[own_rw] or rw
