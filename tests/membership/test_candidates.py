"""Whom the portal reads to see whether a component is left: nobody of whom the record already says that one is."""

from datetime import date, timedelta

import pytest

from portal.kernel import schedule
from portal.kernel.base import session
from portal.kernel.clock import today
from portal.kernel.terms import LeavingReason, Period, SchoolLevel
from portal.membership.records import proposals, suggestions
from portal.membership.rules import MembershipChange
from tests import cast
from tests import graduating as go
from tests.membership.test_suggestions import EARLIER, LAST, THIS, looked, paid

pytestmark = pytest.mark.usefixtures("app")

ELDERLY = 60
DAY = timedelta(days=1)
GROWN_UP = date(1999, 1, 1)


def aged(years):
    return schedule.add_months(today(), -12 * years)


def candidates(people):
    found = suggestions._perhaps_without_component(people.budi, today(), ELDERLY)
    return {household.caretaker_name for household in session.scalars(found)}


def told(misnati, **changes):
    """Misnati's other member, grown up and with school behind, except as told."""
    for name, value in ({"birth_date": GROWN_UP, "school_level": SchoolLevel.FINISHED} | changes).items():
        setattr(misnati.members[1], name, value)
    session.commit()


NO_SCHOOL = SchoolLevel.NOT_IN_SCHOOL
COULD_HOLD = [
    {"severe_disability": True}, {"rights_victim": True}, {"pregnant_until": today()}, {"birth_date": None},
    {"birth_date": aged(7) + DAY, "school_level": NO_SCHOOL}, {"birth_date": aged(22) + DAY, "school_level": None},
    {"birth_date": aged(22) + DAY, "school_level": SchoolLevel.SENIOR_SECONDARY}, {"birth_date": aged(ELDERLY)},
]  # fmt: skip
CANNOT = [
    {}, {"pregnant_until": today() - DAY}, {"birth_date": aged(7), "school_level": NO_SCHOOL},
    {"birth_date": aged(22), "school_level": None}, {"birth_date": aged(ELDERLY) + DAY},
    {"birth_date": aged(15), "school_level": SchoolLevel.FINISHED}, {"birth_date": aged(15), "school_level": NO_SCHOOL},
]  # fmt: skip


@pytest.mark.parametrize("member", COULD_HOLD)
def test_a_family_with_somebody_who_could_hold_a_component_is_not_read(people, misnati, member):
    told(misnati, **member)
    assert candidates(people) == set()


@pytest.mark.parametrize("member", CANNOT)
def test_a_family_without_is(people, misnati, member):
    told(misnati, **member)
    assert candidates(people) == {"Misnati"}


def test_who_has_left_holds_nothing(people, misnati):
    told(misnati, severe_disability=True, left_on=today(), left_because=LeavingReason.MOVED_OUT)
    assert candidates(people) == {"Misnati"}


def proposed(who, caretaker, step):
    stated = MembershipChange(effective_on=today(), reason="x")
    return proposals.propose(who, cast.household(caretaker), step, facts=stated, key=go.key())


def test_only_the_same_step_that_is_open_for_the_same_family_stands_in_the_way(people, misnati):
    told(misnati)
    proposed(people.sari, "Misnati", "suspend")
    proposed(people.joko, "Ponijan", "exit_natural")
    assert candidates(people) == {"Misnati"}
    same = proposed(people.sari, "Misnati", "exit_natural")
    assert candidates(people) == set()
    proposals.dismiss(people.budi, same, reason="Masih ada anak.", key=go.key())
    assert candidates(people) == {"Misnati"}


def test_a_stage_in_which_nobody_was_paid_is_no_roster(people, misnati):
    neighbour = cast.family("Wagini")
    paid(neighbour, EARLIER, LAST)
    paid(neighbour, THIS, amount=0)
    paid(misnati, EARLIER.previous())
    assert looked(people) == 1
    assert session.query(proposals.MembershipProposal).one().facts["stages"] == [str(EARLIER), str(LAST)]


def test_paid_nothing_before_is_never_paid(people, misnati):
    paid(cast.family("Wagini"), EARLIER, LAST, THIS)
    paid(misnati, EARLIER, amount=0)
    assert looked(people) == 0


def test_paid_for_a_coming_stage_is_not_paid_before(people, misnati):
    paid(cast.family("Wagini"), LAST, THIS)
    paid(misnati, Period(THIS.year + 1, 1))
    assert looked(people) == 0


def test_what_others_were_paid_is_no_roster_of_the_own_area(people, misnati):
    """Of Gadang newer ones came in, which say nothing of Lowokwaru."""
    before = EARLIER.previous()
    paid(cast.household("Noise"), LAST, THIS)
    paid(cast.family("Wagini"), before, EARLIER)
    paid(misnati, before.previous())
    assert looked(people, who="ratna") == 1
