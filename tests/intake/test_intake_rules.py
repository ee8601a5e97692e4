"""What a row may change and what it may not: recognition, contradictions, local truth, and where a person decides."""

from datetime import date

import pytest
from sqlalchemy import select

from portal.family.records import register
from portal.family.records.models import Decile, Member, Payment
from portal.intake.records import batches, intake
from portal.kernel.base import session
from portal.kernel.terms import ExitType, Membership, Period, Relation
from portal.membership.records.proposals import MembershipProposal
from tests import cast
from tests.rosters import (
    JATIMULYO,
    POLEHAN,
    apply,
    bring_in,
    changed,
    codes,
    family_file,
    head,
    only_row,
    payment_file,
    person,
    read,
    recipient,
    rows,
)  # fmt: skip

pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("app")]

STRANGER = {"NIK_KTP": "3573994302900007", "NAMA_PENERIMA": "LILIK SUMARNI"}


@pytest.fixture
def budi():
    return cast.actor("budi")


@pytest.fixture
def misnati():
    return cast.household("Misnati")


def paid(household):
    mine = select(Payment).where(Payment.household_id == household.id).order_by(Payment.stage)
    return [(one.stage, one.amount) for one in session.scalars(mine)]


def become(household, membership, left_on=None):
    """As if it had happened: the family stands in this membership."""
    household.membership = membership
    for episode in household.episodes if left_on else ():
        episode.ended, episode.exit_type = left_on, ExitType.INDEPENDENT
    session.commit()
    return household


def decided(budi, batch, decide_row, said="use"):
    return batches.decide(budi, batch, [only_row(batch).id], decide_row, said=said, key=f"decide-{batch.id}")


# --- recognition ---------------------------------------------------------------------------------------------------


def test_any_present_member_recognises_the_family(budi, misnati):
    child = misnati.members[1]
    row = only_row(bring_in(budi, payment_file({"NIK_KTP": child.nik, "NAMA_PENERIMA": child.name, "NOKK": misnati.kk})))
    assert (row.outcome, row.household_id, paid(misnati)) == ("changed", misnati.id, [("2026-Q4", 1_325_000)])


def test_the_kk_alone_needs_a_look(budi, misnati):
    row = only_row(bring_in(budi, payment_file({**STRANGER, "NOKK": misnati.kk})))
    assert (row.verdict, row.way, codes(row), row.outcome) == ("look", "choose", ["kk_only"], "left")
    assert paid(misnati) == []


def test_the_importer_says_which_family_a_kk_means(budi, misnati):
    batch = read(budi, payment_file({**STRANGER, "NOKK": misnati.kk}))
    apply(budi, decided(budi, batch, lambda row: intake.choose(row, misnati.id)))
    assert paid(misnati) == [("2026-Q4", 1_325_000)]


def test_the_importer_says_that_a_kk_means_nobody_known(budi, misnati):
    batch = read(budi, payment_file({**STRANGER, "NOKK": misnati.kk}))
    apply(budi, decided(budi, batch, lambda row: intake.choose(row, None)))
    assert only_row(batch).outcome == "opened"
    assert paid(misnati) == []


def test_a_family_that_was_not_offered_cannot_be_chosen(budi, misnati):
    batch = read(budi, payment_file({**STRANGER, "NOKK": misnati.kk}))
    apply(budi, decided(budi, batch, lambda row: intake.choose(row, cast.household("Suliyah").id)))
    assert only_row(batch).outcome == "left"


def test_numbers_of_two_families_need_a_look(budi, misnati):
    suliyah = cast.household("Suliyah")
    batch = read(budi, payment_file({**recipient(misnati), "NOKK": suliyah.kk}))
    assert codes(only_row(batch)) == ["two_families"]
    apply(budi, decided(budi, batch, lambda row: intake.choose(row, misnati.id)))
    assert (len(paid(misnati)), paid(suliyah)) == (1, [])


def test_one_nik_with_two_quite_different_names_needs_a_look(budi, misnati):
    row = only_row(bring_in(budi, payment_file({**recipient(misnati), "NAMA_PENERIMA": "BAMBANG HARIYANTO"})))
    assert (row.verdict, row.way, codes(row)) == ("look", "use", ["name_differs"])


