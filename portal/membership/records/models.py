"""Proposed changes of membership."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.family.records.models import Household
from portal.kernel.base import Base, Json, UtcDateTime, state_check


class MembershipProposal(Base):
    """A change of membership; the supervisor confirms or dismisses it. `cause` is "person", or what a file or date said."""

    __tablename__ = "membership_proposals"
    view_action = "household.view"

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
