"""Every row of a file judged against the register, chunk by chunk: the preview, before anything is written. What the
register knows of the families that rows may mean is looked up in bulk, numbers as keyed hashes."""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import CompoundSelect, func, literal, null, select, union_all

from portal.family.records.models import Address, Batch, BatchRow, Decile, Episode, Household, KkNumber, Member, Payment
from portal.intake.reading.layouts import FamilyRow, FileRecord, MemberRow, PaymentRow
from portal.intake.reading.reading import Parsed
from portal.intake.reading.rows import Place, Problem
from portal.intake.records.batches import PENDING, Pending, period_of
from portal.intake.rules.diff import ImportGround, RowPlan, RowVerdict, Update, Way, judge
from portal.intake.rules.matching import Dwelling, Known, KnownFamily, PresentMember, Said
from portal.kernel import vault
from portal.kernel.base import session
from portal.kernel.people import Area
from portal.kernel.terms import Period, Relation
from portal.kernel.workflow import rebuild

_AT_ONCE = 10_000
"""PostgreSQL takes 65,535 values in a statement; a file may say that one family has more people."""


def look_up(niks: Sequence[str], kks: Sequence[str]) -> Known:
    """The families that any of the hashed numbers hits; a fixed number of statements."""
    return load(hit(niks, kks))


def hit(niks: Sequence[str], kks: Sequence[str]) -> set[int]:
    """One statement for every so many numbers, which is one for a chunk of real families."""
    found: set[int] = set()
    for start in range(0, max(len(niks), len(kks)), _AT_ONCE):
        some, others = niks[start : start + _AT_ONCE], kks[start : start + _AT_ONCE]
        people = select(Member.household_id).where(Member.nik_index.in_(some), Member.left_on.is_(None))
        numbers = select(KkNumber.household_id).where(KkNumber.kk_index.in_(others), KkNumber.until.is_(None))
        found.update(session.scalars(union_all(people, numbers)))
    return found


def lock(ids: Collection[int]) -> None:
    """Hold these households until the transaction ends (as the gate does, lowest id first)."""
    held = select(Household.id).where(Household.id.in_(ids)).order_by(Household.id).with_for_update(key_share=True)
    session.execute(held).all()


def rows(ids: Collection[int]) -> dict[int, Household]:
    """Locked households as they are now."""
    found = select(Household).where(Household.id.in_(ids)).execution_options(populate_existing=True)
    return {household.id: household for household in session.scalars(found)}


def load(ids: Collection[int]) -> Known:
    families = _families(ids) if ids else {}
    if families:
        _add_people(families)
        _add_numbers(families)
        _add_facts(families)
    return Known(families)


def area_spellings() -> list[tuple[str, str]]:
    """Every area as (code, name), and as often again as it is spelled otherwise."""
    known = session.execute(select(Area.code, Area.name, Area.spellings))
    return [(code, name) for code, own, others in known for name in (own, *others)]


def _families(ids: Collection[int]) -> dict[int, KnownFamily]:
    left_on = select(func.max(Episode.ended)).where(Episode.household_id == Household.id).scalar_subquery()
    place = (Household.kelurahan, Household.address, Household.rt, Household.rw)
    found = session.execute(
        select(Household.id, Household.membership, Household.facilitator_id, left_on, *place).where(Household.id.in_(ids))
    )
    return {one: KnownFamily(one, stands, with_whom, Dwelling._make(at), left) for one, stands, with_whom, left, *at in found}


def _add_people(families: Mapping[int, KnownFamily]) -> None:
    who = (Member.id, Member.nik_index, Member.name, Member.birth_date, Member.sex, Member.relation, Member.occupation)
    present = (Member.household_id.in_(families), Member.left_on.is_(None))
    for household_id, *person in session.execute(select(Member.household_id, *who).where(*present).order_by(Member.id)):
        families[household_id].people.append(PresentMember._make(person))


def _add_numbers(families: Mapping[int, KnownFamily]) -> None:
    number = (KkNumber.household_id, KkNumber.kk_index, KkNumber.since, KkNumber.until)
    numbers = select(*number).where(KkNumber.household_id.in_(families)).order_by(KkNumber.id)
    for household_id, kk, since, until in session.execute(numbers):
        family = families[household_id]
        family.kks.add(kk)
        if until is None:
            family.kk, family.kk_since = kk, since


