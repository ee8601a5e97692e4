"""Decisions, openings and edits that meet: one gets through, the other is told, and nothing is half done."""

from datetime import date

import pytest
from sqlalchemy import func, select

from portal.assessment.records import visits
from portal.assessment.records.visits import Visit
from portal.caseload import records
from portal.evidence.records import stage
from portal.family.records.models import Household, Member
from portal.graduation.records import dossiers, graduations
from portal.graduation.records.dossiers import Graduation
from portal.graduation.rules import Effective, WayOut
from portal.kernel import gate
from portal.kernel.base import session
from portal.kernel.clock import today
from portal.kernel.history import Event, Receipt
from portal.kernel.people import Assignment
from portal.kernel.terms import EvidenceKind, Membership, Relation, Sex, VisitOutcome
from portal.kernel.workflow import Reason
from portal.membership.records import proposals
from portal.membership.records.proposals import MembershipProposal
from portal.membership.rules import MembershipChange
from portal.nomination.records import nominations
from portal.nomination.records.nominations import Nomination
from tests import cast
from tests import graduating as go
from tests.photos import photo
from tests.races.meeting import lost, won

pytestmark = pytest.mark.postgres


def events(kind):
    return list(session.scalars(select(Event).where(Event.kind == kind).order_by(Event.seq)))


def count(model):
    return session.scalar(select(func.count()).select_from(model))


def decides(username, case, step="approve", *, key, seen=None):
    """That person's deed on a case as it stands now."""
    version = seen or case.version
    case_id, model, chosen = case.id, type(case), case.flow.step(step)

    def deed():
        stated = Reason("Belum stabil") if chosen.facts is Reason else chosen.facts()
        return gate.perform(cast.actor(username), session.get(model, case_id), step, seen=version, facts=stated, key=key).id

    return deed


# --- graduations ---------------------------------------------------------------------------------------------------


def test_two_supervisors_approve_and_one_did(meeting):
    case = go.brought_to("submitted")
    endings = meeting.of(decides("budi", case, key="b"), decides("dewi", case, key="d"))
    assert isinstance(lost(endings), gate.Stale)
    assert len(events("graduation.approve")) == 1


def test_approval_and_rejection_meet_and_one_stands(meeting):
    case = go.brought_to("submitted")
    endings = meeting.of(decides("budi", case, key="b"), decides("dewi", case, "reject", key="d"))
    assert isinstance(lost(endings), gate.Stale)
    assert session.get(Graduation, case.id).state == {0: "approved", 1: "rejected"}[endings.index(won(endings))]


def test_the_same_key_twice_at_once_decides_once_and_both_are_told_so(meeting):
    case = go.brought_to("submitted")
    endings = meeting.of(decides("budi", case, key="same"), decides("budi", case, key="same"))
    assert [ending.value for ending in endings] == [case.id, case.id]
    assert len(events("graduation.approve")) == 1
    assert session.scalar(select(func.count()).select_from(Receipt).where(Receipt.key == "same")) == 1


def test_the_same_key_for_other_content_is_refused_even_at_once(meeting):
    case = go.brought_to("submitted")
    endings = meeting.of(decides("budi", case, key="same"), decides("budi", case, "reject", key="same"))
    assert isinstance(lost(endings), gate.KeyReused)


def opens(household_id, key):
    def deed():
        sari = cast.actor("sari")
        return graduations.open_case(sari, session.get(Household, household_id), WayOut.INDEPENDENT, key=key).id

    return deed


def test_two_openings_make_one_case(meeting):
    household_id = cast.household("Misnati").id
    endings = meeting.of(opens(household_id, "a"), opens(household_id, "b"))
    assert lost(endings).code == "graduation_already_open"
    assert (count(Graduation), len(events("graduation.open"))) == (1, 1)


def test_one_opening_pressed_twice_makes_one_case(meeting):
    household_id = cast.household("Misnati").id
    first, second = meeting.of(opens(household_id, "a"), opens(household_id, "a"))
    assert (first.value, first.error) == (second.value, second.error)
    assert count(Graduation) == 1


