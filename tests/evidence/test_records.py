"""Evidence: staged by one person, seen by whoever may see what it proves, forgotten when nobody claims it."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from portal.assessment.records.visits import Visit
from portal.evidence import records
from portal.evidence.records import Evidence
from portal.graduation.records.dossiers import Graduation
from portal.kernel import gate, vault
from portal.kernel.base import session
from portal.kernel.clock import now, today
from portal.kernel.terms import EvidenceKind, ExitType, Rejected, VisitOutcome
from portal.membership.records.proposals import MembershipProposal
from portal.monitoring.records import Monitoring, MonitoringVisit
from portal.nomination.records.nominations import Nomination
from tests import cast
from tests.photos import photo, scan

pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("app")]
PHOTO = EvidenceKind.VISIT_PHOTO


def test_a_photo_is_kept_redrawn_with_a_small_thumbnail(people):
    row = records.stage(people.sari, PHOTO, photo("PNG", (3000, 2000)), key="a")
    assert vault.get(row.sha256).startswith(b"\xff\xd8")
    assert row.media_type == "image/jpeg"
    assert 0 < len(row.thumbnail) <= 4096


def test_the_same_key_or_the_same_file_again_is_the_same_row(people):
    sent = photo()
    first = records.stage(people.sari, PHOTO, sent, key="a").id
    assert records.stage(people.sari, PHOTO, sent, key="a").id == first
    assert records.stage(people.sari, PHOTO, sent, key="b").id == first
    assert len(session.scalars(select(Evidence)).all()) == 1


def test_the_same_file_for_another_purpose_or_person_is_another_row(people):
    sent = photo()
    ids = {
        records.stage(people.sari, PHOTO, sent, key="a").id,
        records.stage(people.sari, EvidenceKind.HOUSE_FRONT, sent, key="b").id,
        records.stage(people.joko, PHOTO, sent, key="c").id,
    }
    assert len(ids) == 3


def test_a_scan_is_no_photo_of_a_visit(people):
    with pytest.raises(Rejected):
        records.stage(people.sari, PHOTO, scan(), key="a")
    assert records.stage(people.wati, EvidenceKind.SIGNED_MINUTES, scan(), key="a").thumbnail is None


@pytest.mark.parametrize("name", ["admin", "kepala"])
def test_who_writes_nothing_stages_nothing(people, name):
    with pytest.raises(gate.Forbidden):
        records.stage(getattr(people, name), PHOTO, photo(), key="a")


def test_a_staged_file_is_for_its_uploader_alone(people):
    row = records.stage(people.sari, PHOTO, photo(), key="a")
    assert seers(people, row) == {"sari"}


SUBJECTS = {
    "visits": {"sari", "budi", "dewi", "ratna", "kepala"},
    "graduations": {"sari", "wati", "budi", "dewi", "ratna", "kepala"},
    "nominations": {"joko", "wati", "budi", "dewi", "ratna", "kepala"},  # Joko makes the field check
    "monitorings": {"sari", "budi", "dewi", "ratna", "kepala"},
    "monitoring_visits": {"sari", "budi", "dewi", "ratna", "kepala"},
    "membership_proposals": {"sari", "wati", "budi", "dewi", "ratna", "kepala"},
    "households": {"sari", "wati", "budi", "dewi", "ratna", "kepala"},
    "something_new": set(),
}


@pytest.mark.parametrize("table", SUBJECTS)
def test_a_claimed_file_is_for_those_who_may_see_what_it_proves(people, misnati, table):
    row = proof(people, misnati, table, EvidenceKind.HOUSE_FRONT)
    assert seers(people, row) == SUBJECTS[table]


@pytest.mark.parametrize("kind", sorted(records.SPECIFIC))
def test_income_illness_and_death_are_not_for_officers(people, misnati, kind):
    row = proof(people, misnati, "graduations", kind)
    assert seers(people, row) == {"sari", "budi", "dewi", "ratna", "kepala"}


@pytest.mark.parametrize("kind", sorted(records.NUMBERED))
def test_pictures_of_a_full_number_are_not_for_who_may_reveal_none(people, misnati, kind):
    row = proof(people, misnati, "graduations", kind)
    assert seers(people, row) == {"sari", "wati", "budi", "dewi", "ratna"}


def test_the_field_check_compares_the_identity_card(people, misnati):
    row = proof(people, misnati, "nominations", EvidenceKind.IDENTITY_CARD)
    assert "joko" in seers(people, row)


def test_the_files_of_a_family_are_those_one_may_open(people, misnati):
    proof(people, misnati, "visits", PHOTO)
    kept = proof(people, misnati, "graduations", EvidenceKind.SIGNED_STATEMENT)
    proof(people, cast.household("Ponijan"), "graduations", EvidenceKind.SIGNED_STATEMENT)
    assert [item.id for item in records.of_household(people.wati, misnati.id)] == [kept.id]
    assert len(records.of_household(people.sari, misnati.id)) == 2
    assert records.of_household(people.joko, misnati.id) == []


def test_the_sweep_keeps_content_that_another_row_needs(people, misnati):
    sent = photo()
    records.stage(people.joko, PHOTO, sent, key="a")
    row = records.stage(people.sari, PHOTO, sent, key="b")
    row.subject_type, row.subject_id, row.household_id = "visits", 1, misnati.id
    session.commit()
    with time_machine.travel(now() + timedelta(days=8)):
        assert records.sweep() == 1
    assert vault.get(row.sha256)


def test_the_sweep_takes_what_was_not_claimed_for_seven_days(people, misnati):
    old = records.stage(people.sari, PHOTO, photo(), key="a")
    claimed = proof(people, misnati, "visits", PHOTO)
    sha256, old_id = old.sha256, old.id
    with time_machine.travel(now() + timedelta(days=6, hours=23)):
        fresh = records.stage(people.sari, PHOTO, photo(), key="b").id
        assert records.sweep() == 0
    with time_machine.travel(now() + timedelta(days=7, hours=1)):
        assert records.sweep() == 1
    assert set(session.scalars(select(Evidence.id))) == {claimed.id, fresh} - {old_id}
    with pytest.raises(vault.NotStored):
        vault.get(sha256)


def seers(people, row):
    """Who may open this file; finding one and listing all agree."""
    names = set()
    for name, actor in vars(people).items():
        listed = row.id in session.scalars(select(Evidence.id).where(records.visible(actor))).all()
        try:
            found = records.find(actor, row.id).id == row.id
        except gate.NotFound:
            found = False
        assert listed == found
        names |= {name} if found else set()
    return names


def proof(people, household, table, kind):
    subject = 1 if table == "something_new" else _subject(people, household, table)
    row = Evidence(
        kind=kind, sha256="0" * 64, media_type="image/jpeg", size=1, household_id=household.id, subject_type=table,
        subject_id=subject, uploaded_by=people.sari.id, uploaded_at=now(),
    )  # fmt: skip
    session.add(row)
    session.commit()
    return row


def _subject(people, household, table):
    if table == "households":
        return household.id
    case = {"household_id": household.id, "state_since": now(), "opened_at": now(), "opened_by": people.sari.id, "facts": {}}
    graduation = Graduation(state="identified", exit_type=ExitType.INDEPENDENT, **case)
    made = {
        "visits": Visit(household_id=household.id, visited_on=today(), outcome=VisitOutcome.MET, recorded_by=people.sari.id,
                        recorded_at=now()),
        "graduations": graduation,
        "nominations": Nomination(state="field_check", facilitator_id=people.joko.id, **case),
        "membership_proposals": MembershipProposal(household_id=household.id, step="suspend", cause="decile",
                                                   proposed_by=people.budi.id, proposed_at=now()),
    }  # fmt: skip
    if not table.startswith("monitoring"):
        return _kept(made[table])
    graduation_id = _kept(graduation)
    monitoring = _kept(Monitoring(state="open", graduation_id=graduation_id, cohort=2026, started_on=today(), **case))
    return monitoring if table == "monitorings" else _kept(MonitoringVisit(monitoring_id=monitoring, planned_on=today()))


def _kept(row):
    session.add(row)
    session.flush()
    return row.id
