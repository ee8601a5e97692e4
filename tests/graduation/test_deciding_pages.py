"""Approving, returning and rejecting on the page of a case: what rests on what, who may, and what comes next."""

import pytest
from sqlalchemy import select

from portal.kernel import gate, vault
from portal.kernel.base import session
from portal.kernel.history import Event
from portal.kernel.people import User
from portal.kernel.terms import Role
from tests import cast
from tests import graduating as go

pytestmark = pytest.mark.usefixtures("app")
with_and_without_htmx = pytest.mark.parametrize("partial", [True, False], ids=["htmx", "browser"])


DECISIONS = (("approve", {}), ("return", {"defects": "Scan buram"}), ("reject", {"reason": "Belum"}))


def decision(visit, case, step, name="budi", *, partial, **said):
    who = visit(name)
    return who.submit(f"/graduasi/{case.id}", f"/graduasi/{case.id}/langkah/{step}", partial=partial, follow=False, **said)


def test_the_decided_card_gives_way_to_its_outcome_and_the_next_is_one_key_away(visit):
    first, second = go.waiting_for(go.brought_to("submitted"), 5), go.waiting_for(go.brought_to("submitted", "Suliyah"), 3)
    answer = decision(visit, first, "approve", partial=True)
    assert "Misnati Disetujui" in answer.one("#case h2").text
    following = answer.one("[data-next]")
    assert (following["href"], following["hx-target"]) == (f"/graduasi/{second.id}", "#case")
    assert "Diajukan 1" in answer.one("hx-partial[hx-target=#counts]").text
    assert "Misnati: Disetujui" in answer.message
    assert go.state_of(first) == "approved"


def test_without_scripts_the_next_case_follows(visit):
    first, second = go.waiting_for(go.brought_to("submitted"), 5), go.waiting_for(go.brought_to("submitted", "Suliyah"), 3)
    answer = decision(visit, first, "approve", partial=False)
    assert (answer.status, answer.location) == (303, f"/graduasi/{second.id}")


@with_and_without_htmx
def test_the_last_decision_empties_the_queue(visit, partial):
    answer = decision(visit, go.brought_to("submitted"), "approve", partial=partial)
    if partial:
        assert "Antrean kosong" in answer.text
    else:
        assert (answer.status, answer.location) == (303, "/graduasi")


def test_the_next_is_the_next_by_age_and_after_the_last_the_oldest(visit):
    oldest = go.brought_to("submitted")
    middle, newest = go.brought_to("submitted", "Suliyah"), go.brought_to("submitted", "Ponijan")
    assert decision(visit, middle, "approve", partial=False).location == f"/graduasi/{newest.id}"
    assert decision(visit, newest, "approve", partial=False).location == f"/graduasi/{oldest.id}"


def test_deciding_within_a_kecamatan_stays_in_it(visit):
    case = go.brought_to("submitted")
    go.brought_to("submitted", "Ponijan")
    budi, url = visit("budi"), f"/graduasi/{case.id}?wilayah=35.73.05"
    answer = budi.submit(url, f"/graduasi/{case.id}/langkah/approve", partial=True)
    assert not answer.all("[data-next]")


@with_and_without_htmx
def test_a_return_lists_its_defects_and_the_facilitator_sees_them(visit, partial):
    case = go.brought_to("submitted")
    decision(visit, case, "return", partial=partial, defects="Scan buram\nFoto kurang")
    assert go.state_of(case) == "returned"
    shown = visit("sari").get(f"/graduasi/{case.id}")
    assert [node.text for node in shown.all(".notice li")] == ["Scan buram", "Foto kurang"]


@with_and_without_htmx
def test_a_rejection_needs_a_reason(visit, partial):
    case = go.brought_to("submitted")
    answer = decision(visit, case, "reject", partial=partial, reason="")
    assert (answer.status, go.state_of(case)) == (422, "submitted")
    assert answer.errors
    if partial:
        assert (answer.headers["HX-Retarget"], answer.headers["HX-Reswap"]) == ("#decide", "outerHTML")
    assert answer.one("#decide details[open]")


