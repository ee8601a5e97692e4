"""Proposed changes of membership, and whose hands they have been in: four eyes (domain.md sections 2 and 6)."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, Row, Select, String, literal, select, union_all
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.evidence.records.files import Evidence
from portal.family.records.batches import Batch
from portal.family.records.models import Household
from portal.kernel.base import Base, Json, UtcDateTime, session, state_check
from portal.kernel.history import Event
from portal.membership.rules import MEMBERSHIP

BY_PERSON = "person"


class MembershipProposal(Base):
    """A change of membership; the supervisor confirms or dismisses it. `cause` is BY_PERSON, or what a file or date said."""

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


class Hand(StrEnum):
    """What somebody had to do with a proposal, the weightiest first."""

    PROPOSED = "proposed"
    PROVED = "proved"
    BROUGHT = "brought"
    """Uploaded or applied a file from which it is proposed."""
    CONFIRMED = "confirmed"
    """Said last that the members are as recorded, and the proposal rests on that."""


Question = tuple[Hand, int]
"""Who had this to do with a proposal (by its id), a file (by that of its batch) or a family."""


def makers(proposals: Sequence[MembershipProposal]) -> dict[int, dict[int, Hand]]:
    """By proposal who may not decide it, and why; of a decided one, who had a hand in it until then. One statement."""
    told = _answers({question for proposal in proposals for question in _questions(proposal)})
    return {proposal.id: _makers_of(proposal, told) for proposal in proposals}


def _makers_of(proposal: MembershipProposal, told: dict[Question, list[Row[object]]]) -> dict[int, Hand]:
    found: dict[int, Hand] = {}
    if proposal.proposed_by is not None:
        found[proposal.proposed_by] = Hand.PROPOSED if proposal.cause == BY_PERSON else Hand.BROUGHT
    for hand, subject in _questions(proposal):
        rows = [row for row in told[hand, subject] if proposal.decided_at is None or row.at <= proposal.decided_at]
        for row in rows[-1:] if hand is Hand.CONFIRMED else rows:
            found.setdefault(row.who, hand)
    return found


def _questions(proposal: MembershipProposal) -> Iterator[Question]:
    """Who proved it; who brought the file that said so, or the rosters that leave the family out; who confirmed the members
    on whom it rests."""
    if proposal.cause == BY_PERSON:
        yield Hand.PROVED, proposal.id
    for batch in {*proposal.facts.get("batches", ()), proposal.batch_id} - {None}:
        yield Hand.BROUGHT, batch
    if "members_confirmed" in MEMBERSHIP.step(proposal.step).needs:
        yield Hand.CONFIRMED, proposal.household_id


def _answers(questions: set[Question]) -> dict[Question, list[Row[object]]]:
    """Rows of (hand, subject, who, at, seq), oldest first."""
    subjects = {hand: sorted(subject for asked, subject in questions if asked is hand) for hand in Hand}
    asked = [trace for hand, ids in subjects.items() if ids for trace in _traces(hand, ids)]
    found: dict[Question, list[Row[object]]] = {question: [] for question in questions}
    for row in sorted(session.execute(union_all(*asked)) if asked else (), key=lambda row: row.seq):
        found[Hand(row.hand), row.subject].append(row)
    return found


def _traces(hand: Hand, ids: list[int]) -> Iterator[Select[object]]:
    told = (Event.actor_id, Event.at, Event.seq)
    if hand is Hand.PROVED:
        attached = (Evidence.subject_type == MembershipProposal.__tablename__, Evidence.subject_id.in_(ids))
        yield _rows(hand, Evidence.subject_id, Evidence.uploaded_by, Evidence.uploaded_at, literal(0)).where(*attached)
    elif hand is Hand.BROUGHT:
        worked_on = (Event.subject_type == Batch.__tablename__, Event.subject_id.in_(ids), Event.kind != "intake.abandon")
        yield _rows(hand, Batch.id, Batch.uploaded_by, Batch.uploaded_at, literal(0)).where(Batch.id.in_(ids))
        yield _rows(hand, Event.subject_id, *told).where(*worked_on)
    elif hand is Hand.CONFIRMED:
        said = (Event.household_id.in_(ids), Event.kind == "households.members_confirmed")
        yield _rows(hand, Event.household_id, *told).where(*said)


def _rows(hand: Hand, *columns: Any) -> Select[object]:
    named = (column.label(name) for name, column in zip(("subject", "who", "at", "seq"), columns, strict=True))
    return select(literal(str(hand)).label("hand"), *named)
