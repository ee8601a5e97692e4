from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from portal import checks
from portal.evidence.records import Evidence
from portal.family.records.models import Episode, Household, Member
from portal.family.records.register import stated
from portal.kernel import clock, gate
from portal.kernel.base import session
from portal.kernel.people import Assignment
from portal.kernel.terms import EvidenceKind, Membership, Refused, RegistryMatch, Relation, Sex
from portal.kernel.workflow import Decision, Defects, Note, Reason
from portal.membership.records import proposals
from portal.membership.records.proposals import MembershipProposal
from portal.membership.rules import MembershipChange
from portal.nomination.records import nominations
from portal.nomination.records.effects import facilitators_of
from portal.nomination.records.nominations import NewFamily, NewMember, Nomination
from portal.nomination.rules import (
    NOMINATION,
    Assignee,
    Deliberation,
    DuplicateOf,
    Endorsement,
    FieldCheck,
    Forwarding,
    NationalResult,
)
from tests import beginnings, cast, rosters
from tests import graduating as go

pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("app")]

BORN = date(1990, 2, 3)


@pytest.fixture
def steps(people):
    """Takes steps by name, each with a key of its own."""
    return Steps(people)


class Steps:
    def __init__(self, people):
        self.people, self.taken = people, 0

    def take(self, who, nomination, step, stated=None):
        self.taken += 1
        actor = getattr(self.people, who)
        fresh = session.get(Nomination, nomination.id)
        return gate.perform(actor, fresh, step, seen=fresh.version, facts=stated, key=f"step{self.taken}")

    def scan(self, who, kind):
        actor = getattr(self.people, who)
        row = Evidence(
            kind=kind, sha256="0" * 64, media_type="image/jpeg", size=1, uploaded_by=actor.id, uploaded_at=clock.now()
        )
        session.add(row)
        session.commit()
        return (row.id,)

    def submitted(self, nomination=None):
        nomination = with_photos(self, nomination or draft(self.people))
        return self.take("wati", nomination, "submit", Note())

    def checked(self, step="recommend", nomination=None):
        nomination = self.submitted(nomination)
        self.take("wati", nomination, "deliberate", self.deliberation())
        self.take("wati", nomination, "endorse", self.endorsement())
        return self.take("sari", nomination, step, self.field_check())

    def deliberation(self):
        return Deliberation(
            held_on=clock.today(), attendees=12, decision="Layak", minutes=self.scan("wati", EvidenceKind.MINUTES),
            attendance_list=self.scan("wati", EvidenceKind.ATTENDANCE_LIST),
        )  # fmt: skip

    def endorsement(self):
        return Endorsement(signed_on=clock.today(), signed_minutes=self.scan("wati", EvidenceKind.SIGNED_MINUTES))

    def field_check(self):
        return FieldCheck(
            checked_on=clock.today(), lives_at_address=True, household_size=3, monthly_income=900_000, housing="Sewa",
            livelihood="Buruh cuci", opinion="Layak", photos=self.scan("sari", EvidenceKind.FIELD_CHECK_PHOTO),
        )  # fmt: skip


def new_family(nik=None, **changes):
    caretaker = NewMember("Lilik Sumarni", nik or cast.nik(BORN, Sex.FEMALE), Sex.FEMALE, BORN, Relation.HEAD)
    stated = {
        "kelurahan": cast.JATIMULYO, "address": "Jl. Kalpataru 5", "rt": 2, "rw": 5, "kk": cast.kk(), "kk_address": None,
        "phone": None, "caretaker": caretaker, "stated_reason": "Penghasilan tidak tetap", **changes,
    }  # fmt: skip
    return NewFamily(**stated)


def draft(people, **changes):
    return nominations.draft(people.wati, new_family(**changes), key="draft")


def with_photos(steps, nomination):
    for kind in nominations.PHOTOS:
        nominations.attach(steps.people.wati, nomination, kind, steps.scan("wati", kind), key=kind)
    return nomination


def household_of(nomination):
    return session.get(Household, nomination.household_id)


