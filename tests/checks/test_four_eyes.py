"""The checker finds decisions by makers who were let through: each is written behind the gate's back."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from portal import checks
from portal.evidence.records import Evidence
from portal.family.records.models import Batch
from portal.kernel import gate
from portal.kernel.base import session
from portal.kernel.clock import now, today
from portal.kernel.history import Event
from portal.kernel.terms import EvidenceKind, SchoolLevel
from portal.kernel.workflow import Decision
from portal.membership.records import proposals
from portal.membership.records.proposals import MembershipProposal
from portal.membership.rules import MembershipChange
from tests import cast
from tests import graduating as go

pytestmark = pytest.mark.postgres


def found():
    return {violation.rule for violation in checks.check("four_eyes")}


def a_proposal_of_a_file():
    """Confirmed: a file that somebody else brought."""
    of_file = (MembershipProposal.cause == "decile", MembershipProposal.state == "confirmed")
    return session.scalars(select(MembershipProposal).where(*of_file).order_by(MembershipProposal.id).limit(1)).one()


def test_who_uploaded_the_file_is_found(demo_app):
    proposal = a_proposal_of_a_file()
    session.execute(update(Batch).where(Batch.id == proposal.batch_id).values(uploaded_by=proposal.decided_by))
    assert found() == {"four_eyes.decided_own_proposal"}


@pytest.mark.parametrize("state", ["confirmed", "dismissed"])
def test_who_applied_the_file_is_found_whatever_was_decided(demo_app, state):
    proposal = a_proposal_of_a_file()
    of_file = MembershipProposal.batch_id == proposal.batch_id
    session.execute(update(MembershipProposal).where(of_file).values(state=state))
    worked_on = (Event.subject_type == "batches", Event.subject_id == proposal.batch_id, Event.kind == "intake.apply")
    session.execute(update(Event).where(*worked_on).values(actor_id=proposal.decided_by))
    assert found() == {"four_eyes.decided_own_proposal"}


def test_who_worked_on_the_file_after_deciding_is_no_maker(demo_app):
    proposal = a_proposal_of_a_file()
    worked_on = (Event.subject_type == "batches", Event.subject_id == proposal.batch_id, Event.kind == "intake.apply")
    late = {"actor_id": proposal.decided_by, "at": now()}
    session.execute(update(Event).where(*worked_on).values(**late))
    of_file = MembershipProposal.batch_id == proposal.batch_id
    session.execute(update(MembershipProposal).where(of_file).values(decided_at=now() - timedelta(days=1)))
    assert found() == set()


def test_who_proved_an_exit_is_found(demo_app):
    kind = MembershipProposal.step == "exit_ineligible"
    proposal = session.scalars(select(MembershipProposal).where(kind, MembershipProposal.state == "confirmed")).first()
    mine = (Evidence.kind == EvidenceKind.EXIT_PROOF, Evidence.subject_id == proposal.id)
    session.execute(update(Evidence).where(*mine).values(uploaded_by=proposal.decided_by))
    assert "four_eyes.decided_own_proposal" in found()


def test_who_confirmed_the_members_is_found(app, people, misnati):
    gate.amend(people.sari, misnati.members[1], seen=1, changes={"school_level": SchoolLevel.FINISHED}, key="s")
    proposals.confirm_members(people.sari, misnati, key="m")
    proposal = proposals.propose(people.sari, misnati, "exit_natural", facts=MembershipChange(today(), "Tamat"), key="n")
    proposals.confirm(people.budi, proposal, key="c")
    assert found() == set()
    said = Event.kind == "households.members_confirmed"
    session.execute(update(Event).where(said).values(actor_id=people.budi.id))
    assert found() == {"four_eyes.decided_own_proposal"}


def changed_by(who, caretaker="Misnati"):
    household = cast.household(caretaker)
    gate.amend(who, household, seen=household.version, changes={"address": f"Jl. {who.name}"}, key=go.key())


@pytest.mark.parametrize(("changer", "rules"), [("budi", {"four_eyes.changed_facts"}), ("dewi", set())])
def test_who_changed_the_familys_facts_after_its_assessment_is_found(app, people, changer, rules):
    """What dewi changed, budi may decide; an event of hers is put down to him."""
    case = go.brought_to("submitted")
    changed_by(people.dewi)
    go.take(people.budi, case, "approve", Decision(override_reason="Diperiksa"))
    change = Event.kind == "households.amend"
    session.execute(update(Event).where(change).values(actor_id=getattr(people, changer).id))
    assert found() == rules


def test_a_change_before_the_assessment_after_the_decision_or_of_another_family_is_none(app, people):
    changed_by(people.budi)
    case = go.brought_to("submitted")
    changed_by(people.budi, "Ponijan")
    go.take(people.budi, case, "approve", Decision())
    changed_by(replace(people.budi, name="Budi lagi"))
    assert found() == set()


def test_handing_a_family_over_is_no_change_of_facts(app, people, misnati):
    case = go.brought_to("submitted")
    gate.amend(people.budi, misnati, seen=misnati.version, changes={"facilitator_id": people.joko.id}, key=go.key(),
               action="household.assign")  # fmt: skip
    go.take(people.budi, case, "approve", Decision())
    assert found() == set()
