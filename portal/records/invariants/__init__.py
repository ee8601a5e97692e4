"""What must hold over the whole database, whoever wrote it: the gate, an import or the demo.

Read-only and in bulk: a few statements per table, the judging in Python. A violation is a fault of the portal, never of
a person; `flask --app app audit check` prints them.
"""

from collections.abc import Iterator
from itertools import chain

from portal.records import audit, clock
from portal.records.invariants import cases, columns, dates, episodes, eyes, follow_up, paths, proofs, submitted
from portal.records.invariants.findings import Violation

__all__ = ["Violation", "check"]


def check() -> list[Violation]:
    """Every violation there is, in the order of the rules; an empty list is what should come back."""
    now, today = clock.now(), clock.today()
    histories = paths.histories()
    found = chain(
        _chain(),
        paths.violations(histories),
        proofs.violations(histories),
        submitted.violations(histories),
        cases.violations(histories),
        follow_up.violations(histories),
        episodes.violations(histories),
        eyes.violations(),
        columns.violations(),
        dates.violations(now, today),
    )
    return list(found)


def _chain() -> Iterator[Violation]:
    for seq, fault in audit.verify().broken:
        yield Violation(f"chain.{fault}", "events", seq)
