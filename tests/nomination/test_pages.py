"""`/usulan` as its people meet it: an officer writes, is returned and mends; a facilitator checks; a supervisor decides."""

import io

import pytest
from PIL import Image
from sqlalchemy import func, select

from portal.kernel import clock
from portal.kernel.base import session
from portal.kernel.history import Event
from portal.kernel.terms import Membership
from portal.kernel.work import Work
from portal.nomination.records import nominations
from portal.nomination.records.nominations import Nomination, begin
from tests import cast
from tests.nomination.test_records import new_family
from tests.visitor import Visitor

pytestmark = pytest.mark.usefixtures("app")

TODAY = str(clock.today())


def photo(colour="teal"):
    picture = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(picture, "JPEG")
    picture.seek(0)
    return (picture, "foto.jpg")


@pytest.fixture
def nomination(app):
    return nominations.draft(cast.actor("wati"), new_family(), key="draft").id


def typed(**changes):
    born = "1990-02-03"
    stated = {"name": "Lilik Sumarni", "nik": "3573994302900007", "sex": "P", "birth_date": born, "relation": "head",
              "address": "Jl. Kalpataru 5", "rt": "2", "rw": "5", "kk": cast.kk(), "stated_reason": "Suami sakit"}  # fmt: skip
    return {**stated, **changes}


def the_only_nomination():
    return session.scalars(select(Nomination)).one()


def test_an_officer_finds_an_empty_list_that_says_what_to_do(wati):
    page = wati.get("/usulan")
    assert "Belum ada rancangan" in page.text
    assert page.link("Usulkan keluarga") == "/usulan/baru"


def test_a_draft_is_saved_and_shows_what_it_lacks(wati):
    page = wati.submit("/usulan/baru", **typed())
    assert page.heading == "Lilik Sumarni"
    assert "tersimpan" in page.message
    assert "Foto KTP" in page.text


def test_what_was_typed_stays_when_something_is_wrong(wati):
    page = wati.submit("/usulan/baru", **typed(nik="123", address=""))
    assert page.status == 422
    assert page.one("[name=name]")["value"] == "Lilik Sumarni"
    assert page.one("[name=nik]")["value"] == "123"
    assert session.scalars(select(Nomination)).all() == []


def test_the_same_form_sent_twice_makes_one_family(wati):
    page, filled_in = wati.get("/usulan/baru"), typed()
    wati.submit(page, **filled_in)
    wati.submit(page, **filled_in)
    assert the_only_nomination().household.caretaker_name == "Lilik Sumarni"


def test_two_officers_at_one_address_both_see_what_the_other_wrote(app, wati, nomination):
    address = f"/usulan/{nomination}/alamat"
    mine = wati.get(address)
    Visitor(app, "wati").submit(address, address, rt="7", address="Jl. Sudimoro 7")
    stale = wati.submit(mine, address, rt="9", address="Jl. Kalpataru 9")
    assert (stale.status, stale.one("[name=address]")["value"]) == (409, "Jl. Kalpataru 9")
    assert the_only_nomination().household.rt == 7
    wati.submit(stale, address)
    session.expire_all()
    assert the_only_nomination().household.rt == 9


def test_other_parts_of_a_file_are_in_nobodys_way(wati, nomination):
    mine = wati.get(f"/usulan/{nomination}/alasan")
    wati.submit(f"/usulan/{nomination}/alamat", f"/usulan/{nomination}/alamat", rt="7")
    wati.submit(f"/usulan/{nomination}/foto", f"/usulan/{nomination}/foto", house_front=photo())
    wati.submit(mine, f"/usulan/{nomination}/alasan", stated_reason="Suami sakit keras")
    assert the_only_nomination().stated_reason == "Suami sakit keras"


def test_a_supervisor_picks_the_family_that_a_nomination_doubles(app, nomination):
    cast.family("Lilik Sumarni", facilitator="joko", kelurahan=cast.POLEHAN)
    twin = cast.family("Lilik Sumarno", facilitator=None)
    shared = cast.family("Wartini", facilitator=None)
    their = session.get(Nomination, nomination).household.members[0].nik
    shared.members[0].nik, shared.members[0].left_on = their, clock.today()
    session.commit()
    step, ratna = f"/usulan/{nomination}/langkah/mark_duplicate", Visitor(app, "ratna")
    page = ratna.get(step)
    offered = [option["value"] for option in page.all("[name=household] option")]
    assert offered == ["", str(shared.id), str(twin.id)]  # her own area: the number first, then the name
    assert ratna.submit(page, step, household=str(twin.id), reason="KK lama").status == 200
    assert the_only_nomination().state == "duplicate"


