"""Preparing a graduation: starting it on a family, the checklist, the steps as forms, the statement, a return, a withdrawal."""

import io
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select

from portal.family.records.models import Aid, Household
from portal.family.records.reveals import REVEALED
from portal.graduation.records import dossiers
from portal.graduation.records.dossiers import Graduation
from portal.kernel.base import session
from portal.kernel.clock import now, today
from portal.kernel.history import Event
from portal.kernel.terms import ExitType, Membership
from portal.kernel.workflow import Reason
from tests import cast
from tests import graduating as go
from tests.photos import photo

pytestmark = pytest.mark.usefixtures("app")
with_and_without_htmx = pytest.mark.parametrize("partial", [True, False], ids=["htmx", "browser"])


@pytest.fixture
def misnati():
    return cast.household("Misnati")


def the_case():
    session.expire_all()
    return session.scalars(select(Graduation)).one()


def step(who, case, name, *, partial=False, **said):
    url = f"/graduasi/{case.id}/langkah/{name}"
    return who.submit(url, url, partial=partial, follow=False, **said)


def offered(answer):
    """The words on the buttons of steps."""
    return [link.text for link in answer.all("#case .buttons a")]


# --- starting ------------------------------------------------------------------------------------------------------


@with_and_without_htmx
def test_a_facilitator_starts_from_the_familys_page(visit, misnati, partial):
    sari, url = visit("sari"), f"/keluarga/{misnati.id}/graduasi"
    answer = sari.submit(url, url, partial=partial, follow=False, exit_type="programme")
    case = the_case()
    assert (case.state, case.exit_type) == ("identified", ExitType.PROGRAMME)
    assert answer.headers.get("HX-Location" if partial else "Location") == f"/graduasi/{case.id}"


def test_pressing_start_twice_starts_once(visit, misnati):
    sari, url = visit("sari"), f"/keluarga/{misnati.id}/graduasi"
    shown = sari.get(url)
    answers = [sari.submit(shown, url, follow=False) for _ in range(2)]
    assert [answer.location for answer in answers] == [f"/graduasi/{the_case().id}"] * 2


@with_and_without_htmx
def test_a_second_start_says_that_one_is_under_way(visit, misnati, partial):
    go.opened(cast.actor("sari"), misnati)
    sari, url = visit("sari"), f"/keluarga/{misnati.id}/graduasi"
    answer = sari.submit(url, url, partial=partial)
    assert (answer.status, "sudah punya graduasi" in answer.text) == (422, True)


def test_only_a_family_in_the_programme_may_start(visit, misnati):
    session.get(Household, misnati.id).membership = Membership.EXITED
    session.commit()
    sari, url = visit("sari"), f"/keluarga/{misnati.id}/graduasi"
    assert "aktif atau ditangguhkan" in sari.submit(url, url).text
    assert session.scalars(select(Graduation)).all() == []


def test_no_choice_of_the_way_out_is_a_mistake(visit, misnati):
    sari, url = visit("sari"), f"/keluarga/{misnati.id}/graduasi"
    assert sari.submit(url, url, exit_type=None).status == 422


def test_only_the_familys_facilitator_may_start(visit, misnati):
    url = f"/keluarga/{misnati.id}/graduasi"
    for name, status in (("budi", 403), ("wati", 403), ("kepala", 403), ("joko", 404), ("rini", 404), ("admin", 404)):
        who = visit(name)
        assert (who.get(url).status, who.post(url, exit_type="independent").status) == (status, status)
    assert session.scalars(select(Graduation)).all() == []


# --- the checklist -------------------------------------------------------------------------------------------------


def lacking(answer):
    return {node.text.removeprefix("Kurang: ").split(".")[0]: node for node in answer.all("#case .checklist .lacking")}


def test_what_is_missing_is_told_from_the_start_with_where_it_is_mended(visit, misnati):
    case = go.opened(cast.actor("sari"), misnati)
    missing = lacking(visit("sari").get(f"/graduasi/{case.id}"))
    assert len(missing) == 6
    assert missing["Kunjungan bertemu keluarga, dengan foto"].one("a")["href"] == f"/keluarga/{misnati.id}/kunjungan/baru"
    assert not missing["Pindaian surat pernyataan"].all("a")  # its turn comes after the conversation


