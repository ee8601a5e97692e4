"""Files come into the register: what they bring, what they may not change, and that nothing comes twice."""

from collections import Counter
from datetime import date

import pytest
from sqlalchemy import func, select

from portal import checks
from portal.family.records.models import (
    Address,
    Batch,
    BatchRow,
    Decile,
    Episode,
    Household,
    KkNumber,
    Member,
    NameWord,
    Payment,
)
from portal.intake import lists
from portal.intake.records import batches, intake
from portal.kernel import gate
from portal.kernel.base import session
from portal.kernel.history import Event
from portal.kernel.terms import Membership, Relation
from portal.membership.records.proposals import MembershipProposal, confirm, dismiss
from tests import cast, rosters, shortcuts
from tests.rosters import CLEAN_A, CLEAN_F, Q4, apply, bring_in, codes

pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("app")]

FACTS = (Household, Member, KkNumber, Episode, Payment, Decile, Address, NameWord, MembershipProposal)


@pytest.fixture
def budi():
    return cast.actor("budi")


def counted():
    return {model.__tablename__: session.scalar(select(func.count()).select_from(model)) for model in FACTS}


def everything(budi, name, *, period=Q4):
    """Read, with all rows used that can be used, and applied."""
    return session.get(Batch, shortcuts.reach(f"all of {name}, {period}", lambda: _all_of(budi, name, period)))


def _all_of(budi, name, period):
    batch = rosters.read(budi, rosters.sample(name), name, period)
    return apply(budi, batches.decide(budi, batch, None, intake.use, said="use", key=f"use-{batch.id}")).id


# --- the two samples -----------------------------------------------------------------------------------------------


def test_the_payment_roster_brings_its_families(budi):
    batch = rosters.read(budi, rosters.sample(CLEAN_A))
    assert (batch.counts["ready"], batch.counts["look"], batch.counts["skipped"]) == (104, 16, 0)
    assert {tuple(codes(row)) for row in rosters.rows(batch, "look")} == {("amount_zero",)}
    assert apply(budi, batch).counts["opened"] == 104


def test_a_new_family_is_in_the_programme_since_nobody_knows_when(budi):
    batch = bring_in(budi, rosters.sample(CLEAN_A))
    family = session.get(Household, next(row.household_id for row in rosters.rows(batch) if row.row == 4))
    assert (family.membership, family.area.name, family.address, family.rt) == (
        "active",
        "Jatimulyo",
        "JL. MERGAN LORI NO. 160",
        7,
    )
    assert [(episode.number, episode.started) for episode in family.episodes] == [(1, None)]
    assert [(payment.stage, payment.amount) for payment in family.payments] == [("2026-Q4", 975_000)]
    assert (family.members[0].nik, family.members[0].is_caretaker, family.kk) == ("3573994601842978", True, "3573991806232976")


def test_dtsen_completes_every_family_of_the_roster(budi):
    everything(budi, CLEAN_A)
    batch = everything(budi, CLEAN_F)
    assert (batch.counts["changed"], batch.counts["look"], batch.counts["skipped"]) == (120, 0, 0)
    new = select(Household).where(Household.id > 4)
    assert sum(family.member_count for family in session.scalars(new)) == 439
    assert all(family.decile_period == "2026-Q4" for family in session.scalars(new))


def test_what_dtsen_knows_of_the_recipient_is_filled_in(budi):
    everything(budi, CLEAN_A)
    everything(budi, CLEAN_F)
    tumini = session.scalars(select(Member).where(Member.name == "TUMINI", Member.household_id > 4)).first()
    assert (tumini.relation, tumini.is_caretaker, str(tumini.birth_date)) == (Relation.SPOUSE, True, "1992-11-01")


def test_a_form_opened_before_the_file_came_does_not_take_back_what_it_filled_in(budi):
    everything(budi, CLEAN_A)
    tumini = session.scalars(select(Member).where(Member.name == "TUMINI", Member.household_id > 4)).first()
    seen = tumini.version
    session.rollback()
    everything(budi, CLEAN_F)
    with pytest.raises(gate.Stale) as stale:
        gate.amend(budi, tumini, seen=seen, changes={"name": "Tumini", "birth_date": None}, key="typed before")
    assert stale.value.fields == {"birth_date": (date(1992, 11, 1), None)}


