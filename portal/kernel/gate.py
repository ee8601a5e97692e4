"""The only door to rows of families and cases, and the only place that commits them.

Permission, receipt, lock, state, evidence, version, history, effects and commit happen in here together or not at all. Of
many rows one that is refused keeps nobody else from moving.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, false, or_, select, true
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from portal.kernel import base, clock, history, kinds, policy, workflow
from portal.kernel.base import Base, session
from portal.kernel.history import Event, Receipt, canonical
from portal.kernel.kinds import CaseRow, Row, VersionedRow
from portal.kernel.terms import Actor, Reach, Refused
from portal.kernel.vault import chain_digest
from portal.kernel.work import Work, met_needs, shown, take
from portal.kernel.workflow import plain

Known = TypeVar("Known", bound=Row)
Held = TypeVar("Held")
Made = TypeVar("Made", bound=Row)
Edited = TypeVar("Edited", bound=VersionedRow)
Moved = TypeVar("Moved", bound=CaseRow)


class NotFound(Exception):
    """No such row, or not in sight: the two must look alike."""


class Forbidden(Exception):
    """In sight, but not for this person to do."""


class KeyReused(Exception):
    """The idempotency key was used up by a POST with other content."""


class Stale(Exception):
    """Someone else saved first. `fields` maps a name to (theirs, yours); empty when a case has moved on."""

    def __init__(self, fields: Mapping[str, tuple[Any, Any]] | None = None) -> None:
        super().__init__("stale")
        self.fields = dict(fields or {})


@dataclass(frozen=True)
class Offer:
    """A step this person may take, what is missing for it, and whether the case still stands where it begins."""

    step: workflow.Step
    missing: tuple[str, ...]
    from_here: bool = True

    @property
    def is_ready(self) -> bool:
        return self.from_here and not self.missing


# --- sight ---------------------------------------------------------------------------------------------------------


def visible(actor: Actor, action: str, model: type[Any]) -> ColumnElement[bool]:
    """Rows the actor may reach for this action, as a condition; add filters, never remove this one."""
    granted = policy.reach(actor, action)
    if granted is Reach.ASSIGNED:
        return getattr(model, model.assigned_column) == actor.id if model.assigned_column else false()
    if granted is Reach.EVERYWHERE:
        return true()
    if granted is Reach.NONE:
        return false()
    own = granted is Reach.CASELOAD
    condition = _family().facilitator_id == actor.id if own else or_(false(), *(inside(code) for code in actor.areas))
    return condition if model is _family() else model.household.has(condition)


def _family() -> Any:
    return kinds.declared().household


def inside(code: str) -> ColumnElement[bool]:
    """Households of an area: equality on the column of the code's level, so that an index serves it; a city is a prefix."""
    columns = {8: _family().kecamatan, 13: _family().kelurahan}
    column = columns.get(len(code))
    condition: ColumnElement[bool] = column == code if column is not None else _family().kelurahan.like(f"{code}.%")
    return condition


def find(actor: Actor, action: str, model: type[Known], row_id: int) -> Known:
    """Raises NotFound when the row is not in sight, Forbidden when it is but the action is not allowed."""
    table: Any = model
    statement = select(table).where(
        table.id == row_id, or_(visible(actor, model.view_action, model), visible(actor, action, model))
    )
    if model is not kinds.declared().household:
        statement = statement.options(joinedload(table.household))  # permission asks for its place right away
    row: Known | None = session.scalars(statement).one_or_none()
    if row is None:
        raise NotFound
    if not can(actor, action, row):
        raise Forbidden
    return row


def can(actor: Actor, action: str, row: Row) -> bool:
    return policy.covers(actor, action, place_of(row))


def place_of(row: Row) -> policy.Place:
    household = kinds.household_of(row)
    assigned = getattr(row, row.assigned_column) if row.assigned_column else None
    if household is None:
        return policy.Place(assigned=assigned)
    return policy.Place(household.kelurahan, household.facilitator_id, assigned)


def steps_for(actor: Actor, case: CaseRow, *, met: frozenset[str] | None = None) -> tuple[Offer, ...]:
    """What this person may do next, in the order of the flow's table, and what is missing for each. Whoever has already
    asked which needs are met hands that over, and nothing is asked twice."""
    steps = [step for step in kinds.of(case).flow.steps_from(case.state) if not step.by_effect]
    allowed = [step for step in steps if can(actor, step.action, case)]
    if met is None:
        met = met_needs(case, actor, {need for step in allowed for need in step.needs})
    return tuple(Offer(step, workflow.missing(step, met)) for step in allowed)


