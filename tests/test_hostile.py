"""What hostile and clumsy people send in an address: nothing breaks, and nothing is told."""

import re
from io import BytesIO
from urllib.parse import quote

import pytest

from portal.web import texts
from tests import cast
from tests.visitor import Visitor

HUGE = ["9223372036854775808", "9" * 5000]
"""More than a column holds; more than Python reads."""


@pytest.fixture
def budi(app):
    return Visitor(app, "budi")


def test_an_id_that_no_row_can_have_is_not_found(app, budi):
    rules = [rule for rule in app.url_map.iter_rules() if "GET" in rule.methods and "<int:" in rule.rule]
    assert len(rules) > 30
    for rule in rules:
        for number in HUGE:
            assert budi.get(re.sub("<int:[a-z_]+>", number, rule.rule)).status == 404, rule


NUMBERED = {
    "budi": ["/keluarga?pendamping=", "/keluarga?impor=", "/usulan/massal/forward?chosen=",
             "/pemantauan?kohort=", "/pemantauan?pendamping=", "/kepesertaan?batch=",
             "/capaian?tahun=", "/target?tahun="],
    "kepala": ["/audit?orang="],
}  # fmt: skip


@pytest.mark.parametrize("name", NUMBERED)
def test_a_number_in_a_query_that_no_column_holds_is_passed_over(app, name):
    visitor = Visitor(app, name)
    for address in NUMBERED[name]:
        for number in [*HUGE, "-1", "²"]:
            assert visitor.get(address + quote(number)).status == 200, (address, number[:30])


CURSORS = [
    "/keluarga?setelah=a~{huge}", "/keluarga?sebelum=a~{huge}", "/keluarga?urut=desil&setelah={huge}~a~1",
    "/keluarga?urut=kunjungan&setelah=2026-01-01~a~{huge}", "/keluarga?urut=kesiapan&setelah=nonsense~a~1",
    "/graduasi?setelah={huge}_{huge}", "/graduasi?setelah=1_99999999999",
    "/graduasi?setelah=x", "/graduasi/pengecualian?sebelum=99999999999", "/graduasi/pengecualian?sebelum=-1",
    "/kepesertaan?after={huge}", "/kepesertaan?after=1_1", "/impor?sebelum={huge}", "/keluarga?q=siti&setelah={huge}",
    "/keluarga?urut=-nama&setelah=1~a~1", "/usulan?setelah=9999-12-31_1",
    "/usulan?setelah=0001-01-01T00:00:00%2B14:00_1",
    "/usulan?setelah=2026-01-01T00:00:00%2B00:00_{huge}", "/pemantauan?setelah=2026-01-01_{huge}",
    "/keluarga/{family}/kunjungan?setelah=2026-01-01_{huge}", "/keluarga/{family}/riwayat?sebelum={huge}",
]  # fmt: skip


def test_a_page_that_no_list_has_is_not_found(app, budi):
    """A cursor is never passed over: somebody would take the first page for the one that was asked for."""
    family = cast.household("Misnati").id
    for address in CURSORS:
        for huge in HUGE:
            assert budi.get(address.format(huge=huge, family=family)).status == 404, address
    assert {Visitor(app, "kepala").get(f"/audit?sebelum={huge}").status for huge in [*HUGE, "-1"]} == {404}


@pytest.mark.parametrize("name", ["%" * 60_000, "_", "100%"])
def test_a_name_to_look_for_is_letters_and_nothing_more(app, name):
    page = Visitor(app, "admin").get("/pengguna?q=" + quote(name))
    assert page.status == 200
    assert "Sari Wulandari" not in page.text


@pytest.mark.parametrize("name", [None, "sari"])
def test_nobody_types_half_a_megabyte(app, name):
    """It would come back with every mistake, and without a session by way of the login page."""
    family = cast.household("Misnati").id
    answer = Visitor(app, name).post(f"/keluarga/{family}/ringkas", note="x" * 500_001)
    assert (answer.status, "x" * 99 in answer.html) == (413, False)


@pytest.mark.parametrize("host", ["192.0.2.7", "jahat.example", "[::1", "a b"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_another_name_than_ours_gets_a_word_and_no_page(app, monkeypatch, host, method):
    monkeypatch.setitem(app.config, "TRUSTED_HOSTS", ["naikkelas.example.go.id"])
    visitor = app.test_client()
    assert visitor.get("/masuk", headers={"Host": "naikkelas.example.go.id"}).status_code == 200
    answer = visitor.open("/masuk?lanjut=/usulan", method=method, headers={"Host": host})
    assert (answer.status_code, answer.text, answer.mimetype) == (400, "Permintaan tidak dimengerti", "text/plain")
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_a_day_out_of_this_world_does_not_narrow_the_trail(app):
    kepala = Visitor(app, "kepala")
    for day in ("0001-01-01", "9999-12-31", "10000-01-01", "kemarin"):
        assert kepala.get(f"/audit?sejak={day}").status == 200, day


def test_chosen_rows_that_cannot_be_are_not_chosen(budi):
    for address in ("/kepesertaan/putuskan", "/keluarga/bagi", "/usulan/massal/forward", "/graduasi/massal/record"):
        for number in HUGE:
            assert budi.post(address, chosen=number, verb="confirm", pendamping_baru=number).status == 422, address


def test_a_chain_head_that_cannot_be_is_refused(app):
    kepala = Visitor(app, "kepala")
    assert {kepala.post("/audit/periksa", head=f"{number}:{'3fa9' * 16}").status for number in HUGE} == {422}


def test_nul_is_refused_wherever_it_comes(app, budi):
    assert {budi.get(address).status for address in ("/keluarga?q=a&q=%00", "/pengaturan/a%00", "/audit?jenis=%00")} == {400}
    assert Visitor(app).post("/masuk", username="sari\0", password="rahasia").status == 400
    assert budi.post("/impor", file=(BytesIO(b"a;b"), "daftar\0.csv")).status == 400


@pytest.mark.parametrize("name", ["\u200b", "\u202e\u2066", "\x1b\x7f", " \u200d "])
def test_a_name_that_nobody_sees_is_no_name(app, name):
    sari, misnati = Visitor(app, "sari"), cast.household("Misnati")
    answer = sari.submit(f"/keluarga/{misnati.id}/anggota/baru", f"/keluarga/{misnati.id}/anggota/baru", name=name)
    assert answer.status == 422


def test_a_name_turns_nothing_around(app):
    sari, misnati = Visitor(app, "sari"), cast.household("Misnati")
    address = f"/keluarga/{misnati.id}/anggota/baru"
    answer = sari.submit(address, address, name="Siti\u202e \u200bAminah")
    assert "Siti Aminah" in answer.text


@pytest.mark.parametrize("number", ["9" * 11, "9" * 400, "-" + "9" * 400])
def test_a_number_of_hundreds_of_digits_is_a_mistake_like_another(app, budi, number):
    sari, misnati = Visitor(app, "sari"), cast.household("Misnati")
    address = f"/keluarga/{misnati.id}/ringkas"
    assert sari.submit(address, address, rt=number).status == 422
    assert budi.post(f"/target/{texts.today().year}/35.73", count=number).status == 422
