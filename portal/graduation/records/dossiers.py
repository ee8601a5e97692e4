"""The rows of a graduation, what the case stands on as it is now, the case as it was submitted, and what differs.

A submission is the canonical payload, sealed, with its SHA-256; decisions render from it and cite both."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, ForeignKey, Index, LargeBinary, Select, String, UniqueConstraint, exists, func, select
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column, relationship

from portal.assessment.lists import ReadinessView, latest_readiness
from portal.assessment.records import assessments
from portal.assessment.records.visits import Assessment, Visit, is_mistaken
from portal.assessment.rules.answers import Result
from portal.evidence.records import Evidence
from portal.family.records.models import Aid, Case, Decile, Household, Member, guards, one_open
from portal.family.rules import components
from portal.family.rules.components import Holding
from portal.graduation import rules
from portal.graduation.rules import GRADUATION, Counselling, Dossier, IncomeBasis, SignedStatement
from portal.kernel import settings, vault
from portal.kernel.base import Base, Json, UtcDateTime, session, state_check
from portal.kernel.history import canonical
from portal.kernel.people import User
from portal.kernel.terms import EvidenceKind, ExitType, VisitOutcome
from portal.kernel.work import Work
from portal.kernel.workflow import plain, rebuild


class Graduation(Case, Base):
    __tablename__ = "graduations"
    view_action = "graduation.view"
    flow_name = "graduation"

    exit_type: Mapped[ExitType] = mapped_column(default=ExitType.INDEPENDENT)
    approved_on: Mapped[date | None]
    recorded_on: Mapped[date | None]
    reference: Mapped[str | None] = mapped_column(String(120))
    effective_on: Mapped[date | None]

    submissions: Mapped[list["Submission"]] = relationship(
        primaryjoin="and_(foreign(Submission.case_id) == Graduation.id, Submission.case_type == 'graduation')",
        order_by="Submission.number",
        viewonly=True,
    )

    __table_args__ = (
        *guards("graduations", GRADUATION),
        state_check("exit_type", ExitType),
        Index("ix_graduations_effective", "effective_on"),
        Index("ix_graduations_exit", "state", "exit_type", "effective_on", "approved_on", "household_id"),
        Index("ix_graduations_approved", "approved_on"),
        Index("ix_graduations_household", "household_id"),
    )


one_open(Graduation, GRADUATION)


class Submission(Base):
    """What was submitted, frozen: the decision page renders from here and the decision's event cites number and sha."""

    __tablename__ = "submissions"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_type: Mapped[str] = mapped_column(String(12))
    case_id: Mapped[int]
    number: Mapped[int]
    payload: Mapped[bytes] = mapped_column(LargeBinary)
    sha256: Mapped[str] = mapped_column(String(64))
    evidence: Mapped[list[Any]] = mapped_column(Json, default=list)
    submitted_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    submitted_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (UniqueConstraint("case_type", "case_id", "number"),)


class ClosedYear(Base):
    """After closing nothing may take effect in that year."""

    __tablename__ = "closed_years"

    year: Mapped[int] = mapped_column(primary_key=True)
    closed_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    closed_at: Mapped[datetime] = mapped_column(UtcDateTime)


Said = TypeVar("Said")


# --- as it is now ----------------------------------------------------------------------------------------------------

FamilyId = int | InstrumentedAttribute[int]
"""One family, or that of the row of a surrounding statement."""


def of_case(case: Graduation) -> Dossier:
    """Two statements; what the steps stated comes with the case."""
    return Dossier(
        _read(assessments.latest(case.household_id)),
        session.scalar(_photographed_on(case.household_id)),
        conversation_of(case),
        statement_of(case),
        income_of(case),
    )


