"""A made-up family that meets everything, and the few lines that judge it; tests change one thing at a time."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date

from portal.rules.answers import Answer, Value
from portal.rules.instrument import CURRENT, NONE, Threshold
from portal.rules.readiness import Facts, MemberFacts, assess
from portal.rules.results import Change, Result
from portal.rules.terms import Period

DAY = date(2026, 11, 3)
LINE, WAGE = 737_954, 3_736_101
LIMITS = {
    "poverty_line": Threshold("poverty_line", LINE, "BPS Kota Malang", date(2025, 3, 1)),
    "umk": Threshold("umk", WAGE, "SK Gubernur", date(2026, 1, 1)),
}
READY: dict[str, Value] = {
    "earners": 2, "stable_months": 11, "business": "alone", "assets": ("stall",),
    "income_main": 4_000_000, "income_other": 1_000_000, "spending_total": 3_600_000, "spending_food": 1_700_000,
    "savings": 1_500_000, "debt_payment": 300_000, "debt_overdue": "no",
    "floor": "ceramic", "wall": "plastered_wall", "toilet": "own", "power": "900",
    "school_age_children": 2, "children_in_school": 2,
    "conditions_kept": "always", "sessions_attended": 10, "continuing_aid": ("jkn", "pip"),
    "severe_disability": "no", "chronic_illness": "no", "nutrition_problem": "no", "recent_shock": (NONE,),
    "conversation_held": "yes", "own_wish": "wants_to_leave",
}  # fmt: skip
DECILES = {Period(2026, 2): 3, Period(2026, 3): 4}
MEMBERS = tuple(MemberFacts(age, severe_disability=False) for age in (41, 38, 14, 9))
FACTS = Facts(4, MEMBERS, DECILES, LIMITS)


def dated(values: Mapping[str, Value], on: date = DAY) -> dict[str, Answer]:
    return {key: Answer(value, on) for key, value in values.items()}


def judge(values: Mapping[str, Value], facts: Facts = FACTS, previous: Iterable[Result] = ()) -> Result:
    return assess(CURRENT, dated(values), facts, tuple(previous))


def family(**changed: Value) -> Result:
    return judge({**READY, **changed})


def keys_of(changes: Iterable[Change]) -> list[str]:
    return [change.key for change in changes]


def deciles(*values: int) -> Facts:
    return replace(FACTS, deciles={Period(2025 + index // 4, index % 4 + 1): each for index, each in enumerate(values)})
