"""Every number on a first screen or the board opens a list with exactly that many rows."""

import re
from datetime import date, timedelta

import pytest
import time_machine
from sqlalchemy import select

from portal.board.lists import yearly
from portal.board.records import Target
from portal.family.records.models import Household
from portal.graduation.records.dossiers import ClosedYear, Graduation
from portal.kernel import clock
from portal.kernel.base import session
from portal.kernel.people import User
from portal.kernel.settings import Setting
from portal.kernel.terms import ExitType, Membership, Role
from portal.monitoring.records import Monitoring, MonitoringVisit
from portal.office.records import office
from tests import cast
from tests import graduating as go
from tests.visitor import Visitor

TODAY = clock.today()
ROLES = ("sari", "wati", "budi", "ratna", "kepala")
_NUMBER = re.compile(r"\d[\d.]*")
_COUNTS_NOTHING = re.compile(
    r"""\d{1,2}\ \w{3}\ \d{4} | \b20\d\d\b | \d+\ (hari|minggu|bulan|tahun)  # when
    | (dari|Seharusnya|Perlu|Kurang|berlanjut:|belas,)\ [\d.]+  # a target, and what follows from it
    | [\d,]+% | \b0\b  # a share; nothing to list""",
    re.VERBOSE,
)


LEFT = {
    "Ngatini": ("effective", cast.JATIMULYO, TODAY.replace(month=1, day=15)),
    "Sulastri": ("effective", cast.JATIMULYO, TODAY),
    "Mariyam": ("effective", cast.JATIMULYO, TODAY),
    "Kholil": ("effective", cast.POLEHAN, date(TODAY.year - 1, 6, 1)),
    "Tutik": ("approved", cast.JATIMULYO, None),
    "Yuliana": ("submitted", cast.JATIMULYO, None),
    "Kasiati": ("returned", cast.JATIMULYO, None),
}


@pytest.fixture
def year_under_way(app):
    """Three left this year in Jatimulyo, one last year in Polehan; one more is approved, one waits, one was returned; two
    families are to be seen, one since yesterday."""
    budi = cast.actor("budi").id
    for name, (state, kelurahan, left) in LEFT.items():
        membership = Membership.EXITED if left else Membership.ACTIVE
        whose = "sari" if kelurahan == cast.JATIMULYO else "joko"
        due = None if left else TODAY
        family = cast.family(name, kelurahan=kelurahan, facilitator=whose, membership=membership, next_visit_on=due)
        _graduation(family, state, left, budi)
    cast.family("Lama", next_visit_on=TODAY - timedelta(days=1))
    for code, count in (("35.73", 300), ("35.73.05", 60)):
        session.add(Target(year=TODAY.year, area_code=code, count=count))
    session.commit()


def _graduation(family: Household, state: str, left: date | None, opener: int) -> None:
    common = {
        "household_id": family.id,
        "state_since": cast.BEGINNING,
        "opened_at": cast.BEGINNING,
        "opened_by": opener,
        "facts": {},
    }
    decided = left or (TODAY if state == "approved" else None)
    case = Graduation(state=state, exit_type=ExitType.INDEPENDENT, approved_on=decided, effective_on=left, **common)
    session.add(case)
    session.flush()
    if left:
        follow = Monitoring(
            graduation_id=case.id, cohort=left.year, started_on=left, state="open", next_planned_on=TODAY, **common
        )
        session.add(follow)
        session.flush()
        session.add(MonitoringVisit(monitoring_id=follow.id, planned_on=TODAY))


def counts_and_links(page):
    """Every link in main that shows one number, with that number."""
    years = {link["href"] for link in page.all(".tabs a")}
    for link in [link for link in page.all("main a") if link["href"] not in years]:
        numbers = _NUMBER.findall(link.text if not link.all("b") else link.one("b").text)
        if len(numbers) == 1:
            yield int(numbers[0].replace(".", "")), link["href"]


def numbers_without_a_list(page):
    """Numbers in main that no link shows, apart from those that count nothing: targets are set, addresses known."""
    silent = {page.one("h1"), *page.all("td[data-label=Target]"), *page.all("ul.plain small")}
    return [number for words in _loose(page.one("main"), silent) for number in _NUMBER.findall(_COUNTS_NOTHING.sub("", words))]


