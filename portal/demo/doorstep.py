"""Visits and assessments of the demo, told as `assessment/records/` writes them."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from random import Random
from typing import Any

from portal.assessment.records import assessments
from portal.assessment.records.models import Assessment, Visit
from portal.assessment.rules import instrument, readiness, results
from portal.assessment.rules.answers import Answer, to_json
from portal.demo import answers
from portal.demo.album import Album
from portal.demo.answers import Standing
from portal.demo.days import known_from
from portal.demo.families import Assessed, Family, Seen
from portal.demo.ledger import Deed, Ledger
from portal.demo.office import SETTINGS
from portal.kernel.settings import DEFINITIONS, InForce, Settings
from portal.kernel.terms import EvidenceKind, Period, SchoolLevel, VisitOutcome

_AFTER_VISIT = timedelta(minutes=20)
_SECTIONS = len(instrument.Section)
_PUPILS = (SchoolLevel.PRIMARY, SchoolLevel.JUNIOR_SECONDARY, SchoolLevel.SENIOR_SECONDARY)
_PRESENT = ("{0.addressed}", "{0.addressed} dan {0.spouse}", "{0.addressed} dan anak", "Keluarga {0.name}")
_NOTES = (
    "", "", "Anak rutin masuk sekolah.", "Warung mulai ramai, catatan keuangan sudah rapi.", "Minta info pelatihan menjahit.",
    "Posyandu rutin tiap bulan.", "Suami bekerja borongan, penghasilan naik turun.", "KKS hilang, sudah lapor bank.",
    "Atap dapur bocor, berharap bantuan perbaikan rumah.", "Ikut P2K2 modul ekonomi.",
)  # fmt: skip
_NOT_MET = (
    "Rumah terkunci.",
    "Sedang bekerja di pasar.",
    "Menurut tetangga sedang ke rumah sakit.",
    "Anak saja yang di rumah.",
)


@lru_cache(maxsize=1024)
def in_force(day: date) -> Settings:
    """As `settings.in_force`, of what the demo itself sets."""
    values = {key: InForce(known.default, known.valid_from, known.source) for key, known in DEFINITIONS.items()}
    for key, valid_from, value, source in SETTINGS:
        if valid_from <= day:
            values[key] = InForce(value, valid_from, source)
    return Settings(values)


@lru_cache(maxsize=1024)
def _limits(day: date) -> dict[str, Any]:
    return assessments.thresholds(in_force(day), instrument.CURRENT)


@dataclass
class Doorstep:
    """Whoever goes from door to door: writes into the ledger, takes photos from the album."""

    rng: Random
    ledger: Ledger
    album: Album

    def meet(self, family: Family, day: date, deed: Deed, *, photos: int = 1, next_on: date | None = None) -> Seen:
        """A visit that met the family."""
        said = self.rng.choice(_PRESENT).format(family.caretaker)
        return self._record(family, Seen(0, day, VisitOutcome.MET, said, []), deed, photos=photos, next_on=next_on)

    def miss(self, family: Family, day: date, deed: Deed, *, retry_on: date) -> Seen:
        """A visit where nobody was met."""
        return self._record(family, Seen(0, day, VisitOutcome.NOT_MET, "", [], retry_on), deed, photos=0, next_on=None)

    def _record(self, family: Family, seen: Seen, deed: Deed, *, photos: int, next_on: date | None) -> Seen:
        met = seen.outcome is VisitOutcome.MET
        seen.id = self.ledger.add(
            Visit, household_id=family.id, visited_on=seen.on, outcome=seen.outcome, present=seen.present,
            notes=self.rng.choice(_NOTES if met else _NOT_MET), retry_on=seen.retry_on, recorded_by=deed.by,
            recorded_at=deed.at,
        )  # fmt: skip
        subject = (Visit.__tablename__, seen.id)
        for _ in range(photos):
            seen.photos.append(self.album.attach(EvidenceKind.VISIT_PHOTO, subject, family.id, deed))
        before = family.next_visit_on
        family.next_visit_on = _promised(before, seen, next_on)
        detail: dict[str, Any] = {"visited_on": seen.on.isoformat(), "outcome": str(seen.outcome)}
        if photos:
            detail["photos"] = photos
        if before != family.next_visit_on:
            detail["changes"] = {"next_visit_on": [_iso(before), _iso(family.next_visit_on)]}
        self.ledger.log("visits.record", subject, family.id, deed, detail=detail)
        family.visits.append(seen)
        family.touched(deed.at)
        return seen

    def assess(self, family: Family, seen: Seen, standing: Standing, deed: Deed, *, forgetful: float = 0) -> None:
        """A finished assessment of a visit, its result computed by the instrument; `forgetful`: the chance of a gap."""
        at, by = deed.at + _AFTER_VISIT, deed.by
        told = self._answers(family, seen.on, by, standing)
        if self.rng.random() < forgetful:
            told.pop(self.rng.choice(answers.SKIPPED), None)
        made_with, earlier = instrument.CURRENT, [one.result for one in family.assessments][-assessments.TREND_OVER :]
        result = readiness.assess(made_with, told, _facts(family, seen.on), earlier)
        number = self.ledger.add(
            Assessment, household_id=family.id, visit_id=seen.id, instrument_version=result.version, answers=to_json(told),
            result=results.to_json(result), band=result.band, assessed_on=seen.on, assessed_by=by, finished_at=at,
            version=_SECTIONS + 1,
        )  # fmt: skip
        detail = {"band": str(result.band), "instrument": result.version, "version": _SECTIONS + 1}
        self.ledger.log("assessments.finish", (Assessment.__tablename__, number), family.id, Deed(at, by), detail=detail)
        family.assessments.append(Assessed(number, seen.id, seen.on, by, result))
        family.touched(at)

    def begin_assessment(self, family: Family, seen: Seen, deed: Deed) -> None:
        """A draft with its first sections, waiting to be continued."""
        at, by = deed
        told = self._answers(family, seen.on, by, Standing.ON_THE_WAY)
        begun = list(instrument.Section)[: self.rng.randrange(2, 6)]
        kept = {key: answer for key, answer in told.items() if instrument.CURRENT.questions[key].section in begun}
        number = self.ledger.add(
            Assessment, household_id=family.id, visit_id=seen.id, instrument_version=instrument.CURRENT.version,
            answers=to_json(kept), assessed_on=seen.on, assessed_by=by, version=len(begun),
        )  # fmt: skip
        for turn, section in enumerate(begun, 1):
            detail = {"section": str(section), "version": turn, "answered": len(instrument.CURRENT.section(section))}
            later, subject = at + timedelta(minutes=3 * turn), (Assessment.__tablename__, number)
            self.ledger.log("assessments.save_section", subject, family.id, Deed(later, by), detail=detail)
            family.touched(later)

    def _answers(self, family: Family, day: date, by: int, standing: Standing) -> dict[str, Answer]:
        limits, people = _limits(day), len(family.people)
        children = sum(person.school_level in _PUPILS for person in family.people)
        amounts = (limits["poverty_line"].value, limits["umk"].value)
        values = answers.given(self.rng, standing, people=people, children=children, limits=amounts)
        return {key: Answer(value, day, (), by) for key, value in values.items()}


def _facts(family: Family, day: date) -> readiness.Facts:
    members = tuple(readiness.MemberFacts(person.age(day), person.severe_disability) for person in family.people)
    return readiness.Facts(len(members), members, deciles_on(family, day), _limits(day))


def deciles_on(family: Family, day: date) -> dict[Period, int]:
    """Those that were in the portal on that day."""
    ranked = {Period.parse(period): value for period, value in family.deciles.items()}
    return {period: value for period, value in ranked.items() if known_from(period) <= day}


def _promised(before: date | None, seen: Seen, next_on: date | None) -> date | None:
    if seen.outcome is VisitOutcome.MET and next_on:
        return next_on
    return None if before and before <= seen.on else before


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
