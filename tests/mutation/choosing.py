"""Which tests try a mutant: those that execute its lines, the closest and fastest first; unmeasured, those that stand near."""

import hashlib
import json
import os
import subprocess
import sys
import threading
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.mutation import covering
from tests.mutation.guards import ROOT, STATING, near, slice_of
from tests.mutation.operators import Mutant

BUDGET = 60.0
"""Seconds of tests, as measured, that one mutant may cost: what survives the closest of them is told."""
KEPT = ROOT / ".mutation" / "coverage.json"


@dataclass
class Choice:
    kind: str
    tests: list[str]
    left_out: list[str] = field(default_factory=list)


@dataclass
class Chooser:
    """`functions`: path, function and digest of its text -> lines from its start -> tests by number, or -1 for the start."""

    tests: list[tuple[str, float]] = field(default_factory=list)
    lines: dict[str, dict[str, list[int]]] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)
    recent: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    fit: dict[tuple[str, str], bool] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def choose(self, mutant: Mutant) -> Choice:
        """Who killed a mutant of this function lately comes first."""
        choice = self._chosen(mutant)
        choice.left_out = [test for (test, kind), fit in self.fit.items() if kind == choice.kind and not fit]
        return choice

    def _chosen(self, mutant: Mutant) -> Choice:
        with self.lock:
            first = [*self.recent[f"{mutant.path}:{mutant.function}"]]
        covering_tests = self._covering(mutant)
        if not mutant.function or covering_tests == {-1}:
            return Choice("cold", [*first, *_for_tables(mutant.path)])
        if covering_tests is None:
            return Choice("warm", list(dict.fromkeys([*first, *near(mutant.path)])))
        return Choice("warm", list(dict.fromkeys([*first, *self._closest(covering_tests - {-1}, mutant.path)])))

    def _covering(self, mutant: Mutant) -> set[int] | None:
        """None where nobody measured this text of the module."""
        if self.digests.get(mutant.path) != hash_of(ROOT / mutant.path):
            return None
        measured, (first, last) = self.lines.get(mutant.path, {}), mutant.lines
        return {test for line in range(first, last + 1) for test in measured.get(str(line), [])}

    def _closest(self, numbers: set[int], path: str) -> list[str]:
        found = sorted(numbers, key=lambda one: (slice_of(self.tests[one][0]) != slice_of(path), self.tests[one][1]))
        chosen, seconds = [], 0.0
        for number in found:
            name, took = self.tests[number]
            seconds += took
            if chosen and seconds > BUDGET:
                break
            chosen.append(name)
        return chosen

    def is_fit(self, test: str, kind: str, run: Callable[[], dict[str, Any]]) -> bool:
        """Does it pass where nothing is broken? Asked once."""
        if (test, kind) not in self.fit:
            answer = run()
            self.fit[test, kind] = answer["outcome"] == "survived"
            if not self.fit[test, kind]:
                print(f"  left out, it fails without a mutant ({kind}): {test}", flush=True)
        return self.fit[test, kind]

    def remember(self, mutant: Mutant, test: str) -> None:
        with self.lock:
            known = self.recent[f"{mutant.path}:{mutant.function}"]
            known[:] = [test, *(one for one in known if one != test)][:4]


def _for_tables(path: str) -> list[str]:
    """Tables of rights and flows are stated in a few files; others where their slice is tested."""
    stating = path.endswith(("policy.py", "flow.py"))
    return sorted(near(path), key=lambda name: (name in STATING) is not stating)


def hash_of(path: Path) -> str:
    return hashlib.sha1(path.read_bytes(), usedforsecurity=False).hexdigest()[:12]


def kept() -> Chooser:
    """What was measured before, as far as the sources are the same."""
    return Chooser(**json.loads(KEPT.read_text())) if KEPT.exists() else Chooser()


def measure(copy: Path, workers: int) -> None:
    """Runs the suite once, without journeys, and keeps which test executes which line."""
    parts = copy / "parts"
    parts.mkdir()
    command = [sys.executable, "-m", "pytest", "-q", "-n", str(workers), "-m", "not journey", "-p", "no:cacheprovider"]
    environment = os.environ | {covering.PARTS: str(parts)}
    subprocess.run([*command, "-p", "tests.mutation.covering"], cwd=copy, env=environment, check=True)
    KEPT.parent.mkdir(exist_ok=True)
    KEPT.write_text(json.dumps(gathered([json.loads(part.read_text()) for part in sorted(parts.iterdir())])))


def gathered(parts: list[dict]) -> dict:
    """The parts of several processes as one; a process that controls others has only what it imported."""
    seconds = {name: took for part in parts for name, took in part["tests"]}
    number = {name: index for index, name in enumerate(seconds)}
    lines: dict[str, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
    for part in parts:
        names = [name for name, _ in part["tests"]]
        for path, found in part["lines"].items():
            for line, tests in found.items():
                lines[path][line] |= {number[names[test]] if test >= 0 else -1 for test in tests}
    return {
        "tests": list(seconds.items()),
        "lines": {path: {line: sorted(tests) for line, tests in found.items()} for path, found in lines.items()},
        "digests": {path: hash_of(ROOT / path) for path in lines},
    }
