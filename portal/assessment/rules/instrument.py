"""The readiness instrument as data, by version: what is asked at the door, and what each indicator needs.

Our own proposal (domain.md section 7), never a rule of the ministry. A stored result keeps its version: to change a
question, a kind or an option, add a version and leave the old one as it is. Amounts and percentages are thresholds:
the settings table may override each of them by key, with its own source and date.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class IndicatorKind(StrEnum):
    GATE = "gate"
    REQUIRED = "required"
    SUPPORTING = "supporting"


class Asks(StrEnum):
    """How a question is answered. Stored: MONEY and NUMBER an int, CHOICE a string, MULTI a tuple of strings."""

    MONEY = "money"
    NUMBER = "number"
    CHOICE = "choice"
    MULTI = "multi"


class Section(StrEnum):
    """Parts of the doorstep form, in the order of the talk; each is saved on its own."""

    WORK = "work"
    INCOME = "income"
    SPENDING = "spending"
    SAVINGS = "savings"
    HOUSING = "housing"
    CHILDREN = "children"
    SUPPORT = "support"
    CAUTIONS = "cautions"
    CONVERSATION = "conversation"


NONE = "none"


@dataclass(frozen=True)
class Question:
    """`lowest`/`highest` bound MONEY and NUMBER, inclusive. `poor`: the options that count as a criterion of poverty.

    `only_if` names a question; when that one is answered "no" or 0 this one need not be asked.
    """

    key: str
    section: Section
    asks: Asks
    options: tuple[str, ...] = ()
    poor: frozenset[str] = frozenset()
    lowest: int = 0
    highest: int = 0
    only_if: str | None = None

    def accepts(self, value: object) -> bool:
        """Whether a stored value is an answer to this question; anything else counts as unknown."""
        if self.asks in (Asks.MONEY, Asks.NUMBER):
            return isinstance(value, int) and not isinstance(value, bool) and self.lowest <= value <= self.highest
        if self.asks is Asks.CHOICE:
            return isinstance(value, str) and value in self.options
        return isinstance(value, tuple) and self._is_selection(value)

    def _is_selection(self, chosen: tuple[object, ...]) -> bool:
        known = bool(chosen) and all(option in self.options for option in chosen)
        return known and (NONE not in chosen or len(chosen) == 1)


@dataclass(frozen=True)
class Threshold:
    """A limit with where it comes from: `source` is a code of the instrument or the words of the settings table."""

    key: str
    value: int
    source: str
    valid_from: date


@dataclass(frozen=True)
class Indicator:
    key: str
    kind: IndicatorKind
    questions: tuple[str, ...]
    higher_is_better: bool = True


@dataclass(frozen=True)
class CautionFlag:
    """Blocks the suggestion, never the family's own wish. Without a question it is derived from the register alone."""

    key: str
    question: str | None = None


@dataclass(frozen=True)
class Instrument:
    """`thresholds` are defaults; `poverty_line` and `umk` have none and must come from the settings table."""

    version: int
    questions: Mapping[str, Question]
    indicators: tuple[Indicator, ...]
    cautions: tuple[CautionFlag, ...]
    thresholds: Mapping[str, Threshold]

    def section(self, section: Section) -> tuple[Question, ...]:
        return tuple(question for question in self.questions.values() if question.section is section)


_A_BILLION = 1_000_000_000
_YES_NO = ("yes", "no")


def _money(key: str, section: Section, *, lowest: int = 0) -> Question:
    return Question(key, section, Asks.MONEY, lowest=lowest, highest=_A_BILLION)


def _number(key: str, section: Section, *, highest: int, only_if: str | None = None) -> Question:
    return Question(key, section, Asks.NUMBER, highest=highest, only_if=only_if)


def _choice(key: str, section: Section, options: str, *, poor: str = "", only_if: str | None = None) -> Question:
    return Question(key, section, Asks.CHOICE, tuple(options.split()), frozenset(poor.split()), only_if=only_if)


def _yes_no(key: str, section: Section) -> Question:
    return Question(key, section, Asks.CHOICE, _YES_NO)


def _multi(key: str, section: Section, options: str) -> Question:
    return Question(key, section, Asks.MULTI, (*options.split(), NONE))


