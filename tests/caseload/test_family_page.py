"""`/keluarga/<id>`: what a family's page tells whom, its people, numbers and aid, and its history."""

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select
from wtforms.fields.core import UnboundField

from portal.assessment.records import visits
from portal.caseload.pages import editing
from portal.family.records import register
from portal.family.records.models import Decile, Episode, Household, Member, Payment
from portal.graduation.records.dossiers import Graduation
from portal.kernel import gate
from portal.kernel.base import session
from portal.kernel.clock import now, today
from portal.kernel.terms import ExitType, Membership, Presence, RegistryMatch, SchoolLevel, VisitOutcome
from portal.web import labels, texts
from tests import cast
from tests import graduating as go
from tests.visitor import Visitor

pytestmark = pytest.mark.usefixtures("app")

TODAY = str(today())


def family(household_id):
    return session.get(Household, household_id)


def member(member_id):
    return session.get(Member, member_id)


def count(model):
    return session.scalar(select(func.count()).select_from(model))


# --- what the page tells -------------------------------------------------------------------------------------------


def test_the_page_shows_people_with_components_and_until_when(sari, misnati_id):
    page = sari.get(f"/keluarga/{misnati_id}")
    assert page.heading == "Misnati"
    born = member(cast.household("Misnati").members[1].id).birth_date
    assert f"Anak SD sampai tamat, paling lama {born.day - 1} Mei {born.year + 22} (umur 21)" in page.one("#members").text
    assert "Rp900.000" in page.text


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"birth_date": date(2024, 6, 1)}, "Anak usia dini (0–6 tahun) menurut umur sampai 31 Mei 2031"),
        ({"birth_date": date(1950, 1, 2)}, "Lansia sejak umur 60, 2 Jan 2010"),
        ({"school_level": SchoolLevel.JUNIOR_SECONDARY}, "Anak SMP sampai tamat; tanggal lahir belum ada"),
        ({"severe_disability": True}, "Disabilitas berat tanpa batas waktu"),
        ({"pregnant_until": date(2099, 3, 1)}, "Ibu hamil perkiraan lahir 1 Mar 2099"),
    ],
)
def test_each_component_says_in_its_own_way_how_long(sari, misnati_id, fields, says):
    session.add(Member(household_id=misnati_id, name="Tambahan", **fields))
    session.commit()
    assert says in sari.get(f"/keluarga/{misnati_id}").one("#members").text


def test_components_beyond_what_the_programme_counts_are_told(sari, misnati_id):
    for name in ("Satu", "Dua", "Tiga"):
        session.add(Member(household_id=misnati_id, name=name, birth_date=date(2024, 6, 1)))
    session.commit()
    people = [node.text for node in sari.get(f"/keluarga/{misnati_id}").all("#members .people li")]
    assert [name for name in ("Satu", "Dua", "Tiga") if any(name in one and "tidak dihitung" in one for one in people)] == [
        "Tiga"
    ]


def test_the_next_visit_is_the_one_that_the_list_names_and_says_why(sari, misnati_id):
    retry = today() + timedelta(days=7)
    account = visits.ToldVisit(today(), VisitOutcome.NOT_MET, next_on=retry)
    visits.record(cast.actor("sari"), cast.household("Misnati"), account, key="v")
    page = sari.get(f"/keluarga/{misnati_id}")
    assert f"{texts.day(retry)}" in page.text and "karena belum bertemu" in page.text
    assert "belum direncanakan" not in page.text


def test_numbers_are_masked_everywhere(sari, misnati_id):
    household = family(misnati_id)
    household.phone = "+6281234567890"
    session.commit()
    secrets = [household.kk, "81234567890", *(person.nik for person in household.members)]
    for tab in ("", "/bantuan", "/kasus", "/berkas", "/riwayat", "/anggota", "/ubah", "/ringkas", "/nomor", "/kk"):
        html = sari.get(f"/keluarga/{misnati_id}{tab}").html
        assert not [number for number in secrets if number in html or number[6:] in html], tab
    assert "3573•• •••••• ••••" in sari.get(f"/keluarga/{misnati_id}").text


