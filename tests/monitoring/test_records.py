from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from portal import checks
from portal.assessment.records.makers import makers
from portal.graduation.records.dossiers import Graduation
from portal.kernel import clock, gate, schedule
from portal.kernel.base import session
from portal.kernel.history import Event
from portal.kernel.terms import EvidenceKind, ExitType, Membership, Refused, Role, VisitOutcome
from portal.kernel.workflow import Decision, Note, Reason
from portal.monitoring import records as monitoring
from portal.monitoring.records import Monitoring, MonitoringVisit, Report
from portal.monitoring.rules import Intervention, Shock
from portal.nomination.records import nominations
from portal.nomination.records.nominations import Nomination
from portal.nomination.rules import Deliberation, Endorsement, FieldCheck
from tests import cast
from tests import graduating as go

pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("app")]

TODAY = clock.today()


@pytest.fixture
def case(people):
    """Misnati left three months ago; her first visit is due today, the second in three months."""
    household = cast.household("Misnati")
    household.membership = Membership.EXITED
    left = TODAY - timedelta(days=92)
    common = {"household_id": household.id, "state_since": cast.BEGINNING, "opened_at": cast.BEGINNING, "facts": {}}
    graduation = Graduation(
        state="effective", exit_type=ExitType.INDEPENDENT, effective_on=left, opened_by=people.sari.id, **common
    )
    session.add(graduation)
    session.flush()
    case = Monitoring(graduation_id=graduation.id, cohort=left.year, started_on=left, next_planned_on=TODAY, state="open",
                      opened_by=people.budi.id, **common)  # fmt: skip
    session.add(case)
    session.flush()
    session.add_all(MonitoringVisit(monitoring_id=case.id, planned_on=day) for day in (TODAY, TODAY + timedelta(days=91)))
    session.commit()
    return case


def told(**changes):
    well = {"visited_on": TODAY, "outcome": VisitOutcome.MET, "household_income": 6_000_000, "people": 3, "works": True,
            "in_school": True, "supported": True}  # fmt: skip
    return Report(**{**well, **changes})


def visit(cast_people, case, *, key="v", who="sari", **changes):
    planned = next(planned for planned in reload(case).visits if planned.outcome is None)
    return monitoring.record_visit(getattr(cast_people, who), planned, told(**changes), key=key)


def reload(case):
    return session.get(Monitoring, case.id)


def take(people, who, case, step, stated, key=None):
    fresh = reload(case)
    return gate.perform(getattr(people, who), fresh, step, seen=fresh.version, facts=stated, key=key or step)


def test_a_visit_keeps_what_was_found_and_what_the_rule_suggests(people, case):
    recorded = visit(people, case)
    assert (recorded.suggestion, recorded.findings["income_per_person"]) == ("stable", 2_000_000)
    assert reload(case).next_planned_on == TODAY + timedelta(days=91)


def test_income_below_the_line_suggests_a_risk_and_says_why(people, case):
    recorded = visit(people, case, household_income=900_000)
    assert recorded.suggestion == "at_risk"
    assert "income_below_line" in recorded.findings["signs"]


def test_a_fall_since_the_visit_before_is_seen(people, case):
    visit(people, case, visited_on=TODAY - timedelta(days=1))
    second = visit(people, case, key="w", household_income=4_000_000)
    assert second.findings["income_before"] == 2_000_000
    assert "income_dropped" in second.findings["signs"]


def test_nobody_met_plans_the_retry(people, case):
    retry = TODAY + timedelta(days=7)
    visit(people, case, outcome=VisitOutcome.NOT_MET, retry_on=retry, household_income=None, people=None)
    assert reload(case).next_planned_on == retry


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"visited_on": TODAY + timedelta(days=1)}, "date_in_future"),
        ({"visited_on": TODAY - timedelta(days=93)}, "out_of_order"),
        ({"outcome": VisitOutcome.NOT_MET}, "retry_missing"),
        ({"outcome": VisitOutcome.NOT_MET, "retry_on": TODAY}, "next_not_after"),
        ({"people": None}, "people_missing"),
    ],
)
def test_what_cannot_be_is_refused(people, case, changes, code):
    with pytest.raises(Refused, match=code):
        visit(people, case, **changes)
    assert all(planned.outcome is None for planned in reload(case).visits)


