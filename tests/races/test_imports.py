"""Files that meet each other, and people at work on the families they speak of: everybody's word is kept, once."""

from datetime import date

import pytest
from sqlalchemy import func, select

from portal.caseload import records
from portal.family.records import register
from portal.family.records.models import Decile, Household, KkNumber, Member, Payment
from portal.family.records.register import ToldMember
from portal.graduation.records.dossiers import Graduation
from portal.graduation.rules import Effective
from portal.intake.records import batches, intake
from portal.kernel import gate
from portal.kernel.base import session
from portal.kernel.clock import today
from portal.kernel.history import Event
from portal.kernel.people import Assignment
from portal.kernel.terms import Membership, Refused, Relation, Sex
from portal.kernel.workflow import Decision
from portal.membership.records import proposals
from portal.membership.records.proposals import MembershipProposal
from portal.nomination.records import nominations
from portal.nomination.records.nominations import Nomination
from portal.nomination.rules import Forwarding, NationalResult
from tests import cast, files_of_size
from tests import graduating as go
from tests.nomination.test_records import Steps
from tests.races.meeting import lost
from tests.rosters import Q4, family_file, head, payment_file, person, read, recipient

pytestmark = pytest.mark.postgres
SEVERAL = 40


def applies(username, content, period=Q4):
    """That person's deed: the file, read before, is applied."""
    batch_id = read(cast.actor(username), content, username, period).id

    def deed():
        batch = batches.own(cast.actor(username), batch_id)
        while batch.state != "applied":
            batch = intake.apply_chunk(cast.actor(username), batch)
        return batch.counts

    return deed


def count(model, *conditions):
    return session.scalar(select(func.count()).select_from(model).where(*conditions))


def both_went_through(endings):
    assert [ending.error for ending in endings] == [None, None]


def test_two_files_bring_the_same_people_once(meeting):
    before, content = count(Household), files_of_size.payments(SEVERAL)
    endings = meeting.of(applies("budi", content), applies("dewi", content))
    both_went_through(endings)
    assert sorted(ending.value["opened"] for ending in endings) == [0, SEVERAL]
    assert (count(Household), count(Payment)) == (before + SEVERAL, SEVERAL)


def test_two_files_with_the_same_families_the_other_way_round_do_not_get_stuck(meeting):
    rows = [recipient(cast.household(name)) for name in ("Misnati", "Suliyah")]
    endings = meeting.of(applies("budi", payment_file(*rows)), applies("dewi", payment_file(*reversed(rows))))
    both_went_through(endings)
    assert count(Payment) == 2


def test_two_files_tell_different_amounts_and_the_first_stands(meeting):
    rows = [{**recipient(cast.household("Misnati")), "NOMINAL": amount} for amount in ("600000", "750000")]
    endings = meeting.of(*(applies(name, payment_file(row)) for name, row in zip(("budi", "dewi"), rows, strict=True)))
    both_went_through(endings)
    assert sorted((ending.value["changed"], ending.value["left"]) for ending in endings) == [(0, 1), (1, 0)]
    assert count(Payment) == 1


def test_one_file_applied_by_two_windows_is_applied_once(meeting):
    before, deed = count(Household), applies("budi", files_of_size.payments(SEVERAL))
    endings = meeting.of(deed, deed)
    assert [ending.error for ending in endings if ending.error and ending.error.args[0] != "batch_moved_on"] == []
    assert (count(Household), count(Event, Event.kind == "intake.apply")) == (before + SEVERAL, 1)


# --- a file and a person -------------------------------------------------------------------------------------------


def edits(household_id, **changes):
    def deed():
        gate.amend(cast.actor("sari"), session.get(Household, household_id), seen=1, changes=changes, key="e")

    return deed


def test_a_file_and_an_edit_of_one_family_are_both_kept(meeting):
    misnati = cast.household("Misnati")
    household_id = misnati.id
    file = applies("budi", family_file(head(misnati, desil_nasional=4), person(misnati.members[0])), Q4.previous())
    both_went_through(meeting.of(file, edits(household_id, note="Sari", address="Jl. Baru 1", rt=9)))
    family = session.get(Household, household_id)
    assert (family.note, family.address, family.rt) == ("Sari", "Jl. Baru 1", 9)
    assert count(Decile, Decile.household_id == household_id) == 2


