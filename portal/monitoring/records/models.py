"""Follow-up of graduated families: the case, and its planned and made visits."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.family.records.cases import Case, guards, one_open
from portal.kernel.base import Base, Json, UtcDateTime, state_check
from portal.kernel.terms import VisitOutcome
from portal.monitoring.rules.flow import MONITORING


class Monitoring(Case, Base):
    """Follow-up of one effective graduation; the cohort is the year of effect."""

    __tablename__ = "monitorings"
    view_action = "monitoring.view"
    flow_name = "monitoring"

    graduation_id: Mapped[int] = mapped_column(ForeignKey("graduations.id"), unique=True)
    cohort: Mapped[int]
    started_on: Mapped[date]
    relapsed_on: Mapped[date | None]
    next_planned_on: Mapped[date | None]

    visits: Mapped[list["MonitoringVisit"]] = relationship(back_populates="monitoring", order_by="MonitoringVisit.planned_on")

    __table_args__ = (
        *guards("monitorings", MONITORING),
        Index("ix_monitorings_cohort", "cohort", "state"),
        Index("ix_monitorings_household", "household_id"),
        Index("ix_monitorings_planned", "next_planned_on"),
    )


one_open(Monitoring, MONITORING)


class MonitoringVisit(Base):
    """A planned visit and its outcome; due and overdue are derived from today."""

    __tablename__ = "monitoring_visits"

    id: Mapped[int] = mapped_column(primary_key=True)
    monitoring_id: Mapped[int] = mapped_column(ForeignKey("monitorings.id"))
    planned_on: Mapped[date]
    visited_on: Mapped[date | None]
    outcome: Mapped[VisitOutcome | None]
    findings: Mapped[dict[str, Any] | None] = mapped_column(Json)
    suggestion: Mapped[str | None] = mapped_column(String(12))
    note: Mapped[str] = mapped_column(Text, default="")
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    recorded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    monitoring: Mapped[Monitoring] = relationship(back_populates="visits")

    @staticmethod
    def in_order(visits: Iterable["MonitoringVisit"]) -> "list[MonitoringVisit]":
        """Those that were made, in the order they were: a retry may come before what the plan has next."""
        done = [visit for visit in visits if visit.visited_on and visit.recorded_at]
        return sorted(done, key=lambda visit: (visit.visited_on, visit.recorded_at, visit.id))

    __table_args__ = (
        state_check("outcome", VisitOutcome),
        Index("ix_monitoring_visits_plan", "monitoring_id", "planned_on"),
    )