def _loose(node, silent):
    for child in node.children:
        if isinstance(child, str):
            yield " ".join(child.split())
        elif child.tag != "a" and child not in silent:
            yield from _loose(child, silent)


def rows_behind(visitor, url):
    """How many rows a list has, all its pages together."""
    total = 0
    while url:
        page = visitor.get(url)
        assert page.status == 200, url
        total += len([row for row in page.all("#list tbody tr") if row.all("th")])
        following = [link["href"] for link in page.all(".pager a") if link.get("rel") == "next"]
        url = following[0] if following else None
    return total


@pytest.mark.parametrize("who", ROLES)
@pytest.mark.parametrize("screen", ["/", "/capaian", "/mutu", "/pemantauan/kohort"])
def test_every_number_opens_exactly_its_rows(app, year_under_way, who, screen):
    visitor = Visitor(app, who)
    page = visitor.get(screen)
    if page.status == 403:
        assert (who, screen) in {("sari", "/mutu"), ("wati", "/mutu"), ("wati", "/pemantauan/kohort")}
        return
    found = [(count, url, rows_behind(visitor, url)) for count, url in counts_and_links(page)]
    assert found
    assert [one for one in found if one[0] != one[2]] == []
    assert numbers_without_a_list(page) == []


def gone(username, **changes):
    """An administrator takes the account or the role away."""
    user = session.query(User).filter_by(username=username).one()
    person = office.StatedPerson(**{"name": user.name, "role": user.role, "areas": user.area_codes, **changes})
    office.change_person(cast.actor("admin"), user, person, seen=user.version, key=f"gone-{username}", leaves=True)


@pytest.mark.postgres
@pytest.mark.parametrize("changes", [{"active": False}, {"role": Role.VIEWER}])
def test_families_left_behind_are_counted_and_handed_over_from_their_list(app, changes):
    budi, joko = Visitor(app, "budi"), cast.actor("joko").id
    assert "pendamping nonaktif" not in budi.get("/").text
    gone("sari", **changes)
    assert told_and_listed(budi, "pendamping nonaktif") == (2, 2)
    number = next(link for link in budi.get("/").all("a") if "pendamping nonaktif" in link.text)
    page = budi.get(number["href"])
    assert "pendamping nonaktif" in page.one(".chips").text
    done = budi.submit(page.link("Bagikan ke pendamping"), "/keluarga/bagi", pendamping_baru=str(joko), semua="1")
    assert "2 keluarga menjadi dampingan Joko Prasetyo" in done.text
    assert "Tidak ada keluarga yang cocok" in budi.get(number["href"]).text
    assert "pendamping nonaktif" not in budi.get("/").text


def test_a_supervisor_is_told_of_the_own_area_only(app):
    gone("sari", active=False)
    gone("joko", active=False)
    assert told_and_listed(Visitor(app, "ratna"), "pendamping nonaktif") == (2, 2)
    assert told_and_listed(Visitor(app, "dewi"), "pendamping nonaktif") == (3, 3)


def test_a_facilitator_sees_the_day_and_the_yearly_yardstick(app, year_under_way):
    page = Visitor(app, "sari").get("/")
    assert page.heading == "Hari ini"
    assert "dari 10" in page.text
    assert "Dikembalikan" in page.text


def test_a_supervisor_sees_who_waits_longest(app, year_under_way):
    page = Visitor(app, "budi").get("/")
    assert "Yuliana" in page.text
    assert "dari 300" in page.text


def test_an_administrator_sees_no_family(app, year_under_way):
    page = Visitor(app, "admin").get("/")
    assert not [name for name in LEFT if name in page.text]
    assert "/keluarga" not in page.html


def test_an_empty_portal_says_what_to_do(app):
    cast.household("Ponijan").facilitator_id = None
    session.commit()
    assert "Tidak ada yang jatuh tempo" in Visitor(app, "joko").get("/").text
    assert "Belum ada target" in Visitor(app, "budi").get("/capaian").text


