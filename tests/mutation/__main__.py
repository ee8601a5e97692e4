"""`make mutate`: breaks the guards on purpose, a little at a time, and tells what no test noticed.

`python -m tests.mutation` tries all and can be stopped and started again; `--sample 60` the sixty of the day;
`--only TEXT` those whose id holds the text; `--held` those of the rooms in which none was left unnoticed. What was found is
kept in .mutation/, sources are never touched.
"""

import argparse
import hashlib
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.mutation.choosing import Chooser
from tests.mutation.guards import ROOT, guards, is_held, room_of
from tests.mutation.jobs import Answer
from tests.mutation.measuring import KEPT, measure
from tests.mutation.operators import Mutant, mutants
from tests.mutation.pool import worked
from tests.mutation.trying import try_one

RESULTS = ROOT / ".mutation" / "results.jsonl"
EQUIVALENT = Path(__file__).with_name("equivalent.toml")
NOT_COPIED = (".git", ".venv", ".mutation", "instance", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis")
UNNOTICED = ("survived", "untested", "broken")
"""Each makes the run fail. `timeout` does not: it hangs, or the machine is slow."""


@dataclass(frozen=True)
class Entry:
    """What became of a mutant: a line of RESULTS. `tests` is a digest of all tests, `digest` of the text around the mutant."""

    id: str
    digest: str
    tests: str
    line: int
    text: str
    answer: Answer


def main(arguments: list[str]) -> int:
    asked = parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the copy goes, the workers end
    known = tomllib.loads(EQUIVALENT.read_text())
    everything = all_mutants()
    chosen = [mutant for mutant in everything if not asked.only or any(text in mutant.id for text in asked.only)]
    if asked.held:
        chosen = [mutant for mutant in chosen if is_held(mutant.path)]
    if asked.sample:
        chosen = sampled(chosen, asked.sample, datetime.now(UTC).date().isoformat())
    with copied() as copy:
        if asked.measure or not (asked.sample or asked.only or KEPT.exists()):
            paths = sorted({mutant.path for mutant in chosen})
            measure(copy, asked.workers, paths, near_only=bool(asked.only or asked.held))
        found = try_all(copy, [mutant for mutant in chosen if mutant.id not in known], asked.workers)
    gone = sorted(known.keys() - {mutant.id for mutant in everything})
    return tell(found, [mutant.id for mutant in chosen if mutant.id in known], gone)


def parser() -> argparse.ArgumentParser:
    found = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    found.add_argument("--sample", type=int, default=0, help="so many, chosen by the date")
    found.add_argument("--only", nargs="*", default=[], help="those whose id holds one of these texts")
    found.add_argument("--held", action="store_true", help="only the rooms in which nothing was left unnoticed")
    found.add_argument(
        "--measure", action="store_true", help="find out again which test runs what; with --only or --held, of the tests near"
    )
    found.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    return found


def all_mutants() -> list[Mutant]:
    return [one for path, whole in guards() for one in mutants(path, (ROOT / path).read_text(), sight_only=not whole)]


def sampled(everything: list[Mutant], count: int, day: str) -> list[Mutant]:
    """Others every day, the same for everybody on one day."""
    return random.Random(day).sample(everything, min(count, len(everything)))


@contextmanager
def copied() -> Iterator[Path]:
    """The tree as it is now, so that whoever edits meanwhile disturbs nothing."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    directory = Path(tempfile.mkdtemp(prefix="naik-kelas-mutation-", dir=memory))
    try:
        yield shutil.copytree(ROOT, directory / "tree", ignore=shutil.ignore_patterns(*NOT_COPIED))
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def try_all(copy: Path, chosen: list[Mutant], workers: int) -> list[Entry]:
    """What became of each; what was found before, for the same text and tests, is not tried again."""
    RESULTS.parent.mkdir(exist_ok=True)
    before, tests = results(), digest_of_tests()
    found = [before[one.id] for one in chosen if still_holds(before.get(one.id), one, tests)]
    known, chooser = {entry.id for entry in found}, Chooser()
    left = [one for one in chosen if one.id not in known]
    print(f"{len(chosen)} mutants, {len(found)} known from before", flush=True)
    started = time.monotonic()
    with RESULTS.open("a") as kept:
        for mutant, answer in worked(copy, left, lambda pair, one: try_one(pair, one, chooser), workers=workers):
            found.append(Entry(mutant.id, mutant.digest, tests, mutant.line, mutant.text, answer))
            print(json.dumps(asdict(found[-1])), file=kept, flush=True)
            if answer.outcome in UNNOTICED:
                print(f"  {answer.outcome}: {mutant.id}  line {mutant.line}: {mutant.text} {answer.why}", flush=True)
    print(f"{len(left)} tried in {time.monotonic() - started:.0f} s")
    return found


def results() -> dict[str, Entry]:
    lines = map(json.loads, RESULTS.read_text().splitlines()) if RESULTS.exists() else []
    return {line["id"]: Entry(**line | {"answer": Answer(**line["answer"])}) for line in lines}


def still_holds(entry: Entry | None, mutant: Mutant, tests: str) -> bool:
    """What was noticed stays noticed; what was not, until a test changes."""
    if entry is None or entry.digest != mutant.digest:
        return False
    return entry.answer.outcome not in UNNOTICED or entry.tests == tests


def digest_of_tests() -> str:
    digest = hashlib.sha1(usedforsecurity=False)
    for path in sorted((ROOT / "tests").rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def tell(found: list[Entry], known: list[str], gone: list[str]) -> int:
    """Prints the counts and what no test noticed. 1 when there is any, or when a listed equivalent exists no more."""
    rooms: dict[str, Counter[str]] = defaultdict(Counter)
    for name, outcome in [*((one.id, one.answer.outcome) for one in found), *((name, "equivalent") for name in known)]:
        rooms[room_of(name)][outcome] += 1
    for room, counts in sorted(rooms.items()):
        print(f"{room:24}{counts.total():5}: " + ", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items())))
    unnoticed = sorted((one for one in found if one.answer.outcome in UNNOTICED), key=lambda one: one.id)
    for entry in unnoticed:
        print(f"{entry.answer.outcome}: {entry.id}\n    line {entry.line}: {entry.text}")
    for name in gone:
        print(f"no longer exists, strike it from equivalent.toml: {name}")
    if unnoticed:
        print(f"{len(unnoticed)} of {len(found)} were not noticed: a test, simpler code or a line in equivalent.toml.")
    return 1 if unnoticed or gone else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
