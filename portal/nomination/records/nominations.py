"""Nominations: families proposed as new beneficiaries. A draft makes a candidate household; a family known before comes
back as a further, linked episode."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import ForeignKey, Index, Text, func, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.evidence.records import claim
from portal.family.records import register, reveals
from portal.family.records.models import Case, Household, KkNumber, Member, guards, one_open
from portal.kernel import areas, clock, gate, identity, policy
from portal.kernel.base import Base, session
from portal.kernel.history import Event
from portal.kernel.people import User
from portal.kernel.terms import OUT_OF_PROGRAMME, Actor, EvidenceKind, Membership, Refused, Relation, Sex
from portal.kernel.vault import blind_index
from portal.kernel.work import Work
from portal.kernel.workflow import plain
from portal.nomination.rules import NOMINATION


class Nomination(Case, Base):
    """`facilitator_id` makes the field check; `monitoring_id` links a re-nomination to the relapse that opened it. Whoever
    followed a family until it fell back may check it in the field: only what comes after the opening is work on it."""

    __tablename__ = "nominations"
    view_action = "nomination.view"
    assigned_column: ClassVar[str | None] = "facilitator_id"
    flow_name = "nomination"
    opening_decisions = frozenset({"nomination.reopen", "nomination.link"})
    judged_since_opening = True

    stated_reason: Mapped[str] = mapped_column(Text, default="")
    facilitator_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    monitoring_id: Mapped[int | None] = mapped_column(ForeignKey("monitorings.id"))

    facilitator: Mapped[User | None] = relationship(foreign_keys=[facilitator_id], viewonly=True)

    __table_args__ = (
        *guards("nominations", NOMINATION),
        Index("ix_nominations_household", "household_id"),
        Index("ix_nominations_facilitator", "facilitator_id", "state"),
    )

    @property
    def opened_by_decision(self) -> bool:
        return self.monitoring_id is not None


one_open(Nomination, NOMINATION)


def begin(work: Work, household: Household, stated_reason: str, monitoring_id: int | None = None) -> Nomination:
    """A draft for a candidate household. With `monitoring_id` it was a relapse that opened it."""
    nomination = Nomination(stated_reason=stated_reason, monitoring_id=monitoring_id)
    return register.open_case(work, nomination, household, kind="reopen" if monitoring_id else "open")


def link(work: Work, household: Household, monitoring_id: int) -> None:
    """The newest nomination of a family that is back is the one after this relapse."""
    newest = select(Nomination).where(Nomination.household_id == household.id).order_by(Nomination.id.desc()).limit(1)
    nomination = session.scalars(newest.execution_options(populate_existing=True)).one()
    nomination.monitoring_id = monitoring_id
    work.log("nomination.link", nomination, household=household, detail={"monitoring": monitoring_id})


CHECKS_PER_HOUR = 60
EDITABLE = ("draft", "returned")
_DOMICILE = ("address", "rt", "rw", "kk_address", "phone")
PHOTOS = (EvidenceKind.IDENTITY_CARD, EvidenceKind.FAMILY_CARD, EvidenceKind.HOUSE_FRONT)


class Availability(StrEnum):
    """What an officer may learn of a NIK. `HERE` and `RETURNING` name a household of the own area; of others the
    portal says no more than `TAKEN`."""

    FREE = "free"
    IMPOSSIBLE = "impossible"
    TAKEN = "taken"
    HERE = "here"
    RETURNING = "returning"
    UNCHECKED = "unchecked"


@dataclass(frozen=True)
class NumberAnswer:
    """`errors` and `warnings` are codes of kernel/identity.py; the household is given only for the own area."""

    availability: Availability
    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    household_id: int | None = None


@dataclass(frozen=True)
class NewMember:
    name: str
    nik: str | None
    sex: Sex | None
    birth_date: date | None
    relation: Relation | None


@dataclass(frozen=True)
class NewFamily:
    """A family as an officer first states it; `caretaker` becomes the named recipient."""

    kelurahan: str
    address: str
    rt: int | None
    rw: int | None
    kk: str | None
    kk_address: str | None
    phone: str | None
    caretaker: NewMember
    stated_reason: str = ""


def check_number(actor: Actor, nik: str, *, kelurahan: str, key: str) -> NumberAnswer:
    """Is this NIK impossible, or already somebody's? Logged (without the number) and throttled; under one key, each number
    is one check however often it is asked for. Who has asked too often is told that, and nothing of the number.
    """
    found = identity.check_nik(nik, today=clock.today())
    if not found.valid:
        return NumberAnswer(Availability.IMPOSSIBLE, found.errors, found.warnings)
    if _has_asked_enough(actor):
        return NumberAnswer(Availability.UNCHECKED, ("too_many_checks",))
    answer = _whose(actor, nik, found.warnings)
    _log_check(actor, kelurahan, answer, key=f"{key}:nik:{blind_index('nik-check', nik)}")
    return answer


def draft(actor: Actor, family: NewFamily, *, key: str) -> Nomination:
    """Raises Refused("nik_taken") for a number that is somebody's, "not_to_be_nominated" when it is out of sight whose; a
    family that left comes back by `renominate`."""

    def act(work: Work, _row: None) -> Nomination:
        household = _candidate(work, family)
        _add_member(work, household, family.caretaker, is_caretaker=True)
        if family.kk:
            work.add(KkNumber(household_id=household.id, kk=family.kk, since=None))
        return begin(work, household, family.stated_reason)

    with _writing_nik(actor, family.caretaker.nik, key=key):
        return gate.write(
            actor, "nomination.prepare", policy.Place(kelurahan=family.kelurahan), key=key,
            payload=plain(family), act=act, endpoint="nomination.draft",
        )  # fmt: skip


def renominate(actor: Actor, household: Household, *, stated_reason: str, key: str) -> Nomination:
    """A further, linked nomination of a family that left or was dropped. Raises Refused("step_not_from_here")."""

    def act(work: Work, row: Household) -> Nomination:
        work.move(row, "renominate")
        return begin(work, row, stated_reason)

    return gate.write(
        actor, "nomination.prepare", household, key=key, payload=[stated_reason], act=act, endpoint="nomination.renominate"
    )


def add_member(actor: Actor, nomination: Nomination, member: NewMember, *, key: str) -> Nomination:
    def act(work: Work, row: Nomination) -> None:
        _add_member(work, row.household, member)

    with _writing_nik(actor, member.nik, key=key):
        return _edit(actor, nomination, "member", plain(member), act=act, key=key)


def remove_member(actor: Actor, nomination: Nomination, member_id: int, *, key: str) -> Nomination:
    """While the family is only a candidate a slip may go; once it was in the programme, members leave by an event."""

    def act(work: Work, row: Nomination) -> None:
        member = session.get(Member, member_id)
        if member is None or member.household_id != row.household_id or member.is_caretaker or row.household.episodes:
            raise Refused("member_stays")
        session.delete(member)

    return _edit(actor, nomination, "member_removed", [member_id], act=act, key=key)


def change_domicile(
    actor: Actor, nomination: Nomination, changes: dict[str, Any], *, key: str, seen: int | None = None
) -> Nomination:
    """`changes`: address, rt, rw, kk_address, phone, kk. The kelurahan stays: another one nominates anew. Raises gate.Stale
    when one of these was changed, here or on the family's page, after version `seen` of the household."""

    def act(work: Work, row: Nomination) -> None:
        household, kk = row.household, changes.get("kk")
        session.refresh(household, ["numbers"])
        _refuse_stale(household, seen, changes)
        work.amend(household, **{name: changes[name] for name in _DOMICILE if name in changes})
        if kk and kk != household.kk:
            register.follow_kk(work, household, kk, work.today)

    return _edit(actor, nomination, "domicile", changes, act=act, key=key)


