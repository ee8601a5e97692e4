"""Events are the transitions: of every household and case they form one valid way to the state it is in; evidence for each
step is there, claimed by this very case, of the right kind; what was handed in is whole. And what every check stands on."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import select

from portal.evidence.records import Evidence
from portal.family.records.models import Household
from portal.graduation import rules
from portal.graduation.records import dossiers
from portal.graduation.records.dossiers import Graduation, Snapshot, Submission
from portal.graduation.rules import GRADUATION
from portal.kernel import clock, kinds, settings, vault
from portal.kernel.base import session
from portal.kernel.history import Event
from portal.kernel.terms import EvidenceKind, Refused, VisitOutcome
from portal.kernel.workflow import RETURN_POINT, STAY, Flow, Step, rebuild
from portal.membership.records.proposals import BY_PERSON, MembershipProposal
from portal.membership.rules import MEMBERSHIP
from portal.nomination.records import nominations
from portal.nomination.records.nominations import Nomination


@dataclass(frozen=True)
class Violation:
    """`rule` names what does not hold, as `area.fault`; the subject is a table and the id of its row."""

    rule: str
    subject_type: str
    subject_id: int
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.rule} {self.subject_type}/{self.subject_id} {self.detail}".rstrip()


def violations(area: str, model: type[Any], row: int, faults: Iterable[str], *, detail: str = "") -> Iterator[Violation]:
    """Each fault of one row as a violation of `area`."""
    return (Violation(f"{area}.{fault}", model.__tablename__, row, detail) for fault in faults)


Found = TypeVar("Found")
OPENING = ""


@dataclass(frozen=True, slots=True)
class Move:
    """One event that says where a household or case stands. `step` is OPENING for its first word."""

    seq: int
    at: datetime
    actor_id: int | None
    step: str
    before: str | None
    after: str
    detail: Mapping[str, object] | None


Histories = Mapping[str, Mapping[int, list[Move]]]
"""Table name -> id -> its moves in order."""


def grouped(pairs: Iterable[tuple[int, Found]]) -> Mapping[int, list[Found]]:
    """All that belongs to an id, in order."""
    found: dict[int, list[Found]] = defaultdict(list)
    for number, one in pairs:
        found[number].append(one)
    return found


def histories() -> Histories:
    return {model.__tablename__: _moves_of(model) for model in _models()}


def _models() -> tuple[type[Any], ...]:
    """Whatever stands in a state: households, and every kind of case."""
    return (Household, *kinds.declared().cases)


def _moves_of(model: type[Any]) -> Mapping[int, list[Move]]:
    told = (Event.subject_type == model.__tablename__, Event.to_state.is_not(None))
    who = (Event.subject_id, Event.seq, Event.at, Event.actor_id)
    what = (Event.kind, Event.from_state, Event.to_state, Event.detail)
    rows = session.execute(select(*who, *what).where(*told).order_by(Event.seq))
    return grouped(
        (subject, Move(seq, at, actor, OPENING if before is None else kind.partition(".")[2], before, after or "", detail))
        for subject, seq, at, actor, kind, before, after, detail in rows
    )


def steps_taken(moves: Iterable[Move], *steps: str) -> list[Move]:
    return [move for move in moves if move.step in steps]


def ways(known: Histories) -> Iterator[Violation]:
    for model in _models():
        flow, moves = kinds.flow(model.flow_name), known[model.__tablename__]
        states: dict[int, str] = dict(session.execute(select(model.id, model.state)).all())
        for subject, state in states.items():
            yield from violations("path", model, subject, _way_faults(flow, moves.get(subject, []), str(state)))
        for subject in moves.keys() - states.keys():
            yield Violation("path.of_nothing", model.__tablename__, subject)
    for model in kinds.declared().cases:
        yield from _fact_violations(model, known[model.__tablename__])


def _way_faults(flow: Flow, moves: list[Move], state: str) -> Iterator[str]:
    """A household without a word about its start began as the first state; a case always has one."""
    reached: str | None = None
    if flow is MEMBERSHIP and not (moves and moves[0].step == OPENING):
        reached = flow.first
    for move in moves:
        yield from _move_faults(flow, reached, move)
        reached = move.after
    if reached != state:
        yield "state_differs"


def _move_faults(flow: Flow, reached: str | None, move: Move) -> Iterator[str]:
    if move.step == OPENING:
        if reached is not None:
            yield "opened_twice"
        if flow is not MEMBERSHIP and move.after != flow.first:
            yield "opened_elsewhere"
        return
    if move.before != reached:
        yield "gap"
    try:
        step = flow.step(move.step)
    except Refused:
        yield "step_unknown"
        return
    if move.before not in step.sources:
        yield "step_not_from_here"
    if move.after not in _targets(flow, step, move):
        yield "target_differs"


def _targets(flow: Flow, step: Step, move: Move) -> tuple[str | None, ...]:
    if step.target == STAY:
        return (move.before,)
    if step.target == RETURN_POINT:
        return tuple(source for one in flow.steps if one.target in step.sources for source in one.sources)
    return (step.target,)


def _fact_violations(model: type[Any], moves: Mapping[int, list[Move]]) -> Iterator[Violation]:
    """What a case keeps of its steps is what the events told, and it has been where it is since it came there."""
    for case, since, facts in session.execute(select(model.id, model.state_since, model.facts)):
        mine = moves.get(case, [])
        newest = {move.step: move for move in mine if move.step != OPENING}
        yield from violations("path", model, case, _facts_faults(newest, facts))
        arrivals = [move.at for move in mine if move.before != move.after]
        if arrivals and arrivals[-1] != since:
            yield Violation("path.since_differs", model.__tablename__, case)


def _facts_faults(newest: Mapping[str, Move], facts: Mapping[str, Any]) -> Iterator[str]:
    if newest.keys() != facts.keys():
        yield "facts_other_steps"
        return
    for step, move in newest.items():
        kept = {name: value for name, value in facts[step].items() if name not in ("by", "on")}
        if facts[step].get("by") != move.actor_id:
            yield "facts_other_person"
        told = move.detail
        if told is not None and any(told.get(name) != value for name, value in kept.items()):
            yield "facts_other_content"


# --- evidence and submissions ----------------------------------------------------------------------------------------

Claims = Mapping[int, tuple[str | None, int | None, EvidenceKind]]
"""Evidence id -> the table and id that claimed it, and its kind."""


def evidence(known: Histories) -> Iterator[Violation]:
    claims = _claims()
    for model in kinds.declared().cases:
        for case, moves in known[model.__tablename__].items():
            for move in moves:
                yield from _step_violations(model, case, move, claims)
    yield from _proposal_violations(claims)
    yield from _nomination_photos(known, claims)


def _claims() -> Claims:
    tables = [MembershipProposal.__tablename__, *(model.__tablename__ for model in kinds.declared().cases)]
    claimed = Evidence.subject_type.in_(tables)
    columns = (Evidence.id, Evidence.subject_type, Evidence.subject_id, Evidence.kind)
    return {row[0]: (row[1], row[2], row[3]) for row in session.execute(select(*columns).where(claimed))}


def _step_violations(model: type[Any], case: int, move: Move, claims: Claims) -> Iterator[Violation]:
    if move.step != OPENING and move.detail is not None:
        faults = _faults(_facts_of(model.flow_name, move.step), move.detail, (model.__tablename__, case), claims)
        yield from violations("evidence", model, case, faults, detail=move.step)


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
        faults = _faults(_facts_of(MEMBERSHIP.name, step), facts, (MembershipProposal.__tablename__, proposal), claims)
        yield from violations("evidence", MembershipProposal, proposal, faults, detail=step)


def _nomination_photos(known: Histories, claims: Claims) -> Iterator[Violation]:
    """KTP, KK and house front, for every nomination that was handed in."""
    table = Nomination.__tablename__
    held = {(subject, kind) for name, subject, kind in claims.values() if name == table}
    for case, moves in known[table].items():
        if steps_taken(moves, "submit", "resubmit"):
            lacking = (f"no_{kind}" for kind in nominations.PHOTOS if (case, kind) not in held)
            yield from violations("evidence", Nomination, case, lacking)


# --- submissions -----------------------------------------------------------------------------------------------------


_HANDED_IN, _DECIDED = ("submit", "resubmit"), ("approve", "return", "reject")


def submitted(known: Histories) -> Iterator[Violation]:
    mine = select(Submission).where(Submission.case_type == dossiers.CASE_TYPE)
    rows = session.scalars(mine.order_by(Submission.case_id, Submission.number))
    kept = grouped((row.case_id, row) for row in rows)
    files = dict(session.execute(select(Evidence.id, Evidence.sha256)).all())
    for case, moves in known[Graduation.__tablename__].items():
        yield from violations("submission", Graduation, case, _submission_faults(case, moves, kept.get(case, []), files))


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
        payload = dossiers.content(row)
    except vault.Unreadable:
        yield "unreadable"
        return
    day = clock.local(row.submitted_at).date()
    since = rules.counts_from(day, settings.in_force(day).number("evidence_days"))
    lacking = set(GRADUATION.step("submit").needs) - rules.needs_met(_dossier(json.loads(payload)), since)
    yield from (f"lacks_{need}" for need in sorted(lacking))


def _dossier(payload: Mapping[str, object]) -> rules.Dossier:
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
