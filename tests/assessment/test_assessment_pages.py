"""`/kunjungan/<id>/bagian`: the questions part by part, the review, and the result in its place."""

import io
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from portal.assessment.pages.assessments import SLUGS
from portal.assessment.records import assessments, visits
from portal.assessment.records.visits import Visit
from portal.assessment.rules.instrument import CURRENT, Section
from portal.evidence.records import Evidence
from portal.kernel.base import session
from portal.kernel.clock import today
from portal.kernel.settings import Setting
from portal.kernel.terms import Band, VisitOutcome
from tests import cast
from tests.graduating import READY, assessed, visited
from tests.photos import photo
from tests.visitor import Visitor


def new_url(household_id):
    return f"/keluarga/{household_id}/kunjungan/baru"


def part(visit_id, section):
    return f"/kunjungan/{visit_id}/bagian/{SLUGS[section]}"


def file(content, name="IMG_1.jpg"):
    return [(io.BytesIO(content), name)]


def walk(person, visit_id, *, partial=False, **changes):
    """Every section as a ready family would answer, with `changes`; answers the review."""
    said = {**READY, **changes}
    for section in Section:
        own = {question.key: said[question.key] for question in CURRENT.section(section)}
        answer = person.submit(part(visit_id, section), part(visit_id, section), partial=partial, **own)
    return answer


# --- the sections --------------------------------------------------------------------------------------------------


def test_the_history_says_which_section_was_filled_in(sari, visit, misnati_id):
    sari.submit(part(visit, Section.INCOME), part(visit, Section.INCOME), income_main="1,5jt")
    assert "Penilaian diisi · Penghasilan" in sari.get(f"/keluarga/{misnati_id}/riwayat").text


def test_a_section_is_saved_and_the_next_one_comes_as_a_fragment(sari, visit):
    answer = sari.submit(part(visit, Section.INCOME), part(visit, Section.INCOME), partial=True, income_main="1,5jt")
    assert answer.is_fragment
    assert answer.one("#assessment h2").text == "Pengeluaran"
    assert "Bagian 3 dari 9" in answer.text
    assert "Penghasilan" in answer.message
    assert assessments.answers_of(assessments.of_visit(visit))["income_main"].value == 1_500_000


def test_the_fragment_that_came_is_itself_ready_to_be_sent(sari, visit):
    answer = sari.submit(part(visit, Section.WORK), part(visit, Section.WORK), partial=True, earners="2")
    answer = sari.submit(answer, part(visit, Section.INCOME), partial=True, income_main="1jt")
    answer = sari.submit(answer, part(visit, Section.SPENDING), partial=True)
    assert answer.one("h2").text == "Simpanan dan utang"
    assert set(assessments.answers_of(assessments.of_visit(visit))) == {"earners", "income_main"}


def test_the_form_tells_htmx_where_the_next_section_lives(sari, visit):
    form = sari.get(part(visit, Section.INCOME)).form(part(visit, Section.INCOME))
    assert form["hx-push-url"] == part(visit, Section.SPENDING)


def test_without_scripts_the_next_section_is_a_page(sari, visit):
    page = sari.submit(part(visit, Section.WORK), part(visit, Section.WORK), earners="2")
    assert page.url == part(visit, Section.INCOME)
    assert page.heading == "Penilaian Misnati"


def test_what_was_saved_is_there_when_one_comes_back(sari, visit):
    sari.submit(part(visit, Section.WORK), part(visit, Section.WORK), earners="2", business="alone", assets=["stall", "gold"])
    page = sari.get(part(visit, Section.WORK))
    assert page.one("input[name=earners]")["value"] == "2"
    ticked = [box["value"] for box in page.all("input[name=assets]") if "checked" in box]
    assert ticked == ["stall", "gold"]
    assert next(radio["value"] for radio in page.all("input[name=business]") if "checked" in radio) == "alone"


@pytest.mark.parametrize("typed", ["1.500.000", "1500000", "1,5jt", "Rp 1.500.000"])
def test_money_is_typed_as_people_write_it(sari, visit, typed):
    sari.submit(part(visit, Section.INCOME), part(visit, Section.INCOME), income_main=typed)
    assert assessments.answers_of(assessments.of_visit(visit))["income_main"].value == 1_500_000
    assert sari.get(part(visit, Section.INCOME)).one("input[name=income_main]")["value"] == "1.500.000"