def _add_facts(families: Mapping[int, KnownFamily]) -> None:
    """What files said, of every kind, in one statement."""
    nowhere = (null(), null(), null(), null())
    payments = select(Payment.household_id, literal("payment"), Payment.stage, Payment.amount, *nowhere)
    deciles = select(Decile.household_id, literal("decile"), Decile.period, Decile.value, *nowhere)
    place = (Address.kelurahan, Address.line, Address.rt, Address.rw)
    addresses = select(Address.household_id, literal("address"), Address.period, null(), *place)
    mine = (payments.where(Payment.household_id.in_(families)), deciles.where(Decile.household_id.in_(families)))
    told: CompoundSelect[*tuple[Any, ...]] = union_all(addresses.where(Address.household_id.in_(families)), *mine)
    for household_id, kind, period, number, *where in session.execute(told):
        family = families[household_id]
        if kind == "address":
            family.addresses.add((period, Dwelling(*where)))
        else:
            (family.payments if kind == "payment" else family.deciles)[period] = number or 0


CHUNK = 1000
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Judged:
    """One row of the preview. `record` is what may be used of it, None where nothing may."""

    sheet: str | None
    row: int
    label: str
    plan: RowPlan
    problems: tuple[Problem, ...]
    record: FileRecord | None = None


def counts(chunk: Sequence[Judged]) -> dict[str, int]:
    """How many rows there are of each kind; `usable` of those that need a look can be used as they are."""
    verdicts = Counter(judged.plan.verdict for judged in chunk)
    usable = sum(judged.plan.way is Way.USE for judged in chunk)
    return {"rows": len(chunk), **{str(verdict): verdicts[verdict] for verdict in RowVerdict}, "usable": usable}


def examine(parsed: Parsed, period: Period | None, ground: ImportGround) -> Iterator[list[Judged]]:
    """Rows in file order, then those that became no record. `period` is what the person importing said, if anything."""
    told: set[Place] = set()
    met: dict[tuple[int, str], int] = {}
    for records in _chunks(parsed.records):
        told.update((row.sheet, row.row) for record in records for row in (record, *_members(record)))
        yield [_once(judged, met, period) for judged in _judged(parsed, records, period, ground)]
    yield from _chunks(_left_over(parsed, told))


def _chunks(rows: Iterable[Row]) -> Iterator[list[Row]]:
    waiting = iter(rows)
    while chunk := list(islice(waiting, CHUNK)):
        yield chunk


def _members(record: FileRecord) -> tuple[MemberRow, ...]:
    return record.members if isinstance(record, FamilyRow) else ()


def _judged(parsed: Parsed, records: Iterable[FileRecord], period: Period | None, ground: ImportGround) -> Iterator[Judged]:
    usable = [None if parsed.is_blocked(record) else _usable(parsed, record, period) for record in records]
    sound = [one for one in usable if one]
    register = look_up([nik for one in sound for nik in one.niks], [one.kk for one in sound if one.kk])
    for record, one in zip(records, usable, strict=True):
        plan = judge(one, register, ground) if one else RowPlan(RowVerdict.SKIPPED)
        yield Judged(record.sheet, record.row, record.name, plan, _problems(parsed, record), one.record if one else None)


def _usable(parsed: Parsed, record: FileRecord, period: Period | None) -> Said:
    """The record without members who cannot be used; the cells that cannot were left out before."""
    faulty = bool(_problems(parsed, record))
    if isinstance(record, FamilyRow):
        record = record._replace(members=tuple(member for member in record.members if not parsed.is_blocked(member)))
    return said(record, period, is_incomplete=faulty)


def _problems(parsed: Parsed, record: FileRecord) -> tuple[Problem, ...]:
    """The row's own, then its members'."""
    return tuple(problem for one in (record, *_members(record)) for problem in parsed.problems_of(one))


def _once(judged: Judged, met: dict[tuple[int, str], int], period: Period | None) -> Judged:
    """A second row about the same family and period needs a look: which of the two is right?"""
    plan = judged.plan
    if plan.family is None or judged.record is None or plan.verdict is not RowVerdict.READY:
        return judged
    when = getattr(judged.record, "period", None) or period
    first = met.setdefault((plan.family.id, str(when)), judged.row)
    if first == judged.row:
        return judged
    doubtful = RowPlan(RowVerdict.LOOK, plan.family, plan.update, ("family_twice",), Way.USE)
    return replace(judged, plan=doubtful)


