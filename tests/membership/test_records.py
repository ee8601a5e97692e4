from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import delete, select

from portal.evidence import records
from portal.family.records.models import Batch, Decile, Episode
from portal.kernel import clock, gate
from portal.kernel.base import session
from portal.kernel.history import Event
from portal.kernel.terms import EvidenceKind, ExitType, Membership, Refused, Role, SchoolLevel
from portal.membership.records import proposals
from portal.membership.records.proposals import MembershipProposal
from portal.membership.rules import MembershipChange, NonComplianceExit
from tests import cast, rosters
from tests.photos import photo

pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("app")]


def _suspension(people, misnati, by="sari"):
    stated = MembershipChange(effective_on=clock.today(), reason="Desil 6")
    return proposals.propose(getattr(people, by), misnati, "suspend", facts=stated, key="p")


def test_a_proposal_changes_nothing_yet(people, misnati):
    _suspension(people, misnati)
    assert cast.household("Misnati").membership == Membership.ACTIVE


def _came(misnati, started):
    misnati.episodes[0].started = started
    session.commit()


def test_nobody_leaves_before_having_come(people, misnati):
    scan = records.stage(people.sari, EvidenceKind.EXIT_PROOF, photo(), key="e")
    early = NonComplianceExit(effective_on=date(2026, 9, 30), reason="x", proof=(scan.id,))
    _came(misnati, date(2026, 10, 1))
    with pytest.raises(Refused, match="outside_membership"):
        proposals.propose(people.sari, misnati, "exit_non_compliance", facts=early, key="p")
    _came(misnati, None)
    proposal = proposals.propose(people.sari, misnati, "exit_non_compliance", facts=early, key="p")
    _came(misnati, date(2026, 10, 1))
    with pytest.raises(Refused, match="outside_membership"):
        proposals.confirm(people.budi, proposal, key="c")
    assert cast.household("Misnati").membership == Membership.ACTIVE


def test_only_an_end_is_held_against_the_day_a_family_came(people, misnati):
    """That day is often only the first roster that was read here; a suspension from before it is told as it was."""
    _came(misnati, clock.today())
    earlier = MembershipChange(effective_on=clock.today() - timedelta(days=30), reason="Desil 6")
    assert proposals.propose(people.sari, misnati, "suspend", facts=earlier, key="p").state == "open"


def test_another_supervisor_confirms_it(people, misnati):
    proposal = proposals.confirm(people.budi, _suspension(people, misnati), key="c")
    assert (proposal.state, cast.household("Misnati").membership) == ("confirmed", Membership.SUSPENDED)


def test_who_proposed_it_may_not_confirm_it(people, misnati):
    proposal = _suspension(people, misnati, by="budi")
    with pytest.raises(Refused) as refusal:
        proposals.confirm(people.budi, proposal, key="c")
    assert refusal.value.facts["missing"] == ("not_maker",)
    assert cast.household("Misnati").membership == Membership.ACTIVE


def _brought(people):
    """A file of deciles above the limit, uploaded and applied by one person: it proposes to suspend Misnati."""
    misnati = cast.household("Misnati")
    session.execute(delete(Decile).where(Decile.household_id == misnati.id))
    session.commit()
    content = rosters.family_file(rosters.head(misnati, desil_nasional=6), rosters.person(misnati.members[0]))
    rosters.bring_in(people.budi, content)
    return session.scalars(select(MembershipProposal)).one()


def _refused_as_maker(decide):
    with pytest.raises(Refused) as refusal:
        decide()
    assert refusal.value.facts["missing"] == ("not_maker",)
    session.expire_all()
    assert session.scalars(select(MembershipProposal)).one().state == "open"


def test_who_uploaded_and_applied_the_file_does_not_decide_what_it_proposes(people, misnati):
    proposal = _brought(people)
    _refused_as_maker(lambda: proposals.confirm(people.budi, proposal, key="c"))
    _refused_as_maker(lambda: proposals.dismiss(people.budi, proposal, reason="keliru", key="d"))
    assert cast.household("Misnati").membership == Membership.ACTIVE
    assert proposals.confirm(people.dewi, proposal, key="e").state == "confirmed"


