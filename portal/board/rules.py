"""How the year stands against its target: expected by now, needed from now on, and where this pace leads.

Only graduations in effect count toward a target; approved ones are on their way. Source: domain.md section 1.
"""

import math
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

MONTHS = 12


class PaceState(StrEnum):
    """`NO_TARGET` as long as nobody has set one."""

    REACHED = "reached"
    ON_TRACK = "on_track"
    BEHIND = "behind"
    NO_TARGET = "no_target"


@dataclass(frozen=True)
class Pace:
    """Families of one year; those approved count once they are in effect. `elapsed` is the share of the year that has gone by,
    0 to 1 (see `elapsed_share`). Raises ValueError outside these."""

    target: int
    effective: int
    elapsed: float

    def __post_init__(self) -> None:
        if min(self.target, self.effective) < 0 or not 0 <= self.elapsed <= 1:
            raise ValueError("counts are not negative, and elapsed is between 0 and 1")

    @property
    def expected(self) -> int:
        """In effect by now if the year went evenly; begun families do not count."""
        return math.floor(self.target * self.elapsed)

    @property
    def missing(self) -> int:
        return max(0, self.target - self.effective)

    @property
    def needed_per_month(self) -> int | None:
        """For the rest of the year, rounded up; in its last month all that is missing. None when no time is left."""
        if not self.missing:
            return 0
        if self.elapsed == 1:
            return None
        return math.ceil(self.missing / max(1.0, (1 - self.elapsed) * MONTHS))

    @property
    def forecast(self) -> int | None:
        """In effect by the end of the year at this pace; None on its first day, which tells nothing."""
        return round(self.effective / self.elapsed) if self.elapsed else None

    @property
    def share(self) -> float | None:
        """Of the target; above 1 when passed, None without a target."""
        return self.effective / self.target if self.target else None

    @property
    def state(self) -> PaceState:
        if not self.target:
            return PaceState.NO_TARGET
        if not self.missing:
            return PaceState.REACHED
        return PaceState.ON_TRACK if self.effective >= self.expected else PaceState.BEHIND


def elapsed_share(year: int, today: date) -> float:
    """How much of `year` has gone by before `today`: 0 until its first day, 1 when it is over."""
    first, following = date(year, 1, 1), date(year + 1, 1, 1)
    return min(1.0, max(0.0, (today - first).days / (following - first).days))
