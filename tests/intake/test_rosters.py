"""The sample rosters tell exactly what expected.json says: no problem more, none fewer."""

import json
from collections import defaultdict

import pytest

from portal.intake.reading.reading import Parsed
from tests.intake.files import ROSTERS, parse

EXPECTED = json.loads((ROSTERS / "expected.json").read_text(encoding="utf-8"))


def told(parsed: Parsed) -> list[dict]:
    rows = defaultdict(list)
    for problem in parsed.problems:
        rows[problem.sheet, problem.row].append(problem.code)
    return [{"sheet": sheet, "row": row, "codes": codes} for (sheet, row), codes in rows.items()]


@pytest.mark.parametrize("name", EXPECTED)
def test_problems_are_those_expected(name):
    parsed = parse(ROSTERS / name)
    assert parsed.layout == EXPECTED[name]["layout"]
    assert told(parsed) == EXPECTED[name]["problems"]


@pytest.mark.parametrize("name", [name for name in EXPECTED if EXPECTED[name]["layout"] == "A"])
def test_payment_rows_are_all_counted(name):
    parsed = parse(ROSTERS / name)
    repeated = sum(problem.code == "duplicate_in_file" for problem in parsed.problems)
    assert parsed.rows == EXPECTED[name]["rows"] == len(parsed.records) + repeated


@pytest.mark.parametrize("name", [name for name in EXPECTED if EXPECTED[name]["layout"] == "F"])
def test_families_and_members_are_all_counted(name):
    parsed = parse(ROSTERS / name)
    assert len(parsed.records) == EXPECTED[name]["families"]
    assert parsed.members == EXPECTED[name]["members"]


def test_clean_roster_keeps_every_member_in_its_family():
    parsed = parse(ROSTERS / "F-dtsen.xlsx")
    assert sum(len(family.members) for family in parsed.records) == 439
    assert all(member.family == family.family for family in parsed.records for member in family.members)


def test_both_rosters_speak_of_the_same_places_and_addresses():
    """The faulty payment file has RT and RW inside one address, the family file in columns."""
    places = {row.kk: (row.area, row.address, row.rt, row.rw) for row in parse(ROSTERS / "F-dtsen-bermasalah.xlsx").records}
    payment = next(row for row in parse(ROSTERS / "A-bnba-pkh-bermasalah.csv").records if row.row == 8)
    assert places[payment.kk] == ("35.73.04.1008", "JL. BANDULAN NO. 11", 13, 12)
    assert (payment.area, payment.address, payment.rt, payment.rw) == places[payment.kk]
