"""`/graduasi`: the queue, and one case by who looks at it."""

from datetime import timedelta

import pytest

from portal.graduation.records.dossiers import Graduation
from portal.kernel import gate
from portal.kernel.base import session
from portal.kernel.clock import now, today
from portal.kernel.workflow import Reason
from portal.web import labels
from tests import cast
from tests import graduating as go

pytestmark = pytest.mark.usefixtures("app")
with_and_without_htmx = pytest.mark.parametrize("partial", [True, False], ids=["htmx", "browser"])


def rows(answer):
    return [node.text.split(" ")[0] for node in answer.all("#list tbody th")]


# --- the queue -----------------------------------------------------------------------------------------------------


@with_and_without_htmx
def test_the_supervisor_sees_the_oldest_first(visit, partial):
    go.waiting_for(go.brought_to("submitted"), 2)
    go.waiting_for(go.brought_to("submitted", "Suliyah"), 9)
    budi = visit("budi")
    answer = budi.partial("/graduasi") if partial else budi.get("/graduasi")
    assert rows(answer) == ["Suliyah", "Misnati"]
    assert answer.is_fragment is partial


def test_every_count_on_a_tab_is_the_number_of_rows_behind_it(visit):
    for caretaker, state in (("Misnati", "submitted"), ("Suliyah", "approved"), ("Ponijan", "submitted")):
        go.brought_to(state, caretaker)
    budi = visit("budi")
    counted = [link for link in budi.get("/graduasi").all(".tabs a") if link.all("b")]
    assert len(counted) == 5
    for link in counted:
        assert len(rows(budi.get(link["href"]))) == int(link.one("b").text)


@with_and_without_htmx
def test_the_list_is_narrowed_to_a_kecamatan(visit, partial):
    go.brought_to("submitted")
    go.brought_to("submitted", "Ponijan")
    budi, url = visit("budi"), "/graduasi?state=submitted&wilayah=35.73.01"
    assert rows(budi.partial(url) if partial else budi.get(url)) == ["Ponijan"]


def test_everybody_sees_the_cases_of_their_own_area_only(visit):
    go.brought_to("submitted")
    go.brought_to("submitted", "Ponijan")
    own = {"ratna": ["Misnati"], "sari": ["Misnati"], "joko": ["Ponijan"], "wati": ["Misnati"], "rini": ["Ponijan"],
           "kepala": ["Misnati", "Ponijan"]}  # fmt: skip
    for name, seen in own.items():
        assert rows(visit(name).get("/graduasi?state=submitted")) == seen


def test_an_administrator_has_no_list(visit):
    assert visit("admin").get("/graduasi").status == 403