def test_a_file_and_a_person_give_a_family_its_new_kk_number(meeting):
    misnati = cast.household("Misnati")
    household_id, theirs, mine = misnati.id, cast.kk(date(2026, 5, 1)), cast.kk(date(2026, 6, 1))

    def changes():
        family = session.get(Household, household_id)
        register.change_kk(cast.actor("sari"), family, mine, date(2026, 6, 1), key="k")

    file = applies("budi", payment_file({**recipient(misnati), "NOKK": theirs}))
    both_went_through(meeting.of(file, changes))
    assert count(KkNumber, KkNumber.household_id == household_id, KkNumber.until.is_(None)) == 1
    assert session.get(Household, household_id).kk in (theirs, mine)


def test_a_transfer_and_a_file_both_happen(meeting):
    misnati = cast.household("Misnati")
    household_id = misnati.id
    session.add(Assignment(user_id=cast.actor("joko").id, area_code=cast.JATIMULYO))
    session.commit()

    def transfers():
        return records.assign(cast.actor("ratna"), [household_id], cast.actor("joko").id, key="t")[0].error is None

    file, moved = meeting.of(applies("budi", payment_file(recipient(misnati))), transfers)
    assert (file.error, moved.value) == (None, True)
    assert session.get(Household, household_id).facilitator_id == cast.actor("joko").id
    assert count(Payment) == 1


NIK = cast.nik(date(1990, 2, 3), Sex.FEMALE)
LILIK = {"NIK_KTP": NIK, "NAMA_PENERIMA": "LILIK", "NOKK": cast.kk()}


def drafts():
    caretaker = nominations.NewMember("Lilik", NIK, Sex.FEMALE, date(1990, 2, 3), Relation.HEAD)
    family = nominations.NewFamily(cast.JATIMULYO, "Jl. Kalpataru 5", 2, 5, None, None, None, caretaker, "Serabutan")
    return nominations.draft(cast.actor("wati"), family, key="d").id


def test_whom_a_file_brings_and_an_officer_proposes_is_one_family(meeting):
    before = count(Household)
    file, drafted = meeting.of(applies("budi", payment_file(LILIK)), drafts)
    assert file.error is None
    assert drafted.error is None or drafted.error.code == "nik_taken"
    assert count(Household) == before + 1
    assert count(Member, Member.name.ilike("lilik")) == 1
    assert count(MembershipProposal, MembershipProposal.step == "activate") == (drafted.error is None)


def test_whom_a_file_brings_joins_no_other_family_meanwhile(meeting):
    household_id = cast.household("Misnati").id

    def joins():
        family = session.get(Household, household_id)
        register.add_member(cast.actor("sari"), family, ToldMember(name="Lilik", nik=NIK), key="j")

    file, joined = meeting.of(applies("budi", payment_file(LILIK)), joins)
    assert file.error is None
    assert joined.error is None or joined.error.code == "nik_taken"
    assert count(Member, Member.name.ilike("lilik")) == 1


def test_a_family_that_leaves_is_not_suspended_by_a_file_as_well(meeting):
    case = go.brought_to("recorded")
    case_id, seen, misnati = case.id, case.version, cast.household("Misnati")

    def takes_effect():
        stated = Effective(today())
        gate.perform(cast.actor("dewi"), session.get(Graduation, case_id), "take_effect", seen=seen, facts=stated, key="e")

    file, effective = meeting.of(applies("budi", family_file(head(misnati, desil_nasional=7))), takes_effect)
    assert (file.error, effective.error) == (None, None)
    assert cast.household("Misnati").membership is Membership.EXITED
    for proposal in session.scalars(select(MembershipProposal)):
        with pytest.raises(Refused, match="step_not_from_here"):
            proposals.confirm(cast.actor("dewi"), proposal, key="c")


def test_a_first_payment_and_the_national_result_make_one_family_active_once(meeting):
    steps = Steps(cast.everyone())
    nomination = steps.checked()
    nomination_id = nomination.id
    steps.take("budi", nomination, "approve", Decision())
    steps.take("budi", nomination, "forward", Forwarding(today(), "2026-11"))
    applies("budi", payment_file(recipient(nomination.household)))()
    proposal_id = session.scalars(select(MembershipProposal.id)).one()

    def confirms():
        proposals.confirm(cast.actor("ratna"), session.get(MembershipProposal, proposal_id), key="c")

    def accepts():
        case = session.get(Nomination, nomination_id)
        gate.perform(cast.actor("dewi"), case, "accept", seen=case.version, facts=NationalResult(today()), key="a")

    confirmed, accepted = meeting.of(confirms, accepts)
    assert accepted.error is None
    assert confirmed.error is None or lost([confirmed, accepted]).code == "step_not_from_here"
    household = session.get(Nomination, nomination_id).household
    assert (household.membership, len(household.episodes)) == (Membership.ACTIVE, 1)