def test_officers_see_neither_components_nor_readiness_nor_visits(wati, sari, misnati_id):
    page = wati.get(f"/keluarga/{misnati_id}")
    for word in ("sampai", "Rp", "Kesiapan", "Kunjungan\n"):
        assert word not in page.one("#members").text and word not in page.one("#standing").text
    assert "Kunjungan" not in page.one(".tabs").text
    assert "Kunjungan" in sari.get(f"/keluarga/{misnati_id}").one(".tabs").text


def test_a_viewer_reads_and_is_offered_nothing_to_do(app, misnati_id):
    page = Visitor(app, "kepala").get(f"/keluarga/{misnati_id}")
    offered = {node.text for node in page.one("main").all("a.button")} | {node.text for node in page.one("main").all("button")}
    assert offered == set()


@pytest.mark.parametrize("tab", ["", "/bantuan", "/kasus", "/berkas", "/riwayat"])
def test_every_tab_has_its_address_and_its_fragment(sari, misnati_id, tab):
    page, part = sari.get(f"/keluarga/{misnati_id}{tab}"), sari.partial(f"/keluarga/{misnati_id}{tab}")
    assert part.is_fragment and part.root.elements[0]["id"] == "part"
    assert page.one("#part").text == part.one("#part").text
    assert len(page.all(".tabs [aria-current]")) == 1


@pytest.mark.parametrize("tab", ["", "/bantuan", "/kasus", "/berkas", "/riwayat", "/anggota", "/baris"])
@pytest.mark.parametrize("username", ["joko", "rini", "admin"])
def test_others_do_not_even_learn_that_the_family_is_there(app, misnati_id, username, tab):
    visitor = Visitor(app, username)
    assert visitor.get(f"/keluarga/{misnati_id}{tab}").status == visitor.get(f"/keluarga/999{tab}").status == 404


def test_deciles_payments_and_episodes_are_told_with_their_dates(sari, misnati_id):
    session.add(Decile(household_id=misnati_id, period="2026-Q3", value=4))
    session.add(Payment(household_id=misnati_id, stage="2026-Q3", amount=225_000))
    session.add(Episode(household_id=misnati_id, number=2, started=today(), exit_type=ExitType.NATURAL, ended=today()))
    session.commit()
    page = sari.get(f"/keluarga/{misnati_id}/bantuan")
    for words in ("Triwulan 3 2026 4", "Rp225.000", "Masa ke-2", "Graduasi alamiah", "mulai tidak diketahui"):
        assert words in page.text
    drawing = sari.get(f"/keluarga/{misnati_id}").one("svg.spark")
    assert drawing["aria-label"] == "desil 4 pada Triwulan 3 2026, desil 2 pada Triwulan 4 2026"


def test_open_cases_stand_on_the_page_and_all_of_them_in_their_tab(sari, wati, misnati_id):
    common = {
        "household_id": misnati_id,
        "state_since": now(),
        "opened_at": now(),
        "opened_by": cast.actor("sari").id,
        "facts": {},
    }
    session.add_all([Graduation(state="rejected", **common), Graduation(state="assessment", **common)])
    session.commit()
    assert [node.text for node in sari.get(f"/keluarga/{misnati_id}").all(".cases .badge")] == ["Penilaian"]
    assert len(sari.get(f"/keluarga/{misnati_id}/kasus").all(".cases li")) == 2
    assert len(wati.get(f"/keluarga/{misnati_id}/kasus").all(".cases li")) == 2


def test_beginnings_are_offered_to_whom_they_belong(app, sari, wati, misnati_id):
    assert sari.get(f"/keluarga/{misnati_id}").link("Mulai graduasi").startswith(f"/keluarga/{misnati_id}/graduasi")
    assert "Usulkan kembali" not in wati.get(f"/keluarga/{misnati_id}").text
    family(misnati_id).membership = Membership.EXITED
    session.commit()
    assert "Mulai graduasi" not in sari.get(f"/keluarga/{misnati_id}").text
    assert wati.get(f"/keluarga/{misnati_id}").form(f"/usulan/keluarga/{misnati_id}")


