"""Read models of the intake: one's own batches, the rows of one, group by group, and one row in full."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from portal.family.records.models import Batch, BatchRow
from portal.intake.reading.layouts import FileRecord
from portal.intake.records import examining
from portal.intake.records.batches import OUTCOMES, VERDICTS
from portal.intake.records.examining import kept
from portal.intake.records.intake import ground
from portal.intake.rules.diff import Choice, RowPlan, Way, judge
from portal.intake.rules.matching import KnownFamily
from portal.kernel import areas, gate, paging
from portal.kernel.base import session
from portal.kernel.paging import KeysetPage
from portal.kernel.terms import Actor, Period


def mine(actor: Actor, *, before: str | None = None) -> KeysetPage[Batch]:
    """What the actor uploaded, newest first."""
    uploaded = select(Batch).where(Batch.uploaded_by == actor.id)
    return paging.page(uploaded, [Batch.id], lambda row: row, after=before, newest_first=True)


def rows(batch: Batch, group: str, *, after: int | None = None) -> KeysetPage[BatchRow]:
    """The batch's rows in this group, in file order."""
    kind = BatchRow.outcome if batch.state == "applied" else BatchRow.verdict
    wanted = select(BatchRow).where(BatchRow.batch_id == batch.id, kind == group)
    return paging.page(wanted, [BatchRow.id], lambda row: row, after=str(after or ""))


def row(batch: Batch, row_id: int) -> BatchRow:
    """Raises gate.NotFound."""
    found = session.scalars(select(BatchRow).where(BatchRow.batch_id == batch.id, BatchRow.id == row_id)).one_or_none()
    if found is None:
        raise gate.NotFound
    return found


def earlier(batch: Batch) -> Batch | None:
    """The last time that the same file was applied, by anybody."""
    same = (Batch.sha256 == batch.sha256, Batch.id != batch.id, Batch.state == "applied")
    newest = select(Batch).where(*same).order_by(Batch.id.desc()).limit(1)
    return session.scalars(newest.options(joinedload(Batch.uploader))).first()


def counted(batch: Batch) -> dict[str, int]:
    """How many rows each group has (of written rows: families), as kept with the batch. Groups are the verdicts of a
    preview, and the outcomes once it was applied."""
    return {group: batch.counts.get(group, 0) for group in (OUTCOMES if batch.state == "applied" else VERDICTS)}


@dataclass(frozen=True)
class Explained:
    """`options` are the families among which to choose, `may_be_new` that it can be none of them; `places` names
    the kelurahan."""

    record: FileRecord
    period: Period | None
    plan: RowPlan
    options: tuple[KnownFamily, ...]
    may_be_new: bool
    places: dict[str, str]


def explain(actor: Actor, batch: Batch, row: BatchRow) -> Explained:
    """For a row that still has its payload. Families out of the actor's reach are not among what it names."""
    one = kept(batch, row)
    register = examining.look_up(one.niks, [one.kk] if one.kk else [])
    choice = Choice(Way(row.way), row.household_id) if row.way in (Way.CHOSEN, Way.NEW) else None
    plan = judge(one, register, ground(actor), choice)
    options = tuple(register.families[household_id] for household_id in plan.options)
    named = [*options, *([plan.family] if plan.family else [])]
    places = areas.named([one.record.area or "", *(family.domicile.kelurahan for family in named)])
    may_be_new = one.is_roster and "kk_only" in plan.reasons
    return Explained(one.record, one.period, plan, options, may_be_new, {area.code: area.name for area in places})
