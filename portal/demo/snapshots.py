"""What a graduation stood on when it was handed in, frozen as `graduation/records/submissions.py` freezes it."""

from dataclasses import dataclass
from datetime import date
from operator import attrgetter

from portal.assessment.lists import ReadinessView, marks_by_indicator
from portal.demo.album import MEDIA_TYPE
from portal.demo.city import City
from portal.demo.doorstep import deciles_on, in_force
from portal.demo.families import Family
from portal.demo.ledger import Deed
from portal.demo.moves import CaseOnItsWay
from portal.demo.people import held
from portal.family.rules import components
from portal.family.rules.components import Holding
from portal.graduation.records import dossiers, submissions
from portal.graduation.records.models import Graduation, Submission
from portal.graduation.records.submissions import File, Snapshot
from portal.graduation.rules.grounds import Inputs, Ranked, Visited
from portal.graduation.rules.grounds import SubmittedFamily as Shown
from portal.kernel.stored import plain
from portal.kernel.terms import EvidenceKind, ExitType, VisitOutcome

_VISITS_SHOWN, _DECILES_SHOWN = 6, 8


@dataclass(frozen=True)
class Handed:
    """A submission that was written: the number and hash that events cite."""

    number: int
    sha256: str


@dataclass
class GraduationFile:
    """A graduation with the files it claims."""

    case: CaseOnItsWay
    way_out: ExitType
    files: list[File]
    submitted: int = 0


def hand_in(city: City, file: GraduationFile, day: date, deed: Deed) -> Handed:
    family, case = file.case.family, file.case
    file.submitted += 1
    payload, digest = submissions.sealed(_snapshot(city, file, day), case.id, file.submitted)
    photos = [photo for visit in family.visits_before(day) for photo in visit.photos]
    seen = [File(number, EvidenceKind.VISIT_PHOTO, MEDIA_TYPE, sha256) for number, sha256 in photos]
    evidence = [plain(one) for one in sorted(seen + file.files, key=attrgetter("id"))]
    city.ledger.add(
        Submission, case_type=submissions.CASE_TYPE, case_id=case.id, number=file.submitted, payload=payload, sha256=digest,
        evidence=evidence, submitted_by=deed.by, submitted_at=deed.at,
    )  # fmt: skip
    return Handed(file.submitted, digest)


def _snapshot(city: City, file: GraduationFile, day: date) -> Snapshot:
    family, office, stated = file.case.family, in_force(day), Graduation(facts=file.case.facts)
    owed = held(family.people, day, office.number("elderly_age"))
    names = {person.id: person.name for person in family.people}
    amounts = {one: office.number(f"benefit_{one}") for one in components.AMOUNTS}
    ranked = sorted(deciles_on(family, day).items())[-_DECILES_SHOWN:]
    seen = sorted(family.visits_before(day), key=lambda visit: (visit.on, visit.id), reverse=True)[:_VISITS_SHOWN]
    return Snapshot(
        family=_shown(city, family),
        way_out=file.way_out,
        inputs=_inputs(family, day),
        conversation=dossiers.conversation_of(stated),
        statement=dossiers.statement_of(stated),
        income=dossiers.income_of(stated),
        own_wish_reason=dossiers.own_wish_of(stated),
        holdings=tuple(Holding(names[one.person.key or 0], one.component, one.until, one.presumed) for one in owed),
        yearly_aid=components.yearly_payment(owed, amounts),
        visits=tuple(Visited(visit.on, visit.outcome, visit.present, len(visit.photos)) for visit in seen),
        ranked=tuple(Ranked(str(period), value) for period, value in ranked),
        note="",
        readiness=_readiness(city, family),
    )


def _shown(city: City, family: Family) -> Shown:
    home = family.home
    place = f"{home.street}, RT {home.rt} RW {home.rw}, {city.area_names[family.kelurahan]}"
    facilitator = city.office.names[family.facilitator or 0]
    return Shown(family.caretaker.name, len(family.people), place, facilitator, family.joined_year)


def _inputs(family: Family, day: date) -> Inputs:
    period, value = max(deciles_on(family, day).items(), default=(None, None))
    home, met = family.home, [visit.on for visit in family.visits if visit.outcome is VisitOutcome.MET and visit.photos]
    return Inputs(
        tuple(dossiers.line_of(person) for person in family.people), f"{home.street} RT {home.rt} RW {home.rw}",
        family.kelurahan, family.membership, family.presence, family.registry_match, value, str(period) if period else None,
        tuple(sorted(name for name, _since in family.aids)), family.assessments[-1].id if family.assessments else None,
        max(met, default=None),
    )  # fmt: skip


def _readiness(city: City, family: Family) -> ReadinessView:
    newest = family.assessments[-1]
    stored = [(one.on, one.result) for one in family.assessments]
    return ReadinessView(
        family.id, newest.visit_id, newest.on, city.office.names[newest.by], newest.result,
        tuple((on, result.band) for on, result in stored), marks_by_indicator(stored),
    )  # fmt: skip
