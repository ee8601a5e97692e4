"""Read models of graduation: the list with its counts, one case with what it still needs, and the overrides."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, func, literal, or_, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from portal.family.records.models import Household, Payment
from portal.graduation import rules
from portal.graduation.records import dossiers
from portal.graduation.records.dossiers import Graduation
from portal.graduation.rules import GRADUATION, QUEUES, WayOut
from portal.kernel import gate, paging, settings, typed
from portal.kernel.base import session
from portal.kernel.history import Event
from portal.kernel.paging import KeysetPage
from portal.kernel.people import Area, User
from portal.kernel.schedule import add_months
from portal.kernel.terms import Actor, Band, ExitType

GROUPS: Mapping[str, tuple[str, ...]] = {
    **{state: (state,) for state in GRADUATION.states},
    **{tab: states for tabs in QUEUES.values() for tab, states in tabs.items()},
    "decided": ("approved", "recorded"),
    "passed": ("approved", "recorded", "effective"),
}
"""What `state` in a list's address may say, and the states it means: one state, a tab, or what the board counts."""

# --- the list ------------------------------------------------------------------------------------------------------


_PERIOD = typed.shaped(r"20\d\d(-(0[1-9]|1[0-2]))?")


@dataclass(frozen=True)
class GraduationFilter(typed.ListFilter):
    """`approved` and `effective` are a year or a month: `2026` or `2026-03`; `stage` is the payment stage that was paid last,
    `2026-Q3`; `until` the last day of effect."""

    state: str = typed.word("state", typed.one_of(GROUPS), "open")
    area: str | None = typed.word("wilayah", typed.area_code)
    approved: str | None = typed.word("disetujui", _PERIOD)
    effective: str | None = typed.word("berlaku", _PERIOD)
    until: date | None = typed.word("sampai", typed.day)
    way_out: ExitType | None = typed.word("jenis", lambda text: ExitType(WayOut(text)))
    stage: str | None = typed.word("tahap", typed.shaped(r"20\d\d-Q[1-4]"))
    after: str | None = typed.word("setelah")


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


def queue(actor: Actor, wanted: GraduationFilter) -> KeysetPage[QueueRow]:
    """One statement. Open cases oldest first, ended ones newest first. Raises paging.NoSuchPlace."""
    newest_first = not set(GROUPS[wanted.state]) <= set(GRADUATION.open_states)
    place = (Graduation.state_since, Graduation.id)
    chosen = _rows().where(*_filters(actor, wanted))
    return paging.page(chosen, place, QueueRow, after=wanted.after, newest_first=newest_first)


def counts(actor: Actor, area: str | None = None) -> dict[str, int]:
    """How many open cases in sight stand in each state; `open` and `preparing` are sums of them."""
    chosen = _filters(actor, GraduationFilter("open", area=area))
    grouped = select(Graduation.state, func.count()).join(Household, Household.id == Graduation.household_id)
    found = dict(session.execute(grouped.where(*chosen).group_by(Graduation.state)).all())
    sums = {group: sum(found.get(state, 0) for state in GROUPS[group]) for group in ("open", "preparing")}
    return {**dict.fromkeys(GRADUATION.open_states, 0), **found, **sums}


def next_submitted(actor: Actor, after: tuple[datetime, int], area: str | None = None) -> QueueRow | None:
    """The case to decide after this one: the next by age, or the oldest when it was the last."""
    place = (Graduation.state_since, Graduation.id)
    later = tuple_(*place) > tuple_(*(literal(value, key.type) for value, key in zip(after, place, strict=True)))
    waiting = _rows().where(*_filters(actor, GraduationFilter("submitted", area=area)), Graduation.id != after[1])
    row = session.execute(waiting.order_by(later.desc(), *place).limit(1)).first()
    return QueueRow(*row) if row else None


def _rows() -> Select[*tuple[Any, ...]]:
    columns = (
        Graduation.id, Graduation.version, Household.id, Household.caretaker_name, Area.name, User.name, Graduation.state,
        Graduation.state_since, Graduation.exit_type, Household.band, Graduation.approved_on, Graduation.reference,
        Graduation.effective_on, _paid_last(),
    )  # fmt: skip
    joined = select(*columns).join(Household, Household.id == Graduation.household_id)
    return joined.join(Area, Area.code == Household.kelurahan).outerjoin(User, User.id == Household.facilitator_id)