def _left_over(parsed: Parsed, told: set[Place]) -> Iterator[Judged]:
    """Rows that only their problems speak of: repeated ones, members without a family, cells out of place."""
    for (sheet, row), problems in parsed.log.items():
        if (sheet, row) not in told:
            yield Judged(sheet, row, "", RowPlan(RowVerdict.SKIPPED), tuple(problems))


def changes(update: Update) -> list[list[object]]:
    """What would be written, as codes with what can be shown in a list: no names, no numbers of people."""
    told: list[tuple[str, object]] = [
        ("opens", update.opens), ("payment", update.payment), ("decile", update.decile), ("kk", update.kk),
        ("address", bool(update.address)), ("added", len(update.members.added)), ("filled", len(update.members.filled)),
        ("proposes", update.proposes), ("differs", list(update.differs)), ("absent", len(update.absent)),
    ]  # fmt: skip
    return [[code, value] for code, value in told if value]


def _told(judged: Judged) -> list[dict[str, object]]:
    """The row's problems for keeping: those of the file with their place, then what the register says."""
    of_file = [{**one._asdict(), "severity": str(one.severity), "facts": dict(one.facts)} for one in judged.problems]
    return of_file + [{"code": reason} for reason in judged.plan.reasons if reason != "incomplete"]


# --- what a record says about one family ---------------------------------------------------------------------------


def said(record: FileRecord, period: Period | None, *, is_incomplete: bool = False) -> Said:
    """`period` is what the person importing said; a payment's own stage goes before it."""
    kk = vault.blind_index("kk", record.kk) if record.kk else None
    own = _hash(record.nik)
    if isinstance(record, PaymentRow):
        return Said(record, record.period or period, (own,) if own else (), kk, (), is_incomplete)
    people = tuple((member, _hash(member.nik)) for member in record.members or (_head(record),))
    niks = dict.fromkeys(nik for nik in (own, *(nik for _member, nik in people)) if nik)
    return Said(record, period, tuple(niks), kk, people, is_incomplete)


def _hash(nik: str | None) -> str | None:
    return vault.blind_index("nik", nik) if nik else None


def _head(record: FamilyRow) -> MemberRow:
    """A file without members names at least the head."""
    return MemberRow(record.sheet, record.row, record.family, record.nik, record.name, Relation.HEAD)


# --- at rest -------------------------------------------------------------------------------------------------------


def row(batch_id: int, one: Judged) -> dict[str, object]:
    """The row as it is kept until it is applied."""
    plan, record = one.plan, one.record if one.plan.verdict is not RowVerdict.SKIPPED else None
    outcome = {RowVerdict.READY: PENDING, RowVerdict.LOOK: None, RowVerdict.SKIPPED: "skipped"}[plan.verdict]
    return {
        "batch_id": batch_id, "sheet": one.sheet, "row": one.row, "verdict": str(plan.verdict), "way": plan.way,
        "outcome": "unchanged" if "unchanged" in plan.reasons else outcome, "label": one.label,
        "payload": _pack(record, _purpose(batch_id, one.sheet, one.row)) if record else None,
        "problems": _told(one), "changes": changes(plan.update),
        "household_id": plan.family.id if plan.family else None,
    }  # fmt: skip


def kept(batch: Batch, row: BatchRow | Pending) -> Said:
    """What a row says that waits to be applied. Raises vault.Unreadable."""
    return said(_unpack(row.payload or b"", _purpose(batch.id, row.sheet, row.row)), period_of(batch))


def _purpose(batch_id: int, sheet: str | None, row: int) -> str:
    """What a payload is sealed for: its place in its batch."""
    return f"batch_row:{batch_id}:{sheet or ''}:{row}"


def _pack(record: FileRecord, purpose: str) -> bytes:
    """The record, sealed; only `_unpack` with the same purpose opens it."""
    return vault.seal(json.dumps(record, default=str, separators=(",", ":"), ensure_ascii=False).encode(), purpose)


def _unpack(payload: bytes, purpose: str) -> FileRecord:
    values = json.loads(vault.unseal(payload, purpose))
    return rebuild(FamilyRow, values) if isinstance(values[-1], list) else rebuild(PaymentRow, values)
