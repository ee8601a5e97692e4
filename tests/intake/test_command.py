"""`flask --app app intake`: the preview as JSON, one sentence when something is wrong, and applying on request."""

import json

import pytest

from portal.family.records.models import Batch, Household
from portal.kernel.base import session
from portal.kernel.history import Event
from tests import rosters
from tests.intake.files import ROSTERS
from tests.rosters import CLEAN_A, CLEAN_F, FAULTY_A, FAULTY_F

pytestmark = pytest.mark.usefixtures("app")

EXPECTED = json.loads((ROSTERS / "expected.json").read_text(encoding="utf-8"))


@pytest.fixture
def intake(app):
    def run(file, *options, username="budi"):
        command = ["intake", str(file if "/" in str(file) else ROSTERS / file), "--as", username, *options]
        return app.test_cli_runner().invoke(args=command)

    return run


def told(result):
    assert result.exit_code == 0, result.output
    return json.loads(result.output)


def with_period(name):
    return ("--period", EXPECTED[name]["period_to_give"]) if "period_to_give" in EXPECTED[name] else ()


@pytest.mark.parametrize("name", EXPECTED)
def test_the_faults_are_those_expected_no_more_and_no_fewer(intake, name):
    found = told(intake(name, *with_period(name)))
    rows: dict = {}
    for problem in found["problems"]:
        rows.setdefault((problem["sheet"], problem["row"]), []).append(problem["code"])
    expected = {(row["sheet"], row["row"]): row["codes"] for row in EXPECTED[name]["problems"]}
    assert (found["layout"], rows) == (EXPECTED[name]["layout"], expected)
    assert found["ready"] + found["look"] + found["skipped"] == found["rows"]


def test_a_problem_says_everything_that_a_person_needs(intake):
    assert told(intake(FAULTY_A))["problems"][0] == {
        "sheet": None, "row": 3, "column": "NIK_KTP", "code": "nik_length", "severity": "error",
        "message": "NIK di kolom NIK_KTP berisi 15 angka; seharusnya 16.",
    }  # fmt: skip


def test_without_apply_nothing_is_kept(intake):
    found = told(intake(CLEAN_A))
    assert (found["rows"], found["ready"], found["look"], found["skipped"]) == (120, 104, 16, 0)
    assert (session.query(Batch).count(), session.query(Event).count(), session.query(Household).count()) == (0, 0, 4)


def test_apply_brings_in_what_is_ready(intake):
    summary = told(intake(CLEAN_A, "--apply"))["summary"]
    assert (summary["opened"], summary["left"], session.query(Household).count()) == (104, 16, 108)


def test_accept_also_uses_what_needs_a_look(intake):
    told(intake(CLEAN_A, "--apply", "--accept"))
    summary = told(intake(CLEAN_F, "--period", "2026-Q4", "--apply"))["summary"]
    assert (summary["changed"], summary["skipped"], summary["proposed"]) == (120, 0, 25)


def test_the_same_file_twice_changes_nothing(intake):
    told(intake(CLEAN_A, "--apply", "--accept"))
    again = told(intake(CLEAN_A, "--apply", "--accept"))
    assert (again["ready"], again["skipped"], again["summary"]["unchanged"]) == (0, 120, 120)
    assert {finding["code"] for finding in again["findings"]} == {"unchanged"}


def test_a_supervisor_of_one_kecamatan_brings_in_only_that(intake):
    summary = told(intake(CLEAN_A, "--apply", username="ratna"))["summary"]
    kecamatan = {household.kecamatan for household in session.query(Household).filter(Household.id > 4)}
    assert (kecamatan, summary["opened"] + summary["left"] + summary["skipped"]) == ({"35.73.05"}, 120)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ((), "Pilih triwulan datanya dulu."),
        (("--period", "2026"), "--period 2026: tulis seperti 2026-Q4."),
        (("--period", "2099-Q1"), "--period 2099-Q1: triwulan ini belum tiba."),
    ],
)
def test_dtsen_needs_a_quarter_that_has_come(intake, options, sentence):
    result = intake(CLEAN_F, *options)
    assert (result.exit_code, result.output.strip()) == (1, f"Error: {sentence}")


@pytest.mark.parametrize("username", ["nobody", "sari", "kepala", "admin"])
def test_who_may_not_import_is_refused(intake, username):
    result = intake(CLEAN_A, "--apply", username=username)
    assert (result.exit_code, session.query(Batch).count()) == (1, 0)
    assert "tidak berwenang" in result.output


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7", rosters.sample(CLEAN_F)[:3000], b"PK\x03\x04 broken"])
def test_a_hostile_file_gets_one_sentence(intake, tmp_path, content):
    file = tmp_path / "berkas.xlsx"
    file.write_bytes(content)
    result = intake(file, "--apply")
    assert (result.exit_code, len(result.output.strip().splitlines())) == (1, 1)
    assert session.query(Batch).count() == 0


def test_a_file_that_is_too_large_gets_one_sentence(intake, tmp_path):
    file = tmp_path / "besar.csv"
    file.write_bytes(b"a;b\n" * (15 * 1024 * 1024))
    result = intake(file)
    assert (result.exit_code, "60 MB; paling besar 16 MB" in result.output) == (1, True)


def test_the_faulty_families_find_theirs(intake):
    told(intake(FAULTY_A, "--apply", "--accept"))
    found = told(intake(FAULTY_F, "--period", "2026-Q4"))
    assert (found["rows"], found["members"], found["ready"], found["look"]) == (62, 218, 44, 6)
