"""`/impor` as its people meet it: a file is uploaded, looked over, applied, and told in numbers that open their lists."""

import io
import re

import openpyxl
import pytest
from sqlalchemy import select

from portal.family.records.models import Batch, BatchRow, Household, Member, Payment
from portal.intake.records import intake
from portal.kernel.base import session
from portal.kernel.clock import today
from portal.kernel.history import Event
from portal.kernel.terms import Period
from portal.membership.records.proposals import MembershipProposal
from portal.web import texts
from tests import cast, files_of_size, rosters
from tests.intake.files import PAYMENT_HEADER, saved, text_table
from tests.rosters import CLEAN_A, CLEAN_F, FAULTY_A, payment_file, recipient
from tests.visitor import Visitor

pytestmark = pytest.mark.usefixtures("app")

STRANGER = {"NIK_KTP": "3573994302900007", "NAMA_PENERIMA": "LILIK SUMARNI"}


def sent(content, name="roster.csv"):
    return (io.BytesIO(rosters.sample(content) if isinstance(content, str) else content), name)


def uploaded(visitor, content, name="roster.csv"):
    return visitor.submit("/impor", "/impor", file=sent(content, name))


def address(page, tail=""):
    return page.url.partition("?")[0] + tail


def one_doubtful():
    """A row that hits Misnati's family by its KK only."""
    return payment_file({**STRANGER, "NOKK": cast.household("Misnati").kk})


def only_batch():
    return session.scalars(select(Batch)).one()


# --- the way through -----------------------------------------------------------------------------------------------


def test_nobody_has_imported_yet(budi):
    assert "Belum ada impor" in budi.get("/impor").text


def test_the_preview_tells_what_would_change_and_writes_nothing(budi):
    page = uploaded(budi, CLEAN_A)
    assert "104 dari 120 baris siap diterapkan" in page.text
    assert [node.text for node in page.all(".tabs b")] == ["104", "16", "0"]
    ready = budi.partial(address(page, "?kelompok=ready"))
    assert "keluarga baru · pembayaran Rp1.325.000 · nomor KK · alamat menurut berkas" in ready.text
    assert session.query(Household).count() == 4


def test_a_group_is_paged_and_loses_nobody(budi):
    page, seen = uploaded(budi, CLEAN_A), []
    url = address(page, "?kelompok=ready")
    while url:
        part = budi.partial(url)
        seen += re.findall(r"baris (\d+)", " ".join(node.text for node in part.all("tbody th")))
        url = next((node["href"] for node in part.all("a[rel=next]")), None)
    assert len(seen) == len(set(seen)) == 104


def test_a_payment_roster_then_dtsen(budi):
    page = uploaded(budi, CLEAN_A)
    page = budi.submit(page, address(page, "/putuskan"), press="Pakai semuanya")
    page = budi.submit(page, address(page, "/terapkan"))
    assert "120 Keluarga baru" in page.one("#summary").text
    page = uploaded(budi, CLEAN_F, "f.xlsx")
    page = budi.submit(page, address(page, "/triwulan"), period="2026-Q4")
    page = budi.submit(page, address(page, "/terapkan"))
    assert "120 Diperbarui" in page.one("#summary").text
    assert "25 Usulan kepesertaan" in page.one("#summary").text


def test_the_numbers_of_the_summary_open_their_lists(budi):
    page = uploaded(budi, CLEAN_A)
    page = budi.submit(page, address(page, "/terapkan"))
    families = budi.get(next(node["href"] for node in page.all("#summary a") if "Keluarga baru" in node.text))
    assert "104 keluarga" in families.text
    left = budi.get(next(node["href"] for node in page.all("#summary a") if "Belum dipakai" in node.text))
    assert len(left.all("#list tbody tr")) == 16


def test_the_proposals_of_a_file_are_a_click_away(budi):
    misnati_id = cast.household("Misnati")
    misnati_id.membership = "candidate"
    session.commit()
    page = uploaded(budi, payment_file(recipient(misnati_id)))
    page = budi.submit(page, address(page, "/terapkan"))
    proposals = budi.get(page.link("Usulan kepesertaan"))
    assert "Misnati" in proposals.text
    assert session.scalars(select(MembershipProposal)).one().batch_id == only_batch().id