def test_a_nomination_doubles_no_family_out_of_sight(app, nomination):
    ratna, noise = Visitor(app, "ratna"), cast.household("Noise")
    answer = ratna.post(f"/usulan/{nomination}/langkah/mark_duplicate", household=str(noise.id), reason="x", seen="1")
    assert (answer.status, the_only_nomination().state) == (422, "draft")


def test_a_taken_number_can_be_put_right_in_the_same_form(wati):
    """Also when the second try is somebody's as well; and each of them counts."""
    taken = [cast.household(name).members[0].nik for name in ("Misnati", "Suliyah")]
    page = wati.submit("/usulan/baru", **typed(nik=taken[0]))
    again = wati.submit(page, "/usulan/baru", nik=taken[1])
    assert [(answer.status, "sudah dipakai untuk isian lain" in answer.text) for answer in (page, again)] == [(422, False)] * 2
    assert session.scalar(select(func.count()).where(Event.kind == "numbers.taken")) == 2
    assert wati.submit(again, "/usulan/baru", nik=typed()["nik"]).heading == "Lilik Sumarni"


@pytest.mark.parametrize("key", ["", "0" * 80, "0" * 32 + ":nik:"])
def test_a_number_is_not_checked_under_a_key_that_no_form_has(wati, key):
    """One key for many numbers would be one check."""
    for name in ("Misnati", "Suliyah"):
        sent = {"nik": cast.household(name).members[0].nik, "kelurahan": cast.JATIMULYO, "key": key}
        assert wati.post("/usulan/periksa-nik", partial=True, **sent).text.strip() == ""


def test_while_typing_the_officer_hears_that_a_number_is_taken(wati):
    taken = cast.household("Misnati").members[0].nik
    answer = wati.post("/usulan/periksa-nik", partial=True, nik=taken, kelurahan=cast.JATIMULYO)
    assert "Sudah terdaftar di kelurahan ini" in answer.text


def test_of_another_area_the_officer_hears_no_more_than_that(app):
    taken = cast.household("Misnati").members[0].nik
    rini = Visitor(app, "rini")
    answer = rini.post("/usulan/periksa-nik", partial=True, nik=taken, kelurahan=cast.POLEHAN)
    assert answer.text.strip() == "Tidak dapat diusulkan, hubungi Dinsos"


def test_of_another_area_saving_tells_no_more_than_that_either(app):
    taken = cast.household("Misnati").members[0].nik
    answer = Visitor(app, "rini").submit("/usulan/baru", "/usulan/baru", **{**typed(), "nik": taken})
    assert (answer.status, answer.errors) == (422, ["Tidak dapat diusulkan, hubungi Dinsos"])


def test_a_domicile_corrected_in_the_file_is_not_undone_on_the_familys_own_page(app, wati, nomination):
    budi, family = Visitor(app, "budi"), f"/keluarga/{session.get(Nomination, nomination).household_id}/ubah"
    session.rollback()
    shown, file = budi.get(family), f"/usulan/{nomination}/alamat"
    wati.submit(file, file, address="Jl. Baru 9")
    answer = budi.submit(shown, family, note="x")
    assert (answer.status, "Jl. Baru 9" in answer.one(".stale").text) == (409, True)


def test_what_was_corrected_on_the_familys_own_page_is_not_undone_in_the_file(app, wati, nomination):
    household, before = session.get(Nomination, nomination).household_id, the_only_nomination().household.rt
    session.rollback()
    budi, family, file = Visitor(app, "budi"), f"/keluarga/{household}/ubah", f"/usulan/{nomination}/alamat"
    shown = wati.get(file)
    budi.submit(family, family, address="Jl. Baru 9")
    answer = wati.submit(shown, file, rt="8")
    assert (answer.status, "Jl. Baru 9" in answer.one(".stale").text) == (409, True)
    kept = the_only_nomination().household
    assert (kept.address, kept.rt) == ("Jl. Baru 9", before)


def test_a_half_typed_number_says_nothing(wati):
    assert wati.post("/usulan/periksa-nik", partial=True, nik="35739943", kelurahan=cast.JATIMULYO).text.strip() == ""


def test_a_nik_may_be_checked_before_the_rest_is_filled_in(wati):
    assert wati.get("/usulan/baru").one("[formaction]").get("formnovalidate") is not None
    page = wati.submit("/usulan/baru", press="Periksa NIK", nik="3573")
    assert "16 angka" in page.one("#number").text