def test_who_left_the_family_does_not_recognise_it(budi, misnati):
    child = misnati.members[1]
    child.left_on = date(2026, 3, 1)
    session.commit()
    row = only_row(bring_in(budi, payment_file({"NIK_KTP": child.nik, "NAMA_PENERIMA": child.name, "NOKK": cast.kk()})))
    assert (row.outcome, row.household_id == misnati.id) == ("opened", False)


# --- payments ------------------------------------------------------------------------------------------------------


def test_a_family_that_left_is_a_contradiction_and_stays_out(budi, misnati):
    become(misnati, Membership.EXITED, date(2026, 6, 30))
    row = only_row(bring_in(budi, payment_file(recipient(misnati))))
    assert (row.verdict, codes(row), paid(misnati)) == ("look", ["left_family"], [])


def test_the_importer_may_note_its_payment_and_it_stays_out(budi, misnati):
    become(misnati, Membership.EXITED, date(2026, 6, 30))
    apply(budi, decided(budi, read(budi, payment_file(recipient(misnati))), intake.use))
    assert (paid(misnati), cast.household("Misnati").membership) == ([("2026-Q4", 1_325_000)], Membership.EXITED)
    assert session.scalars(select(MembershipProposal)).all() == []


def test_the_stage_in_which_it_left_is_still_paid(budi, misnati):
    become(misnati, Membership.EXITED, date(2026, 11, 1))
    assert only_row(bring_in(budi, payment_file(recipient(misnati)))).outcome == "changed"


def test_a_suspended_family_is_paid_and_stays_suspended(budi):
    suliyah = cast.household("Suliyah")
    bring_in(budi, payment_file(recipient(suliyah)))
    assert (len(paid(suliyah)), cast.household("Suliyah").membership) == (1, Membership.SUSPENDED)
    assert session.scalars(select(MembershipProposal)).all() == []


def test_the_first_payment_of_a_candidate_is_proposed_for_activation(budi, misnati):
    become(misnati, Membership.CANDIDATE)
    bring_in(budi, payment_file(recipient(misnati)))
    proposal = session.scalars(select(MembershipProposal)).one()
    assert (proposal.step, proposal.cause, proposal.facts["amount"]) == ("activate", "first_payment", 1_325_000)
    assert cast.household("Misnati").membership == Membership.CANDIDATE


def test_an_amount_of_nothing_proves_nothing(budi, misnati):
    become(misnati, Membership.CANDIDATE)
    bring_in(budi, payment_file({**recipient(misnati), "NOMINAL": "0"}))
    assert (paid(misnati), session.scalars(select(MembershipProposal)).all()) == ([], [])


def test_an_unknown_family_without_a_payment_waits_for_a_word(budi):
    batch = read(budi, payment_file({**STRANGER, "NOKK": cast.kk(), "NOMINAL": "0"}))
    assert codes(only_row(batch)) == ["amount_zero"]
    apply(budi, decided(budi, batch, intake.use))
    assert cast.household("LILIK SUMARNI").membership == Membership.ACTIVE
    assert paid(cast.household("LILIK SUMARNI")) == []


def test_another_amount_for_a_stage_does_not_replace_the_first(budi, misnati):
    bring_in(budi, payment_file(recipient(misnati)))
    row = only_row(bring_in(budi, payment_file({**recipient(misnati), "NOMINAL": "900000"}), "other"))
    assert (codes(row), paid(misnati)) == (["payment_differs"], [("2026-Q4", 1_325_000)])


def test_other_programmes_are_left_out(budi, misnati):
    row = only_row(bring_in(budi, payment_file({**recipient(misnati), "BANSOS": "SEMBAKO"})))
    assert (row.verdict, codes(row), paid(misnati)) == ("skipped", ["other_programme"], [])


@pytest.mark.parametrize(("stage", "code"), [("", "stage_missing"), ("1/2099", "stage_ahead")])
def test_a_stage_that_cannot_be_is_not_guessed(budi, misnati, stage, code):
    row = only_row(bring_in(budi, payment_file({**recipient(misnati), "TAHAP": stage}), period=None))
    assert (codes(row), row.way, paid(misnati)) == ([code], "none", [])


