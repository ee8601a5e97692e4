"""Changes of membership: proposed by a file, a date or a person; confirmed or dismissed by a supervisor. What a change
needs and sets off: the household itself is the case.

Whoever had a hand in a proposal (`makers`) does not decide it, in whatever role: four eyes (domain.md sections 2 and 6).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, Row, Select, String, literal, select, union_all
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.evidence.records import Evidence, claim
from portal.family.records.models import Batch, Episode, Household, OfHousehold, unique_while
from portal.family.rules import components
from portal.family.rules.components import NoneLeft
from portal.kernel import gate, settings
from portal.kernel.base import Base, Json, UtcDateTime, session, state_check
from portal.kernel.history import Event, jsonable
from portal.kernel.kinds import CaseKind, Effect
from portal.kernel.terms import Actor, ExitType, Membership, Refused
from portal.kernel.work import Work, evidence_of, met_needs, refuse_misdated, refuse_unproved
from portal.kernel.workflow import plain, rebuild
from portal.membership.rules import MEMBERSHIP

BY_PERSON = "person"


class MembershipProposal(OfHousehold, Base):
    """A change of membership; the supervisor confirms or dismisses it. `cause` is BY_PERSON, or what a file or date said."""

    __tablename__ = "membership_proposals"
    view_action = "household.view"

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


_IS_OPEN = MembershipProposal.state == "open"
unique_while(_IS_OPEN, "uq_membership_proposals_open", MembershipProposal.household_id, MembershipProposal.step)


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


def makers_of(proposals: Sequence[MembershipProposal]) -> dict[int, dict[int, Hand]]:
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
        yield _rows(hand, Evidence.subject_id, Evidence.uploaded_by, Evidence.uploaded_at, Evidence.id).where(*attached)
    elif hand is Hand.BROUGHT:
        worked_on = (Event.subject_type == Batch.__tablename__, Event.subject_id.in_(ids), Event.kind != "intake.abandon")
        yield _rows(hand, Batch.id, Batch.uploaded_by, Batch.uploaded_at, Batch.id).where(Batch.id.in_(ids))
        yield _rows(hand, Event.subject_id, *told).where(*worked_on)
    elif hand is Hand.CONFIRMED:
        said = (Event.household_id.in_(ids), Event.kind == "households.members_confirmed")
        yield _rows(hand, Event.household_id, *told).where(*said)


def _rows(hand: Hand, *columns: Any) -> Select[object]:
    named = (column.label(name) for name, column in zip(("subject", "who", "at", "seq"), columns, strict=True))
    return select(literal(str(hand)).label("hand"), *named)


def none_left(household: Household, today: date, *, elderly_age: int) -> NoneLeft:
    """Whether a component is left on a date known, or only presumed from ages; `elderly_age` is the setting in force."""
    people = [member.as_person for member in household.present_members]
    return components.no_component_left(people, today, elderly_age=elderly_age)


def open_episode(work: Work, household: Household, started: date | None) -> Episode:
    """A first or further episode; a further one is linked by its number. Raises Refused("outside_membership") for a day
    before the end of the last."""
    session.refresh(household, ["episodes"])
    if started and any(episode.ended and episode.ended > started for episode in household.episodes):
        raise Refused("outside_membership")
    return work.add(Episode(household_id=household.id, number=len(household.episodes) + 1, started=started))


def refuse_before_start(household: Household, ended: date) -> None:
    """Raises Refused("outside_membership") for an end before an episode began."""
    if any(episode.started and ended < episode.started for episode in household.episodes):
        raise Refused("outside_membership")


def end_episode(work: Work, household: Household, ended: date, exit_type: ExitType) -> None:
    """A visit that was agreed for the time in the programme is off. Raises Refused("outside_membership")."""
    refuse_before_start(household, ended)
    work.amend(household, next_visit_on=None)
    for episode in household.episodes:
        if episode.ended is None:
            episode.ended, episode.exit_type = ended, exit_type


def graduate(work: Work, household: Household, ended: date, exit_type: ExitType) -> None:
    work.move(household, "exit_graduated")
    end_episode(work, household, ended, exit_type)


def _no_component_left(household: Household, actor: Actor, today: date) -> bool:
    """Presumed is enough for the step: the members were confirmed, which is the other need."""
    return none_left(household, today, elderly_age=settings.in_force(today).number("elderly_age")) is not NoneLeft.NO


def _members_confirmed(household: Household, actor: Actor, today: date) -> bool:
    days = settings.in_force(today).number("evidence_days")
    confirmed = household.members_confirmed_on
    return confirmed is not None and confirmed >= today - timedelta(days=days)


def _activated(work: Work, household: Household, facts: object) -> None:
    if all(episode.ended for episode in household.episodes):
        open_episode(work, household, work.today)


def _ending(exit_type: ExitType) -> Effect:
    return lambda work, household, facts: end_episode(work, household, facts.effective_on, exit_type)


_HIDDEN = "the case is the family itself, and the list of families has membership as a filter"

KIND = CaseKind(
    flow=MEMBERSHIP,
    model=Household,
    hidden=dict.fromkeys(MEMBERSHIP.states, _HIDDEN),
    checks={"no_component_left": _no_component_left, "members_confirmed": _members_confirmed},
    effects={
        "activate": _activated,
        "exit_natural": _ending(ExitType.NATURAL),
        "exit_ineligible": _ending(ExitType.INELIGIBLE),
        "exit_non_compliance": _ending(ExitType.NON_COMPLIANCE),
    },
)


# --- proposed, confirmed, dismissed ----------------------------------------------------------------------------------

PROPOSABLE = ("suspend", "resume", "exit_natural", "exit_ineligible", "exit_non_compliance")
"""What a person may propose; `activate` follows from a first payment or a nomination only."""


def propose(actor: Actor, household: Household, step: str, *, facts: Any, key: str) -> MembershipProposal:
    """Raises Refused("step_not_from_here", "proposal_already_open", "outside_membership", evidence and date refusals)."""

    def act(work: Work, row: Household) -> MembershipProposal:
        refuse_misdated(facts, work.today)
        if MEMBERSHIP.step(step).target == Membership.EXITED:
            refuse_before_start(row, facts.effective_on)
        refuse_unproved(facts)
        proposal = add(work, row, step, cause=BY_PERSON, facts=plain(facts))
        if proposal is None:
            raise Refused("proposal_already_open")
        for kind, ids in evidence_of(facts):
            claim(work, ids, kind, proposal, household=row)
        return proposal

    payload = [step, plain(facts)]
    return gate.write(actor, "membership.propose", household, key=key, payload=payload, act=act, endpoint="membership.propose")


def propose_from_file(
    work: Work, household: Household, step: str, *, cause: str, facts: dict[str, object], batch_id: int
) -> MembershipProposal | None:
    """For an import's chunk: nothing when the step does not start here or the same is proposed already."""
    if household.membership not in MEMBERSHIP.step(step).sources:
        return None
    return add(work, household, step, cause=cause, facts=jsonable(facts), batch_id=batch_id)


