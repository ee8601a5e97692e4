import io

import pytest
from PIL import Image
from sqlalchemy import delete, update

from portal.family.records.models import Decile, Member, Payment
from portal.kernel import clock
from portal.kernel.base import session
from portal.kernel.terms import Membership, Period, SchoolLevel
from portal.membership.records import proposals
from portal.membership.records.proposals import MembershipProposal
from portal.membership.rules import MembershipChange
from portal.web import texts
from tests import cast, rosters
from tests.visitor import Visitor

pytestmark = pytest.mark.usefixtures("app")

TODAY = clock.today()
DECIDE = "/kepesertaan/putuskan"


@pytest.fixture
def proposal(app):
    return proposed("sari", "Misnati")


def proposed(who, family, step="suspend"):
    stated = MembershipChange(effective_on=TODAY, reason="Desil 6")
    return proposals.propose(cast.actor(who), cast.household(family), step, facts=stated, key=f"{who}{family}").id


def state(proposal_id):
    return session.get(MembershipProposal, proposal_id).state


def photo():
    picture = io.BytesIO()
    Image.new("RGB", (32, 32), "teal").save(picture, "JPEG")
    picture.seek(0)
    return (picture, "bukti.jpg")


def test_a_facilitator_proposes_and_the_family_stays_as_it_is(app):
    misnati_id = cast.household("Misnati").id
    page = Visitor(app, "sari").submit(f"/kepesertaan/keluarga/{misnati_id}/suspend", effective_on=str(TODAY), reason="Desil 6")
    assert "Tangguhkan: Misnati" in page.text
    assert cast.household("Misnati").membership == Membership.ACTIVE


def test_an_exit_needs_proof(app):
    misnati_id = cast.household("Misnati").id
    url = f"/kepesertaan/keluarga/{misnati_id}/exit_ineligible"
    sari = Visitor(app, "sari")
    page = sari.submit(url, effective_on=str(TODAY), because="moved", reason="Pindah ke Blitar")
    assert page.status == 422
    page = sari.submit(page, effective_on=str(TODAY), because="moved", reason="Pindah ke Blitar", proof=photo())
    assert page.status == 200
    assert session.query(MembershipProposal).one().step == "exit_ineligible"


def test_a_step_that_does_not_start_here_is_told(app):
    misnati_id = cast.household("Misnati").id
    assert "Tidak bisa diusulkan" in Visitor(app, "sari").get(f"/kepesertaan/keluarga/{misnati_id}/resume").text
    assert Visitor(app, "sari").get(f"/kepesertaan/keluarga/{misnati_id}/activate").status == 404


def test_what_stands_in_the_way_of_a_natural_graduation_is_told_before_trying(app):
    misnati_id = cast.household("Misnati")
    session.add(Member(household_id=misnati_id.id, name="Tamu"))
    session.commit()
    page = Visitor(app, "sari").get(f"/kepesertaan/keluarga/{misnati_id.id}/exit_natural")
    components, confirmed = (item.text for item in page.all(".checklist .lacking"))
    assert "Anak Misnati: Anak SD sampai tamat, paling lama 8 Mei 2038 (umur 21)" in components
    assert "Tamu: lahir atau sekolahnya belum tercatat" in components
    assert "dipastikan" in confirmed


def test_what_is_there_for_a_natural_graduation_is_told_too(app, people):
    misnati_id = cast.household("Misnati")
    misnati_id.members[1].school_level = SchoolLevel.FINISHED
    session.commit()
    proposals.confirm_members(people.sari, misnati_id, key="m")
    page = Visitor(app, "sari").get(f"/kepesertaan/keluarga/{misnati_id.id}/exit_natural")
    assert (len(page.all(".checklist .met")), page.all(".checklist .lacking")) == (2, [])


@pytest.mark.parametrize(("query", "ticked"), [("", 0), ("?step=suspend", 1), ("?step=resume", 0)])
def test_only_proposals_of_one_kind_are_ticked_beforehand(budi, proposal, query, ticked):
    page = budi.get(f"/kepesertaan{query}")
    assert len(page.all("[name=chosen][checked]")) == ticked


