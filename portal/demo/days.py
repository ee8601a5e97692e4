"""The demo's calendar: which day it is, when the portal began, and moments in office hours."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from portal.kernel.clock import OFFICE_ZONE
from portal.kernel.terms import Period


@dataclass(frozen=True)
class Days:
    """`today` as the demo sees it; the last thing that happened was the day before."""

    today: date

    @property
    def last(self) -> date:
        return self.today - timedelta(days=1)

    @property
    def year(self) -> int:
        return self.today.year

    @property
    def beginning(self) -> date:
        """When the office brought its roster into the portal: the start of last year."""
        return workday(date(self.year - 1, 1, 6))

    def closing(self, year: int) -> date:
        """When a year was closed, if that day has come."""
        return workday(date(year + 1, 1, 14))

    def quarters(self, many: int) -> list[Period]:
        """The latest cut-offs that are known, oldest first."""
        newest = Period.of(self.today - timedelta(days=KNOWN_AFTER))
        found = [newest]
        while len(found) < many:
            found.append(found[-1].previous())
        return found[::-1]


KNOWN_AFTER = 20
"""Days from the beginning of a quarter until its deciles are in the portal."""


def known_from(period: Period) -> date:
    return date(period.year, period.quarter * 3 - 2, 1) + timedelta(days=KNOWN_AFTER)


def workday(day: date) -> date:
    """The day itself, or the Friday before a weekend: what was in order stays in order."""
    return day - timedelta(days=max(0, day.weekday() - 4))


def moment(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), OFFICE_ZONE).astimezone(UTC)


def office_hour(rng: Random, day: date) -> datetime:
    return moment(day, rng.randrange(8, 15), rng.randrange(60))
