"""Whose hands a proposal has been in, where only the rows say so; and what it states."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.evidence.records import Evidence
from portal.kernel import clock
from portal.kernel.base import session
from portal.kernel.terms import EvidenceKind
from portal.membership.records import proposals
from portal.membership.records.proposals import Hand, makers_of
from portal.membership.rules import MembershipChange, NonComplianceExit
from tests import cast
from tests import graduating as go

pytestmark = pytest.mark.usefixtures("app")


def suspension(people):
    stated = MembershipChange(effective_on=clock.today(), reason="Desil 6")
    return proposals.propose(people.sari, cast.household("Misnati"), "suspend", facts=stated, key=go.key())


def proved(people):
    proof = (go.staged(people.sari, EvidenceKind.EXIT_PROOF),)
    stated = NonComplianceExit(effective_on=clock.today(), reason="Tidak hadir", proof=proof)
    return stated, proposals.propose(people.sari, cast.household("Misnati"), "exit_non_compliance", facts=stated, key=go.key())


def proved_by(who, proposal):
    file = session.scalars(select(Evidence).where(Evidence.subject_id == proposal.id)).one()
    file.uploaded_by = who.id
    session.commit()
    return file


def test_who_uploaded_its_proof_is_a_maker(people):
    _stated, proposal = proved(people)
    proved_by(people.dewi, proposal)
    assert makers_of([proposal]) == {proposal.id: {people.sari.id: Hand.PROPOSED, people.dewi.id: Hand.PROVED}}


@pytest.mark.parametrize(("later", "hands"), [(0, {Hand.PROPOSED, Hand.PROVED}), (1, {Hand.PROPOSED})])
def test_of_a_decided_one_they_are_those_who_had_a_hand_in_it_until_then(people, later, hands):
    _stated, proposal = proved(people)
    decided = proposals.dismiss(people.budi, proposal, reason="Keliru", key=go.key())
    file = proved_by(people.dewi, decided)
    file.uploaded_at = decided.decided_at + timedelta(seconds=later)
    session.commit()
    assert {*makers_of([decided])[decided.id].values()} == hands


def test_who_confirmed_the_members_has_no_hand_in_what_does_not_rest_on_them(people):
    proposals.confirm_members(people.joko, cast.household("Ponijan"), key=go.key())
    stated = MembershipChange(effective_on=clock.today(), reason="Desil 6")
    proposal = proposals.propose(people.budi, cast.household("Ponijan"), "suspend", facts=stated, key=go.key())
    assert makers_of([proposal])[proposal.id] == {people.budi.id: Hand.PROPOSED}


def test_each_has_its_own_makers(people):
    stated = MembershipChange(effective_on=clock.today(), reason="Desil 6")
    mine = suspension(people)
    other = proposals.propose(people.joko, cast.household("Ponijan"), "suspend", facts=stated, key=go.key())
    assert makers_of([mine, other]) == {mine.id: {people.sari.id: Hand.PROPOSED}, other.id: {people.joko.id: Hand.PROPOSED}}


def test_a_proposal_states_what_was_stated(people):
    stated, proposal = proved(people)
    assert proposals.stated(proposal) == stated


def test_grounds_are_what_nobody_stated():
    told = {"effective_on": "2026-11-24", "reason": "Desil 6", "decile": 6, "period": "2026-Q4"}
    assert proposals.grounds("suspend", told) == {"decile": 6, "period": "2026-Q4"}
    assert proposals.grounds("activate", {"amount": 600_000}) == {"amount": 600_000}
