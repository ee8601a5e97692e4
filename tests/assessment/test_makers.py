"""Four eyes: whose work a case stands on, and who changed what is known of the family after it was last looked at."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.assessment.records.makers import fact_changers, is_not_maker, makers
from portal.assessment.records.visits import Assessment, Visit
from portal.evidence.records import Evidence
from portal.family.records import register
from portal.family.records.models import Aid
from portal.kernel import gate
from portal.kernel.base import session
from portal.kernel.clock import today
from portal.kernel.history import Event
from portal.kernel.terms import EvidenceKind, LeavingReason, VisitOutcome
from portal.kernel.workflow import Note, Reason
from portal.monitoring import records as monitoring
from portal.monitoring.records import Monitoring, Report
from portal.monitoring.rules import Intervention, Shock
from portal.nomination.records import nominations
from portal.nomination.records.nominations import Nomination
from tests import cast
from tests import graduating as go

pytestmark = pytest.mark.usefixtures("app")


def left(people, misnati):
    register.record_leaving(people.budi, misnati.members[1], today(), LeavingReason.MOVED_OUT, key=go.key())


def another_caretaker(people, misnati):
    register.choose_caretaker(people.budi, misnati.members[1], key=go.key())


def aid_added(people, misnati):
    register.add_aid(people.budi, misnati, "BPNT", None, key=go.key())


def aid_ended(people, misnati):
    register.end_aid(people.budi, misnati, session.scalars(select(Aid)).one().id, today(), key=go.key())


@pytest.fixture
def aided(people, misnati):
    register.add_aid(people.dewi, misnati, "PBI-JKN", None, key=go.key())


@pytest.mark.parametrize("change", [left, another_caretaker, aid_added, aid_ended])
def test_who_changed_members_or_aid_after_the_assessment_changed_facts(people, misnati, aided, change):
    case = go.brought_to("submitted")
    assert people.budi.id not in fact_changers(case)
    change(people, cast.household("Misnati"))
    assert people.budi.id in fact_changers(case)


def test_where_nobody_assessed_yet_every_change_counts(people, misnati):
    gate.amend(people.budi, misnati, seen=misnati.version, changes={"address": "Jl. Baru No. 1"}, key=go.key())
    assert fact_changers(go.opened(people.sari, cast.household("Misnati"))) == {people.budi.id}


@pytest.fixture
def followed(people):
    """The monitoring that budi opened by letting a graduation take effect."""
    go.brought_to("effective")
    return session.scalars(select(Monitoring)).one()


def test_who_let_a_graduation_take_effect_made_nothing_of_its_monitoring(people, followed):
    opening = session.scalars(select(Event).where(Event.kind == "monitoring.open")).one()
    assert opening.actor_id == people.budi.id == followed.opened_by
    assert is_not_maker(followed, people.budi)


def relapsed(people, followed):
    poor = Report(visited_on=today(), outcome=VisitOutcome.MET, household_income=900_000, people=3, works=False,
                  shocks=(Shock.JOB_LOST,))  # fmt: skip
    monitoring.record_visit(people.sari, followed.visits[0], poor, key=go.key())
    offer = Intervention("Modal usaha", "Diskopindag", today() + timedelta(days=30))
    steps = (
        (people.sari, "find_at_risk", Note()),
        (people.sari, "intervene", offer),
        (people.budi, "confirm_relapse", Reason("x")),
    )
    for who, step, stated in steps:
        case = session.scalars(select(Monitoring)).one()
        gate.perform(who, case, step, seen=case.version, facts=stated, key=go.key())


def test_who_confirmed_a_relapse_made_nothing_of_the_nomination_that_it_took_up(people, followed):
    nominations.renominate(people.wati, cast.household("Misnati"), stated_reason="Usaha tutup", key=go.key())
    relapsed(people, followed)
    nomination = session.scalars(select(Nomination).where(Nomination.monitoring_id == followed.id)).one()
    assert makers(nomination) == {people.wati.id}


def test_who_followed_the_family_is_a_maker_of_its_monitoring(people, followed):
    relapsed(people, followed)
    assert people.sari.id in makers(session.scalars(select(Monitoring)).one())


def test_each_case_stands_on_the_work_of_those_who_worked_on_it(people):
    mine, other = go.brought_to("submitted"), go.brought_to("submitted", "Ponijan")
    assert (makers(mine), makers(other)) == ({people.sari.id}, {people.joko.id})


def test_who_opened_it_or_attached_to_it_is_a_maker_of_this_case_only(people):
    """Even where no event says so."""
    mine, other = go.brought_to("ready"), go.brought_to("ready", "Ponijan")
    photo = session.get(Evidence, go.staged(people.dewi, EvidenceKind.SIGNED_STATEMENT))
    mine.opened_by = people.ratna.id
    photo.household_id, photo.subject_type, photo.subject_id = mine.household_id, mine.__tablename__, mine.id
    session.commit()
    assert makers(mine) == {people.sari.id, people.ratna.id, people.dewi.id}
    assert makers(other) == {people.joko.id}


def test_who_recorded_a_visit_or_finished_an_assessment_is_a_maker(people, misnati):
    """The rows say so themselves; an event may have another's name."""
    case = go.brought_to("ready")
    session.scalars(select(Visit)).one().recorded_by = people.dewi.id
    session.scalars(select(Assessment)).one().assessed_by = people.ratna.id
    session.commit()
    assert {people.dewi.id, people.ratna.id} < makers(case)


def test_a_nomination_stands_on_what_was_done_from_the_moment_it_was_opened(people, followed):
    relapsed(people, followed)
    nomination = session.scalars(select(Nomination)).one()
    visit = go.visited(people.sari, nomination.household)
    assert people.sari.id in makers(nomination)
    visit.recorded_by, visit.recorded_at = people.dewi.id, nomination.opened_at
    session.commit()
    assert people.dewi.id in makers(nomination)


def test_who_wrote_at_the_moment_a_nomination_was_opened_is_its_maker(people, followed):
    relapsed(people, followed)
    nomination = session.scalars(select(Nomination)).one()
    go.assessed(people.sari, go.visited(people.sari, nomination.household))
    newest = session.scalars(select(Assessment).order_by(Assessment.id.desc())).first()
    newest.finished_at, newest.assessed_by = nomination.opened_at, people.ratna.id
    written = session.scalars(select(Event).where(Event.kind == "assessments.finish").order_by(Event.seq.desc())).first()
    written.actor_id, written.at = people.dewi.id, nomination.opened_at
    session.commit()
    assert {people.ratna.id, people.dewi.id} < makers(nomination)
