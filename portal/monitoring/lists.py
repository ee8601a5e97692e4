"""Read models of monitoring: what is due, who needs attention, and how each cohort fares."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import and_, func, or_, select

from portal.family.records.models import Household
from portal.kernel import gate, schedule, sent
from portal.kernel.base import session
from portal.kernel.people import Area, User
from portal.kernel.terms import Actor
from portal.monitoring.records.models import Monitoring
from portal.monitoring.rules import relapse
from portal.monitoring.rules.flow import MONITORING
from portal.nomination.records.models import Nomination

PAGE = 25
_OPEN = MONITORING.open_states

GROUPS = ("due", "planned", "attention", "relapsed", "followed", "ended", "all")
"""The tabs: due until today, planned later, needing attention, fallen back, everything open, closed, everything."""
_ATTENTION = ("watch", "at_risk", "intervention")
_LAST = date(9999, 12, 31)


@dataclass(frozen=True)
class MonitoringRow:
    """`planned_on` is the next planned visit, None when there is none; due and overdue follow from today."""

    id: int
    household_id: int
    family: str
    kelurahan: str
    address: str
    rt: int | None
    rw: int | None
    state: str
    cohort: int
    planned_on: date | None
    facilitator: str | None
    is_due: bool
    is_overdue: bool


@dataclass(frozen=True)
class MonitoringPage:
    rows: tuple[MonitoringRow, ...]
    following: str | None


@dataclass(frozen=True)
class MonitoringFilter:
    """`area`: code of a kecamatan or kelurahan. `relapsed`: only those that fell back, whatever they are now."""

    group: str = "due"
    state: str | None = None
    cohort: int | None = None
    area: str | None = None
    facilitator: int | None = None
    relapsed: bool = False
    overdue: bool = False
    after: str | None = None


def page(actor: Actor, wanted: MonitoringFilter, today: date) -> MonitoringPage:
    """Earliest planned visit first, those without one last; one statement. Raises ValueError for a foreign `after`."""
    planned = func.coalesce(Monitoring.next_planned_on, _LAST)
    statement = _joined().where(*conditions(actor, wanted, today)).order_by(planned, Monitoring.id).limit(PAGE + 1)
    if wanted.after:
        day, _, row_id = wanted.after.partition("_")
        since = date.fromisoformat(day)
        statement = statement.where(or_(planned > since, and_(planned == since, Monitoring.id > sent.number(row_id))))
    found = [_row(row, today) for row in session.execute(statement)]
    last = found[PAGE - 1] if len(found) > PAGE else None
    return MonitoringPage(tuple(found[:PAGE]), f"{last.planned_on or _LAST}_{last.id}" if last else None)


def counts(actor: Actor, wanted: MonitoringFilter, today: date) -> dict[str, int]:
    """How many cases each tab shows under the same further filters; one statement."""
    groups = {group: _group(group, today) for group in GROUPS}
    columns = [func.count().filter(and_(*conditions)).label(group) for group, conditions in groups.items()]
    row = session.execute(select(*columns).select_from(Monitoring).where(*_further(actor, wanted, today))).one()
    return dict(row._mapping)


def conditions(actor: Actor, wanted: MonitoringFilter, today: date) -> list[Any]:
    return [*_group(wanted.group, today), *_further(actor, wanted, today)]


def _group(group: str, today: date) -> list[Any]:
    is_open = Monitoring.state.in_(_OPEN)
    groups: dict[str, list[Any]] = {
        "due": [is_open, Monitoring.next_planned_on <= today],
        "planned": [is_open, Monitoring.next_planned_on > today],
        "attention": [Monitoring.state.in_(_ATTENTION)],
        "relapsed": [Monitoring.relapsed_on.is_not(None)],
        "followed": [is_open],
        "ended": [Monitoring.state.not_in(_OPEN)],
        "all": [Monitoring.id > 0],
    }
    return groups[group]


def _further(actor: Actor, wanted: MonitoringFilter, today: date) -> list[Any]:
    found = [gate.visible(actor, "monitoring.view", Monitoring)]
    if wanted.state:
        found.append(Monitoring.state == wanted.state)
    if wanted.cohort:
        found.append(Monitoring.cohort == wanted.cohort)
    if wanted.relapsed:
        found.append(Monitoring.relapsed_on.is_not(None))
    if wanted.overdue:
        found.append(Monitoring.next_planned_on < today - timedelta(days=schedule.GRACE_DAYS))
    if wanted.area:
        found.append(Monitoring.household.has(or_(Household.kecamatan == wanted.area, Household.kelurahan == wanted.area)))
    if wanted.facilitator:
        found.append(Monitoring.household.has(Household.facilitator_id == wanted.facilitator))
    return found


def _joined() -> Any:
    statement = select(Monitoring, Household, Area.name, User.name).join(Household, Household.id == Monitoring.household_id)
    return statement.join(Area, Area.code == Household.kelurahan).outerjoin(User, User.id == Household.facilitator_id)


def _row(found: Any, today: date) -> MonitoringRow:
    case, household, area, facilitator = found
    planned = case.next_planned_on if case.state in _OPEN else None
    return MonitoringRow(
        id=case.id, household_id=household.id, family=household.caretaker_name, kelurahan=area, address=household.address,
        rt=household.rt, rw=household.rw, state=case.state, cohort=case.cohort, planned_on=planned, facilitator=facilitator,
        is_due=planned is not None and schedule.is_due(planned, None, today),
        is_overdue=planned is not None and schedule.is_overdue(planned, None, today),
    )  # fmt: skip


@dataclass(frozen=True)
class Cohort:
    """Families whose graduation took effect in `year`: `by_state` counts where they stand, `relapsed` who fell back."""

    year: int
    graduated: int
    relapsed: int
    by_state: dict[str, int]

    @property
    def followed(self) -> int:
        return sum(count for state, count in self.by_state.items() if state in _OPEN)

    @property
    def rate(self) -> float | None:
        """Relapsed ÷ graduated, 0 to 1; None when nobody graduated."""
        return relapse.relapse_rate(self.relapsed, self.graduated)


def cohorts(actor: Actor, area: str | None = None) -> list[Cohort]:
    """Newest first; one statement."""
    sight = _further(actor, MonitoringFilter(area=area), _LAST)
    columns = (Monitoring.cohort, Monitoring.state, func.count(), func.count(Monitoring.relapsed_on))
    rows = session.execute(select(*columns).where(*sight).group_by(Monitoring.cohort, Monitoring.state)).all()
    states: dict[int, Counter[str]] = {}
    relapsed: Counter[int] = Counter()
    for year, state, count, fallen in rows:
        states.setdefault(year, Counter())[state] += count
        relapsed[year] += fallen
    return [Cohort(year, by.total(), relapsed[year], dict(by)) for year, by in sorted(states.items(), reverse=True)]


def after_relapse(case: Monitoring) -> Nomination | None:
    """The nomination that a relapse opened, or took up."""
    ours = (Nomination.household_id == case.household_id, Nomination.monitoring_id == case.id)
    return session.scalars(select(Nomination).where(*ours).order_by(Nomination.id.desc()).limit(1)).first()