def change_member(
    actor: Actor, nomination: Nomination, member_id: int, member: NewMember, *, key: str, seen: int | None = None
) -> Nomination:
    """Raises gate.Stale when something of this member was changed, here or on the family's page, after its version `seen`."""

    def act(work: Work, row: Nomination) -> None:
        known = session.get(Member, member_id)
        if known is None or known.household_id != row.household_id:
            raise gate.NotFound
        _refuse_stale(known, seen, vars(member))
        work.amend(known, **vars(member))

    with _writing_nik(actor, member.nik, key=key):
        return _edit(actor, nomination, "member_changed", [member_id, plain(member)], act=act, key=key)


def state_reason(actor: Actor, nomination: Nomination, reason: str, *, key: str, seen: int | None = None) -> Nomination:
    """Raises gate.Stale when somebody else wrote another reason after version `seen` of the nomination."""

    def act(work: Work, row: Nomination) -> None:
        if seen is not None:
            _refuse_other_reason(row, seen)
        row.stated_reason = reason

    return _edit(actor, nomination, "reason", [reason], act=act, key=key)


def attach(actor: Actor, nomination: Nomination, kind: EvidenceKind, ids: Iterable[int], *, key: str) -> Nomination:
    """Photos of KTP, KK and house front. Raises Refused("evidence_unknown")."""
    wanted = list(ids)

    def act(work: Work, row: Nomination) -> None:
        if kind not in PHOTOS:
            raise Refused("evidence_unknown")
        claim(work, wanted, kind, row, household=row.household)

    return _edit(actor, nomination, "photos", [kind, wanted], act=act, key=key)


