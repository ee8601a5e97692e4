from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from portal.kernel import clock
from portal.kernel.base import session
from portal.kernel.people import LoginSession, User
from portal.office.records import accounts
from tests import cast
from tests.cast import PASSWORD
from tests.markup import parse
from tests.visitor import Visitor, filled

NEW = "angin timur 2026"


@pytest.fixture
def sari(app):
    """Logged in here and now: this file is about that."""
    visitor = Visitor(app)
    visitor.log_in("sari")
    return visitor


def must_change(username):
    session.query(User).filter_by(username=username).one().must_change_password = True
    session.commit()


def change_password(visitor, old=PASSWORD, new=NEW, again=None):
    return visitor.submit("/profil/kata-sandi", old=old, new=new, again=again or new)


def test_without_a_session_every_page_leads_to_the_login_and_back(app):
    visitor = Visitor(app)
    page = visitor.get("/usulan")
    assert page.heading == "Masuk"
    page = visitor.submit(page, username="wati", password=PASSWORD)
    assert page.heading == "Usulan penerima baru"


@pytest.mark.parametrize(("username", "password"), [("sari", "salah-sekali"), ("siapa", PASSWORD)])
def test_a_wrong_half_is_never_named(app, username, password):
    page = Visitor(app).submit("/masuk", username=username, password=password)
    assert page.status == 422
    assert page.errors == ["Nama pengguna atau kata sandi salah."]
    assert page.one(".errors strong").text == "Belum bisa masuk:"
    assert page.one("[name=username]")["value"] == username


def test_after_five_failures_even_the_right_password_waits(app):
    visitor = Visitor(app)
    for _ in range(accounts.ATTEMPTS_PER_NAME):
        visitor.submit("/masuk", username="sari", password="salah-sekali")
    assert "Terlalu sering" in visitor.submit("/masuk", username="sari", password=PASSWORD).text
    with time_machine.travel(clock.now() + accounts.THROTTLE + timedelta(minutes=1)):
        assert visitor.submit("/masuk", username="sari", password=PASSWORD).status == 200


def test_a_session_ends_when_nobody_uses_it(app, sari):
    with time_machine.travel(clock.now() + app.config["SESSION_IDLE"] + timedelta(minutes=1)):
        assert sari.get("/").heading == "Masuk"


def test_a_session_ends_after_a_day_of_work_however_busy(app, sari):
    begun = clock.now()
    for hours in range(1, 12):
        with time_machine.travel(begun + timedelta(hours=hours)):
            assert sari.get("/profil").status == 200
    with time_machine.travel(begun + app.config["SESSION_ABSOLUTE"] + timedelta(minutes=1)):
        assert sari.get("/").heading == "Masuk"


def test_logging_out_ends_the_session_on_the_server(app, sari):
    cookie = sari.client.get_cookie("naik_kelas").value
    sari.submit("/profil", "/keluar")
    sari.client.set_cookie("naik_kelas", cookie)
    assert sari.get("/profil").heading == "Masuk"


def test_a_deactivated_person_is_out_at_once(app, sari):
    session.query(User).filter_by(username="sari").one().active = False
    session.commit()
    assert sari.get("/profil").heading == "Masuk"


def test_a_one_time_password_opens_nothing_but_its_replacement(app):
    must_change("sari")
    sari = Visitor(app, "sari")
    locked = sari.get("/pemantauan")
    assert locked.heading == "Ganti kata sandi" and not locked.all("nav a"), "and offers no way that is closed"
    assert sari.post("/profil/bahasa", language="en").status == 409
    assert session.query(User).filter_by(username="sari").one().language == "id"
    change_password(sari)
    assert sari.get("/pemantauan").heading == "Pemantauan"


