"""One family as its page shows it, from top to bottom: where it lives, its people with their components, what the record
lacks, deciles, cases, what it got and gets; and what happened to it, newest first, a page at a time. Numbers are masked."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, literal, select, union_all
from sqlalchemy.orm import InstrumentedAttribute

from portal.assessment.records.visits import Visit
from portal.family.records.models import Aid, Decile, Episode, Household, KkNumber, Member, Payment
from portal.family.rules import components
from portal.family.rules.components import Entitlement, Uncounted
from portal.kernel import areas, gate, kinds, paging, policy, settings
from portal.kernel.base import session
from portal.kernel.history import Event
from portal.kernel.identity import mask
from portal.kernel.paging import KeysetPage
from portal.kernel.people import Area, User
from portal.kernel.terms import IN_PROGRAMME, Actor, Membership, Presence, RegistryMatch
from portal.membership.records.proposals import MembershipProposal

SIZE = 20
SPECIFIC = frozenset({"pregnant_until", "severe_disability", "rights_victim"})
"""Fields that tell of health (UU 27/2022: specific data)."""
OPEN_TO_ALL = ("households", "members", "kk_numbers", "aids", "membership_proposals")
"""Subjects that officers see, too, and cases that they may see; visits and assessments tell of income and health."""
Change = tuple[str, object, object]
"""A field with its old and new value as stored."""


@dataclass(frozen=True)
class HistoryEntry:
    """`who` is None for what the portal did by itself; `reason` is None for eyes it is not meant for. `changes` name areas."""

    event: Event
    who: str | None
    reason: str | None
    changes: tuple[Change, ...]


def page(actor: Actor, household_id: int, after: str | None = None) -> KeysetPage[HistoryEntry]:
    """The newest first. One statement, and one for names of areas where somebody moved. Raises paging.NoSuchPlace."""
    sees_all = policy.may(actor, "visit.view")
    statement = select(Event, User.name).outerjoin(User, User.id == Event.actor_id).where(Event.household_id == household_id)
    if not sees_all:
        seen = [case.__tablename__ for case in kinds.declared().cases if policy.may(actor, case.view_action)]
        statement = statement.where(Event.subject_type.in_((*OPEN_TO_ALL, *seen)))
    found = paging.page(statement, (Event.seq,), lambda event, who: (event, who), after=after, newest_first=True, size=SIZE)
    names = _area_names([event for event, _who in found.rows])
    entries = tuple(_entry(event, who, names, sees_all=sees_all) for event, who in found.rows)
    return KeysetPage(entries, found.following)


def _entry(event: Event, who: str | None, names: Mapping[object, str], *, sees_all: bool) -> HistoryEntry:
    hidden = frozenset() if sees_all else SPECIFIC
    changes = [change for change in _told(event) if change[0] not in hidden]
    reason = event.reason if sees_all or event.subject_type != "graduations" else None
    return HistoryEntry(event, who, reason, tuple(_named(change, names) for change in changes))


def _told(event: Event) -> list[Change]:
    told = (event.detail or {}).get("changes") or {}
    return [(name, *pair) for name, pair in told.items() if name != "kecamatan" and len(pair) == 2]


def _named(change: Change, names: Mapping[object, str]) -> Change:
    field, old, new = change
    return (field, names.get(old, old), names.get(new, new)) if field == "kelurahan" else change


def _area_names(events: list[Event]) -> dict[object, str]:
    moves = [change for event in events for change in _told(event) if change[0] == "kelurahan"]
    codes = [str(code) for _field, *codes in moves for code in codes if code]
    return {area.code: area.name for area in areas.named(codes)} if codes else {}


Column = ColumnElement[object] | InstrumentedAttribute[object]

PAYMENTS = 24

# --- where it lives ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Whereabouts:
    """Names that belong to the codes and ids of a family; `kk` is masked. `why_due`: agreed, retry, routine,
    monitoring or ""."""

    kelurahan: str
    kecamatan: str
    facilitator: str | None
    kk: str
    kk_since: date | None
    why_due: str


def whereabouts(household: Household) -> Whereabouts:
    """One statement."""
    kelurahan, kecamatan = Area.__table__.alias("kelurahan"), Area.__table__.alias("kecamatan")
    current = (KkNumber.household_id == household.id) & KkNumber.in_force()
    retry = exists().where(Visit.household_id == household.id, Visit.retry_on == household.due_on)
    columns = select(kelurahan.c.name, kecamatan.c.name, User.name, KkNumber.kk, KkNumber.since, retry)
    joined = columns.select_from(kelurahan).join(kecamatan, kecamatan.c.code == household.kecamatan)
    joined = joined.outerjoin(User, User.id == household.facilitator_id).outerjoin(KkNumber, current)
    row = session.execute(joined.where(kelurahan.c.code == household.kelurahan).order_by(KkNumber.id.desc()).limit(1)).one()
    kelurahan_name, kecamatan_name, facilitator, kk, since, is_retry = row
    return Whereabouts(kelurahan_name, kecamatan_name, facilitator, mask(kk), since, _why_due(household, is_retry=is_retry))


def _why_due(household: Household, *, is_retry: bool) -> str:
    """Which of the promises caseload/records `promised` names stands first, or that it is the routine visit."""
    if household.due_on is None or household.due_on == household.next_visit_on:
        return "agreed" if household.due_on else ""
    if household.membership not in IN_PROGRAMME:
        return "monitoring"
    return "retry" if is_retry else "routine"


# --- its people ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ShownMember:
    """`nik` is masked, "" when unknown. `held` are components with why they are not paid for: none for who has left, and
    for eyes they are not meant for."""

    member: Member
    nik: str
    age: int | None
    held: tuple[tuple[Entitlement, Uncounted | None], ...]


@dataclass(frozen=True)
class People:
    """`yearly` is rupiah a year if nothing changes, None for eyes it is not meant for."""

    present: tuple[ShownMember, ...]
    left: tuple[ShownMember, ...]
    yearly: int | None


def people(actor: Actor, household: Household, today: date) -> People:
    """Two statements. Components tell of health, so only those who may see visits get them (domain.md section 9)."""
    office = settings.in_force(today)
    amounts = components.amounts(office.number)
    members = session.scalars(select(Member).where(Member.household_id == household.id).order_by(Member.id)).all()
    sees, persons = policy.may(actor, "visit.view"), [member.as_person for member in members]
    held = components.entitlements(persons, today, elderly_age=office.number("elderly_age")) if sees else ()
    told = components.counted(held, amounts)
    shown = [_shown(member, [pair for pair in told if pair[0].person.key == member.id], today) for member in members]
    present = sorted((one for one in shown if not one.member.left_on), key=lambda one: not one.member.is_caretaker)
    left = tuple(one for one in shown if one.member.left_on)
    return People(tuple(present), left, components.yearly_payment(held, amounts) if sees else None)


def _shown(member: Member, held: list[tuple[Entitlement, Uncounted | None]], today: date) -> ShownMember:
    age = components.age_on(member.birth_date, today) if member.birth_date else None
    return ShownMember(member, mask(member.nik), age, tuple(held))


# --- what the record lacks -----------------------------------------------------------------------------------------


def gaps(household: Household, where: Whereabouts, family: People) -> tuple[str, ...]:
    """The fourth axis, derived: codes for texts."""
    present = [one.member for one in family.present]
    lacking = {
        "kk": not where.kk,
        "nik": any(not member.nik for member in present),
        "birth_date": any(member.birth_date is None for member in present),
        "relation": any(member.relation is None for member in present),
        "caretaker": not any(member.is_caretaker for member in present),
        "address": not household.address or household.rt is None or household.rw is None,
        "facilitator": household.facilitator_id is None,
        "joined_year": household.joined_year is None and household.membership is not Membership.CANDIDATE,
        "decile": household.decile is None,
        "registry": household.registry_match is not RegistryMatch.MATCHED,
        "presence": household.presence is not Presence.FOUND,
    }
    return tuple(name for name, is_lacking in lacking.items() if is_lacking)


def deciles(household_id: int) -> list[tuple[str, int]]:
    """(period, value), oldest first; one statement."""
    mine = select(Decile.period, Decile.value).where(Decile.household_id == household_id).order_by(Decile.period)
    return [(row.period, row.value) for row in session.execute(mine)]


# --- its cases -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class CaseLine:
    """`kind` is graduation, nomination, monitoring or proposal; `step` only of a proposal."""

    kind: str
    id: int
    state: str
    since: datetime
    step: str | None

    @property
    def is_open(self) -> bool:
        return self.state == "open" if self.kind == "proposal" else self.state in kinds.flow(self.kind).open_states


def cases(actor: Actor, household_id: int) -> list[CaseLine]:
    """Every case in sight, the newest first; one statement."""

    def lines(kind: str, model: type[Any], since: Column, step: Column) -> Select[Any]:
        mine = (model.household_id == household_id, gate.visible(actor, model.view_action, model))
        return select(literal(kind), model.id, model.state, since, step).where(*mine)

    found = [lines(case.flow_name, case, case.state_since, literal(None)) for case in kinds.declared().cases]
    proposed = lines("proposal", MembershipProposal, MembershipProposal.proposed_at, MembershipProposal.step)
    rows = session.execute(union_all(*found, proposed))
    return sorted((CaseLine(*row) for row in rows), key=lambda line: (line.since, line.id), reverse=True)


# --- what it got and gets ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class NumberLine:
    kk: str
    since: date | None
    until: date | None


@dataclass(frozen=True)
class Benefits:
    """Newest first. `is_more` when there are older payments."""

    payments: tuple[Payment, ...]
    is_more: bool
    aids: tuple[Aid, ...]
    episodes: tuple[Episode, ...]
    numbers: tuple[NumberLine, ...]


def benefits(household_id: int) -> Benefits:
    """Four statements."""
    paid = select(Payment).where(Payment.household_id == household_id).order_by(Payment.stage.desc()).limit(PAYMENTS + 1)
    payments = list(session.scalars(paid))
    aids = select(Aid).where(Aid.household_id == household_id).order_by(Aid.until.is_not(None), Aid.id)
    episodes = select(Episode).where(Episode.household_id == household_id).order_by(Episode.number.desc())
    numbers = select(KkNumber).where(KkNumber.household_id == household_id).order_by(KkNumber.id.desc())
    return Benefits(
        tuple(payments[:PAYMENTS]),
        len(payments) > PAYMENTS,
        tuple(session.scalars(aids)),
        tuple(session.scalars(episodes)),
        tuple(NumberLine(mask(number.kk), number.since, number.until) for number in session.scalars(numbers)),
    )
