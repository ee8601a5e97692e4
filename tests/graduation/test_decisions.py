"""Deciding a graduation: stale cases, four eyes, dates, what taking effect sets off, and rows in bulk."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select

from portal.assessment.records import visits
from portal.assessment.records.makers import makers
from portal.assessment.records.visits import Visit
from portal.evidence import records
from portal.family.records.models import Household
from portal.family.records.reveals import REVEALED
from portal.graduation.records import dossiers, graduations
from portal.graduation.records.dossiers import ClosedYear, Graduation
from portal.graduation.rules import GRADUATION, Effective, ExitChoice, IncomeBasis, Plan, Recorded, SignedStatement, WayOut
from portal.kernel import gate
from portal.kernel.base import session
from portal.kernel.clock import now, today
from portal.kernel.history import Event
from portal.kernel.schedule import add_months
from portal.kernel.settings import Setting
from portal.kernel.terms import Actor, EvidenceKind, ExitType, Membership, Refused, Role, VisitOutcome
from portal.kernel.workflow import Decision, Defects, Reason
from portal.monitoring.records import Monitoring
from tests import cast
from tests import graduating as go
from tests.photos import photo

pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("app")]


def last_event(case):
    mine = (Event.subject_type == "graduations", Event.subject_id == case.id)
    return session.scalars(select(Event).where(*mine).order_by(Event.seq.desc())).first()


# --- stale ---------------------------------------------------------------------------------------------------------


def test_what_changed_meanwhile_needs_a_reason_to_approve(people, misnati):
    case = go.brought_to("submitted")
    go.a_decile(misnati.id, 1)
    changed = dossiers.stale_inputs(dossiers.latest(case), case.household)
    assert [(one.name, one.then, one.now) for one in changed] == [("decile", 2, 1)]
    with pytest.raises(Refused, match="override_needed"):
        go.take(people.budi, case, "approve", Decision())
    case = go.take(people.budi, case, "approve", Decision(override_reason="Desil turun karena pindah KK"))
    assert (last_event(case).reason, last_event(case).detail["stale"]) == ("Desil turun karena pindah KK", ["decile"])


def test_nothing_changed_is_not_stale(people):
    case = go.brought_to("submitted")
    assert dossiers.stale_inputs(dossiers.latest(case), case.household) == ()


def test_a_newer_assessment_makes_a_case_stale(people, misnati):
    case = go.brought_to("submitted")
    go.assessed(people.sari, go.visited(people.sari, misnati), income_main="1jt")
    assert [one.name for one in dossiers.stale_inputs(dossiers.latest(case), case.household)] == ["assessment"]


def test_a_photo_that_was_a_mistake_makes_a_case_stale(people, misnati):
    go.visited(people.sari, misnati, 20)
    only_photo = go.visited(people.sari, misnati, 3)
    case = go.brought_to("submitted")
    kept = dossiers.latest(case)
    visits.mark_mistaken(people.sari, session.get(Visit, only_photo.id), "Salah rumah", key="m")
    assert dossiers.stale_inputs(kept, case.household) == ()  # the one of today still counts
    for visit in session.scalars(select(Visit).where(Visit.visited_on == today())).all():
        visits.mark_mistaken(people.sari, visit, "Salah rumah", key=f"m{visit.id}")
    changed = {one.name: one.now for one in dossiers.stale_inputs(kept, case.household)}
    assert changed["photographed_on"] == today() - timedelta(days=20)


def test_a_conversation_of_long_ago_is_refused(people):
    case = go.brought_to("ready")
    with pytest.raises(Refused, match="too_long_ago"):
        go.take(people.sari, case, "counsel", go.counselling(held_on=date(2001, 1, 1)))
    assert go.state_of(case) == "ready"


def test_a_correction_may_not_turn_conversation_and_statement_round(people):
    case = go.brought_to("statement_signed")
    scan = (go.staged(people.sari, EvidenceKind.SIGNED_STATEMENT),)
    with pytest.raises(Refused, match="statement_before_conversation"):
        go.take(people.sari, case, "correct_statement", SignedStatement(today() - timedelta(days=1), scan))


def test_after_a_return_the_family_is_talked_with_anew_and_signs_anew(people, misnati):
    go.assessed(people.sari, go.visited(people.sari, misnati))
    case, earlier = go.opened(people.sari, misnati), today() - timedelta(days=10)
    scan = (go.staged(people.sari, EvidenceKind.SIGNED_STATEMENT),)
    for step, said in (
        ("start_assessment", None), ("find_ready", None), ("counsel", go.counselling(held_on=earlier)),
        ("sign", SignedStatement(earlier, scan)), ("add_income_basis", IncomeBasis("Omzet")), ("submit", None),
    ):  # fmt: skip
        case = go.take(people.sari, case, step, said)
    case = go.take(people.budi, case, "return", Defects(("Daftar bantuan salah",)))
    case = go.take(people.sari, case, "correct_counselling", go.counselling())
    with pytest.raises(Refused) as refusal:
        go.take(people.sari, case, "resubmit")
    assert refusal.value.facts["missing"] == ("signed_statement",)
    case = go.take(people.sari, session.merge(case), "correct_statement", go.statement(people.sari))
    assert go.take(people.sari, case, "resubmit").state == "submitted"


# --- four eyes -----------------------------------------------------------------------------------------------------


def promoted(person):
    """The same person, who has become a supervisor since."""
    return Actor(person.id, Role.SUPERVISOR, ("35.73",))


def test_who_prepared_a_case_may_not_decide_it_even_after_a_promotion(people):
    case = go.brought_to("submitted")
    for step, stated in (("approve", Decision()), ("return", Defects(("x",))), ("reject", Reason("x"))):
        with pytest.raises(Refused) as refused:
            go.take(promoted(people.sari), case, step, stated)
        assert refused.value.facts["missing"] == ("not_maker",)


def test_who_prepared_a_case_may_not_revoke_it(people):
    with pytest.raises(Refused, match="needs_missing"):
        go.take(promoted(people.sari), go.brought_to("approved"), "revoke", Reason("x"))


@pytest.mark.parametrize(("state", "step"), [("approved", "record"), ("recorded", "take_effect")])
def test_who_prepared_a_case_may_not_see_it_through(people, state, step):
    case = go.brought_to(state)
    stated = Recorded(today(), "SIKS-1") if step == "record" else Effective(today())
    with pytest.raises(Refused) as refused:
        go.take(promoted(people.sari), case, step, stated)
    assert refused.value.facts["missing"] == ("not_maker",)
    assert go.state_of(case) == state


def transferred(people, household):
    gate.amend(people.budi, household, seen=household.version, changes={"facilitator_id": people.joko.id},
               key=go.key(), action="household.assign")  # fmt: skip


def test_a_transfer_leaves_the_makers_on_record(people, misnati):
    case = go.brought_to("statement_signed")
    transferred(people, misnati)
    case = go.take(people.joko, case, "submit")
    assert makers(case) == {people.sari.id, people.joko.id}
    with pytest.raises(Refused, match="needs_missing"):
        go.take(promoted(people.joko), case, "approve", Decision())


def test_who_only_added_a_photo_to_a_visit_made_it_too(people, misnati):
    case = go.brought_to("submitted")
    visit = session.scalars(select(Visit).where(Visit.household_id == misnati.id).order_by(Visit.id.desc())).first()
    transferred(people, misnati)
    added = records.stage(people.joko, EvidenceKind.VISIT_PHOTO, photo(), key=go.key()).id
    visits.add_photos(people.joko, visit, [added], key=go.key())
    assert people.joko.id in makers(case)


def test_deciding_does_not_make(people):
    case = go.brought_to("returned")
    case = go.take(people.sari, case, "resubmit")
    assert go.take(people.budi, case, "approve", Decision()).state == "approved"


def test_who_let_a_graduation_take_effect_may_still_decide_on_its_monitoring(people):
    go.brought_to("effective")
    assert people.budi.id not in makers(session.scalars(select(Monitoring)).one())


# --- taking effect -------------------------------------------------------------------------------------------------


def test_taking_effect_ends_the_stay_and_opens_monitoring(people, misnati):
    case = go.brought_to("effective")
    household = session.get(Household, misnati.id)
    monitoring = session.scalars(select(Monitoring)).one()
    assert (household.membership, household.episodes[0].ended) == (Membership.EXITED, today())
    assert household.episodes[0].exit_type is ExitType.INDEPENDENT
    assert (case.approved_on, case.recorded_on, case.reference, case.effective_on) == (today(), today(), "SIKS-77", today())
    assert (monitoring.state, monitoring.cohort, monitoring.graduation_id) == ("open", today().year, case.id)
    assert [visit.planned_on for visit in monitoring.visits] == [add_months(today(), months) for months in (3, 6, 9, 12)]
    assert monitoring.next_planned_on == household.due_on == monitoring.visits[0].planned_on


def test_visits_agreed_before_leaving_are_off(people, misnati):
    case = go.brought_to("recorded")
    misnati.next_visit_on = today() + timedelta(days=10)
    session.commit()
    missed = visits.ToldVisit(today(), VisitOutcome.NOT_MET, next_on=today() + timedelta(days=7))
    visits.record(people.sari, misnati, missed, key="missed")
    go.take(people.budi, case, "take_effect", Effective(today()))
    household = session.get(Household, misnati.id)
    assert household.next_visit_on is None
    assert household.due_on == add_months(today(), 3)


def test_the_way_out_becomes_the_exit(people):
    case = go.brought_to("statement_signed")
    case = go.take(people.sari, case, "correct_way_out", ExitChoice(WayOut.PROGRAMME))
    for who, step, stated in ((people.sari, "submit", None), (people.budi, "approve", Decision()),
                              (people.budi, "record", Recorded(today(), "1")),
                              (people.budi, "take_effect", Effective(today()))):  # fmt: skip
        case = go.take(who, case, step, stated)
    assert case.household.episodes[0].exit_type is ExitType.PROGRAMME


def test_the_visit_plan_is_a_setting(people):
    session.add(Setting(key="monitoring_months", valid_from=today(), value="2,12", source="edaran"))
    session.commit()
    go.brought_to("effective")
    assert len(session.scalars(select(Monitoring)).one().visits) == 2


@pytest.mark.parametrize(("days", "code"), [(-1, "before_approval"), (1, "date_in_future")])
def test_no_effect_before_approval_nor_in_the_future(people, days, code):
    case = go.brought_to("recorded")
    with pytest.raises(Refused, match=code):
        go.take(people.budi, case, "take_effect", Effective(today() + timedelta(days=days)))
    assert session.get(Graduation, case.id).state == "recorded"


def test_it_is_not_entered_elsewhere_before_it_was_approved(people):
    with pytest.raises(Refused, match="before_approval"):
        go.take(people.budi, go.brought_to("approved"), "record", Recorded(today() - timedelta(days=1), "1"))


def test_no_effect_in_a_year_that_was_closed(people, misnati):
    case = go.brought_to("recorded")
    session.add(ClosedYear(year=today().year, closed_by=people.budi.id, closed_at=now()))
    session.commit()
    with pytest.raises(Refused, match="year_closed"):
        go.take(people.budi, case, "take_effect", Effective(today()))
    assert cast.household("Misnati").membership is Membership.ACTIVE
    next_year = datetime(today().year + 1, 1, 5, 3, tzinfo=UTC)
    with time_machine.travel(next_year, tick=False):
        case = go.take(people.budi, case, "take_effect", Effective(date(today().year, 1, 4)))
    assert case.effective_on.year == next_year.year


def test_a_family_that_left_meanwhile_does_not_graduate(people, misnati):
    case = go.brought_to("recorded")
    session.get(Household, misnati.id).membership = Membership.EXITED
    session.commit()
    with pytest.raises(Refused) as refused:
        go.take(people.budi, case, "take_effect", Effective(today()))
    assert refused.value.facts["missing"] == ("membership_open",)


# --- withdrawing and revoking --------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", GRADUATION.open_states)
def test_the_family_may_withdraw_at_any_time_before_effect(people, state):
    if state == "not_yet":
        case = go.brought_to("assessment")
        case = go.take(people.sari, case, "find_not_yet", Plan("Modal", today() + timedelta(days=30)))
    else:
        case = go.brought_to(state)
    assert go.take(people.wati, case, "withdraw", Reason("Ibu berubah pikiran")).state == "withdrawn"


def test_facilitator_officer_and_supervisors_of_the_area_note_a_withdrawal(people, misnati):
    for name in ("sari", "wati", "budi", "ratna"):
        case = go.opened(people.sari, misnati)
        assert go.take(getattr(people, name), case, "withdraw", Reason("x")).state == "withdrawn"


def test_others_do_not(people, misnati):
    case = go.opened(people.sari, misnati)
    for name in ("joko", "rini", "kepala", "admin"):
        with pytest.raises(gate.Forbidden):
            go.take(getattr(people, name), case, "withdraw", Reason("x"))


def test_after_effect_nothing_is_withdrawn_or_revoked(people):
    case = go.brought_to("effective")
    for step in ("withdraw", "revoke"):
        with pytest.raises(Refused, match="step_not_from_here"):
            go.take(people.budi, case, step, Reason("x"))


def test_a_withdrawn_family_may_start_again(people, misnati):
    go.take(people.sari, go.opened(people.sari, misnati), "withdraw", Reason("nanti saja"))
    assert go.opened(people.sari, misnati).state == "identified"


# --- in bulk -------------------------------------------------------------------------------------------------------


def test_in_bulk_each_row_has_its_own_outcome(people):
    good, late = go.brought_to("approved"), go.brought_to("approved", "Suliyah")
    seen = {good.id: good.version, late.id: late.version - 1, 999: 1}
    stated = Recorded(today(), "Tahap 4")
    outcomes = gate.perform_many(people.budi, Graduation, "record", seen, facts=stated, key="b")
    assert [type(outcome.error) for outcome in outcomes] == [type(None), gate.Stale, gate.NotFound]
    assert [outcome.row.state if outcome.row else None for outcome in outcomes] == ["recorded", "approved", None]


def test_in_bulk_the_same_key_moves_nothing_twice(people):
    case = go.brought_to("approved")
    seen, stated = {case.id: case.version}, Recorded(today(), "Tahap 4")
    results = [gate.perform_many(people.budi, Graduation, "record", seen, facts=stated, key="b") for _ in range(2)]
    assert [outcome.error for (outcome,) in results] == [None, None]
    assert session.get(Graduation, case.id).version == case.version


def test_only_steps_for_many_are_taken_in_bulk(people):
    case = go.brought_to("submitted")
    with pytest.raises(Refused, match="step_unknown"):
        gate.perform_many(people.budi, Graduation, "approve", {case.id: case.version}, facts=Decision(), key="b")


# --- the statement -------------------------------------------------------------------------------------------------


def test_numbers_on_the_statement_are_a_logged_reveal(people, misnati):
    signatory = graduations.reveal_for_statement(people.sari, go.brought_to("counselling"), key="p")
    assert (signatory.nik, signatory.kk) == (misnati.members[0].nik, misnati.kk)
    events = session.scalars(select(Event).where(Event.kind == REVEALED)).all()
    assert [(event.actor_id, event.household_id) for event in events] == [(people.sari.id, misnati.id)] * 2


def test_a_viewer_reveals_nothing(people):
    with pytest.raises(gate.Forbidden):
        graduations.reveal_for_statement(people.kepala, go.brought_to("counselling"), key="p")