def test_who_uploaded_is_a_maker_though_another_applied(people, misnati):
    """As after a second person let a large import in."""
    proposal = _brought(people)
    proposal.proposed_by = people.ratna.id
    for event in session.scalars(select(Event).where(Event.subject_type == "batches")):
        event.actor_id = people.ratna.id
    session.commit()
    _refused_as_maker(lambda: proposals.confirm(people.budi, proposal, key="c"))


def test_who_applied_is_a_maker_though_another_uploaded(people, misnati):
    proposal = _brought(people)
    batch = session.get(Batch, proposal.batch_id)
    batch.uploaded_by, proposal.proposed_by = people.ratna.id, people.ratna.id
    session.commit()
    _refused_as_maker(lambda: proposals.confirm(people.budi, proposal, key="c"))


def test_an_importer_with_another_role_is_still_a_maker(people, misnati):
    proposal = _brought(people)
    proposal.proposed_by = session.get(Batch, proposal.batch_id).uploaded_by = people.sari.id
    session.commit()
    promoted = replace(people.sari, role=Role.SUPERVISOR, areas=people.budi.areas)
    _refused_as_maker(lambda: proposals.confirm(promoted, proposal, key="c"))


def test_who_imported_another_file_may_decide(people, misnati):
    proposal = _brought(people)
    rosters.bring_in(people.dewi, rosters.payment_file(rosters.recipient(misnati)), "lain")
    assert proposals.confirm(people.dewi, proposal, key="c").state == "confirmed"


def test_a_candidate_becomes_active_by_another_than_the_importer(people, misnati):
    misnati.membership = Membership.CANDIDATE
    session.commit()
    rosters.bring_in(people.budi, rosters.payment_file(rosters.recipient(misnati)))
    proposal = session.scalars(select(MembershipProposal)).one()
    assert (proposal.step, proposals.stated(proposal)) == ("activate", None)
    _refused_as_maker(lambda: proposals.confirm(people.budi, proposal, key="c"))
    assert proposals.confirm(people.dewi, proposal, key="d").state == "confirmed"


def test_who_proposed_it_does_not_dismiss_it_either(people, misnati):
    proposal = _suspension(people, misnati, by="budi")
    _refused_as_maker(lambda: proposals.dismiss(people.budi, proposal, reason="x", key="d"))


def test_it_is_decided_once(people, misnati):
    proposal = _suspension(people, misnati)
    proposals.dismiss(people.budi, proposal, reason="keliru", key="d")
    with pytest.raises(Refused, match="proposal_decided"):
        proposals.confirm(people.dewi, proposal, key="c")
    assert cast.household("Misnati").membership == Membership.ACTIVE


def test_the_same_change_is_proposed_once(people, misnati):
    _suspension(people, misnati)
    again = MembershipChange(effective_on=clock.today(), reason="lagi")
    with pytest.raises(Refused, match="proposal_already_open"):
        proposals.propose(people.sari, misnati, "suspend", facts=again, key="q")


def test_another_area_decides_nothing(people):
    ponijan = cast.household("Ponijan")
    stated = MembershipChange(effective_on=clock.today(), reason="x")
    proposal = proposals.propose(people.joko, ponijan, "suspend", facts=stated, key="p")
    with pytest.raises(gate.Forbidden):
        proposals.confirm(people.ratna, proposal, key="c")


def test_a_future_date_is_refused(people, misnati):
    stated = MembershipChange(effective_on=date(2099, 1, 1), reason="x")
    with pytest.raises(Refused, match="date_in_future"):
        proposals.propose(people.sari, misnati, "suspend", facts=stated, key="p")


def _natural_exit(people, misnati):
    stated = MembershipChange(effective_on=clock.today(), reason="Anak tamat sekolah")
    return proposals.propose(people.sari, misnati, "exit_natural", facts=stated, key="n")


def test_nobody_leaves_naturally_while_a_component_is_left(people, misnati):
    proposals.confirm_members(people.sari, misnati, key="m")
    with pytest.raises(Refused) as refusal:
        proposals.confirm(people.budi, _natural_exit(people, misnati), key="c")
    assert refusal.value.facts["missing"] == ("no_component_left",)


def test_nobody_leaves_naturally_before_the_members_are_confirmed(people, misnati):
    _finish_school(people, misnati)
    with pytest.raises(Refused) as refusal:
        proposals.confirm(people.budi, _natural_exit(people, misnati), key="c")
    assert refusal.value.facts["missing"] == ("members_confirmed",)


