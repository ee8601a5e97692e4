"""The demo: the accounts, the numbers and the spread that were promised, and the same city for the same seed."""

from collections import Counter, defaultdict
from datetime import date

import pytest
from sqlalchemy import func, select

from portal import checks as invariants
from portal import demo
from portal.assessment.records.visits import Visit
from portal.assessment.rules.instrument import Section
from portal.board.records import Target
from portal.demo import cast, loading, office
from portal.family.records.models import Batch, Household, KkNumber, Member
from portal.graduation.records.dossiers import ClosedYear, Graduation
from portal.kernel import identity
from portal.kernel.base import session
from portal.kernel.history import Event
from portal.kernel.people import User
from portal.kernel.settings import Setting
from portal.kernel.terms import Membership, RegistryMatch, Role, Sex
from portal.membership.records.proposals import MembershipProposal
from portal.monitoring.records import Monitoring
from portal.nomination.records.nominations import Nomination
from portal.office.records import accounts
from tests.conftest import DEMO_FAMILIES
from tests.demo.shapes import SHAPES
from tests.flows import FLOWS
from tests.visitor import Visitor

TODAY = date(2026, 11, 24)
WORDS = {"changed": "Diperbarui", "opened": "Keluarga baru"}


def count(model, *where):
    return session.scalar(select(func.count()).select_from(model).where(*where))


def user(username):
    return session.scalars(select(User).where(User.username == username)).one()


def test_the_accounts_that_are_told_can_log_in_at_once(demo_app):
    for username in demo.SHOWN:
        assert not accounts.authenticate(username, demo.PASSWORD, address="127.0.0.1").must_change_password


def test_there_are_as_many_families_as_were_asked_for(demo_app):
    assert count(Household) == DEMO_FAMILIES


def test_a_database_in_use_is_left_alone(app):
    before = count(Household)
    with pytest.raises(loading.NotEmpty):
        demo.fill(demo.FEWEST, 1, TODAY)
    assert count(Household) == before


def test_too_few_families_are_refused(blank_app):
    with pytest.raises(ValueError, match="needs"):
        demo.fill(demo.FEWEST - 1, 1, TODAY)


def test_last_year_had_229_graduations_and_this_year_goes_towards_300(application):
    with cast.stage(demo.FEWEST, 3, TODAY) as stage:
        stage.tell()
        effective = dict(session.execute(select(Graduation.household_id, Graduation.effective_on)).all())
        parts = [(part.name, effective.get(part.family.id), part.whole) for part in stage.cast.parts]
    under_way = sum(whole for name, _day, whole in parts if name in ("graduation.approved", "graduation.recorded"))
    assert sum(whole for _name, day, whole in parts if day and day.year == 2025) == 229
    assert 225 <= sum(whole for _name, day, whole in parts if day and day.year == 2026) + under_way <= 260
    assert sum(many for month, many in cast.EFFECTIVE[-1].items() if month <= 9) == 130


def test_made_up_numbers_are_well_formed_nobodys_and_fit_the_person(demo_app):
    members = session.scalars(select(Member).where(Member.nik.is_not(None))).all()
    assert all(member.nik.startswith("357399") for member in members)
    checks = [identity.check_nik(m.nik, today=TODAY, birth_date=m.birth_date, sex=m.sex) for m in members]
    assert all(check.valid and not check.warnings for check in checks)
    assert all(identity.check_kk(number.kk, TODAY).valid for number in session.scalars(select(KkNumber)))


def test_names_are_as_they_are_met_in_malang(demo_app):
    names = session.scalars(select(Member.name)).all()
    assert sum(" " not in name for name in names) > len(names) / 8
    for part in ("Siti ", "Sri ", "Moh. ", "H. ", " bin ", " binti ", "oe"):
        assert any(part in name for name in names), part


def test_men_are_addressed_as_men(demo_app):
    caretaker = (Member.household_id == Visit.household_id, Member.is_caretaker.is_(True), Visit.present != "")
    told = session.execute(select(Member.sex, Visit.present).where(*caretaker)).all()
    assert {(sex, present.split()[0]) for sex, present in told if not present.startswith("Keluarga")} == {
        (Sex.MALE, "Bapak"),
        (Sex.FEMALE, "Ibu"),
    }


def test_a_suspension_tells_the_decile_that_a_file_had(demo_app):
    by_file = select(MembershipProposal.household_id).where(MembershipProposal.cause == "decile")
    suspended = (Event.kind == "membership.suspend", Event.household_id.in_(by_file))
    told = list(session.scalars(select(Event.detail).where(*suspended)))
    assert told
    assert all({"decile", "period", "suspend_from"} <= detail.keys() for detail in told)


