"""A file comes in: received, read into a preview, applied chunk by chunk.

Nothing is written about families before the person importing has seen the preview and said so. A chunk is judged anew under
the lock, then everything in it is written in bulk, or nothing; a chunk that was applied is never applied again.
"""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import NamedTuple

from sqlalchemy import select, update
from sqlalchemy.orm import joinedload

from portal.caseload import records
from portal.family.records.models import (
    Address,
    Batch,
    BatchRow,
    Decile,
    Episode,
    Household,
    KkNumber,
    Member,
    NameWord,
    Payment,
)
from portal.family.rules.names import words_of
from portal.intake.reading.layouts import BY_ID
from portal.intake.reading.reading import Parsed, read
from portal.intake.reading.rows import AreaIndex
from portal.intake.records import batches, examining
from portal.intake.records.batches import Pending
from portal.intake.records.examining import Judged, changes, kept
from portal.intake.rules.diff import DECIDED, Choice, ImportGround, RowPlan, RowVerdict, Update, Way, judge
from portal.intake.rules.matching import Known, Said
from portal.kernel import bulk, clock, gate, policy, schedule, settings, vault
from portal.kernel.base import session
from portal.kernel.history import Happening
from portal.kernel.terms import Actor, Membership, Period, Refused
from portal.kernel.work import Work
from portal.membership.records import proposals

CHUNK = 1000
_PERSON = ("nik", "name", "sex", "birth_date", "relation", "occupation")


def next_chunk(actor: Actor, batch_id: int, ground: ImportGround) -> Batch:
    """The rows that are next in file order, in one transaction under a key of their own; after the last one the batch is
    finished. Raises gate.NotFound, Refused: batch_moved_on, and what a race on the same people makes."""
    first = next((row.id for row in batches.pending(batch_id, 1)), None)

    def act(work: Work) -> Batch:
        batches.queue_for_writing()
        batch = batches.hold(actor, batch_id, "read", "applying")
        if batch.state == "read":
            work.log("intake.begin", batch, from_state="read", to_state="applying")
        batch.state = "applying"
        rows = batches.pending(batch_id, CHUNK)
        _Chunk(work, batch, ground).write(rows)
        if not batches.pending(batch_id, 1):
            batches.finish(work, batch)
        return batch

    return gate.write_chunk(actor, batches.ACTION, key=f"batch-{batch_id}-from-{first}", payload=[batch_id, first], act=act)


@dataclass
class _Entry:
    """A row on its way: what it says, what becomes of it, and the household it means, once there is one."""

    row: Pending
    said: Said
    plan: RowPlan
    household_id: int = 0

    @property
    def update(self) -> Update:
        return self.plan.update

    @property
    def people(self) -> "list[_Recipient]":
        """All that a payment says of a new family."""
        return [_Recipient(self.said.record.name)]


