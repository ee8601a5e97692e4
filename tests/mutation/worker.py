"""A process that tries mutants one after another, each in a fork of its own: nothing is ever written to a source.

Warm: the suite is collected and the application stands; the mutated function's code is put in place of the living one's.
Cold: nothing of the portal is imported yet; the mutated module is what the import finds. For what runs at import.
`python -m tests.mutation.worker warm FROM TO` reads jobs from descriptor FROM and answers to TO. Before the first job it
tries a job that changes nothing: where tests fail by themselves every mutant would count as noticed.
"""

import os
import shutil
import sys
from collections.abc import Callable
from typing import TextIO

import pytest

from tests.mutation.cold import Cold
from tests.mutation.guards import ROOT
from tests.mutation.jobs import UNCHANGED, Answer, Job, job_in, line_of
from tests.mutation.warm import Warm

CONTROL = Job("portal/kernel/gate.py", UNCHANGED, 0, ("tests/kernel/test_many.py", "tests/kernel/test_workflow.py"))


class FailsUnbroken(Exception):
    """Tests fail although nothing was changed."""


def work(jobs: TextIO, answers: TextIO, act: Callable[[Job], Answer]) -> None:
    for _ in range(2):  # the second finds what the first left behind
        first = act(CONTROL)
        if first.outcome != "survived":
            raise FailsUnbroken(f"{first.outcome}: {first.test} {first.why}")
    print(line_of(first), file=answers, flush=True)
    for line in jobs:
        print(line_of(act(job_in(line))), file=answers, flush=True)


def main(kind: str, coming: int, going: int) -> None:
    jobs, answers = os.fdopen(coming), os.fdopen(going, "w")
    scratch = ROOT / f"scratch-{os.getpid()}"
    options = ["-q", "-m", "not journey", "-p", "no:cacheprovider", f"--basetemp={scratch}"]
    try:
        if kind == "cold":
            work(jobs, answers, Cold(options).answer)
        else:
            pytest.main(["tests", *options], plugins=[Warm(lambda act: work(jobs, answers, act))])
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
