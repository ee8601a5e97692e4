"""What may become of a family in the programme: visits, changes of membership, and what happens only now and then."""

from datetime import date, timedelta

from portal.assessment.records import visits
from portal.assessment.rules.instrument import Section
from portal.caseload.records import transfers
from portal.demo import words
from portal.demo.family import Fortune, ToldFamily
from portal.demo.town import Story, Town, filed_on
from portal.family.records import register, reveals
from portal.family.records.register import ToldMember
from portal.family.records.reveals import Number, NumberKind, Purpose
from portal.kernel import clock, gate
from portal.kernel.base import session
from portal.kernel.terms import EvidenceKind, ExitType, LeavingReason, Presence, RegistryMatch, Relation, Sex
from portal.membership.records import proposals, suggestions
from portal.membership.records.models import MembershipProposal
from portal.membership.rules import IneligibleBecause, IneligibleExit, MembershipChange, NonComplianceExit, Resumption


def ordinary(
    family: ToldFamily, last: int, *, standing: Fortune | None = None, missed: bool = False, leaves_out: str = ""
) -> Story:
    """In the programme, visited every three months, lately so many days ago; `missed`: nobody was at home the last time."""
    days = family.town.days
    yield from family.settle_in()
    for back in (last + 182, last + 91)[: None if family.town.is_large else 0]:
        yield days.ago(back)
        family.meet(photos=family.turn % 2)
    yield days.ago(last)
    if missed:
        family.miss(retry_in=9)
        return
    visit = family.meet(photos=1)
    if standing:
        family.assess(visit, standing, leaves_out=leaves_out)


def drafted(family: ToldFamily, last: int) -> Story:
    """Visited some days ago; the assessment waits to be finished."""
    yield from ordinary(family, last + 91)
    yield family.town.days.ago(last)
    family.begin_assessment(family.meet(), Fortune.ON_THE_WAY, tuple(Section)[:4])


def told(family: ToldFamily, *, presence: Presence | None = None, match: RegistryMatch | None = None, last: int = 30) -> Story:
    """Something about the family is not as it should be."""
    yield from ordinary(family, last)
    if presence:
        family.amend(presence=presence, note="Tetangga menyebut keluarga sudah lama tidak terlihat.")
    if match:
        family.amend(registry_match=match, registry_checked_on=clock.today())


# --- membership ----------------------------------------------------------------------------------------------------


def risen(family: ToldFamily, outcome: str, *, back: int = 0, resumed: str = "") -> Story:
    """The rank of the newest quarter, or an earlier one, is above the limit: a file says so, Budi confirms or does not.
    `resumed`: a field check then found the family still in need; the proposal is open or confirmed."""
    day = filed_on(family.town.days.quarter(back))
    yield from ordinary(family, (family.town.days.last - day).days + 20)
    if outcome != "open":
        yield day + timedelta(days=5)
        _settle(family, outcome)
    if resumed:
        yield day + timedelta(days=7)
        report = family.staged(EvidenceKind.FIELD_REPORT)
        family.propose("resume", Resumption(clock.today(), family.said(words.RESUMED), report))
    if resumed == "confirmed":
        yield family.town.days.ago(40)
        _settle(family, "confirmed")
        family.meet()


def left(family: ToldFamily, way: ExitType, outcome: str, ago: int) -> Story:
    """Left, or is about to, without a graduation."""
    yield from ordinary(family, ago + 30)
    yield family.town.days.ago(ago)
    today = clock.today()
    proof = () if way is ExitType.NATURAL else family.staged(EvidenceKind.EXIT_PROOF)
    if way is ExitType.NATURAL:
        proposals.confirm_members(family.by, family.row, key=family.key())
        family.propose("exit_natural", MembershipChange(today, words.NATURAL))
    elif way is ExitType.NON_COMPLIANCE:
        family.propose("exit_non_compliance", NonComplianceExit(today, words.NON_COMPLIANCE, proof))
    else:
        because, reason = family.town.rng.choice(list(words.INELIGIBLE.items()))
        family.propose("exit_ineligible", IneligibleExit(today, IneligibleBecause(because), reason, proof))
    yield from _later(family, outcome)


