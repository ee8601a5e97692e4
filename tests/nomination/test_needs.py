"""What a nomination needs of its family as it stands now, and what returned files go through again."""

import pytest

from portal.kernel import gate
from portal.kernel.base import session
from portal.kernel.clock import today
from portal.kernel.people import Assignment
from portal.kernel.terms import Membership, Refused
from portal.kernel.workflow import Defects, Note
from portal.nomination.records.effects import KIND
from portal.nomination.records.nominations import Nomination
from portal.nomination.rules import Assignee
from tests import cast
from tests import graduating as go
from tests.nomination.test_records import Steps, draft, household_of

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def steps(people):
    return Steps(people)


def met(nomination):
    return KIND.gather(session.get(Nomination, nomination.id), today())


@pytest.mark.parametrize("membership", [Membership.ACTIVE, Membership.SUSPENDED])
def test_a_family_that_is_in_the_programme_by_now_is_taken(people, membership):
    """As when a first payment came meanwhile."""
    nomination = draft(people)
    assert "nobody_taken" in met(nomination)
    household_of(nomination).membership = membership
    session.commit()
    assert "nobody_taken" not in met(nomination)


@pytest.mark.parametrize("changes", [{"address": " "}, {"rt": None}, {"rw": None}])
def test_where_a_family_lives_is_known_whole_or_not(people, changes):
    nomination = draft(people)
    assert "domicile" in met(nomination)
    for name, value in changes.items():
        setattr(household_of(nomination), name, value)
    session.commit()
    assert "domicile" not in met(nomination)


def test_a_family_that_everybody_has_left_has_no_valid_numbers(people):
    nomination = draft(people)
    for member in household_of(nomination).members:
        member.left_on = today()
    session.commit()
    assert "valid_numbers" not in met(nomination)


def returned_from_deliberated(steps):
    nomination = steps.submitted()
    steps.take("wati", nomination, "deliberate", steps.deliberation())
    return steps.take("budi", nomination, "return", Defects(("Scan buram",)))


@pytest.mark.parametrize(("whose", "goes_on"), [("Ponijan", "deliberated"), ("Lilik Sumarni", "submitted")])
def test_only_a_change_of_the_own_family_is_talked_about_again(people, steps, whose, goes_on):
    nomination = returned_from_deliberated(steps)
    household = cast.household(whose)
    gate.amend(people.budi, household, seen=household.version, changes={"address": "Jl. Baru 1"}, key=go.key())
    assert steps.take("wati", nomination, "resubmit", Note()).state == goes_on


def test_a_field_check_is_given_to_somebody_who_works_there(people, steps):
    nomination = steps.submitted()
    steps.take("wati", nomination, "deliberate", steps.deliberation())
    nomination = steps.take("wati", nomination, "endorse", steps.endorsement())
    assert nomination.facilitator_id == people.sari.id
    with pytest.raises(Refused, match="facilitator_not_here"):
        steps.take("budi", nomination, "assign_check", Assignee(facilitator=people.joko.id))
    session.add(Assignment(user_id=people.joko.id, area_code=cast.JATIMULYO))
    session.commit()
    assert steps.take("budi", nomination, "assign_check", Assignee(facilitator=people.joko.id)).facilitator_id == people.joko.id
