"""`/wilayah`: how areas are spelled, on screen and in files."""

import pytest

from portal.intake.reading.rows import AreaIndex, StatedPlace
from portal.intake.records import examining
from portal.kernel.base import session
from portal.kernel.history import Event
from portal.kernel.people import Area
from portal.office.records import audit
from tests import cast
from tests.visitor import Visitor

URL = f"/wilayah/{cast.JATIMULYO}"


@pytest.fixture
def admin(app):
    return Visitor(app, "admin")


def jatimulyo() -> Area:
    return session.get_one(Area, cast.JATIMULYO, populate_existing=True)


def meant(name: str) -> str | None:
    return AreaIndex(examining.area_spellings()).find(StatedPlace(kelurahan=name)).code


def test_the_list_leads_to_every_kecamatan_and_kelurahan(admin):
    page = admin.get("/wilayah")
    assert len(page.all("tbody a")) == 62
    assert "Jati Mulyo" in admin.get(page.link("Jatimulyo")).one("[name=spellings]").text


def test_a_kecamatan_is_told_from_the_kelurahan_of_the_same_name(app, admin):
    named = [row.text for row in admin.get("/wilayah").all("tbody th") if "Lowokwaru" in row.text]
    assert named == ["Kec. Lowokwaru", "Lowokwaru"]
    [row] = [row.text for row in admin.get("/pengguna").all("tbody tr") if "ratna" in row.text]
    assert "Kec. Lowokwaru" in row
    assert "Kec. Lowokwaru" in Visitor(app, "ratna").get("/profil").text


@pytest.mark.parametrize("partial", [True, False])
def test_another_spelling_is_recognised_in_files_from_then_on(admin, partial):
    assert meant("Djati Moeljo Kulon") is None
    admin.submit(URL, spellings="Jati Mulyo\nJatimulyo Kulon", partial=partial)
    assert meant("Djati Moeljo Kulon") == cast.JATIMULYO
    [event] = session.query(Event)
    assert event.kind == "area.respell"
    spellings = [["Jati Mulyo"], ["Jati Mulyo", "Jatimulyo Kulon"]]
    assert event.detail == {"area": cast.JATIMULYO, "changes": {"spellings": spellings}}
    assert audit.verify().is_whole


def test_a_spelling_taken_away_is_not_recognised_any_more(admin):
    admin.submit(f"/wilayah/{cast.GADANG}", spellings="Gadang Lama")
    admin.submit(f"/wilayah/{cast.GADANG}", spellings="")
    assert meant("Gadang Lama") is None


def test_a_new_name_is_shown_and_files_may_go_on_with_the_old_one(app, admin):
    admin.submit(URL, name="Jatimulia")
    assert "Jatimulia" in Visitor(app, "sari").get("/keluarga").text
    assert jatimulyo().spellings == ["Jati Mulyo", "Jatimulyo"]
    assert meant("JATIMULYO") == meant("JATIMULIA") == cast.JATIMULYO


def test_a_kecamatan_is_spelled_too(admin):
    admin.submit("/wilayah/35.73.05", spellings="Lowok Waroe Utara")
    stated = StatedPlace(kelurahan="Jatimulyo", kecamatan="LOWOKWARU UTARA")
    assert AreaIndex(examining.area_spellings()).find(stated).code == cast.JATIMULYO


@pytest.mark.parametrize(
    ("field", "typed", "says"),
    [
        ("name", "", "Wajib diisi"),
        ("name", "x" * 81, "80"),
        ("name", "Polehan", "“Polehan” sudah berarti Polehan."),
        ("name", "123", "Tulis nama dengan huruf."),
        ("spellings", "Kulon\nKel. POLEHAN", "“Kel. POLEHAN” sudah berarti Polehan."),
        ("spellings", "–", "Tulis nama dengan huruf."),
        ("spellings", "x" * 81, "80 huruf"),
    ],
)
def test_what_cannot_be_is_told_at_its_field_and_keeps_what_was_typed(admin, field, typed, says):
    page = admin.submit(URL, **{"name": "Jatimulyo", "spellings": "Jati Mulyo", field: typed})
    assert page.status == 422
    assert says in page.one(f"#{field}-error").text
    assert typed in page.html
    assert (jatimulyo().name, jatimulyo().version, session.query(Event).count()) == ("Jatimulyo", 1, 0)


def test_who_saved_first_is_not_overwritten(admin):
    page = admin.get(URL)
    admin.submit(URL, name="Jatimulia")
    answer = admin.submit(page, name="Jatimuliyo")
    assert answer.status == 409
    assert "Jatimulia" in answer.one(".stale").text and "Jatimuliyo" in answer.one(".stale").text
    assert admin.submit(answer, name="Jatimuliyo").status == 200
    assert jatimulyo().name == "Jatimuliyo"


def test_the_same_again_changes_nothing(admin):
    admin.submit(URL)
    assert (jatimulyo().version, session.query(Event).count()) == (1, 0)


@pytest.mark.parametrize("code", ["35.73", "35.73.99", "x"])
def test_the_city_and_what_is_no_area_have_no_spelling(admin, code):
    assert admin.get(f"/wilayah/{code}").status == 404
    assert admin.post(f"/wilayah/{code}", name="Lain", seen="1").status == 404


@pytest.mark.parametrize("who", ["sari", "wati", "budi", "kepala"])
def test_only_administrators_spell(app, who):
    assert Visitor(app, who).get(URL).status == 403


def test_the_official_name_is_recognised_whatever_the_office_calls_the_area(admin):
    admin.submit(URL, name="Satu", spellings="")
    admin.submit(URL, name="Dua", spellings="")
    assert meant("Jatimulyo") == meant("Satu") == meant("Dua") == cast.JATIMULYO
    admin.submit(URL, name="Dua", spellings="")
    assert (meant("Jatimulyo"), meant("Satu")) == (cast.JATIMULYO, None)
    assert admin.submit(f"/wilayah/{cast.GADANG}", name="Jatimulyo").status == 422


def test_a_stale_form_compares_with_what_was_typed(admin):
    page = admin.get(URL)
    admin.submit(URL, name="Satu")
    late = admin.submit(page, URL, name="Dua", spellings="x y")
    assert late.status == 409
    assert [node.text for node in late.all(".stale dd")][-1] == "Yang Anda ketik: x y"


def test_a_form_without_its_spellings_changes_none(admin):
    assert admin.submit(URL, name="Za", spellings=None).status == 422
    assert (jatimulyo().name, jatimulyo().spellings) == ("Jatimulyo", ["Jati Mulyo"])
