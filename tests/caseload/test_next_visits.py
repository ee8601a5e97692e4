"""Every active family has a next visit: three months after the last one (a setting) unless another day was chosen."""

from datetime import date, timedelta

import pytest
import time_machine
from sqlalchemy import select

from portal import checks
from portal.assessment.records import visits
from portal.assessment.records.visits import ToldVisit, Visit
from portal.caseload.lists import caseload
from portal.caseload.records import summaries
from portal.evidence import records
from portal.family.records.models import Household
from portal.graduation.records.dossiers import Graduation
from portal.kernel import clock
from portal.kernel.base import session
from portal.kernel.schedule import add_months
from portal.kernel.terms import EvidenceKind, Membership, VisitOutcome
from portal.membership.records import proposals
from portal.membership.rules import Resumption
from portal.monitoring.records import Monitoring
from portal.nomination.records.nominations import Nomination
from portal.office.records import office
from tests import cast, rosters, workflow_starts
from tests.photos import photo
from tests.stating import fresh_key

pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("app")]
TODAY = clock.today()
IN_THREE_MONTHS = add_months(TODAY, 3)


def visit(person, family, outcome=VisitOutcome.MET, days_ago=0, **said):
    day = TODAY - timedelta(days=days_ago)
    present = "Bu Misnati" if outcome is VisitOutcome.MET else ""
    return visits.record(person, family, ToldVisit(day, outcome, **{"present": present, **said}), key=fresh_key())


def due(name="Misnati"):
    return session.scalars(select(Household.due_on).where(Household.caretaker_name == name)).one()


def test_a_visit_without_a_day_for_the_next_is_followed_three_months_later(people, misnati):
    visit(people.sari, misnati)
    assert due() == IN_THREE_MONTHS
    listed = caseload.page(people.sari, caseload.WantedPage(caseload.Filters(due=100, due_from=0)), TODAY).lines
    assert [line.name for line in listed] == ["Misnati"]


def test_the_day_that_was_chosen_stands_before_the_routine(people, misnati):
    visit(people.sari, misnati, next_on=TODAY + timedelta(days=200))
    assert due() == TODAY + timedelta(days=200)


def test_a_further_visit_moves_the_routine_one(people, misnati):
    visit(people.sari, misnati, days_ago=20)
    visit(people.sari, misnati)
    assert due() == IN_THREE_MONTHS


def test_after_a_closed_door_the_day_to_try_again_counts(people, misnati):
    visit(people.sari, misnati, days_ago=30)
    visit(people.sari, misnati, VisitOutcome.NOT_MET, 1, next_on=TODAY + timedelta(days=5))
    assert due() == TODAY + timedelta(days=5)
    visit(people.sari, misnati)
    assert due() == IN_THREE_MONTHS


def test_a_mistaken_visit_promises_nothing(people, misnati):
    before = due()
    for outcome, said in ((VisitOutcome.MET, {}), (VisitOutcome.NOT_MET, {"next_on": TODAY + timedelta(days=3)})):
        mistaken = visit(people.sari, misnati, outcome, **said)
        visits.mark_mistaken(people.sari, mistaken, "rumah tetangga", key=fresh_key())
        assert due() == before


def test_who_was_never_met_is_due_three_months_after_the_portal_got_to_know_it(misnati):
    assert due() == date(2026, 4, 5)


def test_a_family_that_a_roster_brings_is_due_three_months_later(people):
    known = set(session.scalars(select(Household.id)))
    rosters.bring_in(people.budi, rosters.sample(rosters.CLEAN_A))
    brought = session.scalars(select(Household).where(Household.id.not_in(known))).all()
    assert brought and {family.due_on for family in brought} == {IN_THREE_MONTHS}
    assert list(checks.check("column")) == []


def test_a_suspended_family_that_is_active_again_is_due(people):
    suliyah = cast.household("Suliyah")
    assert suliyah.due_on is None
    report = records.stage(people.sari, EvidenceKind.FIELD_REPORT, photo(), key="r").id
    stated = Resumption(TODAY, "Masih berhak", (report,))
    proposals.confirm(people.budi, proposals.propose(people.sari, suliyah, "resume", facts=stated, key="p"), key="c")
    assert (suliyah.membership, due("Suliyah")) == (Membership.ACTIVE, date(2026, 4, 5))