def evidence_of(*chosen: ColumnElement[bool]) -> Iterator[tuple[Graduation, Household, Dossier]]:
    """The chosen cases with their families and what of their evidence ages; one statement."""
    newest = _newest(Household.id).correlate(Household).scalar_subquery()
    photographed = _photographed_on(Household.id).correlate(Household).scalar_subquery()
    joined = select(Graduation, Household, Assessment, photographed).join(Household, Household.id == Graduation.household_id)
    for case, household, assessment, day in session.execute(
        joined.outerjoin(Assessment, Assessment.id == newest).where(*chosen)
    ):
        yield case, household, Dossier(_read(assessment), day)


STATED_BY: Mapping[type, tuple[str, ...]] = {
    Counselling: ("correct_counselling", "counsel", "counsel_on_own_wish"),
    SignedStatement: ("correct_statement", "sign"),
    IncomeBasis: ("add_income_basis",),
}
"""The steps that state what a case stands on; a correction stands before what it corrects."""


def said(case: Graduation, kind: type[Said]) -> Said | None:
    """What was stated last of this kind."""
    stated = stated_in(case, *STATED_BY[kind])
    return rebuild(kind, stated) if stated else None


def conversation_of(case: Graduation) -> rules.Conversation | None:
    held = said(case, Counselling)
    if held is None:
        return None
    return rules.Conversation(held.held_on, held.present, held.conversation, held.aid_stops, held.aid_continues)


def statement_of(case: Graduation) -> rules.Statement | None:
    signed = said(case, SignedStatement)
    return rules.Statement(signed.signed_on, signed.statement) if signed else None


def income_of(case: Graduation) -> rules.IncomeGround:
    basis = said(case, IncomeBasis)
    return rules.IncomeGround(basis.income_note, basis.income_proof) if basis else rules.IncomeGround()


def own_wish_of(case: Graduation) -> str:
    return str((stated_in(case, "counsel_on_own_wish") or {}).get("own_wish_reason", ""))


def stated_in(case: Graduation, *steps: str) -> dict[str, Any] | None:
    """What the first of these steps that was taken stated."""
    return next((case.facts[step] for step in steps if step in case.facts), None)


def _read(assessment: Assessment | None) -> rules.Assessed | None:
    if assessment is None or not assessment.result:
        return None
    return rules.Assessed(assessment.id, assessment.assessed_on, rebuild(Result, assessment.result))


def _newest(household_id: FamilyId) -> Select[int]:
    """The id of the newest assessment that counts."""
    return assessments.newest(Assessment.household_id == household_id).with_only_columns(Assessment.id).limit(1)


def _photographed_on(household_id: FamilyId) -> Select[date | None]:
    """When somebody was last met with a photo, in a visit that was no mistake."""
    met = (Visit.household_id == household_id, Visit.outcome == VisitOutcome.MET, ~is_mistaken(Visit.id))
    return select(func.max(Visit.visited_on)).where(*met, exists().where(*photos_of_visit()))


def photos_of_visit() -> tuple[ColumnElement[bool], ...]:
    subject = (Evidence.subject_type == Visit.__tablename__, Evidence.subject_id == Visit.id)
    return (*subject, Evidence.kind == EvidenceKind.VISIT_PHOTO)


def inputs_now(household: Household) -> rules.Inputs:
    """Two statements; the rest is on the household."""
    newest = _newest(household.id).scalar_subquery().label("newest")
    photographed = _photographed_on(household.id).scalar_subquery().label("photographed")
    rows = session.execute(present(household.id).add_columns(newest, photographed)).all()
    seen = rows[0] if rows else session.execute(select(newest, photographed)).one()
    place = f"{household.address} RT {household.rt or '?'} RW {household.rw or '?'}"
    return rules.Inputs(
        tuple(line_of(row.Member) for row in rows), place, household.kelurahan, household.membership, household.presence,
        household.registry_match, household.decile, household.decile_period, _aids(household.id), seen.newest,
        seen.photographed,
    )  # fmt: skip


def present(household_id: int) -> Select[Member]:
    return select(Member).where(Member.household_id == household_id, Member.left_on.is_(None)).order_by(Member.id)


