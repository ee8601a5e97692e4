"""Which code is mutated, and which tests stand near it."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

WHOLE = (
    "*/rules", "membership/records", "intake/records", "kernel/gate", "kernel/policy", "kernel/workflow", "kernel/kinds",
    "kernel/work", "web/access",
)  # fmt: skip
"""Every line of these decides: slice and part, whether a file or a folder."""
DECIDING = ("CaseKind(", "def makers(")
"""Of other records, the files that say what a step needs and sets off, and whose work a case stands on."""
SIGHT = ("*/lists", "*/records")
"""Of these only the functions that say whose rows are seen: they name `visible`."""

HELD = ("web/access", "assessment/records/makers")
"""Rooms in which a whole run left no mutant unnoticed, as slice and part or file. What a change brings there can be told
the same day (`--held`); the others wait for whoever walks them."""

STATING = (
    "tests/kernel/test_policy.py",
    "tests/test_workflows.py",
    "tests/test_access_matrix.py",
    "tests/test_other_families.py",
)
"""What states the tables of all slices."""


def guards() -> Iterator[tuple[str, bool]]:
    """Paths below ROOT; and whether every line counts, or only what decides about sight."""
    seen = {path: (ROOT / path).read_text() for room in SIGHT for path in files_of(room)}
    whole = {path for room in WHOLE for path in files_of(room)}
    whole |= {path for path, text in seen.items() if any(word in text for word in DECIDING)}
    yield from ((path, True) for path in sorted(whole))
    yield from ((path, False) for path in sorted(seen.keys() - whole) if "visible(" in seen[path])


def files_of(room: str) -> list[str]:
    """`portal/graduation/rules.py`, or what is in that folder once it has outgrown a file."""
    found = [*ROOT.glob(f"portal/{room}.py"), *ROOT.glob(f"portal/{room}/*.py")]
    return sorted(path.relative_to(ROOT).as_posix() for path in found if path.stat().st_size)


def is_held(path: str) -> bool:
    return any(path in files_of(room) for room in HELD)


def slice_of(path: str) -> str:
    """`graduation` for portal/graduation/rules.py and tests/graduation/test_pages.py; else the file's name."""
    return path.split("/")[1]


def room_of(mutant: str) -> str:
    """`graduation/rules`, whether a file or a folder; of the kernel and the web, the file."""
    _portal, slice_name, part, *_ = mutant.partition(".py:")[0].split("/")
    return f"{slice_name}/{part}"


@cache
def near(path: str) -> list[str]:
    """Files of tests for a module about which nobody measured anything: that import it, of its slice, of the slices that
    use it, that state the tables."""
    files = everywhere()
    importing = [name for name in files if _imports(name, path)]
    of_slice = sorted((name for name in files if slice_of(name) == slice_of(path)), key=lambda name: name not in importing)
    of_users = [name for name in files if slice_of(name) in _users(path)]
    return list(dict.fromkeys([*of_slice, *importing, *of_users, *(name for name in STATING if (ROOT / name).exists())]))


def _users(path: str) -> set[str]:
    """Slices that import it; everybody uses the kernel and the web, so of these nobody is named."""
    if slice_of(path) in ("kernel", "web"):
        return set()
    sources = (source.relative_to(ROOT).as_posix() for source in sorted((ROOT / "portal").rglob("*.py")))
    return {slice_of(source) for source in sources if source.count("/") > 1 and _imports(source, path)}


@cache
def _imports(file: str, path: str) -> bool:
    """`from portal.family.records import register` and `from portal.family.records.register import add_aid`."""
    package, _, module = path.removesuffix(".py").replace("/", ".").rpartition(".")
    text = (ROOT / file).read_text()
    return f"from {package}.{module} import" in text or bool(re.search(rf"^from {package} import .*\b{module}\b", text, re.M))


@cache
def everywhere() -> list[str]:
    """Every file of tests that needs no browser."""
    files = sorted((ROOT / "tests").rglob("test_*.py"))
    return [path.relative_to(ROOT).as_posix() for path in files if path.parent.name not in ("journeys", "bench")]
