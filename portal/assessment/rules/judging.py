"""How each gate and each required indicator is judged, and the table of all rules: one small function per key.

Amounts are whole rupiah a month, shares whole percent. Nothing is rounded in favour of an answer: a limit to reach is
rounded up, and so is a share that may not be passed.
"""

from collections.abc import Callable, Mapping

from portal.assessment.rules import supporting
from portal.assessment.rules.indicators import Compare, Need, Outcome, Reading, Verdict, grade, percent_of, reason_of, unknown


def income_per_person(reading: Reading) -> Outcome:
    line, people, income = reading.limit("poverty_line"), reading.people, reading.income()
    if line is None:
        return unknown("no_threshold")
    if not people:
        return unknown("no_people")
    met = percent_of(line, reading.own_limit("income_met_percent"))
    near = percent_of(line, reading.own_limit("income_near_percent"))
    each = None if income is None else income // people
    verdict = grade(each, met, near)
    return Outcome(
        verdict,
        reason_of("income_per_person", verdict),
        each,
        met,
        "poverty_line",
        needs=_income_needs(met, people),
        near_needs=_income_needs(near, people),
        income_needed=met * people,
    )


def _income_needs(each: int, people: int) -> tuple[Need, ...]:
    household = Need("household_income", Compare.AT_LEAST, each * people)
    return (Need("income_per_person", Compare.AT_LEAST, each), household)


def stable_income(reading: Reading) -> Outcome:
    months, least = reading.number("stable_months"), reading.own_limit("stable_months")
    verdict = grade(months, least, least)
    need = Need("stable_months", Compare.AT_LEAST, least)
    return Outcome(verdict, reason_of("stable_income", verdict), months, least, "stable_months", needs=(need,))


_WISHES = {
    "wants_to_leave": (Verdict.MET, "own_wish_met"),
    "undecided": (Verdict.NOT_MET, "wish_undecided"),
    "wants_to_stay": (Verdict.NOT_MET, "wish_to_stay"),
}


def own_wish(reading: Reading) -> Outcome:
    """A wish counts only when it was expressed in a conversation; hesitation is respected, never "near"."""
    needs = (Need("conversation_held", Compare.IS, "yes"), Need("own_wish", Compare.IS, "wants_to_leave"))
    held, wish = reading.values.get("conversation_held"), reading.values.get("own_wish")
    if held == "no":
        return Outcome(Verdict.NOT_MET, "no_conversation", failing=("conversation_held",), needs=needs)
    if held is None or wish is None:
        return Outcome(Verdict.UNKNOWN, "unanswered", needs=needs)
    verdict, reason = _WISHES[str(wish)]
    failing = ("own_wish",) if verdict is Verdict.NOT_MET else ()
    return Outcome(verdict, reason, failing=failing, needs=needs)


def household_income(reading: Reading) -> Outcome:
    wage, income = reading.limit("umk"), reading.income()
    if wage is None:
        return unknown("no_threshold")
    met = percent_of(wage, reading.own_limit("umk_met_percent"))
    verdict = grade(income, met, percent_of(wage, reading.own_limit("umk_near_percent")))
    need = Need("household_income", Compare.AT_LEAST, met)
    return Outcome(verdict, reason_of("household_income", verdict), income, met, "umk", needs=(need,), income_needed=met)