def test_what_was_unticked_stays_so_after_a_mistake(budi, proposal):
    page = budi.submit("/kepesertaan?step=suspend", DECIDE, press="Setujui", chosen=[])
    assert page.status == 422
    assert not page.all("[name=chosen][checked]")


def test_what_a_file_proposes_is_not_said_to_be_its_importers(budi, proposal):
    row = session.get(MembershipProposal, proposal)
    assert "impor oleh" not in budi.get("/kepesertaan").text
    row.cause, row.facts = "decile", {"effective_on": str(TODAY), "reason": "", "decile": 6, "period": "2026-Q4"}
    session.commit()
    assert "impor oleh Sari Wulandari" in budi.get("/kepesertaan").text


def test_many_are_confirmed_at_once_with_an_outcome_per_row(budi, proposal):
    own = proposed("budi", "Ponijan")
    page = budi.submit("/kepesertaan", DECIDE, press="Setujui yang dipilih", chosen=[str(proposal), str(own)])
    assert "1 perubahan diputuskan" in page.text
    assert (state(proposal), state(own)) == ("confirmed", "open")
    assert cast.household("Misnati").membership == Membership.SUSPENDED


@pytest.fixture
def of_a_file(people):
    """What budi's file of deciles proposes for Misnati."""
    misnati_id = cast.household("Misnati")
    session.execute(delete(Decile).where(Decile.household_id == misnati_id.id))
    session.commit()
    rosters.bring_in(people.budi, rosters.family_file(rosters.head(misnati_id, desil_nasional=6)))
    return session.query(MembershipProposal).one().id


OF_THE_FILE = "Berasal dari berkas yang Anda unggah atau terapkan; supervisor lain yang memutuskan."


def test_in_bulk_the_importer_is_told_which_were_skipped_and_why(app, budi, of_a_file):
    other = proposed("joko", "Ponijan")
    page = budi.submit("/kepesertaan", DECIDE, press="Setujui yang dipilih", chosen=[str(of_a_file), str(other)])
    assert (state(of_a_file), state(other)) == ("open", "confirmed")
    skipped, done = (node.text for node in page.all("[role=status] li"))
    assert ("Misnati" in skipped, OF_THE_FILE in skipped, "Ponijan" in done, OF_THE_FILE in done) == (True, True, True, False)
    budi.submit(page, DECIDE, press="Tidak setujui yang dipilih", chosen=[str(of_a_file)], reason="x")
    assert state(of_a_file) == "open"


def test_the_importer_is_told_beforehand_that_another_decides(app, budi, of_a_file):
    page = budi.get("/kepesertaan?step=suspend")
    assert (len(page.all("[name=chosen][disabled]")), len(page.all("[name=chosen][checked]"))) == (1, 0)
    assert OF_THE_FILE in page.one("#list tbody tr").text
    shown = budi.get(f"/kepesertaan/{of_a_file}")
    assert (OF_THE_FILE in shown.text, shown.all("[name=verb]")) == (True, [])
    another = Visitor(app, "dewi").get("/kepesertaan?step=suspend")
    assert (len(another.all("[name=chosen][checked]")), OF_THE_FILE in another.text) == (1, False)


def test_a_queue_of_many_files_takes_no_more_statements(budi, people, of_a_file):
    few = len(budi.get("/kepesertaan").statements)
    for at in range(8):
        family = cast.family(f"Warga {at}", decile=None)
        session.commit()
        rosters.bring_in(people.dewi, rosters.family_file(rosters.head(family, desil_nasional=6)), f"berkas {at}")
    page = budi.get("/kepesertaan")
    assert (len(page.all("#list tbody tr")), len(page.statements)) == (9, few)
    assert [node["id"] for node in page.all("[name=chosen][disabled]")] == [f"pick-{of_a_file}"]


