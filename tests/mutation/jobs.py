"""What a worker is asked, and what it answers: one line of JSON each."""

import json
from dataclasses import asdict, dataclass

UNCHANGED = -1
"""The number of a job that changes nothing: do the tests pass where nothing is broken?"""


@dataclass(frozen=True)
class Job:
    """`number` and `variant` name the change in the source at `path`; `tests` are names of tests or of their files."""

    path: str
    number: int
    variant: int
    tests: tuple[str, ...]
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class Answer:
    """`outcome`: `killed` by `test`, for `why`; `survived`; `timeout`; `died`; `unplaced`, where the code could not be put in;
    `untested`, where there was no test to run. `is_first`: no other test ran before `test`."""

    outcome: str
    test: str = ""
    why: str = ""
    is_first: bool = False
    seconds: float = 0.0


def line_of(one: Job | Answer) -> str:
    return json.dumps(asdict(one))


def job_in(line: str) -> Job:
    found = json.loads(line)
    return Job(**found | {"tests": tuple(found["tests"]), "left_out": tuple(found["left_out"])})


def answer_in(line: str) -> Answer:
    return Answer(**json.loads(line))