def offer_of(actor: Actor, case: CaseRow, step: workflow.Step) -> Offer:
    """One step that this person may take, as it stands: only what itself needs is asked."""
    if case.state not in step.sources:
        return Offer(step, (), from_here=False)
    return Offer(step, workflow.missing(step, met_needs(case, actor, set(step.needs))))


# --- writing -------------------------------------------------------------------------------------------------------


def write(
    actor: Actor,
    action: str,
    target: Held | policy.Place,
    *,
    key: str,
    payload: object,
    act: Callable[[Work, Held], Made],
    endpoint: str = "",
) -> Made:
    """Run `act(work, row)` in one write transaction and return the row it answers.

    `target` is a row (reloaded under the lock) or a policy.Place for something new. `payload` is what the person sent:
    the same `key` with the same payload changes nothing and returns what it made before.
    Raises NotFound, Forbidden, KeyReused, Refused; whatever is raised, nothing is saved.
    """
    row: Any = None if isinstance(target, policy.Place) else target
    identity = None if row is None else (type(row), row.id)
    content = [endpoint or action, identity and [row.__tablename__, row.id], payload]
    fingerprint = chain_digest(canonical(content))  # keyed: a plain hash would give short secrets (NIK, phone) away
    sent = _Sent(actor, action, key, endpoint or action, fingerprint)
    try:
        return _write(sent, target, identity, act)
    except IntegrityError as error:
        session.rollback()
        again: Made | None = _replayed(sent)
        if again is not None:
            return again
        raise _told(error) from error
    except BaseException:
        session.rollback()
        raise


@dataclass(frozen=True)
class _Sent:
    """A POST as the gate sees it: who, what for, and what makes it the same when it comes again."""

    actor: Actor
    action: str
    key: str
    endpoint: str
    fingerprint: str


def _write(sent: _Sent, target: Any, identity: tuple[type[Row], int] | None, act: Callable[[Work, Any], Made]) -> Made:
    base.begin_write()
    made: Made | None = _replayed(sent)
    if made is not None:
        session.rollback()
        return session.get_one(type(made), made.id)
    receipt = _receipt(sent)
    row = _locked(*identity) if identity else None
    work = Work(sent.actor)  # reads the clock: under the lock, a family's moments follow each other as its events do
    if not policy.covers(sent.actor, sent.action, place_of(row) if row is not None else target):
        raise Forbidden
    subject = act(work, row)
    _finish(work, receipt, subject)
    return subject


def _receipt(sent: _Sent) -> Receipt:
    """Written first, so that the same key in flight waits here; the subject is filled in when it is known."""
    receipt = Receipt(
        user_id=sent.actor.id, key=sent.key, endpoint=sent.endpoint, payload_hash=sent.fingerprint, subject_type="",
        subject_id=0, at=clock.now(),
    )  # fmt: skip
    session.add(receipt)
    session.flush()
    return receipt


def _finish(work: Work, receipt: Receipt, subject: Row) -> None:
    session.flush()
    if work.touched:
        kinds.declared().summarise(work.touched.values(), work.now, work.events)
    receipt.subject_type, receipt.subject_id = subject.__tablename__, subject.id
    if work.events:
        history.append(work.events)
        receipt.event_seq = work.events[-1].seq
    session.commit()


def _locked(model: type[Row], row_id: int) -> Row:
    """The row as it is now, its household locked first (SQLite already holds the one write lock).

    FOR NO KEY UPDATE: an event about the family that somebody else writes under the lock of the chain head only needs the
    household to exist, and must not wait for us, who shall wait for the chain head.
    """
    row = session.get(model, row_id, populate_existing=True)
    if row is None:
        raise NotFound
    household = kinds.household_of(row)
    lock = select(_family()).where(_family().id == (household and household.id)).with_for_update(key_share=True)
    session.scalars(lock.execution_options(populate_existing=True)).one_or_none()
    session.refresh(row)
    return row


def _replayed(sent: _Sent) -> Any:
    """What this very POST made before; None when it is new. Its type is what `act` answered then. Raises KeyReused."""
    receipt = session.get(Receipt, (sent.actor.id, sent.key))
    if receipt is None:
        return None
    if receipt.payload_hash != sent.fingerprint:
        raise KeyReused
    model = next(mapper.class_ for mapper in Base.registry.mappers if mapper.class_.__tablename__ == receipt.subject_type)
    return session.get(model, receipt.subject_id)


def _told(error: IntegrityError) -> Exception:
    """A rule that the database holds is told as that rule, and two people who met as such; any other broken constraint is a
    fault of ours, and no sentence makes it the person's."""
    name = base.violated(error)
    if name is None or name.startswith(("ck_", "fk_")):
        return error
    return Refused(kinds.declared().conflicts.get(name, "conflict"))


