"""A graduation as it was submitted, and what differs now.

A submission is the canonical payload, sealed, with its SHA-256; decisions render from it and cite both.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, func, select

from portal.assessment.lists import ReadinessView, latest_readiness
from portal.assessment.records.models import Visit
from portal.assessment.records.visits import is_mistaken
from portal.evidence.records.files import Evidence
from portal.family.records.models import Decile, Household, Member
from portal.family.rules import components
from portal.family.rules.components import Holding
from portal.graduation.records import dossiers
from portal.graduation.records.models import Graduation, Submission
from portal.graduation.rules.grounds import (
    Conversation,
    Difference,
    IncomeGround,
    Inputs,
    Ranked,
    Statement,
    SubmittedFamily,
    Visited,
    differences,
)
from portal.kernel import settings, vault
from portal.kernel.base import session
from portal.kernel.history import canonical
from portal.kernel.people import User
from portal.kernel.stored import plain, rebuild
from portal.kernel.terms import EvidenceKind, ExitType
from portal.kernel.work import Work

CASE_TYPE = "graduation"
_VISITS_SHOWN, _DECILES_SHOWN = 6, 8


@dataclass(frozen=True)
class Snapshot:
    """A case as it was handed in: everything that the decision page shows. `yearly_aid`: the PKH that stops, rupiah a year;
    `way_out` and `own_wish_reason` are the family's and the facilitator's words. No identity numbers."""

    family: SubmittedFamily
    way_out: ExitType
    inputs: Inputs
    conversation: Conversation | None
    statement: Statement | None
    income: IncomeGround
    own_wish_reason: str
    holdings: tuple[Holding, ...]
    yearly_aid: int
    visits: tuple[Visited, ...]
    ranked: tuple[Ranked, ...]
    note: str
    readiness: ReadinessView | None


@dataclass(frozen=True)
class File:
    """A file as it was submitted; `media_type` as stored."""

    id: int
    kind: EvidenceKind
    media_type: str
    sha256: str


@dataclass(frozen=True)
class Submitted:
    """One submission opened again. `files`: those it rests on."""

    number: int
    sha256: str
    at: datetime
    by: str
    snapshot: Snapshot
    files: tuple[File, ...]


def freeze(work: Work, case: Graduation) -> Submission:
    """Append what the case stands on now as its next submission."""
    session.flush()
    number = (session.scalar(select(func.max(Submission.number)).where(*_mine(case))) or 0) + 1
    payload, sha256 = sealed(_snapshot(work, case), case.id, number)
    return work.add(
        Submission(
            case_type=CASE_TYPE, case_id=case.id, number=number, payload=payload, sha256=sha256, evidence=_hashes(case),
            submitted_by=work.actor.id, submitted_at=work.now,
        )
    )  # fmt: skip


def latest(case: Graduation) -> Submitted | None:
    """The version that is to be decided, or was. Raises vault.Unreadable when it is not what was submitted."""
    newest = select(Submission, User.name).join(User, User.id == Submission.submitted_by).where(*_mine(case))
    row = session.execute(newest.order_by(Submission.number.desc()).limit(1)).first()
    if row is None:
        return None
    kept = row.Submission
    files = tuple(rebuild(File, file) for file in kept.evidence)
    snapshot = rebuild(Snapshot, json.loads(content(kept)))
    return Submitted(kept.number, kept.sha256, kept.submitted_at, row.name, snapshot, files)


def sealed(snapshot: Snapshot, case_id: int, number: int) -> tuple[bytes, str]:
    """What a submission keeps of it: the canonical payload, sealed for its place, and its SHA-256."""
    payload = canonical(plain(snapshot))
    return seal(payload, case_id, number), hashlib.sha256(payload).hexdigest()


def seal(payload: bytes, case_id: int, number: int) -> bytes:
    """For its place: opens as the submission with this number of this case only."""
    return vault.seal(payload, _purpose(case_id, number))


def content(kept: Submission) -> bytes:
    """The payload in clear. Raises vault.Unreadable when it is not what was submitted."""
    payload = vault.unseal(kept.payload, _purpose(kept.case_id, kept.number))
    if hashlib.sha256(payload).hexdigest() != kept.sha256:
        raise vault.Unreadable(f"submission {kept.number} of graduation {kept.case_id}")
    return payload


def stale_inputs(submitted: Submitted | None, household: Household) -> tuple[Difference, ...]:
    """What is no longer as it was submitted; nothing submitted is nothing to compare."""
    return differences(submitted.snapshot.inputs, dossiers.inputs_now(household)) if submitted else ()


def _mine(case: Graduation) -> tuple[ColumnElement[bool], ...]:
    return (Submission.case_type == CASE_TYPE, Submission.case_id == case.id)


def _purpose(case_id: int, number: int) -> str:
    return f"submissions.payload:{CASE_TYPE}:{case_id}:{number}"


def _hashes(case: Graduation) -> list[dict[str, object]]:
    """Every file the case or a visit of the family claims, by content."""
    case_files = (Evidence.subject_type == Graduation.__tablename__) & (Evidence.subject_id == case.id)
    visit_files = (Evidence.subject_type == Visit.__tablename__) & (Evidence.household_id == case.household_id)
    rows = session.scalars(select(Evidence).where(case_files | visit_files).order_by(Evidence.id))
    return [plain(File(row.id, row.kind, row.media_type, row.sha256)) for row in rows]


def _snapshot(work: Work, case: Graduation) -> Snapshot:
    household, office = case.household, settings.in_force(work.today)
    members = list(session.scalars(dossiers.present(household.id)))
    held = _entitlements(members, work.today, office.number("elderly_age"))
    names = {member.id: member.name for member in members}
    return Snapshot(
        family=_family(household),
        way_out=case.exit_type,
        inputs=dossiers.inputs_now(household),
        conversation=dossiers.conversation_of(case),
        statement=dossiers.statement_of(case),
        income=dossiers.income_of(case),
        own_wish_reason=dossiers.own_wish_of(case),
        holdings=tuple(_holding(one, names) for one in held),
        yearly_aid=components.yearly_payment(held, components.amounts(office.number)),
        visits=_visits(household.id),
        ranked=_ranked(household.id),
        note=(dossiers.stated_in(case, "resubmit", "submit") or {}).get("note", ""),
        readiness=latest_readiness(household.id),
    )


def _family(household: Household) -> SubmittedFamily:
    place = f"{household.address}, RT {household.rt or '?'} RW {household.rw or '?'}, {household.area.name}"
    facilitator = household.facilitator.name if household.facilitator else ""
    return SubmittedFamily(household.caretaker_name, household.member_count, place, facilitator, household.joined_year)


def _entitlements(members: list[Member], on: date, elderly_age: int) -> tuple[components.Entitlement, ...]:
    people = [member.as_person for member in members]
    return components.entitlements(people, on, elderly_age=elderly_age)


def _holding(held: components.Entitlement, names: dict[int, str]) -> Holding:
    return Holding(names[held.person.key or 0], held.component, held.until, held.presumed)


def _visits(household_id: int) -> tuple[Visited, ...]:
    photos = select(func.count()).where(*dossiers.photos_of_visit()).correlate(Visit).scalar_subquery()
    mine = (Visit.household_id == household_id, ~is_mistaken(Visit.id))
    newest = select(Visit, photos.label("photos")).where(*mine).order_by(Visit.visited_on.desc(), Visit.id.desc())
    rows = session.execute(newest.limit(_VISITS_SHOWN))
    return tuple(Visited(row.Visit.visited_on, row.Visit.outcome, row.Visit.present, row.photos) for row in rows)


def _ranked(household_id: int) -> tuple[Ranked, ...]:
    newest = select(Decile).where(Decile.household_id == household_id).order_by(Decile.period.desc()).limit(_DECILES_SHOWN)
    return tuple(Ranked(row.period, row.value) for row in session.scalars(newest))[::-1]
