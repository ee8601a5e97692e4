"""Years, accounts, numbers and files: what has no family to lock still happens once, and in an order."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from portal.assessment.records import visits
from portal.board import records as targets
from portal.board.records import Target
from portal.evidence import records
from portal.evidence.records import Evidence
from portal.family.records import reveals
from portal.family.records.models import Household
from portal.graduation.records.dossiers import ClosedYear, Graduation
from portal.graduation.rules import Effective
from portal.kernel import areas, clock, gate, vault
from portal.kernel.base import session
from portal.kernel.history import Event
from portal.kernel.people import LoginAttempt, User
from portal.kernel.terms import EvidenceKind, Refused, Role, VisitOutcome
from portal.kernel.vault import blind_index
from portal.office.records import accounts, office
from portal.office.records.office import StatedPerson
from tests import cast
from tests import graduating as go
from tests.photos import photo
from tests.races.meeting import lost

pytestmark = pytest.mark.postgres


# --- years ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def new_year(app):
    """Today is a day of next year, and Misnati's graduation was recorded in this one."""
    go.brought_to("recorded")
    with time_machine.travel(datetime(clock.today().year + 1, 1, 14, 3, tzinfo=UTC)):
        yield clock.today().year


def takes_effect(on):
    def deed():
        case = session.scalars(select(Graduation)).one()
        gate.perform(cast.actor("budi"), case, "take_effect", seen=case.version, facts=Effective(on), key="e")

    return deed


def closes(year, username, key):
    def deed():
        targets.close_year(cast.actor(username), year, key=key)

    return deed


@pytest.mark.parametrize("closing_first", [True, False])
def test_nothing_takes_effect_in_a_year_that_is_being_closed(new_year, meeting, closing_first):
    last = new_year - 1
    deeds = [closes(last, "dewi", "c"), takes_effect(clock.local(datetime(last, 12, 31, 9, tzinfo=UTC)).date())]
    endings = meeting.of(*(deeds if closing_first else reversed(deeds)))
    closed, effective = endings if closing_first else reversed(endings)
    assert closed.error is None
    assert effective.error is None or effective.error.code == "year_closed"
    kinds = ("year.close", "graduation.take_effect")
    order = list(session.scalars(select(Event.kind).where(Event.kind.in_(kinds)).order_by(Event.seq)))
    assert order == (["graduation.take_effect", "year.close"] if effective.error is None else ["year.close"])


def test_a_year_is_closed_once(new_year, meeting):
    endings = meeting.of(closes(new_year - 1, "budi", "b"), closes(new_year - 1, "dewi", "d"))
    assert lost(endings).code == "closed_already"
    assert session.scalar(select(func.count()).select_from(ClosedYear)) == 1


def test_a_target_meets_the_closing_of_its_year(new_year, meeting):
    def sets():
        targets.set_target(cast.actor("budi"), year=new_year - 1, area_code="35.73", count=300, key="t")

    closed, told = meeting.of(closes(new_year - 1, "dewi", "c"), sets)
    assert closed.error is None
    assert told.error is None or told.error.code == "closed_already"
    order = list(session.scalars(select(Event.kind).where(Event.kind.in_(("year.close", "target.set"))).order_by(Event.seq)))
    assert order == (["target.set", "year.close"] if told.error is None else ["year.close"])


def test_one_target_set_twice_at_once_is_one_row(meeting):
    def sets(username, count):
        def deed():
            year = clock.today().year
            targets.set_target(cast.actor(username), year=year, area_code="35.73.05", count=count, key=username)

        return deed

    endings = meeting.of(sets("budi", 60), sets("dewi", 70))
    assert all(ending.error is None or isinstance(ending.error, Refused) for ending in endings)
    assert session.scalar(select(func.count()).select_from(Target)) == 1
    last = session.scalars(select(Event).where(Event.kind == "target.set").order_by(Event.seq.desc())).first()
    assert session.scalars(select(Target)).one().count == last.detail["changes"]["count"][1]


# --- accounts ------------------------------------------------------------------------------------------------------