def test_an_edit_meets_the_submission_and_the_frozen_version_says_which_it_is(meeting):
    case = go.brought_to("statement_signed")
    case_id, household_id = case.id, case.household_id

    def edit():
        household = session.get(Household, household_id)
        gate.amend(cast.actor("budi"), household, seen=household.version, changes={"address": "Jl. Baru 1"}, key="e")

    endings = meeting.of(decides("sari", case, "submit", key="s"), edit)
    assert [ending.error for ending in endings] == [None, None]
    frozen = dossiers.latest(session.get(Graduation, case_id))
    differs = [one.name for one in dossiers.stale_inputs(frozen, session.get(Household, household_id))]
    edited, submitted = events("households.amend")[-1], events("graduation.submit")[-1]
    assert ("Jl. Baru 1" in frozen.snapshot.inputs.address) == (edited.seq < submitted.seq)
    assert bool(differs) == (submitted.seq < edited.seq)


def test_the_family_withdraws_while_the_supervisor_approves(meeting):
    case = go.brought_to("submitted")
    endings = meeting.of(decides("budi", case, key="b"), decides("wati", case, "withdraw", key="w"))
    assert isinstance(lost(endings), gate.Stale)


def test_a_suspension_and_an_effect_meet_on_one_family(meeting):
    case = go.brought_to("recorded")
    stated = MembershipChange(today(), "Desil 6")
    proposal = proposals.propose(cast.actor("sari"), cast.household("Misnati"), "suspend", facts=stated, key="p")
    proposal_id, case_id, seen = proposal.id, case.id, case.version

    def confirm():
        proposals.confirm(cast.actor("dewi"), session.get(MembershipProposal, proposal_id), key="c")

    def take_effect():
        case = session.get(Graduation, case_id)
        gate.perform(cast.actor("budi"), case, "take_effect", seen=seen, facts=Effective(today()), key="e")

    confirmed, effective = meeting.of(confirm, take_effect)
    assert effective.error is None
    assert confirmed.error is None or confirmed.error.code == "step_not_from_here"
    assert cast.household("Misnati").membership is Membership.EXITED


# --- families ------------------------------------------------------------------------------------------------------


def amends(username, household_id, changes, key):
    def deed():
        household = session.get(Household, household_id)
        return gate.amend(cast.actor(username), household, seen=1, changes=changes, key=key).version

    return deed


def test_two_edits_of_one_field_and_the_second_sees_both_values(meeting):
    household_id = cast.household("Misnati").id
    endings = meeting.of(
        amends("sari", household_id, {"note": "Sari"}, "s"), amends("budi", household_id, {"note": "Budi"}, "b")
    )
    theirs, yours = lost(endings).fields["note"]
    assert {theirs, yours} == {"Sari", "Budi"}
    assert cast.household("Misnati").note == theirs


def test_two_edits_of_different_fields_are_both_kept(meeting):
    household_id = cast.household("Misnati").id
    meeting.of(amends("sari", household_id, {"note": "Sari"}, "s"), amends("budi", household_id, {"rt": 9}, "b"))
    misnati = cast.household("Misnati")
    assert (misnati.note, misnati.rt, misnati.version) == ("Sari", 9, 3)


def transfers(username, household_id, to, key):
    def deed():
        given = records.assign(cast.actor(username), [household_id], cast.actor(to).id, key=key)
        return [records.is_theirs(one) for one in given]

    return deed


@pytest.fixture
def joko_in_jatimulyo(app):
    session.add(Assignment(user_id=cast.actor("joko").id, area_code=cast.JATIMULYO))
    session.commit()


def test_two_transfers_follow_each_other_and_history_tells_the_order(meeting, joko_in_jatimulyo):
    household_id = cast.household("Suliyah").id
    session.get(Household, household_id).facilitator_id = None
    session.commit()
    endings = meeting.of(transfers("budi", household_id, "joko", "b"), transfers("dewi", household_id, "sari", "d"))
    assert [ending.value for ending in endings] == [[True], [True]]
    first, second = (event.detail["changes"]["facilitator"] for event in events("households.assign"))
    assert first[0] is None and first[1] == second[0]
    assert session.get(Household, household_id).facilitator.name == second[1]


def test_a_transfer_takes_the_right_to_edit_with_it(meeting, joko_in_jatimulyo):
    household_id = cast.household("Misnati").id
    moved, edited = meeting.of(
        transfers("budi", household_id, "joko", "b"), amends("sari", household_id, {"note": "Sari"}, "s")
    )
    assert moved.error is None
    assert edited.error is None or isinstance(edited.error, gate.Forbidden)
    seqs = {event.kind: event.seq for event in [*events("households.amend"), *events("households.assign")]}
    assert seqs.get("households.amend", 0) < seqs["households.assign"]


