"""Nominations: families proposed as new beneficiaries."""

from typing import ClassVar

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.family.records.cases import Case, guards, one_open
from portal.kernel.base import Base
from portal.kernel.people import User
from portal.nomination.rules.flow import NOMINATION


class Nomination(Case, Base):
    """`facilitator_id` makes the field check; `monitoring_id` links a re-nomination to the relapse that opened it."""

    __tablename__ = "nominations"
    view_action = "nomination.view"
    assigned_column: ClassVar[str | None] = "facilitator_id"
    flow_name = "nomination"

    stated_reason: Mapped[str] = mapped_column(Text, default="")
    facilitator_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    monitoring_id: Mapped[int | None] = mapped_column(ForeignKey("monitorings.id"))

    facilitator: Mapped[User | None] = relationship(foreign_keys=[facilitator_id], viewonly=True)

    __table_args__ = (
        *guards("nominations", NOMINATION),
        Index("ix_nominations_household", "household_id"),
        Index("ix_nominations_facilitator", "facilitator_id", "state"),
    )


one_open(Nomination, NOMINATION)
