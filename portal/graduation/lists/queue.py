"""The list of graduations: oldest first while they are open, filtered, a keyset page at a time, with counts by state."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select

from portal.family.records.models import Household, Payment
from portal.graduation.records.models import Graduation
from portal.graduation.rules.flow import GRADUATION
from portal.kernel import gate
from portal.kernel.base import session
from portal.kernel.people import Area, User
from portal.kernel.schedule import add_months
from portal.kernel.terms import Actor, Band, ExitType

PAGE = 25
BEFORE_SUBMISSION = ("identified", "assessment", "ready", "not_yet", "counselling", "statement_signed")
GROUPS: Mapping[str, tuple[str, ...]] = {
    "open": GRADUATION.open_states,
    "preparing": BEFORE_SUBMISSION,
    "decided": ("approved", "recorded"),
    "passed": ("approved", "recorded", "effective"),
    "ended": ("rejected", "withdrawn", "revoked"),
    **{state: (state,) for state in GRADUATION.states},
}
"""What `state` in a list's address may say, and the states it means."""


@dataclass(frozen=True)
class Wanted:
    """Filters of the list. `approved` and `effective` are a year or a month: `2026` or `2026-03`; `stage` is the payment
    stage that was paid last, `2026-Q3`; `area` a kecamatan's or kelurahan's code; `until` the last day of effect."""

    state: str
    area: str | None = None
    approved: str | None = None
    effective: str | None = None
    until: date | None = None
    way_out: ExitType | None = None
    stage: str | None = None
    after: str | None = None


@dataclass(frozen=True)
class QueueRow:
    id: int
    version: int
    household_id: int
    caretaker: str
    kelurahan: str
    facilitator: str | None
    state: str
    since: datetime
    way_out: ExitType
    band: Band | None
    approved_on: date | None
    reference: str | None
    effective_on: date | None
    paid_last: str | None


@dataclass(frozen=True)
class QueuePage:
    """`following` asks for the next page; None on the last one."""

    rows: tuple[QueueRow, ...]
    following: str | None


def queue(actor: Actor, wanted: Wanted) -> QueuePage:
    """One statement. Open cases oldest first, ended ones newest first. Raises ValueError for filters nobody gave."""
    newest_first = not set(GROUPS[wanted.state]) <= set(GRADUATION.open_states)
    place = (Graduation.state_since, Graduation.id)
    statement = _rows().where(*_filters(actor, wanted))
    if wanted.after:
        statement = statement.where(_beyond(_position(wanted.after), newest_first=newest_first))
    order = [column.desc() for column in place] if newest_first else list(place)
    rows = session.execute(statement.order_by(*order).limit(PAGE + 1)).all()
    shown = tuple(QueueRow(*row) for row in rows[:PAGE])
    return QueuePage(shown, _cursor(shown[-1]) if len(rows) > PAGE else None)


def _rows() -> Any:
    columns = (
        Graduation.id, Graduation.version, Household.id, Household.caretaker_name, Area.name, User.name, Graduation.state,
        Graduation.state_since, Graduation.exit_type, Household.band, Graduation.approved_on, Graduation.reference,
        Graduation.effective_on, _paid_last(),
    )  # fmt: skip
    joined = select(*columns).join(Household, Household.id == Graduation.household_id)
    return joined.join(Area, Area.code == Household.kelurahan).outerjoin(User, User.id == Household.facilitator_id)


def _filters(actor: Actor, wanted: Wanted) -> list[ColumnElement[bool]]:
    chosen = [gate.visible(actor, "graduation.view", Household), Graduation.state.in_(GROUPS[wanted.state])]
    if wanted.area:
        column = Household.kecamatan if len(wanted.area) == 8 else Household.kelurahan
        chosen.append(column == wanted.area)
    if wanted.approved:
        chosen.append(_within(Graduation.approved_on, wanted.approved))
    if wanted.effective:
        chosen.append(_within(Graduation.effective_on, wanted.effective))
    if wanted.until:
        chosen.append(Graduation.effective_on <= wanted.until)
    if wanted.way_out:
        chosen.append(Graduation.exit_type == wanted.way_out)
    if wanted.stage:
        chosen.append(_paid_last() == wanted.stage)
    return chosen


def _paid_last() -> Any:
    """The newest payment stage of the family that paid something: an amount of 0 proves nothing."""
    paid = (Payment.household_id == Household.id, Payment.amount > 0)
    return select(func.max(Payment.stage)).where(*paid).correlate(Household).scalar_subquery()


def _within(column: Any, period: str) -> ColumnElement[bool]:
    """A year or a month. Raises ValueError."""
    year, _, month = period.partition("-")
    first = date(int(year), int(month or 1), 1)
    condition: ColumnElement[bool] = and_(column >= first, column < add_months(first, 1 if month else 12))
    return condition


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _cursor(row: QueueRow) -> str:
    return f"{(row.since - _EPOCH) // timedelta(microseconds=1)}.{row.id}"


def _position(cursor: str) -> tuple[datetime, int]:
    moment, _, number = cursor.partition(".")
    return _EPOCH + timedelta(microseconds=int(moment)), int(number)


def _beyond(position: tuple[datetime, int], *, newest_first: bool) -> ColumnElement[bool]:
    since, number = position
    if newest_first:
        return or_(Graduation.state_since < since, and_(Graduation.state_since == since, Graduation.id < number))
    return or_(Graduation.state_since > since, and_(Graduation.state_since == since, Graduation.id > number))


def counts(actor: Actor, area: str | None = None) -> dict[str, int]:
    """How many open cases in sight stand in each state; `open` and `preparing` are sums of them."""
    chosen = _filters(actor, Wanted("open", area=area))
    grouped = select(Graduation.state, func.count()).join(Household, Household.id == Graduation.household_id)
    found = dict(session.execute(grouped.where(*chosen).group_by(Graduation.state)).all())
    sums = {group: sum(found.get(state, 0) for state in GROUPS[group]) for group in ("open", "preparing")}
    return {**dict.fromkeys(GRADUATION.open_states, 0), **found, **sums}


def next_submitted(actor: Actor, after: tuple[datetime, int], area: str | None = None) -> QueueRow | None:
    """The case to decide after this one: the next by age, or the oldest when it was the last."""
    waiting = _rows().where(*_filters(actor, Wanted("submitted", area=area)), Graduation.id != after[1])
    later_first = _beyond(after, newest_first=False).desc()
    row = session.execute(waiting.order_by(later_first, Graduation.state_since, Graduation.id).limit(1)).first()
    return QueueRow(*row) if row else None


def districts(actor: Actor) -> tuple[tuple[str, str], ...]:
    """Code and name of every kecamatan that a city-wide person may narrow the list to; nothing for others."""
    if not any(len(code) < 8 for code in actor.areas):
        return ()
    rows = session.execute(select(Area.code, Area.name).where(Area.level == "kecamatan").order_by(Area.name))
    return tuple((code, name) for code, name in rows)
