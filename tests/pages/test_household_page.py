"""`/keluarga/<id>`: what a family's page tells whom, its people, numbers and aid, and its history."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from portal.records import gate, register
from portal.records.base import session
from portal.records.cases import Graduation
from portal.records.clock import now, today
from portal.records.history import Event
from portal.records.households import Decile, Episode, Household, Member, Payment
from portal.rules.terms import ExitType, LeavingReason, Membership, Presence, RegistryMatch, Sex
from tests import cast
from tests.visitor import Visitor

pytestmark = pytest.mark.usefixtures("app")

TODAY = str(today())


@pytest.fixture
def misnati():
    return cast.household("Misnati").id


@pytest.fixture
def child(misnati):
    return cast.household("Misnati").members[1].id


@pytest.fixture
def sari(app):
    return Visitor(app, "sari")


@pytest.fixture
def wati(app):
    return Visitor(app, "wati")


def family(household_id):
    return session.get(Household, household_id)


def member(member_id):
    return session.get(Member, member_id)


def count(model):
    return session.scalar(select(func.count()).select_from(model))


# --- what the page tells -------------------------------------------------------------------------------------------


def test_the_page_shows_people_with_components_and_until_when(sari, misnati):
    page = sari.get(f"/keluarga/{misnati}")
    assert page.heading == "Misnati"
    born = member(cast.household("Misnati").members[1].id).birth_date
    assert "Anak Misnati" in page.text and f"sampai {born.day - 1} Mei {born.year + 22}" in page.text
    assert "Rp900.000" in page.text


def test_numbers_are_masked_everywhere(sari, misnati):
    household = family(misnati)
    household.phone = "+6281234567890"
    session.commit()
    secrets = [household.kk, "81234567890", *(person.nik for person in household.members)]
    for tab in ("", "/bantuan", "/kasus", "/berkas", "/riwayat", "/anggota", "/ubah", "/ringkas", "/nomor", "/kk"):
        html = sari.get(f"/keluarga/{misnati}{tab}").html
        assert not [number for number in secrets if number in html or number[6:] in html], tab
    assert "3573•• •••••• ••••" in sari.get(f"/keluarga/{misnati}").text


def test_officers_see_neither_components_nor_readiness_nor_visits(wati, sari, misnati):
    page = wati.get(f"/keluarga/{misnati}")
    for word in ("sampai", "Rp", "Kesiapan", "Kunjungan\n"):
        assert word not in page.one("#members").text and word not in page.one("#standing").text
    assert "Kunjungan" not in page.one(".tabs").text
    assert "Kunjungan" in sari.get(f"/keluarga/{misnati}").one(".tabs").text


def test_a_viewer_reads_and_is_offered_nothing_to_do(app, misnati):
    page = Visitor(app, "kepala").get(f"/keluarga/{misnati}")
    offered = {node.text for node in page.one("main").all("a.button")} | {node.text for node in page.one("main").all("button")}
    assert offered == set()


@pytest.mark.parametrize("tab", ["", "/bantuan", "/kasus", "/berkas", "/riwayat"])
def test_every_tab_has_its_address_and_its_fragment(sari, misnati, tab):
    page, part = sari.get(f"/keluarga/{misnati}{tab}"), sari.partial(f"/keluarga/{misnati}{tab}")
    assert part.is_fragment and part.root.elements[0]["id"] == "part"
    assert page.one("#part").text == part.one("#part").text
    assert len(page.all(".tabs [aria-current]")) == 1


@pytest.mark.parametrize("tab", ["", "/bantuan", "/kasus", "/berkas", "/riwayat", "/anggota", "/baris"])
@pytest.mark.parametrize("username", ["joko", "rini", "admin"])
def test_others_do_not_even_learn_that_the_family_is_there(app, misnati, username, tab):
    visitor = Visitor(app, username)
    assert visitor.get(f"/keluarga/{misnati}{tab}").status == visitor.get(f"/keluarga/999{tab}").status == 404


def test_deciles_payments_and_episodes_are_told_with_their_dates(sari, misnati):
    session.add(Decile(household_id=misnati, period="2026-Q3", value=4))
    session.add(Payment(household_id=misnati, stage="2026-Q3", amount=225_000))
    session.add(Episode(household_id=misnati, number=2, started=today(), exit_type=ExitType.NATURAL, ended=today()))
    session.commit()
    page = sari.get(f"/keluarga/{misnati}/bantuan")
    for words in ("Triwulan 3 2026: 4", "Rp225.000", "Masa ke-2", "Graduasi alamiah", "mulai tidak diketahui"):
        assert words in page.text
    drawing = sari.get(f"/keluarga/{misnati}").one("svg.spark")
    assert drawing["aria-label"] == "desil 4 pada Triwulan 3 2026, desil 2 pada Triwulan 4 2026"


def test_open_cases_stand_on_the_page_and_all_of_them_in_their_tab(sari, wati, misnati):
    common = {
        "household_id": misnati,
        "state_since": now(),
        "opened_at": now(),
        "opened_by": cast.actor("sari").id,
        "facts": {},
    }
    session.add_all([Graduation(state="rejected", **common), Graduation(state="assessment", **common)])
    session.commit()
    assert [node.text for node in sari.get(f"/keluarga/{misnati}").all(".cases .badge")] == ["Penilaian"]
    assert len(sari.get(f"/keluarga/{misnati}/kasus").all(".cases li")) == 2
    assert len(wati.get(f"/keluarga/{misnati}/kasus").all(".cases li")) == 2


def test_beginnings_are_offered_to_whom_they_belong(app, sari, wati, misnati):
    assert sari.get(f"/keluarga/{misnati}").link("Mulai graduasi").startswith(f"/keluarga/{misnati}/graduasi")
    assert "Usulkan kembali" not in wati.get(f"/keluarga/{misnati}").text
    family(misnati).membership = Membership.EXITED
    session.commit()
    assert "Mulai graduasi" not in sari.get(f"/keluarga/{misnati}").text
    assert wati.get(f"/keluarga/{misnati}").form(f"/usulan/keluarga/{misnati}")


def test_what_the_record_lacks_is_listed(sari, misnati):
    assert {"Tahun mulai ikut program", "Padan dengan data kependudukan"} <= {
        node.text for node in sari.get(f"/keluarga/{misnati}").all("#gaps li")
    }
    row = family(misnati)
    row.joined_year, row.registry_match = 2019, RegistryMatch.MATCHED
    session.commit()
    assert sari.get(f"/keluarga/{misnati}").all("#gaps") == []


# --- the full edit -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("partial", [True, False])
def test_data_are_edited_in_their_card_or_on_a_page(sari, misnati, partial):
    form = sari.partial(f"/keluarga/{misnati}/ubah") if partial else sari.get(f"/keluarga/{misnati}/ubah")
    answer = sari.submit(form, partial=partial, joined_year="2019", presence="moved", kk_address="Jl. Asal 1")
    assert "2019" in answer.text and "Jl. Asal 1" in answer.text and "tersimpan" in answer.message
    saved = family(misnati)
    assert (saved.joined_year, saved.presence, saved.address) == (2019, Presence.MOVED, "Jl. Sudimoro No. 7")
    if partial:
        assert "Pindah" in answer.one("hx-partial[hx-target=#badges]").text


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("registry_match", "matched", "Tulis tanggal pemadanannya"), ("joined_year", "2999", "antara"),
        ("address", "", "Wajib"),
        ("kelurahan", cast.POLEHAN, "Pilih salah satu"), ("joined_year", str(today().year + 1), "belum tiba"),
    ],
)  # fmt: skip
def test_mistakes_in_the_edit_are_told(sari, misnati, field, value, words):
    answer = sari.submit(f"/keluarga/{misnati}/ubah", f"/keluarga/{misnati}/ubah", **{field: value})
    assert answer.status == 422 and words.lower() in answer.text.lower()
    assert family(misnati).version == 1


def test_a_move_within_the_own_area_takes_the_kecamatan_along(app, misnati):
    ratna = Visitor(app, "ratna")
    ratna.submit(f"/keluarga/{misnati}/ubah", f"/keluarga/{misnati}/ubah", kelurahan="35.73.05.1001")
    assert (family(misnati).kelurahan, family(misnati).kecamatan) == ("35.73.05.1001", "35.73.05")
    assert "Jatimulyo" in ratna.get(f"/keluarga/{misnati}/riwayat").one("del").text


def test_a_stale_edit_shows_both_values(sari, misnati):
    page = sari.get(f"/keluarga/{misnati}/ubah")
    gate.amend(cast.actor("budi"), family(misnati), seen=1, changes={"joined_year": 2015}, key="b" * 32)
    answer = sari.submit(page, joined_year="2019")
    assert answer.status == 409 and "2015" in answer.one(".stale").text and "2019" in answer.one(".stale").text
    assert sari.submit(answer, follow=False).status == 303
    assert family(misnati).joined_year == 2019


def test_officers_correct_both_addresses_only(wati, misnati):
    page = wati.get(f"/keluarga/{misnati}/ubah")
    assert not {"presence", "joined_year", "note"} & {node.get("name") for node in page.one("main").everything()}
    wati.submit(page, address="Jl. Baru 1", kk_address="Jl. Asal 1")
    assert (family(misnati).address, family(misnati).kk_address) == ("Jl. Baru 1", "Jl. Asal 1")


# --- people --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("partial", [True, False])
def test_a_member_is_added(sari, misnati, partial):
    url, nik = f"/keluarga/{misnati}/anggota/baru", cast.nik(today().replace(year=2020, day=1), Sex.FEMALE)
    form = sari.partial(url) if partial else sari.get(url)
    answer = sari.submit(form, partial=partial, name="Zulaikha", nik=nik, sex="P", relation="child")
    assert "Zulaikha" in answer.one("#members").text and "ditambahkan" in answer.message
    assert answer.is_fragment is partial
    assert family(misnati).member_count == 3


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"name": ""}, "Wajib diisi"), ({"name": "X", "nik": "123"}, "NIK terdiri dari 16 angka"),
        ({"name": "X", "birth_date": "2999-01-01"}, "belum tiba"),
        ({"name": "X", "sex": "L", "pregnant_until": TODAY}, "perempuan"),
        ({"name": "X", "pregnant_until": "2999-01-01"}, "terlalu jauh"),
    ],
)  # fmt: skip
def test_mistakes_about_a_member_are_told(sari, misnati, typed, words):
    answer = sari.submit(f"/keluarga/{misnati}/anggota/baru", f"/keluarga/{misnati}/anggota/baru", **typed)
    assert answer.status == 422 and words in answer.text
    assert family(misnati).member_count == 2


def test_a_nik_that_somebody_has_is_refused_without_saying_who(sari, misnati):
    taken = cast.household("Ponijan").members[0].nik
    url = f"/keluarga/{misnati}/anggota/baru"
    answer = sari.submit(url, url, name="Zulaikha", nik=taken)
    assert answer.status == 422 and "Ponijan" not in answer.text
    assert answer.one("input[name=name]")["value"] == "Zulaikha"


def test_the_same_addition_twice_adds_one(sari, misnati):
    page = sari.get(f"/keluarga/{misnati}/anggota/baru")
    key = page.one("input[name=key]")["value"]
    for _ in range(2):
        assert sari.submit(page, name="Zulaikha", key=key, follow=False).status == 303
    assert family(misnati).member_count == 3


def test_a_member_is_corrected_and_a_stale_form_shows_both(sari, child):
    page = sari.get(f"/keluarga/anggota/{child}/ubah")
    gate.amend(cast.actor("budi"), member(child), seen=1, changes={"name": "Anak Budi"}, key="b" * 32)
    answer = sari.submit(page, name="Anak Sari", occupation="pelajar")
    assert answer.status == 409 and "Anak Budi" in answer.one(".stale").text
    sari.submit(answer, partial=True)
    assert (member(child).name, member(child).occupation) == ("Anak Sari", "pelajar")


@pytest.mark.parametrize("partial", [True, False])
def test_a_member_leaves_by_an_event(sari, misnati, child, partial):
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


def test_the_last_member_stays(sari, misnati, child):
    register.record_leaving(cast.actor("sari"), member(child), today(), LeavingReason.MARRIED, key="a")
    url = f"/keluarga/anggota/{cast.household('Misnati').members[0].id}/keluar"
    answer = sari.submit(url, url, because="deceased")
    assert answer.status == 422 and "anggota terakhir" in answer.text


def test_a_nik_is_corrected_with_a_reason_and_keeps_the_person(sari, misnati, child):
    url, nik = f"/keluarga/anggota/{child}/nik", cast.nik(today().replace(year=2016, day=9), Sex.MALE)
    assert sari.submit(url, url, nik=nik).status == 422
    answer = sari.submit(url, url, nik=nik, reason="salah ketik")
    assert "diperbaiki" in answer.message and member(child).nik == nik
    history = sari.get(f"/keluarga/{misnati}/riwayat").text
    assert "NIK diperbaiki · salah ketik" in history and nik not in history


def test_another_member_becomes_the_caretaker(sari, misnati, child):
    page = sari.get(f"/keluarga/{misnati}")
    answer = sari.submit(page, f"/keluarga/anggota/{child}/pengurus", partial=True)
    assert "Pengurus" in [node.text for node in answer.all(f"#anggota-{child} .badge")]
    assert sari.get(f"/keluarga/{misnati}").heading == "Anak Misnati"
    assert sari.post(f"/keluarga/anggota/{child}/pengurus", key="x").status == 400


MEMBER_PAGES = ["ubah", "keluar", "nik"]


@pytest.mark.parametrize(("username", "status"), [("joko", 404), ("rini", 404), ("wati", 403), ("kepala", 403), ("admin", 404)])
def test_nobody_else_touches_the_people(app, misnati, child, username, status):
    visitor = Visitor(app, username)
    for name in MEMBER_PAGES:
        assert visitor.get(f"/keluarga/anggota/{child}/{name}").status == status
        assert visitor.post(f"/keluarga/anggota/{child}/{name}", name="X").status == status
    assert visitor.post(f"/keluarga/anggota/{child}/pengurus").status == status
    assert visitor.post(f"/keluarga/{misnati}/anggota/baru", name="X").status == status
    assert count(Event) == 0


# --- numbers and aid -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("partial", [True, False])
def test_a_number_is_shown_once_for_a_purpose_and_logged(sari, misnati, partial):
    url = f"/keluarga/{misnati}/nomor"
    page = sari.get(url)
    sent = {"key": page.one("input[name=key]")["value"], "number": "kk", "purpose": "letter"}
    answer = sari.submit(page, partial=partial, **sent)
    kk = family(misnati).kk
    assert answer.status == 200 and " ".join(kk[at : at + 4] for at in range(0, 16, 4)) in answer.text
    again = sari.submit(page, partial=partial, **sent)
    assert again.status == 422 and "sudah ditampilkan sekali" in again.text
    assert "Nomor dilihat · Nomor KK · Membuat surat" in sari.get(f"/keluarga/{misnati}/riwayat").text


def test_a_number_needs_a_purpose_and_must_be_the_familys(sari, misnati):
    url = f"/keluarga/{misnati}/nomor"
    elsewhere = cast.household("Ponijan").members[0].id
    for sent in ({"number": "kk"}, {"number": "", "purpose": "letter"}, {"number": f"nik-{elsewhere}", "purpose": "letter"}):
        assert sari.submit(url, url, **sent).status == 422
    assert count(Event) == 0


def test_officers_reveal_too_and_viewers_never(app, wati, misnati):
    url = f"/keluarga/{misnati}/nomor"
    member_id = cast.household("Misnati").members[0].id
    assert wati.submit(url, url, number=f"nik-{member_id}", purpose="verification").status == 200
    kepala = Visitor(app, "kepala")
    assert kepala.get(url).status == kepala.post(url, number="kk", purpose="letter").status == 403
    assert Visitor(app, "joko").post(url, number="kk", purpose="letter").status == 404


@pytest.mark.parametrize("partial", [True, False])
def test_a_new_kk_number_keeps_the_old_one(sari, misnati, partial):
    url, kk = f"/keluarga/{misnati}/kk", cast.kk()
    answer = sari.submit(url, url, partial=partial, kk=kk, since=TODAY)
    assert "Nomor KK diganti" in answer.message and family(misnati).kk == kk
    assert len(family(misnati).numbers) == 2
    assert sari.submit(url, url, kk=kk).status == 422
    assert sari.submit(url, url, kk="123").status == 422


@pytest.mark.parametrize("partial", [True, False])
def test_other_aid_comes_and_ends(sari, misnati, partial):
    url = f"/keluarga/{misnati}/bantuan/baru"
    shown = sari.submit(url, url, partial=partial, programme="BPNT", since=TODAY)
    assert "BPNT" in shown.one("#part").text
    assert sari.submit(url, url, programme="bpnt").status == 422
    end = shown.link("Catat berakhir")
    ended = sari.submit(end, end, partial=partial)
    assert "Akhir bantuan dicatat" in ended.message and "Catat berakhir" not in ended.text
    assert family(misnati).aids[0].until == today()


def test_aid_of_another_family_is_not_there(sari, misnati):
    aid = register.add_aid(cast.actor("joko"), cast.household("Ponijan"), "PIP", None, key="a").id
    assert sari.get(f"/keluarga/{misnati}/bantuan/{aid}/berakhir").status == 404
    assert sari.post(f"/keluarga/{misnati}/bantuan/{aid}/berakhir", until=TODAY).status == 404


@pytest.mark.parametrize(("username", "status"), [("joko", 404), ("wati", 403), ("kepala", 403), ("admin", 404)])
def test_nobody_else_changes_numbers_or_aid(app, misnati, username, status):
    visitor = Visitor(app, username)
    for name, sent in (("kk", {"kk": cast.kk()}), ("bantuan/baru", {"programme": "PIP"})):
        assert visitor.get(f"/keluarga/{misnati}/{name}").status == status
        assert visitor.post(f"/keluarga/{misnati}/{name}", **sent).status == status


# --- history -------------------------------------------------------------------------------------------------------


def test_history_tells_who_when_what_and_from_which_value(sari, misnati):
    sari.submit(f"/keluarga/{misnati}/ubah", f"/keluarga/{misnati}/ubah", presence="moved", joined_year="2019")
    entry = sari.get(f"/keluarga/{misnati}/riwayat").one(".timeline li")
    assert "Data keluarga diubah" in entry.text and "Sari Wulandari" in entry.text
    changes = [node.text for node in entry.all(".change")]
    assert "Keberadaan: Ditemukan → Pindah" in changes and "Ikut program sejak: – → 2019" in changes
    assert entry.one("time")["datetime"].startswith(str(now().date())[:7])


def test_history_is_paged_backwards(sari, misnati):
    for at in range(23):
        row = family(misnati)
        gate.amend(cast.actor("sari"), row, seen=row.version, changes={"note": f"n{at}"}, key=f"{at:032d}")
    first = sari.get(f"/keluarga/{misnati}/riwayat")
    older = sari.partial(first.link("Berikutnya"))
    assert (len(first.all(".timeline li")), len(older.all(".timeline li"))) == (20, 3)
    assert "n22" in first.text and "n0" in older.text and "n22" not in older.text


def test_officers_do_not_read_of_health_or_visits_in_the_history(sari, wati, misnati, child):
    url = f"/keluarga/anggota/{child}/ubah"
    sari.submit(url, url, severe_disability="y", occupation="pelajar")
    assert "Disabilitas berat: tidak → ya" in sari.get(f"/keluarga/{misnati}/riwayat").text
    seen = wati.get(f"/keluarga/{misnati}/riwayat").text
    assert "Pekerjaan: – → pelajar" in seen and "Disabilitas" not in seen


def test_every_event_of_the_register_has_its_sentence(sari, misnati, child):
    actor, row = cast.actor("sari"), family(misnati)
    register.add_member(actor, row, register.Person(name="Zulaikha"), key="1")
    register.choose_caretaker(actor, member(child), key="2")
    register.change_kk(actor, row, cast.kk(), None, key="3")
    aid = register.add_aid(actor, row, "PIP", None, key="4").id
    register.end_aid(actor, row, aid, today(), key="5")
    told = sari.get(f"/keluarga/{misnati}/riwayat").text
    for words in ("Anggota ditambahkan", "Pengurus diganti", "Nomor KK diganti", "Bantuan lain dicatat", "lain berakhir"):
        assert words in told
