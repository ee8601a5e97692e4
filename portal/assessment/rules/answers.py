"""Answers to the instrument: as typed, as stored, and where they contradict each other; and what an assessment found in
them, stored with its version, as it was, never recomputed.

Stored per question: `{"value", "on", "evidence", "by"}`: the value, the day it was answered, ids of evidence, and the user
who saw it. A question without an answer has no entry: unknown is never none, and never met.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from portal.assessment.rules.instrument import NONE, Asks, IndicatorKind, Question
from portal.kernel.terms import Band
from portal.kernel.typed import NotMoney, parse_rupiah
from portal.kernel.workflow import rebuild

Value = int | str | tuple[str, ...]


@dataclass(frozen=True)
class Answer:
    value: Value
    on: date
    evidence: tuple[int, ...] = ()
    by: int | None = None


Answers = Mapping[str, Answer]


def from_json(stored: Mapping[str, Any]) -> dict[str, Answer]:
    """What `plain` made of answers; entries without a value are left out."""
    return {key: rebuild(Answer, entry) for key, entry in stored.items() if entry.get("value") is not None}


class InvalidAnswer(ValueError):
    """What was typed is no answer; `code` is one of not_money, not_a_number, too_small, too_large, not_an_option,
    none_with_others."""

    def __init__(self, code: str, question: Question) -> None:
        super().__init__(code)
        self.code = code
        self.question = question


def parse_answer(question: Question, typed: str | Sequence[str]) -> Value | None:
    """The value to store, or None when nothing was typed. Raises InvalidAnswer."""
    texts = [text.strip() for text in ([typed] if isinstance(typed, str) else typed) if text.strip()]
    if not texts:
        return None
    if question.asks is Asks.MULTI:
        return _selection(question, texts)
    if question.asks is Asks.CHOICE:
        return _option(question, texts[0])
    return _amount(question, texts[0])


def _amount(question: Question, text: str) -> int:
    value = _rupiah(question, text) if question.asks is Asks.MONEY else _whole(question, text)
    if value < question.lowest:
        raise InvalidAnswer("too_small", question)
    if value > question.highest:
        raise InvalidAnswer("too_large", question)
    return value


def _rupiah(question: Question, text: str) -> int:
    try:
        return parse_rupiah(text)
    except NotMoney as fault:
        code = {"negative": "too_small", "too_large": "too_large"}.get(fault.code, "not_money")
        raise InvalidAnswer(code, question) from None


def _whole(question: Question, text: str) -> int:
    if not (text.isascii() and text.removeprefix("-").isdigit() and len(text) <= 12):
        raise InvalidAnswer("not_a_number", question)
    return int(text)


def _option(question: Question, text: str) -> str:
    if text not in question.options:
        raise InvalidAnswer("not_an_option", question)
    return text


def _selection(question: Question, texts: Sequence[str]) -> tuple[str, ...]:
    chosen = {_option(question, text) for text in texts}
    if NONE in chosen and len(chosen) > 1:
        raise InvalidAnswer("none_with_others", question)
    return tuple(option for option in question.options if option in chosen)


@dataclass(frozen=True)
class Typed:
    """One section as typed: `values` to store, `blank` keys to clear."""

    values: Mapping[str, Value]
    blank: tuple[str, ...]

    @classmethod
    def of(cls, given: Mapping[str, Value | None]) -> "Typed":
        """From the answer to each question of the section; nothing, or nothing chosen, is blank."""
        values = {key: value for key, value in given.items() if value not in (None, "", ())}
        return cls(values, tuple(key for key in given if key not in values))


def is_asked(question: Question, values: Mapping[str, object]) -> bool:
    """False when the answer to another question makes this one pointless."""
    return question.only_if is None or values.get(question.only_if) not in (0, "no")


@dataclass(frozen=True)
class Contradiction:
    """Answers that cannot all be true. When `voids`, none of them counts until it is cleared up."""

    code: str
    keys: tuple[str, ...]
    voids: bool = True


_Clash = Callable[[Mapping[str, object], int | None], bool]


def _exceeds(part: str, whole: str) -> _Clash:
    def clash(values: Mapping[str, object], people: int | None) -> bool:
        left, right = values.get(part), people if whole == "people" else values.get(whole)
        return isinstance(left, int) and isinstance(right, int) and left > right

    return clash


def _earns_without_months(values: Mapping[str, object], people: int | None) -> bool:
    income = values.get("income_main")
    return values.get("stable_months") == 0 and isinstance(income, int) and income > 0


def _wishes_unasked(values: Mapping[str, object], people: int | None) -> bool:
    return values.get("conversation_held") == "no" and "own_wish" in values


_CLASHES: tuple[tuple[Contradiction, _Clash], ...] = (
    (Contradiction("food_over_total", ("spending_food", "spending_total")), _exceeds("spending_food", "spending_total")),
    (
        Contradiction("school_over_children", ("children_in_school", "school_age_children")),
        _exceeds("children_in_school", "school_age_children"),
    ),
    (Contradiction("children_over_people", ("school_age_children",)), _exceeds("school_age_children", "people")),
    (Contradiction("earners_over_people", ("earners",)), _exceeds("earners", "people")),
    # These two only ask for a second look: each of the answers fails or stands on its own.
    (Contradiction("income_without_months", ("income_main", "stable_months"), voids=False), _earns_without_months),
    (Contradiction("wish_without_conversation", ("own_wish", "conversation_held"), voids=False), _wishes_unasked),
)


def contradictions(values: Mapping[str, object], people: int | None) -> tuple[Contradiction, ...]:
    """`values` are question key -> value; `people` is the size of the household, None when unknown."""
    return tuple(contradiction for contradiction, clash in _CLASHES if clash(values, people))


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
