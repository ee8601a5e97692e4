"""Pages by keyset: every row once, in order, whatever ties; and a cursor that no page gave is refused."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Integer, func, select

from portal.family.records.models import Household
from portal.graduation.records.dossiers import ClosedYear
from portal.kernel import areas, paging, typed
from portal.kernel.base import session
from portal.kernel.people import LoginAttempt
from portal.kernel.typed import MOST, number

pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("app")]

NOON = datetime(2026, 11, 24, 5, 0, 0, 123457, UTC)
BY_TIME = (LoginAttempt.at, LoginAttempt.id)
BY_WORD = (LoginAttempt.subject, LoginAttempt.id)


@pytest.fixture(autouse=True)
def attempts(app):
    """Seven, at three moments a microsecond apart, so that most are equal to a neighbour."""
    moments = [NOON + timedelta(microseconds=step) for step in (1, 0, 1, 2, 0, 1, 1)]
    session.add_all(LoginAttempt(subject=f"word {at.microsecond % 2}", at=at) for at in moments)
    session.commit()


def numbers(row):
    return row.id


def walked(order, size, **how):
    """All pages from the first, each as the ids on it."""
    pages, after = [], None
    while not pages or (after and len(pages) < 9):
        found = paging.page(select(LoginAttempt), order, numbers, after=after, size=size, **how)
        pages.append(list(found.rows))
        after = found.following
    return pages


def expected(order, *, newest_first=False):
    keys = [key.desc() if newest_first else key for key in order]
    return list(session.scalars(select(LoginAttempt.id).order_by(*keys)))


@pytest.mark.parametrize("order", [BY_TIME, BY_WORD, (func.length(LoginAttempt.subject, type_=Integer), *BY_TIME)])
@pytest.mark.parametrize("newest_first", [False, True])
@pytest.mark.parametrize("size", [1, 2, 3, 6])
def test_every_row_comes_once_and_in_order(order, newest_first, size):
    pages = walked(order, size, newest_first=newest_first)
    assert [one for page in pages for one in page] == expected(order, newest_first=newest_first)
    assert all(len(page) == size for page in pages[:-1])


@pytest.mark.parametrize("size", [7, 8])
def test_the_last_page_names_no_further_one(size):
    found = paging.page(select(LoginAttempt), BY_TIME, numbers, after=None, size=size)
    assert (len(found.rows), found.following) == (7, None)


def test_rows_are_made_of_the_columns_asked_for_alone():
    statement = select(LoginAttempt.subject, LoginAttempt.at)
    found = paging.page(statement, BY_TIME, lambda word, at: (word, at), after=None, size=1)
    assert found.rows == (("word 1", NOON),)


def test_nothing_leads_to_an_empty_last_page():
    found = paging.page(select(LoginAttempt).where(LoginAttempt.id < 0), BY_TIME, numbers, after=None)
    assert found == paging.KeysetPage((), None)


def test_a_row_that_came_meanwhile_moves_no_page():
    first = paging.page(select(LoginAttempt), BY_TIME, numbers, after=None, size=3)
    session.add(LoginAttempt(subject="early", at=NOON - timedelta(days=1)))
    session.commit()
    following = paging.page(select(LoginAttempt), BY_TIME, numbers, after=first.following, size=9)
    assert not set(first.rows) & set(following.rows)
    assert len(first.rows + following.rows) == 7


def test_days_lead_on_too():
    session.add_all(ClosedYear(year=year, closed_by=1, closed_at=NOON) for year in (2024, 2025))
    session.commit()
    by_day = (func.coalesce(Household.due_on, date(2026, 1, 1)), Household.id)
    first = paging.page(select(Household), by_day, numbers, after=None, size=1)
    following = paging.page(select(Household), by_day, numbers, after=first.following, size=100)
    assert len({*first.rows, *following.rows}) == session.scalar(select(func.count()).select_from(Household))


def test_a_key_of_an_unknown_type_is_our_mistake():
    """Compared as text, it would lead from page to page for ever."""
    order = (func.length(LoginAttempt.subject), LoginAttempt.id)
    with pytest.raises(TypeError):
        paging.page(select(LoginAttempt), order, numbers, after="6_1")


FOREIGN = [
    "1", "1_2_3", "_", "x_1", "1_x", "2026-11-24_1", "1.5_1", "1_-1", "1_1.0", f"1_{MOST + 1}", f"1_{'9' * 5000}",
    f"{'9' * 40}_1", f"-{'9' * 40}_1", "1__1", "1_1_", " _ ", "null_1", "1_1'; DROP TABLE users; --", "\x00_1", "1_\x00",
]  # fmt: skip


@pytest.mark.parametrize("cursor", FOREIGN, ids=range(len(FOREIGN)))
@pytest.mark.parametrize("newest_first", [False, True])
def test_a_cursor_that_no_page_gave_is_refused(cursor, newest_first):
    with pytest.raises(paging.NoSuchPlace):
        paging.page(select(LoginAttempt), BY_TIME, numbers, after=cursor, newest_first=newest_first)


def test_a_cursor_of_another_list_is_refused():
    by_word = paging.page(select(LoginAttempt), BY_WORD, numbers, after=None, size=1).following
    with pytest.raises(paging.NoSuchPlace):
        paging.page(select(LoginAttempt), BY_TIME, numbers, after=by_word)


@pytest.mark.parametrize("word", ["", "%", "'", "\u202e", "é" * 300, "\U0001f600", "\\", "\x00"])
def test_a_word_in_a_cursor_is_only_compared(word):
    """What no page gave may lead anywhere, but never to a fault of the database."""
    try:
        found = paging.page(select(LoginAttempt), BY_WORD, numbers, after=f"{word}_1")
    except paging.NoSuchPlace:
        return
    assert set(found.rows) <= set(expected(BY_WORD))


# --- what an address asks for --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class RowsWanted(typed.ListFilter):
    state: str = typed.word("keadaan", typed.one_of(("open", "ended")), "open")
    area: str | None = typed.word("wilayah", typed.area_code)
    batch: int | None = typed.word("impor", number)
    late: bool = typed.word("terlambat", typed.tick, False)
    after: str | None = typed.word("setelah")


def test_a_list_asks_for_what_its_address_says_and_says_it_again():
    given = {"keadaan": "ended", "wilayah": "35.73.05", "impor": "7", "terlambat": "1", "setelah": "3_4"}
    wanted = RowsWanted.read(given)
    assert wanted == RowsWanted("ended", "35.73.05", 7, True, "3_4")
    assert RowsWanted.read(wanted.words()) == replace(wanted, after=None)
    assert wanted.words("state", "area") == {"impor": "7", "terlambat": "1"}


@pytest.mark.parametrize(
    "given",
    [
        {"keadaan": "apa"}, {"keadaan": "openended"}, {"wilayah": "35.73"}, {"wilayah": "35.73.05%"}, {"wilayah": "35.73.05\n"},
        {"wilayah": "35.73.05.1"}, {"impor": "-1"}, {"terlambat": "ya"}, {"terlambat": ""}, {"lain": "1"}, {},
    ],
)  # fmt: skip
def test_what_makes_no_sense_there_is_left_out(given):
    assert RowsWanted.read(given) == RowsWanted()
    assert RowsWanted.read(given, state="ended") == RowsWanted("ended")


def test_an_area_lies_in_all_those_around_it():
    assert areas.around("35.73.05.1007") == ("35", "35.73", "35.73.05", "35.73.05.1007")
    assert areas.kecamatan_of("35.73.05.1007") == "35.73.05"
    assert [area.code for area in areas.kecamatan_within(["35.73.05.1007", "35.73.01"])] == ["35.73.01", "35.73.05"]
    assert len(areas.kecamatan_within(["35.73"])) == 5
    inside = {one.code: [area.code for area in kelurahan] for one, kelurahan in areas.by_kecamatan(["35.73.05.1007"])}
    assert inside == {"35.73.05": ["35.73.05.1007"]}