def test_without_scripts_a_button_asks_and_keeps_what_was_typed(wati):
    taken = cast.household("Misnati").members[0].nik
    page = wati.submit("/usulan/baru", press="Periksa NIK", **typed(nik=taken))
    assert "Sudah terdaftar" in page.text
    assert page.one("[name=address]")["value"] == "Jl. Kalpataru 5"
    assert session.scalars(select(Nomination)).all() == []


def test_a_taken_number_is_refused_and_nothing_is_half_saved(wati):
    page = wati.submit("/usulan/baru", **typed(nik=cast.household("Misnati").members[0].nik))
    assert page.status == 422
    assert session.scalars(select(Nomination)).all() == []


@pytest.mark.parametrize("who", ["rini", "joko", "sari", "admin"])
def test_others_do_not_see_it(app, nomination, who):
    assert Visitor(app, who).get(f"/usulan/{nomination}").status == 404


def test_a_viewer_reads_but_is_offered_nothing(app, nomination):
    page = Visitor(app, "kepala").get(f"/usulan/{nomination}")
    assert page.status == 200
    assert "Langkah berikutnya" not in page.text
    assert Visitor(app, "kepala").get(f"/usulan/{nomination}/alamat").status == 403


def test_numbers_are_masked(wati, nomination):
    page = wati.get(f"/usulan/{nomination}")
    assert session.get(Nomination, nomination).household.members[0].nik not in page.html


def test_a_member_is_added_changed_and_removed(wati, nomination):
    wati.submit(f"/usulan/{nomination}/anggota/baru", name="Bayu", sex="L", birth_date="2019-01-01", relation="child")
    child = the_only_nomination().household.members[1]
    page = wati.submit(f"/usulan/{nomination}/anggota/{child.id}", f"/usulan/{nomination}/anggota/{child.id}", name="Bayu Aji")
    assert "Bayu Aji" in page.text
    remove = f"/usulan/{nomination}/anggota/{child.id}/hapus"
    assert "Bayu Aji" not in wati.submit(f"/usulan/{nomination}/anggota/{child.id}", remove).one("#anggota").text


def test_domicile_and_reason_are_mended_by_themselves(wati, nomination):
    page = wati.submit(f"/usulan/{nomination}/alamat", address="Jl. Baru 1")
    assert "Jl. Baru 1" in page.text
    assert "Janda" in wati.submit(f"/usulan/{nomination}/alasan", stated_reason="Janda, empat anak").text


def submit_file(wati, nomination):
    wati.submit(f"/usulan/{nomination}/foto", identity_card=photo(), family_card=photo("olive"), house_front=photo("navy"))
    return wati.submit(f"/usulan/{nomination}/langkah/submit")


def test_a_complete_file_is_submitted(wati, nomination):
    assert "Diajukan" in submit_file(wati, nomination).text
    assert the_only_nomination().state == "submitted"


def test_an_incomplete_file_says_what_is_missing(wati, nomination):
    page = wati.get(f"/usulan/{nomination}/langkah/submit")
    assert "Foto KTP" in page.text
    assert "Foto KK" in page.text


def test_the_whole_way_with_one_return(app, wati, nomination):
    submit_file(wati, nomination)
    budi, sari = Visitor(app, "budi"), Visitor(app, "sari")
    step = f"/usulan/{nomination}/langkah/"
    returned = budi.submit(f"{step}return", defects="Foto KTP kabur")
    assert returned.status == 200
    assert "Foto KTP kabur" in wati.get(f"/usulan/{nomination}").text
    wati.submit(f"{step}resubmit")
    wati.submit(
        f"{step}deliberate", held_on=TODAY, attendees="12", decision="Layak", minutes=photo(), attendance_list=photo("red")
    )
    wati.submit(f"{step}endorse", signed_on=TODAY, signed_minutes=photo("blue"))
    assert "Lilik Sumarni" in sari.get("/usulan").text
    sari.submit(f"{step}recommend", checked_on=TODAY, lives_at_address="y", household_size="3", monthly_income="900rb",
                housing="Sewa", livelihood="Buruh", opinion="Layak", photos=photo("pink"))  # fmt: skip
    budi.submit(f"{step}approve")
    for name, facts in (("forward", {"forwarded_on": TODAY, "batch": "2026-11"}), ("accept", {"decided_on": TODAY})):
        budi.submit(f"/usulan/massal/{name}?chosen={nomination}", f"/usulan/massal/{name}", **facts)
    assert the_only_nomination().state == "accepted"
    assert the_only_nomination().household.membership == Membership.ACTIVE


