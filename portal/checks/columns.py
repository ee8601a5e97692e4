"""Denormalised columns say what `summaries.summarise` would write now; and no person and no case is there twice."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import func, select

from portal.assessment.records.models import Assessment, Visit
from portal.assessment.records.visits import is_mistaken
from portal.caseload.records import summaries
from portal.checks.findings import Violation
from portal.checks.paths import CASES
from portal.family.records.models import Decile, Episode, Household, Member, NameWord
from portal.family.rules.names import words_of
from portal.kernel import kinds, settings
from portal.kernel.base import session
from portal.kernel.terms import VisitOutcome
from portal.monitoring.records import Monitoring
from portal.monitoring.rules import MONITORING

_TABLE = Household.__tablename__
_COLUMNS = tuple(summaries.columns(()))


def violations() -> Iterator[Violation]:
    yield from _summaries()
    yield from _twice_present()
    yield from _twice_open()


def _summaries() -> Iterator[Violation]:
    members, words, deciles, bands = _members(), _words(), _deciles(), _bands()
    met, retries, planned = _last_met(), _retries(), _planned()
    began, every = _began(), settings.over_time(summaries.ROUTINE)
    stored = [getattr(Household, name) for name in _COLUMNS]
    asked = select(Household.id, Household.membership, Household.next_visit_on, Household.created_at, *stored)
    for household, membership, agreed, known, *kept in session.execute(asked):
        mine = members.get(household, [])
        days = summaries.promised(membership, agreed, retries.get(household), planned.get(household))
        seen = met.get(household)
        routine = summaries.routine(membership, seen, began.get(household), known=known, every=every)
        right = summaries.columns(
            mine, decile=deciles.get(household), band=bands.get(household), met=seen, promised=days, routine=routine
        )
        for name, is_now in zip(_COLUMNS, kept, strict=True):
            if is_now != right[name]:
                yield Violation(f"column.{name}", _TABLE, household)
        if words.get(household, set()) != words_of(mine):
            yield Violation("column.name_words", _TABLE, household)


def _members() -> Mapping[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    columns = (Member.household_id, Member.name, Member.is_caretaker, Member.relation)
    for row in session.execute(select(*columns).where(Member.left_on.is_(None)).order_by(Member.id)):
        found[row.household_id].append(row)
    return found


def _words() -> Mapping[int, set[str]]:
    found: dict[int, set[str]] = defaultdict(set)
    for word, household in session.execute(select(NameWord.word, NameWord.household_id)):
        found[household].add(word)
    return found


def _deciles() -> Mapping[int, tuple[str, int]]:
    """The latest row wins: they come in order."""
    ordered = select(Decile.household_id, Decile.period, Decile.value).order_by(Decile.household_id, Decile.period)
    return {household: (period, value) for household, period, value in session.execute(ordered)}


def _bands() -> Mapping[int, tuple[Any, Any]]:
    columns = (Assessment.household_id, Assessment.band, Assessment.assessed_on)
    finished = select(*columns).where(Assessment.finished_at.is_not(None), ~is_mistaken(Assessment.visit_id))
    ordered = finished.order_by(Assessment.assessed_on, Assessment.id)
    return {household: (band, on) for household, band, on in session.execute(ordered)}


def _last_met() -> Mapping[int, Any]:
    true = (Visit.outcome == VisitOutcome.MET, ~is_mistaken(Visit.id))
    met = select(Visit.household_id, func.max(Visit.visited_on)).where(*true)
    return dict(session.execute(met.group_by(Visit.household_id)).all())


def _retries() -> Mapping[int, Any]:
    ordered = select(Visit.household_id, Visit.retry_on).where(~is_mistaken(Visit.id)).order_by(Visit.visited_on, Visit.id)
    return dict(session.execute(ordered).all())


def _began() -> Mapping[int, Any]:
    running = select(Episode.household_id, Episode.started).where(Episode.ended.is_(None))
    return dict(session.execute(running).all())


def _planned() -> Mapping[int, Any]:
    following = Monitoring.state.in_(MONITORING.open_states)
    return dict(session.execute(select(Monitoring.household_id, Monitoring.next_planned_on).where(following)).all())


def _twice_present() -> Iterator[Violation]:
    """No NIK twice among present members; the index guards it too."""
    present = select(func.min(Member.id)).where(Member.left_on.is_(None), Member.nik_index.is_not(None))
    for member in session.scalars(present.group_by(Member.nik_index).having(func.count() > 1)):
        yield Violation("column.nik_twice", Member.__tablename__, member)


def _twice_open() -> Iterator[Violation]:
    for model in CASES:
        running = select(model.household_id).where(model.state.in_(kinds.flow(model.flow_name).open_states))
        for household in session.scalars(running.group_by(model.household_id).having(func.count() > 1)):
            yield Violation(f"column.{model.flow_name}_open_twice", _TABLE, household)
