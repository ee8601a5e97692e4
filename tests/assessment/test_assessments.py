"""Assessments: a draft grows by sections; a finished result keeps its version and breakdown whatever happens later."""

import copy
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from portal.assessment import lists
from portal.assessment.records import assessments, visits
from portal.assessment.records.assessments import FilledSection
from portal.assessment.records.visits import Assessment
from portal.assessment.rules.answers import Result
from portal.assessment.rules.instrument import CURRENT, Section
from portal.evidence import records
from portal.family.records.models import Decile, Member
from portal.kernel import gate
from portal.kernel.base import session
from portal.kernel.clock import today
from portal.kernel.history import Event
from portal.kernel.settings import Setting
from portal.kernel.terms import Band, EvidenceKind, Period, Refused, VisitOutcome
from portal.kernel.workflow import rebuild
from tests import cast
from tests.graduating import typed_section
from tests.photos import photo

pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("app")]

READY = {
    "earners": "1", "stable_months": "10", "business": "alone", "assets": ["stall"],
    "income_main": "4jt", "income_other": "0", "spending_total": "2,5jt", "spending_food": "1jt",
    "savings": "1jt", "debt_payment": "0", "debt_overdue": "no",
    "floor": "ceramic", "wall": "plastered_wall", "toilet": "own", "power": "900",
    "school_age_children": "1", "children_in_school": "1", "conditions_kept": "always", "sessions_attended": "10",
    "continuing_aid": ["jkn"], "severe_disability": "no", "chronic_illness": "no", "nutrition_problem": "no",
    "recent_shock": ["none"], "conversation_held": "yes", "own_wish": "wants_to_leave",
}  # fmt: skip


@pytest.fixture
def visit(people, misnati):
    return visit_of(people.sari, misnati)


def visit_of(actor, household, days_ago=0):
    said = visits.ToldVisit(today() - timedelta(days=days_ago), VisitOutcome.MET, present="Ibu")
    return visits.record(actor, household, said, key=f"visit-{household.id}-{days_ago}")


def filled(section, seen=0, photos=(), **typed):
    return FilledSection(section, typed_section(section, typed), seen, photos)


def assess(actor, visit, **changes):
    """Every section as a ready family would answer, with `changes`; finished."""
    said = {**READY, **changes}
    draft = None
    for section in Section:
        own = {question.key: said.get(question.key, "") for question in CURRENT.section(section)}
        seen = draft.version if draft else 0
        draft = assessments.save_section(actor, visit, filled(section, seen, **own), key=f"{visit.id}-{section}")
    return assessments.finish(actor, visit, seen=draft.version, key=f"{visit.id}-finish")


def stored(visit):
    return assessments.answers_of(assessments.of_visit(visit.id))


def test_sections_add_up_and_what_is_blank_is_unknown(people, visit):
    assessments.save_section(people.sari, visit, filled(Section.WORK, earners="2", stable_months=""), key="a")
    assessments.save_section(people.sari, visit, filled(Section.INCOME, 1, income_main="1,5jt"), key="b")
    assert {name: answer.value for name, answer in stored(visit).items()} == {"earners": 2, "income_main": 1_500_000}


def test_an_answer_knows_its_day_who_saw_it_and_its_photo(people, visit):
    ids = (records.stage(people.sari, EvidenceKind.VISIT_PHOTO, photo(), key="x").id,)
    assessments.save_section(people.sari, visit, filled(Section.HOUSING, photos=ids, floor="ceramic"), key="a")
    answer = stored(visit)["floor"]
    assert (answer.on, answer.by, answer.evidence) == (visit.visited_on, people.sari.id, ids)
    assessments.save_section(people.sari, visit, filled(Section.HOUSING, 1, floor="wood"), key="b")
    assert (stored(visit)["floor"].value, stored(visit)["floor"].evidence) == ("wood", ids)


def test_saving_a_section_again_replaces_it_and_clears_what_was_emptied(people, visit):
    assessments.save_section(people.sari, visit, filled(Section.WORK, earners="2", stable_months="8"), key="a")
    assessments.save_section(people.sari, visit, filled(Section.WORK, 1, earners="1"), key="b")
    assert {name: answer.value for name, answer in stored(visit).items()} == {"earners": 1}


def test_the_same_sending_twice_saves_once(people, visit):
    for _ in range(2):
        draft = assessments.save_section(people.sari, visit, filled(Section.WORK, earners="2"), key="a")
    assert draft.version == 1
    with pytest.raises(gate.KeyReused):
        assessments.save_section(people.sari, visit, filled(Section.WORK, earners="3"), key="a")


def test_history_tells_that_a_section_was_saved_but_not_what_was_said(people, visit):
    assessments.save_section(people.sari, visit, filled(Section.INCOME, income_main="1234567"), key="a")
    event = session.scalars(select(Event).where(Event.kind == "assessments.save_section")).one()
    assert event.detail == {"section": "income", "version": 1, "answered": 1}


