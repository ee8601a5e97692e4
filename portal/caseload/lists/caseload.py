"""The list of families: filtered, searched by name, in a chosen order, paged by keyset both ways.

An order sorts by its column, then by name and id, so that no two rows are equal; rows without a value stand apart, on a
fixed side. A page asks an index for its rows, never for those before it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select, tuple_

from portal.caseload.lists import filters
from portal.caseload.lists.filters import Filters, query_args
from portal.family.lists import SearchGround, by_name, other_members
from portal.family.records.models import Household
from portal.kernel import gate, policy, sent
from portal.kernel.base import session
from portal.kernel.people import Area, User
from portal.kernel.terms import Actor, Band, Membership, Presence, Reach

__all__ = ["Filters", "query_args"]

Lines = Select[*tuple[Any, ...]]

SIZE = 25
MOST_COUNTED = 1_000
MARK = "~"
NAMED = "ix_households_name"


@dataclass(frozen=True)
class Order:
    """How the list is sorted; `column` None is by name alone. Unknown values come last, or first. `index` has the rows
    in this order."""

    index: str
    column: Any = None
    descending: bool = False
    unknown_first: bool = False


ORDERS: dict[str, Order] = {
    "nama": Order(NAMED),
    "-nama": Order(NAMED, descending=True),
    "desil": Order("ix_households_decile", Household.decile),
    "-desil": Order("ix_households_decile", Household.decile, descending=True),
    "kunjungan": Order("ix_households_visit", Household.last_visit_on, unknown_first=True),
    "-kunjungan": Order("ix_households_visit", Household.last_visit_on, descending=True),
    "jatuh_tempo": Order("ix_households_due", Household.due_on),
    "-jatuh_tempo": Order("ix_households_due", Household.due_on, descending=True),
    "kesiapan": Order("ix_households_band", Household.band, descending=True),
    "-kesiapan": Order("ix_households_band", Household.band),
}
"""By the word of the URL. Bands happen to sort as they stand: siap_diusulkan is the last of them by letter."""
ASSESSED = ("kesiapan", "-kesiapan")


@dataclass(frozen=True)
class Line:
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

    lines: tuple[Line, ...]
    previous: str | None
    next: str | None
    total: int | None
    is_more: bool = False


@dataclass(frozen=True)
class Wanted:
    """A page that somebody asks for: `after` or `before` is a cursor that another page gave; others mean the first."""

    filters: Filters
    order: str | None = None
    after: str | None = None
    before: str | None = None


def page(actor: Actor, wanted: Wanted, today: date, *, size: int = SIZE) -> Page:
    """Families that the actor may see, at most five statements with a name and three without."""
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
    return code is not None and len(code) == filters.KELURAHAN


def permitted(actor: Actor, wanted: Wanted) -> Wanted:
    """Without what officers do not see: bands and assessments, also as a filter or an order (domain.md section 9)."""
    hidden = filters.ROWS.keys() - filters.usable(actor).keys()
    order = None if wanted.order in ASSESSED and not policy.may(actor, "visit.view") else wanted.order
    return replace(wanted, filters=wanted.filters.without(*hidden), order=order)


# --- by name -------------------------------------------------------------------------------------------------------


def _searched(ground: SearchGround, wanted: Wanted, size: int) -> Page:
    name = wanted.filters.name or ""
    found = by_name(name, ground)
    if wanted.order in ORDERS:
        shown = _walked(SearchGround([Household.id.in_(found.ids)], is_wide=False), wanted, size)
    else:
        shown = _ranked(found.ids, wanted, size)
    others = other_members(name, {line.id: line.sort_name for line in shown.lines})
    lines = tuple(replace(line, matched=others.get(line.id)) for line in shown.lines)
    return replace(shown, lines=lines, total=len(found.ids), is_more=found.more)


def _ranked(ranked: Sequence[int], wanted: Wanted, size: int) -> Page:
    start = _start(ranked, wanted, size)
    chosen = ranked[start : start + size]
    loaded = {line.id: line for line in _lines(_statement([Household.id.in_(chosen)]))} if chosen else {}
    lines = tuple(loaded[one] for one in chosen if one in loaded)
    before = str(chosen[0]) if start and chosen else None
    after = str(chosen[-1]) if start + size < len(ranked) else None
    return Page(lines, before, after, None)


def _start(ranked: Sequence[int], wanted: Wanted, size: int) -> int:
    places = {str(one): at for at, one in enumerate(ranked)}
    if wanted.after in places:
        return places[wanted.after] + 1
    if wanted.before in places:
        return max(places[wanted.before] - size, 0)
    return 0


# --- by order ------------------------------------------------------------------------------------------------------


def _walked(ground: SearchGround, wanted: Wanted, size: int) -> Page:
    word = wanted.order if wanted.order in ORDERS else "nama"
    order = ORDERS[word]
    cursor, backwards = _cursor(order, wanted)
    statement = _statement(ground.conditions)
    if ground.is_wide:
        statement = statement.with_hint(Household, f"INDEXED BY {order.index}", "sqlite")  # it would sort the whole scope
    found = list(islice(_rows(statement, order, cursor, backwards=backwards, most=size + 1), size + 1))
    lines = found[:size]
    beyond = len(found) > size
    if backwards:
        lines.reverse()
    is_first = cursor is None or (backwards and not beyond)
    is_last = not beyond and not backwards
    previous = None if is_first or not lines else _mark(order, lines[0])
    following = None if is_last or not lines else _mark(order, lines[-1])
    total, is_more = _total(ground.conditions, len(lines), is_known=following is None) if cursor is None else (None, False)
    return Page(tuple(lines), previous, following, total, is_more)


def _total(narrowed: Sequence[ColumnElement[bool]], shown: int, *, is_known: bool) -> tuple[int, bool]:
    if is_known:
        return shown, False
    some = select(Household.id).where(*narrowed).limit(MOST_COUNTED + 1).subquery()
    counted = session.scalar(select(func.count()).select_from(some)) or 0
    return min(counted, MOST_COUNTED), counted > MOST_COUNTED


@dataclass(frozen=True)
class _Cursor:
    """Where a page ends: the value of the order's column (None where unknown or by name alone), name and id."""

    value: Any
    name: str
    id: int


