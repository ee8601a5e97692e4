"""Which tests try a mutant: those that execute its lines, the closest and fastest first; unmeasured, those that stand near,
then all others."""

import hashlib
import json
import os
import subprocess
import sys
import threading
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path

from tests.mutation import covering
from tests.mutation.guards import ROOT, STATING, everywhere, near, slice_of
from tests.mutation.operators import Mutant
from tests.mutation.using import lines_using

BUDGET = 40.0
"""Seconds of tests, as measured, that one mutant may cost: what survives the closest of them is told."""
START = -1
"""Stands for what runs at import, and while fixtures of the whole session are made."""
KEPT = ROOT / ".mutation" / "coverage.json"


@dataclass(frozen=True)
class Stage:
    """Tests, by name or by file, that try a mutant in a warm or a cold worker; what survives goes on to the next stage."""

    kind: str
    tests: tuple[str, ...]


@dataclass
class Chooser:
    """`lines`: path -> line -> tests by number, or -1 for the start. `digests`: of which text of a source or file of tests."""

    tests: list[tuple[str, float]] = field(default_factory=list)
    lines: dict[str, dict[str, list[int]]] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)
    recent: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    unfit: dict[tuple[str, str], str] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def stages(self, mutant: Mutant) -> list[Stage]:
        """What runs at import or while the application is put together is noticed by a cold worker only."""
        first, beside = self._first(mutant), near(mutant.path)
        covering_tests = self._covering(mutant)
        if not mutant.function or covering_tests == {START}:
            return self._cold(mutant, _stating_first(mutant.path, [*first, *beside]))
        if not covering_tests:
            return [Stage("warm", (*first, *beside)), Stage("warm", self._far(mutant)), Stage("cold", (*first, *beside))]
        closest = (*first, *self._closest(covering_tests, mutant.path), *self._unknown())
        return [Stage("warm", closest), *([Stage("cold", closest)] if START in covering_tests else [])]

    def _cold(self, mutant: Mutant, beside: list[str]) -> list[Stage]:
        measured = self._measured(mutant.path)
        if measured is None:
            return [Stage("cold", tuple(beside)), Stage("cold", self._far(mutant))]
        using = lines_using((ROOT / mutant.path).read_text(), mutant.id.split(":")[1])
        tests = {test for line in using for test in measured.get(str(line), [])} - {START}
        of_module = {test for tests in measured.values() for test in tests} - {START}
        chosen = self._closest(tests or of_module, mutant.path)
        return [
            Stage(
                "cold",
                tuple(_stating_first(mutant.path, [*self._first(mutant), *chosen, *self._unknown()]))
                if chosen
                else tuple(beside),
            )
        ]

    def is_covered(self, mutant: Mutant) -> bool:
        """False where it was measured that no test runs it."""
        return self._covering(mutant) != set()

    def _first(self, mutant: Mutant) -> list[str]:
        """Who killed a mutant of this function lately, then of this module."""
        with self.lock:
            return [*self.recent[f"{mutant.path}:{mutant.function}"], *self.recent[mutant.path]]

    def _covering(self, mutant: Mutant) -> set[int] | None:
        """None where nobody measured this text of the module."""
        measured, (first, last) = self._measured(mutant.path), mutant.lines
        if measured is None:
            return None
        return {test for line in range(first, last + 1) for test in measured.get(str(line), [])}

    def _unknown(self) -> list[str]:
        """Files of tests that were written or changed since all were measured."""
        return [name for name in everywhere() if self.digests.get(name) != hash_of(ROOT / name)]

    def _measured(self, path: str) -> dict[str, list[int]] | None:
        return self.lines.get(path, {}) if self.digests.get(path) == hash_of(ROOT / path) else None

    def _far(self, mutant: Mutant) -> tuple[str, ...]:
        """Every other file of tests."""
        return tuple(name for name in everywhere() if name not in near(mutant.path))

    def _closest(self, numbers: set[int], path: str) -> list[str]:
        """A few seconds of each file, the fastest tests first, then some more of each; of the same slice thrice as many."""
        of_file: dict[str, float] = defaultdict(float)
        turns: list[tuple[float, str, float]] = []
        for name, took in sorted((self.tests[number] for number in numbers - {START}), key=lambda test: test[1]):
            file = name.split("::")[0]
            of_file[file] += took / (3 if slice_of(name) == slice_of(path) else 1)
            turns.append((of_file[file], name, took))
        total = accumulate(took for _, _, took in sorted(turns))
        return [name for (_, name, took), spent in zip(sorted(turns), total, strict=True) if spent <= max(BUDGET, took)]

    def left_out(self, kind: str) -> tuple[str, ...]:
        with self.lock:
            return tuple(test for test, of_kind in self.unfit if of_kind == kind)

    def leave_out(self, test: str, kind: str, why: str) -> None:
        """It fails by itself, and proves nothing."""
        with self.lock:
            self.unfit[test, kind] = why
        print(f"  left out in {kind} workers: {test}\n    {why}", flush=True)

    def remember(self, mutant: Mutant, test: str) -> None:
        with self.lock:
            for key, count in ((f"{mutant.path}:{mutant.function}", 4), (mutant.path, 6)):
                known = self.recent[key]
                known[:] = [test, *(one for one in known if one != test)][:count]


def _stating_first(path: str, tests: list[str]) -> list[str]:
    """Tables of rights and flows are stated in a few files."""
    if not path.endswith(("policy.py", "flow.py")):
        return tests
    return sorted([*tests, *STATING], key=lambda name: name.split("::")[0] not in STATING)


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
                lines[path][line] |= {number[names[test]] if test >= 0 else START for test in tests}
    return {
        "tests": list(seconds.items()),
        "lines": {path: {line: sorted(tests) for line, tests in found.items()} for path, found in lines.items()},
        "digests": {path: hash_of(ROOT / path) for path in [*lines, *everywhere()]},
    }
