"""The register: people come and leave by events, numbers and aid have a history, looking at a number is logged."""

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from portal.family.records import register, reveals
from portal.family.records.models import Household, KkNumber, Member, NameWord
from portal.family.records.register import ToldMember
from portal.family.records.reveals import Number, NumberKind, Purpose
from portal.kernel import gate
from portal.kernel.base import session
from portal.kernel.clock import today
from portal.kernel.history import Event
from portal.kernel.terms import LeavingReason, Refused, Relation, SchoolLevel, Sex
from tests import cast

pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("app")]

LATELY = date(2026, 1, 10)


@pytest.fixture
def child(misnati):
    return misnati.members[1]


def events(kind):
    return session.scalars(select(Event).where(Event.kind == kind)).all()


def fresh_nik():
    return cast.nik(date(2024, 2, 1), Sex.FEMALE)


# --- people --------------------------------------------------------------------------------------------------------


def test_a_new_member_is_counted_and_found_by_name(people, misnati):
    baby = ToldMember(name="Zulaikha", nik=fresh_nik(), sex=Sex.FEMALE, birth_date=date(2024, 2, 1), relation=Relation.CHILD)
    member = register.add_member(people.sari, misnati, baby, key="a")
    assert (member.household_id, misnati.member_count) == (misnati.id, 3)
    assert session.get(NameWord, ("zulaiha", misnati.id))


def test_the_event_of_a_new_member_hides_the_number(people, misnati):
    nik = fresh_nik()
    register.add_member(people.sari, misnati, ToldMember(name="Zulaikha", nik=nik), key="a")
    event = events("members.add")[0]
    assert event.detail["changes"] == {"name": [None, "Zulaikha"], "nik": [None, "•••"]}
    assert event.household_id == misnati.id


def test_a_nik_that_a_present_member_has_is_refused(people, misnati):
    taken = cast.household("Ponijan").members[0].nik
    with pytest.raises(Refused, match="nik_taken"):
        register.add_member(people.sari, misnati, ToldMember(name="Zulaikha", nik=taken), key="a")


def test_whoever_tries_the_niks_of_others_is_written_down_and_waits(people, misnati, monkeypatch):
    monkeypatch.setattr(reveals, "TAKEN_PER_HOUR", 2)
    taken = cast.household("Ponijan").members[0].nik
    for key in ("a", "a", "b"):
        with pytest.raises(Refused, match="nik_taken"):
            register.add_member(people.sari, misnati, ToldMember(name="Zulaikha", nik=taken), key=key)
    tried = session.scalars(select(Event).where(Event.kind == reveals.TAKEN)).all()
    assert [event.actor_id for event in tried] == [people.sari.id] * 2
    assert not any(taken in str(event.detail) for event in tried)
    for write in (
        lambda: register.add_member(people.sari, misnati, ToldMember(name="Zulaikha", nik=fresh_nik()), key="c"),
        lambda: register.correct_nik(people.sari, misnati.members[1], fresh_nik(), "-", key="d"),
    ):
        with pytest.raises(Refused, match="too_many_checks"):
            write()
    register.add_member(people.sari, misnati, ToldMember(name="Zulaikha"), key="e")


def test_several_members_may_lack_a_nik(people, misnati):
    for at in range(2):
        register.add_member(people.sari, misnati, ToldMember(name=f"Anak {at}"), key=f"k{at}")
    assert misnati.member_count == 4


def test_a_replayed_addition_adds_nobody(people, misnati):
    first = register.add_member(people.sari, misnati, ToldMember(name="Zulaikha"), key="a")
    assert register.add_member(people.sari, misnati, ToldMember(name="Zulaikha"), key="a").id == first.id
    assert misnati.member_count == 3


def test_who_leaves_stays_on_record_with_day_and_reason(people, misnati, child):
    register.record_leaving(people.sari, child, LATELY, LeavingReason.MARRIED, key="a")
    assert (child.left_on, child.left_because, misnati.member_count) == (LATELY, LeavingReason.MARRIED, 1)
    assert session.get(Member, child.id).school_level is SchoolLevel.PRIMARY
    assert events("members.leave")[0].detail["changes"]["left_because"] == [None, "married"]
    assert not session.get(NameWord, ("anak", misnati.id))


def test_whoever_has_left_frees_the_nik_for_another_family(people, misnati, child):
    nik = child.nik
    register.record_leaving(people.sari, child, LATELY, LeavingReason.MOVED_OUT, key="a")
    other = register.add_member(people.joko, cast.household("Ponijan"), ToldMember(name="Anak Misnati", nik=nik), key="b")
    assert other.nik == nik


def test_when_the_caretaker_leaves_somebody_else_stands_for_the_family(people, misnati):
    register.record_leaving(people.sari, misnati.members[0], LATELY, LeavingReason.DECEASED, key="a")
    assert misnati.caretaker_name == "Anak Misnati"
    assert not misnati.members[0].is_caretaker


@pytest.mark.parametrize(
    ("on", "code"), [(today() + timedelta(days=1), "date_in_future"), (date(2016, 5, 8), "left_before_birth")]
)
def test_nobody_leaves_tomorrow_or_before_birth(people, child, on, code):
    with pytest.raises(Refused, match=code):
        register.record_leaving(people.sari, child, on, LeavingReason.MARRIED, key="a")


