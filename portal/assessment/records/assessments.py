"""Assessments: a draft that grows section by section, then a result that keeps its version and breakdown for ever.

The draft lies on the server (`finished_at` None); `finish` applies the instrument with the settings in force on the day of
the visit. Corrections are a new visit with a new assessment.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select

from portal.assessment.records.visits import Assessment, Visit, is_mistaken
from portal.assessment.rules import answers, instrument, readiness
from portal.assessment.rules.answers import Answer, Result, Typed, Value
from portal.assessment.rules.instrument import Section, Threshold
from portal.evidence.records import claim
from portal.family.records.models import Decile, Member
from portal.family.rules.components import age_on
from portal.kernel import gate, settings
from portal.kernel.base import session
from portal.kernel.history import Event
from portal.kernel.settings import OFFICE, Definition
from portal.kernel.terms import Actor, EvidenceKind, Period, Refused, VisitOutcome
from portal.kernel.work import Work
from portal.kernel.workflow import plain, rebuild

SECTION_SAVED, FINISHED = "assessments.save_section", "assessments.finish"
TREND_OVER = 6
"""How many earlier results a trend looks back on."""

_OTHER_NAMES = {"umk": "minimum_wage"}


@dataclass(frozen=True)
class FilledSection:
    """One section as filled in, without mistakes. `seen` is the version of the draft that was shown, 0 before there is one."""

    section: Section
    typed: Typed
    seen: int = 0
    photos: tuple[int, ...] = ()


def save_section(actor: Actor, visit: Visit, filled: FilledSection, *, key: str) -> Assessment:
    """Keep one section of the draft: what is blank becomes unknown. The first section begins the draft.

    Raises Refused ("assessment_finished", "not_met", "evidence_unknown") and gate.Stale when somebody saved other
    answers to the same section after version `seen`.
    """

    def act(work: Work, fresh: Visit) -> Assessment:
        draft = _draft(work, fresh)
        _refuse_stale(draft, filled)
        claim(work, filled.photos, EvidenceKind.VISIT_PHOTO, fresh, household=fresh.household)
        draft.answers = _with(draft.answers, filled, fresh.visited_on, actor)
        draft.version += 1
        told = {"section": str(filled.section), "version": draft.version, "answered": len(filled.typed.values)}
        work.log(SECTION_SAVED, draft, household=fresh.household, detail=told)
        return draft

    payload = [str(filled.section), filled.typed.values, sorted(filled.typed.blank), sorted(filled.photos)]
    return gate.write(actor, "visit.record", visit, key=key, payload=payload, act=act, endpoint=SECTION_SAVED)


def _with(stored: Mapping[str, Any], filled: FilledSection, day: date, actor: Actor) -> dict[str, Any]:
    """The stored answers with this section's in place of the former ones; photos of the section stay with its answers."""
    before, typed = answers.from_json(stored), filled.typed
    asked = {*typed.values, *typed.blank}
    proof = {one for name in asked & before.keys() for one in before[name].evidence} | {*filled.photos}
    kept = {name: answer for name, answer in before.items() if name not in asked}
    given = {name: Answer(value, day, tuple(sorted(proof)), actor.id) for name, value in typed.values.items()}
    stated: dict[str, Any] = plain({**kept, **given})
    return stated


def _draft(work: Work, visit: Visit) -> Assessment:
    if visit.outcome is not VisitOutcome.MET:
        raise Refused("not_met")
    draft = of_visit(visit.id)
    if draft is None:
        return work.add(
            Assessment(
                household_id=visit.household_id, visit_id=visit.id, instrument_version=instrument.CURRENT.version,
                assessed_on=visit.visited_on, assessed_by=work.actor.id, version=0, answers={},
            )
        )  # fmt: skip
    if draft.finished_at is not None:
        raise Refused("assessment_finished")
    return draft


def _refuse_stale(draft: Assessment, filled: FilledSection) -> None:
    """Sections do not get in each other's way; the same one saved twice with other answers does."""
    if draft.version <= filled.seen:
        return
    mine = (Event.subject_type == Assessment.__tablename__, Event.subject_id == draft.id, Event.kind == SECTION_SAVED)
    told = [event.detail or {} for event in session.scalars(select(Event).where(*mine))]
    if not any(one.get("section") == filled.section and one.get("version", 0) > filled.seen for one in told):
        return
    stored, yours = values_of(draft), {**dict.fromkeys(filled.typed.blank), **filled.typed.values}
    clash = {name: (stored.get(name), value) for name, value in yours.items() if stored.get(name) != value}
    if clash:
        raise gate.Stale(clash)


def finish(actor: Actor, visit: Visit, *, seen: int, key: str) -> Assessment:
    """Compute the result and close the draft for good.

    Raises Refused ("assessment_finished", "assessment_empty") and gate.Stale when a section changed after version `seen`.
    """

    def act(work: Work, fresh: Visit) -> Assessment:
        draft = of_visit(fresh.id)
        if draft is None or not draft.answers:
            raise Refused("assessment_empty")
        if draft.finished_at is not None:
            raise Refused("assessment_finished")
        if draft.version != seen:
            raise gate.Stale
        result = evaluate(draft)
        draft.result, draft.band = plain(result), result.band
        draft.finished_at, draft.assessed_by, draft.version = work.now, actor.id, draft.version + 1
        detail = {"band": result.band, "instrument": result.version, "version": draft.version}
        work.log(FINISHED, draft, household=fresh.household, detail=detail)
        return draft

    return gate.write(actor, "visit.record", visit, key=key, payload="finish", act=act, endpoint=FINISHED)


