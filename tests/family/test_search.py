"""Finding a family: by name however it is spelt, filtered, in order, page by page, and only within one's sight."""

from datetime import date, timedelta

import pytest
from werkzeug.datastructures import MultiDict

from portal.caseload.lists import caseload, filters
from portal.caseload.lists.caseload import ORDERS, WantedPage
from portal.caseload.lists.filters import Filters
from portal.family import lists
from portal.family.records.models import Batch, BatchRow, Episode
from portal.kernel.base import session
from portal.kernel.clock import now
from portal.kernel.paging import NoSuchPlace
from portal.kernel.people import User
from portal.kernel.terms import Band, ExitType, Membership, Presence, RegistryMatch
from tests import cast, shortcuts
from tests.visitor import statements

pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("app")]

TODAY = date(2026, 11, 24)


def names_of(page):
    return [line.name for line in page.lines]


def found(username, typed, **more):
    return caseload.page(cast.actor(username), WantedPage(Filters(name=typed, **more)), TODAY)


def listed(username, order=None, **narrowed):
    return names_of(caseload.page(cast.actor(username), WantedPage(Filters(**narrowed), order=order), TODAY))


def families(*callers, **fields):
    made = [cast.family(name, **fields) for name in callers]
    session.commit()
    return made


# --- by name -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed",
    [
        "Hj. Siti Khotimah", "khotimah siti", "KHOTI", "Kotimah", "siti kotima", "Chotimah", "Siti Hotimah",
        "St. Khotimah", "siti khotimah binti ahmad", "Sitikhotimah", "khotmah",
    ],
)  # fmt: skip
def test_a_name_is_found_however_it_is_spelt(typed):
    families("Hj. Siti Khotimah", "Ngatemi")
    assert names_of(found("sari", typed))[:1] == ["Hj. Siti Khotimah"]


@pytest.mark.parametrize("username", ["sari", "wati", "ratna", "budi"])
@pytest.mark.parametrize("typed", ["Soelijah", "suliya", "sulyah", "Siti Suliyah", "sul"])
def test_old_spelling_and_slips_are_found_in_every_scope(username, typed):
    assert "Suliyah" in names_of(found(username, typed))


def test_a_name_written_as_one_word_is_found_by_its_two():
    families("Nurhasanah", "Abdul Rahman")
    assert names_of(found("budi", "nur hasanah")) == ["Nurhasanah"]
    assert names_of(found("budi", "Abdulrahman")) == ["Abdul Rahman"]


def test_nobody_is_found_for_a_name_that_nobody_has():
    page = found("budi", "Xyzzyx")
    assert (names_of(page), page.total, page.is_more) == ([], 0, False)
    assert names_of(found("budi", "123 . -")) == []


def test_another_member_is_found_and_named():
    line = found("sari", "anak misnati").lines[0]
    assert (line.name, line.matched) == ("Misnati", "Anak Misnati")


def test_who_has_left_is_found_no_more():
    misnati = cast.household("Misnati")
    misnati.members[1].left_on = TODAY
    cast.summarise(misnati, cast.BEGINNING)
    session.commit()
    assert [line.matched for line in found("sari", "anak misnati").lines if line.name == "Misnati"] == [None]


def test_the_caretaker_called_so_comes_before_others():
    families("Aminah Siti Rohani", "Siti Aminah", "Siti Aminah Wati")
    families("Bejo", "Zainab Aminah")
    assert names_of(found("budi", "siti aminah"))[:3] == ["Siti Aminah", "Siti Aminah Wati", "Aminah Siti Rohani"]


@pytest.mark.parametrize("username", ["joko", "rini", "kepala"])
def test_search_stays_within_sight(username):
    hers = {"joko": [], "rini": [], "kepala": ["Suliyah"]}[username]
    assert names_of(found(username, "Suliyah")) == hers


def test_an_administrator_finds_nobody():
    assert names_of(found("admin", "Suliyah")) == []


def test_search_keeps_the_filters():
    assert names_of(found("budi", "suliyah", membership=(Membership.ACTIVE,))) == []
    assert names_of(found("budi", "suliyah", membership=(Membership.SUSPENDED,))) == ["Suliyah"]