def test_what_the_record_lacks_is_listed(sari, misnati_id):
    assert {"Tahun mulai ikut program", "Padan dengan data kependudukan"} <= {
        node.text for node in sari.get(f"/keluarga/{misnati_id}").all("#gaps li")
    }
    row = family(misnati_id)
    row.joined_year, row.registry_match = 2019, RegistryMatch.MATCHED
    session.commit()
    assert sari.get(f"/keluarga/{misnati_id}").all("#gaps") == []


# --- the full edit -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("partial", [True, False])
def test_data_are_edited_in_their_card_or_on_a_page(sari, misnati_id, partial):
    form = sari.partial(f"/keluarga/{misnati_id}/ubah") if partial else sari.get(f"/keluarga/{misnati_id}/ubah")
    answer = sari.submit(form, partial=partial, joined_year="2019", presence="moved", kk_address="Jl. Asal 1")
    assert "2019" in answer.text and "Jl. Asal 1" in answer.text and "tersimpan" in answer.message
    saved = family(misnati_id)
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
def test_mistakes_in_the_edit_are_told(sari, misnati_id, field, value, words):
    answer = sari.submit(f"/keluarga/{misnati_id}/ubah", f"/keluarga/{misnati_id}/ubah", **{field: value})
    assert answer.status == 422 and words.lower() in answer.text.lower()
    assert family(misnati_id).version == 1


def test_a_move_within_the_own_area_takes_the_kecamatan_along(app, misnati_id):
    ratna = Visitor(app, "ratna")
    ratna.submit(f"/keluarga/{misnati_id}/ubah", f"/keluarga/{misnati_id}/ubah", kelurahan="35.73.05.1001")
    assert (family(misnati_id).kelurahan, family(misnati_id).kecamatan) == ("35.73.05.1001", "35.73.05")
    assert "Jatimulyo" in ratna.get(f"/keluarga/{misnati_id}/riwayat").one("del").text


def test_a_stale_edit_shows_both_values(sari, misnati_id):
    page = sari.get(f"/keluarga/{misnati_id}/ubah")
    gate.amend(cast.actor("budi"), family(misnati_id), seen=1, changes={"joined_year": 2015}, key="b" * 32)
    answer = sari.submit(page, joined_year="2019")
    assert answer.status == 409 and "2015" in answer.one(".stale").text and "2019" in answer.one(".stale").text
    assert sari.submit(answer, follow=False).status == 303
    assert family(misnati_id).joined_year == 2019


def test_officers_correct_both_addresses_only(wati, misnati_id):
    page = wati.get(f"/keluarga/{misnati_id}/ubah")
    assert not {"presence", "joined_year", "note"} & {node.get("name") for node in page.one("main").everything()}
    wati.submit(page, address="Jl. Baru 1", kk_address="Jl. Asal 1")
    assert (family(misnati_id).address, family(misnati_id).kk_address) == ("Jl. Baru 1", "Jl. Asal 1")


@pytest.mark.parametrize("form", [editing.QuickForm, editing.EditForm, editing.NewFamilyMemberForm])
def test_what_can_be_edited_has_a_name_in_the_history(app, form):
    own = {name for name in dir(form) if isinstance(getattr(form, name), UnboundField)} - {"key", "seen", "forget_phone"}
    assert own - labels.FIELDS.keys() == set()


# --- history -------------------------------------------------------------------------------------------------------