def test_a_changed_password_works_and_ends_other_sessions(app, sari):
    telephone = Visitor(app, "sari")
    change_password(sari)
    assert telephone.get("/profil").heading == "Masuk"
    assert sari.get("/profil").heading == "Sari Wulandari"
    Visitor(app).log_in("sari", NEW)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"old": "bukan ini saja"}, "yang sekarang salah"),
        ({"new": "pendek"}, "paling sedikit 10"),
        ({"new": PASSWORD}, "harus berbeda"),
        ({"new": "sari-sari-01"}, "jangan memuat nama"),
        ({"again": "lain sama sekali"}, "Tidak sama"),
    ],
)
def test_a_weak_or_mistyped_password_changes_nothing(app, sari, changes, says):
    page = change_password(sari, **changes)
    assert page.status == 422
    assert says in page.text
    Visitor(app).log_in("sari", PASSWORD)


def test_a_password_sent_again_is_changed_once(app, sari):
    page = sari.get("/profil/kata-sandi")
    first, again = (sari.submit(page, old=PASSWORD, new=NEW, again=NEW, follow=False) for _ in range(2))
    assert (first.status, again.status, again.location) == (303, 303, "/")
    other = sari.submit(page, old=NEW, new=f"{NEW} lagi", again=f"{NEW} lagi")
    assert (other.status, "sudah dipakai" in other.text) == (409, True)
    Visitor(app).log_in("sari", NEW)


def test_whoever_finds_a_telephone_cannot_go_on_guessing_its_password(app, sari):
    for _ in range(accounts.ATTEMPTS_PER_NAME):
        assert change_password(sari, old="salah-sekali").status == 422
    assert "Terlalu sering" in change_password(sari).text
    assert session.query(User).filter_by(username="sari").one().version == 1


def test_a_lost_telephone_is_logged_out(app, sari):
    telephone = Visitor(app, "sari")
    sari.submit("/profil", "/profil/keluarkan")
    assert telephone.get("/profil").heading == "Masuk"
    assert sari.get("/profil").heading == "Sari Wulandari"


def test_the_language_follows_the_person(app, sari):
    sari.submit("/profil", "/profil/bahasa", language="en")
    assert sari.get("/profil").one("html")["lang"] == "en"


def test_tokens_are_stored_as_digests_only(app, sari):
    stored = session.scalars(select(LoginSession.token_digest)).all()
    assert stored
    assert not [digest for digest in stored if digest in sari.client.get_cookie("naik_kelas").value]
    assert cast.actor("sari").token == ""


@pytest.mark.parametrize("elsewhere", ["//jahat.example/", "/%09/jahat.example", "/%0D/jahat.example", "/%5Cjahat.example"])
def test_an_open_redirect_is_refused(app, sari, elsewhere):
    address = f"/masuk?lanjut={elsewhere}"
    page = Visitor(app).submit(address, "/masuk", username="wati", password=PASSWORD, follow=False)
    assert page.headers["Location"] == "/"
    assert sari.get(address, follow=False).headers["Location"] == "/"


def test_passwords_are_typed_again_after_the_session_has_ended(app, sari):
    typed = {"old": PASSWORD, "new": NEW, "again": NEW}
    over = Visitor(app).post("/profil/kata-sandi", csrf_token="lama", **typed)
    stale = sari.post("/profil/kata-sandi", csrf_token="lama", **typed)
    assert over.headers["Location"] == "/masuk?lanjut=/profil/kata-sandi"
    assert stale.headers["Location"] == "/profil/kata-sandi"
    assert not any(NEW in answer.html for answer in (over, stale))


def test_a_login_page_left_open_for_long_leads_to_a_fresh_one(app):
    wati = Visitor(app)
    page = wati.get("/usulan")
    wati.client.delete_cookie("naik_kelas")
    fresh = wati.submit(page, "/masuk", username="wati", password=PASSWORD)
    assert (fresh.url, fresh.heading) == ("/masuk?lanjut=/usulan", "Masuk")


def test_a_browser_that_tells_no_address_it_came_from_gets_in_over_https(app):
    """Some keep it to themselves, and a proxy on another port makes it look foreign."""
    client = app.test_client()
    form = parse(client.get("/masuk", base_url="https://localhost").text)[0].one("form")
    sent = filled(form, {"username": "sari", "password": PASSWORD})
    assert client.post("/masuk", base_url="https://localhost", data=sent).location == "/"