def test_a_second_row_about_one_family_needs_a_look(budi, misnati):
    child = misnati.members[1]
    other = {"NIK_KTP": child.nik, "NAMA_PENERIMA": child.name, "NOKK": "3573991706150042"}
    batch = bring_in(budi, payment_file(recipient(misnati), other))
    assert [(row.outcome, codes(row)) for row in rows(batch)] == [("changed", []), ("left", ["family_twice"])]


def test_two_stages_of_a_new_recipient_are_one_family(budi):
    kk = cast.kk()
    batch = bring_in(budi, payment_file(*({**STRANGER, "NOKK": kk, "TAHAP": f"{stage}/2026"} for stage in (3, 4))))
    family = cast.household("LILIK SUMARNI")
    assert [row.outcome for row in rows(batch)] == ["opened", "changed"]
    assert paid(family) == [("2026-Q3", 1_325_000), ("2026-Q4", 1_325_000)]


# --- local truth ---------------------------------------------------------------------------------------------------


def test_the_domicile_stays_what_people_found(budi, misnati):
    row = only_row(bring_in(budi, payment_file({**recipient(misnati), "ALAMAT": "JL. LAIN NO. 1"})))
    assert (misnati.address, changed(row)["differs"]) == ("Jl. Sudimoro No. 7", ["address"])
    assert [(one.period, one.line) for one in misnati.addresses] == [("2026-Q4", "JL. LAIN NO. 1")]


def test_another_kelurahan_in_the_file_moves_nobody(budi, misnati):
    elsewhere = {"NAMA_KEC": "BLIMBING", "NAMA_KEL": "POLEHAN", "KODE_WILAYAH": POLEHAN}
    row = only_row(bring_in(budi, payment_file({**recipient(misnati), **elsewhere})))
    assert (misnati.kelurahan, changed(row)["differs"]) == (cast.JATIMULYO, ["kelurahan"])


def test_a_new_kk_number_follows_the_one_before(budi, misnati):
    before, new = misnati.kk, cast.kk(date(2026, 5, 4))
    bring_in(budi, payment_file({**recipient(misnati), "NOKK": new}))
    assert cast.household("Misnati").kk == new
    bring_in(budi, payment_file({**recipient(misnati), "NOKK": before, "TAHAP": "3/2026"}), "older")
    assert cast.household("Misnati").kk == new


def test_a_kk_number_found_here_in_the_same_quarter_stays(budi, misnati):
    found = cast.kk(date(2026, 10, 20))
    register.change_kk(budi, misnati, found, date(2026, 10, 20), key="kk")
    bring_in(budi, payment_file({**recipient(misnati), "NOKK": cast.kk(date(2026, 1, 2))}))
    assert cast.household("Misnati").kk == found


# --- DTSEN ---------------------------------------------------------------------------------------------------------


def test_dtsen_brings_in_no_family(budi):
    born = {"nik": "3573992810692965", "nama": "ACHMAD FAUZI"}
    row = only_row(bring_in(budi, family_file({"no_kk": cast.kk()}, born)))
    assert (row.verdict, codes(row), row.payload) == ("skipped", ["family_unknown"], None)


def test_members_who_are_missing_here_are_added(budi, misnati):
    baby = {"nik": "3573990101260011", "nama": "ZAHRA", "hub_kepala_keluarga": "ANAK", "tanggal_lahir": "01/01/2026"}
    bring_in(budi, family_file(head(misnati), *map(person, misnati.members), baby))
    added = session.scalars(select(Member).where(Member.name == "ZAHRA")).one()
    assert (added.household_id, added.nik, added.relation) == (misnati.id, "3573990101260011", Relation.CHILD)
    assert cast.household("Misnati").member_count == 3


def test_who_has_no_nik_here_is_known_by_name_and_birth_date(budi, misnati):
    nik, child = misnati.members[1].nik, misnati.members[1]
    told = person(child)
    child.nik = None
    session.commit()
    bring_in(budi, family_file(head(misnati), told))
    assert (cast.household("Misnati").member_count, session.get(Member, child.id).nik) == (2, nik)


def test_a_namesake_born_on_another_day_is_somebody_else(budi, misnati):
    child = misnati.members[1]
    namesake = person(child, tanggal_lahir="10/05/2014", nik="3573991005140777")
    child.nik = None
    session.commit()
    bring_in(budi, family_file(head(misnati), namesake))
    assert cast.household("Misnati").member_count == 3