def _filters(actor: Actor, wanted: GraduationFilter) -> list[ColumnElement[bool]]:
    chosen = [gate.visible(actor, "graduation.view", Household), Graduation.state.in_(GROUPS[wanted.state])]
    if wanted.area:
        chosen.append(gate.inside(wanted.area))
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


def _paid_last() -> ScalarSelect[str | None]:
    """The newest payment stage of the family that paid something: an amount of 0 proves nothing."""
    paid = (Payment.household_id == Household.id, Payment.amount > 0)
    return select(func.max(Payment.stage)).where(*paid).correlate(Household).scalar_subquery()


def _within(column: InstrumentedAttribute[date | None], period: str) -> ColumnElement[bool]:
    """A year or a month."""
    year, _, month = period.partition("-")
    first = date(int(year), int(month or 1), 1)
    return and_(column >= first, column < add_months(first, 1 if month else 12))


# --- one case ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class NeedShown:
    """One need of submission: met or not; `lacking` names indicators without a current answer."""

    need: str
    is_met: bool
    lacking: tuple[str, ...] = ()


@dataclass(frozen=True)
class Checklist:
    """What submission needs. `good_until`: the last day on which today's evidence still counts."""

    items: tuple[NeedShown, ...]
    good_until: date | None
    met: frozenset[str]

    @property
    def missing(self) -> int:
        return sum(not item.is_met for item in self.items)


def checklist(case: Graduation, today: date) -> Checklist:
    """Three statements: the two of the dossier, and the settings."""
    days = settings.in_force(today).number("evidence_days")
    since, dossier = rules.counts_from(today, days), dossiers.of_case(case)
    met = rules.needs_met(dossier, since)
    lacking = {"required_indicators_answered": rules.lacking_indicators(dossier, since)}
    needs = GRADUATION.step("submit").needs
    items = tuple(NeedShown(need, need in met, lacking.get(need, ())) for need in needs)
    return Checklist(items, rules.good_until(dossier, days), met)


def history(case: Graduation) -> list[tuple[Event, str | None]]:
    """What happened to a case and who did it, the newest first."""
    mine = (Event.subject_type == Graduation.__tablename__, Event.subject_id == case.id)
    told = select(Event, User.name).outerjoin(User, User.id == Event.actor_id).where(*mine).order_by(Event.seq.desc())
    return [(event, who) for event, who in session.execute(told)]


# --- overrides -----------------------------------------------------------------------------------------------------

OVERRIDES = ("graduation.approve", "graduation.counsel_on_own_wish", "nomination.approve_against_advice")


@dataclass(frozen=True)
class Override:
    """A decision or step that went past what the portal advised, with its reason."""

    at: datetime
    who: str
    kind: str
    subject_id: int
    family: str
    kelurahan: str
    reason: str
    stale: tuple[str, ...]


def overrides(actor: Actor, after: str | None = None) -> KeysetPage[Override]:
    """Newest first, in the actor's area."""
    explained = or_(Event.kind == "graduation.counsel_on_own_wish", Event.reason.is_not(None))
    chosen = (
        select(Event, User.name, Household.caretaker_name, Area.name.label("kelurahan"))
        .join(Household, Household.id == Event.household_id)
        .join(Area, Area.code == Household.kelurahan)
        .outerjoin(User, User.id == Event.actor_id)
        .where(gate.visible(actor, "graduation.decide", Household), Event.kind.in_(OVERRIDES), explained)
    )
    return paging.page(chosen, (Event.seq,), _override, after=after, newest_first=True)


def _override(event: Event, who: str | None, family: str, kelurahan: str) -> Override:
    said = event.detail or {}
    reason = event.reason or said.get("own_wish_reason", "")
    return Override(event.at, who or "", event.kind, event.subject_id, family, kelurahan, reason, tuple(said.get("stale", ())))