def test_a_row_that_went_out_of_sight_is_told_and_holds_up_no_other(app, proposal):
    ratna, suliyah = Visitor(app, "ratna"), proposed("sari", "Suliyah", "exit_natural")
    page = ratna.get("/kepesertaan")
    moved = cast.household("Suliyah")
    moved.kelurahan, moved.kecamatan = cast.POLEHAN, cast.POLEHAN[:8]
    session.commit()
    page = ratna.submit(page, DECIDE, press="Setujui yang dipilih", chosen=[str(suliyah), str(proposal)])
    assert (page.status, state(suliyah), state(proposal)) == (200, "open", "confirmed")
    assert next(node.text for node in page.all("[role=status] li")) == "Tidak ditemukan"


def test_a_reason_that_is_too_long_is_the_only_thing_said(budi, proposal):
    page = budi.get("/kepesertaan")
    answer = budi.submit(page, DECIDE, press="Tidak setujui yang dipilih", chosen=[str(proposal)], reason="x" * 501)
    assert (answer.status, "Muat ulang" in answer.text, "500" in answer.one(".errors").text) == (422, False, True)


def test_a_form_that_was_used_is_told_as_such(budi, proposal):
    page, chosen = budi.get("/kepesertaan"), [str(proposal)]
    budi.submit(page, DECIDE, press="Setujui yang dipilih", chosen=chosen)
    again = budi.submit(page, DECIDE, press="Tidak setujui yang dipilih", chosen=chosen, reason="x")
    assert "Formulir ini sudah dipakai untuk isian lain" in again.one("#list .notice").text


def test_dismissing_needs_a_reason(budi, proposal):
    page = budi.submit("/kepesertaan", DECIDE, press="Tidak setujui yang dipilih", chosen=[str(proposal)])
    assert page.status == 422
    budi.submit(page, DECIDE, press="Tidak setujui yang dipilih", chosen=[str(proposal)], reason="Data desil keliru")
    assert state(proposal) == "dismissed"


def test_nothing_chosen_is_told(budi, proposal):
    page = budi.submit("/kepesertaan", DECIDE, press="Setujui yang dipilih", chosen=None)
    assert page.status == 422
    assert state(proposal) == "open"


def test_htmx_gets_the_list_with_its_outcomes(budi, proposal):
    page = budi.submit("/kepesertaan", DECIDE, press="Setujui yang dipilih", partial=True, chosen=[str(proposal)])
    assert page.is_fragment
    assert "Misnati" in page.text


def test_the_same_decision_sent_twice_changes_nothing(budi, proposal):
    page = budi.get("/kepesertaan")
    budi.submit(page, DECIDE, press="Setujui yang dipilih", chosen=[str(proposal)])
    again = budi.submit(page, DECIDE, press="Setujui yang dipilih", chosen=[str(proposal)])
    assert again.status == 200
    assert cast.household("Misnati").version == 2


def test_who_proposed_it_is_told_that_another_decides(budi):
    own = proposed("budi", "Misnati")
    assert "supervisor lain" in budi.get(f"/kepesertaan/{own}").text


@pytest.mark.parametrize(("who", "status"), [("joko", 404), ("rini", 404), ("admin", 404), ("wati", 200), ("kepala", 200)])
def test_who_sees_a_proposal(app, proposal, who, status):
    assert Visitor(app, who).get(f"/kepesertaan/{proposal}").status == status


@pytest.mark.parametrize("who", ["sari", "wati", "kepala"])
def test_only_supervisors_decide(app, proposal, who):
    assert Visitor(app, who).post("/kepesertaan/putuskan", chosen=str(proposal), verb="confirm").status == 403
    assert state(proposal) == "open"


def test_a_supervisor_of_another_kecamatan_does_not_see_it(app):
    elsewhere = proposed("joko", "Ponijan")
    ratna = Visitor(app, "ratna")
    assert ratna.get(f"/kepesertaan/{elsewhere}").status == 404
    ratna.post("/kepesertaan/putuskan", chosen=str(elsewhere), verb="confirm")
    assert state(elsewhere) == "open"


