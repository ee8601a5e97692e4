"""When visits are planned, due and overdue.

Stored are days and outcomes; everything here is derived from `today` (Asia/Jakarta), which comes in.
Source: domain.md section 6; the visit plan and the grace are settings.
"""

from calendar import monthrange
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from itertools import takewhile

from portal.kernel.terms import Refused, VisitOutcome

#: Days after the planned day before a visit counts as overdue: our own proposal.
GRACE_DAYS = 14
#: After so many planned visits in a row without meeting the family a monitoring case may be closed as lost.
LOST_AFTER = 3
#: Days before its end in which evidence is shown as ageing.
AGEING_DAYS = 14


def add_months(day: date, months: int) -> date:
    """The same day `months` later (earlier when negative), or the last day of a month that is too short."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def routine_visit(met: date | None, began: date | None, known: date, every: Callable[[date], int]) -> date:
    """The next visit of an active family where nobody chose another day (domain.md section 2): `every` so many months, as
    the plan was on that day, after the family was last met, or after it came into the programme if that was later. Of one
    that was never met, whose beginning nobody said, after the day since when the portal has `known` it."""
    day = max(on for on in (met or known, began) if on)
    return add_months(day, every(day))


def planned_visits(effective_on: date, months: Iterable[int]) -> tuple[date, ...]:
    """The days of the monitoring visits, in order; `months` after the graduation took effect, e.g. (3, 6, 9, 12)."""
    return tuple(add_months(effective_on, after) for after in sorted(set(months)))


def further_visit(on: date, months: Iterable[int]) -> date:
    """The visit after the last of the plan, for a family that is not stable: as soon as the plan's first one came."""
    return add_months(on, min(months))


def is_due(planned: date, outcome: VisitOutcome | None, today: date) -> bool:
    """From the planned day on, until an outcome is recorded. Not met is an outcome: a retry is planned by itself."""
    return outcome is None and planned <= today


def is_overdue(planned: date, outcome: VisitOutcome | None, today: date, *, grace_days: int = GRACE_DAYS) -> bool:
    """Due, and the grace is over: an overdue visit is always a due one too."""
    return is_due(planned, outcome, today - timedelta(days=grace_days + 1))


def refuse_before(day: date, earlier: date, **facts: str) -> None:
    """What is stated follows what came before it. Raises Refused("out_of_order")."""
    if day < earlier:
        raise Refused("out_of_order", **facts)


def times_not_met(outcomes: Sequence[VisitOutcome | None]) -> int:
    """How often in a row, up to the latest visit that has an outcome; `outcomes` in the order made."""
    known = [outcome for outcome in reversed(outcomes) if outcome is not None]
    return len(list(takewhile(lambda outcome: outcome is VisitOutcome.NOT_MET, known)))


def is_out_of_reach(outcomes: Sequence[VisitOutcome | None]) -> bool:
    """The "three times not met" that closing as lost asks for."""
    return times_not_met(outcomes) >= LOST_AFTER
