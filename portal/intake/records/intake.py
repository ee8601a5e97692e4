"""A file comes in: received, read into a preview, applied chunk by chunk. Nothing is written about families before the
person importing has seen the preview and said so; a chunk that was applied is never applied again.
"""

import time
from collections.abc import Iterator
from functools import cache

from portal.family.records.register import Batch, BatchRow
from portal.intake.reading.layouts import BY_ID
from portal.intake.reading.reading import Parsed, read
from portal.intake.reading.rows import AreaIndex
from portal.intake.records import applying, batches, examining
from portal.intake.records.batches import Upload
from portal.intake.records.examining import Judged, Tally
from portal.intake.rules.diff import DECIDED, ImportGround, RowVerdict, Way
from portal.kernel import clock, policy, settings, vault
from portal.kernel.terms import Actor, Period, Refused

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
    batch = batches.receive(actor, Upload(parsed.layout, file_name, sha256, asked), key=key)
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
    reading, tally = batches.start_over(actor, batch), Tally()
    for number, chunk in enumerate(chunks):
        tally.add_all(chunk)
        batches.keep_rows(actor, reading, [examining.row(reading.batch_id, one) for one in chunk], number=number)
    return batches.finish_reading(actor, reading, tally.counts())


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
            return applying.next_chunk(actor, batch_id, ground(actor))
        except Refused as refusal:
            if refusal.code not in _RACES:
                raise
    return applying.next_chunk(actor, batch_id, ground(actor))


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