def test_an_accepted_candidate_is_due_three_months_after_it_was_decided(people):
    workflow_starts._forwarded()
    case = session.scalars(select(Nomination).where(Nomination.state == "forwarded")).one()
    assert case.household.due_on is None
    workflow_starts._take("budi", case, "accept")
    assert case.household.membership == Membership.ACTIVE
    assert case.household.due_on == add_months(max(episode.started for episode in case.household.episodes), 3)


def test_a_family_that_came_back_is_due_after_its_return_not_after_a_visit_of_long_ago():
    family = cast.family("Kasiati")
    session.add(Visit(household_id=family.id, visited_on=date(2024, 2, 1), outcome=VisitOutcome.MET, present="Ibu",
                      recorded_by=cast.actor("sari").id, recorded_at=cast.BEGINNING))  # fmt: skip
    family.episodes[0].started = date(2026, 10, 1)
    cast.summarise(family, cast.BEGINNING)
    assert family.due_on == date(2027, 1, 1)


def test_the_months_are_those_of_the_day_of_the_visit(people, misnati):
    office.set_value(people.admin, "visit_every_months", value="2", valid_from=TODAY, source="SK 1/2026", key="s")
    visit(people.sari, misnati)
    assert due() == add_months(TODAY, 2)
    visit(people.sari, cast.household("Misnati"), days_ago=1, outcome=VisitOutcome.MET)
    assert due() == add_months(TODAY, 2)


def test_a_setting_that_holds_already_moves_the_days_that_were_counted_by_another(people, misnati):
    visit(people.sari, misnati, days_ago=10)
    joko = cast.household("Ponijan").due_on
    office.set_value(
        people.admin, "visit_every_months", value="6", valid_from=TODAY - timedelta(days=30), source="SK 1/2026", key="s"
    )
    assert due() == add_months(TODAY - timedelta(days=10), 6)
    assert due("Ponijan") == joko
    assert list(checks.check("column")) == []


def test_a_setting_of_later_waits_for_its_day(people, misnati):
    tomorrow = TODAY + timedelta(days=1)
    office.set_value(people.admin, "visit_every_months", value="1", valid_from=tomorrow, source="SK 1/2026", key="s")
    visit(people.sari, misnati)
    assert due() == IN_THREE_MONTHS
    with time_machine.travel(clock.now() + timedelta(days=1)):
        visits.record(people.sari, misnati, ToldVisit(tomorrow, VisitOutcome.MET, present="Ibu"), key="b")
    assert due() == add_months(tomorrow, 1)


def due_now(family):
    session.commit()
    return summaries([family])[family.id].columns["due_on"]


def test_a_stay_that_ended_begins_no_routine(misnati):
    misnati.created_at = clock.now() - timedelta(days=100)
    stay = misnati.episodes[0]
    stay.started = TODAY - timedelta(days=20)
    assert due_now(misnati) == add_months(stay.started, 3)
    stay.ended = TODAY - timedelta(days=10)
    assert due_now(misnati) == add_months(TODAY - timedelta(days=100), 3)


def test_a_monitoring_that_was_closed_plans_nothing(misnati):
    opened = {"household_id": misnati.id, "state_since": clock.now(), "opened_at": clock.now(), "facts": {}}
    opened["opened_by"], misnati.membership = cast.actor("budi").id, Membership.EXITED
    graduation = Graduation(state="effective", effective_on=TODAY, **opened)
    session.add(graduation)
    session.flush()
    planned = {"cohort": TODAY.year, "started_on": TODAY, "next_planned_on": IN_THREE_MONTHS}
    case = Monitoring(graduation_id=graduation.id, state="open", **planned, **opened)
    session.add(case)
    assert due_now(misnati) == IN_THREE_MONTHS
    case.state = "closed_stable"
    assert due_now(misnati) is None


def test_nobody_tries_again_at_a_family_that_left_the_programme(people, misnati):
    visit(people.sari, misnati, VisitOutcome.NOT_MET, 1, next_on=TODAY + timedelta(days=5))
    misnati.membership = Membership.EXITED
    assert due_now(misnati) is None