def test_the_same_visit_is_recorded_once(people, case):
    planned = reload(case).visits[0]
    monitoring.record_visit(people.sari, planned, told(), key="a")
    again = monitoring.record_visit(people.sari, reload(case).visits[0], told(), key="a")
    assert again.id == planned.id
    with pytest.raises(Refused, match="visit_recorded"):
        monitoring.record_visit(people.sari, reload(case).visits[0], told(note="lain"), key="b")


def test_only_the_own_facilitator_visits(people, case):
    with pytest.raises(gate.Forbidden):
        visit(people, case, who="joko")


def test_a_result_needs_a_visit(people, case):
    with pytest.raises(Refused) as refusal:
        take(people, "sari", case, "find_stable", Note())
    assert refusal.value.facts["missing"] == ("visited",)


def relapse(people, case):
    visit(people, case, household_income=900_000, shocks=(Shock.JOB_LOST,))
    take(people, "sari", case, "find_at_risk", Note())
    stated = Intervention("Pelatihan menjahit", "Disnaker", TODAY + timedelta(days=30))
    take(people, "sari", case, "intervene", stated)
    return take(people, "budi", case, "confirm_relapse", Reason("Usaha tutup"))


def test_a_relapse_opens_a_linked_nomination_and_the_family_is_a_candidate_again(people, case):
    relapse(people, case)
    nomination = session.scalars(select(Nomination)).one()
    assert (nomination.monitoring_id, nomination.state, nomination.stated_reason) == (case.id, "draft", "Usaha tutup")
    assert cast.household("Misnati").membership == Membership.CANDIDATE
    assert take(people, "budi", case, "close_relapsed", Note()).state == "closed_relapsed"


@pytest.mark.parametrize("stands", [Membership.CANDIDATE, Membership.ACTIVE])
def test_a_relapse_takes_up_the_nomination_that_was_opened_before_it(people, case, stands):
    """The kelurahan was quicker, and perhaps aid is back already."""
    nomination = nominations.renominate(people.wati, cast.household("Misnati"), stated_reason="Usaha tutup", key="n")
    if stands is Membership.ACTIVE:
        nomination.state, nomination.household.membership = "accepted", stands
        session.commit()
    relapse(people, case)
    nomination = session.scalars(select(Nomination)).one()
    assert (nomination.monitoring_id, cast.household("Misnati").membership) == (case.id, stands)
    assert people.wati.id in makers(nomination)
    assert take(people, "budi", case, "close_relapsed", Note()).state == "closed_relapsed"


def test_a_family_whose_first_nomination_came_to_nothing_is_proposed_again(people, case):
    nomination = nominations.renominate(people.wati, cast.household("Misnati"), stated_reason="Usaha tutup", key="n")
    gate.perform(people.wati, nomination, "withdraw", seen=nomination.version, facts=Reason("Keliru"), key="w")
    relapse(people, case)
    states = session.execute(select(Nomination.state, Nomination.monitoring_id).order_by(Nomination.id)).all()
    assert states == [("withdrawn", None), ("draft", case.id)]


def test_who_opened_it_by_deciding_is_no_maker_but_who_visited_is(people, case):
    visit(people, case)
    take(people, "sari", case, "find_stable", Note())
    with pytest.raises(gate.Forbidden):
        take(people, "sari", case, "close_stable", Note())
    assert gate.steps_for(people.budi, reload(case))[0].missing == ("last_visit_done",)


def test_a_stable_family_is_closed_after_the_last_visit(people, case):
    visit(people, case)
    visit(people, case, key="w")
    take(people, "sari", case, "find_stable", Note())
    closed = take(people, "budi", case, "close_stable", Note())
    assert (closed.state, closed.next_planned_on) == ("closed_stable", None)


@pytest.mark.parametrize("found", ["find_watch", "find_at_risk"])
def test_who_is_not_stable_at_the_last_visit_is_visited_again(people, case, found):
    """Or the case could never end: every result needs a visit, and only planned visits are recorded."""
    visit(people, case)
    take(people, "sari", case, found, Note(), key="early")
    assert [planned.planned_on for planned in reload(case).visits if planned.outcome is None] == [TODAY + timedelta(days=91)]
    visit(people, case, key="w")
    take(people, "sari", case, found, Note())
    following = schedule.add_months(TODAY, 3)
    assert reload(case).next_planned_on == following
    visit(people, case, key="x")
    take(people, "sari", case, "find_stable", Note())
    assert take(people, "budi", case, "close_stable", Note()).state == "closed_stable"
    assert session.scalars(
        select(Event.detail).where(Event.kind == f"monitoring.{found}").order_by(Event.seq.desc())
    ).first() == {"note": "", "planned": [following.isoformat()]}


