"""What a graduation case stands on as it is now: the family's evidence, and what the steps of the case stated."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.orm import InstrumentedAttribute

from portal.assessment.records import assessments
from portal.assessment.records.models import Assessment, Visit
from portal.assessment.records.visits import is_mistaken
from portal.assessment.rules import results
from portal.evidence.records.files import Evidence
from portal.family.records.models import Aid, Household, Member
from portal.graduation.records.models import Graduation
from portal.graduation.rules.grounds import Assessed, Conversation, Dossier, IncomeGround, Inputs, Statement
from portal.kernel.base import session
from portal.kernel.terms import EvidenceKind, VisitOutcome

FamilyId = int | InstrumentedAttribute[int]
"""One family, or that of the row of a surrounding statement."""


def of_case(case: Graduation) -> Dossier:
    """Two statements; what the steps stated comes with the case."""
    return Dossier(
        _assessed(case.household_id),
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


def conversation_of(case: Graduation) -> Conversation | None:
    stated = stated_in(case, "correct_counselling", "counsel", "counsel_on_own_wish")
    if stated is None:
        return None
    return Conversation(
        date.fromisoformat(stated["held_on"]), tuple(stated["present"]), stated["conversation"],
        tuple(stated["aid_stops"]), tuple(stated["aid_continues"]),
    )  # fmt: skip


def statement_of(case: Graduation) -> Statement | None:
    stated = stated_in(case, "correct_statement", "sign")
    return Statement(date.fromisoformat(stated["signed_on"]), tuple(stated["statement"])) if stated else None


def income_of(case: Graduation) -> IncomeGround:
    stated = stated_in(case, "add_income_basis") or {}
    return IncomeGround(stated.get("income_note", ""), tuple(stated.get("income_proof", ())))


def own_wish_of(case: Graduation) -> str:
    return str((stated_in(case, "counsel_on_own_wish") or {}).get("own_wish_reason", ""))


def stated_in(case: Graduation, *steps: str) -> dict[str, Any] | None:
    """What the first of these steps that was taken stated; a correction stands before what it corrects."""
    return next((case.facts[step] for step in steps if step in case.facts), None)


def _assessed(household_id: int) -> Assessed | None:
    return _read(assessments.latest(household_id))


def _read(assessment: Assessment | None) -> Assessed | None:
    if assessment is None or not assessment.result:
        return None
    return Assessed(assessment.id, assessment.assessed_on, results.from_json(assessment.result))


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


def inputs_now(household: Household) -> Inputs:
    """Two statements; the rest is on the household."""
    newest = _newest(household.id).scalar_subquery().label("newest")
    photographed = _photographed_on(household.id).scalar_subquery().label("photographed")
    rows = session.execute(present(household.id).add_columns(newest, photographed)).all()
    seen = rows[0] if rows else session.execute(select(newest, photographed)).one()
    place = f"{household.address} RT {household.rt or '?'} RW {household.rw or '?'}"
    return Inputs(
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
