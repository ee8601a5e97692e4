"""Which code is mutated, and which tests stand near it."""

from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

WHOLE = (
    "portal/*/rules.py", "portal/*/rules/*.py", "portal/*/records/effects.py", "portal/assessment/records/makers.py",
    "portal/graduation/records/graduations.py", "portal/membership/records/*.py", "portal/monitoring/records.py",
    "portal/intake/records/*.py", "portal/kernel/gate.py", "portal/kernel/policy.py", "portal/kernel/workflow.py",
    "portal/kernel/kinds.py", "portal/kernel/work.py", "portal/kernel/gate.py", "portal/web/access.py",
)  # fmt: skip
"""Every line of these decides."""
SIGHT = ("portal/*/lists.py", "portal/*/lists/*.py", "portal/*/records.py", "portal/*/records/*.py")
"""Of these only the functions that say whose rows are seen: they name `visible`."""

STATING = (
    "tests/kernel/test_policy.py",
    "tests/test_workflows.py",
    "tests/test_access_matrix.py",
    "tests/test_other_families.py",
)
"""What states the tables of all slices."""


def guards() -> Iterator[tuple[str, bool]]:
    """Paths below ROOT; and whether every line counts, or only what decides about sight."""
    whole = {path for pattern in WHOLE for path in ROOT.glob(pattern) if path.stat().st_size}
    yield from ((path.relative_to(ROOT).as_posix(), True) for path in sorted(whole))
    sight = {path for pattern in SIGHT for path in ROOT.glob(pattern)} - whole
    yield from ((path.relative_to(ROOT).as_posix(), False) for path in sorted(sight) if "visible(" in path.read_text())


def slice_of(path: str) -> str:
    """`graduation` for portal/graduation/rules.py and tests/graduation/test_pages.py; else the file's name."""
    return path.split("/")[1]


def near(path: str) -> list[str]:
    """Files of tests for a module about which nobody measured anything: of its slice, then those that state the tables."""
    of_slice = sorted((ROOT / "tests" / slice_of(path)).glob("test_*.py"))
    found = [file.relative_to(ROOT).as_posix() for file in of_slice]
    return list(dict.fromkeys([*found, *(name for name in STATING if (ROOT / name).exists())]))