def test_addresses_are_kept_with_their_period(budi):
    everything(budi, CLEAN_A)
    assert {address.period for address in session.scalars(select(Address))} == {"2026-Q4"}
    assert session.scalar(select(func.count(Address.household_id.distinct()))) == 120


def test_a_high_decile_is_proposed_for_suspension_and_nothing_more(budi):
    everything(budi, CLEAN_A)
    batch = everything(budi, CLEAN_F)
    proposals = list(session.scalars(select(MembershipProposal).where(MembershipProposal.batch_id == batch.id)))
    assert {(one.step, one.cause, one.state) for one in proposals} == {("suspend", "decile", "open")}
    assert {(one.facts["reason"], one.facts["period"], one.facts["suspend_from"]) for one in proposals} == {("", "2026-Q4", 5)}
    assert len(proposals) == len({one.household_id for one in proposals}) == 25
    assert Counter(session.scalars(select(Household.membership).where(Household.id > 4))) == {"active": 120}


def test_a_proposal_of_a_file_can_be_confirmed_by_another_than_its_importer(budi):
    everything(budi, CLEAN_A)
    everything(budi, CLEAN_F)
    proposal = session.scalars(select(MembershipProposal)).first()
    assert confirm(cast.actor("dewi"), proposal, key="yes").household.membership == Membership.SUSPENDED


def test_the_register_holds_together_afterwards(budi):
    everything(budi, CLEAN_A)
    everything(budi, CLEAN_F)
    of_the_cast = range(1, 5)
    assert [found for found in checks.check() if found.subject_id not in of_the_cast] == []


def test_every_family_tells_where_it_came_from(budi):
    batch = bring_in(budi, rosters.sample(CLEAN_A))
    opened = list(session.scalars(select(Event).where(Event.kind == "membership.open")))
    assert {(event.from_state, event.to_state, event.detail["batch"]) for event in opened} == {(None, "active", batch.id)}
    assert len(opened) == 104


# --- twice, and once more ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [CLEAN_A, CLEAN_F])
def test_the_same_file_twice_changes_nothing(budi, name):
    everything(budi, CLEAN_A)
    everything(budi, name)
    before = counted()
    again = everything(budi, name)
    assert (again.counts["rows"], again.counts["unchanged"]) == (120, 120)
    assert counted() == before


def test_other_bytes_with_the_same_content_change_nothing(budi):
    everything(budi, CLEAN_A)
    before = counted()
    batch = bring_in(budi, rosters.sample(CLEAN_A).replace(b",", b";"))
    assert (batch.counts["unchanged"], counted()) == (120, before)


def test_the_same_file_while_open_is_the_same_batch(budi):
    first = rosters.read(budi, rosters.sample(CLEAN_A), "a.csv")
    assert rosters.read(budi, rosters.sample(CLEAN_A), "b.csv").id == first.id
    assert session.query(BatchRow).count() == 120


def test_a_file_known_to_have_been_applied_says_so(budi):
    first = bring_in(budi, rosters.sample(CLEAN_A))
    assert lists.earlier(rosters.read(budi, rosters.sample(CLEAN_A))).id == first.id


def test_a_dismissed_proposal_is_not_proposed_again_by_the_same_file(budi):
    everything(budi, CLEAN_A)
    everything(budi, CLEAN_F)
    for proposal in list(session.scalars(select(MembershipProposal))):
        dismiss(cast.actor("dewi"), proposal, reason="sudah dicek", key=f"no-{proposal.id}")
    everything(budi, CLEAN_F)
    assert session.scalars(select(MembershipProposal.state).distinct()).all() == ["dismissed"]


@pytest.mark.parametrize("name", ["/rumah/3573991203840001.csv", "NIK 3573 9912 0384 0001.csv", "357399-120384-0001.csv"])
def test_an_identity_number_in_a_file_name_is_not_kept(name):
    assert batches.shown_name(name).removeprefix("NIK ") == "•••.csv"


def test_a_date_in_a_file_name_stays():
    assert batches.shown_name("bnba 2026-11-24.csv") == "bnba 2026-11-24.csv"
