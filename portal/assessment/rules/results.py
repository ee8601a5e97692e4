"""What an assessment found, and how it is stored: with its version, as it was, never recomputed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from portal.assessment.rules.instrument import IndicatorKind
from portal.kernel.stored import plain, rebuild
from portal.kernel.terms import Band

Stored = Mapping[str, Any]


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


class Trend(StrEnum):
    """Against the latest earlier result that knew this indicator; NEW when there is nothing to compare."""

    BETTER = "better"
    SAME = "same"
    WORSE = "worse"
    NEW = "new"


class CautionState(StrEnum):
    """ABSENT only when somebody looked, or the register leaves no doubt."""

    PRESENT = "present"
    ABSENT = "absent"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Finding:
    """One indicator judged. `missing`: question keys without an answer; `failing`: question keys at fault.

    `value` and `threshold` are in the unit of the indicator (debt_savings: rupiah of what `reason` names);
    `source` and `valid_from` tell where the threshold comes from; `answered_on` is the oldest answer used.
    """

    key: str
    kind: IndicatorKind
    verdict: Verdict
    reason: str
    value: int | None = None
    threshold: int | None = None
    source: str | None = None
    valid_from: date | None = None
    missing: tuple[str, ...] = ()
    failing: tuple[str, ...] = ()
    needs: tuple[Need, ...] = ()
    answered_on: date | None = None
    trend: Trend = Trend.NEW


@dataclass(frozen=True)
class Caution:
    """`reason` is one of answered, register, unanswered, not_in_register."""

    key: str
    state: CautionState
    reason: str


@dataclass(frozen=True)
class NeededChange:
    """One thing that has to become different: `key` of an indicator or caution flag, and what it needs.

    `also`: indicators that this same change makes met, so that they need no change of their own.
    """

    key: str
    needs: tuple[Need, ...]
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Result:
    """`to_next`: the fewest changes that lift the band; `to_ready`: the fewest that make it READY. Empty when READY."""

    version: int
    band: Band
    findings: tuple[Finding, ...]
    cautions: tuple[Caution, ...]
    contradictions: tuple[str, ...]
    to_next: tuple[NeededChange, ...]
    to_ready: tuple[NeededChange, ...]

    def finding(self, key: str) -> Finding | None:
        return next((finding for finding in self.findings if finding.key == key), None)

    @property
    def unknown(self) -> tuple[str, ...]:
        """Keys of indicators that could not be judged, supporting ones included."""
        return tuple(finding.key for finding in self.findings if finding.verdict is Verdict.UNKNOWN)

    @property
    def raised_cautions(self) -> tuple[Caution, ...]:
        """Flags that are present; unknown ones are not raised, only not cleared."""
        return tuple(caution for caution in self.cautions if caution.state is CautionState.PRESENT)


def to_json(result: Result) -> dict[str, Any]:
    """Plain lists, strings and numbers, for `json.dumps`; `from_json` gives back an equal Result."""
    stored: dict[str, Any] = plain(result)
    return stored


def from_json(stored: Stored) -> Result:
    return rebuild(Result, stored)
