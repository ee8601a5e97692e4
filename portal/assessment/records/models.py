"""Visits and assessments."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.family.records.models import Household
from portal.kernel.base import Base, Json, UtcDateTime, state_check
from portal.kernel.people import User
from portal.kernel.terms import Band, VisitOutcome


class Visit(Base):
    __tablename__ = "visits"
    view_action = "visit.view"

    id: Mapped[int] = mapped_column(primary_key=True)
    household_id: Mapped[int] = mapped_column(ForeignKey("households.id"))
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


class Assessment(Base):
    """Answers of one visit. While `finished_at` is None it is a draft that grows section by section; afterwards it
    keeps its version and breakdown and never changes."""

    __tablename__ = "assessments"
    view_action = "visit.view"

    id: Mapped[int] = mapped_column(primary_key=True)
    household_id: Mapped[int] = mapped_column(ForeignKey("households.id"))
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