def evaluate(draft: Assessment) -> Result:
    """The draft judged by its own version of the instrument, with what is known and in force on the day of the visit."""
    made_with = instrument.instrument(draft.instrument_version)
    facts = facts_on(draft.household_id, draft.assessed_on, made_with)
    earlier = [rebuild(Result, row.result) for row in before(draft) if row.result]
    return readiness.assess(made_with, answers_of(draft), facts, earlier)


def facts_on(household_id: int, day: date, made_with: instrument.Instrument = instrument.CURRENT) -> readiness.Facts:
    """What the register says about a family on a day: who was present, the deciles up to then, the thresholds in force."""
    present = and_(Member.household_id == household_id, or_(Member.left_on.is_(None), Member.left_on > day))
    members = [
        readiness.MemberFacts(age_on(member.birth_date, day) if member.birth_date else None, member.severe_disability)
        for member in session.scalars(select(Member).where(present).order_by(Member.id))
    ]
    ranks = session.execute(select(Decile.period, Decile.value).where(Decile.household_id == household_id))
    deciles = {Period.parse(row.period): row.value for row in ranks}
    known = {period: value for period, value in deciles.items() if period <= Period.of(day)}
    return readiness.Facts(len(members) or None, tuple(members), known, thresholds(settings.in_force(day), made_with))


def thresholds(in_force: settings.Settings, made_with: instrument.Instrument) -> dict[str, Threshold]:
    """The limits that the office has set, each with its date and source; for the others each version keeps its own."""
    limits: dict[str, Threshold] = {}
    for key in ("poverty_line", "umk", *made_with.thresholds):
        found = in_force.values.get(_OTHER_NAMES.get(key, key))
        if found and (found.is_set or key not in made_with.thresholds):
            limits[key] = Threshold(key, int(found.value), found.source, found.valid_from)
    return limits


def _definition(limit: Threshold) -> Definition:
    kind = "money" if limit.key == "savings_met" else "number"
    return Definition(kind, str(limit.value), limit.valid_from, _LIMIT_SOURCES[limit.source])


_LIMIT_SOURCES = {
    instrument.OWN_PROPOSAL: "usulan instrumen internal; " + OFFICE,
    instrument.POOR_CRITERIA: "mengacu kriteria Kepmensos 262/HUK/2022; " + OFFICE,
}
LIMITS = {key: _definition(limit) for key, limit in instrument.CURRENT.thresholds.items() if key != "elderly_age"}
"""The age is the same as for components."""


# --- reading -------------------------------------------------------------------------------------------------------


def of_visit(visit_id: int) -> Assessment | None:
    return session.scalars(select(Assessment).where(Assessment.visit_id == visit_id)).one_or_none()


NEWEST_FIRST = (Assessment.assessed_on.desc(), Assessment.id.desc())
"""By the day of the visit."""


def counts() -> ColumnElement[bool]:
    """The condition under which an assessment counts for anything: finished, and from a visit that was no mistake."""
    return and_(Assessment.finished_at.is_not(None), ~is_mistaken(Assessment.visit_id))


def newest(*which: ColumnElement[bool]) -> Select[Assessment]:
    """Assessments that count, the newest first."""
    return select(Assessment).where(counts(), *which).order_by(*NEWEST_FIRST)


def latest(household_id: int) -> Assessment | None:
    """The family's newest one that counts."""
    return session.scalars(newest(Assessment.household_id == household_id).limit(1)).first()


def is_before(assessment: Assessment) -> ColumnElement[bool]:
    """Counts, and came before this one."""
    day, number = assessment.assessed_on, assessment.id
    earlier = or_(Assessment.assessed_on < day, and_(Assessment.assessed_on == day, Assessment.id < number))
    return and_(counts(), earlier)


def before(assessment: Assessment) -> list[Assessment]:
    """Earlier ones of the same family that count, oldest first, at most `TREND_OVER`."""
    earlier = newest(Assessment.household_id == assessment.household_id, is_before(assessment))
    return list(session.scalars(earlier.limit(TREND_OVER)))[::-1]


def last_time(visit: Visit) -> Assessment | None:
    """The newest one of the family that counts, from another visit, up to the day of this one."""
    earlier = (Assessment.visit_id != visit.id, Assessment.assessed_on <= visit.visited_on)
    return session.scalars(newest(Assessment.household_id == visit.household_id, *earlier).limit(1)).first()


def unfinished(household_id: int) -> Assessment | None:
    """The family's newest draft, to be continued."""
    drafts = (Assessment.household_id == household_id, Assessment.finished_at.is_(None))
    return session.scalars(select(Assessment).where(*drafts).order_by(*NEWEST_FIRST).limit(1)).first()


def answers_of(assessment: Assessment | None) -> dict[str, Answer]:
    """Question key to Answer; nothing when there is no assessment."""
    return answers.from_json(assessment.answers) if assessment else {}


def values_of(assessment: Assessment | None) -> dict[str, Value]:
    """Question key to what was answered."""
    return {key: answer.value for key, answer in answers_of(assessment).items()}
