"""Rows in bulk: encoded as the session would, in one transaction, and followed by ordinary work."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import inspect

from portal.demo import loading
from portal.demo.loading import TOLD, NotEmpty
from portal.family.records.models import Household, Member
from portal.kernel import areas, bulk, history
from portal.kernel.base import session
from portal.kernel.history import Event, Happening
from portal.kernel.people import User
from portal.kernel.terms import Membership, Role
from portal.office.records import audit

pytestmark = pytest.mark.postgres
AT = datetime(2026, 3, 2, 2, 30, tzinfo=UTC)


@pytest.fixture
def rows(blank_app):
    areas.load_city()
    session.commit()
    family = {"kelurahan": "35.73.05.1007", "kecamatan": "35.73.05", "created_at": AT, "updated_at": AT}
    return {
        User: {"id": 4, "username": "sari", "name": "Sari", "role": Role.FACILITATOR, "password_hash": "x", "created_at": AT},
        Household: {"id": 7, "phone": "081200001234", "group": "Mawar", **family},
        Member: {"id": 9, "household_id": 7, "name": "Misnati", "nik": "3573995203840001"},
    }


def linkable(event):
    event.detail_digest = history.digest_of(event.detail)
    return history.told_by(event), tuple(bulk.encoded(Event, name, [getattr(event, name)])[0] for name in TOLD)


def loaded(rows, events=()):
    with loading.into_empty():
        for model, row in rows.items():
            bulk.add(model, [row])
        loading.chain(map(linkable, events))


def test_rows_read_back_as_the_session_would_have_kept_them(rows):
    loaded(rows)
    family = session.get(Household, 7)
    assert (family.phone, family.group, family.created_at) == ("081200001234", "Mawar", AT)
    assert (family.membership, family.version) == (Membership.CANDIDATE, 1)
    assert session.get(Member, 9).nik == "3573995203840001"


def test_events_are_chained_as_they_come(rows):
    loaded(rows, [Happening(AT.replace(hour=hour), 4, "visits.record", "visits", hour, 7) for hour in (3, 5)])
    assert audit.verify().is_whole
    assert [entry.subject_id for entry in audit.trail(audit.Search()).rows] == [5, 3]


def test_ids_go_on_after_those_that_were_given(rows):
    loaded(rows)
    session.add(Member(household_id=7, name="Anak"))
    session.commit()
    assert session.query(Member).filter_by(name="Anak").one().id > 9


def test_every_index_is_there_again(rows):
    before = indexes()
    loaded(rows)
    assert indexes() == before


def indexes():
    found = inspect(session.connection())
    names = {one["name"] for table in found.get_table_names() for one in found.get_indexes(table)}
    session.rollback()
    return names


def test_a_database_with_people_is_left_alone(app):
    with pytest.raises(NotEmpty), loading.into_empty():
        pass


def test_a_load_that_fails_leaves_nothing(rows):
    with pytest.raises(RuntimeError), loading.into_empty():
        bulk.add(User, [rows[User]])
        raise RuntimeError
    assert loading.is_empty()
