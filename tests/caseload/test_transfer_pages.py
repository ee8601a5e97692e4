"""`/keluarga`: giving families to a facilitator in bulk, and looking one up by its number."""

import pytest
from sqlalchemy import select

from portal.family.records import register, reveals
from portal.kernel.base import session
from portal.kernel.history import Event
from tests import cast
from tests.caseload.test_list_page import families, family, names_in
from tests.visitor import Visitor

pytestmark = pytest.mark.usefixtures("app")


# --- giving families away ------------------------------------------------------------------------------------------


@pytest.fixture
def joko():
    """Joko works in Polehan, and lends a hand elsewhere."""
    return cast.actor("joko")


@pytest.mark.parametrize("partial", [True, False])
def test_ticked_families_get_their_facilitator_and_every_row_its_outcome(budi, joko, misnati_id, partial):
    page = budi.get("/keluarga?pilih=1")
    ids = [str(cast.household(name).id) for name in ("Misnati", "Noise", "Ponijan")]
    answer = budi.submit(page, "/keluarga/bagi", partial=partial, pendamping_baru=str(joko.id), chosen=ids)
    assert "3 keluarga menjadi dampingan Joko Prasetyo" in answer.text
    assert "Ponijan Polehan Sudah dampingannya" in answer.text
    assert family(misnati_id).facilitator_id == joko.id


def test_all_that_the_filter_leaves_can_be_given_away(budi, joko):
    families("Kasiani", facilitator=None, decile=1)
    page = budi.get("/keluarga?pilih=1&pendamping=0&wilayah=35.73.05")
    answer = budi.submit(page, "/keluarga/bagi", pendamping_baru=str(joko.id), semua="1")
    assert "1 keluarga menjadi dampingan Joko Prasetyo" in answer.text and "Kasiani" in answer.text
    assert cast.household("Noise").facilitator_id is None


def test_a_repeated_giving_says_the_same_and_changes_nothing(budi, joko, misnati_id):
    page = budi.get("/keluarga?pilih=1")
    key = page.form("/keluarga/bagi").one("input[name=key]")["value"]
    sent = {"pendamping_baru": str(joko.id), "chosen": [str(misnati_id)], "key": key}
    first, again = (budi.submit(page, "/keluarga/bagi", **sent) for _ in range(2))
    assert first.one("#list").text == again.one("#list").text
    assert len(session.scalars(select(Event).where(Event.kind == "households.assign")).all()) == 1


@pytest.mark.parametrize(
    ("sent", "words"),
    [({"chosen": None}, "Centang dulu"), ({"pendamping_baru": ""}, "Pilih pendampingnya"), ({"key": "x"}, "Centang dulu")],
)
def test_giving_nothing_or_to_nobody_is_refused_beside_the_list(budi, joko, misnati_id, sent, words):
    page = budi.get("/keluarga?pilih=1&desil=2")
    given = {"pendamping_baru": str(joko.id), "chosen": [str(misnati_id)], **sent}
    answer = budi.submit(page, "/keluarga/bagi", partial=True, **given)
    assert answer.status == 422 and words in answer.text
    assert names_in(answer) == names_in(page)
    assert family(misnati_id).facilitator_id == cast.actor("sari").id


def test_only_a_facilitator_of_the_own_area_can_be_chosen(app, misnati_id):
    ratna = Visitor(app, "ratna")
    answer = ratna.post("/keluarga/bagi", pendamping_baru=str(cast.actor("joko").id), chosen=str(misnati_id), pilih="1")
    assert answer.status == 422 and "Pilih pendamping yang aktif di wilayah Anda" in answer.text


def test_families_of_elsewhere_are_not_given_away(app):
    ratna, noise = Visitor(app, "ratna"), cast.household("Noise").id
    answer = ratna.post("/keluarga/bagi", pendamping_baru=str(cast.actor("sari").id), chosen=str(noise))
    assert "Bukan wilayah Anda" in answer.text and "Noise" not in answer.text


@pytest.mark.parametrize("username", ["sari", "wati", "kepala", "admin"])
def test_only_supervisors_give_families_away(app, misnati_id, username):
    visitor = Visitor(app, username)
    assert visitor.post("/keluarga/bagi", pendamping_baru="1", chosen=str(misnati_id)).status == 403
    assert "Bagikan ke pendamping" not in visitor.get("/keluarga?pilih=1").text


