"""What changed while a file was open or returned: nobody undoes it unseen, and the kelurahan talks about it again."""

from dataclasses import replace
from datetime import date

import pytest

from portal.family.records import register
from portal.kernel import gate
from portal.kernel.terms import Refused, Sex
from portal.kernel.workflow import Defects, Note
from portal.nomination.records import nominations
from portal.nomination.records.nominations import NewMember
from tests import cast, rosters
from tests.nomination.test_records import BORN, Steps, draft, household_of

pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("app")]


@pytest.fixture
def steps(people):
    return Steps(people)


def changed_in_the_file(people, nomination):
    nominations.change_domicile(people.wati, nomination, {"kk": cast.kk()}, key="first")


def changed_on_the_familys_page(people, nomination):
    register.change_kk(people.budi, household_of(nomination), cast.kk(), None, key="first")


@pytest.mark.parametrize("change", [changed_in_the_file, changed_on_the_familys_page])
def test_a_new_kk_number_is_not_replaced_by_who_had_not_seen_it(people, change):
    nomination = draft(people)
    seen = household_of(nomination).version
    change(people, nomination)
    kept = household_of(nomination).kk
    with pytest.raises(gate.Stale) as stale:
        nominations.change_domicile(people.wati, nomination, {"kk": cast.kk()}, seen=seen, key="second")
    assert (set(stale.value.fields), household_of(nomination).kk) == ({"kk"}, kept)


def test_a_corrected_nik_is_not_replaced_by_who_had_not_seen_it(people):
    nomination = draft(people)
    lilik = household_of(nomination).members[0]
    typed, seen = as_typed(lilik, nik=cast.nik(BORN, Sex.FEMALE)), lilik.version
    register.correct_nik(people.budi, lilik, cast.nik(BORN, Sex.FEMALE), "Salah ketik", key="first")
    with pytest.raises(gate.Stale) as stale:
        nominations.change_member(people.wati, nomination, lilik.id, typed, seen=seen, key="second")
    assert set(stale.value.fields) == {"nik"}


def test_a_member_changed_on_the_familys_own_page_is_not_changed_back_in_the_file(people):
    nomination = draft(people)
    lilik = household_of(nomination).members[0]
    typed, seen = as_typed(lilik), lilik.version
    gate.amend(people.budi, lilik, seen=seen, changes={"birth_date": date(1990, 3, 2)}, key="first")
    with pytest.raises(gate.Stale) as stale:
        nominations.change_member(people.wati, nomination, lilik.id, typed, seen=seen, key="second")
    assert set(stale.value.fields) == {"birth_date"}


def test_another_reason_is_not_replaced_by_who_had_not_seen_it(people):
    nomination = draft(people)
    seen = nomination.version
    nominations.state_reason(people.wati, nomination, "Suami sakit", key="first")
    with pytest.raises(gate.Stale):
        nominations.state_reason(people.wati, nomination, "Usaha tutup", seen=seen, key="second")


@pytest.mark.parametrize(("name", "told"), [("Ponijan", "not_to_be_nominated"), ("Misnati", "nik_taken")])
def test_of_a_family_out_of_sight_a_member_is_told_no_more_than_that(people, name, told):
    nomination, taken = draft(people), cast.household(name).members[0].nik
    lilik = household_of(nomination).members[0]
    with pytest.raises(Refused, match=told):
        nominations.add_member(people.wati, nomination, as_typed(lilik, nik=taken), key="add")
    with pytest.raises(Refused, match=told):
        nominations.change_member(people.wati, nomination, lilik.id, as_typed(lilik, nik=taken), key="change")


def as_typed(member, **changes):
    known = NewMember(member.name, member.nik, member.sex, member.birth_date, member.relation)
    return replace(known, **changes)


def test_a_new_kk_number_goes_the_whole_way_again(people, steps):
    nomination = steps.checked()
    steps.take("budi", nomination, "return", Defects(("Foto KK buram",)))
    register.change_kk(people.budi, household_of(nomination), cast.kk(), None, key="a")
    assert steps.take("wati", nomination, "resubmit", Note()).state == "submitted"


@pytest.mark.parametrize(
    ("typed", "goes_to"),
    [({"address": "Jl. Baru 1"}, "submitted"), ({"kk": cast.kk()}, "submitted"), ({}, "recommended"),
     ({"phone": "081234567890"}, "recommended")],
)  # fmt: skip
def test_a_domicile_saved_as_it_was_does_not_go_the_whole_way_again(people, steps, typed, goes_to):
    nomination = steps.checked()
    steps.take("budi", nomination, "return", Defects(("Foto KK buram",)))
    as_it_was = {name: getattr(household_of(nomination), name) for name in ("address", "rt", "rw")}
    nominations.change_domicile(people.wati, nomination, {**as_it_was, **typed}, key="a")
    assert steps.take("wati", nomination, "resubmit", Note()).state == goes_to


def test_a_member_saved_as_it_was_does_not_go_the_whole_way_again(people, steps):
    nomination = steps.checked()
    steps.take("budi", nomination, "return", Defects(("Foto KK buram",)))
    lilik = household_of(nomination).members[0]
    nominations.change_member(people.wati, nomination, lilik.id, as_typed(lilik), key="a")
    assert steps.take("wati", nomination, "resubmit", Note()).state == "recommended"


def test_people_that_a_file_adds_go_the_whole_way_again(people, steps):
    nomination = steps.checked()
    steps.take("budi", nomination, "return", Defects(("Foto KK buram",)))
    household = household_of(nomination)
    child = {"nik": cast.nik(date(2019, 1, 1), Sex.MALE), "nama": "BAYU", "hub_kepala_keluarga": "3"}
    rosters.bring_in(people.budi, rosters.family_file(rosters.head(household), rosters.person(household.members[0]), child))
    assert "Bayu" in {member.name.title() for member in household_of(nomination).members}
    assert steps.take("wati", nomination, "resubmit", Note()).state == "submitted"


def test_what_was_changed_before_handing_in_does_not_go_the_whole_way_again(people, steps):
    nomination = draft(people)
    nominations.change_domicile(people.wati, nomination, {"address": "Jl. Baru 1"}, key="a")
    nomination = steps.checked(nomination=nomination)
    steps.take("budi", nomination, "return", Defects(("Foto KK buram",)))
    assert steps.take("wati", nomination, "resubmit", Note()).state == "recommended"