def line_of(member: Any) -> str:
    """What a decision rests on about one person, in one line to compare."""
    told = (member.name, member.relation, member.birth_date, member.school_level, member.pregnant_until)
    flags = ("disability" if member.severe_disability else "", "victim" if member.rights_victim else "")
    return "|".join(str(part or "") for part in (member.id, *told, *flags))


def _aids(household_id: int) -> tuple[str, ...]:
    running = (Aid.household_id == household_id, Aid.until.is_(None))
    return tuple(session.scalars(select(Aid.programme).where(*running).order_by(Aid.programme, Aid.id)))


# --- as it was submitted ---------------------------------------------------------------------------------------------

CASE_TYPE = "graduation"
_VISITS_SHOWN, _DECILES_SHOWN = 6, 8


@dataclass(frozen=True)
class Snapshot:
    """A case as it was handed in: everything that the decision page shows. `yearly_aid`: the PKH that stops, rupiah a year;
    `way_out` and `own_wish_reason` are the family's and the facilitator's words. No identity numbers."""

    family: rules.SubmittedFamily
    way_out: ExitType
    inputs: rules.Inputs
    conversation: rules.Conversation | None
    statement: rules.Statement | None
    income: rules.IncomeGround
    own_wish_reason: str
    holdings: tuple[Holding, ...]
    yearly_aid: int
    visits: tuple[rules.Visited, ...]
    ranked: tuple[rules.Ranked, ...]
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


def stale_inputs(submitted: Submitted | None, household: Household) -> tuple[rules.Difference, ...]:
    """What is no longer as it was submitted; nothing submitted is nothing to compare."""
    return rules.differences(submitted.snapshot.inputs, inputs_now(household)) if submitted else ()


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
    members = list(session.scalars(present(household.id)))
    people, names = [member.as_person for member in members], {member.id: member.name for member in members}
    held = components.entitlements(people, work.today, elderly_age=office.number("elderly_age"))
    return Snapshot(
        family=_family(household),
        way_out=case.exit_type,
        inputs=inputs_now(household),
        conversation=conversation_of(case),
        statement=statement_of(case),
        income=income_of(case),
        own_wish_reason=own_wish_of(case),
        holdings=tuple(Holding(names[one.person.key or 0], one.component, one.until, one.presumed) for one in held),
        yearly_aid=components.yearly_payment(held, components.amounts(office.number)),
        visits=_visits(household.id),
        ranked=_ranked(household.id),
        note=(stated_in(case, "resubmit", "submit") or {}).get("note", ""),
        readiness=latest_readiness(household.id),
    )


def _family(household: Household) -> rules.SubmittedFamily:
    place = f"{household.address}, RT {household.rt or '?'} RW {household.rw or '?'}, {household.area.name}"
    facilitator = household.facilitator.name if household.facilitator else ""
    return rules.SubmittedFamily(household.caretaker_name, household.member_count, place, facilitator, household.joined_year)


def _visits(household_id: int) -> tuple[rules.Visited, ...]:
    photos = select(func.count()).where(*photos_of_visit()).correlate(Visit).scalar_subquery()
    mine = (Visit.household_id == household_id, ~is_mistaken(Visit.id))
    newest = select(Visit, photos.label("photos")).where(*mine).order_by(Visit.visited_on.desc(), Visit.id.desc())
    rows = session.execute(newest.limit(_VISITS_SHOWN))
    return tuple(rules.Visited(row.Visit.visited_on, row.Visit.outcome, row.Visit.present, row.photos) for row in rows)


def _ranked(household_id: int) -> tuple[rules.Ranked, ...]:
    newest = select(Decile).where(Decile.household_id == household_id).order_by(Decile.period.desc()).limit(_DECILES_SHOWN)
    return tuple(rules.Ranked(row.period, row.value) for row in session.scalars(newest))[::-1]