def test_another_section_is_not_in_the_way_but_the_same_one_is(people, visit):
    assessments.save_section(people.sari, visit, filled(Section.WORK, earners="2"), key="a")
    assessments.save_section(people.sari, visit, filled(Section.INCOME, 0, income_main="0"), key="b")
    with pytest.raises(gate.Stale) as stale:
        assessments.save_section(people.sari, visit, filled(Section.WORK, 0, earners="3"), key="c")
    assert stale.value.fields == {"earners": (2, 3)}
    assert stored(visit)["earners"].value == 2


def test_a_closed_door_is_not_assessed(people, misnati):
    said = visits.ToldVisit(today(), VisitOutcome.NOT_MET, next_on=today() + timedelta(days=3))
    visit = visits.record(people.sari, misnati, said, key="v")
    with pytest.raises(Refused, match="not_met"):
        assessments.save_section(people.sari, visit, filled(Section.WORK, earners="2"), key="a")


@pytest.mark.parametrize("name", ["joko", "wati", "budi", "admin", "kepala"])
def test_only_the_familys_facilitator_assesses(people, visit, name):
    with pytest.raises(gate.Forbidden):
        assessments.save_section(getattr(people, name), visit, filled(Section.WORK, earners="2"), key="a")
    with pytest.raises(gate.Forbidden):
        assessments.finish(getattr(people, name), visit, seen=0, key="b")


def test_nothing_answered_is_no_assessment(people, visit):
    with pytest.raises(Refused, match="assessment_empty"):
        assessments.finish(people.sari, visit, seen=0, key="a")
    assessments.save_section(people.sari, visit, filled(Section.WORK), key="b")
    with pytest.raises(Refused, match="assessment_empty"):
        assessments.finish(people.sari, visit, seen=1, key="c")


def test_a_family_that_meets_everything_is_ready_and_the_register_knows(people, misnati, visit):
    finished = assess(people.sari, visit)
    assert (finished.band, finished.instrument_version) == (Band.READY, CURRENT.version)
    family = cast.household("Misnati")
    assert (family.band, family.assessed_on) == (Band.READY, visit.visited_on)


def test_a_skipped_gate_is_never_met(people, visit):
    assert assess(people.sari, visit, own_wish="").band is Band.NOT_YET


def test_the_amounts_of_the_day_of_the_visit_count_with_their_source(people, misnati):
    session.add(Setting(key="poverty_line", valid_from=today(), value="9000000", source="BPS, besok lusa"))
    session.commit()
    before = assess(people.sari, visit_of(people.sari, misnati, days_ago=1))
    after = assess(people.sari, visit_of(people.sari, misnati))
    findings = [rebuild(Result, one.result).finding("income_per_person") for one in (before, after)]
    assert [finding.threshold for finding in findings] == [1_106_931, 13_500_000]
    assert (findings[1].source, findings[1].valid_from) == ("BPS, besok lusa", today())
    assert after.band is Band.NOT_YET


def test_only_who_was_there_and_what_was_known_counts(people, misnati):
    day = date(2026, 6, 30)
    child = session.scalars(select(Member).where(Member.household_id == misnati.id, Member.is_caretaker.is_(False))).one()
    child.left_on = date(2026, 6, 15)
    session.add_all([Decile(household_id=misnati.id, period=period, value=4) for period in ("2026-Q1", "2026-Q3")])
    session.commit()
    facts = assessments.facts_on(misnati.id, day)
    assert (facts.people, [member.age for member in facts.members]) == (1, [42])
    assert list(facts.deciles) == [Period(2026, 1)]
    assert assessments.facts_on(misnati.id, date(2026, 6, 14)).people == 2
    assert assessments.facts_on(misnati.id, date(2026, 3, 11)).members[0].age == 41


def test_a_family_without_known_members_has_no_known_size(people, misnati):
    for member in session.scalars(select(Member).where(Member.household_id == misnati.id)):
        member.left_on = date(2026, 1, 1)
    session.commit()
    assert assessments.facts_on(misnati.id, today()).people is None


def test_finishing_twice_is_once_and_afterwards_nothing_changes(people, visit):
    finished = assess(people.sari, visit)
    again = assessments.finish(people.sari, visit, seen=finished.version - 1, key=f"{visit.id}-finish")
    assert again.version == finished.version
    kept = copy.deepcopy(finished.result)
    with pytest.raises(Refused, match="assessment_finished"):
        assessments.finish(people.sari, visit, seen=finished.version, key="again")
    with pytest.raises(Refused, match="assessment_finished"):
        assessments.save_section(people.sari, visit, filled(Section.WORK, finished.version, earners="9"), key="late")
    assert assessments.of_visit(visit.id).result == kept


