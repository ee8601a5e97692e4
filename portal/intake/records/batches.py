"""Files on their way in: what was uploaded, what became of each row, and how far applying has come.

Only who uploaded a file sees its rows and goes on with it. Everything is written through the gate, each change with its
event; rows are sealed until they are used, and the file itself only lies in the vault until its rows are judged.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import Select, delete, func, select, update

from portal.family.records.models import Batch, BatchRow
from portal.kernel import bulk, gate, policy, vault
from portal.kernel.base import lift_limits, session
from portal.kernel.people import Area
from portal.kernel.terms import Actor, Period, Refused
from portal.kernel.work import Work

ACTION = "intake.use"
PENDING = "pending"
VERDICTS = ("ready", "look", "skipped")
WRITTEN = ("opened", "changed")
OUTCOMES = (*WRITTEN, "unchanged", "left", "skipped")
_NUMBER = re.compile(r"\d(?:[ ._-]?\d){11,}|\d{6,}")  # also in groups; a date has eight digits
_OPEN = ("reading", "read", "applying")


@dataclass(frozen=True)
class ReadingTry:
    """One try to judge the rows of a batch; a further one ends it."""

    batch_id: int
    tries: int

    @property
    def key(self) -> str:
        return f"batch-{self.batch_id}-try-{self.tries}"


def own(actor: Actor, batch_id: int) -> Batch:
    """Raises gate.NotFound for a batch of somebody else, or when the right to import was taken away."""
    batch = session.get(Batch, batch_id)
    if batch is None or batch.uploaded_by != actor.id or not policy.may(actor, ACTION):
        raise gate.NotFound
    return batch


def period_of(batch: Batch) -> Period | None:
    return Period.parse(batch.period) if batch.period else None


def receive(actor: Actor, *, layout: str, file_name: str, sha256: str, period: str, key: str) -> Batch:
    """The batch of a file of this layout; the one that the same person has open for the same file already, rather than a
    second. `period` is "" where it still has to be asked."""

    def act(work: Work) -> Batch:
        queue_for_writing()
        mine = (Batch.sha256 == sha256, Batch.uploaded_by == actor.id, Batch.state.in_(_OPEN))
        open_one = session.scalars(select(Batch).where(*mine).order_by(Batch.id.desc()).limit(1)).first()
        if open_one:
            return open_one
        told = {"layout": layout, "file_name": shown_name(file_name), "sha256": sha256}
        batch = work.add(Batch(**told, period=period, uploaded_by=actor.id, uploaded_at=work.now))
        work.log("intake.receive", batch, detail={"layout": layout, "file": batch.file_name, "sha256": sha256})
        return batch

    return gate.write_chunk(actor, ACTION, key=key, payload=[sha256], act=act)


def shown_name(name: str) -> str:
    """The file's name without its folder, and without what may be an identity number."""
    base = name.replace("\\", "/").rpartition("/")[2].strip()
    return _NUMBER.sub("•••", base)[-120:] or "–"


def set_period(actor: Actor, batch: Batch, period: str, *, key: str) -> Batch:
    """Raises Refused("batch_moved_on") once the rows were judged."""
    batch_id = batch.id

    def act(work: Work) -> Batch:
        fresh = hold(actor, batch_id, "reading")
        fresh.period = period
        return fresh

    return gate.write_chunk(actor, ACTION, key=key, payload=[batch_id, period], act=act)


def start_over(actor: Actor, batch: Batch) -> ReadingTry:
    """Forget rows that an interrupted reading left behind, and count this as a further try."""
    reading = ReadingTry(batch.id, batch.counts.get("tries", 0) + 1)

    def act(work: Work) -> Batch:
        fresh = hold(actor, reading.batch_id, "reading")
        session.execute(delete(BatchRow).where(BatchRow.batch_id == fresh.id))
        fresh.counts = {"tries": reading.tries}
        return fresh

    gate.write_chunk(actor, ACTION, key=reading.key, payload=[reading.batch_id], act=act)
    return reading