def proposes(household_id, key):
    def deed():
        stated = MembershipChange(today(), "Desil 6")
        return proposals.propose(cast.actor("sari"), session.get(Household, household_id), "suspend", facts=stated, key=key).id

    return deed


def test_the_same_change_is_proposed_once(meeting):
    household_id = cast.household("Misnati").id
    endings = meeting.of(proposes(household_id, "a"), proposes(household_id, "b"))
    assert lost(endings).code == "proposal_already_open"
    assert count(MembershipProposal) == 1


def test_a_proposal_is_decided_once(meeting):
    proposal_id = proposes(cast.household("Misnati").id, "p")()

    def confirm():
        proposals.confirm(cast.actor("budi"), session.get(MembershipProposal, proposal_id), key="c")

    def dismiss():
        proposals.dismiss(cast.actor("dewi"), session.get(MembershipProposal, proposal_id), reason="Keliru", key="d")

    endings = meeting.of(confirm, dismiss)
    assert lost(endings).code == "proposal_decided"
    left = {0: Membership.SUSPENDED, 1: Membership.ACTIVE}[endings.index(won(endings))]
    assert cast.household("Misnati").membership is left


# --- nominations ---------------------------------------------------------------------------------------------------


def drafts(username, kelurahan, nik, key):
    caretaker = nominations.NewMember("Lilik", nik, Sex.FEMALE, date(1990, 2, 3), Relation.HEAD)
    family = nominations.NewFamily(kelurahan, "Jl. Kalpataru 5", 2, 5, cast.kk(), None, None, caretaker, "Serabutan")

    def deed():
        return nominations.draft(cast.actor(username), family, key=key).id

    return deed


def test_two_officers_draft_one_person_and_one_family_is_made(meeting):
    nik, before = cast.nik(date(1990, 2, 3), Sex.FEMALE), count(Household)
    endings = meeting.of(drafts("wati", cast.JATIMULYO, nik, "w"), drafts("rini", cast.POLEHAN, nik, "r"))
    assert lost(endings).code == "not_to_be_nominated"
    assert (count(Household), count(Nomination)) == (before + 1, 1)


def test_one_draft_pressed_twice_makes_one_family(meeting):
    nik, before = cast.nik(date(1990, 2, 3), Sex.FEMALE), count(Household)
    deed = drafts("wati", cast.JATIMULYO, nik, "same")
    first, second = meeting.of(deed, deed)
    assert first.value == second.value is not None
    assert count(Household) == before + 1


def test_a_number_is_given_to_one_of_two_people(meeting):
    nik = cast.nik(date(1990, 2, 3), Sex.FEMALE)
    ids = [cast.household(name).members[0].id for name in ("Misnati", "Suliyah")]

    def gives(member_id, key):
        def deed():
            gate.amend(cast.actor("sari"), session.get(Member, member_id), seen=1, changes={"nik": nik}, key=key)

        return deed

    endings = meeting.of(gives(ids[0], "a"), gives(ids[1], "b"))
    assert lost(endings).code == "nik_taken"


# --- visits and files ----------------------------------------------------------------------------------------------


def visit_with(household_id, photos, key):
    def deed():
        said = visits.ToldVisit(today(), VisitOutcome.MET, present="Ibu", photos=photos)
        return visits.record(cast.actor("sari"), session.get(Household, household_id), said, key=key).id

    return deed


def test_one_photo_proves_one_visit(meeting):
    shot = stage(cast.actor("sari"), EvidenceKind.VISIT_PHOTO, photo(), key="p").id
    first, second = (cast.household(name).id for name in ("Misnati", "Suliyah"))
    endings = meeting.of(visit_with(first, (shot,), "a"), visit_with(second, (shot,), "b"))
    assert lost(endings).code == "evidence_unknown"
    assert count(Visit) == 1


def test_visits_never_get_in_each_others_way(meeting):
    household_id = cast.household("Misnati").id
    endings = meeting.of(visit_with(household_id, (), "a"), visit_with(household_id, (), "b"))
    assert [ending.error for ending in endings] == [None, None]
    assert count(Visit) == 2
