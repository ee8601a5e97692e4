"""Which tests run which lines of a guard, kept a module: measured once, until its text changes."""

import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from hashlib import sha1
from pathlib import Path

from tests.mutation import covering
from tests.mutation.guards import ROOT, everywhere, near

KEPT = ROOT / ".mutation" / "measured"
START = -1
"""Stands for what runs at import, and while fixtures of the whole session are made."""


@dataclass(frozen=True)
class Measured:
    """`digest` of the module's text; `tests` that run it, with their seconds; `lines`: which of these, by number, run each
    line, or START; `files`: digests of the files of tests that were asked."""

    digest: str
    tests: list[tuple[str, float]]
    lines: dict[int, list[int]]
    files: dict[str, str]

    def covering(self, lines: Iterable[int]) -> set[int]:
        return {test for line in lines for test in self.lines.get(line, ())}

    def changed(self, files: Iterable[str]) -> list[str]:
        """Those that were written or changed since."""
        return [name for name in files if self.files.get(name) != hash_of(ROOT / name)]


def hash_of(path: Path) -> str:
    return sha1(path.read_bytes(), usedforsecurity=False).hexdigest()[:12]


def measure(copy: Path, workers: int, paths: Iterable[str], *, near_only: bool) -> None:
    """Runs the suite, or what stands near these modules, and keeps what runs them."""
    parts = copy / "parts"
    parts.mkdir()
    files = sorted({name for path in paths for name in near(path)}) if near_only else everywhere()
    command = [sys.executable, "-m", "pytest", "-q", "-n", str(workers), "-m", "not journey", "-p", "no:cacheprovider"]
    environment = os.environ | {covering.PARTS: str(parts)}
    subprocess.run([*command, "-p", "tests.mutation.covering", *files], cwd=copy, env=environment, check=True)
    found = [json.loads(part.read_text()) for part in sorted(parts.iterdir())]
    digests = {name: hash_of(copy / name) for name in files}
    KEPT.mkdir(parents=True, exist_ok=True)
    for path in paths:
        _file(path).write_text(json.dumps(asdict(gathered(found, path, hash_of(copy / path), digests))))


def kept(path: str) -> Measured | None:
    """None where nobody measured this text."""
    if not _file(path).exists():
        return None
    found = json.loads(_file(path).read_text())
    lines = {int(line): tests for line, tests in found["lines"].items()}
    measured = Measured(found["digest"], [(name, took) for name, took in found["tests"]], lines, found["files"])
    return measured if measured.digest == hash_of(ROOT / path) else None


def _file(path: str) -> Path:
    return KEPT / f"{path.removesuffix('.py').replace('/', '.')}.json"


def gathered(parts: list[covering.Part], path: str, digest: str, files: dict[str, str]) -> Measured:
    """What several processes saw of one module; a process that controls others has only what it imported."""
    seconds: dict[str, float] = {}
    lines: dict[int, set[str]] = defaultdict(set)
    for part in parts:
        names = [name for name, _ in part["tests"]]
        for line, tests in part["lines"].get(path, {}).items():
            lines[int(line)] |= {names[test] if test != START else "" for test in tests}
            seconds |= {part["tests"][test][0]: part["tests"][test][1] for test in tests if test != START}
    number = {name: index for index, name in enumerate(seconds)} | {"": START}
    numbered = {line: sorted(number[name] for name in tests) for line, tests in lines.items()}
    return Measured(digest, list(seconds.items()), numbered, files)