def test_two_failed_logins_both_count(meeting):
    def tries():
        accounts.authenticate("sari", "salah", address="192.0.2.7")

    endings = meeting.of(tries, tries)
    assert [ending.error.code for ending in endings] == ["login_failed", "login_failed"]
    by_name = LoginAttempt.subject == blind_index("login-name", "sari")
    assert session.scalar(select(func.count()).select_from(LoginAttempt).where(by_name)) == 2


@pytest.fixture
def second_admin(app):
    """As old a hand as the first one."""
    user = User(username="tono", name="Tono", role=Role.ADMINISTRATOR, password_hash=accounts.hashed(cast.PASSWORD),
                must_change_password=False, created_at=cast.BEGINNING)  # fmt: skip
    session.add(user)
    session.commit()


def retires(username, other):
    def deed():
        user = session.scalars(select(User).where(User.username == other)).one()
        person = StatedPerson(user.name, user.role, (), active=False)
        office.change_person(cast.actor(username), user, person, seen=user.version, key=username)

    return deed


def test_two_administrators_cannot_lock_everybody_out(second_admin, meeting):
    endings = meeting.of(retires("admin", "tono"), retires("tono", "admin"))
    assert lost(endings).code == "last_administrator"
    active = (User.role == Role.ADMINISTRATOR, User.active.is_(True))
    assert session.scalar(select(func.count()).select_from(User).where(*active)) == 1


def test_one_account_changed_by_two_is_stale_for_the_second(second_admin, meeting):
    def renames(username, name):
        def deed():
            user = session.scalars(select(User).where(User.username == "wati")).one()
            person = StatedPerson(name, user.role, user.area_codes)
            office.change_person(cast.actor(username), user, person, seen=1, key=username)

        return deed

    endings = meeting.of(renames("admin", "Wati H."), renames("tono", "W. Handayani"))
    assert isinstance(lost(endings), gate.Stale)


# --- numbers and files ---------------------------------------------------------------------------------------------


def test_looking_a_family_up_does_not_get_stuck_with_whoever_changes_it(meeting):
    """One holds the family and will want the end of the chain; the other has that, and names the family in its event."""
    household_id, nik = cast.household("Misnati").id, cast.household("Misnati").members[0].nik

    def changes():
        def act(work, family):
            family.note = "Sari"
            meeting.let_the_second_come()
            work.log("households.amend", family, household=family)
            return family

        sari, family = cast.actor("sari"), session.get(Household, household_id)
        gate.write(sari, "household.update", family, key="s", payload=[], act=act)

    changed, found = meeting.of(changes, lambda: reveals.look_up(cast.actor("budi"), nik, key="l"))
    assert (changed.error, found.error, found.value) == (None, None, [household_id])


def test_the_sweep_leaves_what_is_just_being_claimed(meeting):
    household_id = cast.household("Misnati").id
    sari = cast.actor("sari")
    shot = records.stage(sari, EvidenceKind.VISIT_PHOTO, photo(), key="p").id
    session.get(Evidence, shot).uploaded_at = clock.now() - timedelta(days=8)
    session.commit()

    def claims():
        said = visits.ToldVisit(clock.today(), VisitOutcome.MET, present="Ibu", photos=(shot,))
        visits.record(cast.actor("sari"), session.get(Household, household_id), said, key="v")

    claimed, swept = meeting.of(claims, records.sweep)
    kept = session.get(Evidence, shot)
    if claimed.error is None:
        assert swept.value == 0
        assert vault.get(kept.sha256)
    else:
        assert claimed.error.code == "evidence_unknown"
        assert (swept.value, kept) == (1, None)


# --- spellings of areas ---------------------------------------------------------------------------------------------


def spells(code, name, key):
    def deed():
        areas.respell(cast.actor("admin"), code, name=name, spellings=["Kampung Baru"], seen=1, key=key)

    return deed


def test_two_areas_never_get_one_spelling(app, meeting):
    endings = meeting.of(spells(cast.JATIMULYO, "Jatimulyo", "j"), spells(cast.GADANG, "Gadang", "g"))
    assert lost(endings).code == "spelling_taken"
