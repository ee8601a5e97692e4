"""Numbers of a nomination: whose they are, who learns what, how often one may ask."""

import pytest
from sqlalchemy import select

from portal.family.records import reveals
from portal.kernel.base import session
from portal.kernel.history import Event
from portal.kernel.terms import Refused, Sex
from portal.nomination.records import nominations
from portal.nomination.records.nominations import Availability, Nomination
from tests import cast
from tests.nomination.test_records import BORN, draft, new_family

pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("app")]


def test_a_number_of_another_family_is_never_taken_twice(people):
    taken = cast.household("Misnati").members[0].nik
    with pytest.raises(Refused, match="nik_taken"):
        draft(people, nik=taken)
    assert len(session.scalars(select(Nomination)).all()) == 0


def test_of_another_area_an_officer_learns_only_that_it_is_taken(people):
    taken = cast.household("Misnati").members[0].nik
    own = nominations.check_number(people.wati, taken, kelurahan=cast.JATIMULYO, key="a")
    other = nominations.check_number(people.rini, taken, kelurahan=cast.POLEHAN, key="b")
    assert (own.availability, own.household_id) == (Availability.HERE, cast.household("Misnati").id)
    assert (other.availability, other.household_id, other.warnings) == (Availability.TAKEN, None, ())


def test_a_check_is_logged_without_the_number(people):
    nik = cast.nik(BORN, Sex.FEMALE)
    assert nominations.check_number(people.wati, nik, kelurahan=cast.JATIMULYO, key="a").availability is Availability.FREE
    event = session.scalars(select(Event)).one()
    assert nik not in str(event.detail)
    assert (event.kind, event.detail) == ("nomination.number_check", {"answer": "free"})


def test_checking_number_after_number_is_throttled(people, monkeypatch):
    monkeypatch.setattr(nominations, "CHECKS_PER_HOUR", 2)
    for turn in range(2):
        nominations.check_number(people.wati, cast.nik(BORN, Sex.FEMALE), kelurahan=cast.JATIMULYO, key=str(turn))
    late = nominations.check_number(people.wati, cast.nik(BORN, Sex.FEMALE), kelurahan=cast.JATIMULYO, key="late")
    assert (late.availability, late.errors) == (Availability.UNCHECKED, ("too_many_checks",))


def test_drafts_are_no_way_around_the_throttle(people, monkeypatch):
    monkeypatch.setattr(reveals, "TAKEN_PER_HOUR", 1)
    taken = cast.household("Ponijan").members[0].nik
    with pytest.raises(Refused, match="not_to_be_nominated"):
        draft(people, nik=taken)
    with pytest.raises(Refused, match="too_many_checks"):
        nominations.draft(people.wati, new_family(), key="next")


def test_an_impossible_number_says_why(people):
    answer = nominations.check_number(people.wati, "3573990000000000", kelurahan=cast.JATIMULYO, key="a")
    assert answer.availability is Availability.IMPOSSIBLE
    assert answer.errors
