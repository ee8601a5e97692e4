"""Nominations: families proposed as new beneficiaries; how one begins."""

from typing import ClassVar

from sqlalchemy import ForeignKey, Index, Text, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.family.records.cases import Case, guards, one_open
from portal.family.records.models import Household
from portal.kernel.base import Base, session
from portal.kernel.people import User
from portal.kernel.work import Work
from portal.nomination.rules import NOMINATION


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


def begin(work: Work, household: Household, stated_reason: str, monitoring_id: int | None = None) -> Nomination:
    """A draft for a candidate household. With `monitoring_id` it was a relapse that opened it."""
    nomination = work.add(
        Nomination(
            household_id=household.id, state=NOMINATION.first, state_since=work.now, opened_at=work.now,
            opened_by=work.actor.id, stated_reason=stated_reason, monitoring_id=monitoring_id, facts={},
        )
    )  # fmt: skip
    kind = "nomination.reopen" if monitoring_id else "nomination.open"
    work.log(kind, nomination, household=household, to_state=nomination.state)
    return nomination


def link(work: Work, household: Household, monitoring_id: int) -> None:
    """The newest nomination of a family that is back is the one after this relapse."""
    newest = select(Nomination).where(Nomination.household_id == household.id).order_by(Nomination.id.desc()).limit(1)
    nomination = session.scalars(newest.execution_options(populate_existing=True)).one()
    nomination.monitoring_id = monitoring_id
    work.log("nomination.link", nomination, household=household, detail={"monitoring": monitoring_id})
