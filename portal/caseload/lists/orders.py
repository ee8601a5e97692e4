"""How the list of families is sorted, and where a page of it ends.

An order sorts by its column, then by name and id, so that no two rows are equal; rows without a value stand apart, on a
fixed side. (kernel/paging leads one way only, over values that are never unknown.)
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from portal.caseload.lists.filters import N_
from portal.family.records.models import Household
from portal.kernel import sent
from portal.kernel.terms import Band

Lines = Select[*tuple[Any, ...]]
Place = tuple[object, ...]
"""Where a page ends: the value of the order's column where there is one and it is known, name and id."""
MARK = "~"
NAMED = "ix_households_name"
_BY_NAME = (Household.sort_name, Household.id)
_MAKE: dict[str, Callable[[str], object]] = {Household.decile.key: sent.number, Household.band.key: Band}
"""The value of a column from its text; the others are dates."""


@dataclass(frozen=True)
class Stretch:
    """A part of an order that one range of its index holds."""

    keys: tuple[InstrumentedAttribute[object], ...]
    condition: ColumnElement[bool] | None = None

    def narrow(self, statement: Lines, place: Place | None, *, downwards: bool) -> Lines:
        """The rows of this stretch beyond the place, in order."""
        if self.condition is not None:
            statement = statement.where(self.condition)
        if place:
            here, keys = tuple_(*place), tuple_(*self.keys)
            statement = statement.where(keys < here if downwards else keys > here)
        return statement.order_by(*(key.desc() if downwards else key.asc() for key in self.keys))


@dataclass(frozen=True)
class Order:
    """`column` None is by name alone. Unknown values come last, or first. `index` has the rows in this order. `action`: as of
    a filter."""

    said: str
    index: str
    column: InstrumentedAttribute[Any] | None = None
    descending: bool = False
    unknown_first: bool = False
    action: str = ""

    def stretches(self) -> list[Stretch]:
        """Rows with a value and those without, in their order; apart by how many keys they have."""
        if self.column is None:
            return [Stretch(_BY_NAME)]
        known = Stretch((self.column, *_BY_NAME), self.column.is_not(None))
        unknown = Stretch(_BY_NAME, self.column.is_(None))
        return [unknown, known] if self.unknown_first else [known, unknown]

    def cursor(self, line: Any) -> str:
        """Of a row with `sort_name`, `id` and the column."""
        if self.column is None:
            return f"{line.sort_name}{MARK}{line.id}"
        value = getattr(line, self.column.key)
        return f"{'' if value is None else value}{MARK}{line.sort_name}{MARK}{line.id}"

    def place(self, cursor: str) -> Place | None:
        """None for anything that no page gave."""
        try:
            *stated, name, row_id = cursor.split(MARK)
            if len(stated) != (self.column is not None):
                return None
            return (*(self._value(one) for one in stated if one), name, sent.number(row_id))
        except ValueError:
            return None

    def _value(self, text: str) -> object:
        make = _MAKE.get(self.column.key, date.fromisoformat) if self.column is not None else str
        return make(text)


ORDERS: dict[str, Order] = {
    "nama": Order(N_("Nama A–Z"), NAMED),
    "-nama": Order(N_("Nama Z–A"), NAMED, descending=True),
    "desil": Order(N_("Desil terendah dulu"), "ix_households_decile", Household.decile),
    "-desil": Order(N_("Desil tertinggi dulu"), "ix_households_decile", Household.decile, descending=True),
    "kunjungan": Order(N_("Paling lama tidak dikunjungi"), "ix_households_visit", Household.last_visit_on, unknown_first=True),
    "-kunjungan": Order(N_("Baru dikunjungi"), "ix_households_visit", Household.last_visit_on, descending=True),
    "jatuh_tempo": Order(N_("Jatuh tempo terdekat"), "ix_households_due", Household.due_on),
    "-jatuh_tempo": Order(N_("Jatuh tempo terjauh"), "ix_households_due", Household.due_on, descending=True),
    "kesiapan": Order(N_("Paling siap dulu"), "ix_households_band", Household.band, descending=True, action="visit.view"),
    "-kesiapan": Order(N_("Paling belum siap dulu"), "ix_households_band", Household.band, action="visit.view"),
}
"""By the word of the URL. Bands happen to sort as they stand: siap_diusulkan is the last of them by letter."""