def test_new_families_can_be_handed_out_right_away(budi):
    page = uploaded(budi, CLEAN_A)
    page = budi.submit(page, address(page, "/terapkan"))
    assert "104 keluarga" in budi.get(page.link("Bagikan")).text


# --- with scripts --------------------------------------------------------------------------------------------------


def test_with_scripts_the_page_goes_on_by_itself(budi, monkeypatch):
    monkeypatch.setattr("portal.intake.pages.SECONDS_WITH_SCRIPTS", 0)
    page = uploaded(budi, files_of_size.payments(2 * intake.CHUNK + 1))
    assert not page.all("[hx-trigger]")
    part = budi.submit(page, address(page, "/terapkan"), partial=True)
    assert f"{texts.number(intake.CHUNK)} dari" in part.text
    assert part.one("form")["hx-trigger"].startswith("load")
    part = budi.submit(part, address(page, "/terapkan"), partial=True)
    done = budi.submit(part, address(page, "/terapkan"), partial=True)
    assert done.headers["HX-Location"] == address(page)
    assert session.query(Payment).count() == 2 * intake.CHUNK + 1


def test_after_a_break_the_page_offers_to_go_on(budi, monkeypatch):
    monkeypatch.setattr("portal.intake.pages.SECONDS_WITHOUT", 0)
    page = uploaded(budi, files_of_size.payments(intake.CHUNK + 1))
    page = budi.submit(page, address(page, "/terapkan"))
    assert "Sedang diterapkan" in page.text
    later = Visitor(budi.app, "budi")
    again = later.get(address(page))
    assert "Lanjut" in again.one("#progress").text
    assert not again.all("[hx-trigger]")
    assert "Selesai" in later.submit(again, address(page, "/terapkan")).text


def test_pressing_an_old_button_again_applies_nothing_twice(budi):
    page = uploaded(budi, CLEAN_A)
    budi.submit(page, address(page, "/terapkan"))
    assert "104 Keluarga baru" in budi.submit(page, address(page, "/terapkan")).one("#summary").text
    assert session.query(Payment).count() == 104


def test_what_was_given_up_is_not_applied(budi):
    page = uploaded(budi, CLEAN_A)
    budi.submit(page, address(page, "/batalkan"))
    again = budi.submit(page, address(page, "/terapkan"))
    assert (again.status, session.query(Payment).count()) == (422, 0)
    assert "sudah berjalan lebih jauh" in again.errors[0]


# --- rows that need a look -----------------------------------------------------------------------------------------


def test_a_row_opens_in_the_list_and_tells_both_sides(budi):
    page = uploaded(budi, one_doubtful())
    link = page.one("td.do a")["href"]
    part = budi.partial(link)
    assert part.is_fragment
    assert "LILIK SUMARNI" in part.text
    assert "3573•• •••••• ••••" in part.text
    assert STRANGER["NIK_KTP"] not in part.html
    assert "Misnati, Anak Misnati · Jl. Sudimoro No. 7, RT 3 RW 4, Jatimulyo · Aktif" in part.text
    assert "LILIK SUMARNI" in budi.get(link).text


@pytest.mark.parametrize("partial", [True, False])
def test_the_importer_chooses_the_family_and_the_counter_follows(budi, partial):
    page = uploaded(budi, one_doubtful())
    link, misnati_id = page.one("td.do a")["href"], cast.household("Misnati").id
    row = budi.partial(link) if partial else budi.get(link)
    answer = budi.submit(row, link, press="Pakai untuk pilihan ini", partial=partial, household=str(misnati_id))
    assert "1 dari 1 baris siap diterapkan" in answer.text
    assert session.scalars(select(BatchRow)).one().household_id == misnati_id


def test_choosing_nothing_is_told(budi):
    page = uploaded(budi, one_doubtful())
    link = page.one("td.do a")["href"]
    answer = budi.submit(link, link, press="Pakai untuk pilihan ini")
    assert answer.status == 422
    assert only_batch().counts["look"] == 1