def test_each_file_shows_the_families_that_it_changed(demo_app):
    dewi = Visitor(demo_app, "dewi")
    listed = [node["href"] for node in dewi.get("/impor").all("#list a")]
    assert listed
    for address in listed[:9]:
        batch = session.get(Batch, int(address.rpartition("/")[2]))
        outcome = "changed" if batch.counts["changed"] else "opened"
        number = next(link for link in dewi.get(address).all("#summary a") if WORDS[outcome] in link.text)
        assert str(batch.counts[outcome]) in number.text
        assert len(dewi.get(number["href"]).all("#list tbody tr")) == min(batch.counts[outcome], 25) > 0
    assert count(MembershipProposal, MembershipProposal.cause == "decile", MembershipProposal.batch_id.is_(None)) == 0


def test_families_live_where_the_press_said(demo_app):
    by_kecamatan = dict(session.execute(select(Household.kecamatan, func.count()).group_by(Household.kecamatan)).all())
    assert by_kecamatan["35.73.01"] > 2 * by_kecamatan["35.73.02"]
    assert count(Household, Household.kelurahan == office.JATIMULYO) > 0


def test_sari_has_something_to_do_today(demo_app):
    sari = user("sari")
    mine = Household.facilitator_id == sari.id
    assert count(Household, mine, Household.due_on < TODAY) >= 2
    assert count(Household, mine, Household.due_on == TODAY) >= 1
    assert session.scalar(select(func.count()).select_from(Graduation).join(Graduation.household).where(
        mine, Graduation.state == "returned"))  # fmt: skip


def test_every_supervisor_has_a_queue(demo_app):
    assert count(Graduation, Graduation.state == "submitted") >= 1
    assert count(Nomination, Nomination.state.in_(("recommended", "not_recommended"))) >= 2


def test_some_families_fell_back_and_were_proposed_again(demo_app):
    relapsed = session.scalars(select(Monitoring).where(Monitoring.relapsed_on.is_not(None))).all()
    linked = {nomination.monitoring_id for nomination in session.scalars(select(Nomination)) if nomination.monitoring_id}
    assert relapsed and {case.id for case in relapsed} == linked


def test_a_returned_family_has_a_further_episode(demo_app):
    again = select(Household).where(Household.membership == Membership.ACTIVE, Household.episodes.any(number=2))
    assert session.scalars(again).first()


def test_the_office_has_set_targets_amounts_and_closed_last_year(demo_app):
    last_year = session.scalar(select(func.max(Target.year))) - 1
    assert session.get(ClosedYear, last_year)
    assert {row.key for row in session.scalars(select(Setting))} == {"poverty_line", "minimum_wage"}
    whole = session.scalar(select(Target.count).where(Target.year == last_year, Target.area_code == "35.73"))
    for length in (len("35.73.05"), len("35.73.05.1007")):
        parts = select(func.sum(Target.count)).where(Target.year == last_year, func.length(Target.area_code) == length)
        assert session.scalar(parts) == whole


def test_facilitators_have_a_caseload_where_they_work(demo_app):
    for who in session.scalars(select(User).where(User.role == Role.FACILITATOR)):
        homes = set(session.scalars(select(Household.kelurahan).where(Household.facilitator_id == who.id)))
        assert homes and homes <= set(who.area_codes)


def told():
    """Everything that a person would see, without what encryption makes different each time."""
    families = session.execute(
        select(Household.id, Household.caretaker_name, Household.due_on, Household.band).order_by(Household.id)
    )
    visits = session.execute(select(Visit.id, Visit.household_id, Visit.visited_on, Visit.notes).order_by(Visit.id))
    cases = session.execute(select(Graduation.id, Graduation.state, Graduation.effective_on).order_by(Graduation.id))
    return families.all(), visits.all(), cases.all()


def test_the_same_seed_makes_the_same_city(demo_app, database):
    before = told()
    session.rollback()
    database.restore("blank", session.get_bind())
    demo.fill(DEMO_FAMILIES, 1, TODAY)
    assert told() == before


WINTER = pytest.param(date(2026, 1, 9), 2_500, id="winter, many")
SPRING = pytest.param(date(2026, 4, 20), demo.FEWEST, id="spring", marks=pytest.mark.postgres)
SUMMER = pytest.param(date(2026, 7, 31), demo.FEWEST, id="summer")


@pytest.mark.parametrize("today,families", [WINTER, SPRING, SUMMER])
def test_any_day_of_the_year_is_a_day_to_begin(blank_app, today, families):
    demo.fill(families, 3, today)
    assert invariants.check() == []


def test_visits_of_copies_lie_weeks_apart(demo_app):
    """Of most families there are copies, and no day is that of many."""
    by_day = session.execute(select(func.count()).select_from(Visit).group_by(Visit.visited_on)).scalars().all()
    assert max(by_day) < sum(by_day) / 12


def parts(detail):
    for name, value in (detail or {}).items():
        yield from (f"{name}.{inner}" for inner in value) if isinstance(value, dict) else (name,)


def shapes(events):
    """As `SHAPES` states them."""
    many, seen = Counter(), defaultdict(Counter)
    for kind, detail in events:
        many[kind] += 1
        seen[kind].update(parts(detail))
    return {kind: {part if count == many[kind] else f"{part}?" for part, count in seen[kind].items()} for kind in many}


