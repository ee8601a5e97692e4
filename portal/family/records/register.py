"""The register of families: who belongs to one, under which numbers, and what aid it receives; how a case of
one is opened, and what its steps stated.

Everything goes through the gate. Nobody and nothing is deleted: people leave on a day, numbers and aid end on one.
"""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import select

from portal.family.records import reveals
from portal.family.records.models import Aid, Case, Household, KkNumber, Member
from portal.kernel import gate
from portal.kernel.base import session
from portal.kernel.history import Event
from portal.kernel.kinds import Stated
from portal.kernel.people import User
from portal.kernel.terms import Actor, LeavingReason, Refused, Relation, SchoolLevel, Sex
from portal.kernel.vault import blind_index
from portal.kernel.work import Work, shown

Opened = TypeVar("Opened", bound=Case)


def open_case(work: Work, case: Opened, household: Household, *, kind: str = "open", detail: object = None) -> Opened:
    """A new case of a family, put where its workflow begins."""
    case.household_id, case.state, case.facts = household.id, case.flow.first, {}
    case.state_since, case.opened_at, case.opened_by = work.now, work.now, work.actor.id
    work.add(case)
    work.log(f"{case.flow_name}.{kind}", case, household=household, to_state=case.state, detail=detail)
    return case


def stated(case: Case) -> list[Stated]:
    """Every step's facts in the order in which they were last taken; one statement."""
    taken = _last_taken(case)
    order = {step: at for at, step in enumerate(taken)}
    steps = sorted(case.facts.items(), key=lambda one: order.get(one[0], -1))
    return [_stated(step, dict(facts), taken.get(step, "–")) for step, facts in steps]


def _stated(step: str, facts: dict[str, Any], who: str) -> Stated:
    del facts["by"]
    return Stated(step, date.fromisoformat(facts.pop("on")), who, facts)


def _last_taken(case: Case) -> dict[str, str]:
    """Step -> who took it last, the earliest first. Facts keep the day only, and no order on PostgreSQL."""
    about = (Event.subject_type == case.__tablename__, Event.subject_id == case.id)
    rows = session.execute(
        select(Event.kind, User.name).join(User, User.id == Event.actor_id).where(*about).order_by(Event.seq)
    )
    found: dict[str, str] = {}
    for kind, who in rows:
        step = kind.partition(".")[2]
        found.pop(step, None)
        found[step] = who
    return found


UPDATE = "household.update"


@dataclass(frozen=True, kw_only=True)
class ToldMember:
    """A member as told; None is unknown."""

    name: str
    nik: str | None = None
    sex: Sex | None = None
    birth_date: date | None = None
    relation: Relation | None = None
    occupation: str | None = None
    school_level: SchoolLevel | None = None
    pregnant_until: date | None = None
    severe_disability: bool = False
    rights_victim: bool = False


def add_member(actor: Actor, household: Household, person: ToldMember, *, key: str) -> Member:
    """Raises Refused("nik_taken") when a present member of any family has this NIK, Refused("too_many_checks")."""

    def act(work: Work, family: Household) -> Member:
        member = work.add(Member(household_id=family.id, **asdict(person)))
        told = {name: [None, shown(name, value)] for name, value in asdict(person).items() if value}
        work.log("members.add", member, household=family, detail={"changes": told})
        return member

    with reveals.writing_nik(actor, person.nik, key=key):
        return gate.write(actor, UPDATE, household, key=key, payload=asdict(person), act=act, endpoint="members.add")


def record_leaving(actor: Actor, member: Member, on: date, because: LeavingReason, *, key: str) -> Member:
    """The member is outside the family from `on`; everything known about the person stays.

    Raises Refused: date_in_future, left_before_birth, already_left, last_member (an empty family is a matter of presence
    or membership, not of members).
    """

    def act(work: Work, fresh: Member) -> Member:
        _check_leaving(fresh, on, work.today)
        fresh.left_on, fresh.left_because, fresh.is_caretaker = on, because, False
        fresh.version += 1
        changes = {"left_on": [None, on], "left_because": [None, because]}
        work.log("members.leave", fresh, household=fresh.household, detail={"changes": changes})
        return fresh

    return gate.write(actor, UPDATE, member, key=key, payload=[on, because], act=act, endpoint="members.leave")


def _check_leaving(member: Member, on: date, today: date) -> None:
    if on > today:
        raise Refused("date_in_future", field="on")
    if member.birth_date and on < member.birth_date:
        raise Refused("left_before_birth", field="on")
    if member.left_on:
        raise Refused("already_left")
    session.refresh(member.household, ["members"])
    if member.household.present_members == [member]:
        raise Refused("last_member")


