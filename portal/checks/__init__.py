"""What must hold over the whole database, whoever wrote it: the gate, an import or the demo.

Read-only and in bulk: a few statements per table, the judging in Python. A violation is a fault of the portal, never of
a person; `flask --app app audit check` prints them.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import cache

from portal.checks import cases, families, histories
from portal.checks.histories import Histories, Violation
from portal.kernel import clock
from portal.office.records import audit

__all__ = ["AREAS", "Violation", "check"]


def _chain() -> Iterator[Violation]:
    for seq, fault in audit.verify().broken:
        yield Violation(f"chain.{fault}", "events", seq)


Known = Callable[[], Histories]

AREAS: dict[str, Callable[[Known], Iterable[Violation]]] = {
    "chain": lambda known: _chain(),
    "path": lambda known: histories.ways(known()),
    "evidence": lambda known: histories.evidence(known()),
    "submission": lambda known: histories.submitted(known()),
    "case": lambda known: cases.cases(known()),
    "monitoring": lambda known: cases.monitoring(known()),
    "membership": lambda known: families.membership(known()),
    "four_eyes": lambda known: cases.four_eyes(),
    "column": lambda known: families.columns(),
    "ahead": lambda known: families.ahead(clock.now(), clock.today()),
}


def check(*areas: str) -> list[Violation]:
    """Every violation in these areas, or in all of them; an empty list is what should come back."""
    known: Known = cache(histories.histories)
    return [violation for area in areas or AREAS for violation in AREAS[area](known)]
