"""Cases: graduations, nominations, monitorings, what was submitted, and what files propose."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from portal.records.base import Base, Json, UtcDateTime, state_check
from portal.records.households import Household
from portal.records.people import User
from portal.rules import flows
from portal.rules.terms import ExitType, VisitOutcome
from portal.rules.workflow import Flow


class Case:
    """What all cases share. `facts` holds what each step stated, by step name; `state_since` is when it got here."""

    __tablename__: str
    flow_name: str

    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(String(20))
    state_since: Mapped[datetime] = mapped_column(UtcDateTime)
    facts: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    returned_from: Mapped[str | None] = mapped_column(String(20))
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)

    @declared_attr
    def household_id(cls) -> Mapped[int]:
        return mapped_column(ForeignKey("households.id"))

    @declared_attr
    def opened_by(cls) -> Mapped[int]:
        return mapped_column(ForeignKey("users.id"))

    @declared_attr
    def household(cls) -> Mapped[Household]:
        return relationship(Household, foreign_keys=[cls.household_id])  # type: ignore[list-item]  # a declared_attr is no column yet

    @declared_attr
    def opener(cls) -> Mapped[User]:
        return relationship(User, foreign_keys=[cls.opened_by], viewonly=True)  # type: ignore[list-item]  # as above

    @property
    def flow(self) -> Flow:
        return flows.FLOWS[self.flow_name]

    @property
    def is_open(self) -> bool:
        return self.state not in self.flow.ends


def _guards(name: str, flow: Flow) -> tuple[CheckConstraint | Index, ...]:
    return (state_check("state", flow.states), Index(f"ix_{name}_queue", "state", "state_since", "id"))


class Graduation(Case, Base):
    __tablename__ = "graduations"
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
        *_guards("graduations", flows.GRADUATION),
        state_check("exit_type", ExitType),
        Index("ix_graduations_effective", "effective_on"),
        Index("ix_graduations_exit", "state", "exit_type", "effective_on", "approved_on", "household_id"),
        Index("ix_graduations_approved", "approved_on"),
        Index("ix_graduations_household", "household_id"),
    )


class Nomination(Case, Base):
    """`facilitator_id` makes the field check; `monitoring_id` links a re-nomination to the relapse that opened it."""

    __tablename__ = "nominations"
    flow_name = "nomination"

    stated_reason: Mapped[str] = mapped_column(Text, default="")
    facilitator_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    monitoring_id: Mapped[int | None] = mapped_column(ForeignKey("monitorings.id"))

    facilitator: Mapped[User | None] = relationship(foreign_keys=[facilitator_id], viewonly=True)

    __table_args__ = (
        *_guards("nominations", flows.NOMINATION),
        Index("ix_nominations_household", "household_id"),
        Index("ix_nominations_facilitator", "facilitator_id", "state"),
    )


class Monitoring(Case, Base):
    """Follow-up of one effective graduation; the cohort is the year of effect."""

    __tablename__ = "monitorings"
    flow_name = "monitoring"

    graduation_id: Mapped[int] = mapped_column(ForeignKey("graduations.id"), unique=True)
    cohort: Mapped[int]
    started_on: Mapped[date]
    relapsed_on: Mapped[date | None]
    next_planned_on: Mapped[date | None]

    graduation: Mapped[Graduation] = relationship(viewonly=True)
    visits: Mapped[list["MonitoringVisit"]] = relationship(back_populates="monitoring", order_by="MonitoringVisit.planned_on")

    __table_args__ = (
        *_guards("monitorings", flows.MONITORING),
        Index("ix_monitorings_cohort", "cohort", "state"),
        Index("ix_monitorings_household", "household_id"),
        Index("ix_monitorings_planned", "next_planned_on"),
    )


for _model, _flow in ((Graduation, flows.GRADUATION), (Nomination, flows.NOMINATION), (Monitoring, flows.MONITORING)):
    _open = _model.state.in_(_flow.open_states)
    Index(f"uq_{_model.__tablename__}_open", _model.household_id, unique=True, sqlite_where=_open, postgresql_where=_open)


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


class MembershipProposal(Base):
    """A change of membership; the supervisor confirms or dismisses it. `cause` is "person", or what a file or date said."""

    __tablename__ = "membership_proposals"

    id: Mapped[int] = mapped_column(primary_key=True)
    household_id: Mapped[int] = mapped_column(ForeignKey("households.id"))
    step: Mapped[str] = mapped_column(String(20))
    cause: Mapped[str] = mapped_column(String(24))
    facts: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    state: Mapped[str] = mapped_column(String(12), default="open")
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("batches.id"))
    proposed_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    proposed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)

    household: Mapped[Household] = relationship(viewonly=True)

    __table_args__ = (
        state_check("state", ("open", "confirmed", "dismissed")),
        Index("ix_membership_proposals_queue", "state", "proposed_at", "id"),
        Index("ix_membership_proposals_household", "household_id"),
    )


Index(
    "uq_membership_proposals_open",
    MembershipProposal.household_id,
    MembershipProposal.step,
    unique=True,
    sqlite_where=MembershipProposal.state == "open",
    postgresql_where=MembershipProposal.state == "open",
)


class Batch(Base):
    """One uploaded file on its way in: reading → read → applying → applied | abandoned. While it is `reading` the file lies
    in the vault under `sha256`, and no row counts yet. `counts` are those of its rows, kept with every change of them."""

    __tablename__ = "batches"

    id: Mapped[int] = mapped_column(primary_key=True)
    layout: Mapped[str] = mapped_column(String(2))
    file_name: Mapped[str] = mapped_column(String(120))
    sha256: Mapped[str] = mapped_column(String(64))
    period: Mapped[str] = mapped_column(String(7), default="")
    state: Mapped[str] = mapped_column(String(12), default="reading")
    counts: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    uploaded_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    uploaded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    applied_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    uploader: Mapped[User] = relationship(viewonly=True)
    rows: Mapped[list["BatchRow"]] = relationship(back_populates="batch", order_by="BatchRow.id")

    __table_args__ = (
        state_check("state", ("reading", "read", "applying", "applied", "abandoned")),
        Index("ix_batches_uploader", "uploaded_by", "id"),
        Index("ix_batches_sha256", "sha256"),
    )


class BatchRow(Base):
    """One record of a file: `verdict` before applying, `outcome` after ("pending" until then); `payload` is the parsed
    record, sealed, and goes once it was used. `way` is how a row that needs a look can be used, or was decided to be."""

    __tablename__ = "batch_rows"

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("batches.id"))
    sheet: Mapped[str | None] = mapped_column(String(60))
    row: Mapped[int]
    verdict: Mapped[str] = mapped_column(String(8))
    way: Mapped[str | None] = mapped_column(String(8))
    outcome: Mapped[str | None] = mapped_column(String(12))
    label: Mapped[str] = mapped_column(String(120), default="")
    payload: Mapped[bytes | None] = mapped_column(LargeBinary)
    problems: Mapped[list[Any]] = mapped_column(Json, default=list)
    changes: Mapped[list[Any]] = mapped_column(Json, default=list)
    household_id: Mapped[int | None] = mapped_column(ForeignKey("households.id"))

    batch: Mapped[Batch] = relationship(back_populates="rows")

    __table_args__ = (
        state_check("verdict", ("ready", "look", "skipped")),
        Index("ix_batch_rows_verdict", "batch_id", "verdict", "id"),
        Index("ix_batch_rows_outcome", "batch_id", "outcome", "id"),
        Index("ix_batch_rows_household", "household_id"),
    )
