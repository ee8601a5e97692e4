"""Graduations moved together, an outcome for each row, and the list of overrides."""

import pytest
from sqlalchemy import select

from portal.family.records.models import Household, Payment
from portal.graduation.records.dossiers import ClosedYear, Graduation
from portal.kernel import gate
from portal.kernel.base import session
from portal.kernel.clock import now, today
from portal.kernel.terms import Membership
from portal.kernel.workflow import Decision
from portal.monitoring.records import Monitoring
from tests import cast
from tests import graduating as go

pytestmark = pytest.mark.usefixtures("app")
with_and_without_htmx = pytest.mark.parametrize("partial", [True, False], ids=["htmx", "browser"])


def rows(answer):
    return [node.text.split(" ")[0] for node in answer.all("#list tbody th")]


# --- rows in bulk --------------------------------------------------------------------------------------------------


def bulk(visit, step, state, *, partial, name="budi", **said):
    """Sends the list with every row ticked, or those of `chosen`."""
    who = visit(name)
    page = who.get(f"/graduasi?state={state}")
    chosen = {"chosen": [box["value"] for box in page.all("[name=chosen]")], **said}
    return who.submit(page, f"/graduasi/massal/{step}", partial=partial, follow=False, **chosen)


@with_and_without_htmx
def test_the_approved_are_recorded_together(visit, partial):
    cases = [go.brought_to("approved"), go.brought_to("approved", "Suliyah")]
    answer = bulk(visit, "record", "approved", partial=partial, reference="Tahap 4")
    assert answer.status == 200
    assert [node.text for node in answer.all("#list li")] == [
        "Misnati · Jatimulyo: Tercatat di SIKS-NG",
        "Suliyah · Jatimulyo: Tercatat di SIKS-NG",
    ]
    assert [go.state_of(case) for case in cases] == ["recorded", "recorded"]
    assert session.get(Graduation, cases[0].id).reference == "Tahap 4"


def test_nothing_is_ticked_before_a_stage_is_chosen(visit):
    go.brought_to("recorded")
    assert not [box for box in visit("budi").get("/graduasi?state=recorded").all("[name=chosen]") if "checked" in box]


def test_only_the_ticked_rows_move(visit):
    moved, left = go.brought_to("approved"), go.brought_to("approved", "Suliyah")
    bulk(visit, "record", "approved", partial=True, reference="4", chosen=[f"{moved.id}:{moved.version}"])
    assert (go.state_of(moved), go.state_of(left)) == ("recorded", "approved")


@with_and_without_htmx
def test_in_bulk_what_was_typed_and_ticked_stays_when_something_is_missing(visit, partial):
    case = go.brought_to("approved")
    go.brought_to("approved", "Suliyah")
    answer = bulk(visit, "record", "approved", partial=partial, reference="", chosen=[f"{case.id}:{case.version}"])
    assert (answer.status, go.state_of(case)) == (422, "approved")
    assert ["checked" in box for box in answer.all("[name=chosen]")] == [True, False]


def test_rows_are_moved_stage_by_stage(visit):
    paid, unpaid = go.brought_to("recorded"), go.brought_to("recorded", "Suliyah")
    session.add_all([Payment(household_id=paid.household_id, stage=stage, amount=225_000) for stage in ("2026-Q2", "2026-Q3")])
    session.add(Payment(household_id=unpaid.household_id, stage="2026-Q3", amount=0))  # an amount of 0 proves nothing
    session.commit()
    budi = visit("budi")
    stage = budi.get("/graduasi?state=recorded").link("Triwulan 3 2026")
    assert rows(budi.get(stage)) == ["Misnati"]
    budi.submit(stage, "/graduasi/massal/take_effect", partial=True)
    assert (go.state_of(paid), go.state_of(unpaid)) == ("effective", "recorded")


def test_in_bulk_nothing_ticked_is_a_mistake(visit):
    go.brought_to("approved")
    answer = bulk(visit, "record", "approved", partial=True, reference="4", chosen=None)
    assert (answer.status, "Pilih paling sedikit satu" in answer.text) == (422, True)


@with_and_without_htmx
def test_a_mistake_keeps_the_filters_and_ticks_nothing_by_itself(visit, partial):
    case = go.brought_to("approved")
    go.brought_to("approved", "Suliyah")
    session.add(Payment(household_id=case.household_id, stage="2026-Q3", amount=225_000))
    session.commit()
    budi, narrowed = visit("budi"), f"/graduasi?state=approved&tahap=2026-Q3&disetujui={today().year}&jenis=independent"
    shown = budi.get(narrowed)
    assert "checked" in shown.one("[name=chosen]")
    answer = budi.submit(shown, "/graduasi/massal/record", partial=partial, follow=False, reference="4", chosen=None)
    assert (answer.status, rows(answer)) == (422, ["Misnati"])
    assert "checked" not in answer.one("[name=chosen]")
    assert len(answer.all(".chips a")) == 4
    stage = answer.all("#list td a")[-1]["href"]
    assert all(said in stage for said in ("tahap=2026-Q3", f"disetujui={today().year}", "jenis=independent"))


