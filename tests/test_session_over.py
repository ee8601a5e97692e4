"""Sessions that end mid-form, answers that get lost, servers that fail: what was typed is saved once, or not at all."""

import io
import json
import logging
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select, text, update

from portal.assessment.records.visits import Visit
from portal.evidence.records import Evidence
from portal.family.records.models import Household
from portal.kernel import clock
from portal.kernel.base import session
from portal.kernel.history import Event, Receipt
from portal.kernel.people import LoginSession, User
from portal.office.records import office
from tests import cast
from tests.photos import photo
from tests.visitor import BOOSTED, Visitor, filled

NOTE = "Ibu berjualan kue tiap hari"


@pytest.fixture
def sari(app):
    return Visitor(app, "sari")


@pytest.fixture
def misnati(app):
    return cast.household("Misnati").id


@pytest.fixture
def panel(misnati):
    return f"/keluarga/{misnati}/ringkas"


def note_of(household_id):
    return session.get(Household, household_id).note


def counted(model, *conditions):
    return session.scalar(select(func.count()).select_from(model).where(*conditions))


def edits():
    return counted(Event, Event.kind == "households.amend")


# --- how a session ends --------------------------------------------------------------------------------------------


def _cookie_gone(visitor):
    visitor.client.delete_cookie("naik_kelas")


def _ended_elsewhere(_visitor):
    session.execute(update(LoginSession).values(ended_at=clock.now()))
    session.commit()


def _idle(_visitor):
    session.execute(update(LoginSession).values(seen_at=clock.now() - timedelta(hours=3)))
    session.commit()


def _old(_visitor):
    session.execute(update(LoginSession).values(started_at=clock.now() - timedelta(hours=13)))
    session.commit()


ENDS = [_cookie_gone, _ended_elsewhere, _idle, _old]


@pytest.mark.parametrize("end", ENDS)
def test_htmx_gets_a_login_panel_and_after_it_the_same_form_saves_once(sari, misnati, panel, end):
    page = sari.get(panel)
    end(sari)
    over = sari.submit(page, panel, partial=True, note=NOTE)
    assert (over.status, over.headers["HX-Retarget"], note_of(misnati)) == (401, "#session", None)
    back = sari.submit(over, "/masuk", partial=True, username="sari", password=cast.PASSWORD)
    renewed = back.one('hx-partial[hx-target="[name=csrf_token]"] input')["value"]
    for _again in range(2):
        saved = sari.submit(page, panel, partial=True, note=NOTE, csrf_token=renewed)
        assert (saved.status, note_of(misnati), edits()) == (200, NOTE, 1)


@pytest.mark.parametrize("end", ENDS)
def test_without_scripts_the_form_is_carried_and_pressed_again(sari, misnati, panel, end):
    page = sari.get(panel)
    end(sari)
    over = sari.submit(page, panel, note=NOTE)
    assert (over.status, over.heading) == (401, "Masuk lagi")
    again = sari.submit(over, username="sari", password=cast.PASSWORD)
    assert (again.heading, note_of(misnati)) == ("Kirim sekali lagi", None)
    told = [(name.text, value.text) for name, value in zip(again.all(".facts dt"), again.all(".facts dd"), strict=True)]
    assert ("Catatan", NOTE) in told and "found" not in str(told), "in words, without codes"
    assert again.form(panel).one("input[name=key]")["value"] == page.form(panel).one("input[name=key]")["value"]
    for _again in range(2):
        sari.submit(again, panel)
        assert (note_of(misnati), edits()) == (NOTE, 1)


def test_a_wrong_password_in_the_panel_keeps_the_panel(sari, panel):
    page = sari.get(panel)
    _cookie_gone(sari)
    over = sari.submit(page, panel, partial=True, note=NOTE)
    wrong = sari.submit(over, "/masuk", partial=True, username="sari", password="salah")
    assert wrong.status == 422
    assert wrong.one("#session-panel").one("[name=password]")
    assert sari.submit(wrong, "/masuk", partial=True, username="sari", password=cast.PASSWORD).status == 200


