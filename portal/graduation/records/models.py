"""Graduation cases, what was submitted, and the years that are closed."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.family.records.cases import Case, guards, one_open
from portal.graduation.rules.flow import GRADUATION
from portal.kernel.base import Base, Json, UtcDateTime, state_check
from portal.kernel.terms import ExitType


class Graduation(Case, Base):
    __tablename__ = "graduations"
    view_action = "graduation.view"
    flow_name = "graduation"

    exit_type: Mapped[ExitType] = mapped_column(default=ExitType.INDEPENDENT)
    approved_on: Mapped[date | None]
    recorded_on: Mapped[date | None]
    reference: Mapped[str | None] = mapped_column(String(120))
    effective_on: Mapped[date | None]

    submissions: Mapped[list["Submission"]] = relationship(
        primaryjoin="and_(foreign(Submission.case_id) == Graduation.id, Submission.case_type == 'graduation')",
        order_by="Submission.number",
        viewonly=True,
    )

    __table_args__ = (
        *guards("graduations", GRADUATION),
        state_check("exit_type", ExitType),
        Index("ix_graduations_effective", "effective_on"),
        Index("ix_graduations_exit", "state", "exit_type", "effective_on", "approved_on", "household_id"),
        Index("ix_graduations_approved", "approved_on"),
        Index("ix_graduations_household", "household_id"),
    )


one_open(Graduation, GRADUATION)


class Submission(Base):
    """What was submitted, frozen: the decision page renders from here and the decision's event cites number and sha."""

    __tablename__ = "submissions"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_type: Mapped[str] = mapped_column(String(12))
    case_id: Mapped[int]
    number: Mapped[int]
    payload: Mapped[bytes] = mapped_column(LargeBinary)
    sha256: Mapped[str] = mapped_column(String(64))
    evidence: Mapped[list[Any]] = mapped_column(Json, default=list)
    submitted_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    submitted_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (UniqueConstraint("case_type", "case_id", "number"),)


class ClosedYear(Base):
    """After closing nothing may take effect in that year."""

    __tablename__ = "closed_years"

    year: Mapped[int] = mapped_column(primary_key=True)
    closed_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    closed_at: Mapped[datetime] = mapped_column(UtcDateTime)