def test_a_missing_thing_links_to_the_step_that_adds_it(visit):
    case = go.brought_to("counselling")
    missing = lacking(visit("sari").get(f"/graduasi/{case.id}"))
    assert set(missing) == {"Pindaian surat pernyataan", "Bukti penghasilan atau catatan wawancara"}
    assert missing["Pindaian surat pernyataan"].one("a")["href"] == f"/graduasi/{case.id}/langkah/sign"


def test_indicators_without_an_answer_are_named(visit, misnati):
    sari = cast.actor("sari")
    go.assessed(sari, go.visited(sari, misnati), wall="")
    case = go.opened(sari, misnati)
    assert "Belum atau sudah lama: Keadaan rumah" in visit("sari").get(f"/graduasi/{case.id}").text


def test_the_last_day_of_the_evidence_is_told_and_then_it_lacks(visit):
    case = go.brought_to("statement_signed")
    day = today() + timedelta(days=90)
    assert f"sampai {day.day} " in visit("sari").get(f"/graduasi/{case.id}").text
    with time_machine.travel(datetime.now(UTC) + timedelta(days=91), tick=False):
        missing = lacking(visit("sari").get(f"/graduasi/{case.id}"))
    told = "; ".join(missing)
    assert "Kunjungan bertemu keluarga, dengan foto" in told
    assert "Semua indikator wajib terjawab dan masih berlaku Belum atau sudah lama: Penghasilan" in told


def test_a_viewer_reads_the_checklist_but_mends_nothing(visit, misnati):
    case = go.opened(cast.actor("sari"), misnati)
    shown = visit("kepala").get(f"/graduasi/{case.id}")
    assert len(lacking(shown)) == 6
    assert not shown.all("#case .checklist a") and not shown.all("#case form") and not shown.all("#steps")


def test_a_family_that_is_not_ready_shows_its_plan(visit, misnati):
    sari = cast.actor("sari")
    go.assessed(sari, go.visited(sari, misnati), own_wish="undecided")
    case = go.take(sari, go.opened(sari, misnati), "start_assessment")
    visitor, day = visit("sari"), today() + timedelta(days=60)
    step(visitor, case, "find_not_yet", plan="Tambah modal warung", review_on=day.isoformat())
    shown = visitor.get(f"/graduasi/{case.id}")
    assert "Tambah modal warung" in shown.text
    assert "Lanjut atas keinginan keluarga" in offered(shown)


# --- the steps as forms --------------------------------------------------------------------------------------------


def scan():
    return (io.BytesIO(photo()), "surat.jpg")


def test_a_case_goes_from_start_to_submission_by_forms_alone(visit, misnati):
    sari = cast.actor("sari")
    go.assessed(sari, go.visited(sari, misnati))
    session.add(Aid(household_id=misnati.id, programme="PBI-JKN"))
    session.commit()
    visitor = visit("sari")
    visitor.submit(f"/keluarga/{misnati.id}/graduasi", f"/keluarga/{misnati.id}/graduasi")
    case = the_case()
    step(visitor, case, "start_assessment")
    step(visitor, case, "find_ready")
    form = visitor.get(f"/graduasi/{case.id}/langkah/counsel")
    assert form.one("[name=aid_stops]").text == "PKH"
    assert form.one("[name=aid_continues]").text == "PBI-JKN"
    step(visitor, case, "counsel", present="Ibu Misnati\nSuami", conversation="Ingin mandiri.")
    step(visitor, case, "sign", statement=[scan()])
    step(visitor, case, "add_income_basis", income_note="Warung 200 ribu sehari")
    answer = step(visitor, case, "submit", note="Siap")
    assert (answer.status, the_case().state) == (303, "submitted")
    snapshot = dossiers.latest(the_case()).snapshot
    assert (snapshot.conversation.present, snapshot.conversation.aid_continues) == (("Ibu Misnati", "Suami"), ("PBI-JKN",))