def test_in_bulk_each_row_says_what_became_of_it(visit):
    early, late = go.brought_to("recorded"), go.brought_to("recorded", "Suliyah")
    session.get(Household, late.household_id).membership = Membership.EXITED
    session.commit()
    answer = bulk(visit, "take_effect", "recorded", partial=True)
    assert "Berlaku" in answer.all("#list li")[0].text
    assert "Kepesertaan masih aktif" in answer.all("#list li")[1].text
    assert (go.state_of(early), go.state_of(late)) == ("effective", "recorded")
    assert len(session.scalars(select(Monitoring)).all()) == 1


def test_in_bulk_a_family_whose_data_one_changed_is_skipped_and_told(visit):
    early, late = go.brought_to("recorded"), go.brought_to("recorded", "Suliyah")
    household = cast.household("Suliyah")
    gate.amend(cast.actor("budi"), household, seen=household.version, changes={"address": "Jl. Baru"}, key=go.key())
    answer = bulk(visit, "take_effect", "recorded", partial=True)
    assert "Berlaku" in answer.all("#list li")[0].text
    assert "tidak mengubah data keluarga sesudah penilaian terakhir" in answer.all("#list li")[1].text
    assert (go.state_of(early), go.state_of(late)) == ("effective", "recorded")


def test_in_bulk_nothing_takes_effect_in_a_closed_year(visit):
    case = go.brought_to("recorded")
    session.add(ClosedYear(year=today().year, closed_by=cast.actor("budi").id, closed_at=now()))
    session.commit()
    assert "Pilih tanggal di tahun berikutnya" in bulk(visit, "take_effect", "recorded", partial=True).text
    assert go.state_of(case) == "recorded"


def test_in_bulk_pressing_twice_answers_the_same(visit):
    case = go.brought_to("recorded")
    budi, chosen = visit("budi"), f"{case.id}:{case.version}"
    shown = budi.get("/graduasi?state=recorded")
    answers = [budi.submit(shown, "/graduasi/massal/take_effect", partial=True, chosen=chosen) for _ in range(2)]
    assert answers[0].one("#list").text == answers[1].one("#list").text
    assert len(session.scalars(select(Monitoring)).all()) == 1


def test_in_bulk_a_form_that_was_used_is_told_as_such(visit):
    case = go.brought_to("approved")
    budi, chosen = visit("budi"), f"{case.id}:{case.version}"
    shown = budi.get("/graduasi?state=approved")
    for reference in ("4", "5"):
        answer = budi.submit(shown, "/graduasi/massal/record", partial=True, chosen=chosen, reference=reference)
    assert "Formulir ini sudah dipakai untuk isian lain" in answer.one("#list li").text


def test_only_supervisors_move_rows_in_bulk(visit):
    case = go.brought_to("approved")
    said = {"chosen": f"{case.id}:{case.version}", "recorded_on": str(today()), "reference": "1"}
    for name in ("sari", "wati", "kepala", "admin"):
        assert visit(name).post("/graduasi/massal/record", **said).status == 403
    assert go.state_of(case) == "approved"


def test_in_bulk_rows_of_another_kecamatan_are_not_found(visit):
    case = go.brought_to("approved", "Ponijan")
    said = {"chosen": f"{case.id}:{case.version}", "recorded_on": str(today()), "reference": "1"}
    answer = visit("ratna").post("/graduasi/massal/record", **said)
    assert [node.text for node in answer.all("#list li")] == ["Tidak ditemukan"]
    assert go.state_of(case) == "approved"


def test_only_steps_for_many_have_an_address(visit):
    assert visit("budi").post("/graduasi/massal/approve", chosen="1:1").status == 404


# --- overrides -----------------------------------------------------------------------------------------------------


def test_overrides_are_listed_with_their_reason(visit):
    case = go.brought_to("submitted")
    go.a_decile(case.household_id, 1)
    go.take(cast.actor("budi"), case, "approve", Decision(override_reason="Sudah dicek ulang"))
    go.brought_to("approved", "Suliyah")
    answer = visit("budi").get("/graduasi/pengecualian")
    assert rows(answer) == ["Misnati"]
    assert "Sudah dicek ulang" in answer.text
    assert "Desil" in answer.text


@pytest.mark.parametrize("name", ["sari", "wati", "kepala", "admin"])
def test_overrides_are_for_supervisors(visit, name):
    assert visit(name).get("/graduasi/pengecualian").status == 403