def test_boosted_forms_get_the_panel_too(sari, panel):
    page = sari.get(panel)
    _idle(sari)
    over = sari.submit(page, panel, boosted=True, note=NOTE)
    assert (over.status, over.headers["HX-Retarget"]) == (401, "#session")
    assert BOOSTED["HX-Request-Type"] == "full"


def test_a_stale_token_is_renewed_without_asking_for_the_password(sari, misnati, panel):
    page = sari.get(panel)
    stale = sari.submit(page, panel, partial=True, note=NOTE, csrf_token="lama")
    renewed = stale.one('hx-partial[hx-target="[name=csrf_token]"] input')["value"]
    assert (stale.status, note_of(misnati)) == (401, None)
    assert sari.submit(page, panel, partial=True, note=NOTE, csrf_token=renewed).status == 200
    assert note_of(misnati) == NOTE


def test_a_stale_token_without_scripts_is_pressed_again(sari, misnati, panel):
    again = sari.submit(sari.get(panel), panel, note=NOTE, csrf_token="lama")
    assert (again.status, again.heading, note_of(misnati)) == (401, "Kirim sekali lagi", None)
    sari.submit(again, panel)
    assert note_of(misnati) == NOTE


@pytest.mark.parametrize("is_back", [True, False])
def test_a_login_page_whose_token_is_stale_keeps_the_form_that_it_carries(sari, misnati, panel, is_back):
    """Meanwhile another tab logged in (or nobody did), and the browser has another session."""
    page = sari.get(panel)
    _cookie_gone(sari)
    over = sari.submit(page, panel, note=NOTE)
    _cookie_gone(sari)
    if is_back:
        sari.log_in("sari")
    again = sari.submit(over, username="sari", password=cast.PASSWORD)
    if not is_back:
        again = sari.submit(again, username="sari", password=cast.PASSWORD)
    assert (again.heading, note_of(misnati)) == ("Kirim sekali lagi", None)
    sari.submit(again, panel)
    assert note_of(misnati) == NOTE


def _forgotten(username):
    """The password was forgotten, and an administrator gave another for once."""
    admin, secret = cast.actor("admin"), "sekali-pakai-saja"
    user = session.scalars(select(User).where(User.username == username)).one()
    office.give_one_time_password(admin, user, password=secret, key="forgotten")
    return secret


def _choose_own(visitor, old):
    new = {"new": "angin timur 2026", "again": "angin timur 2026"}
    return visitor.submit("/profil/kata-sandi", "/profil/kata-sandi", old=old, **new)


def test_with_a_password_for_once_the_carried_form_waits_until_there_is_another(sari, misnati, panel):
    page = sari.get(panel)
    secret = _forgotten("sari")
    over = sari.submit(page, panel, note=NOTE)
    waits = sari.submit(sari.submit(over, username="sari", password=secret), panel)
    assert (waits.status, waits.heading, note_of(misnati)) == (409, "Kirim sekali lagi", None)
    assert waits.link("Ganti kata sandi") == "/profil/kata-sandi"
    _choose_own(sari, secret)
    sari.submit(waits, panel)
    assert note_of(misnati) == NOTE


def test_with_a_password_for_once_the_form_of_htmx_stays_where_it_is(sari, misnati, panel):
    page = sari.get(panel)
    secret = _forgotten("sari")
    back = sari.submit(
        sari.submit(page, panel, partial=True, note=NOTE), "/masuk", partial=True, username="sari", password=secret
    )
    renewed = back.one('hx-partial[hx-target="[name=csrf_token]"] input')["value"]
    waits = sari.submit(page, panel, partial=True, note=NOTE, csrf_token=renewed)
    assert (waits.status, waits.headers["HX-Retarget"], note_of(misnati)) == (409, "#notice", None)
    assert waits.link("Ganti kata sandi") == "/profil/kata-sandi"
    _choose_own(sari, secret)
    sari.submit(page, panel, partial=True, note=NOTE, csrf_token=renewed)
    assert note_of(misnati) == NOTE


