import re
from datetime import date
from pathlib import Path

import pytest

from portal.assessment.words import results
from portal.kernel import settings
from portal.kernel.base import session
from portal.kernel.history import Event
from portal.kernel.people import User
from portal.kernel.settings import Setting
from portal.web import labels
from tests import cast, workflow_starts
from tests import graduating as go
from tests.cast import PASSWORD
from tests.visitor import Visitor

OTHERS = ["sari", "wati", "budi", "kepala"]


@pytest.fixture
def admin(app):
    return Visitor(app, "admin")


def user(username):
    return session.query(User).filter_by(username=username).one()


def add(admin, **changes):
    told = {"username": "lilik.s", "name": "Lilik Sumarni", "role": "facilitator", "areas": [cast.JATIMULYO], **changes}
    return admin.submit("/pengguna/baru", **told)


def shown_secret(page):
    return page.one(".secret").text


def test_a_new_person_gets_a_one_time_password_and_must_change_it(app, admin):
    page = add(admin)
    secret = shown_secret(page)
    lilik = Visitor(app)
    lilik.log_in("lilik.s", secret)
    assert lilik.get("/").heading == "Ganti kata sandi"
    assert user("lilik.s").area_codes == (cast.JATIMULYO,)


def test_the_one_time_password_is_shown_once(admin):
    form = admin.get("/pengguna/baru")
    told = {"username": "lilik.s", "name": "Lilik", "role": "facilitator", "areas": [cast.JATIMULYO]}
    admin.submit(form, **told)
    assert "sudah pernah ditampilkan" in admin.submit(form, **told).text
    assert session.query(User).filter_by(username="lilik.s").count() == 1


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"username": "Lilik S"}, "huruf kecil"),
        ({"username": "sari"}, "sudah dipakai"),
        ({"areas": []}, "satu wilayah"),
        ({"role": "kelurahan_officer", "areas": ["35.73.05"]}, "bukan di kecamatan"),
        ({"name": ""}, "Nama lengkap"),
    ],
)
def test_what_cannot_be_is_told_and_nobody_is_added(admin, changes, says):
    before = session.query(User).count()
    page = add(admin, **changes)
    assert page.status == 422
    assert says in page.text
    assert session.query(User).count() == before


def test_changing_areas_changes_what_a_person_sees(app, admin):
    wati = Visitor(app, "wati")
    url = f"/pengguna/{user('wati').id}"
    admin.submit(url, url, areas=[cast.POLEHAN])
    assert cast.actor("wati").areas == (cast.POLEHAN,)
    assert wati.get("/usulan/baru").one("[name=kelurahan] option[selected]").get("value") == cast.POLEHAN


def test_deactivating_ends_the_sessions(app, admin):
    sari = Visitor(app, "sari")
    url = f"/pengguna/{user('sari').id}"
    admin.submit(admin.submit(url, url, active=None), url, leaves="y")
    assert sari.get("/profil").heading == "Masuk"
    assert Visitor(app).submit("/masuk", username="sari", password=PASSWORD).status == 422


@pytest.mark.postgres
@pytest.mark.parametrize("changes", [{"active": None}, {"role": "viewer"}])
def test_what_a_facilitator_leaves_behind_is_said_and_confirmed_first(admin, changes):
    go.brought_to("submitted")
    url = f"/pengguna/{user('sari').id}"
    page = admin.get(url)
    assert "Sari Wulandari memegang 2 keluarga dan 1 kasus terbuka" in page.text
    asked = admin.submit(page, url, **changes)
    assert (asked.status, user("sari").active, str(user("sari").role)) == (422, True, "facilitator")
    assert "Centang bila tetap dilanjutkan" in " ".join(asked.errors)
    assert not [name for name in ("Misnati", "Suliyah") if name in page.text + asked.text]
    assert admin.submit(asked, url, leaves="y").url == "/pengguna"
    assert (user("sari").active, str(user("sari").role)) != (True, "facilitator")
    event = session.query(Event).filter_by(kind="people.change").one()
    assert event.detail["left"] == {"families": 2, "cases": 1}


def test_a_case_in_hand_of_somebody_elses_family_counts_too(admin):
    workflow_starts._take("wati", workflow_starts._handed_in(), "deliberate", "endorse")
    assert "memegang 2 keluarga dan 1 kasus terbuka" in admin.get(f"/pengguna/{user('sari').id}").text


@pytest.mark.parametrize(("who", "changes"), [("sari", {"name": "Sari W."}), ("wati", {"active": None})])
def test_who_leaves_nothing_behind_is_saved_at_once(admin, who, changes):
    url = f"/pengguna/{user(who).id}"
    assert admin.submit(url, url, **changes).url == "/pengguna"


def test_the_last_administrator_stays(admin):
    url = f"/pengguna/{user('admin').id}"
    page = admin.submit(url, url, active=None)
    assert page.status == 422
    assert user("admin").active


def test_the_forgotten_get_a_one_time_password(app, admin):
    sari = user("sari")
    page = admin.submit(f"/pengguna/{sari.id}", f"/pengguna/{sari.id}/kata-sandi")
    assert Visitor(app).log_in("sari", shown_secret(page)).status == 303
    assert Visitor(app).post("/masuk", username="sari", password=PASSWORD).status == 422