def keep_rows(actor: Actor, reading: ReadingTry, rows: Sequence[dict[str, object]], *, number: int) -> None:
    """Add judged rows: one chunk of a reading, by its number; each chunk once. Raises Refused("batch_moved_on") when
    somebody began to read the file anew meanwhile."""

    def act(work: Work) -> Batch:
        fresh = _hold_reading(actor, reading)
        bulk.add_new(BatchRow, rows)
        return fresh

    payload = [reading.batch_id, reading.tries, number]
    gate.write_chunk(actor, ACTION, key=f"{reading.key}-rows-{number}", payload=payload, act=act)


def finish_reading(actor: Actor, reading: ReadingTry, counts: dict[str, int]) -> Batch:
    """The preview is complete; the file itself is no longer needed."""

    def act(work: Work) -> Batch:
        fresh = _hold_reading(actor, reading)
        fresh.state = "read"
        fresh.counts = {**counts, "tries": reading.tries}
        work.log("intake.read", fresh, from_state="reading", to_state="read", detail=fresh.counts)
        return fresh

    finished = gate.write_chunk(actor, ACTION, key=f"{reading.key}-read", payload=[reading.batch_id], act=act)
    forget_file(finished.sha256)
    return finished


def _hold_reading(actor: Actor, reading: ReadingTry) -> Batch:
    batch = hold(actor, reading.batch_id, "reading")
    if batch.counts.get("tries", 0) != reading.tries:
        raise Refused("batch_moved_on")
    return batch


def forget_file(sha256: str) -> None:
    """Unless somebody's reading of the same file is still under way."""
    if not session.scalar(select(Batch.id).where(Batch.sha256 == sha256, Batch.state == "reading").limit(1)):
        vault.delete(sha256)


def decide(
    actor: Actor, batch: Batch, ids: Iterable[int] | None, decide_row: Callable[[BatchRow], None], *, said: object, key: str
) -> Batch:
    """Let `decide_row` settle rows that need a look: the chosen ones, or (None) all that can be used as they are. `said` is
    what the person decided, in words of the form.

    Raises Refused("batch_moved_on") once applying began, and what `decide_row` raises: all rows or none.
    """
    chosen = sorted(ids) if ids is not None else None
    batch_id = batch.id

    def act(work: Work) -> Batch:
        fresh = hold(actor, batch_id, "read")
        rows = session.scalars(_looked_at(batch_id, chosen)).all()
        for row in rows:
            decide_row(row)
        session.flush()
        fresh.counts = {**fresh.counts, **_verdicts(batch_id)}
        work.log("intake.decide", fresh, detail={"rows": len(rows), "said": said})
        return fresh

    return gate.write_chunk(actor, ACTION, key=key, payload=[batch_id, chosen, said], act=act)


def abandon(actor: Actor, batch: Batch, *, key: str) -> Batch:
    """Nothing more of it is applied; what was applied stays, and the rest of what the file said is forgotten."""
    batch_id = batch.id

    def act(work: Work) -> Batch:
        fresh = hold(actor, batch_id, *_OPEN)
        before, fresh.state = fresh.state, "abandoned"
        kept = func.coalesce(BatchRow.outcome, "").in_(WRITTEN)
        session.execute(delete(BatchRow).where(BatchRow.batch_id == batch_id, ~kept))
        work.log("intake.abandon", fresh, from_state=before, to_state="abandoned")
        return fresh

    abandoned = gate.write_chunk(actor, ACTION, key=key, payload=[batch_id], act=act)
    forget_file(abandoned.sha256)
    return abandoned


def hold(actor: Actor, batch_id: int, *states: str) -> Batch:
    """The batch, locked and as it is now. Raises Refused("batch_moved_on") unless it is in one of these states."""
    statement = select(Batch).where(Batch.id == batch_id, Batch.uploaded_by == actor.id).with_for_update()
    batch = session.scalars(statement.execution_options(populate_existing=True)).one_or_none()
    if batch is None:
        raise gate.NotFound
    if batch.state not in states:
        raise Refused("batch_moved_on")
    return batch