# --- by number -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("partial", [True, False])
def test_a_number_leads_to_its_family_and_stays_out_of_the_address(sari, misnati_id, partial):
    kk = family(misnati_id).kk
    answer = sari.submit("/keluarga/nomor", "/keluarga/nomor", partial=partial, follow=False, number=f"{kk[:8]} {kk[8:]}")
    target = answer.headers["HX-Location"] if partial else answer.location
    assert target == f"/keluarga/{misnati_id}"
    assert answer.status == (200 if partial else 303)


@pytest.mark.parametrize("partial", [True, False])
def test_unknown_and_out_of_sight_get_the_same_answer(app, misnati_id, partial):
    joko, kk = Visitor(app, "joko"), family(misnati_id).kk
    where = "/keluarga/nomor"
    unknown, hidden = (joko.submit(where, where, partial=partial, number=digits) for digits in (cast.kk(), kk))
    assert (unknown.status, unknown.errors) == (hidden.status, hidden.errors)
    assert hidden.status == 422 and "dalam jangkauan Anda" in hidden.text and "Misnati" not in hidden.text


@pytest.mark.parametrize("number", ["", "123", "35739912345678901", "3573abcd12345678"])
def test_what_is_no_number_is_not_looked_up(sari, number):
    answer = sari.submit("/keluarga/nomor", "/keluarga/nomor", number=number)
    assert answer.status == 422
    assert session.scalars(select(Event)).all() == []


def test_guessing_is_slowed_down(sari, monkeypatch):
    monkeypatch.setattr(reveals, "MISSES", 1)
    for words in ("dalam jangkauan Anda", "Terlalu banyak nomor"):
        answer = sari.submit("/keluarga/nomor", "/keluarga/nomor", number=cast.kk())
        assert answer.status == 422 and words in answer.text


def test_a_number_of_two_families_offers_both(sari, misnati_id):
    kk, other = family(misnati_id).kk, cast.household("Suliyah")
    register.change_kk(cast.actor("sari"), other, kk, None, key="a")
    answer = sari.submit("/keluarga/nomor", "/keluarga/nomor", number=kk)
    assert answer.status == 200
    assert [node.text for node in answer.all("#look-up li a")] == ["Suliyah", "Misnati"]


def looked_up() -> int:
    """How often somebody was looked up by a number, as the log tells."""
    session.rollback()
    return len(session.scalars(select(Event).where(Event.kind == reveals.LOOKED_UP)).all())


@pytest.mark.parametrize("partial", [True, False])
def test_one_page_looks_up_one_number_after_another(sari, misnati_id, partial):
    """Whatever the answer before was: too short, nobody, two families, the same two once more."""
    kk = family(misnati_id).kk
    register.change_kk(cast.actor("sari"), cast.household("Suliyah"), kk, None, key="a")
    page = sari.get("/keluarga/nomor")
    for number, status in (("123", 422), (cast.kk(), 422), (cast.kk(), 422), (kk, 200), (kk, 200), (cast.kk(), 422)):
        page = sari.submit(page, "/keluarga/nomor", partial=partial, number=number)
        assert page.status == status and "sudah dipakai" not in page.text
    assert looked_up() == 5


@pytest.mark.parametrize("partial", [True, False])
def test_after_back_the_page_looks_up_another_number(sari, misnati_id, partial):
    page = sari.get("/keluarga/nomor")
    for name in ("Misnati", "Suliyah"):
        answer = sari.submit(page, partial=partial, follow=False, number=cast.household(name).kk)
        target = answer.headers["HX-Location"] if partial else answer.location
        assert target == f"/keluarga/{cast.household(name).id}"
    assert looked_up() == 2


def test_the_same_search_sent_twice_is_logged_once(sari, misnati_id):
    """A double tap, or an answer that was lost."""
    page = sari.get("/keluarga/nomor")
    for _tap in range(2):
        assert sari.submit(page, follow=False, number=family(misnati_id).kk).location == f"/keluarga/{misnati_id}"
    assert looked_up() == 1


@pytest.mark.parametrize("username", ["kepala", "admin"])
def test_viewers_and_administrators_look_nobody_up(app, username):
    visitor = Visitor(app, username)
    assert visitor.get("/keluarga/nomor").status == 403
    assert visitor.post("/keluarga/nomor", number=cast.kk()).status == 403