def test_history_tells_who_when_what_and_from_which_value(sari, misnati_id):
    sari.submit(f"/keluarga/{misnati_id}/ubah", f"/keluarga/{misnati_id}/ubah", presence="moved", joined_year="2019")
    entry = sari.get(f"/keluarga/{misnati_id}/riwayat").one(".timeline li")
    assert "Data keluarga diubah" in entry.text and "Sari Wulandari" in entry.text
    changes = [node.text for node in entry.all(".change")]
    assert "Keberadaan: Ditemukan → Pindah" in changes and "Ikut program sejak: – → 2019" in changes
    assert entry.one("time")["datetime"].startswith(str(now().date())[:7])


def test_history_is_paged_backwards(sari, misnati_id):
    for at in range(23):
        row = family(misnati_id)
        gate.amend(cast.actor("sari"), row, seen=row.version, changes={"note": f"n{at}"}, key=f"{at:032d}")
    first = sari.get(f"/keluarga/{misnati_id}/riwayat")
    older = sari.partial(first.link("Berikutnya"))
    assert (len(first.all(".timeline li")), len(older.all(".timeline li"))) == (20, 3)
    assert "n22" in first.text and "n0" in older.text and "n22" not in older.text


def test_officers_do_not_read_of_health_or_visits_in_the_history(sari, wati, misnati_id, child):
    url = f"/keluarga/anggota/{child}/ubah"
    sari.submit(url, url, severe_disability="y", occupation="pelajar")
    assert "Disabilitas berat: tidak → ya" in sari.get(f"/keluarga/{misnati_id}/riwayat").text
    seen = wati.get(f"/keluarga/{misnati_id}/riwayat").text
    assert "Pekerjaan: – → pelajar" in seen and "Disabilitas" not in seen
    visits.record(cast.actor("sari"), family(misnati_id), visits.ToldVisit(today(), VisitOutcome.MET, "Misnati"), key="v")
    assert "Kunjungan dicatat" in sari.get(f"/keluarga/{misnati_id}/riwayat").text
    assert "Kunjungan dicatat" not in wati.get(f"/keluarga/{misnati_id}/riwayat").text


def test_every_event_of_the_register_has_its_sentence(sari, misnati_id, child):
    actor, row = cast.actor("sari"), family(misnati_id)
    register.add_member(actor, row, register.ToldMember(name="Zulaikha"), key="1")
    register.choose_caretaker(actor, member(child), key="2")
    register.change_kk(actor, row, cast.kk(), None, key="3")
    aid = register.add_aid(actor, row, "PIP", None, key="4").id
    register.end_aid(actor, row, aid, today(), key="5")
    told = sari.get(f"/keluarga/{misnati_id}/riwayat").text
    for words in ("Anggota ditambahkan", "Pengurus diganti", "Nomor KK diganti", "Bantuan lain dicatat", "lain berakhir"):
        assert words in told


def test_an_import_tells_what_it_brought(sari, misnati_id):
    def brought(work, row):
        detail = {"batch": 1, "period": "2026-Q4", "told": [["decile", 3], ["address", True], ["differs", []]]}
        work.log("intake.change", row, household=row, detail=detail)
        return row

    gate.write(cast.actor("budi"), "intake.use", family(misnati_id), key="i", payload=None, act=brought)
    assert "Diperbarui dari impor · Triwulan 4 2026 · desil, alamat" in sari.get(f"/keluarga/{misnati_id}/riwayat").text


def test_the_history_says_from_where_to_where(sari):
    case = go.brought_to("approved")
    assert "Graduasi: Diajukan → Disetujui" in sari.get(f"/keluarga/{case.household_id}/riwayat").text


def test_a_family_says_why_its_next_visit_is_due(sari, misnati_id):
    url = f"/keluarga/{misnati_id}"
    assert "5 Apr 2026" in sari.get(url).text and ", kunjungan rutin" in sari.get(url).text
    retry = (today() + timedelta(days=5)).isoformat()
    sari.submit(f"{url}/kunjungan/baru", f"{url}/kunjungan/baru", outcome="not_met", present="", next_on=retry)
    assert ", karena belum bertemu" in sari.get(url).text and ", kunjungan rutin" not in sari.get(url).text