def test_pages_follow_each_other_without_gap_or_repetition(visit):
    sari = cast.actor("sari")
    names = [f"Keluarga{number:02}" for number in range(27)]
    for number, name in enumerate(names):
        household = cast.family(name)
        session.add(Graduation(household_id=household.id, state="identified", facts={}, opened_by=sari.id, opened_at=now(),
                               state_since=now() - timedelta(hours=40 - number // 2)))  # fmt: skip
    session.commit()
    budi = visit("budi")
    first = budi.get("/graduasi?state=preparing")
    assert rows(budi.partial("/graduasi?state=preparing")) == rows(first)
    second = budi.get(first.link("Berikutnya"))
    assert sorted(rows(first) + rows(second)) == names
    assert len(rows(first)) == 25


def test_a_list_can_be_narrowed_to_what_took_effect_in_a_month(visit):
    go.brought_to("effective")
    budi, month = visit("budi"), f"{today():%Y-%m}"
    assert rows(budi.get(f"/graduasi?state=effective&berlaku={month}")) == ["Misnati"]
    assert rows(budi.get(f"/graduasi?state=passed&disetujui={today().year}")) == ["Misnati"]
    assert rows(budi.get(f"/graduasi?state=effective&berlaku={today().year - 1}")) == []


def test_what_makes_no_sense_in_the_address_is_left_out(visit):
    go.brought_to("submitted")
    answer = visit("budi").get("/graduasi?state=apa&wilayah=xx&berlaku=besok&jenis=x&tahap=1")
    assert (answer.status, rows(answer)) == (200, ["Misnati"])


# --- one case, by who looks ----------------------------------------------------------------------------------------


WHY = (
    "Siap diusulkan", "Rp2.000.000", "Rp1.106.931", "Ibu Misnati, Suami", "PBI-JKN, PIP", "PKH Rp900.000 setahun",
    "Anak Misnati: Anak SD", "1 foto", "Omzet warung", "bukan ketentuan Kemensos", "Pengajuan ke-1",
)  # fmt: skip


def test_the_page_shows_why_this_family_is_ready(visit):
    case = go.brought_to("submitted")
    for name in ("budi", "ratna", "kepala", "sari"):
        text = visit(name).get(f"/graduasi/{case.id}").text
        assert [told for told in WHY if told not in text] == []


def test_no_page_of_a_case_shows_an_identity_number(visit):
    case = go.brought_to("submitted")
    numbers = [member.nik for member in case.household.members] + [case.household.kk]
    url = f"/graduasi/{case.id}"
    for name in ("budi", "kepala", "sari", "wati"):
        html = visit(name).get(url).html
        assert not [number for number in numbers if number in html]


def test_an_officer_sees_the_state_but_neither_income_nor_conversation(visit):
    case = go.brought_to("submitted")
    answer = visit("wati").get(f"/graduasi/{case.id}")
    assert "Diajukan" in answer.text
    assert not [word for word in ("Rp", "Warung", "warung", "Suami", "Setujui") if word in answer.text]
    assert not answer.all("img")


def test_a_case_elsewhere_is_not_found(visit):
    case = go.brought_to("identified")
    assert [visit(name).get(f"/graduasi/{case.id}").status for name in ("joko", "rini", "admin")] == [404, 404, 404]


def test_nobody_is_offered_what_is_not_theirs(visit):
    case = go.brought_to("submitted")
    for name in ("kepala", "sari"):
        assert not visit(name).get(f"/graduasi/{case.id}").all("#decide form")


def test_the_page_contains_the_fragment(visit):
    case = go.brought_to("submitted")
    budi = visit("budi")
    assert budi.partial(f"/graduasi/{case.id}").one("#case").text == budi.get(f"/graduasi/{case.id}").one("#case").text


def test_what_was_handed_in_is_what_is_shown(visit):
    case = go.brought_to("submitted")
    household = cast.household("Misnati")
    gate.amend(cast.actor("sari"), household, seen=household.version, changes={"address": "Jl. Lain No. 9"}, key="k")
    text = visit("budi").get(f"/graduasi/{case.id}").text
    assert "Jl. Sudimoro No. 7, RT 3 RW 4, Jatimulyo" in text
    assert "Data berubah sejak diajukan" in text
    assert "Jl. Lain No. 9 RT 3 RW 4" in text


def test_a_case_that_ended_before_it_was_handed_in_still_has_its_page(visit):
    case = go.take(cast.actor("wati"), go.brought_to("identified"), "withdraw", Reason("Ragu"))
    assert "Ditarik keluarga" in visit("budi").get(f"/graduasi/{case.id}").text


STATES = ("identified", "assessment", "ready", "counselling", "statement_signed", "returned", "approved", "recorded",
          "effective", "rejected")  # fmt: skip


@pytest.mark.parametrize("state", STATES)
def test_every_state_has_its_page_for_everybody_in_sight(app, visit, state):
    case = go.brought_to(state)
    with app.test_request_context():
        states = {name: str(words) for name, words in labels.STATES["graduation"].items()}
    for name in ("sari", "budi", "wati", "kepala"):
        answer = visit(name).get(f"/graduasi/{case.id}")
        assert answer.all("#case h2 .badge")[0].text == states[state]
