"""What a family answers at the door, so that the instrument finds what the story needs; the result is always computed."""

from collections.abc import Callable
from enum import StrEnum
from random import Random
from typing import Any

from portal.assessment.rules.instrument import NONE

STEP = 50_000
"""People tell amounts in round numbers."""
Answers = dict[str, Any]


class Fortune(StrEnum):
    """How a family fares: well enough to leave, on the way, or in need."""

    WELL = "well"
    ON_THE_WAY = "on_the_way"
    IN_NEED = "in_need"


def given(rng: Random, standing: Fortune, *, people: int, children: int, limits: tuple[int, int]) -> Answers:
    """`children`: of school age and in school. `limits`: the poverty line per person and the minimum wage."""
    values = _well(rng, people, children, limits)
    if standing is Fortune.ON_THE_WAY:
        for spoil in rng.sample(_SPOILERS, rng.choice((1, 1, 2))):
            spoil(rng, values)
    if standing is Fortune.IN_NEED:
        _in_need(rng, values, people, limits[0])
    return values


def _round(amount: float) -> int:
    return -(-int(amount) // STEP) * STEP


def _well(rng: Random, people: int, children: int, limits: tuple[int, int]) -> Answers:
    line, wage = limits
    income = _round(max(1.5 * line * people, wage) * rng.uniform(1.02, 1.35))
    other, spending = _round(income * rng.choice((0, 0.1, 0.2))), _round(income * rng.uniform(0.6, 0.8))
    return {
        "earners": min(people, rng.choice((1, 2, 2))), "stable_months": rng.randrange(8, 13),
        "business": rng.choice(("alone", "family_help", "none")), "assets": (rng.choice(("motorcycle", "stall", "tools")),),
        "income_main": income - other, "income_other": other, "spending_total": spending,
        "spending_food": int(spending * rng.uniform(0.36, 0.48)) // STEP * STEP,
        "savings": rng.randrange(6, 60) * 100_000, "debt_payment": rng.choice((0, 0, 250_000, 400_000)), "debt_overdue": "no",
        "floor": rng.choice(("ceramic", "tile")), "wall": "plastered_wall", "toilet": "own",
        "power": rng.choice(("900", "1300")), "school_age_children": children, "children_in_school": children,
        "conditions_kept": rng.choice(("always", "always", "sometimes")), "sessions_attended": rng.randrange(7, 13),
        "continuing_aid": rng.choice((("jkn",), ("jkn", "pip"), ("jkn", "sembako"))),
        "severe_disability": "no", "chronic_illness": "no", "nutrition_problem": "no", "recent_shock": (NONE,),
        "conversation_held": "yes", "own_wish": "wants_to_leave",
    }  # fmt: skip


def _eats_most(rng: Random, values: Answers) -> None:
    values["spending_food"] = int(values["spending_total"] * rng.uniform(0.55, 0.7)) // STEP * STEP


def _lives_poorly(rng: Random, values: Answers) -> None:
    part, poor = rng.choice((("floor", "cement"), ("wall", "bare_wall"), ("toilet", "shared"), ("power", "450")))
    values[part] = poor


def _owes(rng: Random, values: Answers) -> None:
    values.update({"savings": rng.choice((0, 100_000, 300_000)), "debt_overdue": rng.choice(("yes", "no"))})


def _was_hit(rng: Random, values: Answers) -> None:
    values["recent_shock"] = (rng.choice(("job_lost", "illness", "business_failed", "death")),)


_SPOILERS: tuple[Callable[[Random, Answers], None], ...] = (_eats_most, _lives_poorly, _owes, _was_hit)


def _in_need(rng: Random, values: Answers, people: int, line: int) -> None:
    income = _round(line * people * rng.uniform(0.45, 0.95))
    spending = max(STEP, _round(income * 0.95))
    values.update({
        "income_main": income, "income_other": 0, "spending_total": spending,
        "spending_food": int(spending * rng.uniform(0.55, 0.75)) // STEP * STEP, "stable_months": rng.randrange(1, 6),
        "business": "none", "assets": (NONE,), "savings": 0, "own_wish": rng.choice(("wants_to_stay", "undecided")),
    })  # fmt: skip
    _lives_poorly(rng, values)
