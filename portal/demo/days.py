"""The demo's calendar: which day it is, when the portal began, and which quarters' files the office has had by then."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from portal.kernel.clock import OFFICE_ZONE
from portal.kernel.terms import Period

FILED_AFTER = 40
"""Days from the beginning of a quarter until its ranks are in the portal; its payments come a week later. Copies of families
live weeks earlier, but still within the quarter."""


@dataclass(frozen=True)
class Days:
    """`today` as the demo sees it; the last thing that happened was on a working day before."""

    today: date

    @property
    def last(self) -> date:
        return workday(self.today - timedelta(days=1))

    @property
    def year(self) -> int:
        return self.today.year

    @property
    def beginning(self) -> date:
        """When the first people were given accounts; the families came with the roster of that quarter."""
        return workday(date(self.year - 2, 1, 22))

    @property
    def first_roster(self) -> date:
        return workday(date(self.year - 2, 2, 20))

    def ago(self, days: int) -> date:
        return workday(self.last - timedelta(days=days))

    def quarter(self, back: int = 0) -> Period:
        """The newest quarter whose files are in the portal, or the one so many before it."""
        found = Period.of(self.last - timedelta(days=FILED_AFTER + 8))
        for _ in range(back):
            found = found.previous()
        return found


def filed_on(period: Period, *, days_later: int = 0) -> date:
    """When the ranks of a quarter were brought in."""
    return workday(date(period.year, period.quarter * 3 - 2, 1) + timedelta(days=FILED_AFTER + days_later))


def workday(day: date) -> date:
    """The day itself, or the Friday before a weekend: what was in order stays in order."""
    return day - timedelta(days=max(0, day.weekday() - 4))


def moment(day: date, minutes: int) -> datetime:
    """So many minutes after eight o'clock in Malang."""
    return (datetime.combine(day, time(8), OFFICE_ZONE) + timedelta(minutes=minutes)).astimezone(UTC)
