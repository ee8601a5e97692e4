"""One chunk of a batch written into the register: judged anew under the lock, then everything in bulk, or nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import insert, select, update

from portal.exchange.diff import Choice, Ground, Plan, Verdict, Way, judge
from portal.exchange.examining import changes
from portal.exchange.said import Said, purpose, said, unpack
from portal.records import batches, gate, known, membership
from portal.records.base import session
from portal.records.cases import Batch, BatchRow
from portal.records.households import Address, Decile, Episode, Household, KkNumber, Member, Payment
from portal.records.work import Work
from portal.rules.terms import Actor, Membership, Period

CHUNK = 200


def next_chunk(actor: Actor, batch_id: int, ground: Ground) -> Batch:
    """The rows that are next in file order, in one transaction under a key of their own; after the last one the batch is
    finished. Raises gate.NotFound, Refused: batch_moved_on, and what a race on the same people makes."""
    first = batches.first_pending(batch_id)

    def act(work: Work) -> Batch:
        batches.queue_for_writing()
        batch = batches.hold(actor, batch_id, "read", "applying")
        if batch.state == "read":
            work.log("intake.begin", batch, from_state="read", to_state="applying")
        batch.state = "applying"
        rows = batches.pending(batch_id, CHUNK)
        _Chunk(work, batch, ground).write(rows)
        if batches.first_pending(batch_id) is None:
            batches.finish(work, batch)
        return batch

    saved: Batch = gate.write_chunk(
        actor, batches.ACTION, key=f"batch-{batch_id}-from-{first}", payload=[batch_id, first], act=act
    )
    return saved


@dataclass
class _Entry:
    """A row on its way: what it says, what becomes of it, and the household it means, once there is one."""

    row: BatchRow
    said: Said
    plan: Plan
    household: Household | None = None


class _Chunk:
    def __init__(self, work: Work, batch: Batch, ground: Ground) -> None:
        self._work = work
        self._batch = batch
        self._ground = ground

    def write(self, rows: Sequence[BatchRow]) -> None:
        entries = self._judged(rows) if rows else []
        ready = [entry for entry in entries if entry.plan.verdict is Verdict.READY]
        self._open([entry for entry in ready if entry.plan.family is None])
        self._add_facts(ready)
        self._add_people(ready)
        self._log(ready)
        self._propose(ready)
        self._settle(entries)

    def _judged(self, rows: Sequence[BatchRow]) -> list[_Entry]:
        """On what is known now, the families locked. A row that meets an earlier one's people waits for the next chunk:
        by then the family is there."""
        period = Period.parse(self._batch.period) if self._batch.period else None
        told = [said(unpack(row.payload or b"", purpose(row.batch_id, row.sheet, row.row)), period) for row in rows]
        chosen = {row.household_id for row in rows if row.way == Way.CHOSEN and row.household_id}
        hit = known.hit([nik for one in told for nik in one.niks], [one.kk for one in told if one.kk]) | chosen
        held, register = known.lock(hit), known.load(hit)
        entries, met = [], set[Any]()
        for row, one in zip(rows, told, strict=True):
            touched = {*one.niks, *register.match(one.niks, one.kk).household_ids, *filter(None, (one.kk, row.household_id))}
            if met.isdisjoint(touched):
                plan = judge(one, register, self._ground, Choice(_way(row), row.household_id))
                entries.append(_Entry(row, one, plan, held[plan.family.id] if plan.family else None))
                met |= touched
        return entries

    def _open(self, entries: Sequence[_Entry]) -> None:
        """Families in the programme that the portal did not know; since when they are in it nobody said."""
        for entry in entries:
            entry.household = self._household(entry)
        session.add_all(entry.household for entry in entries)
        session.flush()
        _insert(Member, [self._recipient(entry) for entry in entries])
        _insert(Episode, [{"household_id": _id(entry), "number": 1} for entry in entries])

    def _household(self, entry: _Entry) -> Household:
        record, now = entry.said.record, self._work.now
        kelurahan = record.area or ""
        return Household(
            kelurahan=kelurahan, kecamatan=kelurahan[:8], address=record.address, rt=record.rt, rw=record.rw,
            membership=Membership.ACTIVE, created_at=now, updated_at=now,
        )  # fmt: skip

    def _recipient(self, entry: _Entry) -> dict[str, Any]:
        record = entry.said.record
        return {
            "household_id": _id(entry), "nik": record.nik, "nik_index": next(iter(entry.said.niks), None), "name": record.name,
            "is_caretaker": True,
        }  # fmt: skip

    def _add_facts(self, entries: Sequence[_Entry]) -> None:
        updates = [(entry, entry.plan.update, {"household_id": _id(entry), "batch_id": self._batch.id}) for entry in entries]
        _insert(
            Payment,
            [{**of, "stage": str(entry.said.period), "amount": new.payment} for entry, new, of in updates if new.payment],
        )
        _insert(
            Decile, [{**of, "period": str(entry.said.period), "value": new.decile} for entry, new, of in updates if new.decile]
        )
        _insert(
            Address,
            [{**of, "period": str(entry.said.period), **new.address._asdict()} for entry, new, of in updates if new.address],
        )
        self._add_numbers([entry for entry in entries if entry.plan.update.kk])

    def _add_numbers(self, entries: Sequence[_Entry]) -> None:
        """A new KK number follows the one before; since when it was in force the file does not say."""
        for until in {self._day(entry) for entry in entries}:
            former = [_id(entry) for entry in entries if self._day(entry) == until and entry.plan.family]
            ended = (KkNumber.household_id.in_(former), KkNumber.until.is_(None))
            session.execute(update(KkNumber).where(*ended).values(until=until))
        _insert(KkNumber, [
            {"household_id": _id(entry), "kk": entry.said.record.kk, "kk_index": entry.said.kk, "since": None, "until": None}
            for entry in entries
        ])  # fmt: skip

    def _add_people(self, entries: Sequence[_Entry]) -> None:
        hashes = {row: nik for entry in entries for row, nik in entry.said.people}
        added = [(entry, row) for entry in entries for row in entry.plan.update.members.added]
        _insert(Member, [
            {"household_id": _id(entry), "nik": row.nik, "nik_index": hashes[row], "name": row.name, "sex": row.sex,
             "birth_date": row.birth_date, "relation": row.relation, "occupation": row.occupation}
            for entry, row in added
        ])  # fmt: skip
        filled = {member: found for entry in entries for member, found in entry.plan.update.members.filled}
        for member in session.scalars(select(Member).where(Member.id.in_(filled))) if filled else ():
            for name, value in filled[member.id].items():
                setattr(member, name, value)
            member.version += 1

    def _log(self, entries: Sequence[_Entry]) -> None:
        """Every family's history tells what this file brought."""
        for entry in entries:
            new, told = entry.plan.update, {"batch": self._batch.id, "period": str(entry.said.period)}
            detail = {**told, "told": changes(new)}
            if new.opens:
                self._log_opened(entry, detail)
            else:
                self._work.log("intake.change", entry.household, household=entry.household, detail=detail)

    def _log_opened(self, entry: _Entry, detail: dict[str, Any]) -> None:
        state = str(Membership.ACTIVE)
        self._work.log("membership.open", entry.household, household=entry.household, to_state=state, detail=detail)

    def _propose(self, entries: Sequence[_Entry]) -> None:
        for entry in entries:
            step = entry.plan.update.proposes
            if step and entry.household:
                cause = "decile" if step == "suspend" else "first_payment"
                membership.propose_from_file(
                    self._work, entry.household, step, cause=cause, facts=self._grounds(entry), batch_id=self._batch.id
                )

    def _grounds(self, entry: _Entry) -> dict[str, Any]:
        new, period = entry.plan.update, str(entry.said.period)
        if new.proposes == "activate":
            return {"amount": new.payment, "period": period}
        reason = f"Desil {new.decile} pada triwulan {period}; batas penangguhan desil {self._ground.suspend_from}"
        return {"effective_on": self._day(entry), "reason": reason, "decile": new.decile, "period": period}

    def _day(self, entry: _Entry) -> date:
        """The last day that the file can speak of."""
        period = entry.said.period or Period.of(self._ground.today)
        return min(period.last_day(), self._ground.today)

    def _settle(self, entries: Sequence[_Entry]) -> None:
        for entry in entries:
            row, plan = entry.row, entry.plan
            row.outcome, row.payload = _outcome(plan), None
            row.household_id = entry.household.id if entry.household else None
            row.changes = changes(plan.update)
            if plan.verdict is not Verdict.READY:
                row.problems = [*row.problems, *({"code": reason} for reason in plan.reasons)]
        self._batch.counts = {**self._batch.counts, "done": self._batch.counts.get("done", 0) + len(entries)}


def _way(row: BatchRow) -> Way | None:
    return Way(row.way) if row.way else None


def _id(entry: _Entry) -> int:
    assert entry.household is not None
    return entry.household.id


def _insert(model: Any, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        session.execute(insert(model), rows)


def _outcome(plan: Plan) -> str:
    if plan.verdict is Verdict.READY:
        return "opened" if plan.update.opens else "changed"
    if plan.verdict is Verdict.LOOK:
        return "left"
    return "unchanged" if "unchanged" in plan.reasons else "skipped"
