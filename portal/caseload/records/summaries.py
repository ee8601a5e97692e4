"""The denormalised columns of households, and the words they are found by: one definition, called by every write."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time

from sqlalchemy import delete, exists, or_, select

from portal.assessment.records import assessments
from portal.assessment.records.models import Assessment, Visit
from portal.assessment.records.visits import is_mistaken, marked_by
from portal.family.records.models import Decile, Episode, Household, Member, NameWord
from portal.family.rules.names import Named, caretaker_name, sort_name, words_of
from portal.kernel import bulk, clock, schedule, settings
from portal.kernel.base import session
from portal.kernel.history import Told
from portal.kernel.terms import IN_PROGRAMME, Band, Membership, VisitOutcome
from portal.monitoring.records import Monitoring
from portal.monitoring.rules import MONITORING

ROUTINE = "visit_every_months"
"""The setting: every active family is visited so often, unless another day was chosen."""


def summarise(household: Household, now: datetime) -> None:
    summarise_all([household], now)


def after(households: Collection[Household], now: datetime, events: Sequence[Told]) -> None:
    """As the gate asks, before the events of its write are in the chain."""
    summarise_all(households, now, mistaken=marked_by(events))


def summarise_all(households: Collection[Household], now: datetime, *, mistaken: frozenset[int] = frozenset()) -> None:
    """Recompute what lists show, in a fixed number of statements. Stored are dates and values, never "due" or "overdue".

    `mistaken` are visits that this write marks: their events come into the chain last, and are not to be seen yet."""
    session.flush()
    ids = [household.id for household in households]
    members, deciles, bands = _members(ids), _deciles(ids), _bands(ids, mistaken)
    met, retries, planned = *_visited(ids, mistaken), _planned(ids)
    began, every = _began(ids), settings.over_time(ROUTINE)
    for household in households:
        one, membership = household.id, household.membership
        found = columns(
            members.get(one, ()), decile=deciles.get(one), band=bands.get(one), met=met.get(one),
            promised=promised(membership, household.next_visit_on, retries.get(one), planned.get(one)),
            routine=routine(membership, met.get(one), began.get(one), known=household.created_at, every=every),
        )  # fmt: skip
        for name, value in found.items():
            setattr(household, name, value)
        household.updated_at = now
    _keep_words(ids, {one: words_of(members.get(one, ())) for one in ids})


def columns(
    members: Sequence[Named], *, decile: tuple[str, int] | None = None, band: tuple[Band | None, date] | None = None,
    met: date | None = None, promised: Iterable[date | None] = (), routine: date | None = None,
) -> dict[str, object]:  # fmt: skip
    """What a household's denormalised columns say, and the only place that says it. Of what was `promised` the earliest is
    due; where nothing was, the `routine` visit."""
    period, value = decile or (None, None)
    result, assessed_on = band or (None, None)
    return {
        "caretaker_name": caretaker_name(members), "sort_name": sort_name(members), "member_count": len(members),
        "decile_period": period, "decile": value, "band": result, "assessed_on": assessed_on, "last_visit_on": met,
        "due_on": min((day for day in promised if day), default=routine),
    }  # fmt: skip


def promised(membership: Membership, agreed: date | None, retry: date | None, planned: date | None) -> tuple[date | None, ...]:
    """Days on which somebody is expected at the door: the next visit as agreed, the retry after nobody was met, and what
    monitoring plans. Nobody tries again at a family that is not, or no longer, in the programme."""
    return agreed, retry if membership in IN_PROGRAMME else None, planned


def routine(
    membership: Membership, met: date | None, began: date | None, *, known: datetime, every: Callable[[date], int]
) -> date | None:
    """When an active family is visited if nobody chose another day; nobody visits the others without a reason."""
    if membership != Membership.ACTIVE:
        return None
    return schedule.routine_visit(met, began, clock.local(known).date(), every)


def counted_from(day: date) -> list[Household]:
    """Active families whose routine visit may be counted from this day or a later one, held in order: they have another one
    when the setting says something else from that day on."""
    begun = exists().where(Episode.household_id == Household.id, Episode.started >= day, Episode.ended.is_(None))
    new = Household.created_at >= datetime.combine(day, time.min, clock.OFFICE_ZONE)
    since = (Household.membership == Membership.ACTIVE, or_(Household.last_visit_on >= day, new, begun))
    statement = select(Household).where(*since).order_by(Household.id).with_for_update(key_share=True)
    return list(session.scalars(statement.execution_options(populate_existing=True)))


def _members(ids: Sequence[int]) -> Mapping[int, Sequence[Named]]:
    present = (Member.household_id.in_(ids), Member.left_on.is_(None))
    columns = (Member.household_id, Member.name, Member.is_caretaker, Member.relation)
    found: dict[int, list[Named]] = defaultdict(list)
    for row in session.execute(select(*columns).where(*present).order_by(Member.id)):
        found[row.household_id].append(row)
    return found


def _deciles(ids: Sequence[int]) -> Mapping[int, tuple[str, int]]:
    """The latest wins, here and below: rows come in order."""
    columns = (Decile.household_id, Decile.period, Decile.value)
    rows = session.execute(select(*columns).where(Decile.household_id.in_(ids)).order_by(Decile.period))
    return {household: (period, value) for household, period, value in rows}


def _bands(ids: Sequence[int], mistaken: frozenset[int]) -> Mapping[int, tuple[Band | None, date]]:
    finished = (Assessment.household_id.in_(ids), Assessment.visit_id.not_in(mistaken), assessments.counts())
    columns = (Assessment.household_id, Assessment.band, Assessment.assessed_on)
    rows = session.execute(select(*columns).where(*finished).order_by(Assessment.assessed_on, Assessment.id))
    return {household: (band, on) for household, band, on in rows}


def _visited(ids: Sequence[int], mistaken: frozenset[int]) -> tuple[Mapping[int, date], Mapping[int, date | None]]:
    """When somebody was last met, and when to try again after the last visit; mistaken visits aside."""
    true = (Visit.household_id.in_(ids), Visit.id.not_in(mistaken), ~is_mistaken(Visit.id))
    columns = (Visit.household_id, Visit.outcome, Visit.visited_on, Visit.retry_on)
    rows = session.execute(select(*columns).where(*true).order_by(Visit.visited_on, Visit.id)).all()
    met = {row.household_id: row.visited_on for row in rows if row.outcome == VisitOutcome.MET}
    return met, {row.household_id: row.retry_on for row in rows}


def _began(ids: Sequence[int]) -> Mapping[int, date | None]:
    """When the stay began that a family is in."""
    running = (Episode.household_id.in_(ids), Episode.ended.is_(None))
    return dict(session.execute(select(Episode.household_id, Episode.started).where(*running)).all())


def _planned(ids: Sequence[int]) -> Mapping[int, date | None]:
    following = (Monitoring.household_id.in_(ids), Monitoring.state.in_(MONITORING.open_states))
    rows = session.execute(select(Monitoring.household_id, Monitoring.next_planned_on).where(*following))
    return dict(rows.all())


def _keep_words(ids: Sequence[int], words: Mapping[int, set[str]]) -> None:
    kept: dict[int, set[str]] = defaultdict(set)
    for household_id, word in session.execute(
        select(NameWord.household_id, NameWord.word).where(NameWord.household_id.in_(ids))
    ):
        kept[household_id].add(word)
    for household_id, gone in _left_over(kept, words):
        session.execute(delete(NameWord).where(NameWord.household_id == household_id, NameWord.word.in_(gone)))
    new = [{"household_id": one, "word": word} for one in ids for word in sorted(words[one] - kept[one])]
    bulk.add(NameWord, new)


def _left_over(kept: Mapping[int, set[str]], words: Mapping[int, set[str]]) -> Iterator[tuple[int, set[str]]]:
    return ((household_id, mine - words[household_id]) for household_id, mine in kept.items() if mine - words[household_id])
