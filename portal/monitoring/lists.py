"""Read models of monitoring: what is due, who needs attention, and how each cohort fares."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, Select, and_, func, select, true

from portal.family.records.models import Household
from portal.kernel import gate, paging, schedule, typed
from portal.kernel.base import session
from portal.kernel.paging import KeysetPage
from portal.kernel.people import Area, User
from portal.kernel.terms import Actor
from portal.monitoring import rules
from portal.monitoring.records import Monitoring
from portal.monitoring.rules import ATTENTION, MONITORING, QUEUES
from portal.nomination.records.nominations import Nomination

TABS = QUEUES["everyone"]
GROUPS = ("due", "planned", "attention", "relapsed", *TABS, "all")
"""Due until today, planned later, needing attention, fallen back, everything open, closed, everything."""
_OPEN = MONITORING.open_states
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
class MonitoringFilter(typed.ListFilter):
    """`relapsed`: only those that fell back, whatever they are now."""

    group: str = typed.word("kelompok", typed.one_of(GROUPS), "due")
    state: str | None = typed.word("keadaan", typed.one_of(MONITORING.states))
    cohort: int | None = typed.word("kohort", typed.number)
    area: str | None = typed.word("wilayah", typed.area_code)
    facilitator: int | None = typed.word("pendamping", typed.number)
    relapsed: bool = typed.word("kembali_miskin", typed.tick, False)
    overdue: bool = typed.word("terlambat", typed.tick, False)
    after: str | None = typed.word("setelah")


def page(actor: Actor, wanted: MonitoringFilter, today: date) -> KeysetPage[MonitoringRow]:
    """Earliest planned visit first, those without one last; one statement. Raises paging.NoSuchPlace."""
    chosen = _joined().where(_groups(today)[wanted.group], *_further(actor, wanted, today))
    order = (func.coalesce(Monitoring.next_planned_on, _LAST), Monitoring.id)
    return paging.page(chosen, order, lambda *found: _row(found, today), after=wanted.after)


def counts(actor: Actor, wanted: MonitoringFilter, today: date) -> dict[str, int]:
    """How many cases each tab shows under the same further filters; one statement."""
    columns = [func.count().filter(condition).label(group) for group, condition in _groups(today).items()]
    row = session.execute(select(*columns).select_from(Monitoring).where(*_further(actor, wanted, today))).one()
    return dict(row._mapping)


def _groups(today: date) -> Mapping[str, ColumnElement[bool]]:
    is_open = Monitoring.state.in_(_OPEN)
    return {
        "due": and_(is_open, Monitoring.next_planned_on <= today),
        "planned": and_(is_open, Monitoring.next_planned_on > today),
        "attention": Monitoring.state.in_(ATTENTION),
        "relapsed": Monitoring.relapsed_on.is_not(None),
        **{tab: Monitoring.state.in_(states) for tab, states in TABS.items()},
        "all": true(),
    }


def _further(actor: Actor, wanted: MonitoringFilter, today: date) -> list[ColumnElement[bool]]:
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
        found.append(Monitoring.household.has(gate.inside(wanted.area)))
    if wanted.facilitator:
        found.append(Monitoring.household.has(Household.facilitator_id == wanted.facilitator))
    return found


def _joined() -> Select[Monitoring, Household, str, str]:
    statement = select(Monitoring, Household, Area.name, User.name).join(Household, Household.id == Monitoring.household_id)
    return statement.join(Area, Area.code == Household.kelurahan).outerjoin(User, User.id == Household.facilitator_id)


def _row(found: tuple[Monitoring, Household, str, str | None], today: date) -> MonitoringRow:
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
    by_state: Mapping[str, int]

    @property
    def followed(self) -> int:
        return self._in(_OPEN)

    @property
    def attention(self) -> int:
        return self._in(ATTENTION)

    @property
    def rate(self) -> float | None:
        """Relapsed ÷ graduated, 0 to 1; None when nobody graduated."""
        return rules.relapse_rate(self.relapsed, self.graduated)

    def _in(self, states: tuple[str, ...]) -> int:
        return sum(self.by_state.get(state, 0) for state in states)


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