@with_and_without_htmx
def test_a_step_without_its_evidence_is_sent_back_with_what_was_typed(visit, partial):
    case = go.brought_to("counselling")
    answer = step(visit("sari"), case, "sign", partial=partial, signed_on="2026-01-02")
    assert (answer.status, the_case().state) == (422, "counselling")
    assert answer.one("[name=signed_on]")["value"] == "2026-01-02"


@with_and_without_htmx
def test_a_submission_that_lacks_something_is_refused_by_name(visit, partial):
    case = go.brought_to("counselling")
    case = go.take(cast.actor("sari"), case, "sign", go.statement(cast.actor("sari")))
    visitor, url = visit("sari"), f"/graduasi/{case.id}/langkah/submit"
    answer = visitor.post(url, partial=partial, seen=str(case.version))
    assert (answer.status, "Bukti penghasilan" in answer.text) == (422, True)
    assert the_case().state == "statement_signed"


def test_a_correction_begins_with_what_was_there(visit):
    case = go.brought_to("returned")
    form = visit("sari").get(f"/graduasi/{case.id}/langkah/correct_counselling")
    assert form.one("[name=conversation]").text == "Warung sudah jalan, ingin mandiri."
    kept = visit("sari").get(f"/graduasi/{case.id}/langkah/correct_statement")
    assert kept.one("input[name=statement][type=checkbox]")["value"] == str(case.facts["sign"]["statement"][0])


def test_a_returned_case_shows_its_defects_and_is_handed_in_again(visit):
    case = go.brought_to("returned")
    visitor = visit("sari")
    told = [node.text for node in visitor.get(f"/graduasi/{case.id}").all(".notice li")]
    assert told == ["Scan buram", "Foto rumah belum ada"]
    step(visitor, case, "correct_statement", statement=[scan()])
    step(visitor, case, "resubmit", note="Sudah jelas")
    assert the_case().state == "submitted"
    assert "Pengajuan ke-2" in visit("budi").get(f"/graduasi/{case.id}").text


@with_and_without_htmx
def test_a_step_on_a_case_that_moved_on_says_where_it_is(visit, partial):
    case = go.brought_to("statement_signed")
    visitor, url = visit("sari"), f"/graduasi/{case.id}/langkah/submit"
    shown = visitor.get(url)
    go.take(cast.actor("wati"), case, "withdraw", Reason("Berubah pikiran"))
    answer = visitor.submit(shown, url, partial=partial, follow=False)
    assert (answer.status, "Ditarik keluarga" in answer.text) == (409, True)


def test_steps_belong_to_the_familys_facilitator(visit):
    case = go.brought_to("counselling")
    url = f"/graduasi/{case.id}/langkah/add_income_basis"
    for name, status in (("budi", 403), ("wati", 403), ("kepala", 403), ("joko", 404)):
        assert visit(name).post(url, seen=str(case.version), income_note="x").status == status
    assert "add_income_basis" not in the_case().facts


# --- the statement on paper ----------------------------------------------------------------------------------------


def print_statement(who, case):
    return who.submit(f"/graduasi/{case.id}", f"/graduasi/{case.id}/pernyataan", follow=False)


def test_the_statement_is_filled_in_with_all_that_the_portal_knows(visit, misnati):
    session.get(Household, misnati.id).joined_year = 2017
    session.commit()
    answer = print_statement(visit("sari"), go.brought_to("counselling"))
    family = cast.household("Misnati")
    for told in (family.members[0].nik, family.kk, "Misnati", "Jl. Sudimoro No. 7 RT 3 RW 4", "Kelurahan Jatimulyo",
                 "Kecamatan Lowokwaru", "2017", "tanpa paksaan dari pihak mana pun", "PKH", "PBI-JKN, PIP", "Rp10.000",
                 "Sari Wulandari", "Lurah Jatimulyo", "12 bulan", "Dinas Sosial"):  # fmt: skip
        assert told in answer.text, told
    assert len(answer.all(".fill")) == 2  # the lurah's name, and the day on which the family will sign
    assert "no-store" in answer.headers["Cache-Control"]


