"""`/keluarga/<id>`: the people of a family, its numbers and its other aid."""

from datetime import timedelta

import pytest

from portal.family.records import register
from portal.kernel import gate
from portal.kernel.clock import today
from portal.kernel.history import Event
from portal.kernel.terms import LeavingReason, Sex
from tests import cast
from tests.caseload.test_family_page import count, family, member
from tests.visitor import Visitor

pytestmark = pytest.mark.usefixtures("app")

TODAY = str(today())


# --- people --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("partial", [True, False])
def test_a_member_is_added(sari, misnati_id, partial):
    url, nik = f"/keluarga/{misnati_id}/anggota/baru", cast.nik(today().replace(year=2020, day=1), Sex.FEMALE)
    form = sari.partial(url) if partial else sari.get(url)
    answer = sari.submit(form, partial=partial, name="Zulaikha", nik=nik, sex="P", relation="child")
    assert "Zulaikha" in answer.one("#members").text and "ditambahkan" in answer.message
    assert answer.is_fragment is partial
    assert family(misnati_id).member_count == 3


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"name": ""}, "Wajib diisi"), ({"name": "X", "nik": "123"}, "NIK terdiri dari 16 angka"),
        ({"name": "X", "birth_date": "2999-01-01"}, "belum tiba"),
        ({"name": "X", "sex": "L", "pregnant_until": TODAY}, "perempuan"),
        ({"name": "X", "pregnant_until": "2999-01-01"}, "terlalu jauh"),
    ],
)  # fmt: skip
def test_mistakes_about_a_member_are_told(sari, misnati_id, typed, words):
    answer = sari.submit(f"/keluarga/{misnati_id}/anggota/baru", f"/keluarga/{misnati_id}/anggota/baru", **typed)
    assert answer.status == 422 and words in answer.text
    assert family(misnati_id).member_count == 2


def test_a_nik_that_somebody_has_is_refused_without_saying_who(sari, misnati_id):
    taken = cast.household("Ponijan").members[0].nik
    url = f"/keluarga/{misnati_id}/anggota/baru"
    answer = sari.submit(url, url, name="Zulaikha", nik=taken)
    assert answer.status == 422 and "Ponijan" not in answer.text
    assert answer.one("input[name=name]")["value"] == "Zulaikha"


def test_the_same_addition_twice_adds_one(sari, misnati_id):
    page = sari.get(f"/keluarga/{misnati_id}/anggota/baru")
    key = page.one("input[name=key]")["value"]
    for _ in range(2):
        assert sari.submit(page, name="Zulaikha", key=key, follow=False).status == 303
    assert family(misnati_id).member_count == 3


def test_a_member_is_corrected_and_a_stale_form_shows_both(sari, child):
    page = sari.get(f"/keluarga/anggota/{child}/ubah")
    gate.amend(cast.actor("budi"), member(child), seen=1, changes={"name": "Anak Budi"}, key="b" * 32)
    answer = sari.submit(page, name="Anak Sari", occupation="pelajar")
    assert answer.status == 409 and "Anak Budi" in answer.one(".stale").text
    sari.submit(answer, partial=True)
    assert (member(child).name, member(child).occupation) == ("Anak Sari", "pelajar")


@pytest.mark.parametrize("partial", [True, False])
def test_a_member_leaves_by_an_event(sari, misnati_id, child, partial):
    url = f"/keluarga/anggota/{child}/keluar"
    answer = sari.submit(url, url, partial=partial, because="married")
    assert "1 orang sudah keluar" in answer.text and "Menikah" in answer.text
    assert (member(child).left_on, member(child).left_because) == (today(), LeavingReason.MARRIED)


def test_leaving_needs_a_reason_and_a_day_that_has_come(sari, child):
    url = f"/keluarga/anggota/{child}/keluar"
    assert sari.submit(url, url).status == 422
    late = sari.submit(url, url, because="married", on=str(today() + timedelta(days=1)))
    assert late.status == 422 and "belum tiba" in late.text
    assert member(child).left_on is None


def test_the_last_member_stays(sari, misnati_id, child):
    register.record_leaving(cast.actor("sari"), member(child), today(), LeavingReason.MARRIED, key="a")
    url = f"/keluarga/anggota/{cast.household('Misnati').members[0].id}/keluar"
    answer = sari.submit(url, url, because="deceased")
    assert answer.status == 422 and "anggota terakhir" in answer.text


def test_a_nik_is_corrected_with_a_reason_and_keeps_the_person(sari, misnati_id, child):
    url, nik = f"/keluarga/anggota/{child}/nik", cast.nik(today().replace(year=2016, day=9), Sex.MALE)
    assert sari.submit(url, url, nik=nik).status == 422
    answer = sari.submit(url, url, nik=nik, reason="salah ketik")
    assert "diperbaiki" in answer.message and member(child).nik == nik
    history = sari.get(f"/keluarga/{misnati_id}/riwayat").text
    assert "NIK diperbaiki · salah ketik" in history and nik not in history


def test_another_member_becomes_the_caretaker(sari, misnati_id, child):
    page = sari.get(f"/keluarga/{misnati_id}")
    answer = sari.submit(page, f"/keluarga/anggota/{child}/pengurus", partial=True)
    assert "Pengurus" in [node.text for node in answer.all(f"#anggota-{child} .badge")]
    assert sari.get(f"/keluarga/{misnati_id}").heading == "Anak Misnati"
    assert sari.post(f"/keluarga/anggota/{child}/pengurus", key="x").status == 400


MEMBER_PAGES = ["ubah", "keluar", "nik"]


