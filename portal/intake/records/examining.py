"""Every row of a file judged against the register, chunk by chunk: the preview, before anything is written."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from portal.intake.reading.layouts import FamilyRow, PaymentRow
from portal.intake.reading.problems import Problem
from portal.intake.reading.reading import Parsed
from portal.intake.records import known
from portal.intake.records.said import said
from portal.intake.rules.diff import Ground, Plan, Update, Verdict, Way, judge
from portal.intake.rules.said import Said
from portal.kernel.terms import Period

CHUNK = 1000


@dataclass(frozen=True, slots=True)
class Judged:
    """One row of the preview. `record` is what may be used of it, None where nothing may."""

    sheet: str | None
    row: int
    label: str
    plan: Plan
    problems: tuple[Problem, ...]
    record: PaymentRow | FamilyRow | None = None


@dataclass
class Tally:
    """How many rows there are of each kind; `usable` of those that need a look can be used as they are."""

    rows: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)
    usable: int = 0

    def add_all(self, chunk: Sequence[Judged]) -> None:
        self.rows += len(chunk)
        self.verdicts.update(judged.plan.verdict for judged in chunk)
        self.usable += sum(judged.plan.way is Way.USE for judged in chunk)

    def counts(self) -> dict[str, int]:
        verdicts = {str(verdict): self.verdicts[verdict] for verdict in Verdict}
        return {"rows": self.rows, **verdicts, "usable": self.usable}


def examine(parsed: Parsed, period: Period | None, ground: Ground) -> Iterator[list[Judged]]:
    """Rows in file order, then those that became no record. `period` is what the person importing said, if anything."""
    told: set[tuple[str | None, int]] = set()
    met: dict[tuple[int, str], int] = {}
    for records in _chunks(parsed.records):
        told.update(place for record in records for place in _places(record))
        yield [_once(judged, met, period) for judged in _judged(parsed, records, period, ground)]
    yield from _chunks(_left_over(parsed, told))


def _chunks(rows: Iterable[Any]) -> Iterator[list[Any]]:
    waiting = iter(rows)
    while chunk := list(islice(waiting, CHUNK)):
        yield chunk


def _places(record: Any) -> Iterator[tuple[str | None, int]]:
    yield record.sheet, record.row
    for member in getattr(record, "members", ()):
        yield member.sheet, member.row


def _judged(parsed: Parsed, records: Iterable[Any], period: Period | None, ground: Ground) -> Iterator[Judged]:
    usable = [None if parsed.is_blocked(record) else _usable(parsed, record, period) for record in records]
    sound = [one for one in usable if one]
    register = known.look_up([nik for one in sound for nik in one.niks], [one.kk for one in sound if one.kk])
    for record, one in zip(records, usable, strict=True):
        plan = judge(one, register, ground) if one else Plan(Verdict.SKIPPED)
        yield Judged(record.sheet, record.row, record.name, plan, _problems(parsed, record), one.record if one else None)


def _usable(parsed: Parsed, record: Any, period: Period | None) -> Said:
    """The record without members who cannot be used; the cells that cannot were left out before."""
    if isinstance(record, FamilyRow):
        members = tuple(member for member in record.members if not parsed.is_blocked(member))
        faulty = bool(_problems(parsed, record))
        return said(record._replace(members=members), period, is_incomplete=faulty)
    return said(record, period, is_incomplete=bool(parsed.problems_of(record)))


def _problems(parsed: Parsed, record: Any) -> tuple[Problem, ...]:
    """The row's own, then its members'."""
    return tuple(problem for one in (record, *getattr(record, "members", ())) for problem in parsed.problems_of(one))


def _once(judged: Judged, met: dict[tuple[int, str], int], period: Period | None) -> Judged:
    """A second row about the same family and period needs a look: which of the two is right?"""
    plan = judged.plan
    if plan.family is None or judged.record is None or plan.verdict is not Verdict.READY:
        return judged
    when = getattr(judged.record, "period", None) or period
    first = met.setdefault((plan.family.id, str(when)), judged.row)
    if first == judged.row:
        return judged
    doubtful = Plan(Verdict.LOOK, plan.family, plan.update, ("family_twice",), Way.USE)
    return Judged(judged.sheet, judged.row, judged.label, doubtful, judged.problems, judged.record)


def _left_over(parsed: Parsed, told: set[tuple[str | None, int]]) -> Iterator[Judged]:
    """Rows that only their problems speak of: repeated ones, members without a family, cells out of place."""
    rows: dict[tuple[str | None, int], list[Problem]] = {}
    for problem in parsed.problems:
        if (problem.sheet, problem.row) not in told:
            rows.setdefault((problem.sheet, problem.row), []).append(problem)
    for (sheet, row), problems in rows.items():
        yield Judged(sheet, row, "", Plan(Verdict.SKIPPED), tuple(problems))


def changes(update: Update) -> list[list[Any]]:
    """What would be written, as codes with what can be shown in a list: no names, no numbers of people."""
    told: list[tuple[str, Any]] = [
        ("opens", update.opens), ("payment", update.payment), ("decile", update.decile), ("kk", update.kk),
        ("address", bool(update.address)), ("added", len(update.members.added)), ("filled", len(update.members.filled)),
        ("proposes", update.proposes), ("differs", list(update.differs)), ("absent", len(update.absent)),
    ]  # fmt: skip
    return [[code, value] for code, value in told if value]


def told(judged: Judged) -> list[dict[str, Any]]:
    """The row's problems for keeping: those of the file with their place, then what the register says."""
    of_file = [
        {"sheet": one.sheet, "row": one.row, "column": one.column, "code": one.code, "severity": str(one.severity),
         "facts": dict(one.facts)}
        for one in judged.problems
    ]  # fmt: skip
    return of_file + [{"code": reason} for reason in judged.plan.reasons if reason != "incomplete"]
