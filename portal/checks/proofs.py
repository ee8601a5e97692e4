"""Evidence for each step is there, claimed by this very case, of the right kind; and what was handed in is whole."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from portal.checks.paths import CASES, OPENING, Histories, Move, Violation, grouped, steps_taken
from portal.evidence.records.files import Evidence
from portal.graduation.records import submissions
from portal.graduation.records.models import Graduation, Submission
from portal.graduation.records.submissions import Snapshot
from portal.graduation.rules import grounds
from portal.graduation.rules.flow import GRADUATION
from portal.kernel import clock, kinds, settings, vault
from portal.kernel.base import session
from portal.kernel.stored import rebuild
from portal.kernel.terms import EvidenceKind, VisitOutcome
from portal.membership.records.models import BY_PERSON, MembershipProposal
from portal.nomination.records.models import Nomination

_NOMINATION_PHOTOS = (EvidenceKind.IDENTITY_CARD, EvidenceKind.FAMILY_CARD, EvidenceKind.HOUSE_FRONT)

Claims = Mapping[int, tuple[str | None, int | None, EvidenceKind]]
"""Evidence id -> the table and id that claimed it, and its kind."""


def evidence(known: Histories) -> Iterator[Violation]:
    claims = _claims()
    for model in CASES:
        for case, moves in known[model.__tablename__].items():
            for move in moves:
                yield from _step_violations(model, case, move, claims)
    yield from _proposal_violations(claims)
    yield from _nomination_photos(known, claims)


def _claims() -> Claims:
    claimed = Evidence.subject_type.in_([model.__tablename__ for model in (*CASES, MembershipProposal)])
    columns = (Evidence.id, Evidence.subject_type, Evidence.subject_id, Evidence.kind)
    return {row[0]: (row[1], row[2], row[3]) for row in session.execute(select(*columns).where(claimed))}


def _step_violations(model: type[Any], case: int, move: Move, claims: Claims) -> Iterator[Violation]:
    if move.step == OPENING or move.detail is None:
        return
    kind = _facts_of(model.flow_name, move.step)
    for fault in _faults(kind, move.detail, (model.__tablename__, case), claims):
        yield Violation(f"evidence.{fault}", model.__tablename__, case, move.step)


def _facts_of(flow: str, step: str) -> type | None:
    return next((known.facts for known in kinds.flow(flow).steps if known.name == step), None)


def _faults(kind: type | None, stated: Mapping[str, Any], subject: tuple[str, int], claims: Claims) -> Iterator[str]:
    for entry in fields(kind) if is_dataclass(kind) else ():
        if entry.metadata.get("widget") != "evidence":
            continue
        ids = stated.get(entry.name) or ()
        if entry.metadata["required"] and not ids:
            yield f"no_{entry.name}"
        if any(claims.get(one) != (*subject, entry.metadata["kind"]) for one in ids):
            yield f"not_claimed_{entry.name}"


def _proposal_violations(claims: Claims) -> Iterator[Violation]:
    columns = (MembershipProposal.id, MembershipProposal.step, MembershipProposal.facts)
    for proposal, step, facts in session.execute(select(*columns).where(MembershipProposal.cause == BY_PERSON)):
        subject = (MembershipProposal.__tablename__, proposal)
        for fault in _faults(_facts_of("membership", step), facts, subject, claims):
            yield Violation(f"evidence.{fault}", *subject, step)


def _nomination_photos(known: Histories, claims: Claims) -> Iterator[Violation]:
    """KTP, KK and house front, for every nomination that was handed in."""
    table = Nomination.__tablename__
    held = {(subject, kind) for name, subject, kind in claims.values() if name == table}
    for case, moves in known[table].items():
        if steps_taken(moves, "submit", "resubmit"):
            for kind in _NOMINATION_PHOTOS:
                if (case, kind) not in held:
                    yield Violation(f"evidence.no_{kind}", table, case)


# --- submissions -----------------------------------------------------------------------------------------------------


_GRADUATIONS = Graduation.__tablename__
_HANDED_IN, _DECIDED = ("submit", "resubmit"), ("approve", "return", "reject")


def submitted(known: Histories) -> Iterator[Violation]:
    kept = _submissions()
    files = dict(session.execute(select(Evidence.id, Evidence.sha256)).all())
    for case, moves in known[_GRADUATIONS].items():
        for fault in _submission_faults(case, moves, kept.get(case, []), files):
            yield Violation(f"submission.{fault}", _GRADUATIONS, case)


def _submissions() -> Mapping[int, list[Submission]]:
    mine = Submission.case_type == submissions.CASE_TYPE
    rows = session.scalars(select(Submission).where(mine).order_by(Submission.case_id, Submission.number))
    return grouped((row.case_id, row) for row in rows)


def _submission_faults(case: int, moves: list[Move], kept: list[Submission], files: Mapping[int, str]) -> Iterator[str]:
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
    since = grounds.counts_from(day, _evidence_days(day))
    lacking = set(GRADUATION.step("submit").needs) - grounds.needs_met(_dossier(json.loads(payload)), since)
    yield from (f"lacks_{need}" for need in sorted(lacking))


def _evidence_days(day: date) -> int:
    return settings.in_force(day).number("evidence_days")


def _dossier(payload: Mapping[str, object]) -> grounds.Dossier:
    """What the case stood on, from the frozen version alone."""
    frozen = rebuild(Snapshot, payload)
    shown, newest = frozen.readiness, frozen.inputs.assessment
    assessed = grounds.Assessed(newest, shown.assessed_on, shown.result) if shown and newest else None
    seen = [visit.on for visit in frozen.visits if visit.outcome is VisitOutcome.MET and visit.photos]
    return grounds.Dossier(assessed, max(seen, default=None), frozen.conversation, frozen.statement, frozen.income)


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