@pytest.mark.parametrize(("username", "status"), [("joko", 404), ("rini", 404), ("wati", 403), ("kepala", 403), ("admin", 404)])
def test_nobody_else_touches_the_people(app, misnati_id, child, username, status):
    visitor = Visitor(app, username)
    for name in MEMBER_PAGES:
        assert visitor.get(f"/keluarga/anggota/{child}/{name}").status == status
        assert visitor.post(f"/keluarga/anggota/{child}/{name}", name="X").status == status
    assert visitor.post(f"/keluarga/anggota/{child}/pengurus").status == status
    assert visitor.post(f"/keluarga/{misnati_id}/anggota/baru", name="X").status == status
    assert count(Event) == 0


# --- numbers and aid -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("partial", [True, False])
def test_a_number_is_shown_once_for_a_purpose_and_logged(sari, misnati_id, partial):
    url = f"/keluarga/{misnati_id}/nomor"
    page = sari.get(url)
    sent = {"key": page.one("input[name=key]")["value"], "number": "kk", "purpose": "letter"}
    answer = sari.submit(page, partial=partial, **sent)
    kk = family(misnati_id).kk
    assert answer.status == 200 and " ".join(kk[at : at + 4] for at in range(0, 16, 4)) in answer.text
    again = sari.submit(page, partial=partial, **sent)
    assert again.status == 422 and "sudah ditampilkan sekali" in again.text
    assert "Nomor dilihat · Nomor KK · Membuat surat" in sari.get(f"/keluarga/{misnati_id}/riwayat").text


@pytest.mark.parametrize("partial", [True, False])
def test_a_page_that_has_shown_a_number_shows_others_and_the_same_again(sari, misnati_id, partial):
    """After Back, and after it said that the number was shown; every look is logged."""
    page = sari.get(f"/keluarga/{misnati_id}/nomor")
    for sent in (
        {"number": "kk", "purpose": "letter"},
        {"number": "phone", "purpose": "letter"},
        {"number": "kk", "purpose": "contact"},
    ):
        assert sari.submit(page, partial=partial, **sent).status == 200
    told = sari.submit(page, partial=partial, number="kk", purpose="letter")
    assert told.status == 422 and "sudah ditampilkan sekali" in told.text
    assert sari.submit(told, partial=partial, number="kk", purpose="letter").status == 200
    assert count(Event) == 4


def test_a_number_needs_a_purpose_and_must_be_the_familys(sari, misnati_id):
    url = f"/keluarga/{misnati_id}/nomor"
    elsewhere = cast.household("Ponijan").members[0].id
    for sent in ({"number": "kk"}, {"number": "", "purpose": "letter"}, {"number": f"nik-{elsewhere}", "purpose": "letter"}):
        assert sari.submit(url, url, **sent).status == 422
    assert count(Event) == 0


def test_officers_reveal_too_and_viewers_never(app, wati, misnati_id):
    url = f"/keluarga/{misnati_id}/nomor"
    member_id = cast.household("Misnati").members[0].id
    assert wati.submit(url, url, number=f"nik-{member_id}", purpose="verification").status == 200
    kepala = Visitor(app, "kepala")
    assert kepala.get(url).status == kepala.post(url, number="kk", purpose="letter").status == 403
    assert Visitor(app, "joko").post(url, number="kk", purpose="letter").status == 404


@pytest.mark.parametrize("partial", [True, False])
def test_a_new_kk_number_keeps_the_old_one(sari, misnati_id, partial):
    url, kk = f"/keluarga/{misnati_id}/kk", cast.kk()
    answer = sari.submit(url, url, partial=partial, kk=kk, since=TODAY)
    assert "Nomor KK diganti" in answer.message and family(misnati_id).kk == kk
    assert len(family(misnati_id).numbers) == 2
    assert sari.submit(url, url, kk=kk).status == 422
    assert sari.submit(url, url, kk="123").status == 422


@pytest.mark.parametrize("partial", [True, False])
def test_other_aid_comes_and_ends(sari, misnati_id, partial):
    url = f"/keluarga/{misnati_id}/bantuan/baru"
    shown = sari.submit(url, url, partial=partial, programme="BPNT", since=TODAY)
    assert "BPNT" in shown.one("#part").text
    assert sari.submit(url, url, programme="bpnt").status == 422
    end = shown.link("Catat berakhir")
    ended = sari.submit(end, end, partial=partial)
    assert "Akhir bantuan dicatat" in ended.message and "Catat berakhir" not in ended.text
    assert family(misnati_id).aids[0].until == today()


def test_aid_of_another_family_is_not_there(sari, misnati_id):
    aid = register.add_aid(cast.actor("joko"), cast.household("Ponijan"), "PIP", None, key="a").id
    assert sari.get(f"/keluarga/{misnati_id}/bantuan/{aid}/berakhir").status == 404
    assert sari.post(f"/keluarga/{misnati_id}/bantuan/{aid}/berakhir", until=TODAY).status == 404


@pytest.mark.parametrize(("username", "status"), [("joko", 404), ("wati", 403), ("kepala", 403), ("admin", 404)])
def test_nobody_else_changes_numbers_or_aid(app, misnati_id, username, status):
    visitor = Visitor(app, username)
    for name, sent in (("kk", {"kk": cast.kk()}), ("bantuan/baru", {"programme": "PIP"})):
        assert visitor.get(f"/keluarga/{misnati_id}/{name}").status == status
        assert visitor.post(f"/keluarga/{misnati_id}/{name}", **sent).status == status