def test_a_slip_in_a_nik_makes_no_second_child(budi, misnati):
    told = person(misnati.members[1], nik="3573990905160777")
    batch = read(budi, family_file(head(misnati, desil_nasional=3), told), period=Period(2026, 3))
    assert codes(only_row(batch)) == ["member_nik_differs"]
    apply(budi, decided(budi, batch, intake.use))
    assert (only_row(batch).outcome, cast.household("Misnati").member_count) == ("changed", 2)


def test_what_is_known_of_a_member_stays(budi, misnati):
    child = misnati.members[1]
    row = only_row(bring_in(budi, family_file(head(misnati), person(child, tanggal_lahir="10/05/2016"))))
    assert (child.birth_date, "birth_date" in changed(row)["differs"]) == (date(2016, 5, 9), True)


def test_nobody_leaves_because_a_file_does_not_list_them(budi, misnati):
    row = only_row(bring_in(budi, family_file(head(misnati), person(misnati.members[0]))))
    assert (changed(row)["absent"], cast.household("Misnati").member_count) == (1, 2)


def test_a_decile_belongs_to_its_quarter(budi, misnati):
    bring_in(budi, family_file(head(misnati, desil_nasional=3), person(misnati.members[0])), period=Period(2026, 3))
    kept = {one.period: one.value for one in session.scalars(select(Decile).where(Decile.household_id == misnati.id))}
    assert (kept, cast.household("Misnati").decile) == ({"2026-Q3": 3, "2026-Q4": 2}, 2)


def test_an_old_high_decile_proposes_nothing(budi, misnati):
    bring_in(budi, family_file(head(misnati, desil_nasional=7), person(misnati.members[0])), period=Period(2026, 3))
    assert session.scalars(select(MembershipProposal)).all() == []


def test_another_decile_for_the_quarter_does_not_replace_the_first(budi, misnati):
    row = only_row(bring_in(budi, family_file(head(misnati, desil_nasional=7), person(misnati.members[0]))))
    assert (codes(row), cast.household("Misnati").decile) == (["decile_differs"], 2)


def test_a_family_that_left_keeps_being_ranked(budi, misnati):
    become(misnati, Membership.EXITED, date(2026, 6, 30))
    session.query(Decile).delete()
    session.commit()
    row = only_row(bring_in(budi, family_file(head(misnati, desil_nasional=7), person(misnati.members[0]))))
    assert (row.outcome, cast.household("Misnati").decile) == ("changed", 7)
    assert session.scalars(select(MembershipProposal)).all() == []


# --- whose area ----------------------------------------------------------------------------------------------------


def test_rows_of_another_area_are_skipped(misnati):
    ratna = cast.actor("ratna")
    elsewhere = {"NAMA_KEC": "BLIMBING", "NAMA_KEL": "POLEHAN", "KODE_WILAYAH": POLEHAN}
    batch = bring_in(ratna, payment_file(recipient(misnati), {**STRANGER, "NOKK": cast.kk(), **elsewhere}))
    assert [(row.outcome, codes(row)) for row in rows(batch)] == [("changed", []), ("skipped", ["area_not_yours"])]


def test_a_family_of_another_area_is_not_given_away(budi):
    """The row claims Jatimulyo, but the number belongs to a family in Polehan."""
    ponijan, ratna = cast.household("Ponijan"), cast.actor("ratna")
    claimed = {"KODE_WILAYAH": JATIMULYO}
    row = only_row(bring_in(ratna, payment_file({**recipient(ponijan), **claimed})))
    assert (codes(row), row.household_id, row.changes, paid(ponijan)) == (["area_not_yours"], None, [], [])
    row = only_row(bring_in(ratna, payment_file({**STRANGER, "NOKK": ponijan.kk, **claimed}), "kk"))
    assert (codes(row), row.household_id) == (["area_not_yours"], None)


def test_a_family_that_lives_in_reach_is_reached_whatever_the_file_says(misnati):
    elsewhere = {"NAMA_KEC": "BLIMBING", "NAMA_KEL": "POLEHAN", "KODE_WILAYAH": POLEHAN}
    row = only_row(bring_in(cast.actor("ratna"), payment_file({**recipient(misnati), **elsewhere})))
    assert (row.outcome, row.household_id) == ("changed", misnati.id)
