"""The one clock: moments in UTC, days as people in Malang count them."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

OFFICE_ZONE = ZoneInfo("Asia/Jakarta")


def now() -> datetime:
    return datetime.now(UTC)


def today() -> date:
    return datetime.now(OFFICE_ZONE).date()


def local(moment: datetime) -> datetime:
    return moment.astimezone(OFFICE_ZONE)
