"""The register of families: who belongs to one, under which numbers, and what aid it receives.

Everything goes through the gate. Nobody and nothing is deleted: people leave on a day, numbers and aid end on one.
"""

from dataclasses import asdict, dataclass
from datetime import date

from portal.family.records import reveals
from portal.family.records.models import Aid, Household, KkNumber, Member
from portal.kernel import gate, history
from portal.kernel.base import session
from portal.kernel.terms import Actor, LeavingReason, Refused, Relation, SchoolLevel, Sex
from portal.kernel.vault import blind_index
from portal.kernel.work import Work, shown

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
        payload = history.jsonable(asdict(person))
        return gate.write(actor, UPDATE, household, key=key, payload=payload, act=act, endpoint="members.add")


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

    payload = history.jsonable([on, because])
    return gate.write(actor, UPDATE, member, key=key, payload=payload, act=act, endpoint="members.leave")


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

    payload = [nik, reason]
    with reveals.writing_nik(actor, nik, key=key):
        return gate.write(actor, UPDATE, member, key=key, payload=payload, act=act, endpoint="members.correct_nik")


def change_kk(actor: Actor, household: Household, kk: str, since: date | None, *, key: str) -> KkNumber:
    """A new KK number from a day on (None: unknown); the one before ends there and stays in the history.

    Raises Refused: number_unchanged, date_in_future, before_former (it would begin before the one it follows).
    """

    def act(work: Work, family: Household) -> KkNumber:
        session.refresh(family, ["numbers"])
        _check_kk(family.kk_number, kk, since, work.today)
        return follow_kk(work, family, kk, since)

    payload = history.jsonable([kk, since])
    return gate.write(actor, UPDATE, household, key=key, payload=payload, act=act, endpoint="kk_numbers.change")


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
        work.log(
            "aids.add", aid, household=family, detail={"changes": {"programme": [None, programme], "since": [None, since]}}
        )
        return aid

    payload = history.jsonable([programme, since])
    return gate.write(actor, UPDATE, household, key=key, payload=payload, act=act, endpoint="aids.add")


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

    payload = history.jsonable([aid_id, until])
    return gate.write(actor, UPDATE, household, key=key, payload=payload, act=act, endpoint="aids.end")


def _check_end(aid: Aid, until: date, today: date) -> None:
    if until > today:
        raise Refused("date_in_future", field="until")
    if aid.until:
        raise Refused("aid_already_ended")
    if aid.since and until < aid.since:
        raise Refused("ends_before_start", field="until")