def test_many_answers_are_paged_and_a_flood_is_cut(monkeypatch):
    monkeypatch.setattr(lists, "MOST", 30)
    families(*(f"Siti {'abcdefgh'[at % 8]}{'abcdefgh'[at // 8]}" for at in range(35)))
    page = found("sari", "siti")
    assert (page.total, page.is_more, len(page.lines)) == (30, True, 25)
    following = caseload.page(cast.actor("sari"), WantedPage(Filters(name="siti"), after=page.next), TODAY)
    assert not set(names_of(page)) & set(names_of(following))
    back = caseload.page(cast.actor("sari"), WantedPage(Filters(name="siti"), before=following.previous), TODAY)
    assert names_of(back) == names_of(page)


def test_answers_can_be_sorted_otherwise():
    families("Siti Zubaidah", decile=1)
    families("Siti Aisyah", decile=3)
    page = caseload.page(cast.actor("sari"), WantedPage(Filters(name="siti"), order="desil"), TODAY)
    assert names_of(page) == ["Siti Zubaidah", "Siti Aisyah"]


# --- filters -------------------------------------------------------------------------------------------------------

DATED = {
    "unvisited": ("last_visit_on", TODAY - timedelta(days=200), TODAY - timedelta(days=30), 6),
    "unassessed": ("assessed_on", TODAY - timedelta(days=200), TODAY - timedelta(days=30), 6),
}


@pytest.mark.parametrize("name", DATED)
def test_never_counts_as_longer_ago_than_any_date(name):
    column, long_ago, lately, months = DATED[name]
    rows = families("Lama", "Baru", "Belum", facilitator="joko", kelurahan=cast.POLEHAN)
    setattr(rows[0], column, long_ago)
    setattr(rows[1], column, lately)
    session.commit()
    assert sorted(listed("joko", **{name: months})) == ["Belum", "Lama", "Ponijan"]


NARROWED = {
    "membership": (("membership", Membership.EXITED), (Membership.EXITED, Membership.CANDIDATE)),
    "band": (("band", Band.READY), (Band.READY,)),
    "decile": (("decile", 7), (7, 8)),
    "rt": (("rt", 9), 9),
    "rw": (("rw", 9), 9),
    "group": (("group", "Melati"), "melati"),
    "presence": (("presence", Presence.MOVED), (Presence.MOVED,)),
    "match": (("registry_match", RegistryMatch.DUPLICATE), (RegistryMatch.DUPLICATE,)),
    "years": (("joined_year", 2016), 10),
    "due": (("due_on", TODAY), 0),
    "due_from": (("due_on", TODAY + timedelta(days=9)), 9),
}


@pytest.mark.parametrize("name", NARROWED)
def test_a_filter_leaves_who_fits_and_drops_who_does_not(name):
    (column, value), wanted = NARROWED[name]
    chosen, other = families("Terpilih", "Lainnya")
    other.due_on = cast.household("Misnati").due_on = None
    setattr(chosen, column, value)
    session.commit()
    assert listed("sari", **{name: wanted}) == ["Terpilih"]


def test_unknown_decile_and_band_can_be_asked_for():
    families("Tanpa desil", decile=None)
    assert listed("sari", decile=(filters.UNKNOWN,)) == ["Tanpa desil"]
    assert set(listed("sari", decile=(filters.UNKNOWN, 6))) == {"Tanpa desil", "Suliyah"}
    assert set(listed("sari", band=(filters.UNASSESSED,))) == {"Misnati", "Suliyah", "Tanpa desil"}


def test_due_reaches_from_overdue_to_a_day_ahead():
    cast.household("Misnati").due_on = None
    for name, days in (("Lewat", -1), ("Hari ini", 0), ("Pekan depan", 7)):
        families(name)[0].due_on = TODAY + timedelta(days=days)
    session.commit()
    assert listed("sari", due=-1) == ["Lewat"]
    assert set(listed("sari", due=6)) == {"Lewat", "Hari ini"}
    assert set(listed("sari", due=7, due_from=0)) == {"Hari ini", "Pekan depan"}


def test_areas_are_kecamatan_or_kelurahan():
    assert listed("budi", area="35.73.01") == ["Ponijan"] == listed("budi", area=cast.POLEHAN)
    assert listed("budi", area="35.7") == []
    assert listed("ratna", area="35.73.01") == []


def test_families_of_a_facilitator_and_of_nobody():
    joko = session.query(User).filter_by(username="joko").one()
    assert listed("budi", facilitator=joko.id) == ["Ponijan"]
    assert listed("budi", facilitator=filters.NOBODY) == ["Noise"]
    assert listed("ratna", facilitator=joko.id) == []


