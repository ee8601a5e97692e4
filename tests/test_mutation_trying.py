"""What becomes of a mutant: a test that fails by itself proves nothing, and nothing that went wrong counts as noticed."""

import os
import re
import signal
from pathlib import Path

import pytest

from tests.mutation.__main__ import Entry, parser, still_holds, tell
from tests.mutation.choosing import Chooser
from tests.mutation.forks import Watch, tried
from tests.mutation.guards import ROOT, everywhere, near, room_of
from tests.mutation.jobs import UNCHANGED, Answer, Job, answer_in, job_in, line_of
from tests.mutation.measuring import START, Measured, gathered, hash_of
from tests.mutation.operators import mutants
from tests.mutation.pool import Pair
from tests.mutation.trying import try_one
from tests.mutation.using import lines_using

PATH = "portal/web/access.py"
NEAR, FAR = "tests/web/test_shell.py::test_a", "tests/office/test_audit.py::test_b"
MUTANT = next(one for one in mutants(PATH, (ROOT / PATH).read_text()) if one.function == "actor")
AT_IMPORT = next(one for one in mutants("portal/kernel/policy.py", (ROOT / "portal/kernel/policy.py").read_text()))


def raises(_watch):
    raise ValueError("no test")


def leaves(_watch):
    os._exit(3)


def hangs(watch):
    watch.pytest_runtest_logstart(NEAR)
    signal.setitimer(signal.ITIMER_PROF, 0.05)
    while True:
        pass


@pytest.mark.parametrize(("act", "outcome"), [(raises, "broken"), (leaves, "died"), (hangs, "timeout")])
def test_a_fork_says_how_it_ended(act, outcome):
    assert tried(act).outcome == outcome


def test_who_hangs_is_named():
    assert tried(hangs).test == NEAR


def test_what_a_fork_answers_comes_back():
    answer = Answer("killed", NEAR, "assert 1 == 2", is_first=True)
    assert tried(lambda _watch: answer).why == "assert 1 == 2"
    assert answer_in(line_of(answer)) == answer


def test_a_job_is_read_as_it_was_written():
    job = Job(PATH, 3, 1, (NEAR, FAR), (FAR,))
    assert job_in(line_of(job)) == job


def test_only_the_first_failure_is_told():
    watch = Watch(failed=NEAR, why="first")
    watch.pytest_runtest_logreport(pytest.TestReport(FAR, ("", 0, ""), {}, "failed", "second", "call"))
    assert watch.killed() == Answer("killed", NEAR, "first", is_first=True)


class ScriptedPair(Pair):
    """Answers as told: `broken` tests fail with a mutant, `always` without one too, `late` only after others."""

    def __init__(self, *, noticing=(), always=(), late=(), outcome="killed"):
        super().__init__(Path())
        self.failing, self.always, self.late, self.outcome = {*noticing, *always, *late}, always, late, outcome
        self.asked: list[tuple[str, Job]] = []

    def try_one(self, kind, job):
        self.asked.append((kind, job))
        for test in (one for one in job.tests if one not in job.left_out):
            fails = test in self.always if job.number == UNCHANGED else test in self.failing
            if fails and not (test in self.late and len(job.tests) == 1):
                return Answer(self.outcome, test, "why", is_first=test == job.tests[0])
        return Answer("survived")


def measured(*covering, path=PATH, changed=()):
    files = {name: hash_of(ROOT / name) for name in everywhere() if name not in changed}
    lines = {line: list(covering) for line in range(1, 400)}
    found = Measured(hash_of(ROOT / path), [(NEAR, 0.2), (FAR, 0.3)], lines, files)
    return Chooser(kept=lambda _path: found)


def unmeasured():
    return Chooser(kept=lambda _path: None)


def test_a_test_that_fails_with_the_mutant_only_notices_it():
    assert try_one(ScriptedPair(noticing=[FAR]), MUTANT, measured(0, 1)).test == FAR


@pytest.mark.parametrize("how", ["always", "late"])
def test_a_test_that_fails_by_itself_or_only_after_others_notices_nothing(how, capsys):
    assert try_one(ScriptedPair(**{how: [FAR]}), MUTANT, measured(0, 1)).outcome == "survived"
    assert f"left out in warm workers: {FAR}" in capsys.readouterr().out


def test_the_next_one_may_still_notice_it():
    assert try_one(ScriptedPair(always=[NEAR], noticing=[FAR]), MUTANT, measured(0, 1)).test == FAR


def test_an_error_outside_of_tests_is_told_at_once():
    assert try_one(ScriptedPair(noticing=[NEAR], outcome="broken"), MUTANT, measured(0, 1)).outcome == "broken"


def test_who_noticed_the_last_one_is_asked_first():
    pair, chooser = ScriptedPair(noticing=[FAR]), measured(0, 1)
    try_one(pair, MUTANT, chooser)
    try_one(pair, MUTANT, chooser)
    assert pair.asked[-1][1].tests[0] == FAR