def test_nobody_leaves_twice_and_the_last_one_not_at_all(people, misnati, child):
    register.record_leaving(people.sari, child, LATELY, LeavingReason.MARRIED, key="a")
    with pytest.raises(Refused, match="already_left"):
        register.record_leaving(people.sari, child, LATELY, LeavingReason.DECEASED, key="b")
    with pytest.raises(Refused, match="last_member"):
        register.record_leaving(people.sari, misnati.members[0], LATELY, LeavingReason.DECEASED, key="c")


def test_a_family_has_one_caretaker(people, misnati, child):
    register.choose_caretaker(people.sari, child, key="a")
    assert [member.is_caretaker for member in misnati.members] == [False, True]
    assert misnati.caretaker_name == "Anak Misnati"
    assert events("members.choose_caretaker")[0].detail["changes"] == {"caretaker": ["Misnati", "Anak Misnati"]}


def test_who_has_left_becomes_no_caretaker(people, child):
    register.record_leaving(people.sari, child, LATELY, LeavingReason.MARRIED, key="a")
    with pytest.raises(Refused, match="already_left"):
        register.choose_caretaker(people.sari, child, key="b")


@pytest.mark.parametrize("username", ["joko", "wati", "ratna", "kepala", "admin"])
def test_the_register_is_kept_by_facilitator_and_supervisor(people, misnati, username):
    actor = getattr(people, username)
    if username == "ratna":
        assert register.add_member(actor, misnati, ToldMember(name="Zulaikha"), key="a")
        return
    with pytest.raises(gate.Forbidden):
        register.add_member(actor, misnati, ToldMember(name="Zulaikha"), key="a")


# --- numbers -------------------------------------------------------------------------------------------------------


def test_a_corrected_nik_keeps_the_person(people, child):
    before, nik = child.nik_index, fresh_nik()
    register.correct_nik(people.sari, child, nik, "salah ketik", key="a")
    assert (child.nik, child.version) == (nik, 2)
    event = events("members.correct_nik")[0]
    assert (event.reason, event.detail["former"]) == ("salah ketik", before)
    assert nik not in str(event.detail)


def test_a_nik_is_not_corrected_to_itself_or_to_somebody_elses(people, misnati, child):
    with pytest.raises(Refused, match="number_unchanged"):
        register.correct_nik(people.sari, child, child.nik, "-", key="a")
    with pytest.raises(Refused, match="nik_taken"):
        register.correct_nik(people.sari, child, misnati.members[0].nik, "-", key="b")


def test_a_new_kk_ends_the_one_before(people, misnati):
    former, kk = misnati.numbers[0], cast.kk()
    register.change_kk(people.sari, misnati, kk, LATELY, key="a")
    assert (misnati.kk, former.until) == (kk, LATELY)
    assert session.scalar(select(func.count()).select_from(KkNumber).where(KkNumber.household_id == misnati.id)) == 2
    assert events("kk_numbers.change")[0].detail["changes"]["kk"] == ["•••", "•••"]


def test_a_kk_of_unknown_date_begins_when_it_is_known(people, misnati):
    former = misnati.numbers[0]
    register.change_kk(people.sari, misnati, cast.kk(), None, key="a")
    assert former.until == today()


@pytest.mark.parametrize(
    ("since", "code"), [(today() + timedelta(days=1), "date_in_future"), (date(2026, 1, 9), "before_former")]
)
def test_a_kk_begins_neither_tomorrow_nor_before_the_former(people, misnati, since, code):
    register.change_kk(people.sari, misnati, cast.kk(), LATELY, key="a")
    with pytest.raises(Refused, match=code):
        register.change_kk(people.sari, misnati, cast.kk(), since, key="b")


def test_the_same_kk_is_no_change(people, misnati):
    with pytest.raises(Refused, match="number_unchanged"):
        register.change_kk(people.sari, misnati, misnati.kk, LATELY, key="a")


# --- aid -----------------------------------------------------------------------------------------------------------


def test_aid_begins_and_ends(people, misnati):
    aid = register.add_aid(people.sari, misnati, "BPNT", LATELY, key="a")
    with pytest.raises(Refused, match="aid_already_known"):
        register.add_aid(people.sari, misnati, "bpnt", None, key="b")
    register.end_aid(people.sari, misnati, aid.id, date(2026, 2, 1), key="c")
    assert aid.until == date(2026, 2, 1)
    assert register.add_aid(people.sari, misnati, "BPNT", None, key="d").id != aid.id


def test_aid_ends_once_in_its_own_family_and_after_its_start(people, misnati):
    aid = register.add_aid(people.sari, misnati, "PIP", LATELY, key="a")
    with pytest.raises(Refused, match="ends_before_start"):
        register.end_aid(people.sari, misnati, aid.id, date(2026, 1, 1), key="b")
    with pytest.raises(Refused, match="date_in_future"):
        register.end_aid(people.sari, misnati, aid.id, today() + timedelta(days=1), key="c")
    with pytest.raises(gate.NotFound):
        register.end_aid(people.sari, cast.household("Suliyah"), aid.id, LATELY, key="d")
    register.end_aid(people.sari, misnati, aid.id, LATELY, key="e")
    with pytest.raises(Refused, match="aid_already_ended"):
        register.end_aid(people.sari, misnati, aid.id, LATELY, key="f")


