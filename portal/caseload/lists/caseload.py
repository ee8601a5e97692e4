"""The list of families: filtered, searched by name, in a chosen order, paged by keyset both ways.

A page asks an index for its rows, never for those before it. An order sorts by its column, then by name and id, so that no
two rows are equal; rows without a value stand apart, on a fixed side. (kernel/paging leads one way only, over values that
are never unknown.)
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import dropwhile, islice
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from portal.caseload.lists import filters
from portal.caseload.lists.filters import N_, Filters
from portal.family.lists import SearchGround, by_name, other_members
from portal.family.records.models import Household
from portal.kernel import areas, gate, policy, typed
from portal.kernel.base import session
from portal.kernel.paging import NoSuchPlace
from portal.kernel.people import Area, User
from portal.kernel.terms import Actor, Band, Membership, Presence, Reach

Lines = Select[*tuple[Any, ...]]
Place = tuple[object, ...]
"""Where a page ends: the value of the order's column where there is one and it is known, name and id."""
MARK = "~"
NAMED = "ix_households_name"
_BY_NAME = (Household.sort_name, Household.id)
_MAKE: dict[str, Callable[[str], object]] = {Household.decile.key: typed.number, Household.band.key: Band}
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

    def place(self, cursor: str) -> Place:
        """Raises NoSuchPlace for anything that no page gave."""
        try:
            *stated, name, row_id = cursor.split(MARK)
            if len(stated) == (self.column is not None):
                return (*(self._value(one) for one in stated if one), name, typed.number(row_id))
        except ValueError as error:
            raise NoSuchPlace from error
        raise NoSuchPlace

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


SIZE = 25
MOST_COUNTED = 1_000


@dataclass(frozen=True)
class FamilyLine:
    """A family as the list shows it; `matched` is another member's name that the search found."""

    id: int
    version: int
    name: str
    area: str
    rt: int | None
    rw: int | None
    membership: Membership
    presence: Presence
    decile: int | None
    decile_period: str | None
    band: Band | None
    assessed_on: date | None
    last_visit_on: date | None
    due_on: date | None
    group: str | None
    facilitator: str | None
    sort_name: str
    matched: str | None = None


@dataclass(frozen=True)
class Page:
    """`previous` and `next` are cursors or None. `total` counts at most `MOST_COUNTED`, `is_more` says that there are
    others; None on later pages, where nobody counts again."""

    lines: tuple[FamilyLine, ...]
    previous: str | None
    next: str | None
    total: int | None
    is_more: bool = False


@dataclass(frozen=True)
class WantedPage:
    """A page that somebody asks for: `after` or `before` is a cursor that another page gave."""

    filters: Filters
    order: str | None = None
    after: str | None = None
    before: str | None = None


def page(actor: Actor, wanted: WantedPage, today: date, *, size: int = SIZE) -> Page:
    """Families that the actor may see, at most five statements with a name and three without. Raises paging.NoSuchPlace."""
    wanted = permitted(actor, wanted)
    ground = _ground(actor, "household.view", wanted.filters, today)
    if not wanted.filters.name:
        return _walked(ground, wanted, size)
    return _searched(ground, wanted, size)


def ids(actor: Actor, action: str, chosen: Filters, *, today: date, most: int) -> list[int]:
    """Every family that the filters leave, for something done in bulk; at most so many, in order of name."""
    ground = _ground(actor, action, chosen, today)
    if chosen.name:
        return list(by_name(chosen.name, ground).ids[:most])
    statement = select(Household.id).where(*ground.conditions).order_by(Household.sort_name, Household.id)
    return list(session.scalars(statement.limit(most)))


def _ground(actor: Actor, action: str, chosen: Filters, today: date) -> SearchGround:
    conditions = [gate.visible(actor, action, Household), *filters.conditions(chosen, today)]
    is_of_few = bool(chosen.facilitator or chosen.left_behind) or _is_one_kelurahan(chosen.area)
    is_narrow = policy.reach(actor, action) is Reach.CASELOAD or is_of_few
    return SearchGround(conditions, is_wide=not is_narrow and not all(map(_is_one_kelurahan, actor.areas)))


def _is_one_kelurahan(code: str | None) -> bool:
    return code is not None and len(code) == areas.KELURAHAN


def permitted(actor: Actor, wanted: WantedPage) -> WantedPage:
    """Without what officers do not see: bands and assessments, also as a filter or an order (domain.md section 9)."""
    hidden = filters.ROWS.keys() - filters.usable(actor).keys()
    order = ORDERS.get(wanted.order or "")
    is_hidden = order is not None and order.action and not policy.may(actor, order.action)
    return replace(wanted, filters=wanted.filters.without(*hidden), order=None if is_hidden else wanted.order)


# --- by name -------------------------------------------------------------------------------------------------------