def test_unmeasured_the_near_tests_try_it_then_all_others():
    pair = ScriptedPair()
    assert try_one(pair, MUTANT, unmeasured()).outcome == "survived"
    assert [kind for kind, _ in pair.asked] == ["warm", "cold", "warm"]
    assert {one for _, job in pair.asked for one in job.tests} == {*everywhere()}


def test_what_no_test_runs_is_tried_all_the_same_and_told():
    pair = ScriptedPair()
    assert try_one(pair, MUTANT, measured()).outcome == "untested"
    assert set(near(PATH)) <= {*pair.asked[0][1].tests}


@pytest.mark.parametrize(
    ("mutant", "chooser"),
    [(MUTANT, measured(START)), (AT_IMPORT, measured(START, 0, path=AT_IMPORT.path)), (AT_IMPORT, unmeasured())],
)
def test_what_runs_at_the_start_is_tried_by_cold_workers_only(mutant, chooser):
    pair = ScriptedPair()
    try_one(pair, mutant, chooser)
    assert {kind for kind, _ in pair.asked} == {"cold"}


def test_tests_that_were_written_since_they_were_measured_try_it_too():
    pair, written = ScriptedPair(), "tests/web/test_shell.py"
    assert try_one(pair, MUTANT, measured(0, changed=[written])).outcome == "survived"
    assert pair.asked[0][1].tests == (NEAR, written)


def test_what_several_processes_saw_is_put_together():
    parts = [
        {"tests": [(NEAR, 0.2), (FAR, 0.3)], "lines": {PATH: {"7": [1, START]}, "other.py": {"7": [0]}}},
        {"tests": [(NEAR, 0.4)], "lines": {PATH: {"7": [0], "8": [0]}}},
    ]
    found = gathered(parts, PATH, "digest", {})
    assert {found.tests[one] for one in found.covering([8])} == {(NEAR, 0.4)}
    assert {found.tests[one][0] if one != START else START for one in found.covering([7])} == {NEAR, FAR, START}
    assert found.covering([9]) == set()


def test_of_a_table_those_are_tried_that_run_what_uses_it():
    source = "A = {1}\nB = A | {2}\nC = {3}\n\n\ndef f(x):\n    return x in B\n\n\ndef g(x):\n    return x in C\n"
    assert lines_using(source, "A") == {7}
    assert lines_using(source, "C") == {11}


def test_near_is_first_who_imports_the_module():
    found = near("portal/assessment/records/makers.py")
    assert found[0] == "tests/assessment/test_makers.py"
    assert found.index("tests/assessment/test_visits.py") < found.index("tests/monitoring/test_records.py")
    assert "tests/graduation/test_eyes.py" in found, "which uses it"


def test_where_only_what_is_near_was_measured_all_others_come_last():
    pair, files = ScriptedPair(), near(PATH)
    chooser = measured(0, changed=[name for name in everywhere() if name not in files])
    assert try_one(pair, MUTANT, chooser).outcome == "survived"
    assert {one for _, job in pair.asked[1:] for one in job.tests} == {*everywhere()} - {*files}


def entry(outcome):
    return Entry(MUTANT.id, MUTANT.digest, "tests", MUTANT.line, MUTANT.text, Answer(outcome))


@pytest.mark.parametrize(
    ("outcome", "code"), [("killed", 0), ("timeout", 0), ("died", 0), ("survived", 1), ("untested", 1), ("broken", 1)]
)
def test_a_run_fails_where_a_mutant_was_not_noticed(outcome, code, capsys):
    assert tell([entry(outcome)], [], []) == code
    assert f"1 {outcome}" in capsys.readouterr().out


def test_a_listed_equivalent_that_is_gone_must_be_struck(capsys):
    assert tell([], [], [MUTANT.id]) == 1
    assert "strike it" in capsys.readouterr().out


def test_listed_equivalents_are_counted_and_do_no_harm(capsys):
    assert tell([], [MUTANT.id], []) == 0
    assert "1 equivalent" in capsys.readouterr().out


def test_what_was_noticed_stays_and_what_was_not_is_tried_when_tests_change():
    assert still_holds(entry("killed"), MUTANT, "others")
    assert still_holds(entry("survived"), MUTANT, "tests")
    assert not still_holds(entry("survived"), MUTANT, "others")


@pytest.mark.parametrize(
    ("mutant", "room"),
    [("portal/graduation/rules/flow.py:f:not:0", "graduation/rules"), ("portal/board/rules.py:f:not:0", "board/rules")],
)
def test_a_room_has_one_name_as_file_and_as_folder(mutant, room):
    assert room_of(mutant) == room


@pytest.mark.parametrize("variable", ["SAMPLE", "ONLY", "HELD"])
def test_what_make_passes_on_is_understood(variable):
    line = next(line for line in (ROOT / "Makefile").read_text().splitlines() if "-m tests.mutation" in line)
    [option] = re.findall(rf"\$\(if \$\({variable}\),(--\w+)", line)
    value = [] if variable == "HELD" else ["60"]
    assert getattr(parser().parse_args([option, *value]), variable.lower())