ELSEWHERE = [{"Origin": "https://jahat.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}]


@pytest.mark.parametrize("headers", [*ELSEWHERE, {"Sec-Fetch-Site": "same-site", "Origin": "http://localhost"}])
@pytest.mark.parametrize("carried", [True, False])
def test_a_form_of_another_site_is_never_carried_to_be_pressed(app, sari, panel, headers, carried):
    """The browser brings no session along for it; and logging in must not lead to sending it."""
    sent = {"note": NOTE, "key": "a" * 32}
    url, data = ("/masuk", {"carried": json.dumps([panel, list(sent.items())])}) if carried else (panel, sent)
    stranger = app.test_client().post(url, data=data, headers=headers)
    assert (stranger.status_code, stranger.headers["Location"]) == (303, "/masuk")
    assert sari.client.post(panel, data=sent, headers=headers).status_code == 403


def test_a_link_of_another_site_leads_through_the_login_as_any_other(app, panel):
    answer = app.test_client().get(panel, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.headers["Location"] == f"/masuk?lanjut={panel}"


def test_our_own_forms_are_carried_whatever_the_browser_tells(app, panel):
    """A proxy that drops the port makes our own address look like another."""
    for own in ({"Origin": "http://localhost"}, {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost:8443"}):
        assert app.test_client().post(panel, data={"note": NOTE}, headers=own).status_code == 401


def test_somebody_else_who_logs_in_saves_nothing_that_is_not_theirs(app, sari, misnati, panel):
    page = sari.get(panel)
    _cookie_gone(sari)
    over = sari.submit(page, panel, note=NOTE)
    again = sari.submit(over, username="joko", password=cast.PASSWORD)
    assert sari.submit(again, panel).status == 404
    assert note_of(misnati) is None


def test_who_was_deactivated_meanwhile_saves_nothing(sari, misnati, panel):
    page = sari.get(panel)
    session.execute(update(User).where(User.username == "sari").values(active=False))
    session.commit()
    over = sari.submit(page, panel, note=NOTE)
    assert sari.submit(over, username="sari", password=cast.PASSWORD).status == 422
    assert note_of(misnati) is None


def test_a_session_in_use_does_not_idle_out(sari, panel):
    with time_machine.travel(clock.now(), tick=False) as clock_at:
        sari.get(panel)
        for _hour in range(5):
            clock_at.shift(timedelta(hours=1))
            assert sari.get(panel, follow=False).status == 200
        clock_at.shift(timedelta(hours=2, minutes=2))
        assert sari.get(panel, follow=False).status == 303


# --- answers that get lost -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("partial", [True, False])
def test_the_same_form_again_answers_as_the_first_time(sari, panel, partial):
    page = sari.get(panel)
    first, second = (sari.submit(page, panel, partial=partial, follow=False, note=NOTE) for _ in range(2))
    assert (first.status, first.location) == (second.status, second.location)
    assert (edits(), counted(Receipt, Receipt.endpoint == "household.update:amend")) == (1, 1)
    assert not partial or first.one("tr").text == second.one("tr").text


def test_the_same_key_for_something_else_is_told_and_keeps_what_was_typed(sari, misnati, panel):
    page = sari.get(panel)
    sari.submit(page, panel, note=NOTE)
    other = sari.submit(page, panel, note="Lain sama sekali")
    assert (other.status, note_of(misnati)) == (409, NOTE)
    assert "Lain sama sekali" in other.html


def test_a_photo_sent_with_the_form_is_kept_when_the_answer_was_lost(sari, misnati):
    """Without scripts the file comes with the form, and comes again with it."""
    address, shot = f"/keluarga/{misnati}/kunjungan/baru", photo()
    page = sari.get(address)
    answers = [_send_visit(sari, page, address, shot) for _ in range(2)]
    assert [answer.status for answer in answers] == [303, 303]
    assert answers[0].location == answers[1].location
    assert (counted(Visit), counted(Evidence), counted(Evidence, Evidence.subject_id.is_(None))) == (1, 1, 0)


def _send_visit(visitor, page, address, shot):
    sent = {"outcome": "met", "present": "Ibu", "photos": (io.BytesIO(shot), "pintu.jpg")}
    return visitor.submit(page, address, follow=False, **sent)


def test_a_mistake_keeps_the_photo_and_the_mended_form_brings_no_second(sari, misnati):
    address = f"/keluarga/{misnati}/kunjungan/baru"
    page = sari.get(address)
    wrong = sari.submit(page, address, outcome="met", present="", photos=(io.BytesIO(photo()), "pintu.jpg"))
    assert (wrong.status, counted(Visit)) == (422, 0)
    assert sari.submit(wrong, address, follow=False, present="Ibu").status == 303
    assert (counted(Visit), counted(Evidence)) == (1, 1)


# --- servers that fail ---------------------------------------------------------------------------------------------


@pytest.fixture
def in_the_field(app, monkeypatch):
    """Errors become pages, as outside of tests."""
    monkeypatch.setitem(app.config, "TESTING", False)


@pytest.fixture
def broken_history(app, in_the_field):
    """A database that fails at the last moment, when the event is written."""
    broken = "CREATE TRIGGER broken BEFORE INSERT ON events BEGIN INSERT INTO nowhere VALUES (1); END"
    session.execute(text(broken))
    session.commit()


def _mend():
    session.execute(text("DROP TRIGGER broken"))
    session.commit()


@pytest.mark.parametrize("partial", [True, False])
def test_an_error_saves_nothing_says_so_and_the_same_form_works_afterwards(sari, misnati, panel, broken_history, partial):
    page = sari.get(panel)
    failed = sari.submit(page, panel, partial=partial, note=NOTE)
    assert failed.status == 500
    assert "Belum ada yang tersimpan" in failed.text
    assert (note_of(misnati), edits(), counted(Receipt)) == (None, 0, 0)
    _mend()
    sari.submit(page, panel, partial=partial, note=NOTE)
    assert (note_of(misnati), edits()) == (NOTE, 1)


def test_what_was_typed_is_not_in_the_log_of_an_error(sari, panel, broken_history, caplog):
    with caplog.at_level(logging.DEBUG):
        sari.submit(panel, panel, note=NOTE, phone="0812 3456 7890", address="Jl. Rahasia 9")
    assert "unexpected error at households.quick" in caplog.text
    assert not [told for told in (NOTE, "81234567890", "Jl. Rahasia 9") if told in caplog.text]


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true", "HX-Request-Type": "partial"}])
def test_too_large_is_told_and_nothing_is_kept(app, sari, misnati, monkeypatch, headers):
    monkeypatch.setitem(app.config, "MAX_CONTENT_LENGTH", 50_000)
    address = f"/keluarga/{misnati}/kunjungan/baru"
    sent = filled(sari.get(address).form(address), {"outcome": "met", "present": "Ibu"})
    sent.add("photos", (io.BytesIO(b"x" * 60_000), "besar.jpg"))
    answer = sari.client.post(address, data=sent, headers=headers)
    assert answer.status_code == 413
    assert "Berkas paling besar" in answer.text
    assert answer.headers.get("HX-Retarget") == ("#notice" if headers else None)
    assert (counted(Visit), counted(Evidence)) == (0, 0)


def test_without_a_database_there_is_still_a_page_that_says_so(sari, panel, in_the_field, misnati):
    page = sari.get(panel)
    session.execute(text("ALTER TABLE sessions RENAME TO gone"))
    session.commit()
    read, sent = sari.get(panel), sari.submit(page, panel, note=NOTE)
    assert (read.status, sent.status) == (500, 500)
    assert (read.heading, sent.heading) == ("Ada yang salah di pihak kami", "Ada yang salah di pihak kami")
    assert note_of(misnati) is None


def test_a_template_that_breaks_leaves_no_half_page(app, sari, in_the_field, monkeypatch):
    monkeypatch.setitem(app.jinja_env.globals, "label", lambda role: 1 / 0)
    broken = sari.get("/profil")
    assert (broken.status, broken.heading) == (500, "Ada yang salah di pihak kami")