def test_a_draft_makes_a_candidate_family_with_its_recipient(people):
    household = household_of(draft(people))
    assert (household.membership, household.caretaker_name) == (Membership.CANDIDATE, "Lilik Sumarni")
    assert household.episodes == []


def test_the_same_draft_twice_makes_one_family(people):
    family = new_family()
    first, second = (nominations.draft(people.wati, family, key="same") for _ in range(2))
    assert first.id == second.id
    assert len(session.scalars(select(Nomination)).all()) == 1


def test_an_officer_nominates_only_in_the_own_kelurahan(people):
    with pytest.raises(gate.Forbidden):
        draft(people, kelurahan=cast.POLEHAN)


def test_an_empty_file_is_told_what_it_lacks(people, steps):
    nomination = draft(people, stated_reason="", rt=None)
    with pytest.raises(Refused) as refusal:
        steps.take("wati", nomination, "submit", Note())
    lacking = set(refusal.value.facts["missing"])
    assert lacking == {"identity_card_photo", "family_card_photo", "house_front_photo", "domicile", "stated_reason"}


def test_endorsing_gives_the_check_to_the_only_facilitator(people, steps):
    nomination = steps.submitted()
    steps.take("wati", nomination, "deliberate", steps.deliberation())
    checked = steps.take("wati", nomination, "endorse", steps.endorsement())
    assert (checked.state, checked.facilitator_id) == ("field_check", people.sari.id)


@pytest.mark.parametrize("area", [cast.JATIMULYO, "35.73.05", "35.73"])
def test_whoever_works_around_the_kelurahan_may_check(people, area):
    session.add(Assignment(user_id=people.joko.id, area_code=area))
    session.commit()
    assert [user.username for user in facilitators_of(cast.JATIMULYO)] == ["joko", "sari"]
    assert [user.username for user in facilitators_of(cast.GADANG)] == (["joko"] if area == "35.73" else [])


def test_the_whole_way_makes_an_active_family_with_a_first_episode(people, steps):
    nomination = steps.checked()
    steps.take("budi", nomination, "approve", Decision())
    steps.take("budi", nomination, "forward", Forwarding(forwarded_on=clock.today(), batch="2026-11"))
    steps.take("budi", nomination, "await_result", Note())
    steps.take("budi", nomination, "accept", NationalResult(decided_on=clock.today()))
    household = household_of(nomination)
    assert household.membership == Membership.ACTIVE
    assert [episode.number for episode in household.episodes] == [1]


def paid_while_waiting(people, steps):
    """A roster of payments has the family before the result from Jakarta was written down, and the supervisor believes it."""
    nomination = steps.checked()
    steps.take("budi", nomination, "approve", Decision())
    steps.take("budi", nomination, "forward", Forwarding(forwarded_on=clock.today(), batch="2026-11"))
    rosters.bring_in(people.budi, rosters.payment_file(rosters.recipient(household_of(nomination))))
    proposals.confirm(people.dewi, session.scalars(select(MembershipProposal)).one(), key="paid")
    assert household_of(nomination).membership == Membership.ACTIVE
    return nomination


def test_a_result_that_comes_after_the_first_payment_is_kept_and_opens_nothing_twice(people, steps):
    beginnings.tell()
    nomination = paid_while_waiting(people, steps)
    told = steps.take("budi", nomination, "accept", NationalResult(decided_on=clock.today()))
    household = household_of(nomination)
    assert (told.state, household.membership, len(household.episodes)) == ("accepted", Membership.ACTIVE, 1)
    assert checks.check() == []


def test_who_was_suspended_before_the_result_came_stays_suspended(people, steps):
    nomination = paid_while_waiting(people, steps)
    stated = MembershipChange(effective_on=clock.today(), reason="Desil 6")
    proposal = proposals.propose(people.ratna, household_of(nomination), "suspend", facts=stated, key="s")
    proposals.confirm(people.dewi, proposal, key="c")
    steps.take("budi", nomination, "accept", NationalResult(decided_on=clock.today()))
    assert household_of(nomination).membership == Membership.SUSPENDED