def test_who_left_in_a_year_and_how():
    left, _ = families("Mandiri", "Tinggal", membership=Membership.EXITED)
    session.add(Episode(household_id=left.id, number=2, ended=date(2026, 3, 1), exit_type=ExitType.INDEPENDENT))
    session.commit()
    assert listed("budi", exit_type=(ExitType.INDEPENDENT,), exit_year=2026) == ["Mandiri"]
    assert listed("budi", exit_year=2026) == ["Mandiri"]
    assert listed("budi", exit_type=(ExitType.NATURAL,)) == [] == listed("budi", exit_year=2025)


def test_families_that_an_import_touched():
    budi, misnati = cast.actor("budi"), cast.household("Misnati")
    batch = Batch(layout="A", file_name="a.csv", sha256="0" * 64, period="2026-Q4", uploaded_by=budi.id, uploaded_at=now())
    session.add(batch)
    session.flush()
    session.add(BatchRow(batch_id=batch.id, row=2, verdict="ready", outcome="updated", household_id=misnati.id))
    session.commit()
    assert listed("budi", batch=batch.id) == ["Misnati"] == listed("budi", batch=batch.id, outcome="updated")
    assert listed("budi", batch=batch.id, outcome="created") == [] == listed("joko", batch=batch.id)


def test_officers_neither_filter_nor_sort_by_what_they_do_not_see():
    families("Siap")[0].band = Band.READY
    session.commit()
    assert listed("wati", band=(Band.READY,)) == listed("wati")
    assert listed("wati", order="kesiapan") == listed("wati", order="nama")


def test_filters_travel_in_a_url_and_back():
    chosen = Filters(
        name="siti", membership=(Membership.ACTIVE, Membership.SUSPENDED), band=(Band.READY, filters.UNASSESSED),
        decile=(0, 3), area=cast.JATIMULYO, rt=3, rw=4, group="Melati", presence=(Presence.FOUND,),
        match=(RegistryMatch.MATCHED,),
        facilitator=0, left_behind=1, unvisited=6, unassessed=3,
        years=10, due=-1, due_from=0, exit_type=(ExitType.NATURAL,), exit_year=2026,
        batch=5, outcome="x",
    )  # fmt: skip
    assert filters.read(MultiDict(filters.query_args(**chosen.active()))) == chosen
    assert set(chosen.active()) == set(filters.ROWS)


def test_what_cannot_be_read_narrows_nothing():
    sent = MultiDict([("desil", "99"), ("desil", "x"), ("rt", "-4"), ("kepesertaan", "boss"), ("lama", "9" * 40), ("q", "  ")])
    assert filters.read(sent) == Filters()


# --- order and pages -----------------------------------------------------------------------------------------------


@pytest.fixture
def many(app):
    """Thirty families of Sari: values repeat, every fourth is unknown."""
    shortcuts.reach("thirty families", _thirty_families)


def _thirty_families():
    for at in range(28):
        family = cast.family(f"Ibu {'abcdefghij'[at % 10]}", decile=None if at % 4 == 0 else at % 5 + 1)
        family.last_visit_on = None if at % 4 == 1 else TODAY - timedelta(days=at % 7)
        family.due_on = None if at % 4 == 2 else TODAY + timedelta(days=at % 7)
        family.band = None if at % 4 == 3 else list(Band)[at % 3]
    session.commit()


def walk(order, start="", forwards=True):
    """Every page from the start (or, backwards, from the last one) and its ids."""
    pages, cursor = [], start
    while cursor is not None:
        side = {"after": cursor} if forwards else {"before": cursor}
        page = caseload.page(cast.actor("sari"), WantedPage(Filters(), order=order, **side), TODAY, size=10)
        pages.append(page)
        cursor = page.next if forwards else page.previous
    return pages


@pytest.mark.parametrize("order", [None, *ORDERS])
def test_pages_hold_everybody_once_both_ways(many, order):
    pages = walk(order)
    there = [line.id for page in pages for line in page.lines]
    assert (len(there), len(set(there)), len(pages)) == (30, 30, 3)
    back = walk(order, start=pages[-1].previous, forwards=False)
    assert [line.id for page in reversed(back) for line in page.lines] == there[:20]


