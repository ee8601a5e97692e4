"""A made-up family that meets everything, and the few lines that judge it; tests change one thing at a time."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date

from hypothesis import strategies as st

from portal.assessment.rules.answers import Answer, NeededChange, Result, Value
from portal.assessment.rules.instrument import CURRENT, NONE, Asks, Threshold
from portal.assessment.rules.readiness import Facts, MemberFacts, assess
from portal.kernel.terms import Period

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


def keys_of(changes: Iterable[NeededChange]) -> list[str]:
    return [change.key for change in changes]


def deciles(*values: int) -> Facts:
    return replace(FACTS, deciles={Period(2025 + index // 4, index % 4 + 1): each for index, each in enumerate(values)})


AMOUNTS = {
    "income_main": st.sampled_from([0, 700_000, 1_500_000, 3_000_000, 4_000_000, 9_000_000]),
    "income_other": st.sampled_from([0, 250_001, 1_000_000]),
    "spending_total": st.sampled_from([1, 999_999, 2_000_000, 3_600_000]),
    "spending_food": st.sampled_from([0, 1, 700_000, 1_200_000, 1_800_000, 3_600_000]),
    "savings": st.sampled_from([0, 499_999, 500_000, 2_000_000]),
    "debt_payment": st.sampled_from([0, 300_000, 1_200_000, 1_400_000, 2_000_000]),
}


def typical(key: str) -> st.SearchStrategy:
    asked = CURRENT.questions[key]
    if key in AMOUNTS:
        return AMOUNTS[key]
    if asked.asks is Asks.NUMBER:
        return st.integers(0, min(asked.highest, 12))
    if asked.asks is Asks.CHOICE:
        return st.sampled_from(asked.options)
    return st.sampled_from([(NONE,), *((option,) for option in asked.options if option != NONE)])


@st.composite
def answered(draw) -> dict[str, Value]:
    """A ready family, some answers drawn anew and some taken away: near the edges of every band."""
    changed = draw(st.sets(st.sampled_from(sorted(READY)), max_size=9))
    removed = draw(st.sets(st.sampled_from(sorted(READY)), max_size=4))
    values = {key: draw(typical(key)) if key in changed else value for key, value in READY.items()}
    return {key: value for key, value in values.items() if key not in removed}


def members(draw, people: int) -> tuple[MemberFacts, ...]:
    ages = st.sampled_from([None, 5, 30, 60, 80])
    return tuple(MemberFacts(draw(ages), draw(st.sampled_from([None, False, False, True]))) for _ in range(people))


@st.composite
def situated(draw) -> Facts:
    people = draw(st.integers(1, 7))
    known = draw(st.lists(st.integers(1, 10), max_size=3))
    everyone = members(draw, people) if draw(st.booleans()) else tuple(MemberFacts(30, False) for _ in range(people))
    return replace(deciles(*known), people=people, members=everyone)
