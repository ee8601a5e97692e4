"""`/keluarga` as people meet it: the list, and the panel in a row."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.assessment.records import visits
from portal.caseload.lists import filters
from portal.family.records.models import Household
from portal.kernel import gate
from portal.kernel.base import session
from portal.kernel.clock import today
from portal.kernel.history import Event
from portal.kernel.terms import Band, Membership, Presence, VisitOutcome
from portal.web import texts
from tests import cast, page_checks
from tests.visitor import Visitor

pytestmark = pytest.mark.usefixtures("app")


def families(*callers, **fields):
    made = [cast.family(name, **fields) for name in callers]
    session.commit()
    return made


def names_in(answer):
    return [row.one("th a").text for row in answer.all("tbody tr")]


def family(household_id):
    return session.get(Household, household_id)


def somebody_else_saves(household_id, **changes):
    row = family(household_id)
    gate.amend(cast.actor("budi"), row, seen=row.version, changes=changes, key="b" * 32)


# --- the list ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("username", "seen"),
    [
        ("sari", ["Misnati", "Suliyah"]), ("joko", ["Ponijan"]), ("wati", ["Misnati", "Suliyah"]), ("rini", ["Ponijan"]),
        ("ratna", ["Misnati", "Suliyah"]), ("kepala", ["Misnati", "Noise", "Ponijan", "Suliyah"]),
    ],
)  # fmt: skip
def test_everybody_sees_the_own_families(app, username, seen):
    assert names_in(Visitor(app, username).get("/keluarga")) == seen


def test_an_administrator_sees_no_families(app):
    assert Visitor(app, "admin").get("/keluarga").status == 403


def test_whoever_is_not_signed_in_logs_in_first(app):
    assert Visitor(app).get("/keluarga", follow=False).status == 303


def test_the_list_swaps_as_a_fragment_that_the_page_contains(sari):
    page, part = sari.get("/keluarga?q=suliya"), sari.partial("/keluarga?q=suliya")
    assert part.is_fragment and part.root.elements[0]["id"] == "list"
    assert names_in(part) == names_in(page) == ["Suliyah"]
    assert part.html.strip() in page.html


def test_a_name_found_by_another_member_is_shown_with_it(sari):
    assert "Anak Misnati" in sari.get("/keluarga?q=anak misnati_id").one("#keluarga-1").text


@pytest.mark.parametrize("typed", ["357399", "3573 9941 0384", "mis 0812345678"])
def test_the_name_box_refuses_numbers_and_shows_them_nowhere(sari, typed):
    for answer in (sari.get(f"/keluarga?q={typed}&desil=2"), sari.partial(f"/keluarga?q={typed}&desil=2")):
        assert answer.status == 422
        assert "Nomor tidak dicari lewat kotak nama" in answer.text
        assert typed not in answer.html
        assert answer.link("Cari NIK atau KK") == "/keluarga/nomor"


def test_filters_are_named_and_can_be_taken_away_one_by_one(budi):
    page = budi.get("/keluarga?kepesertaan=active&desil=2&wilayah=35.73.05&urut=-nama")
    assert names_in(page) == ["Misnati"]
    assert "Hapus semua saringan" in page.text
    assert budi.get(page.link("Aktif")).one(".chips").text.startswith("Hapus saringan: desil 2")
    assert names_in(budi.get(page.link("desil 2"))) == ["Misnati"]
    assert "urut=-nama" in page.link("Lowokwaru")


def test_counts_are_told_only_where_they_are_cheap(sari, monkeypatch):
    assert sari.get("/keluarga").one(".count").text == "2 keluarga"
    families(*(f"Ibu {letter}" for letter in "abcdefghijklmnopqrstuvwxyz"))
    monkeypatch.setattr("portal.caseload.lists.caseload.MOST_COUNTED", 27)
    assert sari.get("/keluarga").one(".count").text == "lebih dari 27 keluarga"


def test_pages_lead_on_and_back_and_keep_the_filters(sari):
    families(*(f"Ibu {letter}" for letter in "abcdefghijklmnopqrstuvwxyz"), decile=1)
    first = sari.get("/keluarga?desil=1")
    second = sari.get(first.link("Berikutnya"))
    assert (len(names_in(first)), names_in(second)) == (25, ["Ibu z"])
    assert "desil=1" in first.link("Berikutnya")
    assert names_in(sari.partial(second.link("Sebelumnya"))) == names_in(first)


def test_a_full_page_and_its_fragment_stay_within_their_budgets(budi):
    families(*(f"Siti Khotimah {letter}" for letter in "abcdefghijklmnopqrstuvwxyz"), group="Melati")
    where = "wilayah=35.73.05&pendamping=1"
    assert budi.get(f"/keluarga?q=siti+kotimah&{where}&urut=desil").size <= page_checks.PAGE
    for query in ("q=kotima", "pilih=1"):
        answer = budi.partial(f"/keluarga?{query}&{where}")
        assert len(names_in(answer)) == 25
        assert answer.size <= page_checks.FRAGMENT


def test_an_empty_list_says_what_to_do(app, sari):
    assert "Hapus saringan: desil 9" in sari.get("/keluarga?desil=9").text
    assert sari.get("/keluarga?desil=9").link("Tampilkan semua") == "/keluarga"
    session.query(Household).update({"facilitator_id": None})
    session.commit()
    assert "setelah dibagikan supervisor" in sari.get("/keluarga").text


def test_officers_see_no_bands_and_no_filter_for_them(app, misnati_id):
    family(misnati_id).band = Band.READY
    session.commit()
    wati = Visitor(app, "wati")
    assert "Siap diusulkan" not in wati.get("/keluarga").text
    assert "kesiapan" not in wati.get("/keluarga/saring").html
    assert "Siap diusulkan" in Visitor(app, "sari").get("/keluarga").text


def test_the_filter_panel_keeps_what_is_chosen(budi):
    page = budi.get("/keluarga/saring?desil=2&desil=0&wilayah=35.73.05&jatuh_tempo=14&impor=3&q=siti&urut=desil")
    chosen = {node["value"] for node in page.all("input[name=desil]") if "checked" in node}
    assert chosen == {"0", "2"}
    assert page.one("select[name=wilayah]").one("option[selected]")["value"] == "35.73.05"
    assert page.one("select[name=jatuh_tempo]").one("option[selected]")["value"] == "14"
    assert {page.one(f"input[name={name}]")["value"] for name in ("impor", "q", "urut")} == {"3", "siti", "desil"}


def test_pickers_stay_within_the_own_area(app):
    ratna = Visitor(app, "ratna").get("/keluarga/saring")
    assert "Jatimulyo" in ratna.text and "Polehan" not in ratna.text
    assert "Sari Wulandari" in ratna.text and "Joko Prasetyo" not in ratna.text
    assert "Sari Wulandari" not in Visitor(app, "wati").get("/keluarga/saring").one("main").text


def test_whatever_row_the_table_of_filters_has_the_panel_offers(budi):
    panel = budi.get("/keluarga/saring")
    offered = {row.parameter for row in filters.ROWS.values() if row.control not in ("", "hidden")}
    assert {field["name"] for field in panel.all("#filters [name]")} == offered


def test_typing_keeps_filters_that_are_not_in_sight(sari):
    page = sari.get("/keluarga?desil=2&desil=6")
    assert [node["value"] for node in page.all("#filters input[name=desil]")] == ["2", "6"]


# --- the panel in a row --------------------------------------------------------------------------------------------


def test_the_panel_opens_in_the_row_and_gives_way_to_the_row(sari, misnati_id):
    panel = sari.partial(f"/keluarga/{misnati_id}/ringkas")
    assert panel.root.elements[0]["id"] == f"keluarga-{misnati_id}"
    row = sari.submit(panel, partial=True, presence="moved", group="Melati", rt="9")
    assert row.status == 200 and row.root.elements[0]["id"] == f"keluarga-{misnati_id}"
    assert "Pindah" in row.text and "RT 9" in row.text and "tersimpan" in row.message
    assert (family(misnati_id).presence, family(misnati_id).group) == (Presence.MOVED, "Melati")


def test_a_row_that_no_longer_fits_stays_until_the_list_is_loaded_again(sari, misnati_id):
    listed = sari.get("/keluarga?keberadaan=found")
    row = sari.submit(sari.partial(f"/keluarga/{misnati_id}/ringkas"), partial=True, presence="moved")
    assert "Misnati" in names_in(listed) and "Misnati" in row.text
    assert "Misnati" not in names_in(sari.get("/keluarga?keberadaan=found"))


def test_without_scripts_the_panel_is_a_page_that_leads_back_to_the_list(sari, misnati_id):
    sari.client.environ_base["HTTP_REFERER"] = "http://localhost/keluarga?desil=2"
    page = sari.get(f"/keluarga/{misnati_id}/ringkas")
    assert page.one("input[name=kembali]")["value"] == "/keluarga?desil=2"
    done = sari.submit(page, note="Pagar hijau", follow=False)
    assert done.status == 303 and done.headers["Location"] == "/keluarga?desil=2"
    assert family(misnati_id).note == "Pagar hijau"


@pytest.mark.parametrize("referrer", ["http://elsewhere.test/keluarga", "http://localhost/graduasi", ""])
def test_nobody_is_led_astray(sari, misnati_id, referrer):
    sari.client.environ_base["HTTP_REFERER"] = referrer
    page = sari.get(f"/keluarga/{misnati_id}/ringkas")
    assert page.one("input[name=kembali]")["value"] == f"/keluarga/{misnati_id}"
    done = sari.submit(page, follow=False, kembali="//elsewhere.test/")
    assert done.location == f"/keluarga/{misnati_id}"


def test_a_phone_is_masked_kept_when_left_empty_and_forgotten_on_request(sari, misnati_id):
    url = f"/keluarga/{misnati_id}/ringkas"
    sari.submit(sari.get(url), phone="0812 3456 7890")
    assert family(misnati_id).phone == "+6281234567890"
    page = sari.get(url)
    assert "1234567" not in page.html and "Nomor tercatat" in page.text
    sari.submit(page, note="x")
    assert family(misnati_id).phone == "+6281234567890"
    sari.submit(sari.get(url), forget_phone="y")
    assert family(misnati_id).phone is None


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("phone", "123", "Nomor HP belum benar"), ("rt", "0", "antara 1 dan 999"), ("address", "", "Wajib diisi"),
        ("next_visit_on", "2020-01-01", "sudah lewat"), ("presence", "away", "tidak dikenal"),
    ],
)  # fmt: skip
def test_mistakes_come_back_with_what_was_typed(sari, misnati_id, field, value, words):
    for partial in (True, False):
        answer = sari.submit(sari.get(f"/keluarga/{misnati_id}/ringkas"), partial=partial, **{field: value, "note": "tetap"})
        assert answer.status == 422 and words in answer.text
        assert answer.one("textarea[name=note]").text == "tetap"
    assert family(misnati_id).version == 1


def test_a_promise_that_has_passed_may_stay(sari, misnati_id):
    family(misnati_id).next_visit_on = today().replace(year=2020)
    session.commit()
    assert sari.submit(sari.get(f"/keluarga/{misnati_id}/ringkas"), note="x", follow=False).status == 303


def test_a_visit_agreed_meanwhile_is_not_taken_back_by_an_older_panel(sari, misnati_id):
    panel, agreed = sari.get(f"/keluarga/{misnati_id}/ringkas"), today() + timedelta(days=30)
    told = visits.ToldVisit(today(), VisitOutcome.MET, present="Ibu", next_on=agreed)
    visits.record(cast.actor("sari"), family(misnati_id), told, key="v")
    answer = sari.submit(panel, note="dari pintu")
    assert (answer.status, family(misnati_id).next_visit_on) == (409, agreed)
    assert texts.day(agreed) in answer.one(".stale").text


@pytest.mark.parametrize("partial", [True, False])
def test_a_stale_panel_shows_both_values_and_saves_on_the_second_try(sari, misnati_id, partial):
    panel = sari.get(f"/keluarga/{misnati_id}/ringkas")
    somebody_else_saves(misnati_id, note="dari supervisor")
    answer = sari.submit(panel, partial=partial, note="dari pintu", group="Melati")
    assert answer.status == 409
    assert "dari supervisor" in answer.one(".stale").text and "dari pintu" in answer.one(".stale").text
    assert answer.one("textarea[name=note]").text == "dari pintu"
    assert family(misnati_id).note == "dari supervisor"
    assert sari.submit(answer, partial=partial, follow=False).status in (200, 303)
    assert (family(misnati_id).note, family(misnati_id).group) == ("dari pintu", "Melati")


def test_changes_to_other_fields_are_in_nobodys_way(sari, misnati_id):
    panel = sari.get(f"/keluarga/{misnati_id}/ringkas")
    somebody_else_saves(misnati_id, joined_year=2019)
    assert sari.submit(panel, note="dari pintu", follow=False).status == 303
    assert (family(misnati_id).joined_year, family(misnati_id).note) == (2019, "dari pintu")


def test_the_same_sending_twice_changes_once(sari, misnati_id):
    panel = sari.get(f"/keluarga/{misnati_id}/ringkas")
    key = panel.one("input[name=key]")["value"]
    for _ in range(2):
        assert sari.submit(panel, key=key, note="sekali", follow=False).status == 303
    assert len(session.scalars(select(Event)).all()) == 1
    assert sari.submit(panel, key=key, note="lain").status == 409
    assert family(misnati_id).note == "sekali"


def test_officers_correct_the_address_and_nothing_else(app, misnati_id):
    wati = Visitor(app, "wati")
    panel = wati.get(f"/keluarga/{misnati_id}/ringkas")
    assert {field["name"] for field in panel.all("form.form input")} == {
        "csrf_token",
        "key",
        "seen",
        "kembali",
        "address",
        "rt",
        "rw",
    }
    wati.submit(panel, address="Jl. Kalpataru 5")
    wati.post(
        f"/keluarga/{misnati_id}/ringkas", address="Jl. Kalpataru 5", rt="3", rw="4", seen="2", note="x", presence="moved"
    )
    assert (family(misnati_id).address, family(misnati_id).note, family(misnati_id).presence) == (
        "Jl. Kalpataru 5",
        None,
        Presence.FOUND,
    )


@pytest.mark.parametrize(("username", "status"), [("joko", 404), ("rini", 404), ("kepala", 403), ("admin", 404)])
def test_others_open_no_panel(app, misnati_id, username, status):
    visitor = Visitor(app, username)
    assert visitor.get(f"/keluarga/{misnati_id}/ringkas").status == status
    assert visitor.partial(f"/keluarga/{misnati_id}/ringkas").status == status
    assert visitor.post(f"/keluarga/{misnati_id}/ringkas", address="x").status == status


def test_a_closed_panel_is_the_row_again(sari, misnati_id):
    assert sari.partial(f"/keluarga/{misnati_id}/baris").root.elements[0]["id"] == f"keluarga-{misnati_id}"
    assert sari.get(f"/keluarga/{misnati_id}/baris").heading == "Misnati"


def test_what_is_overdue_stands_out(sari, misnati_id):
    family(misnati_id).due_on = today() - timedelta(days=1)
    session.commit()
    row = sari.get("/keluarga?jatuh_tempo=-1").one(f"#keluarga-{misnati_id}")
    assert len(row.all(".warn")) == 1
    assert names_in(sari.get(f"/keluarga?kepesertaan={Membership.SUSPENDED}&jatuh_tempo=-1")) == []
