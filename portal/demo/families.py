"""One family of the demo: what is known of it while its life is told, and the rows that are left of it."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from portal.assessment.rules.results import Result
from portal.caseload.records import summaries
from portal.demo import names
from portal.demo.ledger import Deed, Ledger
from portal.demo.people import Person
from portal.demo.places import Address
from portal.family.records.models import Aid, Decile, Episode, Household, KkNumber, Member, NameWord, Payment
from portal.kernel.settings import DEFINITIONS
from portal.kernel.terms import ExitType, Membership, Presence, RegistryMatch, VisitOutcome
from portal.kernel.vault import blind_index
from portal.kernel.workflow import move
from portal.membership.rules import MEMBERSHIP

_MONTHS = int(DEFINITIONS[summaries.ROUTINE].default)


@dataclass(slots=True)
class Seen:
    """A visit that was recorded."""

    id: int
    on: date
    outcome: VisitOutcome
    present: str
    photos: list[tuple[int, str]]
    retry_on: date | None = None


@dataclass(slots=True)
class Assessed:
    """A finished assessment."""

    id: int
    visit_id: int
    on: date
    by: int
    result: Result


@dataclass(slots=True)
class Stay:
    number: int
    started: date | None
    ended: date | None = None
    exit_type: ExitType | None = None


@dataclass(slots=True)
class Family:
    """`facilitator` None as long as nobody looks after it. `membership_on` days tell how it stood earlier."""

    id: int
    kelurahan: str
    facilitator: int | None
    home: Address
    people: list[Person]
    created_at: datetime
    kk: str
    kk_since: date
    phone: str | None = None
    kk_address: str | None = None
    group: str | None = None
    joined_year: int | None = None
    note: str | None = None
    membership: Membership = Membership.CANDIDATE
    presence: Presence = Presence.FOUND
    registry_match: RegistryMatch = RegistryMatch.UNCHECKED
    registry_checked_on: date | None = None
    next_visit_on: date | None = None
    members_confirmed_on: date | None = None
    monitoring_on: date | None = None
    version: int = 1
    updated_at: datetime | None = None
    deciles: dict[str, int] = field(default_factory=dict)
    payments: dict[str, int] = field(default_factory=dict)
    aids: list[tuple[str, date | None]] = field(default_factory=list)
    visits: list[Seen] = field(default_factory=list)
    assessments: list[Assessed] = field(default_factory=list)
    stays: list[Stay] = field(default_factory=list)

    @property
    def subject(self) -> tuple[str, int]:
        return Household.__tablename__, self.id

    @property
    def caretaker(self) -> Person:
        return next(person for person in self.people if person.is_caretaker)

    def visits_before(self, day: date) -> list[Seen]:
        return [visit for visit in self.visits if visit.on <= day]

    def touched(self, at: datetime) -> None:
        self.updated_at = max(at, self.updated_at or at)


def begin(ledger: Ledger, family: Family, deed: Deed) -> None:
    """The family came in with a roster: its first word in the trail, and its first stay."""
    family.membership = Membership.ACTIVE
    family.stays.append(Stay(1, None))
    family.touched(deed.at)
    ledger.log("household.open", family.subject, family.id, deed, to_state=str(family.membership))


def change(ledger: Ledger, family: Family, step: str, deed: Deed, *, stated: dict[str, Any] | None = None) -> None:
    """A step of the membership flow, told as the gate tells it; ends or begins the stay that goes with it."""
    chosen = MEMBERSHIP.step(step)
    before = family.membership
    family.membership = Membership(move(chosen, before, chosen.needs))
    family.version += 1
    family.touched(deed.at)
    reason = (stated or {}).get("reason") or None
    ledger.log(
        f"membership.{step}", family.subject, family.id, deed, from_state=str(before), to_state=str(family.membership),
        reason=reason, detail=stated,
    )  # fmt: skip


def leave(family: Family, on: date, exit_type: ExitType) -> None:
    family.stays[-1].ended, family.stays[-1].exit_type = on, exit_type
    family.next_visit_on = None


def come(family: Family, on: date) -> None:
    family.stays.append(Stay(len(family.stays) + 1, on))


def write(ledger: Ledger, family: Family) -> None:
    """The rows of a family whose life is told."""
    ledger.put(Household, **_household(family))
    ledger.add(KkNumber, household_id=family.id, kk=family.kk, kk_index=blind_index("kk", family.kk), since=family.kk_since)
    for person in family.people:
        ledger.put(Member, **_member(family.id, person))
    for stay in family.stays:
        ledger.add(
            Episode, household_id=family.id, number=stay.number, started=stay.started, ended=stay.ended,
            exit_type=stay.exit_type,
        )  # fmt: skip
    for period, value in family.deciles.items():
        ledger.add(Decile, household_id=family.id, period=period, value=value)
    for stage, amount in family.payments.items():
        ledger.add(Payment, household_id=family.id, stage=stage, amount=amount, channel="Himbara")
    for programme, since in family.aids:
        ledger.add(Aid, household_id=family.id, programme=programme, since=since)
    for word in sorted({word[:40] for person in _present(family) for word in names.words(person.name)}):
        ledger.put(NameWord, word=word, household_id=family.id)


def _present(family: Family) -> list[Person]:
    return [person for person in family.people if person.left_on is None]


def _household(family: Family) -> dict[str, Any]:
    kept = (
        "id", "kelurahan", "phone", "kk_address", "membership", "presence", "registry_match", "registry_checked_on", "group",
        "joined_year", "note", "next_visit_on", "members_confirmed_on", "version", "created_at",
    )  # fmt: skip
    return {
        **{name: getattr(family, name) for name in kept},
        "kecamatan": family.kelurahan[:8], "address": family.home.street, "rt": family.home.rt, "rw": family.home.rw,
        "facilitator_id": family.facilitator, "updated_at": family.updated_at or family.created_at, **_summary(family),
    }  # fmt: skip


def _summary(family: Family) -> dict[str, Any]:
    """What `summaries.summarise` would write, from what is still in hand."""
    period = max(family.deciles, default=None)
    newest: Assessed | None = max(family.assessments, key=lambda one: (one.on, one.id), default=None)
    last: Seen | None = max(family.visits, key=lambda visit: (visit.on, visit.id), default=None)
    met = max((visit.on for visit in family.visits if visit.outcome is VisitOutcome.MET), default=None)
    began = family.stays[-1].started if family.stays else None
    return summaries.columns(
        _present(family),
        decile=(period, family.deciles[period]) if period else None,
        band=(newest.result.band, newest.on) if newest else None,
        met=met,
        routine=summaries.routine(family.membership, met, began, known=family.created_at, every=lambda _day: _MONTHS),
        promised=summaries.promised(
            family.membership, family.next_visit_on, last.retry_on if last else None, family.monitoring_on
        ),
    )


def _member(household: int, person: Person) -> dict[str, Any]:
    kept = (
        "id", "name", "sex", "birth_date", "relation", "is_caretaker", "school_level", "pregnant_until", "severe_disability",
        "nik", "occupation", "left_on", "left_because", "version",
    )  # fmt: skip
    index = blind_index("nik", person.nik) if person.nik else None
    return {"household_id": household, "nik_index": index, **{name: getattr(person, name) for name in kept}}