def test_an_impossible_answer_comes_back_as_typed_and_saves_nothing(sari, visit):
    for partial in (True, False):
        url = part(visit, Section.WORK)
        page = sari.submit(url, url, partial=partial, stable_months="13", earners="2", assets=["none", "gold"])
        assert page.status == 422
        assert page.one("input[name=stable_months]")["value"] == "13"
        assert page.one("input[name=earners]")["value"] == "2"
        assert len(page.errors) == 2
    assert assessments.of_visit(visit) is None


def test_a_section_may_be_skipped_and_emptied_again(sari, visit):
    url = part(visit, Section.WORK)
    sari.submit(url, url, earners="2", business="alone", assets=["gold"])
    sari.submit(url, url, earners="", business="", assets=None)
    assert assessments.answers_of(assessments.of_visit(visit)) == {}


def test_last_times_answers_stand_beside_the_questions(app, sari, visit):
    person, family = cast.actor("sari"), cast.household("Misnati")
    assert "Terakhir" not in sari.get(part(visit, Section.HOUSING)).text
    assessed(person, visited(person, family, days_ago=90), floor="earth", income_main="900rb")
    assert "Tanah." in sari.get(part(visit, Section.HOUSING)).one("#floor-help").text
    assert "Rp900.000" in sari.get(part(visit, Section.INCOME)).one("#income_main-help").text
    assert sari.get(part(visit, Section.INCOME)).one("input[name=income_main]")["value"] == ""


def test_a_section_sent_twice_is_saved_once(sari, visit):
    url = part(visit, Section.WORK)
    page = sari.get(url)
    for _ in range(2):
        assert sari.submit(page, url, partial=True, earners="2").status == 200
    assert assessments.of_visit(visit).version == 1


def test_two_windows_on_one_section_show_both_answers(sari, visit):
    url = part(visit, Section.INCOME)
    first, second = sari.get(url), sari.get(url)
    sari.submit(first, url, income_main="1jt")
    stale = sari.submit(second, url, partial=True, income_main="2jt")
    assert stale.status == 409
    assert [cell.text for cell in stale.all(".stale b")] == ["Rp1.000.000", "Rp2.000.000"]
    sari.submit(stale, url, partial=True)
    assert assessments.answers_of(assessments.of_visit(visit))["income_main"].value == 2_000_000


def test_two_windows_on_two_sections_do_not_meet(sari, visit):
    first, second = sari.get(part(visit, Section.WORK)), sari.get(part(visit, Section.INCOME))
    sari.submit(first, part(visit, Section.WORK), earners="1")
    assert sari.submit(second, part(visit, Section.INCOME), partial=True, income_main="1jt").status == 200


def test_photos_of_a_section_belong_to_its_answers(sari, visit):
    url = part(visit, Section.HOUSING)
    sari.submit(url, url, floor="ceramic", photos=file(photo()))
    row = session.scalars(select(Evidence)).one()
    assert (row.subject_type, row.subject_id) == ("visits", visit)
    assert assessments.answers_of(assessments.of_visit(visit))["floor"].evidence == (row.id,)


def test_a_closed_door_has_no_questions(sari, misnati_id):
    said = visits.ToldVisit(today(), VisitOutcome.NOT_MET, next_on=today() + timedelta(days=3))
    visit = visits.record(cast.actor("sari"), cast.household("Misnati"), said, key="v").id
    assert sari.get(part(visit, Section.WORK)).url == f"/kunjungan/{visit}"
    page = sari.get(f"/kunjungan/{visit}/selesai")
    assert page.url == f"/kunjungan/{visit}"
    assert sari.post(part(visit, Section.WORK), earners="2").status == 422


def test_a_section_that_is_not_in_the_instrument_is_not_found(sari, visit):
    assert sari.get(f"/kunjungan/{visit}/bagian/lain").status == 404


def test_an_unfinished_visit_is_offered_wherever_one_comes_back(sari, misnati_id, visit):
    sari.submit(part(visit, Section.WORK), part(visit, Section.WORK), earners="2")
    for url in (new_url(misnati_id), f"/keluarga/{misnati_id}/kunjungan"):
        assert sari.get(url).link("Lanjutkan kunjungan yang belum selesai") == f"/kunjungan/{visit}"
    page = sari.get(f"/kunjungan/{visit}")
    assert "1 dari 9 bagian" in page.text
    assert page.link("Lanjutkan penilaian") == part(visit, Section.INCOME)


# --- review and result ---------------------------------------------------------------------------------------------


def test_the_review_says_what_is_unknown_and_what_contradicts_itself(sari, visit):
    page = walk(sari, visit, spending_food="9jt", own_wish="")
    assert page.url == f"/kunjungan/{visit}/selesai"
    assert page.link("Apa keinginan keluarga sendiri?") == part(visit, Section.CONVERSATION)
    assert page.link("Perbaiki") == part(visit, Section.SPENDING)