def confirm(actor: Actor, proposal: MembershipProposal, *, key: str) -> MembershipProposal:
    """Take the proposed step. Raises Refused("proposal_decided", "step_not_from_here", "needs_missing")."""

    def take(work: Work, row: MembershipProposal) -> None:
        household, step, facts = row.household, MEMBERSHIP.step(row.step), stated(row)
        event = work.move(household, step.name, facts=facts, met=met_needs(household, actor, step.needs))
        event.detail = {**(event.detail or {}), **grounds(row.step, row.facts)}
        if step.sets_off:
            KIND.effects[step.name](work, household, facts)
        _decide(work, row, "confirmed")

    return _decision(actor, proposal, take, key=key, payload=["confirm"])


def dismiss(actor: Actor, proposal: MembershipProposal, *, reason: str, key: str) -> MembershipProposal:
    """The household stays as it is; the reason is kept. Raises Refused("proposal_decided", "needs_missing")."""

    def leave(work: Work, row: MembershipProposal) -> None:
        _decide(work, row, "dismissed", reason=reason)

    return _decision(actor, proposal, leave, key=key, payload=["dismiss", reason])


def confirm_members(actor: Actor, household: Household, *, key: str) -> Household:
    """The facilitator, and nobody who may close the case, has seen who lives there; needed before a family leaves because no
    component is left."""

    def act(work: Work, row: Household) -> Household:
        row.members_confirmed_on = work.today
        work.log("households.members_confirmed", row, household=row)
        return row

    return gate.write(actor, "household.confirm_members", household, key=key, payload={}, act=act)


def stated(proposal: MembershipProposal) -> object:
    """The facts of a proposal as the step's dataclass, or None; what a file adds for explanation is left out."""
    kind = MEMBERSHIP.step(proposal.step).facts
    return rebuild(kind, proposal.facts) if kind else None


def grounds(step: str, facts: Mapping[str, object]) -> dict[str, object]:
    """What a file or the portal adds for explanation, which nobody stated: a decile, stages, an amount."""
    kind = MEMBERSHIP.step(step).facts
    stated = {entry.name for entry in fields(kind)} if kind else set()
    return {name: value for name, value in facts.items() if name not in stated}


def add(work: Work, household: Household, step: str, **said: Any) -> MembershipProposal | None:
    """A further open proposal; None when the same is proposed already. Raises Refused("step_not_from_here")."""
    if household.membership not in MEMBERSHIP.step(step).sources:
        raise Refused("step_not_from_here", state=household.membership, step=step)
    mine = (MembershipProposal.household_id == household.id, MembershipProposal.step == step)
    if session.scalar(select(MembershipProposal.id).where(*mine, MembershipProposal.state == "open")):
        return None
    told = {"household_id": household.id, "step": step, "proposed_by": work.actor.id, "proposed_at": work.now, **said}
    proposal = work.add(MembershipProposal(**told))
    facts = said["facts"]
    detail = {**grounds(step, facts), "step": step}
    work.log("membership.proposed", proposal, household=household, reason=facts.get("reason"), detail=detail)
    return proposal


def _decision(
    actor: Actor, proposal: MembershipProposal, decide: Callable[[Work, MembershipProposal], None], *, key: str,
    payload: list[str],
) -> MembershipProposal:  # fmt: skip
    """Once, and by somebody who had no hand in it."""

    def act(work: Work, row: MembershipProposal) -> MembershipProposal:
        if row.state != "open":
            raise Refused("proposal_decided")
        if actor.id in makers_of([row])[row.id]:
            raise Refused("needs_missing", missing=("not_maker",))
        decide(work, row)
        return row

    return gate.write(
        actor, "membership.decide", proposal, key=key, payload=payload, act=act, endpoint=f"membership.{payload[0]}"
    )


def _decide(work: Work, proposal: MembershipProposal, state: str, reason: str | None = None) -> None:
    proposal.state, proposal.decided_by, proposal.decided_at = state, work.actor.id, work.now
    proposal.version += 1
    work.log(f"membership.{state}", proposal, household=proposal.household, from_state="open", to_state=state, reason=reason)