# Floor, wall, toilet and power follow the DTSEN lists; what counts as poor follows the criteria of Kepmensos
# 262/HUK/2022 (earthen or plastered floor; bamboo, board or unplastered wall; no toilet of one's own; 450 watt or
# none). Ours: "other" counts as poor until somebody picks a listed kind, and so does power borrowed without a meter.
_QUESTIONS_1 = (
    _number("earners", Section.WORK, highest=20),
    _number("stable_months", Section.WORK, highest=12),
    _choice("business", Section.WORK, "none alone family_help paid_help"),
    _multi("assets", Section.WORK, "motorcycle stall tools livestock land house computer gold other"),
    _money("income_main", Section.INCOME),
    _money("income_other", Section.INCOME),
    _money("spending_total", Section.SPENDING, lowest=1),
    _money("spending_food", Section.SPENDING),
    _money("savings", Section.SAVINGS),
    _money("debt_payment", Section.SAVINGS),
    _yes_no("debt_overdue", Section.SAVINGS),
    _choice(
        "floor", Section.HOUSING, "marble ceramic vinyl tile wood cement bamboo earth other", poor="cement bamboo earth other"
    ),
    _choice(
        "wall",
        Section.HOUSING,
        "plastered_wall bare_wall plastered_bamboo panel board woven_bamboo log bamboo other",
        poor="bare_wall plastered_bamboo board woven_bamboo log bamboo other",
    ),
    _choice("toilet", Section.HOUSING, "own shared communal public unused none", poor="shared communal public unused none"),
    _choice(
        "power",
        Section.HOUSING,
        "over_2200 2200 1300 900 450 without_meter other_source not_electric",
        poor="450 without_meter not_electric",
    ),
    _number("school_age_children", Section.CHILDREN, highest=15),
    _number("children_in_school", Section.CHILDREN, highest=15, only_if="school_age_children"),
    _choice("conditions_kept", Section.SUPPORT, "always sometimes never"),
    _number("sessions_attended", Section.SUPPORT, highest=12),
    _multi("continuing_aid", Section.SUPPORT, "jkn pip kip_kuliah sembako kur empowerment local_aid other"),
    _yes_no("severe_disability", Section.CAUTIONS),
    _yes_no("chronic_illness", Section.CAUTIONS),
    _yes_no("nutrition_problem", Section.CAUTIONS),
    _multi("recent_shock", Section.CAUTIONS, "job_lost business_failed illness death divorce disaster other"),
    _yes_no("conversation_held", Section.CONVERSATION),
    _choice("own_wish", Section.CONVERSATION, "wants_to_leave undecided wants_to_stay", only_if="conversation_held"),
)

_INDICATORS_1 = (
    Indicator("income_per_person", IndicatorKind.GATE, ("income_main", "income_other")),
    Indicator("stable_income", IndicatorKind.GATE, ("stable_months",)),
    Indicator("own_wish", IndicatorKind.GATE, ("conversation_held", "own_wish")),
    Indicator("household_income", IndicatorKind.REQUIRED, ("income_main", "income_other")),
    Indicator("food_share", IndicatorKind.REQUIRED, ("spending_total", "spending_food"), higher_is_better=False),
    Indicator("housing", IndicatorKind.REQUIRED, ("floor", "wall", "toilet", "power")),
    Indicator(
        "debt_savings", IndicatorKind.REQUIRED, ("debt_overdue", "debt_payment", "savings", "income_main", "income_other")
    ),
    Indicator("children_in_school", IndicatorKind.REQUIRED, ("school_age_children", "children_in_school")),
    Indicator("business", IndicatorKind.SUPPORTING, ("business", "assets")),
    Indicator("decile", IndicatorKind.SUPPORTING, ()),
    Indicator("conditions", IndicatorKind.SUPPORTING, ("conditions_kept", "sessions_attended")),
    Indicator("earners", IndicatorKind.SUPPORTING, ("earners",)),
    Indicator("continuing_aid", IndicatorKind.SUPPORTING, ("continuing_aid",)),
)

_CAUTIONS_1 = (
    CautionFlag("severe_disability", "severe_disability"),
    CautionFlag("lone_elderly"),
    CautionFlag("chronic_illness", "chronic_illness"),
    CautionFlag("nutrition_problem", "nutrition_problem"),
    CautionFlag("recent_shock", "recent_shock"),
    CautionFlag("decile_lowest"),
)

OWN_PROPOSAL = "instrument"
POOR_CRITERIA = "decree_262_2022"

# Percentages of the poverty line (income_*), the UMK, all spending (food), the income (debt), the dependants (earners).
_LIMITS_1 = {
    "income_met_percent": 150,
    "income_near_percent": 100,
    "stable_months": 6,
    "umk_met_percent": 100,
    "umk_near_percent": 80,
    "food_share_met": 50,
    "food_share_near": 65,
    "savings_met": 500_000,
    "debt_share_met": 30,
    "decile_met": 4,
    "decile_quarters": 2,
    "decile_caution": 1,
    "sessions_met": 9,
    "sessions_near": 6,
    "earners_met_percent": 50,
    "earners_near_percent": 33,
    "elderly_age": 60,
}


def _limits(limits: Mapping[str, int], valid_from: date) -> dict[str, Threshold]:
    sources = {"food_share_met": POOR_CRITERIA}
    return {key: Threshold(key, value, sources.get(key, OWN_PROPOSAL), valid_from) for key, value in limits.items()}


_VERSIONS = {
    1: Instrument(
        1,
        {question.key: question for question in _QUESTIONS_1},
        _INDICATORS_1,
        _CAUTIONS_1,
        _limits(_LIMITS_1, date(2026, 1, 1)),
    ),
}
CURRENT = _VERSIONS[max(_VERSIONS)]


def instrument(version: int) -> Instrument:
    """Raises LookupError for a version that never was."""
    return _VERSIONS[version]