def test_the_last_section_brings_the_review_as_a_fragment(sari, visit):
    answer = walk(sari, visit, partial=True)
    assert answer.is_fragment
    assert "Selesai, lihat hasil" in answer.text


@pytest.mark.parametrize("partial", [True, False])
def test_finishing_shows_the_result_at_once(sari, visit, partial):
    review = walk(sari, visit, income_main="1jt", own_wish="undecided", chronic_illness="yes", floor="earth")
    answer = sari.submit(review, f"/kunjungan/{visit}/selesai", partial=partial)
    assert answer.is_fragment == partial
    result = answer.one("#readiness")
    assert "Belum siap" in result.one("h2").text
    for told in (
        "Rp500.000 per orang, masih di bawah garis kemiskinan",
        "Penghasilan keluarga mencapai Rp1.475.908 sebulan",
        "Sakit menahun",
        "BPS Kota Malang, Maret 2025, per orang per bulan, 1 Mar 2025",
        "Instrumen internal versi 1, bukan ketentuan Kemensos",
    ):
        assert told in result.text
    assert assessments.of_visit(visit).band is Band.NOT_YET


def test_a_ready_family_is_called_ready_with_words(sari, visit):
    review = walk(sari, visit)
    result = sari.submit(review, f"/kunjungan/{visit}/selesai").one("#readiness")
    assert "Siap diusulkan" in result.one("h2").text
    assert "Semua syarat utama dan wajib terpenuhi" in result.text
    assert "Paling sedikit" not in result.text


def test_the_trend_of_each_indicator_is_told(sari, visit):
    person, family = cast.actor("sari"), cast.household("Misnati")
    assessed(person, visited(person, family, days_ago=90), income_main="1jt", own_wish="undecided")
    result = sari.submit(walk(sari, visit), f"/kunjungan/{visit}/selesai").one("#readiness")
    income = next(line for line in result.all(".findings li") if line.one("h4").text.startswith("Penghasilan per orang"))
    assert "Membaik" in income.text
    assert income.one(".marks").text == "○●"
    assert income.one(".spark")["aria-label"]
    assert "Belum siap → " in result.text


def test_nothing_answered_cannot_be_finished(sari, visit):
    page = sari.get(f"/kunjungan/{visit}/selesai")
    assert page.all("button") == []
    refused = sari.submit(page, f"/kunjungan/{visit}/selesai")
    assert refused.status == 422
    assert "Belum ada satu jawaban pun" in " ".join(refused.errors)


def test_a_section_saved_in_another_window_keeps_the_review_open(sari, visit):
    review = walk(sari, visit)
    sari.submit(part(visit, Section.INCOME), part(visit, Section.INCOME), income_main="1jt")
    stale = sari.submit(review, f"/kunjungan/{visit}/selesai", partial=True)
    assert stale.status == 409
    assert assessments.of_visit(visit).finished_at is None
    assert sari.submit(stale, f"/kunjungan/{visit}/selesai", partial=True).status == 200


def test_finishing_twice_changes_nothing_and_the_walk_is_over(sari, visit):
    review = walk(sari, visit)
    for _ in range(2):
        answer = sari.submit(review, f"/kunjungan/{visit}/selesai", partial=True)
        assert "Siap diusulkan" in answer.one("#readiness h2").text
    assert sari.get(part(visit, Section.WORK)).url == f"/kunjungan/{visit}"
    late = sari.post(part(visit, Section.WORK), earners="9", seen="99")
    assert late.status == 422
    assert "tidak bisa diubah" in late.text
    assert assessments.of_visit(visit).answers["earners"]["value"] == 1


def test_a_shown_result_stays_when_the_office_changes_its_amounts(sari, visit):
    sari.submit(walk(sari, visit), f"/kunjungan/{visit}/selesai")
    before = sari.get(f"/kunjungan/{visit}").one("#readiness").text
    session.add(Setting(key="poverty_line", valid_from=date(2026, 1, 2), value="9000000", source="baru"))
    session.commit()
    assert sari.get(f"/kunjungan/{visit}").one("#readiness").text == before


def test_the_supervisor_reads_the_result_and_every_answer(app, visit):
    assessed(cast.actor("sari"), session.get(Visit, visit))
    page = Visitor(app, "budi").get(f"/kunjungan/{visit}")
    assert "Siap diusulkan" in page.one("#readiness h2").text
    assert "Rp4.000.000" in page.text
    assert "Tembok diplester" in page.text