def test_a_new_conversation_asks_for_a_new_signature_before_trying(visit):
    case = go.brought_to("statement_signed")
    with time_machine.travel(now() + timedelta(days=2)):
        go.take(cast.actor("sari"), case, "correct_counselling", go.counselling())
        answer = visit("sari").get(f"/graduasi/{case.id}")
    statement = next(item for item in answer.all(".checklist .lacking") if "surat pernyataan" in item.text)
    assert "Minta tanda tangan baru" in statement.text
    assert statement.one("a")["href"].endswith("/langkah/correct_statement")


def test_a_day_that_cannot_be_is_told_at_its_field(visit):
    case = go.brought_to("ready")
    said = {"held_on": "2001-01-01", "present": "Ibu", "conversation": "Ingin mandiri", "aid_stops": "PKH"}
    answer = step(visit("sari"), case, "counsel", **said)
    assert (answer.status, "terlalu lama" in answer.one("#held_on-error").text) == (422, True)


def looked_at():
    events = session.scalars(select(Event).where(Event.kind == REVEALED).order_by(Event.seq))
    return [(event.detail["number"], event.detail["purpose"]) for event in events]


def test_printing_is_a_logged_look_at_both_numbers_and_shows_them_once(visit):
    case = go.brought_to("counselling")
    visitor = visit("sari")
    shown, action = visitor.get(f"/graduasi/{case.id}"), f"/graduasi/{case.id}/pernyataan"
    answers = [visitor.submit(shown, action) for _ in range(2)]
    assert [answer.status for answer in answers] == [200, 422]
    assert looked_at() == [("nik", "letter"), ("kk", "letter")]
    assert print_statement(visitor, case).status == 200
    assert len(looked_at()) == 4


def test_the_statement_waits_for_the_conversation(visit, misnati):
    case = go.opened(cast.actor("sari"), misnati)
    visitor = visit("sari")
    assert not visitor.get(f"/graduasi/{case.id}").all("#case form")
    assert visitor.post(f"/graduasi/{case.id}/pernyataan").status == 422
    assert looked_at() == []


def test_only_the_facilitator_prints_and_nobody_by_an_address(visit):
    case = go.brought_to("counselling")
    url = f"/graduasi/{case.id}/pernyataan"
    assert visit("sari").get(url).status == 405
    for name, status in (("budi", 403), ("wati", 403), ("kepala", 403), ("joko", 404), ("admin", 404)):
        assert visit(name).post(url).status == status
    assert looked_at() == []


def test_an_unknown_number_is_a_line_to_fill_in(visit, misnati):
    member = session.merge(misnati.members[0])
    member.nik = None
    session.commit()
    answer = print_statement(visit("sari"), go.brought_to("counselling"))
    assert len(answer.all(".fill")) == 3


# --- withdrawing ---------------------------------------------------------------------------------------------------


@with_and_without_htmx
def test_the_officer_notes_that_the_family_withdrew(visit, partial):
    case = go.brought_to("approved")
    wati = visit("wati")
    assert offered(wati.get(f"/graduasi/{case.id}")) == ["Tarik atas permintaan keluarga"]
    step(wati, case, "withdraw", partial=partial, reason="Ibu berubah pikiran")
    assert the_case().state == "withdrawn"
    assert "Ibu berubah pikiran" in visit("budi").get(f"/graduasi/{case.id}").text


def test_a_withdrawal_needs_its_reason(visit):
    case = go.brought_to("identified")
    assert step(visit("sari"), case, "withdraw", reason="").status == 422
    assert the_case().state == "identified"


def test_the_supervisor_revokes_before_effect_only(visit):
    case = go.brought_to("approved")
    budi = visit("budi")
    assert "Batalkan persetujuan" in offered(budi.get(f"/graduasi/{case.id}"))
    step(budi, case, "revoke", reason="Salah keluarga")
    assert the_case().state == "revoked"
