"""Assigning and transferring families: an outcome for each, cases follow, makers stay, a replay changes nothing."""

import pytest
from sqlalchemy import select

from portal.caseload import records
from portal.caseload.records import GivenFamily
from portal.graduation.records.dossiers import Graduation
from portal.kernel import gate
from portal.kernel.base import session
from portal.kernel.clock import now
from portal.kernel.gate import Outcome
from portal.kernel.history import Event
from portal.kernel.people import Assignment, User
from portal.kernel.terms import Membership, Refused
from portal.nomination.records.nominations import Nomination
from tests import cast

pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("app")]


@pytest.fixture
def joko(people):
    """Joko, who also works in Jatimulyo."""
    session.add(Assignment(user_id=people.joko.id, area_code=cast.JATIMULYO))
    session.commit()
    return people.joko


ASSIGNED, ALREADY, NOT_YOURS = "assigned", "already_assigned", "not_yours"


def results(outcomes):
    return {one.row.name if one.row else "": result(one.error) for one in outcomes}


def result(error):
    if isinstance(error, Refused):
        return error.code
    return NOT_YOURS if isinstance(error, gate.NotFound | gate.Forbidden) else ASSIGNED


def test_a_transferred_family_is_the_new_facilitators(people, joko, misnati):
    outcomes = records.assign(people.budi, [misnati.id], joko.id, key="a")
    assert outcomes == (Outcome(misnati.id, GivenFamily(misnati.id, "Misnati", "Jatimulyo")),)
    assert gate.can(cast.actor("joko"), "household.update", misnati)
    assert not gate.can(people.sari, "household.view", misnati)


def test_the_transfer_says_from_whom_to_whom(people, joko, misnati):
    records.assign(people.budi, [misnati.id], joko.id, key="a")
    event = session.scalars(select(Event).where(Event.kind == "households.assign")).one()
    assert (event.actor_id, event.household_id) == (people.budi.id, misnati.id)
    assert event.detail["changes"] == {"facilitator": ["Sari Wulandari", "Joko Prasetyo"]}


def open_case(model, family, maker, **more):
    case = model(
        household_id=family.id, state="field_check", state_since=now(), opened_at=now(), opened_by=maker.id, facts={}, **more
    )  # fmt: skip
    if model is Graduation:
        case.state = "assessment"
    session.add(case)
    session.commit()
    return case


def test_open_cases_follow_and_their_makers_stay(people, joko, misnati):
    case = open_case(Graduation, misnati, people.sari)
    records.assign(people.budi, [misnati.id], joko.id, key="a")
    assert gate.can(cast.actor("joko"), "graduation.prepare", case)
    assert not gate.can(people.sari, "graduation.prepare", case)
    assert case.opened_by == people.sari.id


def test_a_field_check_is_handed_over_with_the_family(people, joko):
    family = cast.family("Kasiani", membership=Membership.CANDIDATE)
    check = open_case(Nomination, family, people.wati, facilitator_id=people.sari.id)
    records.assign(people.budi, [family.id], joko.id, key="a")
    assert (check.facilitator_id, check.opened_by) == (joko.id, people.wati.id)


def test_a_field_check_that_somebody_else_makes_stays_with_them(people, joko):
    family = cast.family("Kasiani", membership=Membership.CANDIDATE, facilitator=None)
    check = open_case(Nomination, family, people.wati, facilitator_id=people.sari.id)
    records.assign(people.budi, [family.id], joko.id, key="a")
    assert check.facilitator_id == people.sari.id


def test_every_row_has_its_outcome(people, misnati):
    ids = [cast.household(name).id for name in ("Misnati", "Noise", "Ponijan", "Suliyah")]
    outcomes = records.assign(people.budi, [*ids, ids[0], 999], people.sari.id, key="a")
    assert results(outcomes) == {
        "Misnati": ALREADY, "Noise": ASSIGNED, "Ponijan": ASSIGNED, "Suliyah": ALREADY,
        "": NOT_YOURS,
    }  # fmt: skip
    assert [records.is_theirs(outcome) for outcome in outcomes] == [True, True, True, True, False]


def test_a_refused_row_keeps_no_other_back(people, joko):
    ids = [cast.household(name).id for name in ("Noise", "Suliyah")]
    outcomes = results(records.assign(people.ratna, ids, joko.id, key="a"))
    assert outcomes == {"": NOT_YOURS, "Suliyah": ASSIGNED}
    assert cast.household("Noise").facilitator_id is None


def test_a_supervisor_transfers_within_the_own_area_only(people, misnati):
    noise = cast.household("Noise")
    session.add(Assignment(user_id=people.sari.id, area_code=cast.GADANG))
    session.commit()
    assert results(records.assign(people.ratna, [noise.id], people.sari.id, key="a")) == {"": NOT_YOURS}
    assert results(records.assign(people.budi, [noise.id], people.sari.id, key="a")) == {"Noise": ASSIGNED}


@pytest.mark.parametrize("username", ["sari", "wati", "kepala"])
def test_nobody_else_assigns(people, misnati, username):
    outcomes = records.assign(getattr(people, username), [misnati.id], people.sari.id, key="a")
    assert results(outcomes) == {"": NOT_YOURS}
    assert session.scalars(select(Event)).all() == []


@pytest.mark.parametrize("username", ["joko", "wati", "admin", None])
def test_only_an_active_facilitator_of_the_area_may_get_families(people, misnati, username):
    user_id = getattr(people, username).id if username else 999
    with pytest.raises(Refused, match="facilitator_unknown"):
        records.assign(people.ratna, [misnati.id], user_id, key="a")


def test_who_was_deactivated_gets_nobody(people, misnati):
    session.get(User, people.sari.id).active = False
    session.commit()
    assert people.sari.id not in {user.id for user in records.facilitators(people.budi)}
    with pytest.raises(Refused, match="facilitator_unknown"):
        records.assign(people.budi, [misnati.id], people.sari.id, key="a")


def test_the_picker_stays_within_the_area(people):
    assert [user.username for user in records.facilitators(people.budi)] == ["joko", "sari"]
    assert [user.username for user in records.facilitators(people.ratna)] == ["sari"]
    assert records.facilitators(people.admin) == []


def test_the_same_key_changes_nothing_again(people, joko, misnati):
    first = records.assign(people.budi, [misnati.id], joko.id, key="a")
    records.assign(people.budi, [misnati.id], people.sari.id, key="b")
    again = records.assign(people.budi, [misnati.id], joko.id, key="a")
    assert again == first
    assert cast.household("Misnati").facilitator_id == people.sari.id
    assert len(session.scalars(select(Event)).all()) == 2