class _Chunk:
    def __init__(self, work: Work, batch: Batch, ground: ImportGround) -> None:
        self._work = work
        self._batch = batch
        self._ground = ground

    def write(self, rows: Sequence[Pending]) -> None:
        entries = self._judged(rows) if rows else []
        ready = [entry for entry in entries if entry.plan.verdict is RowVerdict.READY]
        self._open([entry for entry in ready if entry.plan.family is None])
        self._add_facts(ready)
        self._add_numbers([entry for entry in ready if entry.update.kk])
        self._add_people(ready)
        self._log(ready)
        self._touch(ready)
        self._settle(entries)

    def _judged(self, rows: Sequence[Pending]) -> list[_Entry]:
        """On what is known now, the families locked. A row that meets an earlier one's people waits for the next chunk:
        by then the family is there."""
        told = [kept(self._batch, row) for row in rows]
        register = self._register(rows, told)
        entries, met = [], set[object]()
        for row, one in zip(rows, told, strict=True):
            touched = {*one.niks, *register.match(one.niks, one.kk).household_ids, *filter(None, (one.kk, row.household_id))}
            if met.isdisjoint(touched):
                choice = Choice(Way(row.way), row.household_id) if row.way else None
                plan = judge(one, register, self._ground, choice)
                entries.append(_Entry(row, one, plan, plan.family.id if plan.family else 0))
                met |= touched
        return entries

    def _register(self, rows: Sequence[Pending], told: Sequence[Said]) -> Known:
        chosen = {row.household_id for row in rows if row.household_id}
        hit = examining.hit([nik for one in told for nik in one.niks], [one.kk for one in told if one.kk]) | chosen
        examining.lock(hit)
        return examining.load(hit)

    def _open(self, entries: Sequence[_Entry]) -> None:
        """Families in the programme that the portal did not know; since when they are in it nobody said. They are visited
        when the plan says, counted from today."""
        now, today = self._work.now, self._work.today
        routine = schedule.routine_visit(None, None, today, settings.over_time(records.ROUTINE)) if entries else None
        households = bulk.with_ids(Household, [self._household(entry, routine) for entry in entries])
        for entry, household in zip(entries, households, strict=True):
            entry.household_id = household["id"]
        bulk.add(Household, households, membership=Membership.ACTIVE, created_at=now, updated_at=now)
        bulk.add_new(Member, [self._recipient(entry) for entry in entries], is_caretaker=True)
        bulk.add_new(Episode, [{"household_id": entry.household_id} for entry in entries], number=1)
        words = [(entry.household_id, word) for entry in entries for word in words_of(entry.people)]
        bulk.add(NameWord, [{"word": word, "household_id": household_id} for household_id, word in words])

    def _household(self, entry: _Entry, routine: date | None) -> dict[str, object]:
        record, kelurahan = entry.said.record, entry.said.record.area or ""
        place = {"kelurahan": kelurahan, "kecamatan": kelurahan[:8], "address": record.address}
        return {**place, "rt": record.rt, "rw": record.rw, **records.columns(entry.people, routine=routine)}

    def _recipient(self, entry: _Entry) -> dict[str, object]:
        record, nik_index = entry.said.record, next(iter(entry.said.niks), None)
        return {"household_id": entry.household_id, "nik": record.nik, "nik_index": nik_index, "name": record.name}

    def _add_facts(self, entries: Sequence[_Entry]) -> None:
        told = [({"household_id": entry.household_id}, str(entry.said.period), entry.update) for entry in entries]
        payments = [{**one, "stage": period, "amount": new.payment} for one, period, new in told if new.payment]
        deciles = [{**one, "period": period, "value": new.decile} for one, period, new in told if new.decile]
        addresses = [{**one, "period": period, **new.address._asdict()} for one, period, new in told if new.address]
        for model, rows in ((Payment, payments), (Decile, deciles), (Address, addresses)):
            bulk.add_new(model, rows, batch_id=self._batch.id)

    def _add_numbers(self, entries: Sequence[_Entry]) -> None:
        """A new KK number follows the one before; since when it was in force the file does not say."""
        followed = [entry for entry in entries if entry.plan.family]
        for until in {self._day(entry) for entry in followed}:
            former = [entry.household_id for entry in followed if self._day(entry) == until]
            ended = (KkNumber.household_id.in_(former), KkNumber.until.is_(None))
            session.execute(update(KkNumber).where(*ended).values(until=until))
        numbers = [(entry.household_id, entry.said.record.kk, entry.said.kk) for entry in entries]
        bulk.add_new(KkNumber, [{"household_id": one, "kk": kk, "kk_index": kk_index} for one, kk, kk_index in numbers])

    def _add_people(self, entries: Sequence[_Entry]) -> None:
        bulk.add_new(Member, [
            {"household_id": entry.household_id, "nik_index": nik, **{name: getattr(row, name) for name in _PERSON}}
            for entry in entries
            if entry.update.members.added
            for row, nik in entry.said.people
            if row in entry.update.members.added
        ])  # fmt: skip
        filled = {member: found for entry in entries for member, found in entry.update.members.filled}
        of_whom = select(Member).where(Member.id.in_(filled)).options(joinedload(Member.household))
        for member in session.scalars(of_whom) if filled else ():
            self._work.amend(member, **filled[member.id])

    def _log(self, entries: Sequence[_Entry]) -> None:
        """Every family's history tells what this file brought."""
        for entry in entries:
            kind, state = ("membership.open", str(Membership.ACTIVE)) if entry.update.opens else ("intake.change", None)
            detail = {"batch": self._batch.id, "period": str(entry.said.period), "told": changes(entry.update)}
            one = entry.household_id
            table = Household.__tablename__
            event = Happening(self._work.now, self._work.actor.id, kind, table, one, one, to_state=state, detail=detail)
            self._work.events.append(event)

    def _touch(self, entries: Sequence[_Entry]) -> None:
        """Families whose summary changes, and those for whom something follows."""
        moved = [entry for entry in entries if entry.update.members or entry.update.decile or entry.update.proposes]
        households = examining.rows([entry.household_id for entry in moved]) if moved else {}
        for entry in moved:
            self._work.touch(households[entry.household_id])
            if entry.update.proposes:
                self._propose(entry, households[entry.household_id])

    def _propose(self, entry: _Entry, household: Household) -> None:
        step = entry.update.proposes or ""
        cause = "decile" if step == "suspend" else "first_payment"
        facts, batch_id = self._grounds(entry), self._batch.id
        proposals.propose_from_file(self._work, household, step, cause=cause, facts=facts, batch_id=batch_id)

    def _grounds(self, entry: _Entry) -> dict[str, object]:
        new, period = entry.update, str(entry.said.period)
        if new.proposes == "activate":
            return {"amount": new.payment, "period": period}
        limit = self._ground.suspend_from
        return {"effective_on": self._day(entry), "reason": "", "decile": new.decile, "period": period, "suspend_from": limit}

    def _day(self, entry: _Entry) -> date:
        """The last day that the file can speak of."""
        period = entry.said.period or self._ground.quarter
        return min(period.last_day(), self._ground.today)

    def _settle(self, entries: Sequence[_Entry]) -> None:
        batches.settle((entry.row.id, _outcome(entry.plan), entry.household_id or None) for entry in entries)
        for entry in entries:
            if entry.plan.verdict is not RowVerdict.READY:
                batches.tell(entry.row.id, entry.plan.reasons)
        self._batch.counts = {**self._batch.counts, "done": self._batch.counts.get("done", 0) + len(entries)}