def test_a_refusal_after_the_first_payment_drops_nobody_who_is_paid(people, steps):
    nomination = paid_while_waiting(people, steps)
    steps.take("budi", nomination, "decline", NationalResult(decided_on=clock.today()))
    assert household_of(nomination).membership == Membership.ACTIVE


EARLIER = clock.today() - timedelta(days=1)


@pytest.mark.parametrize("result", ["accept", "decline"])
def test_a_day_never_lies_before_the_step_before(people, steps, result):
    nomination = steps.submitted()
    steps.take("wati", nomination, "deliberate", steps.deliberation())
    later = [
        ("wati", "endorse", replace(steps.endorsement(), signed_on=EARLIER), steps.endorsement()),
        ("sari", "recommend", replace(steps.field_check(), checked_on=EARLIER), steps.field_check()),
        ("budi", "approve", None, Decision()),
        ("budi", "forward", Forwarding(EARLIER, "1"), Forwarding(clock.today(), "1")),
        ("budi", result, NationalResult(EARLIER), NationalResult(clock.today())),
    ]
    for who, step, early, in_time in later:
        if early:
            with pytest.raises(Refused, match="out_of_order"):
                steps.take(who, nomination, step, early)
        steps.take(who, nomination, step, in_time)


def test_a_check_that_advises_against_needs_a_reason_to_approve(people, steps):
    nomination = steps.checked("recommend_against")
    with pytest.raises(Refused, match="step_not_from_here"):
        steps.take("budi", nomination, "approve", Decision())
    assert steps.take("budi", nomination, "approve_against_advice", Reason("Rumah rusak")).state == "approved"


def test_rejecting_drops_the_candidate(people, steps):
    nomination = steps.checked()
    steps.take("budi", nomination, "reject", Reason("Sudah mampu"))
    assert household_of(nomination).membership == Membership.DROPPED


def test_returned_goes_back_to_where_it_was(people, steps):
    nomination = steps.checked()
    steps.take("budi", nomination, "return", Defects(("Foto kabur",)))
    assert steps.take("wati", nomination, "resubmit", Note()).state == "recommended"


def test_what_was_said_is_told_in_the_order_of_the_steps(people, steps):
    nomination = steps.checked()
    steps.take("budi", nomination, "return", Defects(("Foto kabur",)))
    steps.take("wati", nomination, "resubmit", Note())
    steps.take("budi", nomination, "return", Defects(("Foto terpotong",)))
    told = [one.step for one in stated(session.get(Nomination, nomination.id))]
    assert told == ["submit", "deliberate", "endorse", "assign_check", "recommend", "resubmit", "return"]


def test_changed_people_go_the_whole_way_again(people, steps):
    nomination = steps.checked()
    steps.take("budi", nomination, "return", Defects(("Anak belum ditulis",)))
    child = NewMember("Bayu", None, Sex.MALE, date(2019, 1, 1), Relation.CHILD)
    nominations.add_member(people.wati, session.get(Nomination, nomination.id), child, key="child")
    assert steps.take("wati", nomination, "resubmit", Note()).state == "submitted"


@pytest.mark.parametrize(
    ("changes", "goes_to"), [({"address": "Jl. Baru 1"}, "submitted"), ({"group": "Melati"}, "recommended")]
)
def test_a_domicile_changed_on_the_familys_own_page_goes_the_whole_way_again(people, steps, changes, goes_to):
    nomination = steps.checked()
    steps.take("budi", nomination, "return", Defects(("Foto KK buram",)))
    gate.amend(people.budi, household_of(nomination), seen=1, changes=changes, key="a")
    assert steps.take("wati", nomination, "resubmit", Note()).state == goes_to


def test_a_submitted_file_is_closed(people, steps):
    nomination = steps.submitted()
    with pytest.raises(Refused, match="file_is_closed"):
        nominations.state_reason(people.wati, nomination, "lain", key="late")


def test_a_mismatched_family_stops_before_approval(people, steps):
    nomination = steps.checked()
    gate.amend(people.budi, household_of(nomination), seen=99, changes={"registry_match": RegistryMatch.MISMATCHED}, key="m")
    with pytest.raises(Refused) as refusal:
        steps.take("budi", nomination, "approve", Decision())
    assert refusal.value.facts["missing"] == ("nobody_barred",)


