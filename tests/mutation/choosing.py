"""Which tests try a mutant: those that run its lines, the closest and fastest first; unmeasured, those that stand near,
then all others."""

import threading
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import accumulate

from tests.mutation import measuring
from tests.mutation.guards import ROOT, STATING, everywhere, near, slice_of
from tests.mutation.measuring import START, Measured
from tests.mutation.operators import Mutant
from tests.mutation.using import lines_using

BUDGET = 40.0
"""Seconds of tests, as measured, that one mutant may cost: what survives the closest of them is told."""


@dataclass(frozen=True)
class Stage:
    """Tests, by name or by file, that try a mutant in a warm or a cold worker; what survives goes on to the next stage."""

    kind: str
    tests: tuple[str, ...]


@dataclass
class Chooser:
    kept: Callable[[str], Measured | None] = measuring.kept
    recent: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    unfit: dict[tuple[str, str], str] = field(default_factory=dict)
    known: dict[str, Measured | None] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def stages(self, mutant: Mutant) -> list[Stage]:
        """What runs at import or while the application is put together is noticed by a cold worker only."""
        measured = self._measured(mutant.path)
        if measured is None:
            return self._unmeasured(mutant)
        return [*self._covering(mutant, measured), *self._unasked(mutant, measured)]

    def _covering(self, mutant: Mutant, measured: Measured) -> list[Stage]:
        tests = measured.covering(range(mutant.lines[0], mutant.lines[1] + 1))
        if not mutant.function or tests == {START}:
            using = lines_using((ROOT / mutant.path).read_text(), mutant.id.split(":")[1])
            used = measured.covering(using) - {START} or measured.covering(measured.lines)
            return [Stage("cold", tuple(_stating_first(mutant.path, self._closest(mutant, measured, used))))]
        if not tests:
            return [Stage(kind, (*self._first(mutant), *near(mutant.path))) for kind in ("warm", "cold")]
        closest = tuple(self._closest(mutant, measured, tests))
        return [Stage("warm", closest), *([Stage("cold", closest)] if START in tests else [])]

    def _unasked(self, mutant: Mutant, measured: Measured) -> list[Stage]:
        """Where only the tests near it were measured, all others stand last."""
        others = tuple(name for name in everywhere() if name not in measured.files and name not in near(mutant.path))
        return [Stage("warm" if mutant.function else "cold", others)] if others else []

    def _unmeasured(self, mutant: Mutant) -> list[Stage]:
        beside = (*self._first(mutant), *near(mutant.path))
        far = tuple(name for name in everywhere() if name not in beside)
        if not mutant.function:
            return [Stage("cold", tuple(_stating_first(mutant.path, [*beside]))), Stage("cold", far)]
        at_start = slice_of(mutant.path) in ("kernel", "web")  # where much runs while the application is put together
        second, third = Stage("cold", beside), Stage("warm", far)
        return [Stage("warm", beside), second, third] if at_start else [Stage("warm", beside), third, second]

    def is_covered(self, mutant: Mutant) -> bool:
        """False where it was measured that no test runs it."""
        measured = self._measured(mutant.path)
        return measured is None or bool(measured.covering(range(mutant.lines[0], mutant.lines[1] + 1)))

    def _measured(self, path: str) -> Measured | None:
        with self.lock:
            if path not in self.known:
                self.known[path] = self.kept(path)
            return self.known[path]

    def _first(self, mutant: Mutant) -> list[str]:
        """Who killed a mutant of this function lately, then of this module."""
        with self.lock:
            return [*self.recent[f"{mutant.path}:{mutant.function}"], *self.recent[mutant.path]]

    def _closest(self, mutant: Mutant, measured: Measured, numbers: set[int]) -> list[str]:
        """A few seconds of each file, the fastest tests first, then some more of each; of the same slice thrice as many."""
        of_file: dict[str, float] = defaultdict(float)
        turns: list[tuple[float, str, float]] = []
        for name, took in sorted((measured.tests[number] for number in numbers - {START}), key=lambda test: test[1]):
            file = name.split("::")[0]
            of_file[file] += took / (3 if slice_of(name) == slice_of(mutant.path) else 1)
            turns.append((of_file[file], name, took))
        total = accumulate(took for _, _, took in sorted(turns))
        chosen = [name for (_, name, took), spent in zip(sorted(turns), total, strict=True) if spent <= max(BUDGET, took)]
        return [*self._first(mutant), *chosen, *measured.changed(near(mutant.path))]

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
    of_flow = path.endswith(("/policy.py", "/rules.py"))
    return sorted([*tests, *STATING], key=lambda name: name.split("::")[0] not in STATING) if of_flow else tests