@pytest.mark.parametrize(
    ("days", "lacking"), [(0, ()), (90, ()), (91, ("members_confirmed",)), (3 * 365, ("members_confirmed",))]
)
def test_members_confirmed_long_ago_let_nobody_leave(people, misnati, days, lacking):
    """As any evidence they count for 90 days, whoever proposes the exit."""
    _finish_school(people, misnati)
    proposals.confirm_members(people.sari, misnati, key="m")
    proposal = _natural_exit(people, misnati)
    cast.household("Misnati").members_confirmed_on = clock.today() - timedelta(days=days)
    session.commit()
    try:
        proposals.confirm(people.budi, proposal, key="c")
    except Refused as refusal:
        assert (refusal.facts["missing"], cast.household("Misnati").membership) == (lacking, Membership.ACTIVE)
    else:
        assert (lacking, cast.household("Misnati").membership) == ((), Membership.EXITED)


def test_a_natural_exit_ends_the_episode(people, misnati):
    _finish_school(people, misnati)
    proposals.confirm_members(people.sari, misnati, key="m")
    proposals.confirm(people.budi, _natural_exit(people, misnati), key="c")
    episode = session.scalars(select(Episode).where(Episode.household_id == misnati.id)).one()
    assert (cast.household("Misnati").membership, episode.exit_type) == (Membership.EXITED, ExitType.NATURAL)


def test_who_confirmed_the_members_does_not_close_even_with_another_role(people, misnati):
    _finish_school(people, misnati)
    proposals.confirm_members(people.sari, misnati, key="m")
    proposal = _natural_exit(people, misnati)
    proposal.cause, proposal.proposed_by = "no_component", people.ratna.id
    session.commit()
    promoted = replace(people.sari, role=Role.SUPERVISOR, areas=people.budi.areas)
    with pytest.raises(Refused) as refusal:
        proposals.confirm(promoted, proposal, key="c")
    assert refusal.value.facts["missing"] == ("not_maker",)


def test_who_confirmed_the_members_before_another_did_may_close(people, misnati):
    """The exit rests on what was said last."""
    _finish_school(people, misnati)
    proposals.confirm_members(people.sari, misnati, key="m")
    gate.amend(people.budi, misnati, seen=misnati.version, changes={"facilitator_id": people.joko.id}, key="t",
               action="household.assign")  # fmt: skip
    proposals.confirm_members(people.joko, cast.household("Misnati"), key="n")
    stated = MembershipChange(effective_on=clock.today(), reason="Tamat sekolah")
    proposal = proposals.propose(people.joko, cast.household("Misnati"), "exit_natural", facts=stated, key="p")
    promoted = replace(people.sari, role=Role.SUPERVISOR, areas=people.budi.areas)
    assert proposals.confirm(promoted, proposal, key="c").state == "confirmed"


def test_a_panel_left_open_does_not_bring_back_the_visit_that_ended_with_membership(people, misnati):
    agreed = clock.today() + timedelta(days=9)
    _finish_school(people, misnati)
    gate.amend(people.sari, misnati, seen=misnati.version, changes={"next_visit_on": agreed}, key="v")
    proposals.confirm_members(people.sari, misnati, key="m")
    proposal, seen = _natural_exit(people, misnati), misnati.version
    proposals.confirm(people.budi, proposal, key="c")
    with pytest.raises(gate.Stale) as stale:
        gate.amend(people.budi, cast.household("Misnati"), seen=seen, changes={"next_visit_on": agreed}, key="late")
    assert stale.value.fields == {"next_visit_on": (None, agreed)}


def _finish_school(people, misnati):
    child = misnati.members[1]
    gate.amend(people.sari, child, seen=1, changes={"school_level": SchoolLevel.FINISHED}, key="s")


def test_every_decision_leaves_its_event(people, misnati):
    proposals.confirm(people.budi, _suspension(people, misnati), key="c")
    kinds = list(session.scalars(select(Event.kind).order_by(Event.seq)))
    assert kinds == ["membership.proposed", "membership.suspend", "membership.confirmed"]
    assert session.scalars(select(MembershipProposal)).one().decided_by == people.budi.id
