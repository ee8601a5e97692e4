"""The pages of monitoring: what is due, a visit as it is told, and the cohorts."""

from datetime import timedelta

import pytest

from portal.kernel import clock
from portal.kernel.base import session
from portal.kernel.terms import VisitOutcome
from portal.monitoring import lists
from portal.monitoring.records import KIND, Monitoring
from portal.monitoring.rules import ATTENTION
from portal.monitoring.words import GROUPS
from portal.web import texts
from tests import cast
from tests.monitoring.test_records import case as _case
from tests.monitoring.test_records import visit as recorded
from tests.visitor import Visitor

pytestmark = pytest.mark.usefixtures("app")

case = _case
TODAY = clock.today()


def planned(case):
    return session.get(Monitoring, case.id).visits[0].id


def visit_url(case):
    return f"/pemantauan/{case.id}/kunjungan/{planned(case)}"


def well(**changes):
    return {"outcome": "met", "visited_on": str(TODAY), "household_income": "6jt", "people": "3", "works": "yes",
            "in_school": "yes", "supported": "yes", **changes}  # fmt: skip


def test_what_is_due_is_on_top_and_says_so(sari, case):
    page = sari.get("/pemantauan")
    assert "Misnati" in page.text
    assert "jatuh tempo" in page.text


def test_an_empty_list_says_how_it_fills(app):
    assert "terjadwal sendiri" in Visitor(app, "joko").get("/pemantauan").text


def test_each_tab_shows_as_many_rows_as_it_counts(app, case):
    budi = Visitor(app, "budi")
    page = budi.get("/pemantauan?kelompok=all")
    for tab in page.all(".tabs a"):
        shown = budi.get(tab["href"])
        assert len(shown.all("tbody th")) == int(tab.one("b").text), tab["href"]


def test_a_visit_is_recorded_and_the_suggestion_is_told_with_its_reasons(sari, case):
    page = sari.submit(visit_url(case), **well(household_income="900rb", shocks=["job_lost"]))
    assert "Berisiko" in page.text
    assert "di bawah garis kemiskinan" in page.text
    assert "tercatat" in page.message


def test_income_without_people_is_sent_back_with_everything_typed(sari, case):
    page = sari.submit(visit_url(case), **well(people="", livelihood="Warung"))
    assert page.status == 422
    assert page.one("[name=livelihood]").text == "Warung"
    assert page.one("[name=household_income]")["value"] == "6jt"


@pytest.mark.parametrize("field", ["outcome", "works", "in_school", "supported", "shocks"])
@pytest.mark.parametrize("forged", ["maybe", "True", "0", "YES"])
def test_an_answer_that_was_not_offered_is_refused_at_its_field(sari, case, field, forged):
    page = sari.post(visit_url(case), **well(**{field: forged}), seen="1")
    assert page.status == 422
    assert page.one(f"#{field}-error").text
    assert not any(visit.outcome for visit in session.get(Monitoring, case.id).visits)


def test_nobody_met_needs_a_day_to_try_again(sari, case):
    page = sari.submit(visit_url(case), **well(outcome="not_met", household_income="", people=""))
    assert page.status == 422
    retry = str(TODAY + timedelta(days=5))
    page = sari.submit(page, **well(outcome="not_met", household_income="", people="", retry_on=retry))
    assert "Tidak bertemu" in page.text


def test_the_same_visit_sent_twice_is_one(sari, case):
    page = sari.get(visit_url(case))
    sari.submit(page, **well())
    assert sari.submit(page, **well()).status == 200
    assert len([visit for visit in session.get(Monitoring, case.id).visits if visit.outcome]) == 1


def test_a_recorded_visit_offers_no_form_again(sari, case):
    url = visit_url(case)
    sari.submit(url, **well())
    assert "sudah dicatat" in sari.get(url).text


def test_htmx_gets_the_form_back_as_a_fragment(sari, case):
    answer = sari.submit(visit_url(case), partial=True, **well(people=""))
    assert answer.status == 422
    assert answer.is_fragment


@pytest.mark.parametrize(("who", "status"), [("joko", 404), ("wati", 404), ("admin", 404), ("ratna", 200), ("kepala", 200)])
def test_who_may_see_it(app, case, who, status):
    assert Visitor(app, who).get(f"/pemantauan/{case.id}").status == status


def test_a_supervisor_does_not_visit(app, case):
    assert Visitor(app, "budi").get(visit_url(case)).status == 403


def test_from_a_risk_to_a_relapse_and_the_nomination(app, sari, case):
    sari.submit(visit_url(case), **well(household_income="900rb"))
    step = f"/pemantauan/{case.id}/langkah/"
    sari.submit(f"{step}find_at_risk")
    page = sari.submit(f"{step}intervene", what="Pelatihan", office="Disnaker", due_on=str(TODAY + timedelta(days=30)))
    assert f"Paling lambat: {texts.day(TODAY + timedelta(days=30))}" in page.text
    budi = Visitor(app, "budi")
    page = budi.submit(f"{step}confirm_relapse", reason="Usaha tutup")
    assert "Lihat usulan ulangnya" in page.text
    followed = sari.get(f"/pemantauan/{case.id}")
    assert "Kembali miskin" in followed.text
    assert "Lihat usulan ulangnya" not in followed.text
    assert "Misnati" in Visitor(app, "wati").get("/usulan").text


def test_a_case_of_many_visits_takes_no_more_statements(sari, people, case):
    asked = []
    for turn in range(2, 10):
        asked.append(len(sari.get(f"/pemantauan/{case.id}").statements))
        day = TODAY - timedelta(days=12 - turn)
        recorded(people, case, key=str(turn), visited_on=day, outcome=VisitOutcome.NOT_MET,
                 retry_on=day + timedelta(days=1), household_income=None, people=None)  # fmt: skip
    assert asked[-1] <= asked[1]


def test_the_cohort_table_leads_to_its_families(app, case):
    budi = Visitor(app, "budi")
    page = budi.get("/pemantauan/kohort")
    for link in page.all("td.num a"):
        assert len(budi.get(link["href"]).all("tbody th")) == int(link.text)


def test_a_foreign_page_mark_is_not_found(sari, case):
    assert sari.get("/pemantauan?setelah=kemarin").status == 404
    assert cast.household("Misnati")


def test_planned_visits_stand_under_their_month(app, sari, case):
    sari.submit(visit_url(case), **well())
    page = sari.get("/pemantauan?kelompok=planned")
    assert len(page.all("tr.month")) == 1


def test_every_state_is_listed_in_one_tab():
    """Stated from domain.md section 6: a case is followed until it is closed, whatever has become of the family."""
    assert {tab: set(states) for tab, states in KIND.queues["everyone"].items()} == {
        "followed": {"open", "stable", "watch", "at_risk", "intervention", "relapsed"},
        "ended": {"closed_stable", "closed_relapsed", "closed_lost"},
    }
    assert set(ATTENTION) == {"watch", "at_risk", "intervention"}


def test_every_tab_of_the_list_has_its_words():
    assert tuple(GROUPS) == lists.GROUPS
