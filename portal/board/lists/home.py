"""What a person looks at first, by role. A number here is the number of rows behind its link."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select

from portal.board.lists.yearly import counted_exits, only_exit
from portal.caseload.lists import filters
from portal.family.records.models import Household
from portal.graduation import lists as graduations
from portal.graduation import rules
from portal.graduation.records import dossiers
from portal.graduation.records.dossiers import Graduation
from portal.graduation.rules import PREPARING
from portal.kernel import gate, settings
from portal.kernel.base import session
from portal.kernel.people import Area
from portal.kernel.schedule import AGEING_DAYS, add_months
from portal.kernel.terms import IN_PROGRAMME, Actor, ExitType
from portal.membership.records.proposals import MembershipProposal
from portal.nomination import lists as nominations

SHOWN = 8

Condition = ColumnElement[bool]


@dataclass(frozen=True)
class AgeingCase:
    """A graduation being prepared whose evidence soon counts no more; `good_until` is its last day."""

    id: int
    name: str
    state: str
    good_until: date


@dataclass(frozen=True)
class Today:
    """A facilitator's day. `families` are due, with the name of their kelurahan; `graduated` counts this year's graduations in
    effect by `way_out` (None: any that counts), `goal` is the yearly yardstick."""

    due: int
    overdue: int
    families: tuple[tuple[Household, str], ...]
    ageing: tuple[AgeingCase, ...]
    returned: tuple[graduations.QueueRow, ...]
    graduated: int
    way_out: ExitType | None
    goal: int
    never_assessed: int


def today_of(actor: Actor, today: date) -> Today:
    """Six statements."""
    mine = gate.visible(actor, "household.view", Household)
    due, overdue, never_assessed = _due_counts(mine, today)
    terms = settings.in_force(today)
    counted = counted_exits(terms)
    return Today(
        due=due,
        overdue=overdue,
        never_assessed=never_assessed,
        families=_due_families(mine, today),
        ageing=_ageing(mine, today, terms.number("evidence_days")),
        returned=graduations.queue(actor, graduations.GraduationFilter("returned")).rows[:SHOWN],
        graduated=_graduated(actor, today.year, counted),
        way_out=only_exit(counted),
        goal=terms.number("facilitator_yearly_target"),
    )


def _due_counts(mine: Condition, today: date) -> tuple[int, int, int]:
    never = and_(Household.band.is_(None), Household.membership.in_(IN_PROGRAMME))
    questions = (Household.due_on <= today, Household.due_on < today, never)
    columns = [func.count().filter(question) for question in questions]
    row = session.execute(select(*columns).select_from(Household).where(mine)).one()
    return row[0], row[1], row[2]


def _due_families(mine: Condition, today: date) -> tuple[tuple[Household, str], ...]:
    """The most pressing first; those of one RT together within a day."""
    joined = select(Household, Area.name).join(Area, Area.code == Household.kelurahan)
    order = (Household.due_on, Household.kelurahan, Household.rw, Household.rt, Household.id)
    found = session.execute(joined.where(mine, Household.due_on <= today).order_by(*order).limit(SHOWN))
    return tuple((household, kelurahan) for household, kelurahan in found)


def _ageing(mine: Condition, today: date, days: int) -> tuple[AgeingCase, ...]:
    """Evidence ages only until submission; shown from two weeks before its last day. One statement."""
    states = (*PREPARING, "returned")
    cases = dossiers.evidence_of(mine, Graduation.state.in_(states), Household.assessed_on.is_not(None))
    found = [(rules.good_until(dossier, days), case, family) for case, family, dossier in cases]
    soon = today + timedelta(days=AGEING_DAYS)
    ageing = [
        AgeingCase(case.id, family.caretaker_name, case.state, last) for last, case, family in found if last and last <= soon
    ]
    return tuple(sorted(ageing, key=lambda one: (one.good_until, one.id))[:SHOWN])


def _graduated(actor: Actor, year: int, counted: tuple[ExitType, ...]) -> int:
    sight = gate.visible(actor, "graduation.view", Graduation)
    within = (Graduation.effective_on >= date(year, 1, 1), Graduation.effective_on <= date(year, 12, 31))
    which = (Graduation.state == "effective", Graduation.exit_type.in_(counted))
    return session.scalar(select(func.count()).select_from(Graduation).where(sight, *within, *which)) or 0


@dataclass(frozen=True)
class Review:
    """A supervisor's desk: the oldest submissions, and what else waits for a decision."""

    queue: tuple[graduations.QueueRow, ...]
    graduations: dict[str, int]
    nominations: dict[str, int]
    proposals: int
    left_behind: int


def review_of(actor: Actor, today: date) -> Review:
    """Four statements. `left_behind` counts families whose facilitator is none any more."""
    proposals, left_behind = _waiting(actor, today)
    oldest = graduations.queue(actor, graduations.GraduationFilter("submitted"))
    return Review(
        queue=oldest.rows[:SHOWN],
        graduations=graduations.counts(actor),
        nominations=nominations.counts(actor),
        proposals=proposals,
        left_behind=left_behind,
    )


def _waiting(actor: Actor, today: date) -> tuple[int, int]:
    """Open proposals, and families left behind."""
    sight, families = (gate.visible(actor, "household.view", model) for model in (MembershipProposal, Household))
    proposed = select(func.count()).select_from(MembershipProposal).where(sight, MembershipProposal.state == "open")
    narrowed = filters.conditions(filters.Filters(left_behind=1), today)
    left = select(func.count()).select_from(Household).where(families, *narrowed)
    left = left.with_hint(Household, "INDEXED BY ix_households_facilitator", "sqlite")  # it would read every family
    proposals, left_behind = session.execute(select(proposed.scalar_subquery(), left.scalar_subquery())).one()
    return proposals, left_behind


@dataclass(frozen=True)
class Quality:
    """How complete the records of one kelurahan are; every number is a count of active or suspended families."""

    code: str
    name: str
    families: int
    unassigned: int
    never_assessed: int
    not_visited: int
    mismatched: int
    not_found: int
    no_decile: int


def quality(actor: Actor, today: date, months: int) -> tuple[Quality, ...]:
    """One statement over the families in sight: for a page of its own, not for a first screen."""
    long_ago = add_months(today, -months)
    questions = (
        Household.facilitator_id.is_(None),
        Household.assessed_on.is_(None),
        or_(Household.last_visit_on.is_(None), Household.last_visit_on < long_ago),
        Household.registry_match.in_(("mismatched", "duplicate", "deceased")),
        Household.presence == "not_found",
        Household.decile.is_(None),
    )
    counts = [func.count().filter(question) for question in questions]
    statement: Any = (
        select(Area.code, Area.name, func.count(), *counts)
        .join(Household, Household.kelurahan == Area.code)
        .where(gate.visible(actor, "household.view", Household), Household.membership.in_(IN_PROGRAMME))
        .group_by(Area.code, Area.name)
        .order_by(Area.code)
    )
    return tuple(Quality(*row) for row in session.execute(statement))
