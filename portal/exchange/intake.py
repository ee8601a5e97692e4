"""A file comes in: received, read into a preview, applied chunk by chunk. Nothing is written about families before the
person importing has seen the preview and said so; a chunk that was applied is never applied again.
"""

import csv
import time
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

from portal.exchange import applying, examining
from portal.exchange.areas import AreaIndex
from portal.exchange.diff import DECIDED, Ground, Verdict, Way
from portal.exchange.examining import Judged, Tally
from portal.exchange.reading import Parsed, read
from portal.exchange.said import pack, purpose
from portal.records import batches, clock, known, settings, vault
from portal.records.batches import Upload
from portal.records.cases import Batch, BatchRow
from portal.rules import policy
from portal.rules.terms import Actor, Period, Refused

DATA = Path(__file__).resolve().parent.parent / "data"
ASKS_PERIOD = frozenset({"F"})
"""Layouts whose files do not say for which quarter they speak (domain.md section 5)."""
_RACES = frozenset({"nik_taken", "payment_already_known", "decile_already_known", "conflict"})
_TRIES = 3
BY_HAND = "skipped_by_hand"


@dataclass(frozen=True)
class Preview:
    """What a file would do, without anything kept: for the command line."""

    parsed: Parsed
    tally: Tally


def preview(actor: Actor, content: bytes, period: Period | None) -> Preview:
    """Raises grid.Unreadable, and Refused("period_needed") for a file that does not say its period."""
    parsed, tally = _parsed(content), Tally()
    _demand_period(parsed.layout, period)
    for chunk in examining.examine(parsed, period, ground(actor)):
        tally.add_all(chunk)
    return Preview(parsed, tally)


def receive(actor: Actor, content: bytes, file_name: str, period: Period | None = None, *, key: str) -> Batch:
    """Take a file in and judge its rows at once, unless its period has to be asked first (`needs_period`): then it waits in
    the vault. Raises grid.Unreadable when it is no file that can be taken in; nothing is kept then."""
    parsed = _parsed(content)
    asked = str(period) if period and parsed.layout in ASKS_PERIOD else ""
    sha256 = vault.put(content)
    batch = batches.receive(actor, Upload(parsed.layout, file_name, sha256, asked), key=key)
    if batch.state != "reading" or needs_period(batch):
        return batch
    return _judge_rows(actor, batch, parsed)


def needs_period(batch: Batch) -> bool:
    return batch.layout in ASKS_PERIOD and not batch.period


def read_again(actor: Actor, batch: Batch) -> Batch:
    """Judge the rows of a file that waits, for its period or because reading was interrupted; from the start. Raises
    Refused: period_needed, file_gone, batch_moved_on."""
    _demand_period(batch.layout, period_of(batch))
    return _judge_rows(actor, batch, _parsed(_file(batch)))


def _judge_rows(actor: Actor, batch: Batch, parsed: Parsed) -> Batch:
    batch = batches.start_over(actor, batch)
    tally, period = Tally(), period_of(batch)
    for number, chunk in enumerate(examining.examine(parsed, period, ground(actor))):
        tally.add_all(chunk)
        batches.keep_rows(actor, batch, [_row(batch.id, judged) for judged in chunk], number=number)
    return batches.finish_reading(actor, batch, tally.counts())


def period_of(batch: Batch) -> Period | None:
    return Period.parse(batch.period) if batch.period else None


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
    for attempt in range(1, _TRIES + 1):
        try:
            return applying.next_chunk(actor, batch_id, ground(actor))
        except Refused as refusal:
            if refusal.code not in _RACES or attempt == _TRIES:
                raise
    raise AssertionError("unreachable")


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
    if row.verdict != Verdict.LOOK:
        raise Refused("batch_moved_on")
    row.verdict, row.outcome = Verdict.SKIPPED, "skipped"
    row.problems = [*row.problems, {"code": BY_HAND}]


def take_back(row: BatchRow) -> None:
    """The row needs a look again."""
    if not is_settled(row):
        raise Refused("batch_moved_on")
    row.way = {Way.USED: Way.USE, Way.CHOSEN: Way.CHOOSE, Way.NEW: Way.CHOOSE}.get(row.way, row.way)
    row.verdict, row.outcome = Verdict.LOOK, None
    row.household_id = None if row.way == Way.CHOOSE else row.household_id
    row.problems = [problem for problem in row.problems if problem["code"] != BY_HAND]


def is_settled(row: BatchRow) -> bool:
    """A person decided about this row."""
    return row.way in DECIDED or any(problem["code"] == BY_HAND for problem in row.problems)


def _demand(row: BatchRow, way: Way) -> None:
    if row.verdict != Verdict.LOOK or row.way != way:
        raise Refused("row_needs_choice")


def _settle(row: BatchRow, way: Way) -> None:
    row.verdict, row.way, row.outcome = Verdict.READY, way, batches.PENDING


def ground(actor: Actor) -> Ground:
    today = clock.today()
    reaches = cache(partial(_reaches, actor))
    return Ground(today, settings.in_force(today).number("suspend_from_decile"), reaches)


def _reaches(actor: Actor, kelurahan: str | None, facilitator: int | None) -> bool:
    return policy.covers(actor, batches.ACTION, policy.Place(kelurahan, facilitator))


def _demand_period(layout: str, period: Period | None) -> None:
    if layout in ASKS_PERIOD and period is None:
        raise Refused("period_needed")


def _parsed(content: bytes) -> Parsed:
    return read(content, areas=_areas(), today=clock.today())


def _areas() -> AreaIndex:
    """The city's own areas, and how else offices spell them."""
    return AreaIndex(known.area_names(), _spellings())


@cache
def _spellings() -> tuple[tuple[str, str], ...]:
    with (DATA / "malang_area_aliases.csv").open(encoding="utf-8", newline="") as aliases:
        return tuple((row["code"], row["alias"]) for row in csv.DictReader(aliases))


def _file(batch: Batch) -> bytes:
    try:
        return vault.get(batch.sha256)
    except vault.NotStored as error:
        raise Refused("file_gone") from error


def _row(batch_id: int, judged: Judged) -> dict[str, Any]:
    plan, record = judged.plan, judged.record if judged.plan.verdict is not Verdict.SKIPPED else None
    outcome = {Verdict.READY: batches.PENDING, Verdict.LOOK: None, Verdict.SKIPPED: "skipped"}[plan.verdict]
    return {
        "batch_id": batch_id, "sheet": judged.sheet, "row": judged.row, "verdict": str(plan.verdict), "way": plan.way,
        "outcome": "unchanged" if "unchanged" in plan.reasons else outcome, "label": judged.label,
        "payload": pack(record, purpose(batch_id, judged.sheet, judged.row)) if record else None,
        "problems": examining.told(judged), "changes": examining.changes(plan.update),
        "household_id": plan.family.id if plan.family else None,
    }  # fmt: skip
