"""A broken constraint is told by its name, alike on both databases."""

import pytest
from sqlalchemy.exc import IntegrityError

from portal.graduation.records import graduations
from portal.graduation.records.dossiers import Graduation
from portal.graduation.rules import WayOut
from portal.kernel import base, clock, gate
from portal.kernel.base import session
from portal.kernel.people import User
from portal.kernel.terms import Refused, Role
from tests import cast

pytestmark = pytest.mark.postgres


def graduation(household, **values):
    given = {"state": "identified", "state_since": clock.now(), "opened_at": clock.now(), "opened_by": cast.actor("sari").id}
    return Graduation(household_id=household.id, facts={}, **{**given, **values})


def broken_by(*rows):
    session.add_all(rows)
    with pytest.raises(IntegrityError) as caught:
        session.flush()
    session.rollback()
    return base.violated(caught.value)


def test_a_second_open_case_breaks_the_index_of_open_cases(misnati):
    assert broken_by(graduation(misnati), graduation(misnati)) == "uq_graduations_open"


def test_a_state_that_the_database_does_not_know_breaks_the_check(misnati):
    assert broken_by(graduation(misnati, state="unheard_of")) == "ck_graduations_state"


def test_a_user_name_twice_breaks_its_own_constraint(app):
    twin = User(username="sari", name="Sari", role=Role.FACILITATOR, password_hash="x", created_at=clock.now())
    assert broken_by(twin) == "uq_users_username"


def test_a_case_opened_twice_is_told_as_open_already(misnati, people):
    graduations.open_case(people.sari, misnati, WayOut.INDEPENDENT, key="once")
    with pytest.raises(Refused) as refused:
        gate.write(
            people.sari, "graduation.prepare", misnati, key="twice", payload=None,
            act=lambda work, family: work.add(graduation(family)),
        )  # fmt: skip
    assert refused.value.code == "graduation_already_open"


def test_a_state_that_the_database_does_not_know_is_our_fault_and_no_refusal(misnati, people):
    with pytest.raises(IntegrityError):
        gate.write(
            people.sari, "graduation.prepare", misnati, key="odd", payload=None,
            act=lambda work, family: work.add(graduation(family, state="unheard_of")),
        )  # fmt: skip


def test_a_row_that_names_nobody_is_our_fault_and_no_refusal(misnati, people):
    """PostgreSQL tells which constraint it breaks, SQLite does not: the answer is the same."""
    with pytest.raises(IntegrityError):
        gate.write(
            people.sari, "graduation.prepare", misnati, key="nobody", payload=None,
            act=lambda work, family: work.add(graduation(family, opened_by=999_999)),
        )  # fmt: skip
