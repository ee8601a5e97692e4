"""`/kunjungan`: a visit is written at the door, assessed section by section, and its result stands at once."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.assessment.records import visits
from portal.assessment.records.visits import Assessment, Visit
from portal.assessment.rules.instrument import Section
from portal.evidence.records import Evidence
from portal.kernel.base import session
from portal.kernel.clock import today
from portal.kernel.terms import VisitOutcome
from tests import cast
from tests.assessment.test_assessment_pages import file, new_url, part
from tests.graduating import staged, visited
from tests.photos import photo, scan
from tests.visitor import Visitor

OUTSIDERS = {"joko": 404, "wati": 404, "admin": 404}
READERS = {"budi": 403, "ratna": 403, "kepala": 403}


# --- writing a visit down ------------------------------------------------------------------------------------------


def test_somebody_was_met_and_the_questions_follow(sari, misnati_id):
    page = sari.submit(new_url(misnati_id), new_url(misnati_id), outcome="met", present="Bu Misnati", notes="Warung ramai")
    visit = session.scalars(select(Visit)).one()
    assert (visit.present, visit.notes, visit.visited_on) == ("Bu Misnati", "Warung ramai", today())
    assert page.url == part(visit.id, Section.WORK)
    assert "Kunjungan tercatat" in page.message


def test_a_closed_door_leads_to_the_visit_with_its_next_try(sari, misnati_id):
    retry = today() + timedelta(days=5)
    page = sari.submit(new_url(misnati_id), new_url(misnati_id), outcome="not_met", present="", next_on=retry.isoformat())
    visit = session.scalars(select(Visit)).one()
    assert page.url == f"/kunjungan/{visit.id}"
    assert visit.retry_on == retry
    assert "Belum dinilai" not in page.text
    assert [node.text for node in page.all("dt")] == ["Pencatat", "Dicoba lagi"]


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"outcome": "met", "present": ""}, "Tulis siapa yang ditemui"),
        ({"outcome": "not_met", "next_on": ""}, "Tulis kapan dicoba lagi"),
        ({"outcome": "met", "present": "Ibu", "visited_on": "2099-01-01"}, "Tanggal ini belum tiba"),
        ({"outcome": "met", "present": "Ibu", "visited_on": "kemarin"}, "Tanggal belum benar"),
        ({"outcome": "met", "present": "Ibu", "next_on": "2020-01-01"}, "Pilih tanggal setelah kunjungan ini"),
        ({"outcome": "perhaps"}, "Hasil"),
    ],
)
def test_a_mistake_is_told_and_nothing_typed_is_lost(sari, misnati_id, typed, told):
    page = sari.submit(new_url(misnati_id), new_url(misnati_id), notes="Atap bocor", **typed)
    assert page.status == 422
    assert told in " ".join(page.errors)
    assert "Atap bocor" in page.one("textarea[name=notes]").text
    assert session.scalars(select(Visit)).all() == []


def test_without_scripts_a_good_photo_survives_a_mistake(sari, misnati_id):
    sent = [*file(photo()), *file(scan(), "surat.pdf")]
    page = sari.submit(new_url(misnati_id), new_url(misnati_id), outcome="met", present="Ibu", photos=sent)
    assert page.status == 422
    assert "surat.pdf" in " ".join(page.errors)
    kept = page.one("input[type=checkbox][name=photos]")["value"]
    page = sari.submit(page, new_url(misnati_id))
    visit = session.scalars(select(Visit)).one()
    assert [(str(row.id), row.subject_id) for row in session.scalars(select(Evidence))] == [(kept, visit.id)]


def test_a_photo_whose_tick_is_taken_away_is_not_sent(sari, misnati_id):
    page = sari.submit(new_url(misnati_id), new_url(misnati_id), outcome="met", present="", photos=file(photo()))
    sari.submit(page, new_url(misnati_id), present="Ibu", photos=None)
    assert session.scalars(select(Evidence)).one().subject_id is None


def test_the_same_sending_twice_is_one_visit(sari, misnati_id):
    page = sari.get(new_url(misnati_id))
    for _ in range(2):
        assert sari.submit(page, new_url(misnati_id), present="Ibu").url.startswith("/kunjungan/")
    assert len(session.scalars(select(Visit)).all()) == 1


def test_the_same_key_with_other_words_is_refused_and_kept_on_the_page(sari, misnati_id):
    page = sari.get(new_url(misnati_id))
    sari.submit(page, new_url(misnati_id), present="Ibu")
    again = sari.submit(page, new_url(misnati_id), present="Bapak")
    assert again.status == 409
    assert again.one("input[name=present]")["value"] == "Bapak"


def test_a_boosted_form_goes_on_to_the_questions(sari, misnati_id):
    page = sari.submit(new_url(misnati_id), new_url(misnati_id), boosted=True, present="Ibu")
    assert "/bagian/pekerjaan" in page.headers["HX-Location"]


def test_three_closed_doors_are_said_out_loud(sari, misnati_id):
    for days in (9, 6, 3):
        said = visits.ToldVisit(
            today() - timedelta(days=days), VisitOutcome.NOT_MET, next_on=today() - timedelta(days=days - 2)
        )
        visits.record(cast.actor("sari"), cast.household("Misnati"), said, key=str(days))
    assert "Tidak bertemu 3 kali berturut-turut" in sari.get(f"/keluarga/{misnati_id}/kunjungan").text
    assert "Tidak bertemu 3 kali berturut-turut" in sari.get(new_url(misnati_id)).text


# --- who may -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "status"), {**OUTSIDERS, **READERS}.items())
def test_only_the_familys_facilitator_writes(app, misnati_id, visit, name, status):
    person = Visitor(app, name)
    answers_of = status if name != "wati" else 403  # an officer sees the family, but no visits
    assert person.get(new_url(misnati_id)).status == answers_of
    assert person.post(new_url(misnati_id), outcome="met", present="Ibu").status == answers_of
    for url in (part(visit, Section.WORK), f"/kunjungan/{visit}/selesai"):
        assert person.get(url).status == status
        assert person.post(url, earners="2").status == status
    for url in (f"/kunjungan/{visit}/foto", f"/kunjungan/{visit}/salah-catat"):
        assert person.post(url, reason="x").status == status
    assert len(session.scalars(select(Visit)).all()) == 1
    assert session.scalars(select(Assessment)).all() == []


@pytest.mark.parametrize(("name", "status"), {"budi": 200, "ratna": 200, "kepala": 200, **OUTSIDERS}.items())
def test_visits_are_read_by_those_who_work_with_the_family(app, misnati_id, visit, name, status):
    person = Visitor(app, name)
    assert person.get(f"/kunjungan/{visit}").status == status
    assert person.get(f"/keluarga/{misnati_id}/kunjungan").status == (403 if name == "wati" else status)


def test_readers_are_offered_nothing_to_do(app, misnati_id, visit):
    page = Visitor(app, "budi").get(f"/kunjungan/{visit}")
    assert page.all("main form") == []
    assert "Mulai penilaian" not in page.text
    assert "Catat kunjungan" not in Visitor(app, "budi").get(f"/keluarga/{misnati_id}/kunjungan").text


# --- afterwards ----------------------------------------------------------------------------------------------------


def test_a_forgotten_photo_is_added_later(sari, visit):
    url = f"/kunjungan/{visit}/foto"
    page = sari.submit(f"/kunjungan/{visit}", url, photos=file(photo()))
    assert "Foto tersimpan" in page.message
    assert len(page.all(".thumbs img")) == 1
    assert sari.submit(f"/kunjungan/{visit}", url).status == 422


def test_the_photo_of_another_is_not_taken(sari, visit):
    other = staged(cast.actor("joko"), "visit_photo")
    assert sari.post(f"/kunjungan/{visit}/foto", photos=str(other)).status == 422
    assert session.get(Evidence, other).subject_id is None


def test_a_mistaken_visit_is_marked_and_stays(sari, misnati_id, visit):
    url = f"/kunjungan/{visit}/salah-catat"
    assert sari.submit(f"/kunjungan/{visit}", url, reason=" ").status == 422
    shown = sari.get(f"/kunjungan/{visit}")
    for _ in range(2):
        page = sari.submit(shown, url, reason="Rumah tetangga")
        assert "Rumah tetangga" in page.text
    assert "Salah catat" in sari.get(f"/keluarga/{misnati_id}/kunjungan").text
    assert sari.post(url, reason="lagi").status == 422


def test_the_list_is_paged_and_swapped_as_a_fragment(sari, misnati_id):
    person, family = cast.actor("sari"), cast.household("Misnati")
    for days in range(27):
        visited(person, family, days_ago=days, with_photo=False)
    page = sari.get(f"/keluarga/{misnati_id}/kunjungan")
    assert len(page.all("tbody tr")) == 25
    following = sari.partial(page.link("Berikutnya"))
    assert following.is_fragment
    assert len(following.all("tbody tr")) == 2
    assert sari.get(f"/keluarga/{misnati_id}/kunjungan?setelah=kemarin").status == 404


def test_a_family_never_visited_says_what_to_do(sari, misnati_id):
    assert "Belum ada kunjungan" in sari.get(f"/keluarga/{misnati_id}/kunjungan").text