def test_decided_ones_are_found_again(budi, proposal):
    budi.submit("/kepesertaan", DECIDE, press="Setujui yang dipilih", chosen=[str(proposal)])
    assert "Misnati" in budi.get("/kepesertaan?state=decided").text
    assert "Tidak ada yang menunggu" in budi.get("/kepesertaan").text


def test_members_are_confirmed_by_the_facilitator(app):
    family = f"/keluarga/{cast.household('Misnati').id}"
    Visitor(app, "sari").submit(family, f"/kepesertaan{family}/anggota-dipastikan")
    assert cast.household("Misnati").members_confirmed_on == TODAY


def test_who_closes_a_family_does_not_confirm_its_members(app, budi):
    family = f"/keluarga/{cast.household('Misnati').id}"
    assert "Anggota sudah dipastikan" not in budi.get(family).text
    assert budi.post(f"/kepesertaan{family}/anggota-dipastikan").status == 403


def test_the_portal_looks_for_families_without_a_component(budi):
    page = budi.submit("/kepesertaan", "/kepesertaan/tanpa-komponen")
    assert "Tidak ada yang baru" in page.message


def test_the_portal_looks_for_families_that_no_roster_names_any_more(budi):
    misnati_id, neighbour = cast.household("Misnati"), cast.family("Wagini")
    now = Period.of(TODAY)
    paid = [(misnati_id, now.previous().previous()), (neighbour, now.previous()), (neighbour, now)]
    session.add_all([Payment(household_id=family.id, stage=str(stage), amount=1) for family, stage in paid])
    session.commit()
    page = budi.submit("/kepesertaan", "/kepesertaan/tidak-dibayar")
    assert "1 keluarga diusulkan" in page.message
    assert f"Tidak ada dalam daftar bayar: {texts.period(now.previous())}, {texts.period(now)}" in page.text


@pytest.mark.parametrize(
    ("grounds", "told"),
    [
        ({"decile": 6, "period": "2026-Q4", "suspend_from": 5}, "desil 6 pada Triwulan 4 2026"),
        ({"stages": ["2026-Q3", "2026-Q4"]}, "tidak ada dalam daftar bayar Triwulan 3 2026, Triwulan 4 2026"),
    ],
)
def test_the_familys_history_tells_why_a_file_had_it_suspended(app, budi, proposal, grounds, told):
    row = session.get(MembershipProposal, proposal)
    row.cause, row.facts = "decile", {"effective_on": str(TODAY), "reason": "", **grounds}
    session.commit()
    budi.submit("/kepesertaan", DECIDE, press="Setujui yang dipilih", chosen=[str(proposal)])
    history = Visitor(app, "sari").get(f"/keluarga/{cast.household('Misnati').id}/riwayat")
    assert f"Kepesertaan: Aktif → Ditangguhkan · {told}" in history.text


def test_the_pages_of_the_queue_hold_each_proposal_once_and_decided_ones_the_newest_first(budi, people):
    for at in range(51):
        family = cast.family(f"Warga {at}")
        told = {"household_id": family.id, "step": "suspend", "cause": "decile", "facts": {}, "proposed_at": clock.now()}
        session.add(MembershipProposal(**told, proposed_by=people.dewi.id))
    session.commit()
    for state, oldest_first in (("open", True), ("decided", False)):
        first = budi.get(f"/kepesertaan?state={state}")
        second = budi.get(next(link["href"] for link in first.all(".pager a") if link.get("rel") == "next"))
        ids = [int(row.one("th a")["href"].rpartition("/")[2]) for page in (first, second) for row in page.all("tbody tr")]
        assert (len(ids), ids) == (51, sorted(ids, reverse=not oldest_first))
        session.execute(update(MembershipProposal).values(state="dismissed", decided_at=clock.now()))
        session.commit()
