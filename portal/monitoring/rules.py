"""Monitoring by rule: the workflow as a table (domain.md section 6), where its states are listed, and what a visit
suggests. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from portal.kernel.workflow import LONG, SHORT, Flow, Note, Reason, Step


@dataclass(frozen=True)
class Intervention:
    """What is done for a family at risk, by whom, and until when (a future date)."""

    what: str = field(metadata=LONG)
    office: str = field(metadata=SHORT)
    due_on: date = field(metadata={"future": True})


_FOLLOWED = ("open", "stable", "watch", "at_risk")

MONITORING = Flow(
    "monitoring",
    first="open",
    ends=frozenset({"closed_stable", "closed_relapsed", "closed_lost"}),
    steps=(
        Step("find_stable", (*_FOLLOWED, "intervention"), "stable", "monitoring.visit", Note, ("visited",)),
        Step("find_watch", (*_FOLLOWED, "intervention"), "watch", "monitoring.visit", Note, ("visited",), sets_off=True),
        Step("find_at_risk", _FOLLOWED, "at_risk", "monitoring.visit", Note, ("visited",), sets_off=True),
        Step("intervene", ("at_risk",), "intervention", "monitoring.visit", Intervention, sets_off=True),
        Step("confirm_relapse", ("intervention",), "relapsed", "monitoring.decide", Reason, ("not_maker",), sets_off=True),
        Step("close_relapsed", ("relapsed",), "closed_relapsed", "monitoring.decide", Note, ("renomination_open",),
             sets_off=True),
        Step("close_stable", ("stable",), "closed_stable", "monitoring.decide", Note, ("not_maker", "last_visit_done"),
             sets_off=True),
        Step("close_lost", (*_FOLLOWED, "intervention"), "closed_lost", "monitoring.decide", Reason,
             ("not_maker", "three_times_not_met"), sets_off=True),
    ),
)  # fmt: skip

QUEUES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "everyone": {
        "followed": ("open", "stable", "watch", "at_risk", "intervention", "relapsed"),
        "ended": ("closed_stable", "closed_relapsed", "closed_lost"),
    }
}
"""Where each state is listed: one tab each. The other groups of the list look across them (lists.py)."""
ATTENTION = ("watch", "at_risk", "intervention")
"""The states of a family that is not well: somebody has to do something."""


# --- early warning -------------------------------------------------------------------------------------------------
# Our own proposal, no public rule says more (domain.md sections 6 and 7). It only suggests: the facilitator chooses the result,
# the supervisor confirms a relapse. Unknown is never good news: it keeps a family from counting as stable.


class Outlook(StrEnum):
    """The states of a monitoring case that a visit may find."""

    STABLE = "stable"
    WATCH = "watch"
    AT_RISK = "at_risk"


class Shock(StrEnum):
    """What hit the family since the last visit."""

    JOB_LOST = "job_lost"
    BUSINESS_FAILED = "business_failed"
    ILLNESS = "illness"
    DEATH = "death"
    DIVORCE = "divorce"
    DISASTER = "disaster"
    OTHER = "other"


class Sign(StrEnum):
    """Why: the reason codes of a suggestion, the gravest first."""

    INCOME_BELOW_LINE = "income_below_line"
    WORK_LOST_UNSUPPORTED = "work_lost_unsupported"
    INCOME_NEAR_LINE = "income_near_line"
    INCOME_DROPPED = "income_dropped"
    WORK_LOST = "work_lost"
    SCHOOL_DROPOUT = "school_dropout"
    SHOCK = "shock"
    INCOME_UNKNOWN = "income_unknown"
    WORK_UNKNOWN = "work_unknown"
    SCHOOL_UNKNOWN = "school_unknown"


GRAVE = frozenset({Sign.INCOME_BELOW_LINE, Sign.WORK_LOST_UNSUPPORTED})
"""Each alone makes a family at risk."""
WARNING = frozenset({Sign.INCOME_NEAR_LINE, Sign.INCOME_DROPPED, Sign.WORK_LOST, Sign.SCHOOL_DROPOUT, Sign.SHOCK})
"""Each alone asks for watching; two of them are a risk."""


@dataclass(frozen=True, kw_only=True)
class MonitoringFindings:
    """What was found; None is "not asked" or "not known". Income in rupiah per person per month.
    `in_school` is true, too, where no child is of school age."""

    income_per_person: int | None = None
    income_before: int | None = None
    works: bool | None = None
    in_school: bool | None = None
    shocks: tuple[Shock, ...] = ()
    supported: bool | None = None


@dataclass(frozen=True)
class Yardstick:
    """`poverty_line` in rupiah per person per month. Shares of it, and of the income before, in percent."""

    poverty_line: int
    near_percent: int = 150
    drop_percent: int = 25


@dataclass(frozen=True)
class Suggestion:
    result: Outlook
    signs: tuple[Sign, ...]


def suggest(found: MonitoringFindings, yardstick: Yardstick) -> Suggestion:
    """The result that these findings speak for, and every sign that was seen."""
    seen = {*_income_signs(found, yardstick), *_work_signs(found), *_other_signs(found)}
    signs = tuple(sign for sign in Sign if sign in seen)
    return Suggestion(_result(signs), signs)


def relapse_rate(relapsed: int, graduated: int) -> float | None:
    """Of one cohort (year of effect), 0 to 1; None when nobody graduated. Raises ValueError for impossible counts."""
    if not 0 <= relapsed <= graduated:
        raise ValueError(f"{relapsed} relapsed of {graduated}")
    return relapsed / graduated if graduated else None


def _result(signs: tuple[Sign, ...]) -> Outlook:
    if GRAVE & set(signs) or len(WARNING & set(signs)) > 1:
        return Outlook.AT_RISK
    return Outlook.WATCH if signs else Outlook.STABLE


def _income_signs(found: MonitoringFindings, yardstick: Yardstick) -> set[Sign]:
    income = found.income_per_person
    if income is None:
        return {Sign.INCOME_UNKNOWN}
    signs = set()
    if income < yardstick.poverty_line:
        signs.add(Sign.INCOME_BELOW_LINE)
    elif income * 100 < yardstick.poverty_line * yardstick.near_percent:
        signs.add(Sign.INCOME_NEAR_LINE)
    if found.income_before and income * 100 <= found.income_before * (100 - yardstick.drop_percent):
        signs.add(Sign.INCOME_DROPPED)
    return signs


def _work_signs(found: MonitoringFindings) -> set[Sign]:
    """Work gone weighs heavier while no support has come; whether it has is then asked, so unknown counts as no."""
    if found.works is None:
        return {Sign.WORK_UNKNOWN}
    if found.works:
        return set()
    return {Sign.WORK_LOST} if found.supported else {Sign.WORK_LOST_UNSUPPORTED}


def _other_signs(found: MonitoringFindings) -> set[Sign]:
    signs = {Sign.SHOCK} if found.shocks else set()
    if found.in_school is None:
        signs.add(Sign.SCHOOL_UNKNOWN)
    elif not found.in_school:
        signs.add(Sign.SCHOOL_DROPOUT)
    return signs