def _searched(ground: SearchGround, wanted: WantedPage, size: int) -> Page:
    name = wanted.filters.name or ""
    found = by_name(name, ground)
    if wanted.order in ORDERS:
        shown = _walked(SearchGround([Household.id.in_(found.ids)], is_wide=False), wanted, size)
    else:
        shown = _ranked(found.ids, wanted, size)
    others = other_members(name, {line.id: line.sort_name for line in shown.lines})
    lines = tuple(replace(line, matched=others.get(line.id)) for line in shown.lines)
    return replace(shown, lines=lines, total=len(found.ids), is_more=found.more)


def _ranked(ranked: Sequence[int], wanted: WantedPage, size: int) -> Page:
    start = _start(ranked, wanted, size)
    chosen = ranked[start : start + size]
    loaded = {line.id: line for line in _lines(_statement([Household.id.in_(chosen)]))} if chosen else {}
    lines = tuple(loaded[one] for one in chosen if one in loaded)
    before = str(chosen[0]) if start and chosen else None
    after = str(chosen[-1]) if start + size < len(ranked) else None
    return Page(lines, before, after, None)


def _start(ranked: Sequence[int], wanted: WantedPage, size: int) -> int:
    """Where the page begins; at the first, if the family beside it is no longer found."""
    text, apart = (wanted.after, 1) if wanted.after else (wanted.before, -size)
    if text and not typed.is_number(text):
        raise NoSuchPlace
    return max(ranked.index(int(text)) + apart, 0) if text and int(text) in ranked else 0


# --- by order ------------------------------------------------------------------------------------------------------


def _walked(ground: SearchGround, wanted: WantedPage, size: int) -> Page:
    word = wanted.order if wanted.order in ORDERS else "nama"
    order = ORDERS[word]
    cursor, backwards = wanted.after or wanted.before, bool(wanted.before and not wanted.after)
    place = order.place(cursor) if cursor else None
    statement = _statement(ground.conditions)
    if ground.is_wide:
        statement = statement.with_hint(Household, f"INDEXED BY {order.index}", "sqlite")  # it would sort the whole scope
    found = list(islice(_rows(statement, order, place, backwards=backwards, most=size + 1), size + 1))
    lines = found[:size]
    beyond = len(found) > size
    if backwards:
        lines.reverse()
    is_first = place is None or (backwards and not beyond)
    is_last = not beyond and not backwards
    previous = None if is_first or not lines else order.cursor(lines[0])
    following = None if is_last or not lines else order.cursor(lines[-1])
    total, is_more = _total(ground.conditions, len(lines), is_known=following is None) if place is None else (None, False)
    return Page(tuple(lines), previous, following, total, is_more)


def _total(narrowed: Sequence[ColumnElement[bool]], shown: int, *, is_known: bool) -> tuple[int, bool]:
    if is_known:
        return shown, False
    some = select(Household.id).where(*narrowed).limit(MOST_COUNTED + 1).subquery()
    counted = session.scalar(select(func.count()).select_from(some)) or 0
    return min(counted, MOST_COUNTED), counted > MOST_COUNTED


def _rows(statement: Lines, order: Order, place: Place | None, *, backwards: bool, most: int) -> Iterator[FamilyLine]:
    """Lines from the place on, stretch by stretch."""
    stretches = order.stretches()
    if backwards:
        stretches.reverse()
    width = len(place) if place else len(stretches[0].keys)
    for stretch in dropwhile(lambda one: len(one.keys) != width, stretches):
        yield from _lines(stretch.narrow(statement, place, downwards=order.descending != backwards).limit(most))
        place = None


def _statement(narrowed: Sequence[ColumnElement[bool]]) -> Lines:
    columns = (
        Household.id, Household.version, Household.caretaker_name, Area.name, Household.rt, Household.rw,
        Household.membership, Household.presence, Household.decile, Household.decile_period, Household.band,
        Household.assessed_on, Household.last_visit_on, Household.due_on, Household.group, User.name, Household.sort_name,
    )  # fmt: skip
    joined = select(*columns).join(Area, Area.code == Household.kelurahan)
    return joined.outerjoin(User, User.id == Household.facilitator_id).where(*narrowed)


def _lines(statement: Lines) -> list[FamilyLine]:
    return [FamilyLine(*row) for row in session.execute(statement)]


# --- beside the list -----------------------------------------------------------------------------------------------


def line(actor: Actor, household_id: int) -> FamilyLine:
    """One family as the list shows it; one statement. Raises gate.NotFound."""
    mine = (Household.id == household_id, gate.visible(actor, "household.view", Household))
    found = _lines(_statement(mine))
    if not found:
        raise gate.NotFound
    return found[0]


def names_of(chosen: Filters) -> dict[str, str]:
    """What the areas and people are called that a list is narrowed to; those that are known."""
    meant = {name: filters.ROWS[name].named for name in chosen.active()}
    found = {name: _called(model, getattr(chosen, name)) for name, model in meant.items() if model}
    return {name: called for name, called in found.items() if called}


def _called(model: type[Area | User], key: str | int) -> str | None:
    row = session.get(model, key)
    return row.name if isinstance(row, Area | User) else None
