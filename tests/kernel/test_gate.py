"""The gate: sight and permission agree, and a write happens whole, once, and on the row as it is now."""

import itertools

import pytest
from sqlalchemy import select

from portal.assessment.records.visits import Visit
from portal.evidence.records import Evidence
from portal.family.records.models import Household, Member
from portal.graduation.records.dossiers import Graduation
from portal.kernel import gate, policy
from portal.kernel.base import session
from portal.kernel.clock import now
from portal.kernel.history import Event, Receipt
from portal.kernel.terms import EvidenceKind, ExitType, Refused, VisitOutcome
from portal.membership.records.proposals import MembershipProposal
from portal.monitoring.records import Monitoring
from portal.nomination.records.nominations import Nomination
from tests import cast

pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("app")]


def test_sight_and_permission_agree_for_every_role_action_and_row(people):
    rows = {model: session.scalars(select(model)).all() for model in [*_one_of_each_case(people), Household, Member]}
    for actor, action, model in itertools.product(vars(people).values(), policy.GRANTS, rows):
        in_list = set(session.scalars(select(model.id).where(gate.visible(actor, action, model))))
        one_by_one = {row.id for row in rows[model] if gate.can(actor, action, row)}
        assert in_list == one_by_one, (actor.username, action, model.__name__)


def _one_of_each_case(people):
    """A case on a family in each place, so that borders are met; returns the models."""
    common = {"state_since": now(), "opened_at": now(), "opened_by": people.budi.id, "facts": {}}
    for household in list(session.scalars(select(Household))):
        graduation = Graduation(household_id=household.id, state="identified", exit_type=ExitType.INDEPENDENT, **common)
        session.add_all(
            [graduation, Nomination(household_id=household.id, state="draft", facilitator_id=people.joko.id, **common)]
        )
        session.flush()
        follow_up = {"graduation_id": graduation.id, "cohort": 2026, "started_on": now().date()}
        session.add_all([Monitoring(household_id=household.id, state="open", **follow_up, **common), _visit(household, people)])
        session.add(
            MembershipProposal(household_id=household.id, step="suspend", cause="decile", proposed_by=1, proposed_at=now())
        )
        session.add(Evidence(kind=EvidenceKind.HOUSE_FRONT, sha256="0" * 64, media_type="image/jpeg", size=1,
                             household_id=household.id, uploaded_by=people.sari.id, uploaded_at=now()))  # fmt: skip
    session.commit()
    return [Graduation, Nomination, Monitoring, Visit, MembershipProposal, Evidence]


def _visit(household, people):
    outcome = VisitOutcome.MET
    return Visit(
        household_id=household.id,
        visited_on=now().date(),
        outcome=outcome,
        recorded_by=people.sari.id,
        recorded_at=now(),
    )


def test_what_is_out_of_sight_is_not_found_and_what_is_in_sight_may_be_forbidden(people, misnati):
    with pytest.raises(gate.NotFound):
        gate.find(people.joko, "household.update", Household, misnati.id)
    with pytest.raises(gate.Forbidden):
        gate.find(people.kepala, "household.update", Household, misnati.id)
    assert gate.find(people.sari, "household.update", Household, misnati.id).id == misnati.id


def test_a_change_is_saved_with_its_event_and_receipt(people, misnati):
    saved = gate.amend(people.sari, misnati, seen=1, changes={"note": "pindah dapur"}, key="a")
    event = session.scalars(select(Event)).one()
    assert (saved.note, saved.version) == ("pindah dapur", 2)
    assert event.detail == {"version": 2, "changes": {"note": [None, "pindah dapur"]}}
    assert session.get(Receipt, (people.sari.id, "a")).event_seq == event.seq


def test_the_same_key_again_changes_nothing(people, misnati):
    gate.amend(people.sari, misnati, seen=1, changes={"rt": 9}, key="a")
    again = gate.amend(people.sari, misnati, seen=1, changes={"rt": 9}, key="a")
    assert again.version == 2
    assert len(session.scalars(select(Event)).all()) == 1


def test_the_same_key_with_other_content_is_refused(people, misnati):
    gate.amend(people.sari, misnati, seen=1, changes={"rt": 9}, key="a")
    with pytest.raises(gate.KeyReused):
        gate.amend(people.sari, misnati, seen=2, changes={"rt": 8}, key="a")
    assert cast.household("Misnati").rt == 9


def test_a_refused_change_keeps_its_key_and_leaves_nothing(people, misnati):
    def refuse(work, row):
        row.note = "never"
        raise Refused("no")

    with pytest.raises(Refused):
        gate.write(people.sari, "household.update", misnati, key="a", payload={}, act=refuse)
    assert cast.household("Misnati").note is None
    assert session.get(Receipt, (people.sari.id, "a")) is None


def test_the_same_field_changed_by_another_is_stale_and_shows_both(people, misnati):
    gate.amend(people.budi, misnati, seen=1, changes={"note": "dari Budi"}, key="b")
    with pytest.raises(gate.Stale) as stale:
        gate.amend(people.sari, misnati, seen=1, changes={"note": "dari Sari"}, key="a")
    assert stale.value.fields == {"note": ("dari Budi", "dari Sari")}


def test_other_fields_changed_by_another_do_not_get_in_the_way(people, misnati):
    gate.amend(people.budi, misnati, seen=1, changes={"note": "dari Budi"}, key="b")
    saved = gate.amend(people.sari, misnati, seen=1, changes={"rt": 9}, key="a")
    assert (saved.note, saved.rt) == ("dari Budi", 9)


def test_permission_is_asked_again_under_the_lock(people, misnati):
    gate.amend(people.budi, misnati, seen=1, changes={"facilitator_id": people.joko.id}, key="b", action="household.assign")
    with pytest.raises(gate.Forbidden):
        gate.amend(people.sari, misnati, seen=2, changes={"note": "masih punyaku?"}, key="a")


def test_history_never_shows_a_number(people, misnati):
    gate.amend(people.sari, misnati, seen=1, changes={"phone": "+6281234567890"}, key="a")
    assert "81234567890" not in str(session.scalars(select(Event)).one().detail)


def test_nobody_takes_a_membership_step_directly(people, misnati):
    with pytest.raises(gate.Forbidden):
        gate.perform(people.budi, misnati, "suspend", seen=1, key="a")


def test_a_present_number_is_taken(people, misnati):
    taken = misnati.members[0].nik
    suliyah = cast.household("Suliyah").members[0]
    with pytest.raises(Refused, match="nik_taken"):
        gate.amend(people.sari, suliyah, seen=1, changes={"nik": taken}, key="a")


def test_two_missing_numbers_never_collide(people):
    for name in ("Misnati", "Suliyah"):
        member = cast.household(name).members[0]
        assert gate.amend(people.sari, member, seen=1, changes={"nik": None}, key=name).nik is None