class _Recipient(NamedTuple):
    """The one member of a new family, as summaries see members."""

    name: str
    is_caretaker: bool = True
    relation: None = None


def _outcome(plan: RowPlan) -> str:
    if plan.verdict is RowVerdict.READY:
        return "opened" if plan.update.opens else "changed"
    if plan.verdict is RowVerdict.LOOK:
        return "left"
    return "unchanged" if "unchanged" in plan.reasons else "skipped"


_RACES = frozenset({"nik_taken", "payment_already_known", "decile_already_known", "conflict"})
_TRIES = 3
BY_HAND = "skipped_by_hand"
_TAKEN_BACK: dict[str, str] = {Way.USED: Way.USE, Way.CHOSEN: Way.CHOOSE, Way.NEW: Way.CHOOSE}


def parse(content: bytes) -> Parsed:
    """What the file says, told apart from what is wrong in it. Raises UnreadableFile."""
    return read(content, areas=AreaIndex(examining.area_spellings()), today=clock.today())


def judged(actor: Actor, parsed: Parsed, period: Period | None) -> Iterator[list[Judged]]:
    """Every row as the register stands now, in chunks; nothing is kept. Raises Refused("period_needed") for a file that
    does not say its period."""
    if BY_ID[parsed.layout].asks_period and period is None:
        raise Refused("period_needed")
    return examining.examine(parsed, period, ground(actor))


def receive(
    actor: Actor, content: bytes, file_name: str, period: Period | None = None, *, key: str, parsed: Parsed | None = None
) -> Batch:
    """Take a file in and judge its rows at once, unless its period has to be asked first (`needs_period`): then it waits in
    the vault. Raises UnreadableFile when it is no file that can be taken in; nothing is kept then. The same file that
    the same person has open already stays one batch; Refused("other_period") when that was for another quarter."""
    parsed = parsed or parse(content)
    asked = str(period) if period and BY_ID[parsed.layout].asks_period else ""
    sha256 = vault.put(content)
    batch = batches.receive(actor, layout=parsed.layout, file_name=file_name, sha256=sha256, period=asked, key=key)
    if asked and batch.period != asked:
        raise Refused("other_period")
    if batch.state != "reading" or needs_period(batch):
        return batch
    return _judge_rows(actor, batch, parsed)


