"""The denormalised columns of a household, and the words it is found by: one function, called by every write."""

from datetime import date, datetime

from sqlalchemy import delete, func, select

from portal.records.base import session
from portal.records.cases import Monitoring
from portal.records.households import Assessment, Decile, Household, Member, NameWord, Visit
from portal.rules import flows, names
from portal.rules.terms import Relation, VisitOutcome


def summarise(household: Household, now: datetime) -> None:
    """Recompute what lists show. Stored are dates and values, never "due" or "overdue"."""
    session.flush()
    members = present_members(household.id)
    household.caretaker_name = caretaker_name(members)
    household.sort_name = sort_name(members)
    household.member_count = len(members)
    household.decile_period, household.decile = _latest_decile(household.id)
    household.band, household.assessed_on = _latest_assessment(household.id)
    household.last_visit_on = _last_met(household.id)
    household.due_on = _due_on(household)
    household.updated_at = now
    _keep_words(household.id, words_of(members))


def present_members(household_id: int) -> list[Member]:
    mine = (Member.household_id == household_id, Member.left_on.is_(None))
    return list(session.scalars(select(Member).where(*mine).order_by(Member.id)))


def caretaker(members: list[Member]) -> Member | None:
    """The named recipient; without one the head, without a head the first."""
    by_rank = sorted(members, key=lambda member: (not member.is_caretaker, member.relation != Relation.HEAD))
    return by_rank[0] if by_rank else None


def caretaker_name(members: list[Member]) -> str:
    chosen = caretaker(members)
    return chosen.name if chosen else ""


def sort_name(members: list[Member]) -> str:
    return " ".join(names.tokens(caretaker_name(members)))[:120]


def words_of(members: list[Member]) -> set[str]:
    return {word[:40] for member in members for word in names.tokens(member.name)}


def _latest_decile(household_id: int) -> tuple[str | None, int | None]:
    newest = (
        select(Decile.period, Decile.value).where(Decile.household_id == household_id).order_by(Decile.period.desc()).limit(1)
    )
    row = session.execute(newest).first()
    return (row.period, row.value) if row else (None, None)


def _latest_assessment(household_id: int):  # type: ignore[no-untyped-def]
    finished = (Assessment.household_id == household_id, Assessment.finished_at.is_not(None))
    newest = select(Assessment.band, Assessment.assessed_on).where(*finished)
    row = session.execute(newest.order_by(Assessment.assessed_on.desc(), Assessment.id.desc()).limit(1)).first()
    return (row.band, row.assessed_on) if row else (None, None)


def _last_met(household_id: int) -> date | None:
    met = (Visit.household_id == household_id, Visit.outcome == VisitOutcome.MET)
    return session.scalar(select(func.max(Visit.visited_on)).where(*met))


def _due_on(household: Household) -> date | None:
    """The earliest date somebody promised: next visit, retry after nobody was met, monitoring."""
    open_monitoring = (Monitoring.household_id == household.id, Monitoring.state.in_(flows.MONITORING.open_states))
    promised = [
        household.next_visit_on,
        _retry_on(household.id),
        session.scalar(select(Monitoring.next_planned_on).where(*open_monitoring)),
    ]
    return min((day for day in promised if day), default=None)


def _retry_on(household_id: int) -> date | None:
    newest = select(Visit.retry_on).where(Visit.household_id == household_id).order_by(Visit.visited_on.desc(), Visit.id.desc())
    return session.scalar(newest.limit(1))


def _keep_words(household_id: int, words: set[str]) -> None:
    kept = set(session.scalars(select(NameWord.word).where(NameWord.household_id == household_id)))
    if kept - words:
        gone = (NameWord.household_id == household_id, NameWord.word.in_(kept - words))
        session.execute(delete(NameWord).where(*gone))
    session.add_all(NameWord(word=word, household_id=household_id) for word in sorted(words - kept))
    session.flush()
