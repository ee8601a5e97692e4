"""How each indicator of the instrument is judged: one small rule per key, from answers and register to an outcome.

Amounts are whole rupiah a month, shares whole percent; a limit is rounded against the family's favour nowhere: a limit
to reach is rounded up, a share that may not be passed is rounded up before it is compared.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from portal.rules.answers import Value
from portal.rules.instrument import NONE, Instrument, Threshold
from portal.rules.terms import Period


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


@dataclass(frozen=True)
class Outcome:
    """`needs` make it met, `near_needs` near (empty: no nearer step than met).

    `income_needed`: the monthly household income that alone would make it met; None when income alone does not.
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


def _unknown(reason: str) -> Outcome:
    return Outcome(Verdict.UNKNOWN, reason)


def _reason(key: str, verdict: Verdict) -> str:
    return "unanswered" if verdict is Verdict.UNKNOWN else f"{key}_{verdict}"


def income_per_person(reading: Reading) -> Outcome:
    line, people, income = reading.limit("poverty_line"), reading.people, reading.income()
    if line is None:
        return _unknown("no_threshold")
    if not people:
        return _unknown("no_people")
    met = percent_of(line, reading.own_limit("income_met_percent"))
    near = percent_of(line, reading.own_limit("income_near_percent"))
    each = None if income is None else income // people
    verdict = grade(each, met, near)
    return Outcome(
        verdict,
        _reason("income_per_person", verdict),
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
    return Outcome(verdict, _reason("stable_income", verdict), months, least, "stable_months", needs=(need,))


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
        return _unknown("no_threshold")
    met = percent_of(wage, reading.own_limit("umk_met_percent"))
    verdict = grade(income, met, percent_of(wage, reading.own_limit("umk_near_percent")))
    need = Need("household_income", Compare.AT_LEAST, met)
    return Outcome(verdict, _reason("household_income", verdict), income, met, "umk", needs=(need,), income_needed=met)


def food_share(reading: Reading) -> Outcome:
    total, food = reading.number("spending_total"), reading.number("spending_food")
    met, near = reading.own_limit("food_share_met"), reading.own_limit("food_share_near")
    share = None if not total or food is None else -(-food * 100 // total)
    verdict = grade(None if share is None else -share, -met, -near)
    needs = [Need("food_share", Compare.AT_MOST, met)]
    if total:
        needs.append(Need("spending_food", Compare.AT_MOST, total * met // 100))
    return Outcome(verdict, _reason("food_share", verdict), share, met, "food_share_met", needs=tuple(needs))


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
    return Outcome(verdict, _reason("housing", verdict), good, len(_HOUSING), needs=needs)


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
    return Outcome(
        *_debt_verdict(sound, failing),
        value,
        threshold,
        limit,
        failing=failing,
        needs=needs,
        income_needed=-(-(payment or 0) * 100 // share) if only_income else None,
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


def business(reading: Reading) -> Outcome:
    runs, owns = reading.values.get("business"), reading.values.get("assets")
    if runs is None or owns is None:
        return _unknown("unanswered")
    verdict = (Verdict.NOT_MET, Verdict.NEAR, Verdict.MET)[(runs != NONE) + (NONE not in _chosen(owns))]
    return Outcome(verdict, _reason("business", verdict))


def _chosen(value: Value) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else (str(value),)


_WINDOW = 4  # quarters: a year of deciles is a trend, older ones are history


def decile(reading: Reading) -> Outcome:
    """Latest decile, and its way over the last year; re-ranked every quarter, so one value alone says nothing."""
    met = reading.own_limit("decile_met")
    recent = [reading.deciles[period] for period in sorted(reading.deciles)][-_WINDOW:]
    if not recent:
        return _unknown("no_decile")
    if len(recent) < reading.own_limit("decile_quarters"):
        return Outcome(Verdict.UNKNOWN, "too_few_quarters", recent[-1], met, "decile_met")
    high, rise = recent[-1] >= met, recent[-1] - recent[0]
    verdict = Verdict.MET if high and rise >= 0 else Verdict.NEAR if high or rise > 0 else Verdict.NOT_MET
    reason = "decile_falling" if high and rise < 0 else _reason("decile", verdict)
    return Outcome(verdict, reason, recent[-1], met, "decile_met")


def conditions(reading: Reading) -> Outcome:
    kept, sessions = reading.values.get("conditions_kept"), reading.number("sessions_attended")
    met, near = reading.own_limit("sessions_met"), reading.own_limit("sessions_near")
    attendance = Verdict.UNKNOWN if kept is None else grade(sessions, met, near)
    if attendance is not Verdict.UNKNOWN and kept == "never":
        return Outcome(Verdict.NOT_MET, "conditions_never", sessions, met, "sessions_met")
    verdict = Verdict.NEAR if attendance is Verdict.MET and kept == "sometimes" else attendance
    return Outcome(verdict, _reason("conditions", verdict), sessions, met, "sessions_met")


def earners(reading: Reading) -> Outcome:
    """Earners per 100 dependants; a household in which everyone earns counts as having one dependant."""
    people, earning = reading.people, reading.number("earners")
    met, near = reading.own_limit("earners_met_percent"), reading.own_limit("earners_near_percent")
    if not people:
        return _unknown("no_people")
    share = None if earning is None else earning * 100 // max(people - earning, 1)
    verdict = grade(share, met, near)
    return Outcome(verdict, _reason("earners", verdict), share, met, "earners_met_percent")


def continuing_aid(reading: Reading) -> Outcome:
    aid = reading.values.get("continuing_aid")
    if aid is None:
        return _unknown("unanswered")
    verdict = Verdict.NOT_MET if NONE in _chosen(aid) else Verdict.MET
    return Outcome(verdict, _reason("continuing_aid", verdict))


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
        business,
        decile,
        conditions,
        earners,
        continuing_aid,
    )
}