def needs_period(batch: Batch) -> bool:
    return BY_ID[batch.layout].asks_period and not batch.period


def read_again(actor: Actor, batch: Batch) -> Batch:
    """Judge the rows of a file that waits, for its period or because reading was interrupted; from the start. Raises
    Refused: period_needed, file_gone, batch_moved_on."""
    return _judge_rows(actor, batch, parse(_file(batch)))


def _judge_rows(actor: Actor, batch: Batch, parsed: Parsed) -> Batch:
    chunks = judged(actor, parsed, batches.period_of(batch))
    reading, counted = batches.start_over(actor, batch), Counter[str]()
    for number, chunk in enumerate(chunks):
        counted.update(examining.counts(chunk))
        batches.keep_rows(actor, reading, [examining.row(reading.batch_id, one) for one in chunk], number=number)
    return batches.finish_reading(actor, reading, counted)


def apply(actor: Actor, batch: Batch, *, seconds: float) -> Batch:
    """Apply chunk after chunk for about so long; at least one. The batch says how far it came (`state`, `counts`)."""
    deadline = time.monotonic() + seconds
    batch = apply_chunk(actor, batch)
    while batch.state == "applying" and time.monotonic() < deadline:
        batch = apply_chunk(actor, batch)
    return batch


def apply_chunk(actor: Actor, batch: Batch) -> Batch:
    """The next chunk, in one transaction. When somebody wrote the same people meanwhile, it is judged anew."""
    batch_id = batch.id
    for _attempt in range(_TRIES - 1):
        try:
            return next_chunk(actor, batch_id, ground(actor))
        except Refused as refusal:
            if refusal.code not in _RACES:
                raise
    return next_chunk(actor, batch_id, ground(actor))


def use(row: BatchRow) -> None:
    """Settle a row that needs a look, for `batches.decide`, as are the next: use it without what is doubtful.
    Raises Refused("row_needs_choice")."""
    _demand(row, Way.USE)
    _settle(row, Way.USED)


def choose(row: BatchRow, household_id: int | None) -> None:
    """A row that hit a family by its KK number only, or several: it means this one, or (None) a new one."""
    _demand(row, Way.CHOOSE)
    row.household_id = household_id
    _settle(row, Way.CHOSEN if household_id else Way.NEW)


def skip(row: BatchRow) -> None:
    if row.verdict != RowVerdict.LOOK:
        raise Refused("batch_moved_on")
    row.verdict, row.outcome = RowVerdict.SKIPPED, "skipped"
    row.problems = [*row.problems, {"code": BY_HAND}]


def take_back(row: BatchRow) -> None:
    """The row needs a look again."""
    if not is_settled(row):
        raise Refused("batch_moved_on")
    row.way = _TAKEN_BACK.get(row.way or "", row.way)
    row.verdict, row.outcome = RowVerdict.LOOK, None
    row.household_id = None if row.way == Way.CHOOSE else row.household_id
    row.problems = [problem for problem in row.problems if problem["code"] != BY_HAND]


def is_settled(row: BatchRow) -> bool:
    """A person decided about this row."""
    return row.way in DECIDED or any(problem["code"] == BY_HAND for problem in row.problems)


def _demand(row: BatchRow, way: Way) -> None:
    if row.verdict != RowVerdict.LOOK or row.way != way:
        raise Refused("row_needs_choice")


def _settle(row: BatchRow, way: Way) -> None:
    row.verdict, row.way, row.outcome = RowVerdict.READY, way, batches.PENDING


def ground(actor: Actor) -> ImportGround:
    today = clock.today()

    @cache
    def reaches(kelurahan: str | None, facilitator: int | None) -> bool:
        return policy.covers(actor, batches.ACTION, policy.Place(kelurahan, facilitator))

    return ImportGround(today, Period.of(today), settings.in_force(today).number("suspend_from_decile"), reaches)


def _file(batch: Batch) -> bytes:
    try:
        return vault.get(batch.sha256)
    except vault.NotStored as error:
        raise Refused("file_gone") from error