def helped(people, case):
    """Both visits of the plan are made, the last one found a risk, and somebody helps."""
    visit(people, case)
    visit(people, case, key="w", household_income=900_000)
    take(people, "sari", case, "find_at_risk", Note())
    visit(people, case, key="x", household_income=900_000)
    offer = Intervention("Modal usaha", "Diskopindag", TODAY + timedelta(days=30))
    return take(people, "sari", case, "intervene", offer)


def test_an_intervention_is_followed_by_a_visit(people, case):
    assert helped(people, case).next_planned_on == schedule.add_months(TODAY, 3)
    visit(people, case, key="y")
    assert take(people, "sari", case, "find_stable", Note()).state == "stable"


def test_who_is_still_at_risk_during_an_intervention_is_visited_again(people, case):
    helped(people, case)
    visit(people, case, key="y", household_income=900_000)
    assert (reload(case).state, reload(case).next_planned_on) == ("intervention", schedule.add_months(TODAY, 3))
    told = session.scalars(select(Event.detail).where(Event.kind == "monitoring.visit").order_by(Event.seq.desc())).first()
    assert told["planned"] == [schedule.add_months(TODAY, 3).isoformat()]


def test_a_retry_that_met_the_family_before_a_later_day_of_the_plan_is_the_last_visit(people, case):
    visit(people, case, visited_on=TODAY - timedelta(days=5))
    visit(people, case, key="w", visited_on=TODAY - timedelta(days=4), outcome=VisitOutcome.NOT_MET,
          retry_on=TODAY - timedelta(days=1), household_income=None, people=None)  # fmt: skip
    visit(people, case, key="x")
    take(people, "sari", case, "find_stable", Note())
    assert [planned.outcome for planned in reload(case).visits][-1] is VisitOutcome.NOT_MET
    assert take(people, "budi", case, "close_stable", Note()).state == "closed_stable"


def test_who_followed_a_family_until_it_fell_back_may_check_it_in_the_field(people, case):
    go.visited(people.sari, case.household)
    relapse(people, case)
    nomination = session.scalars(select(Nomination).where(Nomination.monitoring_id == case.id)).one()
    assert people.sari.id not in makers(nomination)
    go.visited(people.sari, nomination.household)
    assert people.sari.id in makers(nomination)


def to_be_checked(people, case):
    """The nomination after a relapse, on its way to the field check by the kelurahan's work."""
    relapse(people, case)
    nomination = session.scalars(select(Nomination).where(Nomination.monitoring_id == case.id)).one()
    for kind in nominations.PHOTOS:
        nominations.attach(people.wati, nomination, kind, (go.staged(people.wati, kind),), key=kind)
    held = Deliberation(TODAY, 12, "Layak", (go.staged(people.wati, EvidenceKind.MINUTES),),
                              (go.staged(people.wati, EvidenceKind.ATTENDANCE_LIST),))  # fmt: skip
    signed = Endorsement(TODAY, (go.staged(people.wati, EvidenceKind.SIGNED_MINUTES),))
    for step, stated in (("submit", Note()), ("deliberate", held), ("endorse", signed)):
        nomination = step_of(people.wati, nomination, step, stated)
    return nomination


def step_of(who, case, step, stated):
    return gate.perform(who, case, step, seen=case.version, facts=stated, key=go.key())


def test_who_confirmed_a_relapse_decides_on_its_nomination_and_who_worked_on_it_does_not(people, case):
    """Deciding is no work: the supervisor opened the nomination only by confirming; the officer and the facilitator made it."""
    nomination = to_be_checked(people, case)
    promoted = {who.id: replace(who, role=Role.SUPERVISOR, areas=("35.73",)) for who in (people.wati, people.sari)}
    seen = FieldCheck(TODAY, True, 3, 900_000, "Sewa", "Buruh", "Layak",
                            (go.staged(people.sari, EvidenceKind.FIELD_CHECK_PHOTO),))  # fmt: skip
    nomination = step_of(people.sari, nomination, "recommend", seen)
    for who in promoted.values():
        with pytest.raises(Refused) as refusal:
            step_of(who, nomination, "approve", Decision())
        assert refusal.value.facts["missing"] == ("not_maker",)
    assert step_of(people.budi, nomination, "approve", Decision()).state == "approved"
    assert [one.rule for one in checks.check("four_eyes")] == []


