"""`make mutate`: breaks the guards on purpose, a little at a time, and tells what no test noticed.

`python -m tests.mutation` tries all and can be stopped and started again; `--sample 60` the sixty of the day;
`--only TEXT` those whose id holds the text. What was found is kept in .mutation/, sources are never touched.
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
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.mutation import choosing
from tests.mutation.guards import ROOT, guards
from tests.mutation.operators import Mutant, mutants
from tests.mutation.pool import Pair, worked
from tests.mutation.worker import UNCHANGED

RESULTS = ROOT / ".mutation" / "results.jsonl"
EQUIVALENT = Path(__file__).with_name("equivalent.toml")
NOT_COPIED = (".git", ".venv", ".mutation", "instance", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis")
LONGEST = 600.0
"""Seconds after which a mutant counts as noticed: it hangs."""
UNNOTICED = ("survived", "untested")


def main(arguments: list[str]) -> int:
    asked = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the copy goes, the workers end
    known = tomllib.loads(EQUIVALENT.read_text())
    everything = all_mutants()
    chosen = sampled(everything, asked.sample, datetime.now(UTC).date().isoformat()) if asked.sample else everything
    chosen = [mutant for mutant in chosen if not asked.only or any(text in mutant.id for text in asked.only)]
    with copied() as copy:
        if asked.measure or not (asked.sample or asked.only or choosing.KEPT.exists()):
            choosing.measure(copy, asked.workers)
        found = try_all(copy, [mutant for mutant in chosen if mutant.id not in known], asked.workers)
    gone = sorted(known.keys() - {mutant.id for mutant in everything})
    return tell(found, len(chosen) - len(found), gone)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("--sample", type=int, default=0, help="so many, chosen by the date")
    parser.add_argument("--only", nargs="*", default=[], help="those whose id holds one of these texts")
    parser.add_argument("--measure", action="store_true", help="find out again which test executes what")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    return parser


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


def try_all(copy: Path, chosen: list[Mutant], workers: int) -> dict[str, dict[str, Any]]:
    """What became of each; what was found before, for the same text and tests, is not tried again."""
    RESULTS.parent.mkdir(exist_ok=True)
    before, tests = results(), digest_of_tests()
    found = {one.id: before[one.id] for one in chosen if still_holds(before.get(one.id), one, tests)}
    left = [one for one in chosen if one.id not in found]
    chooser = choosing.kept()
    print(f"{len(chosen)} mutants, {len(found)} known from before; {'' if chooser.tests else 'not '}measured", flush=True)
    started = time.monotonic()
    with RESULTS.open("a") as kept:
        for mutant, answer in worked(copy, left, lambda pair, one: try_one(pair, one, chooser), workers=workers):
            found[mutant.id] = answer | {
                "id": mutant.id,
                "digest": mutant.digest,
                "tests": tests,
                "text": mutant.text,
                "line": mutant.line,
            }
            print(json.dumps(found[mutant.id]), file=kept, flush=True)
            if answer["outcome"] in UNNOTICED:
                print(f"  {answer['outcome']}: {mutant.id}  line {mutant.line}: {mutant.text}", flush=True)
    print(f"{len(left)} tried in {time.monotonic() - started:.0f} s")
    return found


def try_one(pair: Pair, mutant: Mutant, chooser: choosing.Chooser) -> dict[str, Any]:
    """A test that fails without the mutant too proves nothing, and is left out."""
    choice = chooser.choose(mutant)
    if not choice.tests:
        return {"outcome": "untested", "by": "", "seconds": 0}
    took = {name: seconds for name, seconds in chooser.tests if name in choice.tests}
    job: dict[str, Any] = {
        "path": mutant.path,
        "number": mutant.number,
        "variant": mutant.variant,
        "limit": LONGEST,
        "took": took,
    }
    job |= {"tests": choice.tests, "left_out": choice.left_out}
    answer = pair.try_one(choice.kind, job)
    if answer["outcome"] == "unplaced":
        choice.kind = "cold"
        answer = pair.try_one("cold", job)
    by = answer["by"].split(" ")[0] if "::" in answer["by"] else ""
    alone = job | {"number": UNCHANGED, "tests": [by], "left_out": []}
    if by and not chooser.is_fit(by, choice.kind, lambda: pair.try_one(choice.kind, alone)):
        return try_one(pair, mutant, chooser)
    if by and answer["outcome"] == "killed":
        chooser.remember(mutant, by)
    return answer


def results() -> dict[str, dict[str, Any]]:
    lines = RESULTS.read_text().splitlines() if RESULTS.exists() else []
    return {entry["id"]: entry for entry in map(json.loads, lines)}


def still_holds(entry: dict[str, Any] | None, mutant: Mutant, tests: str) -> bool:
    """What was noticed stays noticed; what was not, until a test changes."""
    if entry is None or entry["digest"] != mutant.digest:
        return False
    return entry["outcome"] not in UNNOTICED or entry["tests"] == tests


def digest_of_tests() -> str:
    digest = hashlib.sha1(usedforsecurity=False)
    for path in sorted((ROOT / "tests").rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def tell(found: dict[str, dict[str, Any]], equivalent: int, gone: list[str]) -> int:
    """Prints the counts and what no test noticed. 1 when there is any, or when a listed equivalent exists no more."""
    counts = Counter(entry["outcome"] for entry in found.values())
    print(", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items())), f"; {equivalent} listed as equivalent")
    unnoticed = [entry for entry in found.values() if entry["outcome"] in UNNOTICED]
    for entry in sorted(unnoticed, key=lambda entry: entry["id"]):
        print(f"{entry['outcome']}: {entry['id']}\n    line {entry['line']}: {entry['text']}")
    for name in gone:
        print(f"no longer exists, strike it from equivalent.toml: {name}")
    return 1 if unnoticed or gone else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
