"""Visits: what was seen at the door is written once, promises are kept up, and nothing is ever deleted."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.assessment import lists
from portal.assessment.records import visits
from portal.assessment.records.visits import ToldVisit, Visit
from portal.checks import families
from portal.evidence import records
from portal.evidence.records import Evidence
from portal.kernel import gate
from portal.kernel.base import session
from portal.kernel.clock import today
from portal.kernel.history import Event
from portal.kernel.schedule import add_months
from portal.kernel.terms import EvidenceKind, Refused, VisitOutcome
from tests import cast
from tests.photos import photo

pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("app")]
MET, NOT_MET = VisitOutcome.MET, VisitOutcome.NOT_MET


def met(days_ago=0, **said):
    return ToldVisit(today() - timedelta(days=days_ago), MET, **{"present": "Bu Misnati", **said})


def not_met(days_ago=0, retry=7):
    day = today() - timedelta(days=days_ago)
    return ToldVisit(day, NOT_MET, next_on=day + timedelta(days=retry))


def test_a_visit_is_kept_with_its_photos_and_its_event(people, misnati):
    ids = tuple(records.stage(people.sari, EvidenceKind.VISIT_PHOTO, photo(), key=str(n)).id for n in range(2))
    visit = visits.record(people.sari, misnati, met(photos=ids, notes="Warung ramai"), key="a")
    assert {row.subject_id for row in session.scalars(select(Evidence))} == {visit.id}
    assert (visit.notes, visit.recorded_by) == ("Warung ramai", people.sari.id)
    event = session.scalars(select(Event)).one()
    assert (event.kind, event.household_id, event.detail["photos"]) == ("visits.record", misnati.id, 2)
    assert "Misnati" not in str(event.detail)


def test_the_family_shows_when_it_was_last_met(people, misnati):
    visits.record(people.sari, misnati, met(3), key="a")
    visits.record(people.sari, misnati, not_met(1), key="b")
    family = cast.household("Misnati")
    assert family.last_visit_on == today() - timedelta(days=3)
    assert family.due_on == today() + timedelta(days=6)


def test_a_promised_visit_that_has_come_is_promised_no_more(people, misnati):
    misnati.next_visit_on = today()
    session.commit()
    visits.record(people.sari, misnati, met(), key="a")
    family = cast.household("Misnati")
    assert (family.next_visit_on, family.due_on) == (None, add_months(today(), 3))


def test_a_later_promise_stays_and_a_new_one_replaces_it(people, misnati):
    misnati.next_visit_on = today() + timedelta(days=30)
    session.commit()
    visits.record(people.sari, misnati, met(), key="a")
    assert cast.household("Misnati").next_visit_on == today() + timedelta(days=30)
    visits.record(people.sari, misnati, met(next_on=today() + timedelta(days=14)), key="b")
    assert cast.household("Misnati").next_visit_on == today() + timedelta(days=14)
    assert session.scalars(select(Event).order_by(Event.seq)).all()[-1].detail["changes"]["next_visit_on"]


@pytest.mark.parametrize(
    ("code", "field", "said"),
    [
        ("date_in_future", "visited_on", lambda: met(-1)),
        ("too_long_ago", "visited_on", lambda: met(visits.OLDEST_DAYS + 1)),
        ("present_missing", "present", lambda: met(present="")),
        ("retry_missing", "next_on", lambda: ToldVisit(today(), NOT_MET)),
        ("next_not_after", "next_on", lambda: not_met(retry=0)),
    ],
)
def test_what_cannot_be_is_refused(people, misnati, code, field, said):
    with pytest.raises(Refused) as refused:
        visits.record(people.sari, misnati, said(), key="a")
    assert (refused.value.code, refused.value.facts["field"]) == (code, field)
    assert session.scalars(select(Visit)).all() == []


@pytest.mark.parametrize("name", ["joko", "wati", "budi", "ratna", "admin", "kepala"])
def test_only_the_familys_facilitator_writes_visits(people, misnati, name):
    with pytest.raises(gate.Forbidden):
        visits.record(getattr(people, name), misnati, met(), key="a")


def test_the_same_sending_twice_is_one_visit(people, misnati):
    first = visits.record(people.sari, misnati, met(), key="a").id
    assert visits.record(people.sari, misnati, met(), key="a").id == first
    with pytest.raises(gate.KeyReused):
        visits.record(people.sari, misnati, met(notes="lain"), key="a")
    assert len(session.scalars(select(Visit)).all()) == 1


def test_the_photo_of_another_is_no_proof(people, misnati):
    other = records.stage(people.joko, EvidenceKind.VISIT_PHOTO, photo(), key="x").id
    with pytest.raises(Refused):
        visits.record(people.sari, misnati, met(photos=(other,)), key="a")
    assert session.get(Evidence, other).subject_id is None


def test_photos_can_be_added_afterwards(people, misnati):
    visit = visits.record(people.sari, misnati, met(), key="a")
    more = records.stage(people.sari, EvidenceKind.VISIT_PHOTO, photo(), key="x").id
    visits.add_photos(people.sari, visit, [more], key="b")
    assert [item.id for item in records.of_subject(people.sari, visit, visit.household)] == [more]


def test_a_mistaken_visit_stays_and_says_why(people, misnati):
    visit = visits.record(people.sari, misnati, met(), key="a")
    visits.mark_mistaken(people.sari, visit, "rumah tetangga", key="b")
    visits.mark_mistaken(people.sari, visit, "rumah tetangga", key="b")
    assert lists.visits_of(misnati.id).rows[0].mistake == "rumah tetangga"
    with pytest.raises(Refused):
        visits.mark_mistaken(people.sari, visit, "lagi", key="c")


def test_a_mistaken_visit_counts_for_nothing(people, misnati):
    first = visits.record(people.sari, misnati, met(9), key="a")
    second = visits.record(people.sari, misnati, met(2), key="b")
    third = visits.record(people.sari, misnati, not_met(1), key="c")
    visits.mark_mistaken(people.sari, third, "salah rumah", key="d")
    assert (misnati.last_visit_on, misnati.due_on) == (second.visited_on, add_months(second.visited_on, 3))
    visits.mark_mistaken(people.sari, second, "salah rumah", key="e")
    assert misnati.last_visit_on == first.visited_on
    assert list(families.columns()) == []


def test_closed_doors_in_a_row_are_counted_until_somebody_opens(people, misnati):
    for days in (9, 6):
        visits.record(people.sari, misnati, not_met(days), key=f"n{days}")
    assert not lists.visits_of(misnati.id).is_often_away
    third = visits.record(people.sari, misnati, not_met(3), key="n3")
    assert lists.visits_of(misnati.id).is_often_away
    visits.mark_mistaken(people.sari, third, "salah rumah", key="m")
    assert lists.not_met_in_a_row(misnati.id) == 2
    visits.record(people.sari, misnati, met(1), key="met")
    assert lists.not_met_in_a_row(misnati.id) == 0


def test_the_list_is_paged_newest_first_without_gaps(people, misnati):
    for days in (5, 1, 3, 1):
        visits.record(
            people.sari,
            misnati,
            met(days, notes=str(session.query(Visit).count())),
            key=f"{days}{session.query(Visit).count()}",
        )
    visits.record(people.joko, cast.household("Ponijan"), met(), key="p")
    first = lists.visits_of(misnati.id, size=2)
    second = lists.visits_of(misnati.id, first.following, size=2)
    days = [line.visited_on for line in (*first.rows, *second.rows)]
    assert days == sorted(days, reverse=True)
    assert len({line.id for line in (*first.rows, *second.rows)}) == 4
    assert second.following is None
