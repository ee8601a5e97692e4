"""One family as its page shows it: people with their components, numbers masked, cases, aid, what is missing."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, literal, select, union_all

from portal.assessment.records.models import Visit
from portal.family.records.models import Aid, Decile, Episode, Household, KkNumber, Member, Payment
from portal.family.rules import components
from portal.family.rules.components import Entitlement, Uncounted
from portal.graduation.records.models import Graduation
from portal.kernel import gate, kinds, policy, settings
from portal.kernel.base import Base, session
from portal.kernel.identity import mask
from portal.kernel.people import Area, User
from portal.kernel.terms import (
    IN_PROGRAMME,
    Actor,
    LeavingReason,
    Membership,
    Presence,
    RegistryMatch,
    Relation,
    SchoolLevel,
    Sex,
)
from portal.membership.records.models import MembershipProposal
from portal.monitoring.records import Monitoring
from portal.nomination.records.models import Nomination

PAYMENTS = 24


@dataclass(frozen=True)
class Place:
    """Names that belong to the codes and ids of a family; `kk` is masked. `why_due`: agreed, retry, routine,
    monitoring or ""."""

    kelurahan: str
    kecamatan: str
    facilitator: str | None
    kk: str
    kk_since: date | None
    why_due: str


@dataclass(frozen=True)
class Person:
    """A member; `nik` is masked, "" when unknown. `held` are components with why they are not paid for: none for who has
    left, and for eyes they are not meant for."""

    id: int
    version: int
    name: str
    nik: str
    relation: Relation | None
    sex: Sex | None
    birth_date: date | None
    age: int | None
    occupation: str | None
    school_level: SchoolLevel | None
    is_caretaker: bool
    left_on: date | None
    left_because: LeavingReason | None
    held: tuple[tuple[Entitlement, Uncounted | None], ...]


@dataclass(frozen=True)
class People:
    """`yearly` is rupiah a year if nothing changes, None for eyes it is not meant for."""

    present: tuple[Person, ...]
    left: tuple[Person, ...]
    yearly: int | None


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


def place(household: Household) -> Place:
    """One statement."""
    kelurahan, kecamatan = Area.__table__.alias("kelurahan"), Area.__table__.alias("kecamatan")
    current = (KkNumber.household_id == household.id) & KkNumber.in_force()
    retry = exists().where(Visit.household_id == household.id, Visit.retry_on == household.due_on)
    columns = select(kelurahan.c.name, kecamatan.c.name, User.name, KkNumber.kk, KkNumber.since, retry)
    joined = columns.select_from(kelurahan).join(kecamatan, kecamatan.c.code == household.kecamatan)
    joined = joined.outerjoin(User, User.id == household.facilitator_id).outerjoin(KkNumber, current)
    row = session.execute(joined.where(kelurahan.c.code == household.kelurahan).order_by(KkNumber.id.desc()).limit(1)).one()
    return Place(row[0], row[1], row[2], mask(row[3]), row[4], _why_due(household, is_retry=row[5]))


def _why_due(household: Household, *, is_retry: bool) -> str:
    """Which of the promises `summaries.promised` names stands first, or that it is the routine visit."""
    if household.due_on is None or household.due_on == household.next_visit_on:
        return "agreed" if household.due_on else ""
    if household.membership not in IN_PROGRAMME:
        return "monitoring"
    return "retry" if is_retry else "routine"


def people(actor: Actor, household: Household, today: date) -> People:
    """Two statements. Components tell of health, so only those who may see visits get them (domain.md section 9)."""
    office = settings.in_force(today)
    members = session.scalars(select(Member).where(Member.household_id == household.id).order_by(Member.id)).all()
    persons = {member.id: member.as_person for member in members}
    sees = policy.may(actor, "visit.view")
    held = components.entitlements(persons.values(), today, elderly_age=office.number("elderly_age")) if sees else ()
    told = components.counted(held, components.amounts(office.number))
    lines = [_person(member, [pair for pair in told if pair[0].person.key == member.id], today) for member in members]
    yearly = components.yearly_payment(held, components.amounts(office.number)) if sees else None
    present = sorted((line for line in lines if not line.left_on), key=lambda line: (not line.is_caretaker, line.id))
    return People(tuple(present), tuple(line for line in lines if line.left_on), yearly)


def _person(member: Member, held: list[tuple[Entitlement, Uncounted | None]], today: date) -> Person:
    age = components.age_on(member.birth_date, today) if member.birth_date else None
    return Person(
        member.id, member.version, member.name, mask(member.nik), member.relation, member.sex, member.birth_date, age,
        member.occupation, member.school_level, member.is_caretaker, member.left_on, member.left_because, tuple(held),
    )  # fmt: skip


def deciles(household_id: int) -> list[tuple[str, int]]:
    """(period, value), oldest first; one statement."""
    mine = select(Decile.period, Decile.value).where(Decile.household_id == household_id).order_by(Decile.period)
    return [(row.period, row.value) for row in session.execute(mine)]


def cases(actor: Actor, household_id: int) -> list[CaseLine]:
    """Every case in sight, the newest first; one statement."""
    kinds: list[Any] = [
        _cases(actor, "graduation", Graduation, household_id),
        _cases(actor, "nomination", Nomination, household_id),
        _cases(actor, "monitoring", Monitoring, household_id),
        select(
            literal("proposal"), MembershipProposal.id, MembershipProposal.state, MembershipProposal.proposed_at,
            MembershipProposal.step,
        ).where(MembershipProposal.household_id == household_id, _in_sight(actor, MembershipProposal)),
    ]  # fmt: skip
    rows = session.execute(union_all(*kinds))
    return sorted((CaseLine(*row) for row in rows), key=lambda line: (line.since, line.id), reverse=True)


def _cases(actor: Actor, kind: str, model: type[Graduation | Nomination | Monitoring], household_id: int) -> Any:
    columns = select(literal(kind), model.id, model.state, model.state_since, literal(None))
    return columns.where(model.household_id == household_id, _in_sight(actor, model))


def _in_sight(actor: Actor, model: type[Base]) -> ColumnElement[bool]:
    return gate.visible(actor, model.view_action, model)


@dataclass(frozen=True)
class NumberLine:
    kk: str
    since: date | None
    until: date | None


@dataclass(frozen=True)
class Benefits:
    """What a family got and gets: newest first. `is_more` when there are older payments."""

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


def gaps(household: Household, where: Place, family: People) -> tuple[str, ...]:
    """What the record lacks (the fourth axis, derived): codes for texts."""
    lacking = {
        "kk": not where.kk,
        "nik": any(not person.nik for person in family.present),
        "birth_date": any(person.birth_date is None for person in family.present),
        "relation": any(person.relation is None for person in family.present),
        "caretaker": not any(person.is_caretaker for person in family.present),
        "address": not household.address or household.rt is None or household.rw is None,
        "facilitator": household.facilitator_id is None,
        "joined_year": household.joined_year is None and household.membership is not Membership.CANDIDATE,
        "decile": household.decile is None,
        "registry": household.registry_match is not RegistryMatch.MATCHED,
        "presence": household.presence is not Presence.FOUND,
    }
    return tuple(name for name, is_lacking in lacking.items() if is_lacking)