def queue_for_writing() -> None:
    """Imports write one after the other: two files that bring the same people must not meet halfway (PostgreSQL; SQLite has
    one writer anyway). Held until the transaction ends; new families in these areas are not kept waiting. Whoever stands in
    this queue waits for the chunk before, however long it takes: a page would give up, and the file stay half applied."""
    lift_limits(session.connection())
    cities = select(Area.code).where(Area.parent_code.is_(None)).order_by(Area.code)
    session.execute(cities.with_for_update(key_share=True)).all()


class Pending(NamedTuple):
    """A row that waits to be applied."""

    id: int
    sheet: str | None
    row: int
    way: str | None
    household_id: int | None
    payload: bytes | None


def pending(batch_id: int, most: int) -> list[Pending]:
    """The next rows to apply, in file order."""
    columns = (BatchRow.id, BatchRow.sheet, BatchRow.row, BatchRow.way, BatchRow.household_id, BatchRow.payload)
    waiting = select(*columns).where(BatchRow.batch_id == batch_id, BatchRow.outcome == PENDING)
    return [Pending._make(row) for row in session.execute(waiting.order_by(BatchRow.id).limit(most))]


def settle(outcomes: Iterable[tuple[int, str, int | None]]) -> None:
    """Rows were applied: (row, outcome, household). What they said is forgotten."""
    applied = [(outcome, household, None, row_id) for row_id, outcome, household in outcomes]
    bulk.change(BatchRow, ("outcome", "household_id", "payload"), applied)


def tell(row_id: int, reasons: Sequence[str]) -> None:
    """Add why a row was not applied after all."""
    row = session.get_one(BatchRow, row_id)
    row.problems = [*row.problems, *({"code": reason} for reason in reasons)]


def finish(work: Work, batch: Batch) -> None:
    """Every row has its outcome; what needed a look and got none is left, and nothing of the file stays behind it."""
    before, batch.state, batch.applied_at = batch.state, "applied", work.now
    left = (BatchRow.batch_id == batch.id, BatchRow.payload.is_not(None))
    session.execute(update(BatchRow).where(*left).values(outcome=func.coalesce(BatchRow.outcome, "left"), payload=None))
    batch.counts = {**batch.counts, **_outcomes(batch.id)}
    work.log("intake.apply", batch, from_state=before, to_state="applied", detail=batch.counts)


def _looked_at(batch_id: int, chosen: list[int] | None) -> Select[BatchRow]:
    rows = select(BatchRow).where(BatchRow.batch_id == batch_id).order_by(BatchRow.id)
    if chosen is None:
        return rows.where(BatchRow.verdict == "look", BatchRow.way == "use")
    return rows.where(BatchRow.id.in_(chosen))


def _verdicts(batch_id: int) -> dict[str, int]:
    mine = BatchRow.batch_id == batch_id
    counted = select(BatchRow.verdict, func.count()).where(mine).group_by(BatchRow.verdict)
    usable = select(func.count()).where(mine, BatchRow.verdict == "look", BatchRow.way == "use")
    found = dict(session.execute(counted).all())
    verdicts = {verdict: found.get(verdict, 0) for verdict in VERDICTS}
    return {**verdicts, "usable": session.scalar(usable) or 0}


def _outcomes(batch_id: int) -> dict[str, object]:
    """Rows by outcome, and the families behind them: two rows may mean one."""
    mine = BatchRow.batch_id == batch_id
    counted = select(BatchRow.outcome, func.count(), func.count(BatchRow.household_id.distinct())).where(mine)
    found = {outcome: numbers for outcome, *numbers in session.execute(counted.group_by(BatchRow.outcome))}
    told = {outcome: found.get(outcome, (0, 0)) for outcome in OUTCOMES}
    families = {outcome: households for outcome, (_rows, households) in told.items()}
    return {**{outcome: rows for outcome, (rows, _households) in told.items()}, "families": families}
