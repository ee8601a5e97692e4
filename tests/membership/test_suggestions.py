"""What the portal proposes by itself: natural graduation and suspension, and what it leaves alone."""

from datetime import date

import pytest
from sqlalchemy import delete, select

from portal.family.records.models import Payment
from portal.kernel import gate, schedule
from portal.kernel.base import session
from portal.kernel.clock import today
from portal.kernel.history import Event
from portal.kernel.settings import Setting
from portal.kernel.terms import Membership, Period, Refused, SchoolLevel
from portal.membership.records import proposals, suggestions
from portal.membership.records.proposals import MembershipProposal
from tests import cast, rosters

pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("app")]

THIS = Period.of(today())
LAST, EARLIER = THIS.previous(), THIS.previous().previous()


@pytest.fixture
def neighbour():
    """Another family of Misnati's kelurahan, in every roster: so there were rosters."""
    neighbour = cast.family("Wagini")
    paid(neighbour, EARLIER, LAST, THIS)
    return neighbour


def paid(family, *stages, amount=750_000):
    session.add_all([Payment(household_id=family.id, stage=str(stage), amount=amount) for stage in stages])
    session.commit()


def looked(people, key="k", who="budi"):
    return suggestions.propose_where_unpaid(getattr(people, who), key=key)


def proposed():
    return session.scalars(select(MembershipProposal)).one()


def test_who_was_paid_but_is_in_neither_of_two_rosters_is_proposed(people, misnati, neighbour):
    paid(misnati, EARLIER)
    assert looked(people) == 1
    found = proposed()
    assert (found.household_id, found.step, found.cause, found.proposed_by) == (misnati.id, "suspend", "unpaid", None)
    assert found.facts["stages"] == [str(LAST), str(THIS)]
    history = select(Event.detail).where(Event.kind == "membership.proposed")
    assert session.scalars(history).one()["stages"] == [str(LAST), str(THIS)]
    assert looked(people, "again") == 0


def test_what_the_rosters_suggest_a_supervisor_confirms(people, misnati, neighbour):
    paid(misnati, EARLIER)
    looked(people)
    assert cast.household("Misnati").membership == Membership.ACTIVE
    proposals.confirm(people.budi, proposed(), key="c")
    assert cast.household("Misnati").membership == Membership.SUSPENDED


def test_who_brought_the_rosters_that_leave_a_family_out_does_not_decide(people, misnati):
    """Of its own kelurahan: those of another one propose nothing here."""
    ponijan = cast.household("Ponijan")
    paid(misnati, EARLIER)
    for at, stage in enumerate((LAST, THIS)):
        told = {"TAHAP": f"{str(stage)[-1]}/{str(stage)[:4]}"}
        rosters.bring_in(people.budi, rosters.payment_file(told), f"jatimulyo {at}", stage)
        place = {"NAMA_KEC": "BLIMBING", "NAMA_KEL": "POLEHAN", "KODE_WILAYAH": rosters.POLEHAN}
        elsewhere = rosters.payment_file({**rosters.recipient(ponijan), **place, **told})
        rosters.bring_in(people.dewi, elsewhere, f"polehan {at}", stage)
    assert looked(people) == 1
    with pytest.raises(Refused) as refusal:
        proposals.confirm(people.budi, proposed(), key="c")
    assert refusal.value.facts["missing"] == ("not_maker",)
    assert proposals.confirm(people.dewi, proposed(), key="d").state == "confirmed"


@pytest.mark.parametrize("stages", [(EARLIER, LAST), (EARLIER, THIS), ()])
def test_one_roster_alone_proves_nothing_nor_does_a_family_never_paid(people, misnati, neighbour, stages):
    paid(misnati, *stages)
    assert looked(people) == 0


def test_an_amount_of_nothing_proves_nothing(people, misnati, neighbour):
    paid(misnati, EARLIER)
    paid(misnati, THIS, amount=0)
    assert looked(people) == 0


def test_no_roster_of_the_kelurahan_no_proposal(people, neighbour):
    """Only Wagini's kelurahan was paid lately; Ponijan's roster may simply not have come in."""
    paid(cast.household("Ponijan"), EARLIER)
    assert looked(people) == 0


def test_who_is_suspended_already_is_left_alone(people, neighbour):
    paid(cast.household("Suliyah"), EARLIER)
    assert looked(people) == 0


def test_only_families_in_the_own_area_are_looked_for(people):
    for stage in (LAST, THIS):
        paid(cast.household("Noise"), stage)
    stranger = cast.family("Paijah", kelurahan=cast.GADANG)
    paid(stranger, EARLIER)
    assert (looked(people, who="ratna"), looked(people, who="budi")) == (0, 1)