def test_a_rejection_is_kept_with_its_reason(visit):
    case = go.brought_to("submitted")
    decision(visit, case, "reject", partial=True, reason="Penghasilan belum tetap")
    assert "Tolak: Penghasilan belum tetap" in visit("sari").get(f"/graduasi/{case.id}").text


def test_only_a_supervisor_of_the_area_decides(visit):
    case = go.brought_to("submitted")
    said, url = {"seen": str(case.version), "reason": "x", "defects": "x"}, f"/graduasi/{case.id}/langkah"
    for name, status in (("sari", 403), ("wati", 403), ("kepala", 403), ("joko", 404), ("rini", 404), ("admin", 404)):
        who = visit(name)
        assert {who.post(f"{url}/{step}", **said).status for step in ("approve", "return", "reject")} == {status}
    assert go.state_of(case) == "submitted"


def test_a_supervisor_of_another_kecamatan_decides_nothing(visit):
    case = go.brought_to("submitted", "Ponijan")
    assert visit("ratna").post(f"/graduasi/{case.id}/langkah/approve", seen=str(case.version)).status == 404


@with_and_without_htmx
def test_the_second_of_two_decisions_is_told_who_came_first(visit, partial):
    case = go.brought_to("submitted")
    dewi = visit("dewi")
    shown = dewi.get(f"/graduasi/{case.id}")
    decision(visit, case, "approve", partial=True)
    answer = dewi.submit(shown, f"/graduasi/{case.id}/langkah/reject", partial=partial, follow=False, reason="Belum")
    assert answer.status == 409
    assert "Disetujui" in answer.one("#decide").text
    assert go.state_of(case) == "approved"


@with_and_without_htmx
def test_a_decision_on_what_was_returned_meanwhile_is_told_so(visit, partial):
    case = go.brought_to("submitted")
    dewi = visit("dewi")
    shown = dewi.get(f"/graduasi/{case.id}")
    decision(visit, case, "return", partial=True, defects="Scan buram")
    answer = dewi.submit(shown, f"/graduasi/{case.id}/langkah/reject", partial=partial, follow=False, reason="Belum")
    assert answer.status == 409
    told = answer.one("#decide").text
    assert "Orang lain sudah menyimpan lebih dulu" in told and "Dikembalikan" in told


@with_and_without_htmx
def test_pressing_twice_decides_once_and_answers_the_same(visit, partial):
    case = go.brought_to("submitted")
    budi = visit("budi")
    shown, action = budi.get(f"/graduasi/{case.id}"), f"/graduasi/{case.id}/langkah/approve"
    answers = [budi.submit(shown, action, partial=partial, follow=False) for _ in range(2)]
    assert [answer.status for answer in answers] == ([200, 200] if partial else [303, 303])
    assert len(session.scalars(select(Event).where(Event.kind == "graduation.approve")).all()) == 1


@with_and_without_htmx
def test_a_stale_case_is_approved_only_with_a_reason(visit, partial):
    case = go.brought_to("submitted")
    go.a_decile(case.household_id, 1)
    shown = visit("budi").get(f"/graduasi/{case.id}")
    assert "Desil: 2 → 1" in shown.one(".notice").text
    assert "required" in shown.one("#approve-override_reason")
    answer = decision(visit, case, "approve", partial=partial)
    assert (answer.status, go.state_of(case)) == (422, "submitted")
    assert "Tulis alasan" in " ".join(answer.errors)
    decision(visit, case, "approve", partial=partial, override_reason="Sudah dicek")
    assert go.state_of(case) == "approved"


def test_who_prepared_the_case_is_told_that_others_decide(visit):
    case = go.brought_to("submitted")
    session.get(User, cast.actor("sari").id).role = Role.SUPERVISOR
    session.commit()
    shown = visit("sari").get(f"/graduasi/{case.id}")
    assert "tidak ikut menyiapkan" in shown.one("#decide").text
    assert not shown.all("#decide form")


