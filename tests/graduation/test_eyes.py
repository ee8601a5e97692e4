"""Four eyes on the family's facts: whoever changed them since the last assessment decides nothing on its graduation."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from portal.assessment.records import visits
from portal.assessment.records.visits import Visit
from portal.family.records import register
from portal.family.records.models import Payment
from portal.graduation.rules import Recorded
from portal.kernel import gate
from portal.kernel.base import session
from portal.kernel.clock import today
from portal.kernel.terms import Refused, Sex
from portal.kernel.workflow import Decision, Defects, Reason
from tests import cast, rosters
from tests import graduating as go

pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("app")]


def _changed_address(people, misnati):
    gate.amend(people.budi, misnati, seen=misnati.version, changes={"address": "Jl. Baru No. 1"}, key=go.key())


def _changed_member(people, misnati):
    child = misnati.members[1]
    gate.amend(people.budi, child, seen=child.version, changes={"occupation": "Buruh"}, key=go.key())


def _changed_nik(people, misnati):
    member = misnati.members[0]
    register.correct_nik(people.budi, member, cast.nik(member.birth_date, member.sex), "Salah ketik", key=go.key())


def _changed_kk(people, misnati):
    register.change_kk(people.budi, misnati, cast.kk(date(2026, 2, 3)), None, key=go.key())


def _added_member(people, misnati):
    register.add_member(people.budi, misnati, register.ToldMember(name="Bayi"), key=go.key())


def _imported_member(people, misnati):
    told = rosters.person(misnati.members[0])
    baby = {
        **told,
        "nik": cast.nik(date(2026, 1, 2), Sex.MALE),
        "nama": "Bayi",
        "tanggal_lahir": "02/01/2026",
        "jenis_kelamin": "L",
    }
    rosters.bring_in(people.budi, rosters.family_file(rosters.head(misnati), told, baby))
    assert len(cast.household("Misnati").members) == 3


CHANGES = (_changed_address, _changed_member, _changed_nik, _changed_kk, _added_member, _imported_member)


@pytest.mark.parametrize("change", CHANGES)
def test_who_changed_the_familys_facts_after_its_assessment_does_not_decide(people, misnati, change):
    case = go.brought_to("submitted")
    change(people, cast.household("Misnati"))
    reason = Decision(override_reason="Sudah diperiksa")
    for step, stated in (("approve", reason), ("return", Defects(("x",))), ("reject", Reason("x"))):
        with pytest.raises(Refused) as refused:
            go.take(people.budi, case, step, stated)
        assert refused.value.facts["missing"] == ("changed_no_facts",)
    assert go.take(people.dewi, case, "approve", reason).state == "approved"


def test_who_changed_them_after_approval_does_not_see_the_case_through(people, misnati):
    case = go.brought_to("approved")
    _changed_address(people, cast.household("Misnati"))
    with pytest.raises(Refused, match="needs_missing"):
        go.take(people.budi, case, "record", Recorded(today(), "SIKS-1"))
    assert go.take(people.dewi, case, "record", Recorded(today(), "SIKS-1")).state == "recorded"


def test_who_changed_them_before_the_assessment_may_decide(people, misnati):
    """The facilitator has looked at the family since."""
    for change in CHANGES:
        change(people, cast.household("Misnati"))
    assert go.take(people.budi, go.brought_to("submitted"), "approve", Decision()).state == "approved"


def test_an_assessment_that_was_a_mistake_looked_at_nothing(people, misnati):
    go.assessed(people.sari, go.visited(people.sari, misnati, 5))
    _changed_address(people, cast.household("Misnati"))
    case = go.brought_to("submitted")
    visit = session.scalars(select(Visit).order_by(Visit.id.desc()).limit(1)).one()
    visits.mark_mistaken(people.sari, visit, "Salah rumah", key=go.key())
    with pytest.raises(Refused) as refused:
        go.take(people.budi, case, "approve", Decision(override_reason="x"))
    assert refused.value.facts["missing"] == ("changed_no_facts",)


def test_changing_another_familys_facts_changes_none_of_this_one(people):
    case = go.brought_to("submitted")
    _changed_address(people, cast.household("Ponijan"))
    assert go.take(people.budi, case, "approve", Decision()).state == "approved"


def test_planning_the_work_or_importing_payments_changes_no_facts(people, misnati):
    case = go.brought_to("submitted")
    household = cast.household("Misnati")
    gate.amend(people.budi, household, seen=household.version, changes={"facilitator_id": people.joko.id}, key=go.key(),
               action="household.assign")  # fmt: skip
    planned = {"next_visit_on": today() + timedelta(days=5), "note": "Tanyakan warungnya"}
    gate.amend(people.budi, household, seen=household.version, changes=planned, key=go.key())
    rosters.bring_in(people.budi, rosters.payment_file(rosters.recipient(household)))
    assert session.scalars(select(Payment)).one().batch_id
    assert go.take(people.budi, case, "approve", Decision()).state == "approved"