def test_a_family_that_left_returns_as_a_further_episode(people, steps):
    household = cast.family("Rumiyati", membership=Membership.EXITED)
    household.episodes[0].ended = clock.today() - timedelta(days=300)
    session.commit()
    nomination = nominations.renominate(people.wati, household, stated_reason="Usaha tutup", key="again")
    with_photos(steps, nomination)
    for who, step, facts in (
        ("wati", "submit", Note()),
        ("wati", "deliberate", steps.deliberation()),
        ("wati", "endorse", steps.endorsement()),
        ("sari", "recommend", steps.field_check()),
        ("budi", "approve", Decision()),
        ("budi", "forward", Forwarding(clock.today(), "1")),
        ("budi", "accept", NationalResult(clock.today())),
    ):
        steps.take(who, nomination, step, facts)
    numbers = list(session.scalars(select(Episode.number).where(Episode.household_id == household.id).order_by(Episode.number)))
    assert numbers == [1, 2]


def test_a_visit_from_before_the_nomination_makes_nobody_its_maker(people, steps):
    household = cast.family("Rumiyati", membership=Membership.EXITED)
    session.commit()
    go.assessed(people.sari, go.visited(people.sari, household))
    nomination = with_photos(steps, nominations.renominate(people.wati, household, stated_reason="Usaha tutup", key="again"))
    steps.take("wati", nomination, "submit", Note())
    steps.take("wati", nomination, "deliberate", steps.deliberation())
    steps.take("wati", nomination, "endorse", steps.endorsement())
    steps.take("sari", nomination, "recommend", steps.field_check())
    assert checks.check("four_eyes") == []


def test_nobody_comes_back_before_having_left(people, steps):
    household = cast.family("Rumiyati", membership=Membership.EXITED)
    household.episodes[0].ended = clock.today() - timedelta(days=3)
    session.commit()
    nomination = nominations.renominate(people.wati, household, stated_reason="Usaha tutup", key="again")
    nomination.state = "waiting"
    session.commit()
    with pytest.raises(Refused, match="outside_membership"):
        steps.take("budi", nomination, "accept", NationalResult(clock.today() - timedelta(days=4)))


def test_a_nomination_doubles_itself_or_a_family_out_of_sight_never(people, steps):
    nomination = steps.submitted()
    for household in (nomination.household, cast.household("Noise")):
        with pytest.raises(Refused, match="household_unknown"):
            steps.take("ratna", nomination, "mark_duplicate", DuplicateOf(household.id, "x"))


def test_an_active_family_is_not_nominated_again(people):
    with pytest.raises(Refused, match="step_not_from_here"):
        nominations.renominate(people.wati, cast.household("Misnati"), stated_reason="x", key="again")


def test_a_slip_in_the_draft_may_go_but_the_recipient_stays(people):
    nomination = draft(people)
    nominations.add_member(people.wati, nomination, NewMember("Salah", None, None, None, None), key="a")
    slip = session.scalars(select(Member).where(Member.name == "Salah")).one()
    nominations.remove_member(people.wati, nomination, slip.id, key="r")
    recipient = session.scalars(select(Member).where(Member.name == "Lilik Sumarni")).one()
    with pytest.raises(Refused, match="member_stays"):
        nominations.remove_member(people.wati, nomination, recipient.id, key="r2")


def test_only_a_facilitator_of_that_kelurahan_checks(people, steps):
    nomination = steps.submitted()
    steps.take("wati", nomination, "deliberate", steps.deliberation())
    steps.take("wati", nomination, "endorse", steps.endorsement())
    with pytest.raises(Refused, match="facilitator_not_here"):
        steps.take("budi", nomination, "assign_check", Assignee(people.joko.id))
    with pytest.raises(gate.Forbidden):
        steps.take("joko", nomination, "recommend", steps.field_check())


def test_every_open_state_can_be_withdrawn_before_forwarding():
    withdraw = NOMINATION.step("withdraw")
    assert set(NOMINATION.open_states) - set(withdraw.sources) == {"forwarded", "waiting"}