def test_last_year_stands_beside_this_one(app, year_under_way):
    page = Visitor(app, "kepala").get("/capaian")
    assert f"/graduasi?state=effective&jenis=independent&berlaku={TODAY.year - 1}" in page.html.replace("&amp;", "&")
    last = Visitor(app, "kepala").get(f"/capaian?tahun={TODAY.year - 1}")
    assert last.heading.endswith(str(TODAY.year - 1))


def test_a_part_is_never_measured_against_the_whole(app, year_under_way):
    sari, wati = Visitor(app, "sari").get("/capaian"), Visitor(app, "wati").get("/capaian")
    assert "3 dari 10" in sari.text, "a facilitator's own yardstick"
    assert "Belum ada target" in wati.text
    assert not {"60", "300"} & set(re.findall(r"\d+", sari.text + wati.text))


def test_a_target_is_set_and_the_board_counts_toward_it(app):
    budi = Visitor(app, "budi")
    budi.submit("/target", f"/target/{TODAY.year}/35.73", count="300")
    assert "300" in budi.get("/capaian").text


def test_a_target_may_be_typed_as_the_portal_writes_it(app):
    Visitor(app, "budi").submit("/target", f"/target/{TODAY.year}/35.73", count="1.200")
    assert session.query(Target).one().count == 1200


def test_targets_begin_with_this_year(app):
    page = Visitor(app, "budi").get("/target")
    assert [tab.text for tab in page.all(".tabs a")][:2] == [str(TODAY.year), str(TODAY.year + 1)]


def test_a_target_that_cannot_be_is_sent_back(app):
    page = Visitor(app, "budi").submit("/target", f"/target/{TODAY.year}/35.73", count="-3")
    assert page.status == 422
    assert session.query(Target).all() == []


def test_a_kecamatan_sets_only_its_own_target(app):
    ratna = Visitor(app, "ratna")
    assert [form["action"] for form in ratna.get("/target").all("#targets form")] == [f"/target/{TODAY.year}/35.73.05"]
    assert ratna.post(f"/target/{TODAY.year}/35.73", count="5").status == 404


def test_a_kecamatan_shares_its_target_out_to_its_kelurahan(app):
    ratna, page = Visitor(app, "ratna"), "/target?wilayah=35.73.05"
    assert "Target per kelurahan" in ratna.get("/target").text
    ratna.submit(page, f"/target/{TODAY.year}/{cast.JATIMULYO}?wilayah=35.73.05", count="12")
    assert "Jumlah target kelurahan: 12" in ratna.get(page).text
    assert ratna.post(f"/target/{TODAY.year}/{cast.POLEHAN}?wilayah=35.73.01", count="5").status == 404
    assert [(target.area_code, target.count) for target in session.query(Target)] == [(cast.JATIMULYO, 12)]


def test_a_year_is_closed_once_it_is_over_and_only_by_the_city(app):
    last = TODAY.year - 1
    budi = Visitor(app, "budi")
    page = budi.submit(f"/target?tahun={last}", f"/target/{last}/tutup", sure="y")
    assert "ditutup" in page.text
    assert session.get(ClosedYear, last)
    assert Visitor(app, "ratna").post(f"/target/{last - 1}/tutup", sure="y").status == 403
    assert budi.post(f"/target/{TODAY.year}/tutup", sure="y").status == 422


@pytest.mark.parametrize("year", [0, 1999, TODAY.year + 2, 99_999])
def test_a_year_of_another_age_has_no_target_and_no_closing(app, year):
    budi = Visitor(app, "budi")
    assert {budi.post(f"/target/{year}/{what}", count="5", sure="y").status for what in ("35.73", "tutup")} == {404}
    assert session.query(Target).count() == 0


def test_nobody_else_sets_targets(app):
    assert {who: Visitor(app, who).get("/target").status for who in ("sari", "wati", "kepala", "admin")} == {
        "sari": 403, "wati": 403, "kepala": 403, "admin": 403,
    }  # fmt: skip