def test_who_followed_a_graduate_does_not_confirm_the_relapse(people, case):
    """But who let the graduation take effect, and so opened the follow-up, may."""
    helped(people, case)
    promoted = replace(people.sari, role=Role.SUPERVISOR, areas=("35.73",))
    with pytest.raises(Refused) as refusal:
        step_of(promoted, reload(case), "confirm_relapse", Reason("Usaha tutup"))
    assert refusal.value.facts["missing"] == ("not_maker",)
    assert step_of(people.budi, reload(case), "confirm_relapse", Reason("Usaha tutup")).state == "relapsed"


def test_after_a_relapse_nobody_is_expected_at_the_door(people, case):
    relapse(people, case)
    assert (reload(case).next_planned_on, cast.household("Misnati").due_on) == (None, None)
    with pytest.raises(Refused, match="monitoring_closed"):
        visit(people, case, key="late")


def test_lost_means_three_times_not_met(people, case):
    with pytest.raises(Refused, match="needs_missing"):
        take(people, "budi", case, "close_lost", Reason("Pindah"), key="early")
    for turn in range(3):
        day = TODAY - timedelta(days=9 - turn)
        visit(people, case, key=str(turn), visited_on=day, outcome=VisitOutcome.NOT_MET, retry_on=day + timedelta(days=1),
              household_income=None, people=None)  # fmt: skip
    assert take(people, "budi", case, "close_lost", Reason("Pindah")).state == "closed_lost"


def test_the_cohort_is_the_year_of_effect(case):
    assert case.cohort == case.started_on.year
    assert isinstance(case.started_on, date)


def test_a_visit_dated_before_the_one_that_met_nobody_is_not_the_last(people, case):
    """Somebody wrote it down late: at the last visit, nobody was met."""
    visit(people, case, visited_on=TODAY - timedelta(days=9))
    visit(people, case, key="w", visited_on=TODAY - timedelta(days=2), outcome=VisitOutcome.NOT_MET, retry_on=TODAY,
          household_income=None, people=None)  # fmt: skip
    visit(people, case, key="x", visited_on=TODAY - timedelta(days=5))
    assert all(planned.outcome for planned in reload(case).visits)
    take(people, "sari", case, "find_stable", Note())
    with pytest.raises(Refused) as refusal:
        take(people, "budi", case, "close_stable", Note())
    assert refusal.value.facts["missing"] == ("last_visit_done",)


def test_a_case_without_any_visit_is_not_closed_as_stable(people, case):
    for planned in case.visits:
        session.delete(planned)
    case.state = "stable"
    session.commit()
    close = next(option for option in gate.steps_for(people.budi, reload(case)) if option.step.name == "close_stable")
    assert close.missing == ("last_visit_done",)


def test_income_before_is_of_an_earlier_day_and_known(people, case):
    """A visit that is written down late is compared with what was before it, and with the last that knew."""
    visit(people, case, household_income=900_000, visited_on=TODAY - timedelta(days=3))
    visit(people, case, key="w", household_income=None, people=None, visited_on=TODAY - timedelta(days=2))
    assert monitoring.income_before(reload(case), TODAY - timedelta(days=4)) is None
    assert monitoring.income_before(reload(case), TODAY - timedelta(days=3)) == 300_000
    assert monitoring.income_before(reload(case), TODAY) == 300_000


def test_only_during_an_intervention_a_risk_plans_the_next_visit_by_itself(people, case):
    """Before it the step that finds the risk does; and who is well again is waited for by nobody."""
    visit(people, case)
    visit(people, case, key="w", household_income=900_000)
    assert reload(case).next_planned_on is None
    take(people, "sari", case, "find_at_risk", Note())
    visit(people, case, key="x", household_income=900_000)
    offer = Intervention("Modal usaha", "Diskopindag", TODAY + timedelta(days=30))
    take(people, "sari", case, "intervene", offer)
    visit(people, case, key="y")
    assert (reload(case).state, reload(case).next_planned_on) == ("intervention", None)