def food_share(reading: Reading) -> Outcome:
    total, food = reading.number("spending_total"), reading.number("spending_food")
    met, near = reading.own_limit("food_share_met"), reading.own_limit("food_share_near")
    share = None if not total or food is None else -(-food * 100 // total)
    verdict = grade(None if share is None else -share, -met, -near)
    needs = [Need("food_share", Compare.AT_MOST, met)]
    if total:
        needs.append(Need("spending_food", Compare.AT_MOST, total * met // 100))
    return Outcome(verdict, reason_of("food_share", verdict), share, met, "food_share_met", needs=tuple(needs))


_HOUSING = ("floor", "wall", "toilet", "power")


def housing(reading: Reading) -> Outcome:
    """None of the poor criteria; one that is seen is enough to fail, however much is still unanswered."""
    answered = [part for part in _HOUSING if part in reading.values]
    poor = tuple(part for part in answered if reading.values[part] in reading.instrument.questions[part].poor)
    good = len(answered) - len(poor)
    needs = tuple(Need(part, Compare.NOT_POOR) for part in _HOUSING if part in poor or part not in answered)
    if poor:
        return Outcome(Verdict.NOT_MET, "housing_poor", good, len(_HOUSING), failing=poor, needs=needs)
    verdict = Verdict.MET if not needs else Verdict.UNKNOWN
    return Outcome(verdict, reason_of("housing", verdict), good, len(_HOUSING), needs=needs)


def debt_savings(reading: Reading) -> Outcome:
    """No instalment overdue, instalments within a share of the income, and something put by."""
    overdue, payment, savings = _debt_parts(reading)
    floor, share, income = reading.own_limit("savings_met"), reading.own_limit("debt_share_met"), reading.income()
    bearable = None if payment is None or income is None else payment * 100 <= income * share
    sound = {
        "debt_overdue": overdue,
        "debt_payment": bearable,
        "savings": None if savings is None else savings >= floor,
    }
    failing = tuple(part for part, good in sound.items() if good is False)
    needs = tuple(_debt_need(part, income, reading) for part, good in sound.items() if not good)
    value, threshold, limit = savings, floor, "savings_met"
    if failing and failing[0] == "debt_payment":
        value, threshold, limit = payment, _bearable(income, share), "debt_share_met"
    only_income = payment is not None and share and not bearable and overdue and sound["savings"]
    income_needed = -(-(payment or 0) * 100 // share) if only_income else None
    return Outcome(
        *_debt_verdict(sound, failing),
        value,
        threshold,
        limit,
        failing=failing,
        needs=needs,
        income_needed=0 if income_needed and income_needed <= reading.least_income() else income_needed,
    )


def _debt_parts(reading: Reading) -> tuple[bool | None, int | None, int | None]:
    overdue = reading.values.get("debt_overdue")
    none_overdue = None if overdue is None else overdue == "no"
    return none_overdue, reading.number("debt_payment"), reading.number("savings")


def _bearable(income: int | None, share: int) -> int:
    return (income or 0) * share // 100


_DEBT_REASONS = {"debt_overdue": "debt_overdue", "debt_payment": "debt_heavy", "savings": "savings_low"}


def _debt_verdict(sound: Mapping[str, bool | None], failing: tuple[str, ...]) -> tuple[Verdict, str]:
    if failing:
        return Verdict.NOT_MET, _DEBT_REASONS[failing[0]]
    if None in sound.values():
        return Verdict.UNKNOWN, "unanswered"
    return Verdict.MET, "debt_savings_met"


def _debt_need(part: str, income: int | None, reading: Reading) -> Need:
    share = reading.own_limit("debt_share_met")
    if part == "debt_overdue":
        return Need(part, Compare.IS, "no")
    if part == "savings":
        return Need(part, Compare.AT_LEAST, reading.own_limit("savings_met"))
    if income is None:
        return Need("debt_share", Compare.AT_MOST, share)
    return Need(part, Compare.AT_MOST, _bearable(income, share))


def children_in_school(reading: Reading) -> Outcome:
    children, attending = reading.number("school_age_children"), reading.number("children_in_school")
    if children == 0:
        return Outcome(Verdict.MET, "no_school_age", 0, 0)
    need = Need("children_in_school", Compare.AT_LEAST, children)
    if children is None or attending is None:
        return Outcome(Verdict.UNKNOWN, "unanswered", attending, children, needs=(need,))
    if attending < children:
        return Outcome(Verdict.NOT_MET, "children_out_of_school", attending, children, needs=(need,))
    return Outcome(Verdict.MET, "children_in_school_met", attending, children, needs=(need,))


RULES: Mapping[str, Callable[[Reading], Outcome]] = {
    rule.__name__: rule
    for rule in (
        income_per_person,
        stable_income,
        own_wish,
        household_income,
        food_share,
        housing,
        debt_savings,
        children_in_school,
        supporting.business,
        supporting.decile,
        supporting.conditions,
        supporting.earners,
        supporting.continuing_aid,
    )
}
