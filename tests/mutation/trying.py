"""What becomes of one mutant. A failure counts only where the test passes by itself, with nothing broken."""

from dataclasses import replace

from tests.mutation.choosing import Chooser, Stage
from tests.mutation.jobs import Answer, Job
from tests.mutation.operators import Mutant
from tests.mutation.pool import Pair

NOTICED = ("killed", "timeout", "died")


def try_one(pair: Pair, mutant: Mutant, chooser: Chooser) -> Answer:
    answer = Answer("untested")
    for stage in chooser.stages(mutant):
        found = _in_stage(pair, mutant, chooser, stage)
        if found.outcome in NOTICED:
            chooser.remember(mutant, found.test)
        if found.outcome in (*NOTICED, "broken"):
            return found
        if found.outcome == "survived" and chooser.is_covered(mutant):
            answer = found
    return answer


def _in_stage(pair: Pair, mutant: Mutant, chooser: Chooser, stage: Stage) -> Answer:
    while True:
        job = Job(mutant.path, mutant.number, mutant.variant, stage.tests, chooser.left_out(stage.kind))
        found = pair.try_one(stage.kind, job)
        if found.outcome == "unplaced":
            return _in_stage(pair, mutant, chooser, replace(stage, kind="cold"))
        if found.outcome not in NOTICED or not found.test:
            return found
        why = _unfit(pair, job, found, stage.kind)
        if not why:
            return found
        chooser.leave_out(found.test, stage.kind, why)


def _unfit(pair: Pair, job: Job, found: Answer, kind: str) -> str:
    """Why the failure says nothing about the mutant; empty where it does."""
    by_itself = pair.fails_unbroken(found.test, kind)
    if by_itself:
        return f"it fails where nothing is broken: {by_itself}"
    alone = found if found.is_first else pair.try_one(kind, replace(job, tests=(found.test,)))
    return "" if alone.outcome in NOTICED else f"it fails only after others: {found.why}"
