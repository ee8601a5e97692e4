"""One graduation as pages show it: what handing it in still needs, and its history; and the overrides."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import or_, select

from portal.family.records.models import Household
from portal.graduation.records import dossiers
from portal.graduation.records.models import Graduation
from portal.graduation.rules import grounds
from portal.graduation.rules.flow import GRADUATION
from portal.kernel import gate, settings
from portal.kernel.base import session
from portal.kernel.history import Event
from portal.kernel.people import Area, User
from portal.kernel.terms import Actor

PAGE = 25


@dataclass(frozen=True)
class Item:
    """One need of submission: met or not; `lacking` names indicators without a current answer."""

    need: str
    is_met: bool
    lacking: tuple[str, ...] = ()


@dataclass(frozen=True)
class Checklist:
    """What submission needs. `good_until`: the last day on which today's evidence still counts."""

    items: tuple[Item, ...]
    good_until: date | None
    met: frozenset[str]

    @property
    def missing(self) -> int:
        return sum(not item.is_met for item in self.items)


def checklist(case: Graduation, today: date) -> Checklist:
    """Three statements: the two of the dossier, and the settings."""
    days = settings.in_force(today).number("evidence_days")
    since, dossier = grounds.counts_from(today, days), dossiers.of_case(case)
    met = grounds.needs_met(dossier, since)
    lacking = {"required_indicators_answered": grounds.lacking_indicators(dossier, since)}
    needs = GRADUATION.step("submit").needs
    items = tuple(Item(need, need in met, lacking.get(need, ())) for need in needs)
    return Checklist(items, grounds.good_until(dossier, days), met)


@dataclass(frozen=True)
class Entry:
    """One line of a case's history. `step` is None for its opening."""

    at: datetime
    who: str
    step: str | None
    to_state: str | None
    reason: str | None
    said: Mapping[str, Any]


def history(case: Graduation) -> tuple[Entry, ...]:
    """Newest first."""
    mine = (Event.subject_type == Graduation.__tablename__, Event.subject_id == case.id)
    told = select(Event, User.name).outerjoin(User, User.id == Event.actor_id).where(*mine).order_by(Event.seq.desc())
    return tuple(_entry(event, who) for event, who in session.execute(told))


def _entry(event: Event, who: str | None) -> Entry:
    step = event.kind.partition(".")[2]
    return Entry(event.at, who or "", None if step == "open" else step, event.to_state, event.reason, event.detail or {})


# --- overrides -----------------------------------------------------------------------------------------------------

OVERRIDES = ("graduation.approve", "graduation.counsel_on_own_wish", "nomination.approve_against_advice")


@dataclass(frozen=True)
class Override:
    """A decision or step that went past what the portal advised, with its reason."""

    seq: int
    at: datetime
    who: str
    kind: str
    subject_id: int
    family: str
    kelurahan: str
    reason: str
    stale: tuple[str, ...]


def overrides(actor: Actor, before: int | None = None) -> tuple[tuple[Override, ...], int | None]:
    """Newest first, in the actor's area; with the number that asks for the next page."""
    explained = or_(Event.kind == "graduation.counsel_on_own_wish", Event.reason.is_not(None))
    statement = (
        select(Event, User.name, Household.caretaker_name, Area.name.label("kelurahan"))
        .join(Household, Household.id == Event.household_id)
        .join(Area, Area.code == Household.kelurahan)
        .outerjoin(User, User.id == Event.actor_id)
        .where(gate.visible(actor, "graduation.decide", Household), Event.kind.in_(OVERRIDES), explained)
        .order_by(Event.seq.desc())
    )
    if before is not None:
        statement = statement.where(Event.seq < before)
    rows = session.execute(statement.limit(PAGE + 1)).all()
    found = tuple(_override(*row) for row in rows[:PAGE])
    return found, found[-1].seq if len(rows) > PAGE else None


def _override(event: Event, who: str | None, family: str, kelurahan: str) -> Override:
    said = event.detail or {}
    reason = event.reason or said.get("own_wish_reason", "")
    changed = tuple(said.get("stale", ()))
    return Override(event.seq, event.at, who or "", event.kind, event.subject_id, family, kelurahan, reason, changed)