def suspended_by_hand(family: ToldFamily, outcome: str, ago: int) -> Story:
    yield from ordinary(family, ago + 20)
    yield family.town.days.ago(ago)
    family.propose("suspend", MembershipChange(clock.today(), "Keluarga bekerja di luar kota sejak bulan lalu."))
    yield from _later(family, outcome)


def paid_first(family: ToldFamily, story: Story, outcome: str) -> Story:
    """A nominated family that the newest roster pays already."""
    yield from story
    yield filed_on(family.town.days.quarter(), days_later=9)
    if outcome != "open":
        _settle(family, outcome)


def _later(family: ToldFamily, outcome: str) -> Story:
    if outcome != "open":
        yield clock.today() + timedelta(days=4)
        _settle(family, outcome)


def _settle(family: ToldFamily, outcome: str) -> None:
    household, budi = family.row, family.town.people["budi"]
    proposal = session.query(MembershipProposal).filter_by(household_id=household.id, state="open").one()
    if outcome == "confirmed":
        proposals.confirm(budi, proposal, key=family.key())
    else:
        proposals.dismiss(budi, proposal, reason=family.said(words.DISMISSED), key=family.key())


def looked_for(town: Town) -> Story:
    """Budi has the portal look for families that rosters leave out or that have no component left."""
    yield town.days.ago(2)
    suggestions.propose_where_unpaid(town.people["budi"], key=town.key())
    suggestions.propose_where_nothing_is_left(town.people["budi"], key=town.key())


# --- what happens now and then: told once, never copied ------------------------------------------------------------


def busy(family: ToldFamily) -> Story:
    """Everything that may be written on a family's page."""
    by, days, key = family.by, family.town.days, family.key
    yield from ordinary(family, 120)
    yield days.ago(80)
    baby = ToldMember(name="Ananda Putra", sex=Sex.MALE, birth_date=clock.today() - timedelta(days=40), relation=Relation.CHILD)
    register.add_member(by, family.row, baby, key=key())
    register.change_kk(by, family.row, family.town.numbers.kk(clock.today() - timedelta(days=20)), clock.today(), key=key())
    yield days.ago(70)
    aid = register.add_aid(by, family.row, "KUR", date(days.year - 1, 3, 1), key=key())
    register.end_aid(by, family.row, aid.id, clock.today() - timedelta(days=3), key=key())
    eldest = next(one for one in family.people if one.relation is Relation.CHILD)
    register.record_leaving(by, family.member(eldest), clock.today(), LeavingReason.MOVED_OUT, key=key())
    yield days.ago(60)
    child = next(one for one in family.people[::-1] if one.relation is Relation.CHILD)
    nik = family.town.numbers.nik(child.birth_date, child.sex)
    register.correct_nik(by, family.member(child), nik, "Salah ketik pada berkas, sesuai KK baru.", key=key())
    visit = family.meet()
    visits.add_photos(by, visit, family.staged(EvidenceKind.VISIT_PHOTO, 2), key=key())
    yield days.ago(50)
    visits.mark_mistaken(by, family.meet(photos=0), "Tercatat pada keluarga yang salah.", key=key())
    yield days.ago(20)
    family.meet()
    reveals.reveal(by, family.row, Number(NumberKind.KK), Purpose.SIKS_ENTRY, key=key())
    reveals.look_up(family.town.people["budi"], family.kk, key=key())


def handed_over(family: ToldFamily, before: str) -> Story:
    """Another facilitator looked after the family first; the head became the recipient then."""
    town, after = family.town, family.by
    family.by = town.people[before]
    yield from ordinary(family, 210, standing=Fortune.IN_NEED)
    yield town.days.ago(100)
    family.by = after
    transfers.assign(town.people["budi"], [family.row.id], after.id, key=town.key())
    yield town.days.ago(15)
    register.choose_caretaker(after, family.member(family.people[0]), key=town.key())
    family.meet()
    gate.amend(
        town.people["wati"], family.row, seen=family.row.version, changes={"rw": family.rw % 12 + 1}, key=town.key(),
        action="household.correct_address",
    )  # fmt: skip