def test_who_saved_first_is_not_overwritten(admin):
    url = f"/pengguna/{user('sari').id}"
    page = admin.get(url)
    admin.submit(url, url, name="Sari Baru")
    answer = admin.submit(page, url, name="Sari Lama")
    assert answer.status == 409
    assert user("sari").name == "Sari Baru"


@pytest.mark.parametrize("who", OTHERS)
@pytest.mark.parametrize("url", ["/pengguna", "/pengguna/baru", "/wilayah"])
def test_only_administrators_manage_people(app, who, url):
    assert Visitor(app, who).get(url).status == 403


def test_the_list_is_narrowed_by_name_and_role(admin):
    page = admin.partial("/pengguna?q=sari&peran=facilitator")
    assert page.is_fragment
    assert [row.one("th").text.strip() for row in page.all("tbody tr")] == ["Sari Wulandari"]


def test_a_setting_is_changed_from_a_day_on_and_keeps_its_history(admin):
    admin.submit("/pengaturan/poverty_line", value="750.000", valid_from="2026-03-01", source="BPS 2026")
    assert settings.in_force(date(2026, 2, 28)).number("poverty_line") == 737_954
    assert settings.in_force(date(2026, 3, 1)).number("poverty_line") == 750_000
    page = admin.get("/pengaturan/poverty_line")
    assert "Rp750.000" in page.text
    assert "Rp737.954" in page.text


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("poverty_line", "banyak"),
        ("elderly_age", "-1"),
        ("monitoring_months", "3,x"),
        ("food_share_met", "separuh"),
        ("poverty_line", "0"),
        ("evidence_days", "0"),
        ("suspend_from_decile", "12"),
    ],
)
def test_a_value_of_the_wrong_kind_is_sent_back(admin, key, value):
    page = admin.submit(f"/pengaturan/{key}", value=value, source="coba")
    assert page.status == 422
    assert page.one("[name=value]")["value"] == value
    assert session.query(Setting).count() == 0


def test_what_has_two_answers_is_chosen_not_typed(admin):
    page = admin.get("/pengaturan/programme_exit_counts")
    assert [radio["value"] for radio in page.all("[name=value]")] == ["no", "yes"]
    assert admin.submit("/pengaturan/programme_exit_counts", value="ya", source="coba").status == 422
    admin.submit("/pengaturan/programme_exit_counts", value="yes", source="SK 4/2026")
    assert session.query(Setting).one().value == "yes"


def test_where_a_value_comes_from_is_said_in_the_readers_language(admin):
    assert {definition.source for definition in settings.DEFINITIONS.values()} <= set(results.SOURCES)
    admin.submit("/profil", "/profil/bahasa", language="en")
    for url in ("/pengaturan", "/pengaturan/evidence_days"):
        assert "internal decision, may be changed" in admin.get(url).text


def test_others_read_settings_but_do_not_change_them(app):
    budi = Visitor(app, "budi")
    assert budi.get("/pengaturan").status == 200
    assert budi.post("/pengaturan/poverty_line", value="1", valid_from="2026-01-01", source="x").status == 403
    assert Visitor(app, "sari").get("/pengaturan").status == 403


def test_every_setting_and_every_right_has_words(app, admin):
    assert len(admin.get("/pengaturan").all("tbody tr")) == len(settings.DEFINITIONS)
    from portal.kernel import policy

    assert len(admin.get("/hak-akses").all("tbody tr")) == len(policy.GRANTS)


def test_the_matrix_shows_what_the_table_says(app):
    page = Visitor(app, "sari").get("/hak-akses")
    row = next(row for row in page.all("tbody tr") if row.one("th").text == "Mencatat kunjungan dan penilaian")
    assert [cell.text for cell in row.all("td")] == ["dampingan sendiri", "", "", "", ""]


def test_the_trail_shows_who_did_what_without_values(app, admin):
    admin.submit("/pengaturan/poverty_line", value="750.000", source="BPS")
    page = Visitor(app, "kepala").get("/audit")
    assert "Pengaturan diubah" in page.text
    assert "750" not in page.one("#list").text


def test_whatever_is_logged_has_words():
    """Kinds are written where they are logged; the trail must not show a code."""
    code = "".join(path.read_text() for path in Path("portal").rglob("*.py"))
    logged = set(re.findall(r'log\(\s*"([a-z_]+\.[a-z_]+)"', code))
    assert len(logged) > 30
    assert logged <= set(labels.EVENTS)


def test_the_chain_is_checked_on_request(app, admin):
    admin.submit("/pengaturan/poverty_line", value="750.000", source="BPS")
    assert "Utuh" in admin.submit("/audit", "/audit/periksa").text
    assert "Tidak utuh" in admin.submit("/audit", "/audit/periksa", head=f"1:{'f' * 64}").text


@pytest.mark.parametrize("who", ["sari", "wati", "budi"])
def test_the_trail_is_for_administrators_and_viewers(app, who):
    assert Visitor(app, who).get("/audit").status == 403