def test_what_was_dismissed_comes_again_only_after_a_further_roster(people, misnati, neighbour):
    paid(misnati, EARLIER)
    session.execute(delete(Payment).where(Payment.stage == str(THIS)))
    paid(neighbour, EARLIER.previous())
    paid(misnati, EARLIER.previous())
    session.execute(delete(Payment).where(Payment.household_id == misnati.id, Payment.stage == str(EARLIER)))
    session.commit()
    assert looked(people) == 1
    proposals.dismiss(people.budi, proposed(), reason="Rekening bermasalah, sedang diurus.", key="d")
    assert looked(people, "same") == 0
    paid(neighbour, THIS)
    assert looked(people, "further") == 1


def test_the_rule_looks_past_those_of_whom_age_only_presumes(people, misnati, monkeypatch):
    """Reading one by one, the family that only seems to have nothing left must not hide the one that has."""
    monkeypatch.setattr(suggestions, "_READ_AT_ONCE", 1)
    for caretaker, level in (("Misnati", SchoolLevel.SENIOR_SECONDARY), ("Suliyah", SchoolLevel.FINISHED)):
        child = cast.household(caretaker).members[1]
        child.school_level, child.birth_date = level, date(1999, 1, 1)
    session.commit()
    assert suggestions.propose_where_nothing_is_left(people.budi, key="s") == 1
    assert proposed().household_id == cast.household("Suliyah").id


def grown_up(people, misnati, level=SchoolLevel.FINISHED):
    child = misnati.members[1]
    gate.amend(people.sari, child, seen=1, changes={"school_level": level, "birth_date": date(1999, 1, 1)}, key="g")


def test_the_portal_proposes_a_natural_exit_where_nothing_is_left(people, misnati):
    grown_up(people, misnati)
    assert suggestions.propose_where_nothing_is_left(people.budi, key="s") == 1
    proposal = proposed()
    assert (proposal.household_id, proposal.step, proposal.proposed_by) == (misnati.id, "exit_natural", None)
    assert suggestions.propose_where_nothing_is_left(people.budi, key="t") == 0


@pytest.mark.parametrize(
    ("years", "level", "found"),
    [
        (18, SchoolLevel.FINISHED, 1), (8, SchoolLevel.NOT_IN_SCHOOL, 1), (18, SchoolLevel.SENIOR_SECONDARY, 0),
        (18, None, 0), (5, SchoolLevel.NOT_IN_SCHOOL, 0),
    ],
)  # fmt: skip
def test_a_child_who_has_left_school_is_no_component(people, misnati, years, level, found):
    changes = {"school_level": level, "birth_date": schedule.add_months(today(), -12 * years)}
    gate.amend(people.sari, misnati.members[1], seen=1, changes=changes, key="g")
    assert suggestions.propose_where_nothing_is_left(people.budi, key="s") == found


def test_from_which_age_the_elderly_count_is_the_settings(people, misnati):
    grown_up(people, misnati)
    changes = {"birth_date": schedule.add_months(today(), -12 * 72)}
    gate.amend(people.sari, misnati.members[0], seen=1, changes=changes, key="old")
    assert suggestions.propose_where_nothing_is_left(people.budi, key="s") == 0
    session.add(Setting(key="elderly_age", valid_from=today(), value="75", source="SK 9/2026"))
    session.commit()
    assert suggestions.propose_where_nothing_is_left(people.budi, key="t") == 1


def test_the_portal_proposes_nothing_while_a_record_still_names_a_school(people, misnati):
    grown_up(people, misnati, SchoolLevel.SENIOR_SECONDARY)
    assert suggestions.propose_where_nothing_is_left(people.budi, key="s") == 0


def test_the_portal_looks_only_in_the_own_area(people):
    ponijan = cast.household("Ponijan")
    child = ponijan.members[1]
    gate.amend(
        people.joko, child, seen=1, changes={"school_level": SchoolLevel.FINISHED, "birth_date": date(1999, 1, 1)}, key="g"
    )
    assert suggestions.propose_where_nothing_is_left(people.ratna, key="s") == 0


def test_what_the_portal_proposed_the_supervisor_closes_once_the_members_are_confirmed(people, misnati):
    grown_up(people, misnati)
    suggestions.propose_where_nothing_is_left(people.budi, key="s")
    proposal = proposed()
    with pytest.raises(Refused, match="needs_missing"):
        proposals.confirm(people.budi, proposal, key="c")
    proposals.confirm_members(people.sari, misnati, key="m")
    assert proposals.confirm(people.budi, proposal, key="d").state == "confirmed"