# --- looking at numbers --------------------------------------------------------------------------------------------


def test_a_look_at_a_number_is_logged_with_its_purpose(people, misnati):
    shown = reveals.reveal(people.sari, misnati, Number(NumberKind.KK), Purpose.LETTER, key="a")
    event = events("numbers.reveal")[0]
    assert shown == misnati.kk
    assert (event.actor_id, event.household_id, event.detail) == (
        people.sari.id, misnati.id, {"number": "kk", "purpose": "letter"},
    )  # fmt: skip


def test_looking_changes_nothing_about_the_family(people, misnati):
    before = (misnati.version, misnati.updated_at)
    reveals.reveal(people.sari, misnati, Number(NumberKind.PHONE), Purpose.CONTACT, key="a")
    assert (misnati.version, misnati.updated_at) == before


def test_a_number_is_shown_once(people, misnati, child):
    number = Number(NumberKind.NIK, child.id)
    assert reveals.reveal(people.sari, misnati, number, Purpose.VERIFICATION, key="a") == child.nik
    with pytest.raises(Refused, match="already_revealed"):
        reveals.reveal(people.sari, misnati, number, Purpose.VERIFICATION, key="a")
    assert len(events("numbers.reveal")) == 1


def test_a_nik_is_asked_of_its_own_family(people, misnati):
    elsewhere = cast.household("Ponijan").members[0]
    for member in (elsewhere.id, None, 999):
        with pytest.raises(gate.NotFound):
            reveals.reveal(people.sari, misnati, Number(NumberKind.NIK, member), Purpose.VERIFICATION, key="a")
    assert events("numbers.reveal") == []


@pytest.mark.parametrize("username", ["joko", "rini", "kepala", "admin"])
def test_numbers_stay_hidden_elsewhere_and_for_viewers(people, misnati, username):
    with pytest.raises(gate.Forbidden):
        reveals.reveal(getattr(people, username), misnati, Number(NumberKind.KK), Purpose.LETTER, key="a")


def test_a_family_is_found_by_any_of_its_numbers(people, misnati, child):
    for at, number in enumerate((misnati.members[0].nik, child.nik, misnati.kk)):
        assert reveals.look_up(people.sari, number, key=f"k{at}") == [misnati.id]


def test_a_number_somebody_had_still_leads_to_the_family(people, misnati, child):
    former, nik = misnati.kk, child.nik
    register.change_kk(people.sari, misnati, cast.kk(), LATELY, key="a")
    register.record_leaving(people.sari, child, LATELY, LeavingReason.MARRIED, key="b")
    assert reveals.look_up(people.sari, former, key="c") == [misnati.id] == reveals.look_up(people.sari, nik, key="d")
    register.change_kk(people.sari, cast.household("Suliyah"), former, LATELY, key="e")
    assert reveals.look_up(people.sari, former, key="f") == [cast.household("Suliyah").id, misnati.id]


@pytest.mark.parametrize("username", ["joko", "rini"])
def test_out_of_sight_is_as_unknown(people, misnati, username):
    actor = getattr(people, username)
    assert reveals.look_up(actor, misnati.kk, key="a") == [] == reveals.look_up(actor, cast.kk(), key="b")


def test_a_look_up_is_logged_without_the_number(people, misnati):
    reveals.look_up(people.wati, misnati.kk, key="a")
    event = events("numbers.look_up")[0]
    assert (event.subject_type, event.subject_id, event.household_id) == ("users", people.wati.id, misnati.id)
    assert misnati.kk not in str(event.detail)


def test_a_viewer_looks_nobody_up(people, misnati):
    with pytest.raises(gate.Forbidden):
        reveals.look_up(people.kepala, misnati.kk, key="a")


def test_guessing_ends_after_so_many_misses(people, misnati):
    for at in range(reveals.MISSES):
        assert reveals.look_up(people.sari, cast.kk(), key=f"k{at}") == []
    with pytest.raises(Refused, match="too_many_lookups"):
        reveals.look_up(people.sari, misnati.kk, key="a")
    assert reveals.look_up(people.joko, cast.household("Ponijan").kk, key="a")


def test_finding_people_is_no_guessing(people, misnati):
    for at in range(reveals.MISSES + 2):
        assert reveals.look_up(people.sari, misnati.kk, key=f"k{at}") == [misnati.id]


def test_columns_of_lists_follow_every_change(people, misnati, child):
    register.add_member(people.sari, misnati, ToldMember(name="Aminah", nik=fresh_nik()), key="a")
    register.record_leaving(people.sari, child, LATELY, LeavingReason.MARRIED, key="b")
    family = session.get(Household, misnati.id)
    assert (family.member_count, family.caretaker_name, family.sort_name) == (2, "Misnati", "misnati")
