"""Visits and assessments as they are stored; and home visits: what a facilitator writes down at the door. Nothing is
deleted; a mistaken visit is marked with its reason."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, Index, ScalarSelect, SQLColumnExpression, String, Text, exists, func, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.evidence.records import claim
from portal.family.records.models import Household, OfHousehold
from portal.kernel import gate
from portal.kernel.base import Base, Json, UtcDateTime, session, state_check
from portal.kernel.history import Event, Told
from portal.kernel.people import User
from portal.kernel.terms import Actor, Band, EvidenceKind, Refused, VisitOutcome
from portal.kernel.work import Work


class Visit(OfHousehold, Base):
    __tablename__ = "visits"
    view_action = "visit.view"

    visited_on: Mapped[date]
    outcome: Mapped[VisitOutcome]
    retry_on: Mapped[date | None]
    present: Mapped[str] = mapped_column(String(200), default="")
    notes: Mapped[str] = mapped_column(Text, default="")
    recorded_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)

    household: Mapped[Household] = relationship()
    recorder: Mapped[User] = relationship(foreign_keys=[recorded_by], viewonly=True)
    assessment: Mapped["Assessment | None"] = relationship(back_populates="visit", uselist=False)

    __table_args__ = (
        state_check("outcome", VisitOutcome),
        Index("ix_visits_household", "household_id", "visited_on"),
        Index("ix_visits_recorder", "recorded_by", "visited_on"),
    )


class Assessment(OfHousehold, Base):
    """Answers of one visit. While `finished_at` is None it is a draft that grows section by section; afterwards it
    keeps its version and breakdown and never changes."""

    __tablename__ = "assessments"
    view_action = "visit.view"

    visit_id: Mapped[int] = mapped_column(ForeignKey("visits.id"), unique=True)
    instrument_version: Mapped[int]
    answers: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    result: Mapped[dict[str, Any] | None] = mapped_column(Json)
    band: Mapped[Band | None]
    assessed_on: Mapped[date]
    assessed_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)

    household: Mapped[Household] = relationship(viewonly=True)
    visit: Mapped[Visit] = relationship(back_populates="assessment")

    __table_args__ = (state_check("band", Band), Index("ix_assessments_household", "household_id", "assessed_on"))


PHOTOS = 5
"""Photos that one sending may carry."""
OLDEST_DAYS = 366
"""A visit of longer ago is a slip of the finger; nobody writes one down so late."""


@dataclass(frozen=True)
class ToldVisit:
    """A visit as told. `next_on`: the next visit that was agreed, or when to try again if nobody was met."""

    visited_on: date
    outcome: VisitOutcome
    present: str = ""
    notes: str = ""
    next_on: date | None = None
    photos: tuple[int, ...] = ()


def check(told: ToldVisit, today: date) -> None:
    """Raises Refused(code, field=…): date_in_future, too_long_ago, present_missing, retry_missing or next_not_after."""
    if told.visited_on > today:
        raise Refused("date_in_future", field="visited_on")
    if told.visited_on < today - timedelta(days=OLDEST_DAYS):
        raise Refused("too_long_ago", field="visited_on")
    if told.outcome is VisitOutcome.MET and not told.present:
        raise Refused("present_missing", field="present")
    if told.outcome is VisitOutcome.NOT_MET and told.next_on is None:
        raise Refused("retry_missing", field="next_on")
    if told.next_on and told.next_on <= told.visited_on:
        raise Refused("next_not_after", field="next_on")


def record(actor: Actor, household: Household, told: ToldVisit, *, key: str) -> Visit:
    """Write down a visit and claim its photos; a promised visit that has come is promised no more.

    Raises Refused as `check` does, or "evidence_unknown".
    """

    def act(work: Work, family: Household) -> Visit:
        check(told, work.today)
        met = told.outcome is VisitOutcome.MET
        visit = work.add(
            Visit(
                household_id=family.id, visited_on=told.visited_on, outcome=told.outcome, present=told.present,
                notes=told.notes, retry_on=None if met else told.next_on, recorded_by=actor.id, recorded_at=work.now,
            )
        )  # fmt: skip
        claim(work, told.photos, EvidenceKind.VISIT_PHOTO, visit, household=family)
        detail = {"visited_on": visit.visited_on, "outcome": visit.outcome, "photos": len(told.photos)}
        work.log("visits.record", visit, household=family, detail={name: value for name, value in detail.items() if value})
        work.amend(family, next_visit_on=_promised(family.next_visit_on, told))
        return visit

    return gate.write(actor, "visit.record", household, key=key, payload=asdict(told), act=act)


def _promised(before: date | None, told: ToldVisit) -> date | None:
    if told.outcome is VisitOutcome.MET and told.next_on:
        return told.next_on
    return None if before and before <= told.visited_on else before


def add_photos(actor: Actor, visit: Visit, photos: Iterable[int], *, key: str) -> Visit:
    """Claim further photos for a visit; never in anybody's way. Raises Refused("evidence_unknown")."""
    ids = list(photos)

    def act(work: Work, fresh: Visit) -> Visit:
        claim(work, ids, EvidenceKind.VISIT_PHOTO, fresh, household=fresh.household)
        work.log("visits.add_photos", fresh, household=fresh.household, detail={"photos": len(ids)})
        return fresh

    return gate.write(actor, "visit.record", visit, key=key, payload=ids, act=act, endpoint="visits.add_photos")


def mark_mistaken(actor: Actor, visit: Visit, reason: str, *, key: str) -> Visit:
    """Note that a visit was recorded by mistake, and why. It stays, with its assessment, and neither counts any longer.

    Raises Refused("already_marked").
    """

    def act(work: Work, fresh: Visit) -> Visit:
        if why_mistaken(fresh) is not None:
            raise Refused("already_marked")
        work.log(MISTAKEN, fresh, household=fresh.household, reason=reason)
        return fresh

    return gate.write(actor, "visit.record", visit, key=key, payload=reason, act=act, endpoint=MISTAKEN)


# --- visits that were recorded by mistake: they stay as they are, say why, and no longer count for anything ----------

MISTAKEN = "visits.mark_mistaken"
VisitId = int | SQLColumnExpression[int]
"""One, or a column that holds them."""


def is_mistaken(visit_id: VisitId) -> ColumnElement[bool]:
    """Whether a visit was marked, as a condition."""
    return exists().where(*_marked(visit_id))


def mistake_of(visit_id: VisitId) -> ScalarSelect[str]:
    """Why a visit was marked, as a column; NULL when it was not."""
    reason = select(func.coalesce(Event.reason, "")).where(*_marked(visit_id))
    return reason.order_by(Event.seq.desc()).limit(1).scalar_subquery()


def why_mistaken(visit: Visit) -> str | None:
    return session.scalar(select(mistake_of(visit.id)))


def marked_by(events: Iterable[Told]) -> frozenset[int]:
    """Visits that these events mark: what a write knows before its events are in the chain."""
    return frozenset(event.subject_id for event in events if event.kind == MISTAKEN)


def _marked(visit_id: VisitId) -> tuple[ColumnElement[bool], ...]:
    return Event.subject_type == Visit.__tablename__, Event.subject_id == visit_id, Event.kind == MISTAKEN
