"""What judging an indicator speaks of: the reading of a family, and the outcome of one rule."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from portal.assessment.rules.answers import Value
from portal.assessment.rules.instrument import Instrument, Threshold
from portal.kernel.terms import Period


class Verdict(StrEnum):
    MET = "met"
    NEAR = "near"
    NOT_MET = "not_met"
    UNKNOWN = "unknown"


class Compare(StrEnum):
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    IS = "is"
    NOT_POOR = "not_poor"
    CLEARED = "cleared"


@dataclass(frozen=True)
class Need:
    """What must become true: `what` is a question key or one of income_per_person, household_income, food_share,
    debt_share, or the key of a caution flag; `value` is rupiah, percent, a count or an option."""

    what: str
    compare: Compare
    value: int | str | None = None


@dataclass(frozen=True)
class Reading:
    """`values` holds only answers that fit the instrument and do not contradict each other."""

    instrument: Instrument
    values: Mapping[str, Value]
    people: int | None
    deciles: Mapping[Period, int]
    limits: Mapping[str, Threshold]

    def number(self, key: str) -> int | None:
        value = self.values.get(key)
        return value if isinstance(value, int) else None

    def limit(self, key: str) -> int | None:
        return self.limits[key].value if key in self.limits else None

    def own_limit(self, key: str) -> int:
        """A limit that every instrument brings with it."""
        return self.limits[key].value

    def income(self) -> int | None:
        main, other = self.number("income_main"), self.number("income_other")
        return None if main is None or other is None else main + other

    def least_income(self) -> int:
        """What is known of it; an answer to the rest can only add."""
        return (self.number("income_main") or 0) + (self.number("income_other") or 0)


@dataclass(frozen=True)
class Outcome:
    """`needs` make it met, `near_needs` near (empty: no nearer step than met).

    `income_needed`: the monthly household income that alone would make it met, 0 when the part that is known suffices; None
    when income alone does not.
    """

    verdict: Verdict
    reason: str
    value: int | None = None
    threshold: int | None = None
    limit: str | None = None
    failing: tuple[str, ...] = ()
    needs: tuple[Need, ...] = ()
    near_needs: tuple[Need, ...] = ()
    income_needed: int | None = None


def percent_of(amount: int, percent: int) -> int:
    return -(-amount * percent // 100)


def grade(value: int | None, met: int, near: int) -> Verdict:
    if value is None:
        return Verdict.UNKNOWN
    if value >= met:
        return Verdict.MET
    return Verdict.NEAR if value >= near else Verdict.NOT_MET


def unknown(code: str) -> Outcome:
    return Outcome(Verdict.UNKNOWN, code)


def reason_of(key: str, verdict: Verdict) -> str:
    return "unanswered" if verdict is Verdict.UNKNOWN else f"{key}_{verdict}"