def test_many_rows_without_a_tick_are_refused_once_and_at_the_list(budi):
    page = uploaded(budi, payment_file({**STRANGER, "NOMINAL": "0"}))
    answer = budi.post(address(page, "/putuskan"), verb="use")
    assert answer.status == 422
    assert answer.errors == [node.text for node in answer.all("#list .errors li")] == ["Pilih paling sedikit satu baris."]


def test_a_row_opened_in_the_list_is_closed_again(budi):
    page = uploaded(budi, one_doubtful())
    opened = budi.partial(page.one("td.do a")["href"])
    closed = opened.link("Tutup")
    assert budi.partial(closed).one("td.do a")["href"] == page.one("td.do a")["href"]
    assert budi.get(closed).heading == page.heading


def test_a_row_is_skipped_and_taken_back(budi):
    page = uploaded(budi, one_doubtful())
    link = page.one("td.do a")["href"]
    budi.submit(link, link, press="Lewati baris ini")
    assert only_batch().counts["skipped"] == 1
    budi.submit(link, link, press="Batalkan pilihan")
    assert only_batch().counts == {**only_batch().counts, "look": 1, "skipped": 0}


def test_chosen_rows_are_used_together(budi):
    page = uploaded(budi, CLEAN_A)
    chosen = [node["value"] for node in page.all("[name=chosen]")][:3]
    budi.submit(page, address(page, "/putuskan"), press="Pakai semuanya") if not chosen else None
    answer = budi.post(address(page, "/putuskan"), follow=True, verb="use", chosen=chosen[0])
    assert "105 baris siap" in answer.text
    assert [len(chosen), only_batch().counts["look"]] == [3, 15]


@pytest.mark.parametrize("verb", ["choose", "", "hapus"])
def test_many_rows_at_once_take_no_other_verb(budi, verb):
    page = uploaded(budi, one_doubtful())
    row = session.scalars(select(BatchRow)).one()
    assert budi.post(address(page, "/putuskan"), verb=verb, chosen=str(row.id)).status == 400
    session.refresh(row)
    assert row.verdict == "look"


def test_deciding_without_choosing_is_told(budi):
    page = uploaded(budi, CLEAN_A)
    answer = budi.post(address(page, "/putuskan"), verb="use")
    assert (answer.status, "paling sedikit satu" in answer.text) == (422, True)


# --- the period ----------------------------------------------------------------------------------------------------


def test_dtsen_asks_for_its_quarter_and_offers_none_to_come(budi):
    page = uploaded(budi, CLEAN_F, "f.xlsx")
    assert "triwulan mana" in page.text
    offered = [node["value"] for node in page.all("[name=period] option")]
    assert (offered[:2], len(offered)) == (["", str(Period.of(today()))], 9)
    assert session.query(BatchRow).count() == 0


@pytest.mark.parametrize("period", ["", "2099-Q1", "besok"])
def test_a_quarter_that_was_not_offered_is_refused(budi, period):
    page = uploaded(budi, CLEAN_F, "f.xlsx")
    answer = budi.submit(page, address(page, "/triwulan"), period=period)
    assert (answer.status, only_batch().state) == (422, "reading")


def test_a_reading_that_was_interrupted_is_offered_again(budi):
    page = uploaded(budi, CLEAN_F, "f.xlsx")
    only_batch().period = "2026-Q4"
    session.commit()
    page = budi.submit(address(page), address(page, "/baca"))
    assert [node.text for node in page.all(".tabs b")] == ["0", "0", "120"]


# --- twice, and not at all -----------------------------------------------------------------------------------------


def test_the_same_file_again_says_when_it_was_applied(budi):
    page = uploaded(budi, CLEAN_A)
    budi.submit(page, address(page, "/terapkan"))
    page = uploaded(budi, CLEAN_A)
    assert "Berkas yang sama sudah diterapkan" in page.text
    assert "Budi Santoso" in page.one(".notice").text
    assert "0 dari 120 baris siap" in page.text


def test_the_same_file_while_open_leads_to_the_same_page(budi):
    assert uploaded(budi, CLEAN_A).url == uploaded(budi, CLEAN_A).url
    assert session.query(Batch).count() == 1


