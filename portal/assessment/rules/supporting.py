"""The supporting indicators: they inform the talk and the plan, and never move the band."""

from portal.assessment.rules.answers import Value
from portal.assessment.rules.indicators import Outcome, Reading, Verdict, grade, reason_of, unknown
from portal.assessment.rules.instrument import NONE


def business(reading: Reading) -> Outcome:
    runs, owns = reading.values.get("business"), reading.values.get("assets")
    if runs is None or owns is None:
        return unknown("unanswered")
    verdict = (Verdict.NOT_MET, Verdict.NEAR, Verdict.MET)[(runs != NONE) + (NONE not in _chosen(owns))]
    return Outcome(verdict, reason_of("business", verdict))


def _chosen(value: Value) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else (str(value),)


_WINDOW = 4  # quarters: a year of deciles is a trend, older ones are history


def decile(reading: Reading) -> Outcome:
    """Latest decile, and its way over the last year; re-ranked every quarter, so one value alone says nothing."""
    met = reading.own_limit("decile_met")
    recent = [reading.deciles[period] for period in sorted(reading.deciles)][-_WINDOW:]
    if not recent:
        return unknown("no_decile")
    if len(recent) < reading.own_limit("decile_quarters"):
        return Outcome(Verdict.UNKNOWN, "too_few_quarters", recent[-1], met, "decile_met")
    high, rise = recent[-1] >= met, recent[-1] - recent[0]
    verdict = Verdict.MET if high and rise >= 0 else Verdict.NEAR if high or rise > 0 else Verdict.NOT_MET
    reason = "decile_falling" if high and rise < 0 else reason_of("decile", verdict)
    return Outcome(verdict, reason, recent[-1], met, "decile_met")


def conditions(reading: Reading) -> Outcome:
    kept, sessions = reading.values.get("conditions_kept"), reading.number("sessions_attended")
    met, near = reading.own_limit("sessions_met"), reading.own_limit("sessions_near")
    attendance = Verdict.UNKNOWN if kept is None else grade(sessions, met, near)
    if attendance is not Verdict.UNKNOWN and kept == "never":
        return Outcome(Verdict.NOT_MET, "conditions_never", sessions, met, "sessions_met")
    verdict = Verdict.NEAR if attendance is Verdict.MET and kept == "sometimes" else attendance
    return Outcome(verdict, reason_of("conditions", verdict), sessions, met, "sessions_met")


def earners(reading: Reading) -> Outcome:
    """Earners per 100 dependants; a household in which everyone earns counts as having one dependant."""
    people, earning = reading.people, reading.number("earners")
    met, near = reading.own_limit("earners_met_percent"), reading.own_limit("earners_near_percent")
    if not people:
        return unknown("no_people")
    share = None if earning is None else earning * 100 // max(people - earning, 1)
    verdict = grade(share, met, near)
    return Outcome(verdict, reason_of("earners", verdict), share, met, "earners_met_percent")


def continuing_aid(reading: Reading) -> Outcome:
    aid = reading.values.get("continuing_aid")
    if aid is None:
        return unknown("unanswered")
    verdict = Verdict.NOT_MET if NONE in _chosen(aid) else Verdict.MET
    return Outcome(verdict, reason_of("continuing_aid", verdict))
