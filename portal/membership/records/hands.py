"""Four eyes on changes of membership: whose hands a proposal has been in (domain.md sections 2 and 6)."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, literal, select, union_all

from portal.evidence.records.files import Evidence
from portal.family.records.batches import Batch
from portal.kernel.base import session
from portal.kernel.history import Event
from portal.membership.records.models import MembershipProposal
from portal.membership.rules.flow import MEMBERSHIP

BY_PERSON = "person"


class Hand(StrEnum):
    """What somebody had to do with a proposal, the weightiest first."""

    PROPOSED = "proposed"
    PROVED = "proved"
    BROUGHT = "brought"
    """Uploaded or applied a file from which it is proposed."""
    CONFIRMED = "confirmed"
    """Said last that the members are as recorded, and the proposal rests on that."""


def makers(proposals: Sequence[MembershipProposal]) -> dict[int, dict[int, Hand]]:
    """By proposal who may not decide it, and why; of a decided one, who had a hand in it until then. One statement."""
    found: dict[int, dict[int, Hand]] = {proposal.id: {} for proposal in proposals}
    asked = list(_questions(proposals))
    told = session.execute(union_all(*asked)).all() if asked else []
    for proposal in proposals:
        mine = found[proposal.id]
        if proposal.proposed_by is not None:
            mine[proposal.proposed_by] = Hand.PROPOSED if proposal.cause == BY_PERSON else Hand.BROUGHT
        keys = {Hand.PROVED: {proposal.id}, Hand.BROUGHT: _files(proposal), Hand.CONFIRMED: _confirmed_family(proposal)}
        for hand, wanted in keys.items():
            rows = [row for row in told if row.hand == hand and row.key in wanted and _before(row.at, proposal.decided_at)]
            if hand is Hand.CONFIRMED:
                rows = sorted(rows, key=lambda row: row.seq)[-1:]
            for row in rows:
                mine.setdefault(row.who, hand)
    return found


def _before(at: datetime, decided_at: datetime | None) -> bool:
    return decided_at is None or at <= decided_at


def _files(proposal: MembershipProposal) -> set[int]:
    """The file that said so, or the rosters that leave the family out."""
    return {*proposal.facts.get("batches", ()), *({proposal.batch_id} if proposal.batch_id else ())}


def _confirmed_family(proposal: MembershipProposal) -> set[int]:
    rests_on_members = "members_confirmed" in MEMBERSHIP.step(proposal.step).needs
    return {proposal.household_id} if rests_on_members else set()


def _questions(proposals: Sequence[MembershipProposal]) -> Iterator[Select[Any]]:
    """Rows of (hand, key, who, at, seq); a question is left out where no proposal asks it."""
    by_people = [proposal.id for proposal in proposals if proposal.cause == BY_PERSON]
    files = sorted({number for proposal in proposals for number in _files(proposal)})
    families = sorted({family for proposal in proposals for family in _confirmed_family(proposal)})
    if by_people:
        attached = (Evidence.subject_type == MembershipProposal.__tablename__, Evidence.subject_id.in_(by_people))
        yield _rows(Hand.PROVED, Evidence.subject_id, Evidence.uploaded_by, Evidence.uploaded_at, literal(0)).where(*attached)
    if files:
        worked_on = (Event.subject_type == Batch.__tablename__, Event.subject_id.in_(files), Event.kind != "intake.abandon")
        yield _rows(Hand.BROUGHT, Batch.id, Batch.uploaded_by, Batch.uploaded_at, literal(0)).where(Batch.id.in_(files))
        yield _rows(Hand.BROUGHT, Event.subject_id, Event.actor_id, Event.at, Event.seq).where(*worked_on)
    if families:
        said = (Event.household_id.in_(families), Event.kind == "households.members_confirmed")
        yield _rows(Hand.CONFIRMED, Event.household_id, Event.actor_id, Event.at, Event.seq).where(*said)


def _rows(hand: Hand, *columns: Any) -> Select[Any]:
    """The columns are (key, who, at, seq)."""
    named = (column.label(name) for name, column in zip(("key", "who", "at", "seq"), columns, strict=True))
    return select(literal(str(hand)).label("hand"), *named)
