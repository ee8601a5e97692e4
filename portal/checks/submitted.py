"""Submissions of graduations: whole, one for each time the case was handed in, and enough to be handed in with."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from sqlalchemy import select

from portal.checks.findings import Violation
from portal.checks.paths import Histories, Move, steps_taken
from portal.evidence.records.files import Evidence
from portal.graduation.records import submissions
from portal.graduation.records.models import Graduation, Submission
from portal.graduation.records.submissions import Snapshot
from portal.graduation.rules import grounds as rules
from portal.graduation.rules.flow import GRADUATION
from portal.kernel import clock, settings, vault
from portal.kernel.base import session
from portal.kernel.stored import rebuild
from portal.kernel.terms import VisitOutcome

_TABLE = Graduation.__tablename__
_HANDED_IN, _DECIDED = ("submit", "resubmit"), ("approve", "return", "reject")


def violations(known: Histories) -> Iterator[Violation]:
    kept = _kept()
    files = dict(session.execute(select(Evidence.id, Evidence.sha256)).all())
    for case, moves in known[_TABLE].items():
        for fault in _faults(case, moves, kept.get(case, []), files):
            yield Violation(f"submission.{fault}", _TABLE, case)


def _kept() -> Mapping[int, list[Submission]]:
    found: dict[int, list[Submission]] = defaultdict(list)
    mine = Submission.case_type == submissions.CASE_TYPE
    for row in session.scalars(select(Submission).where(mine).order_by(Submission.case_id, Submission.number)):
        found[row.case_id].append(row)
    return found


def _faults(case: int, moves: list[Move], kept: list[Submission], files: Mapping[int, str]) -> Iterator[str]:
    handed_in = steps_taken(moves, *_HANDED_IN)
    if [row.number for row in kept] != list(range(1, len(handed_in) + 1)):
        yield "missing"
        return
    for move, row in zip(handed_in, kept, strict=True):
        if row.submitted_by != move.actor_id or row.submitted_at != move.at:
            yield "by_another"
        yield from _content_faults(case, row, files)
    yield from _citation_faults(moves, kept)


def _content_faults(case: int, row: Submission, files: Mapping[int, str]) -> Iterator[str]:
    if any(files.get(file["id"]) != file["sha256"] for file in row.evidence):
        yield "other_files"
    try:
        payload = submissions.content(row)
    except vault.Unreadable:
        yield "unreadable"
        return
    day = clock.local(row.submitted_at).date()
    since = rules.counts_from(day, _evidence_days(day))
    lacking = set(GRADUATION.step("submit").needs) - rules.needs_met(_dossier(json.loads(payload)), since)
    yield from (f"lacks_{need}" for need in sorted(lacking))


def _evidence_days(day: date) -> int:
    return settings.in_force(day).number("evidence_days")


def _dossier(payload: Mapping[str, Any]) -> rules.Dossier:
    """What the case stood on, from the frozen version alone."""
    frozen = rebuild(Snapshot, payload)
    shown, newest = frozen.readiness, frozen.inputs.assessment
    assessed = rules.Assessed(newest, shown.assessed_on, shown.result) if shown and newest else None
    seen = [visit.on for visit in frozen.visits if visit.outcome is VisitOutcome.MET and visit.photos]
    return rules.Dossier(assessed, max(seen, default=None), frozen.conversation, frozen.statement, frozen.income)


def _citation_faults(moves: list[Move], kept: list[Submission]) -> Iterator[str]:
    """Handing in and deciding name the version they are about: the newest one then."""
    number = 0
    for move in moves:
        number += move.step in _HANDED_IN
        if move.step not in (*_HANDED_IN, *_DECIDED) or move.detail is None:
            continue
        cited = (move.detail.get("submission"), move.detail.get("sha256"))
        if number == 0 or cited != (number, kept[number - 1].sha256):
            yield "not_cited"