def test_who_changed_the_familys_data_is_told_that_others_decide(visit):
    case = go.brought_to("submitted")
    household = cast.household("Misnati")
    gate.amend(cast.actor("budi"), household, seen=household.version, changes={"address": "Jl. Baru"}, key=go.key())
    shown = visit("budi").get(f"/graduasi/{case.id}")
    assert "tidak mengubah data keluarga sesudah penilaian terakhir" in shown.one("#decide").text
    assert not shown.all("#decide form")
    assert visit("dewi").get(f"/graduasi/{case.id}").all("#decide form")


@with_and_without_htmx
@pytest.mark.parametrize(("step", "said"), DECISIONS)
def test_a_decision_sent_to_its_old_address_arrives_once(visit, partial, step, said):
    case, budi = go.brought_to("submitted"), visit("budi")
    sent = {**said, "seen": str(case.version), "key": go.key()}
    sent_on = budi.post(f"/graduasi/{case.id}/putusan/{step}?wilayah=35.73.05", partial=partial, **sent)
    assert (sent_on.status, sent_on.headers["Location"]) == (308, f"/graduasi/{case.id}/langkah/{step}?wilayah=35.73.05")
    assert go.state_of(case) == "submitted"
    assert budi.post(sent_on.headers["Location"], partial=partial, **sent).status == (200 if partial else 303)
    assert go.state_of(case) == {"approve": "approved", "return": "returned", "reject": "rejected"}[step]


def test_every_decision_is_asked_for_below_its_dossier(visit):
    case, budi = go.brought_to("submitted"), visit("budi")
    for step in ("approve", "return", "reject"):
        page = budi.get(f"/graduasi/{case.id}/langkah/{step}")
        assert {form["action"] for form in page.all("#decide form")} == {
            f"/graduasi/{case.id}/langkah/{one}" for one in ("approve", "return", "reject")
        }
        assert "Mengapa siap" in page.text


def test_an_unknown_decision_is_not_found(visit):
    case = go.brought_to("submitted")
    assert visit("budi").post(f"/graduasi/{case.id}/putusan/take_effect", seen="1").status == 404


@pytest.mark.parametrize("name", ["budi", "kepala", "sari"])
def test_a_page_opens_a_submission_once(visit, name, opened):
    case = go.brought_to("submitted")
    opened.clear()
    visit(name).get(f"/graduasi/{case.id}")
    assert opened == [f"submissions.payload:graduation:{case.id}:1"]


@with_and_without_htmx
def test_the_page_of_a_decision_that_lacks_something_opens_the_submission_once(visit, partial, opened):
    case = go.brought_to("submitted")
    budi = visit("budi")
    shown = budi.get(f"/graduasi/{case.id}")
    opened.clear()
    answer = budi.submit(shown, f"/graduasi/{case.id}/langkah/reject", partial=partial, follow=False, reason="")
    assert (answer.status, len(opened)) == (422, 1)


@with_and_without_htmx
@pytest.mark.parametrize(("step", "said"), DECISIONS)
def test_a_decision_opens_its_submission_once(visit, partial, opened, step, said):
    case, budi = go.brought_to("submitted"), visit("budi")
    shown = budi.get(f"/graduasi/{case.id}")
    opened.clear()
    answer = budi.submit(shown, f"/graduasi/{case.id}/langkah/{step}", partial=partial, follow=False, **said)
    assert (answer.status, len(opened)) == (200 if partial else 303, 1)


@pytest.fixture
def opened(app, monkeypatch):
    """The purposes of the submissions that the vault opened, in order."""
    purposes, unseal = [], vault.unseal
    monkeypatch.setattr(vault, "unseal", lambda sealed, purpose: (purposes.append(purpose), unseal(sealed, purpose))[1])
    return purposes