def _rows(statement: Lines, order: Order, cursor: _Cursor | None, *, backwards: bool, most: int) -> Iterator[Line]:
    """Lines from the cursor on, phase by phase: those with a value, those without."""
    phases = _phases(order)
    if backwards:
        phases.reverse()
    if cursor:
        phases = phases[phases.index(_phase(order, cursor)) :]
    for phase in phases:
        yield from _lines(_within(statement, order, phase, backwards=backwards, cursor=cursor).limit(most))
        cursor = None


def _phases(order: Order) -> list[str]:
    if order.column is None:
        return ["named"]
    return ["unknown", "known"] if order.unknown_first else ["known", "unknown"]


def _phase(order: Order, cursor: _Cursor) -> str:
    if order.column is None:
        return "named"
    return "unknown" if cursor.value is None else "known"


def _within(statement: Lines, order: Order, phase: str, *, backwards: bool, cursor: _Cursor | None) -> Lines:
    keys: list[Any] = [Household.sort_name, Household.id]
    values: list[Any] = [cursor.name, cursor.id] if cursor else []
    if phase == "known":
        keys, values = [order.column, *keys], [cursor.value, *values] if cursor else []
        statement = statement.where(order.column.is_not(None))
    if phase == "unknown":
        statement = statement.where(order.column.is_(None))
    downwards = order.descending != backwards
    if cursor:
        place = tuple_(*values)
        statement = statement.where(tuple_(*keys) < place if downwards else tuple_(*keys) > place)
    return statement.order_by(*(key.desc() if downwards else key.asc() for key in keys))


def _statement(narrowed: Sequence[ColumnElement[bool]]) -> Lines:
    columns = (
        Household.id, Household.version, Household.caretaker_name, Area.name, Household.rt, Household.rw,
        Household.membership, Household.presence, Household.decile, Household.decile_period, Household.band,
        Household.assessed_on, Household.last_visit_on, Household.due_on, Household.group, User.name, Household.sort_name,
    )  # fmt: skip
    whole: Any = select(*columns).join(Area, Area.code == Household.kelurahan)
    joined: Lines = whole.outerjoin(User, User.id == Household.facilitator_id).where(*narrowed)
    return joined


def _lines(statement: Lines) -> list[Line]:
    return [Line(*row) for row in session.execute(statement)]


# --- cursors -------------------------------------------------------------------------------------------------------

_ATTRIBUTES = {Household.decile.key: sent.number, Household.band.key: Band}


def _mark(order: Order, line: Line) -> str:
    if order.column is None:
        return f"{line.sort_name}{MARK}{line.id}"
    value = getattr(line, order.column.key)
    return f"{'' if value is None else value}{MARK}{line.sort_name}{MARK}{line.id}"


def _cursor(order: Order, wanted: Wanted) -> tuple[_Cursor | None, bool]:
    for text, backwards in ((wanted.after, False), (wanted.before, True)):
        cursor = _read(order, text) if text else None
        if cursor:
            return cursor, backwards
    return None, False


def _read(order: Order, text: str) -> _Cursor | None:
    """None for anything that no page gave."""
    parts = text.split(MARK) if order.column is not None else ["", *text.split(MARK)]
    try:
        stated, name, row_id = parts
        return _Cursor(_value(order, stated) if stated else None, name, sent.number(row_id))
    except ValueError:
        return None


def _value(order: Order, text: str) -> Any:
    make = _ATTRIBUTES.get(order.column.key, date.fromisoformat)
    return make(text)


# --- beside the list -----------------------------------------------------------------------------------------------


def line(actor: Actor, household_id: int) -> Line:
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
    row: Any = session.get(model, key)
    return row.name if row else None