def test_an_import_is_given_up(budi):
    page = uploaded(budi, CLEAN_A)
    page = budi.submit(page, address(page, "/batalkan"))
    assert "Impor dibatalkan" in page.text
    assert session.query(BatchRow).count() == 0


def test_the_faults_of_a_file_are_told_with_their_place(budi):
    page = uploaded(budi, FAULTY_A)
    skipped = budi.partial(address(page, "?kelompok=skipped"))
    assert "NIK di kolom NIK_KTP berisi 15 angka; seharusnya 16. Baris 3, kolom NIK_KTP" in skipped.text
    assert len(skipped.all("tbody tr")) == 8


def far_away():
    book = openpyxl.Workbook()
    book.worksheets[0].append(PAYMENT_HEADER)
    book.worksheets[0].cell(600_001, 1, "x")
    return saved(book)


HOSTILE = {
    "empty": (b"", "kosong"),
    "blank": (b"\n\n  \n", "kosong"),
    "no table": (b"%PDF-1.7 ...", "bukan tabel"),
    "noise": (b"\x00\x01\x02" * 50, "bukan tabel"),
    "locked": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "kata sandi"),
    "cut off": (rosters.sample(CLEAN_F)[:4000], "rusak"),
    "unknown columns": (b"nama;alamat\nSITI;JL. MERGAN\n", "tidak dikenal"),
    "header only": (text_table([PAYMENT_HEADER]), "tanpa satu baris"),
    "far away cell": (far_away(), "jauh di luar batas"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_file_that_is_no_good_gets_one_sentence(budi, name):
    content, words = HOSTILE[name]
    page = uploaded(budi, content)
    assert page.status == 422
    assert any(words in error for error in page.errors)
    assert (session.query(Batch).count(), session.scalars(select(Event)).all()) == (0, [])


def test_more_than_the_server_takes_gets_one_sentence(app, budi, monkeypatch):
    monkeypatch.setitem(app.config, "MAX_CONTENT_LENGTH", 100_000)
    page = budi.post("/impor", file=(io.BytesIO(b"a;b\n" * 50_000), "besar.csv"))
    assert (page.status, page.heading) == (413, "Berkas terlalu besar")
    assert "bagi tabel menjadi beberapa berkas" in page.text


def test_no_file_at_all_is_told(budi):
    assert budi.submit("/impor", "/impor").status == 422


def test_a_formula_in_a_name_is_told_and_not_kept(budi):
    evil = {"NIK_KTP": "3573994302900007", "NAMA_PENERIMA": '=HYPERLINK("http://x")', "NOKK": cast.kk()}
    page = uploaded(budi, payment_file(evil))
    assert "berisi rumus" in page.text
    assert session.query(Member).filter(Member.name.contains("HYPERLINK")).count() == 0


# --- whose it is ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tail", ["", "?kelompok=look", "/baris/1"])
def test_somebody_elses_import_is_not_there(app, budi, tail):
    page = uploaded(budi, one_doubtful())
    assert Visitor(app, "dewi").get(address(page, tail)).status == 404


@pytest.mark.parametrize("tail", ["/terapkan", "/batalkan", "/putuskan", "/triwulan", "/baca", "/baris/1"])
def test_nobody_else_goes_on_with_it(app, budi, tail):
    page = uploaded(budi, one_doubtful())
    assert Visitor(app, "dewi").post(address(page, tail), verb="skip").status == 404
    assert only_batch().state == "read"


@pytest.mark.parametrize("username", ["sari", "wati", "admin", "kepala"])
def test_only_supervisors_import(app, username):
    visitor = Visitor(app, username)
    assert visitor.get("/impor").status == 403
    assert visitor.post("/impor", file=sent(CLEAN_A)).status == 403


def test_what_a_form_without_a_key_asks_is_not_done(budi):
    page = uploaded(budi, CLEAN_A)
    for tail in ("/terapkan", "/batalkan", "/putuskan"):
        assert budi.post(address(page, tail), key="", verb="all").status == 422
    assert (only_batch().state, only_batch().counts["ready"]) == ("read", 104)


def test_what_can_be_imported_is_a_sentence(budi):
    assert "Daftar pembayaran PKH dan" in budi.get("/impor").text
