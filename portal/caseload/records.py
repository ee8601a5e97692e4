"""What the list of families stands on, and whose families they are.

The denormalised columns of households, and the words they are found by: one definition, called by every write. A caseload
is assigned and transferred one family at a time, with an outcome for each. A transferred family takes its open cases along:
what is scoped by the family follows by itself, a field check in the hands of the former facilitator is handed over. Who
made what stays on record.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import partial
from typing import TypeVar

from sqlalchemy import delete, exists, func, or_, select
from sqlalchemy.orm import joinedload

from portal.assessment.records import assessments
from portal.assessment.records.visits import Assessment, Visit, is_mistaken, marked_by
from portal.family.records.models import Decile, Episode, Household, Member, NameWord
from portal.family.rules.names import Named, caretaker_name, sort_name, words_of
from portal.graduation.records.dossiers import Graduation
from portal.kernel import areas, bulk, clock, gate, kinds, schedule, settings
from portal.kernel.base import session
from portal.kernel.gate import Outcome
from portal.kernel.history import Told
from portal.kernel.people import Assignment, User
from portal.kernel.terms import IN_PROGRAMME, Actor, Band, Membership, Refused, Role, VisitOutcome
from portal.kernel.work import Work
from portal.monitoring.records import Monitoring
from portal.monitoring.rules import MONITORING
from portal.nomination.records.nominations import Nomination
from portal.nomination.rules import NOMINATION

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
    right = summaries(households, mistaken=mistaken)
    for household in households:
        for name, value in right[household.id].columns.items():
            setattr(household, name, value)
        household.updated_at = now
    _keep_words({one: summary.words for one, summary in right.items()})


@dataclass(frozen=True)
class Summary:
    """What lists show of a household, by column, and the words it is found by."""

    columns: Mapping[str, object]
    words: set[str]


def summaries(households: Collection[Household], *, mistaken: frozenset[int] = frozenset()) -> dict[int, Summary]:
    """By household: what is to be written now."""
    right, ids = {}, [household.id for household in households]
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
        right[one] = Summary(found, words_of(members.get(one, ())))
    return right


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


def words_by(ids: Collection[int]) -> Mapping[int, set[str]]:
    """The words that are kept for each of these households."""
    kept: dict[int, set[str]] = defaultdict(set)
    mine = NameWord.household_id.in_(ids)
    for household_id, word in session.execute(select(NameWord.household_id, NameWord.word).where(mine)):
        kept[household_id].add(word)
    return kept


def _keep_words(words: Mapping[int, set[str]]) -> None:
    kept = words_by(words.keys())
    for household_id, known in kept.items():
        if gone := known - words[household_id]:
            session.execute(delete(NameWord).where(NameWord.household_id == household_id, NameWord.word.in_(gone)))
    new = [{"household_id": one, "word": word} for one in words for word in sorted(words[one] - kept[one])]
    bulk.add(NameWord, new)


# --- whose families --------------------------------------------------------------------------------------------------

Found = TypeVar("Found")

MOST = 500
"""Families in one go."""


@dataclass(frozen=True)
class GivenFamily:
    """A family in sight, as its outcome names it."""

    id: int
    name: str
    kelurahan: str


def facilitators(actor: Actor) -> list[User]:
    """Active facilitators who work somewhere within the actor's areas, by name; one statement."""
    here = User.assignments.any(areas.within(Assignment.area_code, actor.areas))
    statement = select(User).where(User.role == Role.FACILITATOR, User.active, here).order_by(User.name, User.id)
    return list(session.scalars(statement))


@dataclass(frozen=True)
class LeftBehind:
    """What waits for somebody else when a facilitator goes: families, and open cases of them or in the person's hands."""

    families: int
    cases: int

    def __bool__(self) -> bool:
        return bool(self.families or self.cases)


def held_by(user_id: int) -> LeftBehind:
    """Numbers only, for an administrator, who sees no families; one statement."""
    theirs = Household.facilitator_id == user_id
    counts = [select(func.count()).select_from(Household).where(theirs)]
    for model in (Graduation, Monitoring):
        running = model.state.in_(kinds.flow(model.flow_name).open_states)
        joined = select(func.count()).select_from(model).join(Household, Household.id == model.household_id)
        counts.append(joined.where(theirs, running))
    checks = (Nomination.facilitator_id == user_id, Nomination.state.in_(NOMINATION.open_states))
    counts.append(select(func.count()).select_from(Nomination).where(*checks))
    families, *cases = session.execute(select(*(count.scalar_subquery() for count in counts))).one()
    return LeftBehind(families, sum(cases))


def assign(actor: Actor, household_ids: Iterable[int], facilitator_id: int, *, key: str) -> tuple[Outcome[GivenFamily], ...]:
    """Each family is its own transaction, so one that is refused keeps no other back; the same key changes nothing again.
    Also outside the kelurahan that the facilitator works in: offices lend a hand to each other, and whose family it is
    decides what a facilitator sees. Rows are GivenFamily, None where out of sight; one that is the facilitator's already
    was left alone by Refused("already_assigned").

    Raises Refused("facilitator_unknown") unless it is an active facilitator within the actor's areas, and gate.KeyReused
    when the same form gave them to somebody else.
    """
    to = _facilitator(actor, facilitator_id)
    wanted = list(dict.fromkeys(household_ids))[:MOST]
    families = _in_sight(actor, wanted)
    named = {one: GivenFamily(one, family.caretaker_name, family.area.name) for one, family in families.items()}

    def give(one: int) -> GivenFamily:
        family = _known(families, one)
        gate.write(actor, "household.assign", family, key=f"{key}.{one}", payload=to.id, act=partial(_hand_over, to=to))
        return named[one]

    outcomes = gate.one_by_one(wanted, give, lambda one: _known(named, one))
    for reused in (one.error for one in outcomes if isinstance(one.error, gate.KeyReused)):
        raise reused
    return outcomes


def is_theirs(outcome: Outcome[GivenFamily]) -> bool:
    """The family is the facilitator's now, or was before."""
    error = outcome.error
    return error is None or (isinstance(error, Refused) and error.code == "already_assigned")


def _known(found: Mapping[int, Found], one: int) -> Found:
    if one not in found:
        raise gate.NotFound
    return found[one]


@dataclass(frozen=True)
class _Facilitator:
    id: int
    name: str


def _facilitator(actor: Actor, user_id: int) -> _Facilitator:
    user = next((known for known in facilitators(actor) if known.id == user_id), None)
    if user is None:
        raise Refused("facilitator_unknown")
    return _Facilitator(user.id, user.name)


def _in_sight(actor: Actor, ids: Sequence[int]) -> dict[int, Household]:
    mine = (Household.id.in_(ids), gate.visible(actor, "household.assign", Household))
    statement = select(Household).where(*mine).options(joinedload(Household.area))
    return {family.id: family for family in session.scalars(statement)}


def _hand_over(work: Work, family: Household, to: _Facilitator) -> Household:
    if family.facilitator_id == to.id:
        raise Refused("already_assigned")
    before = session.get(User, family.facilitator_id) if family.facilitator_id else None
    checks = (Nomination.household_id == family.id, Nomination.state.in_(NOMINATION.open_states))
    for nomination in session.scalars(select(Nomination).where(*checks, Nomination.facilitator_id.is_not(None))):
        if before is not None and nomination.facilitator_id == before.id:
            nomination.facilitator_id = to.id
    family.facilitator_id = to.id
    family.version += 1
    changes = {"facilitator": [before and before.name, to.name]}
    work.log("households.assign", family, household=family, detail={"changes": changes})
    return family