def amend(
    actor: Actor, row: Edited, *, seen: int, changes: dict[str, Any], key: str, action: str = "household.update"
) -> Edited:
    """Change fields of a household or member; each difference becomes part of one Event.

    Raises Stale when a field in `changes` was changed by someone else after version `seen`.
    """

    def act(work: Work, fresh: Edited) -> Edited:
        refuse_stale(fresh, seen, changes)
        work.amend(fresh, **changes)
        return fresh

    return write(actor, action, row, key=key, payload=changes, act=act, endpoint=f"{action}:amend")


def refuse_stale(row: VersionedRow, seen: int, changes: Mapping[str, object]) -> None:
    """For a household or member. Raises Stale with the fields of `changes` that would undo an edit after version `seen`: each
    event of an edit tells the version it made."""
    differing = {name: value for name, value in changes.items() if getattr(row, name) != value}
    if not differing or row.version <= seen:
        return
    ours = (Event.subject_type == row.__tablename__, Event.subject_id == row.id)
    details = [detail or {} for detail in session.scalars(select(Event.detail).where(*ours))]
    changed = {name for detail in details if detail.get("version", 0) > seen for name in detail.get("changes", {})}
    clash = {name: (shown(name, getattr(row, name)), value) for name, value in differing.items() if name in changed}
    if clash:
        raise Stale(clash)


def perform(actor: Actor, case: Moved, step: str, *, seen: int, facts: object = None, key: str) -> Moved:
    """Take a step of the case's workflow. Raises Refused (state, needs, evidence), Stale when the case has moved on."""
    chosen = kinds.of(case).flow.step(step)
    if chosen.by_effect:
        raise Forbidden
    payload = [step, plain(facts)]

    def act(work: Work, fresh: Moved) -> Moved:
        if fresh.version != seen:
            raise Stale
        met = met_needs(fresh, actor, chosen.needs)
        take(work, fresh, chosen, facts=facts, met=met)
        return fresh

    return write(actor, chosen.action, case, key=key, payload=payload, act=act, endpoint=f"{case.flow_name}.{step}")


def write_chunk(actor: Actor, action: str, *, key: str, payload: object, act: Callable[[Work], Made]) -> Made:
    """One transaction over many households (an import's chunk); `act` checks each row with `can`. Receipts as in `write`."""
    if not policy.may(actor, action):
        raise Forbidden
    own_ground = policy.Place(next(iter(actor.areas), None), actor.id, actor.id)  # its rows are checked one by one
    return write(actor, action, own_ground, key=key, payload=payload, act=lambda work, _row: act(work))


# --- many rows, one by one -------------------------------------------------------------------------------------------

Found = TypeVar("Found")

LEFT_ALONE = (Refused, Stale, KeyReused, NotFound, Forbidden)
"""Why one of many stays as it is."""


@dataclass(frozen=True)
class Outcome(Generic[Found]):
    """What became of one row of many: `row` as it is now (None: not in sight), `error` when it was left alone."""

    id: int
    row: Found | None
    error: Exception | None = None


def one_by_one(ids: Iterable[int], act: Callable[[int], Found], look: Callable[[int], Found]) -> tuple[Outcome[Found], ...]:
    """`act(id)` once on each; of one that is refused `look(id)` tells how it stands (gate.NotFound: not in sight). Raises
    Refused("nothing_chosen")."""
    chosen = dict.fromkeys(ids)
    if not chosen:
        raise Refused("nothing_chosen")
    return tuple(_outcome(one, act, look) for one in chosen)


def perform_many(
    actor: Actor, model: type[Moved], step: str, seen: Mapping[int, int], *, facts: object, key: str
) -> tuple[Outcome[Moved], ...]:
    """The same step on many cases. `seen`: case id -> version that was shown. Sent again with the same key, the same rows
    answer the same. Raises Refused: "step_unknown" for a step that is not for many, "nothing_chosen"."""
    chosen = kinds.named(model.flow_name).flow.step(step)
    if not chosen.bulk:
        raise Refused("step_unknown", step=step)

    def take(case_id: int) -> Moved:
        case = find(actor, chosen.action, model, case_id)
        return perform(actor, case, step, seen=seen[case_id], facts=facts, key=f"{key}:{case_id}")

    return one_by_one(seen, take, lambda case_id: find(actor, model.view_action, model, case_id))


def _outcome(one: int, act: Callable[[int], Found], look: Callable[[int], Found]) -> Outcome[Found]:
    try:
        return Outcome(one, act(one))
    except LEFT_ALONE as error:
        return Outcome(one, _as_it_is(one, look), error)


def _as_it_is(one: int, look: Callable[[int], Found]) -> Found | None:
    try:
        return look(one)
    except NotFound:
        return None