def choose_caretaker(actor: Actor, member: Member, *, key: str) -> Member:
    """This member is the named recipient, nobody else. Raises Refused("already_left")."""

    def act(work: Work, fresh: Member) -> Member:
        if fresh.left_on:
            raise Refused("already_left")
        session.refresh(fresh.household, ["members"])
        before = [other for other in fresh.household.members if other.is_caretaker]
        for other in before:
            other.is_caretaker = False
        fresh.is_caretaker = True
        changes = {"caretaker": [", ".join(other.name for other in before) or None, fresh.name]}
        work.log("members.choose_caretaker", fresh, household=fresh.household, detail={"changes": changes})
        return fresh

    return gate.write(actor, UPDATE, member, key=key, payload=None, act=act, endpoint="members.choose_caretaker")


def correct_nik(actor: Actor, member: Member, nik: str, reason: str, *, key: str) -> Member:
    """The person stays the same, with everything recorded; the event keeps a keyed digest of the number before.

    Raises Refused: nik_taken, number_unchanged, too_many_checks.
    """

    def act(work: Work, fresh: Member) -> Member:
        before = fresh.nik
        if before == nik:
            raise Refused("number_unchanged")
        fresh.nik = nik
        fresh.version += 1
        detail: dict[str, object] = {"version": fresh.version, "changes": {"nik": [shown("nik", before), shown("nik", nik)]}}
        if before:
            detail["former"] = blind_index("nik", before)
        work.log("members.correct_nik", fresh, household=fresh.household, reason=reason, detail=detail)
        return fresh

    with reveals.writing_nik(actor, nik, key=key):
        return gate.write(actor, UPDATE, member, key=key, payload=[nik, reason], act=act, endpoint="members.correct_nik")


def change_kk(actor: Actor, household: Household, kk: str, since: date | None, *, key: str) -> KkNumber:
    """A new KK number from a day on (None: unknown); the one before ends there and stays in the history.

    Raises Refused: number_unchanged, date_in_future, before_former (it would begin before the one it follows).
    """

    def act(work: Work, family: Household) -> KkNumber:
        session.refresh(family, ["numbers"])
        _check_kk(family.kk_number, kk, since, work.today)
        return follow_kk(work, family, kk, since)

    return gate.write(actor, UPDATE, household, key=key, payload=[kk, since], act=act, endpoint="kk_numbers.change")


def follow_kk(work: Work, family: Household, kk: str, since: date | None) -> KkNumber:
    """The number follows the one before as part of other work, and is told as an edit of the family."""
    former = family.kk_number
    if former:
        former.until = since or work.today
    number = work.add(KkNumber(household_id=family.id, kk=kk, since=since))
    family.version += 1
    changes = {"kk": [shown("kk", former.kk) if former else None, shown("kk", kk)], "since": [None, since]}
    work.log("kk_numbers.change", family, household=family, detail={"version": family.version, "changes": changes})
    return number


def _check_kk(former: KkNumber | None, kk: str, since: date | None, today: date) -> None:
    if former and former.kk == kk:
        raise Refused("number_unchanged")
    if since and since > today:
        raise Refused("date_in_future", field="since")
    if since and former and former.since and since < former.since:
        raise Refused("before_former", field="since")


def add_aid(actor: Actor, household: Household, programme: str, since: date | None, *, key: str) -> Aid:
    """Other aid that the family receives. Raises Refused("aid_already_known") while the same one runs."""

    def act(work: Work, family: Household) -> Aid:
        session.refresh(family, ["aids"])
        if any(aid.programme.casefold() == programme.casefold() and aid.until is None for aid in family.aids):
            raise Refused("aid_already_known")
        aid = work.add(Aid(household_id=family.id, programme=programme, since=since))
        changes = {"programme": [None, programme], "since": [None, since]}
        work.log("aids.add", aid, household=family, detail={"changes": changes})
        return aid

    return gate.write(actor, UPDATE, household, key=key, payload=[programme, since], act=act, endpoint="aids.add")


def end_aid(actor: Actor, household: Household, aid_id: int, until: date, *, key: str) -> Aid:
    """Raises gate.NotFound for aid of another family; Refused: date_in_future, aid_already_ended, ends_before_start."""

    def act(work: Work, family: Household) -> Aid:
        aid = session.get(Aid, aid_id, populate_existing=True)
        if aid is None or aid.household_id != family.id:
            raise gate.NotFound
        _check_end(aid, until, work.today)
        aid.until = until
        work.log("aids.end", aid, household=family, detail={"changes": {aid.programme: [aid.since, until]}})
        return aid

    return gate.write(actor, UPDATE, household, key=key, payload=[aid_id, until], act=act, endpoint="aids.end")


def _check_end(aid: Aid, until: date, today: date) -> None:
    if until > today:
        raise Refused("date_in_future", field="until")
    if aid.until:
        raise Refused("aid_already_ended")
    if aid.since and until < aid.since:
        raise Refused("ends_before_start", field="until")