@contextmanager
def _writing_nik(actor: Actor, nik: str | None, *, key: str) -> Iterator[None]:
    """As `reveals.writing_nik`. Of a family out of sight the portal says no more than that this person cannot be nominated:
    raises Refused("not_to_be_nominated")."""
    try:
        with reveals.writing_nik(actor, nik, key=key):
            yield
    except Refused as refusal:
        if refusal.code == "nik_taken" and nik and _whose(actor, nik, ()).availability is Availability.TAKEN:
            raise Refused("not_to_be_nominated") from refusal
        raise


def _edit(
    actor: Actor, nomination: Nomination, what: str, payload: object, *, act: Callable[[Work, Nomination], None], key: str
) -> Nomination:
    """Change a draft or returned file."""

    def edit(work: Work, row: Nomination) -> Nomination:
        if row.state not in EDITABLE:
            raise Refused("file_is_closed")
        act(work, row)
        row.version += 1
        session.flush()
        session.expire(row.household, ["members", "numbers"])
        work.log(f"nomination.edit_{what}", row, household=row.household, detail={"version": row.version})
        return row

    return gate.write(
        actor, "nomination.prepare", nomination, key=key, payload=payload, act=edit, endpoint=f"nomination.{what}"
    )


def _refuse_stale(row: Household | Member, seen: int | None, changes: dict[str, object]) -> None:
    if seen is not None:
        gate.refuse_stale(row, seen, changes)


def _refuse_other_reason(row: Nomination, seen: int) -> None:
    edits = (Event.subject_type == row.__tablename__, Event.subject_id == row.id, Event.kind == "nomination.edit_reason")
    told = [detail or {} for detail in session.scalars(select(Event.detail).where(*edits))]
    if any(detail.get("version", 0) > seen for detail in told):
        raise gate.Stale


def _candidate(work: Work, family: NewFamily) -> Household:
    told = {name: getattr(family, name) for name in ("kelurahan", *_DOMICILE)}
    dated = {"created_at": work.now, "updated_at": work.now}
    kecamatan = areas.kecamatan_of(family.kelurahan)
    return work.add(Household(kecamatan=kecamatan, membership=Membership.CANDIDATE, **told, **dated))


def _add_member(work: Work, household: Household, member: NewMember, *, is_caretaker: bool = False) -> Member:
    return work.add(Member(household_id=household.id, is_caretaker=is_caretaker, **vars(member)))


def _whose(actor: Actor, nik: str, warnings: tuple[str, ...]) -> NumberAnswer:
    present = (Member.nik_index == blind_index("nik", nik), Member.left_on.is_(None))
    household = session.scalars(select(Household).join(Member).where(*present)).first()
    if household is None:
        return NumberAnswer(Availability.FREE, warnings=warnings)
    if not gate.can(actor, "household.view", household):
        return NumberAnswer(Availability.TAKEN)
    availability = Availability.RETURNING if household.membership in OUT_OF_PROGRAMME else Availability.HERE
    return NumberAnswer(availability, warnings=warnings, household_id=household.id)


def _has_asked_enough(actor: Actor) -> bool:
    since = clock.now() - timedelta(hours=1)
    mine = (Event.actor_id == actor.id, Event.kind == "nomination.number_check", Event.at > since)
    return (session.scalar(select(func.count()).select_from(Event).where(*mine)) or 0) >= CHECKS_PER_HOUR


def _log_check(actor: Actor, kelurahan: str, answer: NumberAnswer, *, key: str) -> None:
    def act(work: Work, _row: None) -> User:
        user = session.get_one(User, actor.id)
        work.log("nomination.number_check", user, detail={"answer": answer.availability})
        return user

    place = policy.Place(kelurahan=kelurahan)
    gate.write(actor, "nomination.prepare", place, key=key, payload=[], act=act, endpoint="nomination.check")