def test_who_wrote_it_cannot_decide_it(wati, nomination):
    submit_file(wati, nomination)
    assert wati.get(f"/usulan/{nomination}/langkah/approve").status == 403
    assert wati.post(f"/usulan/{nomination}/langkah/reject", reason="x").status == 403


def test_a_bulk_step_says_for_each_row_what_became_of_it(app, nomination):
    page = Visitor(app, "budi").submit(f"/usulan/massal/forward?chosen={nomination}", forwarded_on=TODAY, batch="1")
    assert "0 usulan dilanjutkan" in page.text
    assert "Lilik Sumarni · Jatimulyo: " in page.one("#bulk").text
    assert the_only_nomination().state == "draft"


def test_a_row_that_went_out_of_sight_is_told_too(app, nomination):
    other = nominations.draft(cast.actor("wati"), new_family(), key="other").id
    ratna = Visitor(app, "ratna")
    page = ratna.get(f"/usulan/massal/forward?chosen={nomination}&chosen={other}")
    moved = session.get(Nomination, nomination).household
    moved.kelurahan, moved.kecamatan = cast.POLEHAN, cast.POLEHAN[:8]
    session.commit()
    told = ratna.submit(page, forwarded_on=TODAY, batch="1").one("#bulk").text
    assert ("Tidak ditemukan" in told, "Lilik Sumarni" in told) == (True, True)


def test_a_stale_step_is_told(wati, nomination):
    page = wati.get(f"/usulan/{nomination}/langkah/withdraw")
    wati.submit(f"/usulan/{nomination}/alasan", stated_reason="Lain")
    answer = wati.submit(page, reason="Pindah")
    assert answer.status == 409
    assert "Pindah" in answer.text
    assert the_only_nomination().state == "draft"


def test_the_list_is_a_fragment_for_htmx(wati, nomination):
    assert wati.partial("/usulan").is_fragment
    assert "Lilik Sumarni" in wati.partial("/usulan?kelompok=preparing").text


def test_the_pages_of_the_list_hold_each_nomination_once(wati):
    for number in range(26):
        begin(Work(cast.actor("wati"), clock.now()), cast.family(f"Keluarga {number}", membership=Membership.CANDIDATE), "x")
    session.commit()
    first = wati.get("/usulan?kelompok=preparing")
    second = wati.get(next(link["href"] for link in first.all(".pager a") if link.get("rel") == "next"))
    shown = [row.one("th a").text for page in (first, second) for row in page.all("#list tbody tr")]
    assert (len(shown), len(set(shown)), len(second.all(".pager a"))) == (26, 26, 0)


def test_a_family_that_left_is_proposed_again(app, wati):
    household = cast.family("Rumiyati", membership=Membership.EXITED)
    session.commit()
    answer = wati.post(f"/usulan/keluarga/{household.id}")
    assert answer.location == f"/usulan/{the_only_nomination().id}"


def test_no_form_shows_a_number_that_is_on_file(wati, nomination):
    household = the_only_nomination().household
    household.phone = "+6281234567890"
    session.commit()
    page = wati.get(f"/usulan/{nomination}/alamat")
    assert [page.one(f"[name={name}]").get("value") for name in ("kk", "phone")] == ["", ""]
    assert "Tersimpan 3573" in page.text
    page = wati.get(f"/usulan/{nomination}/anggota/{household.members[0].id}")
    assert page.one("[name=nik]").get("value") == ""


def test_a_number_left_empty_stays_and_another_one_replaces_it(wati, nomination):
    household = the_only_nomination().household
    household.phone, member, kk = "+6281234567890", household.members[0], household.kk
    nik, other = member.nik, "3573994302900008"
    session.commit()
    wati.submit(f"/usulan/{nomination}/alamat", address="Jl. Baru 1")
    wati.submit(f"/usulan/{nomination}/anggota/{member.id}", f"/usulan/{nomination}/anggota/{member.id}", name="Lilik S.")
    assert (household.kk, household.phone, member.nik, member.name) == (kk, "+6281234567890", nik, "Lilik S.")
    wati.submit(f"/usulan/{nomination}/anggota/{member.id}", f"/usulan/{nomination}/anggota/{member.id}", nik=other)
    assert member.nik == other


def test_removing_a_member_needs_a_key(wati, nomination):
    wati.submit(f"/usulan/{nomination}/anggota/baru", name="Bayu", sex="L", birth_date="2019-01-01", relation="child")
    child = the_only_nomination().household.members[1].id
    assert wati.post(f"/usulan/{nomination}/anggota/{child}/hapus", key="").status == 400
    assert len(the_only_nomination().household.members) == 2