def test_due_families_come_most_pressing_first(app):
    for name, days in (("Lama", 9), ("Baru", 1)):
        cast.family(name, next_visit_on=TODAY - timedelta(days=days))
    session.commit()
    text = Visitor(app, "sari").get("/").text
    assert text.index("Lama") < text.index("Baru")


def test_a_year_that_is_over_is_not_measured_by_today(app, year_under_way):
    session.add(Target(year=TODAY.year - 1, area_code="35.73", count=230))
    session.commit()
    now, over = (Visitor(app, "budi").get(f"/capaian?tahun={year}").text for year in (TODAY.year, TODAY.year - 1))
    for words in ("sampai hari ini", "belum berlaku", "Bila laju ini berlanjut", "tanggal yang sama"):
        assert (words in now, words in over) == (True, False), words


@pytest.mark.parametrize("year", [1999, 2000, TODAY.year + 1])
def test_a_year_that_no_list_can_show_is_this_year(app, year):
    assert Visitor(app, "budi").get(f"/capaian?tahun={year}").heading.endswith(str(TODAY.year))


def test_each_kelurahan_stands_with_target_approved_and_effective(app, year_under_way):
    session.add(Target(year=TODAY.year, area_code=cast.JATIMULYO, count=12))
    session.commit()
    rows = [row for row in Visitor(app, "budi").get("/capaian").all("details tr") if row.text.startswith("Jatimulyo")]
    assert [[cell.text for cell in row.all("td")] for row in rows] == [["12", "4", "3"]]


@pytest.mark.parametrize(
    ("username", "kecamatan", "kelurahan"), [("sari", ["35.73.05"], [cast.JATIMULYO]), ("ratna", ["35.73.05"], 12)]
)
def test_places_are_those_a_persons_areas_touch(app, username, kecamatan, kelurahan):
    """The kecamatan of somebody who works in one kelurahan, too; and no neighbour."""
    found = yearly.standing(cast.actor(username), TODAY.year, TODAY)
    assert [place.code for place in found.kecamatan] == kecamatan
    codes = [place.code for place in found.kelurahan]
    assert kelurahan in (codes, len(codes))


def test_last_year_is_compared_up_to_the_same_day(app):
    days = [date(2025, 10, 31), date(2025, 11, 1), date(2025, 11, 24), date(2025, 11, 25), date(2024, 11, 3)]
    for number, day in enumerate(days):
        family = cast.family(f"Ngatini {number}", membership=Membership.EXITED)
        _graduation(family, "effective", day, cast.actor("budi").id)
    session.commit()
    found = yearly.standing(cast.actor("budi"), 2026, date(2026, 11, 24))
    assert (found.before_to_date, found.total_before, found.first_year) == (3, 4, 2024)
    assert rows_behind(Visitor(app, "budi"), "/graduasi?state=effective&berlaku=2025&sampai=2025-11-24") == 3


def test_evidence_is_told_two_weeks_before_it_counts_no_more(app):
    go.brought_to("counselling")
    told = []
    for days in (0, 75, 77):
        with time_machine.travel(clock.now() + timedelta(days=days)):
            told.append("bukti berlaku sampai" in Visitor(app, "sari").get("/").text)
    assert told == [False, False, True]


def test_a_facilitators_year_counts_what_the_setting_says(app, year_under_way):
    ngatini = session.scalars(select(Graduation).join(Household).where(Household.caretaker_name == "Ngatini")).one()
    ngatini.exit_type = ExitType.PROGRAMME
    session.commit()
    sari = Visitor(app, "sari")
    assert told_and_listed(sari, "graduasi tahun ini") == (2, 2)
    session.add(Setting(key="programme_exit_counts", valid_from=TODAY, value="yes", source="SK 4/2026"))
    session.commit()
    assert told_and_listed(sari, "graduasi tahun ini") == (3, 3)


def told_and_listed(visitor: Visitor, words: str) -> tuple[int, int]:
    """A number of the first page, and the rows behind it."""
    number = next(link for link in visitor.get("/").all("a") if words in link.text)
    return int(_NUMBER.search(number.text)[0]), len(visitor.get(number["href"]).all("#list tbody tr"))