def test_a_section_saved_meanwhile_keeps_the_draft_open(people, visit):
    assessments.save_section(people.sari, visit, filled(Section.WORK, earners="1"), key="a")
    assessments.save_section(people.sari, visit, filled(Section.INCOME, income_main="1jt"), key="b")
    with pytest.raises(gate.Stale):
        assessments.finish(people.sari, visit, seen=1, key="c")
    assert assessments.of_visit(visit.id).finished_at is None


amounts = st.integers(1, 50_000_000)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(line=amounts, wage=amounts, decile=st.integers(1, 10))
def test_a_stored_result_stays_as_it_is_whatever_changes_later(people, misnati, line, wage, decile):
    kept = session.scalars(select(Assessment)).first() or assess(people.sari, visit_of(people.sari, misnati))
    before, shown = copy.deepcopy(kept.result), lists.readiness_of(kept)
    for key, value in (("poverty_line", line), ("minimum_wage", wage)):
        session.merge(Setting(key=key, valid_from=date(2026, 1, 2), value=str(value), source="baru"))
    session.merge(Decile(id=session.scalar(select(Decile.id).where(Decile.household_id == misnati.id)), value=decile))
    session.commit()
    session.expire_all()
    assert assessments.latest(misnati.id).result == before
    assert lists.readiness_of(assessments.latest(misnati.id)) == shown


def test_the_newest_by_day_of_visit_counts_also_when_an_older_one_comes_late(people, misnati):
    assess(people.sari, visit_of(people.sari, misnati, days_ago=1))
    assess(people.sari, visit_of(people.sari, misnati, days_ago=30), own_wish="undecided")
    assert cast.household("Misnati").band is Band.READY
    assert lists.latest_readiness(misnati.id).assessed_on == today() - timedelta(days=1)


def test_what_is_not_finished_yet_is_no_result(people, misnati):
    assess(people.sari, visit_of(people.sari, misnati, days_ago=30))
    begun = visit_of(people.sari, misnati, days_ago=1)
    assessments.save_section(people.sari, begun, filled(Section.WORK, earners="2"), key="begun")
    visit_of(people.sari, misnati)
    family = cast.household("Misnati")
    assert (family.band, family.assessed_on) == (Band.READY, today() - timedelta(days=30))


def test_a_limit_of_the_instrument_is_a_dated_setting(people, misnati):
    session.add(Setting(key="stable_months", valid_from=today(), value="12", source="SK 7/2026"))
    session.commit()
    visits_of = (visit_of(people.sari, misnati, days_ago=30), visit_of(people.sari, misnati))
    found = [rebuild(Result, assess(people.sari, one).result).finding("stable_income") for one in visits_of]
    assert [finding.threshold for finding in found] == [6, 12]
    assert [finding.source for finding in found] == ["instrument", "SK 7/2026"], "its own before, the office's from that day"


def test_an_assessment_from_a_mistaken_visit_does_not_count(people, misnati):
    assess(people.sari, visit_of(people.sari, misnati, days_ago=30), own_wish="undecided")
    wrong = visit_of(people.sari, misnati)
    kept = assess(people.sari, wrong)
    visits.mark_mistaken(people.sari, wrong, "keluarga lain", key="m")
    assert cast.household("Misnati").band is Band.NOT_YET
    assert assessments.latest(misnati.id).band is Band.NOT_YET
    assert lists.latest_readiness(misnati.id).band is Band.NOT_YET
    assert lists.readiness_of(kept).band is Band.READY, "its own page still shows it"


def test_the_view_tells_the_way_of_each_indicator(people, misnati):
    assess(people.sari, visit_of(people.sari, misnati, days_ago=60), income_main="1jt", own_wish="undecided")
    assess(people.sari, visit_of(people.sari, misnati))
    view = lists.latest_readiness(misnati.id)
    assert [mark.value for mark in view.past["income_per_person"]] == [500_000, 2_000_000]
    assert view.result.finding("income_per_person").trend == "better"
    assert [band for _, band in view.bands] == [Band.NOT_YET, Band.READY]
    assert view.assessor == "Sari Wulandari"


def test_an_earlier_result_is_seen_from_its_own_day(people, misnati):
    first = assess(people.sari, visit_of(people.sari, misnati, days_ago=60), own_wish="undecided")
    assess(people.sari, visit_of(people.sari, misnati))
    view = lists.readiness_of(assessments.of_visit(first.visit_id))
    assert [band for _, band in view.bands] == [Band.NOT_YET]


def test_a_draft_is_found_again_and_has_no_result_yet(people, misnati, visit):
    assert assessments.unfinished(misnati.id) is None
    draft = assessments.save_section(people.sari, visit, filled(Section.WORK, earners="1"), key="a")
    assert assessments.unfinished(misnati.id).visit_id == visit.id
    assert lists.readiness_of(draft) is None
    assert lists.latest_readiness(misnati.id) is None
