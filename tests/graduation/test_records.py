"""Graduation: opened on a family in the programme, frozen when handed in, decided by other eyes, followed afterwards."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select

from portal.assessment.records import visits
from portal.graduation.records import dossiers, graduations
from portal.graduation.records.dossiers import Graduation, Submission
from portal.graduation.rules import ExitChoice, IncomeBasis, Plan, SignedStatement, WayOut
from portal.kernel import gate, vault
from portal.kernel.base import session
from portal.kernel.clock import today
from portal.kernel.history import Event
from portal.kernel.settings import Setting
from portal.kernel.terms import EvidenceKind, ExitType, Membership, Refused
from portal.kernel.workflow import Decision, Defects, Note, Reason
from tests import cast
from tests import graduating as go

pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("app")]


def last_event(case):
    mine = (Event.subject_type == "graduations", Event.subject_id == case.id)
    return session.scalars(select(Event).where(*mine).order_by(Event.seq.desc())).first()


# --- opening -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("caretaker", ["Misnati", "Suliyah"])
def test_a_family_that_is_active_or_suspended_may_start(people, caretaker):
    case = go.opened(people.sari, cast.household(caretaker), WayOut.PROGRAMME)
    assert (case.state, case.exit_type, case.opened_by) == ("identified", ExitType.PROGRAMME, people.sari.id)
    assert (last_event(case).kind, last_event(case).to_state) == ("graduation.open", "identified")


def test_a_candidate_may_not_start(people):
    cast.family("Calon", membership=Membership.CANDIDATE)
    session.commit()
    with pytest.raises(Refused, match="household_not_in_programme"):
        go.opened(people.sari, cast.household("Calon"))


def test_a_family_has_one_open_graduation(people, misnati):
    go.opened(people.sari, misnati)
    with pytest.raises(Refused, match="graduation_already_open"):
        go.opened(people.sari, misnati)
    assert len(session.scalars(select(Graduation)).all()) == 1


def test_pressing_twice_opens_once(people, misnati):
    cases = [graduations.open_case(people.sari, misnati, WayOut.INDEPENDENT, key="a") for _ in range(2)]
    assert cases[0].id == cases[1].id


@pytest.mark.parametrize("name", ["joko", "wati", "budi", "admin", "kepala"])
def test_only_the_familys_facilitator_starts(people, misnati, name):
    with pytest.raises(gate.Forbidden):
        go.opened(getattr(people, name), misnati)


# --- what is needed ------------------------------------------------------------------------------------------------


def test_readiness_is_stated_only_on_a_recent_ready_assessment(people, misnati):
    case = go.take(people.sari, go.opened(people.sari, misnati), "start_assessment")
    with pytest.raises(Refused) as refused:
        go.take(people.sari, case, "find_ready")
    assert refused.value.facts["missing"] == ("assessed_recently", "band_ready")
    go.assessed(people.sari, go.visited(people.sari, misnati), own_wish="undecided")
    with pytest.raises(Refused) as refused:
        go.take(people.sari, case, "find_ready")
    assert refused.value.facts["missing"] == ("band_ready",)


def test_a_family_that_is_not_ready_goes_on_by_its_own_wish(people, misnati):
    go.assessed(people.sari, go.visited(people.sari, misnati), income_main="500rb")
    case = go.take(people.sari, go.opened(people.sari, misnati), "start_assessment")
    plan = Plan("Tambah modal warung", today() + timedelta(days=60))
    case = go.take(people.sari, case, "find_not_yet", plan)
    case = go.take(people.sari, case, "counsel_on_own_wish", go.own_wish())
    assert case.state == "counselling"
    assert dossiers.own_wish_of(case).startswith("Ingin memberi tempat")


def test_what_lacks_is_named_before_handing_in(people, misnati):
    go.assessed(people.sari, go.visited(people.sari, misnati, with_photo=False))
    case = go.opened(people.sari, misnati)
    for _state, who, step, stated in go.way_to("statement_signed")[:-1]:
        case = go.take(who, case, step, stated() if stated else None)
    offer = next(offer for offer in gate.steps_for(people.sari, case) if offer.step.name == "submit")
    assert offer.missing == ("visit_met_with_photo", "income_basis")
    with pytest.raises(Refused, match="needs_missing"):
        go.take(people.sari, case, "submit")


def test_a_visit_recorded_by_mistake_proves_nothing(people, misnati):
    visit = go.visited(people.sari, misnati)
    go.assessed(people.sari, visit)
    case = go.opened(people.sari, misnati)
    assert dossiers.of_case(case).photographed_on == today()
    visits.mark_mistaken(people.sari, visit, "salah rumah", key="m")
    assert (dossiers.of_case(case).photographed_on, dossiers.of_case(case).assessed) == (None, None)


def test_an_empty_income_basis_is_refused(people):
    case = go.brought_to("counselling")
    with pytest.raises(Refused, match="income_basis_empty"):
        go.take(people.sari, case, "add_income_basis", IncomeBasis())


@pytest.mark.parametrize("is_scan", [True, False], ids=["scan", "note"])
def test_a_proof_of_income_or_a_note_is_enough_to_hand_in(people, misnati, is_scan):
    go.assessed(people.sari, go.visited(people.sari, misnati))
    case = go.opened(people.sari, misnati)
    for _state, who, step, stated in go.way_to("statement_signed")[:-1]:
        case = go.take(who, case, step, stated() if stated else None)
    scan = IncomeBasis(income_proof=(go.staged(people.sari, EvidenceKind.INCOME_PROOF),))
    case = go.take(people.sari, case, "add_income_basis", scan if is_scan else IncomeBasis("Omzet warung"))
    assert go.take(people.sari, case, "submit").state == "submitted"


@pytest.mark.parametrize("step", ["sign", "correct_statement"])
def test_nobody_signs_without_a_scan(people, step):
    case = go.brought_to("counselling" if step == "sign" else "statement_signed")
    for scans in ((), (go.staged(people.sari, EvidenceKind.INCOME_PROOF),)):
        with pytest.raises(Refused, match="evidence_unknown"):
            go.take(people.sari, case, step, SignedStatement(today(), scans))
    assert go.state_of(case) == ("counselling" if step == "sign" else "statement_signed")


@pytest.mark.parametrize("step", ["submit", "resubmit"])
def test_a_case_whose_scan_is_missing_is_not_handed_in(people, step):
    case = go.brought_to("statement_signed" if step == "submit" else "returned")
    case.facts = {**case.facts, "sign": {**case.facts["sign"], "statement": []}}
    session.commit()
    with pytest.raises(Refused) as refusal:
        go.take(people.sari, case, step)
    assert refusal.value.facts["missing"] == ("signed_statement",)


def test_a_correction_stands_before_what_it_corrects(people):
    case = go.brought_to("statement_signed")
    case = go.take(people.sari, case, "correct_counselling", go.counselling(present=("Ibu", "Kakak")))
    case = go.take(people.sari, case, "correct_way_out", ExitChoice(WayOut.PROGRAMME))
    assert (case.state, case.exit_type) == ("statement_signed", ExitType.PROGRAMME)
    assert dossiers.conversation_of(case).present == ("Ibu", "Kakak")


# --- frozen --------------------------------------------------------------------------------------------------------


def test_what_was_handed_in_is_sealed_and_cited(people):
    case = go.brought_to("submitted")
    kept = session.scalars(select(Submission)).one()
    assert b"Misnati" not in kept.payload
    assert last_event(case).detail["sha256"] == kept.sha256
    submitted = dossiers.latest(case)
    assert (submitted.number, submitted.by, submitted.snapshot.family.caretaker) == (1, "Sari Wulandari", "Misnati")
    assert submitted.snapshot.readiness.band == "siap_diusulkan"
    assert {file["kind"] for file in kept.evidence} == {"visit_photo", "signed_statement"}


def test_numbers_are_not_part_of_what_is_decided(people, misnati):
    case = go.brought_to("submitted")
    kept = session.scalars(select(Submission)).one()
    payload = vault.unseal(kept.payload, f"submissions.payload:graduation:{case.id}:1").decode()
    numbers = [member.nik for member in misnati.members] + [misnati.kk]
    assert not [number for number in numbers if number in payload]
    assert hashlib.sha256(payload.encode()).hexdigest() == kept.sha256


def test_what_was_changed_behind_the_back_is_not_read(people):
    case = go.brought_to("submitted")
    kept = session.scalars(select(Submission)).one()
    kept.payload = vault.seal(b"{}", f"submissions.payload:graduation:{case.id}:1")
    session.commit()
    with pytest.raises(vault.Unreadable):
        dossiers.latest(case)


def test_the_decision_is_about_the_version_handed_in_last(people):
    case = go.brought_to("returned")
    case = go.take(people.sari, case, "correct_statement", go.statement(people.sari))
    case = go.take(people.sari, case, "resubmit", Note("Scan sudah jelas"))
    case = go.take(people.budi, case, "approve", Decision())
    first, second = session.scalars(select(Submission).order_by(Submission.number))
    assert (first.number, second.number) == (1, 2)
    assert first.sha256 != second.sha256
    assert (last_event(case).detail["submission"], last_event(case).detail["sha256"]) == (2, second.sha256)
    assert dossiers.latest(case).snapshot.note == "Scan sudah jelas"


@pytest.mark.parametrize(
    ("step", "stated"),
    [("return", Defects(("Scan buram",))), ("reject", Reason("Belum stabil")), ("approve", Decision())],
)
def test_every_decision_cites_what_it_decided(people, step, stated):
    case = go.take(people.budi, go.brought_to("submitted"), step, stated)
    assert last_event(case).detail["submission"] == 1
    assert last_event(case).detail["sha256"] == session.scalars(select(Submission.sha256)).one()


def test_evidence_ages_only_until_it_is_handed_in(people):
    case = go.brought_to("submitted")
    with time_machine.travel(datetime.now(UTC) + timedelta(days=200), tick=False):
        assert go.take(people.budi, case, "approve", Decision()).state == "approved"


def test_after_a_return_old_evidence_counts_no_more(people):
    case = go.brought_to("returned")
    with time_machine.travel(datetime.now(UTC) + timedelta(days=200), tick=False), pytest.raises(Refused) as refused:
        go.take(people.sari, case, "resubmit")
    assert refused.value.facts["missing"] == ("required_indicators_answered", "visit_met_with_photo")


def test_the_days_that_evidence_counts_are_a_setting(people):
    case = go.brought_to("returned")
    session.add(Setting(key="evidence_days", valid_from=today(), value="365", source="surat edaran"))
    session.commit()
    with time_machine.travel(datetime.now(UTC) + timedelta(days=200), tick=False):
        assert go.take(people.sari, case, "resubmit").state == "submitted"