def test_events_say_what_the_portal_writes_down(demo_app):
    told = shapes(session.execute(select(Event.kind, Event.detail)).all())
    assert told == {kind: set(parts.split()) for kind, parts in SHAPES.items()}


def test_copies_tell_no_more_than_their_stories(demo_app):
    """The first families were told of through the gate, the others are copies."""
    with cast.stage(DEMO_FAMILIES, 1, TODAY) as stage:
        last_told = len(stage.cast.parts)
    rows = session.execute(select(Event.household_id, Event.kind, Event.detail).where(Event.household_id.is_not(None))).all()
    copies, stories = ({(kind, frozenset(parts(detail))) for home, kind, detail in rows if (home > last_told) is one}
                       for one in (True, False))  # fmt: skip
    assert copies and copies <= stories


def test_the_stories_show_what_people_do(demo_app):
    kinds = set(session.scalars(select(Event.kind).distinct()))
    steps = {f"{flow.name}.{step.name}" for flow in FLOWS.values() for step in flow.steps}
    assert {"households.amend", "members.amend", "aids.add", "households.assign", "numbers.reveal", "visits.mark_mistaken",
            "intake.abandon", "membership.dismissed"} <= kinds  # fmt: skip
    assert len(kinds & steps) > len(steps) * 0.85, sorted(steps - kinds)


def test_every_finished_assessment_was_saved_section_by_section(demo_app):
    many = dict(
        session.execute(select(Event.kind, func.count()).where(Event.kind.startswith("assess")).group_by(Event.kind)).all()
    )
    assert many["assessments.save_section"] >= len(Section) * many["assessments.finish"]


def test_every_active_family_has_a_next_visit(demo_app):
    """Whoever was met at least once: the others have only just come."""
    visited = (Household.membership == Membership.ACTIVE, Household.last_visit_on.is_not(None))
    assert count(Household, *visited, Household.due_on.is_(None)) == 0


# --- a tour: what the first rows show ------------------------------------------------------------------------------


def first_rows(app, who, address, many=10):
    return " ".join(row.text for row in Visitor(app, who).get(address).all("#list tbody tr")[:many])


FOUR_AXES = ("aktif", "ditangguhkan", "keluar", "calon", "pindah", "tidak ditemukan", "meninggal")
BANDS = ("siap diusulkan", "perlu penguatan", "belum siap")


@pytest.mark.parametrize("who,badges", [("sari", (*FOUR_AXES, *BANDS)), ("wati", FOUR_AXES)])
def test_the_first_families_show_every_badge(demo_app, who, badges):
    shown = first_rows(demo_app, who, "/keluarga").lower()
    assert [badge for badge in badges if badge not in shown] == []


def test_the_first_families_show_what_the_register_says(demo_app):
    first = select(Household.registry_match, Household.due_on).where(Household.facilitator_id == user("sari").id)
    rows = session.execute(first.order_by(Household.sort_name, Household.id).limit(10)).all()
    assert {RegistryMatch.MISMATCHED, RegistryMatch.DUPLICATE, RegistryMatch.DECEASED} <= {row.registry_match for row in rows}
    assert any(row.due_on and row.due_on < TODAY for row in rows)


HOME = {
    "sari": ("terlambat", "Dikembalikan, perlu diperbaiki", "Bukti kedaluwarsa", "Cek lapangan usulan",
             "Setelah graduasi"),
    "wati": ("Draf", "Dikembalikan", "Diajukan", "Agenda muskel"),
    "budi": ("Paling lama menunggu", "Siap diusulkan", "Perlu penguatan"),
}  # fmt: skip


@pytest.mark.parametrize("who", HOME)
def test_home_has_something_of_everything(demo_app, who):
    shown = Visitor(demo_app, who).get("/").text
    assert [word for word in HOME[who] if word not in shown] == []


def test_the_first_cases_that_wait_for_budi_show_what_a_decision_may_turn_on(demo_app):
    budi = Visitor(demo_app, "budi")
    links = [row.one("th a")["href"] for row in budi.get("/graduasi?state=submitted").all("#list tbody tr")[:10]]
    cases = [budi.get(link).text for link in links]
    for word in ("Data berubah sejak diajukan", "Atas keinginan keluarga", "Pengajuan ke-2", "Graduasi program"):
        assert any(word in case for case in cases), word
    assert "Program" in first_rows(demo_app, "budi", "/graduasi?state=submitted")


def test_the_first_nominations_that_wait_for_budi_show_both_advices(demo_app):
    shown = first_rows(demo_app, "budi", "/usulan?kelompok=deciding")
    assert "Direkomendasikan" in shown and "Tidak direkomendasikan" in shown


@pytest.mark.parametrize("model", [Graduation, Nomination, Monitoring])
def test_every_state_is_there_to_be_checked(demo_app, model):
    assert set(session.scalars(select(model.state).distinct())) == set(FLOWS[model.flow_name].states)
