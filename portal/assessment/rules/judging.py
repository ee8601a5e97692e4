"""How each indicator is judged, and the table of all rules: one small function per key.

Amounts are whole rupiah a month, shares whole percent. Nothing is rounded in favour of an answer: a limit to reach is
rounded up, and so is a share that may not be passed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from portal.assessment.rules.answers import Compare, Need, Value, Verdict
from portal.assessment.rules.instrument import NONE, Instrument, Threshold
from portal.kernel.terms import Period


@dataclass(frozen=True)
class FamilyReading:
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
class Judgement:
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


def unknown(code: str) -> Judgement:
    return Judgement(Verdict.UNKNOWN, code)


def reason_of(key: str, verdict: Verdict) -> str:
    return "unanswered" if verdict is Verdict.UNKNOWN else f"{key}_{verdict}"


# --- gates and required indicators -----------------------------------------------------------------------------------


def income_per_person(reading: FamilyReading) -> Judgement:
    line, people, income = reading.limit("poverty_line"), reading.people, reading.income()
    if line is None:
        return unknown("no_threshold")
    if not people:
        return unknown("no_people")
    met = percent_of(line, reading.own_limit("income_met_percent"))
    near = percent_of(line, reading.own_limit("income_near_percent"))
    each = None if income is None else income // people
    verdict = grade(each, met, near)
    return Judgement(
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


def stable_income(reading: FamilyReading) -> Judgement:
    months, least = reading.number("stable_months"), reading.own_limit("stable_months")
    verdict = grade(months, least, least)
    need = Need("stable_months", Compare.AT_LEAST, least)
    return Judgement(verdict, reason_of("stable_income", verdict), months, least, "stable_months", needs=(need,))


_WISHES = {
    "wants_to_leave": (Verdict.MET, "own_wish_met"),
    "undecided": (Verdict.NOT_MET, "wish_undecided"),
    "wants_to_stay": (Verdict.NOT_MET, "wish_to_stay"),
}


def own_wish(reading: FamilyReading) -> Judgement:
    """A wish counts only when it was expressed in a conversation; hesitation is respected, never "near"."""
    needs = (Need("conversation_held", Compare.IS, "yes"), Need("own_wish", Compare.IS, "wants_to_leave"))
    held, wish = reading.values.get("conversation_held"), reading.values.get("own_wish")
    if held == "no":
        return Judgement(Verdict.NOT_MET, "no_conversation", failing=("conversation_held",), needs=needs)
    if held is None or wish is None:
        return Judgement(Verdict.UNKNOWN, "unanswered", needs=needs)
    verdict, reason = _WISHES[str(wish)]
    failing = ("own_wish",) if verdict is Verdict.NOT_MET else ()
    return Judgement(verdict, reason, failing=failing, needs=needs)


def household_income(reading: FamilyReading) -> Judgement:
    wage, income = reading.limit("umk"), reading.income()
    if wage is None:
        return unknown("no_threshold")
    met = percent_of(wage, reading.own_limit("umk_met_percent"))
    verdict = grade(income, met, percent_of(wage, reading.own_limit("umk_near_percent")))
    need = Need("household_income", Compare.AT_LEAST, met)
    return Judgement(verdict, reason_of("household_income", verdict), income, met, "umk", needs=(need,), income_needed=met)


def food_share(reading: FamilyReading) -> Judgement:
    total, food = reading.number("spending_total"), reading.number("spending_food")
    met, near = reading.own_limit("food_share_met"), reading.own_limit("food_share_near")
    share = None if not total or food is None else -(-food * 100 // total)
    verdict = grade(None if share is None else -share, -met, -near)
    needs = [Need("food_share", Compare.AT_MOST, met)]
    if total:
        needs.append(Need("spending_food", Compare.AT_MOST, total * met // 100))
    return Judgement(verdict, reason_of("food_share", verdict), share, met, "food_share_met", needs=tuple(needs))


_HOUSING = ("floor", "wall", "toilet", "power")


def housing(reading: FamilyReading) -> Judgement:
    """None of the poor criteria; one that is seen is enough to fail, however much is still unanswered."""
    answered = [part for part in _HOUSING if part in reading.values]
    poor = tuple(part for part in answered if reading.values[part] in reading.instrument.questions[part].poor)
    good = len(answered) - len(poor)
    needs = tuple(Need(part, Compare.NOT_POOR) for part in _HOUSING if part in poor or part not in answered)
    if poor:
        return Judgement(Verdict.NOT_MET, "housing_poor", good, len(_HOUSING), failing=poor, needs=needs)
    verdict = Verdict.MET if not needs else Verdict.UNKNOWN
    return Judgement(verdict, reason_of("housing", verdict), good, len(_HOUSING), needs=needs)


def debt_savings(reading: FamilyReading) -> Judgement:
    """No instalment overdue, instalments within a share of the income, and something put by."""
    overdue, payment, savings = _debt_parts(reading)
    floor, share, income = reading.own_limit("savings_met"), reading.own_limit("debt_share_met"), reading.income()
    bearable = None if payment is None or income is None else payment * 100 <= income * share
    sound = {"debt_overdue": overdue, "debt_payment": bearable, "savings": None if savings is None else savings >= floor}
    failing = tuple(part for part, good in sound.items() if good is False)
    needs = tuple(_debt_need(part, income, reading) for part, good in sound.items() if not good)
    value, threshold, limit = savings, floor, "savings_met"
    if failing and failing[0] == "debt_payment":
        value, threshold, limit = payment, _bearable(income, share), "debt_share_met"
    only_income = payment is not None and share and not bearable and overdue and sound["savings"]
    income_needed = -(-(payment or 0) * 100 // share) if only_income else None
    return Judgement(
        *_debt_verdict(sound, failing),
        value,
        threshold,
        limit,
        failing=failing,
        needs=needs,
        income_needed=0 if income_needed and income_needed <= reading.least_income() else income_needed,
    )


def _debt_parts(reading: FamilyReading) -> tuple[bool | None, int | None, int | None]:
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


def _debt_need(part: str, income: int | None, reading: FamilyReading) -> Need:
    share = reading.own_limit("debt_share_met")
    if part == "debt_overdue":
        return Need(part, Compare.IS, "no")
    if part == "savings":
        return Need(part, Compare.AT_LEAST, reading.own_limit("savings_met"))
    if income is None:
        return Need("debt_share", Compare.AT_MOST, share)
    return Need(part, Compare.AT_MOST, _bearable(income, share))


def children_in_school(reading: FamilyReading) -> Judgement:
    children, attending = reading.number("school_age_children"), reading.number("children_in_school")
    if children == 0:
        return Judgement(Verdict.MET, "no_school_age", 0, 0)
    need = Need("children_in_school", Compare.AT_LEAST, children)
    if children is None or attending is None:
        return Judgement(Verdict.UNKNOWN, "unanswered", attending, children, needs=(need,))
    if attending < children:
        return Judgement(Verdict.NOT_MET, "children_out_of_school", attending, children, needs=(need,))
    return Judgement(Verdict.MET, "children_in_school_met", attending, children, needs=(need,))


# --- supporting indicators: they inform the talk and the plan, and never move the band -------------------------------


def business(reading: FamilyReading) -> Judgement:
    runs, owns = reading.values.get("business"), reading.values.get("assets")
    if runs is None or owns is None:
        return unknown("unanswered")
    verdict = (Verdict.NOT_MET, Verdict.NEAR, Verdict.MET)[(runs != NONE) + (NONE not in _chosen(owns))]
    return Judgement(verdict, reason_of("business", verdict))


def _chosen(value: Value) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else (str(value),)


_WINDOW = 4  # quarters: a year of deciles is a trend, older ones are history


def decile(reading: FamilyReading) -> Judgement:
    """Latest decile, and its way over the last year; re-ranked every quarter, so one value alone says nothing."""
    met = reading.own_limit("decile_met")
    recent = [reading.deciles[period] for period in sorted(reading.deciles)][-_WINDOW:]
    if not recent:
        return unknown("no_decile")
    if len(recent) < reading.own_limit("decile_quarters"):
        return Judgement(Verdict.UNKNOWN, "too_few_quarters", recent[-1], met, "decile_met")
    high, rise = recent[-1] >= met, recent[-1] - recent[0]
    verdict = Verdict.MET if high and rise >= 0 else Verdict.NEAR if high or rise > 0 else Verdict.NOT_MET
    reason = "decile_falling" if high and rise < 0 else reason_of("decile", verdict)
    return Judgement(verdict, reason, recent[-1], met, "decile_met")


def conditions(reading: FamilyReading) -> Judgement:
    kept, sessions = reading.values.get("conditions_kept"), reading.number("sessions_attended")
    met, near = reading.own_limit("sessions_met"), reading.own_limit("sessions_near")
    attendance = Verdict.UNKNOWN if kept is None else grade(sessions, met, near)
    if attendance is not Verdict.UNKNOWN and kept == "never":
        return Judgement(Verdict.NOT_MET, "conditions_never", sessions, met, "sessions_met")
    verdict = Verdict.NEAR if attendance is Verdict.MET and kept == "sometimes" else attendance
    return Judgement(verdict, reason_of("conditions", verdict), sessions, met, "sessions_met")


def earners(reading: FamilyReading) -> Judgement:
    """Earners per 100 dependants; a household in which everyone earns counts as having one dependant."""
    people, earning = reading.people, reading.number("earners")
    met, near = reading.own_limit("earners_met_percent"), reading.own_limit("earners_near_percent")
    if not people:
        return unknown("no_people")
    share = None if earning is None else earning * 100 // max(people - earning, 1)
    verdict = grade(share, met, near)
    return Judgement(verdict, reason_of("earners", verdict), share, met, "earners_met_percent")


def continuing_aid(reading: FamilyReading) -> Judgement:
    aid = reading.values.get("continuing_aid")
    if aid is None:
        return unknown("unanswered")
    verdict = Verdict.NOT_MET if NONE in _chosen(aid) else Verdict.MET
    return Judgement(verdict, reason_of("continuing_aid", verdict))


_BINDING = (income_per_person, stable_income, own_wish, household_income, food_share, housing, debt_savings, children_in_school)
_SUPPORTING = (business, decile, conditions, earners, continuing_aid)
RULES: Mapping[str, Callable[[FamilyReading], Judgement]] = {rule.__name__: rule for rule in (*_BINDING, *_SUPPORTING)}