@pytest.mark.parametrize("order", [word for word in ORDERS if "nama" not in word])
def test_rows_stand_in_order_and_unknown_ones_apart(many, order):
    chosen = ORDERS[order]
    values = [getattr(line, chosen.column.key) for page in walk(order) for line in page.lines]
    known = [value for value in values if value is not None]
    assert known == sorted(known, reverse=chosen.descending)
    unknown = [None] * (len(values) - len(known))
    assert values == (unknown + known if chosen.unknown_first else known + unknown)


def test_a_row_that_appears_meanwhile_moves_no_other(many):
    first = walk(None)[0]
    families("Aaa baru")
    second = caseload.page(cast.actor("sari"), WantedPage(Filters(), after=first.next), TODAY, size=10)
    assert not {line.id for line in first.lines} & {line.id for line in second.lines}


@pytest.mark.parametrize("cursor", ["~", "x~y", "1~2~3~4", "9~a~99999999999", "2026-13-01~a~1", "satu~a~1"])
@pytest.mark.parametrize("order", ["nama", "desil", "kunjungan", "kesiapan"])
def test_a_cursor_that_no_page_gave_is_no_place(cursor, order):
    for side in ("after", "before"):
        with pytest.raises(NoSuchPlace):
            caseload.page(cast.actor("sari"), WantedPage(Filters(), order=order, **{side: cursor}), TODAY)


def test_no_cursor_is_the_first_page():
    assert len(caseload.page(cast.actor("sari"), WantedPage(Filters(), after="", before=""), TODAY).lines) == 2


def test_a_name_that_is_found_no_longer_begins_its_results_anew():
    page = caseload.page(cast.actor("sari"), WantedPage(Filters(name="misnati"), after="999999"), TODAY)
    assert [line.name for line in page.lines] == ["Misnati"]


def test_the_first_page_counts(many, monkeypatch):
    page = caseload.page(cast.actor("sari"), WantedPage(Filters()), TODAY)
    assert (page.total, page.is_more) == (30, False)
    monkeypatch.setattr(caseload, "MOST_COUNTED", 28)
    page = caseload.page(cast.actor("sari"), WantedPage(Filters()), TODAY)
    assert (page.total, page.is_more) == (28, True)


def test_all_that_a_filter_leaves_can_be_taken_in_bulk():
    budi = cast.actor("budi")
    everybody = caseload.ids(budi, "household.assign", Filters(), today=TODAY, most=9)
    assert len(everybody) == 4
    assert caseload.ids(budi, "household.assign", Filters(name="Misnati"), today=TODAY, most=9) == [
        cast.household("Misnati").id
    ]
    assert caseload.ids(cast.actor("sari"), "household.assign", Filters(), today=TODAY, most=9) == []


# --- plans ---------------------------------------------------------------------------------------------------------

WIDE = [WantedPage(Filters(), order=order) for order in (None, *ORDERS)]
WIDE += [
    WantedPage(Filters(), order=order, after=after)
    for order, after in (("desil", "2~a~1"), ("nama", "a~1"), ("kunjungan", "~a~1"))
]


@pytest.mark.parametrize("username", ["budi", "ratna"])
@pytest.mark.parametrize("wanted", WIDE, ids=str)
def test_a_page_of_a_wide_list_walks_an_index_and_sorts_nothing(app, username, wanted):
    plans = planned(lambda: caseload.page(cast.actor(username), wanted, TODAY))
    assert not [step for plan in plans for step in plan if "TEMP B-TREE" in step or step == "SCAN households"], plans


@pytest.mark.parametrize("username", ["budi", "ratna", "sari", "wati"])
@pytest.mark.parametrize("typed", ["siti", "siti aminah", "kotima"])
def test_a_search_walks_over_no_table(app, username, typed):
    plans = planned(lambda: caseload.page(cast.actor(username), WantedPage(Filters(name=typed)), TODAY))
    walked = [
        step for plan in plans for step in plan if step.startswith("SCAN") and ("households" in step or "name_words" in step)
    ]
    assert not walked, plans
    if username in ("budi", "ratna"):
        assert not [step for plan in plans for step in plan if step.endswith("kecamatan (kecamatan=?)")], plans


def planned(ask):
    """The plan of each list statement that `ask` makes; SQLite only, PostgreSQL plans by what is in the tables."""
    if session.get_bind().dialect.name != "sqlite":
        pytest.skip("SQLite's plans")
    with statements() as taken:
        ask()
    asked = [one for one in taken if "FROM households" in one or "name_words" in one]
    plans = [session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {one}", ("x",) * one.count("?")) for one in asked]
    return [[row[3] for row in plan] for plan in plans]
