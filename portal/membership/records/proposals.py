"""Changes of membership: proposed by a file, a date or a person; confirmed or dismissed by a supervisor.

Whoever had a hand in a proposal (`models.makers`) does not decide it, in whatever role.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, fields
from datetime import date
from typing import Any

from sqlalchemy import select

from portal.evidence.records.files import claim
from portal.family.records.models import Household
from portal.kernel import gate, taking
from portal.kernel.base import session
from portal.kernel.history import jsonable
from portal.kernel.terms import Actor, Membership, Refused
from portal.kernel.work import Work
from portal.membership.records import effects, models
from portal.membership.records.models import BY_PERSON, MembershipProposal
from portal.membership.rules import MEMBERSHIP

PROPOSABLE = ("suspend", "resume", "exit_natural", "exit_ineligible", "exit_non_compliance")
"""What a person may propose; `activate` follows from a first payment or a nomination only."""


def propose(actor: Actor, household: Household, step: str, *, facts: Any, key: str) -> MembershipProposal:
    """Raises Refused("step_not_from_here", "proposal_already_open", "outside_membership", evidence and date refusals)."""

    def act(work: Work, row: Household) -> MembershipProposal:
        taking.refuse_misdated(facts, work.today)
        if MEMBERSHIP.step(step).target == Membership.EXITED:
            effects.refuse_before_start(row, facts.effective_on)
        taking.refuse_unproved(facts)
        proposal = add(work, row, step, cause=BY_PERSON, facts=jsonable(asdict(facts)))
        if proposal is None:
            raise Refused("proposal_already_open")
        for kind, ids in taking.evidence_of(facts):
            claim(work, ids, kind, proposal, household=row)
        return proposal

    payload = [step, jsonable(asdict(facts))]
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
        work.move(household, step.name, facts=facts, met=taking.met(household, actor, step.needs))
        event = work.events[-1]
        event.detail = {**(event.detail or {}), **grounds(row.step, row.facts)}
        if step.sets_off:
            effects.KIND.effects[step.name](work, household, facts)
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
    if kind is None:
        return None
    values = {entry.name: proposal.facts[entry.name] for entry in fields(kind) if entry.name in proposal.facts}
    values = {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
    return kind(**{**values, "effective_on": date.fromisoformat(values["effective_on"])})


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
        if actor.id in models.makers([row])[row.id]:
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
