"""Evidence for each step: what the stated facts name is there, claimed by this very case, and of the right kind."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from sqlalchemy import select

from portal.checks.findings import Violation
from portal.checks.paths import CASES, OPENING, Histories, Move, steps_taken
from portal.evidence.records.files import Evidence
from portal.kernel import kinds
from portal.kernel.base import session
from portal.kernel.terms import EvidenceKind
from portal.membership.records.models import BY_PERSON, MembershipProposal
from portal.nomination.records.models import Nomination

_NOMINATION_PHOTOS = (EvidenceKind.IDENTITY_CARD, EvidenceKind.FAMILY_CARD, EvidenceKind.HOUSE_FRONT)

Claims = Mapping[int, tuple[str | None, int | None, EvidenceKind]]
"""Evidence id -> the table and id that claimed it, and its kind."""


def violations(known: Histories) -> Iterator[Violation]:
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
