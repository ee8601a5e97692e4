"""The access log: who looked at a full number or looked somebody up by one, and for what. Masked is the rule elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from sqlalchemy import func, select

from portal.family.records.models import Household, KkNumber, Member
from portal.kernel import clock, gate
from portal.kernel.base import session
from portal.kernel.history import Event
from portal.kernel.people import User
from portal.kernel.policy import Place
from portal.kernel.terms import Actor, Refused
from portal.kernel.vault import blind_index
from portal.kernel.work import Work

REVEALED, LOOKED_UP, TAKEN = "numbers.reveal", "numbers.look_up", "numbers.taken"
MISSES = 20
WITHIN = timedelta(minutes=10)
"""After so many numbers that led nowhere in so long, whoever is trying waits."""
LATEST = 200
TAKEN_PER_HOUR = 20


class Purpose(StrEnum):
    """Why somebody needs a full number (UU 27/2022: every look at it is logged with its purpose)."""

    VERIFICATION = "verification"
    SIKS_ENTRY = "siks_entry"
    CONTACT = "contact"
    LETTER = "letter"
    REQUEST = "request"


class NumberKind(StrEnum):
    NIK = "nik"
    KK = "kk"
    PHONE = "phone"


@dataclass(frozen=True)
class Number:
    """Which number: `member` is the id of whose NIK it is."""

    kind: NumberKind
    member: int | None = None


def reveal(actor: Actor, household: Household, number: Number, purpose: Purpose, *, key: str) -> str | None:
    """The full number, None when there is none, and an event that says who looked, and why.

    Under one key each number is shown once for each purpose: raises Refused("already_revealed"). gate.NotFound for a member
    of another family.
    """
    found: list[str | None] = []

    def act(work: Work, family: Household) -> Household | Member:
        subject = _holder(family, number)
        found.append(getattr(subject, number.kind))
        event = work.log(REVEALED, subject, detail={"number": number.kind, "purpose": purpose})
        event.household_id = family.id  # in the family's history; but looking changes nothing that would be summarised
        return subject

    asked = [number.kind, number.member, purpose]
    key = ":".join([key, *map(str, asked)])  # the form that asked may stay on screen, and ask for another number
    gate.write(actor, "household.reveal", household, key=key, payload=asked, act=act)
    if not found:
        raise Refused("already_revealed")
    return found[0]


def _holder(family: Household, number: Number) -> Household | Member:
    if number.kind is not NumberKind.NIK:
        return family
    member = session.get(Member, number.member) if number.member else None
    if member is None or member.household_id != family.id:
        raise gate.NotFound
    return member


def look_up(actor: Actor, number: str, *, key: str) -> list[int]:
    """Ids of the families within sight that a NIK or KK number leads to, those who have it now before those who had it.

    Out of sight is as unknown. Under one key, each number is one search, logged once. Raises Refused("too_many_lookups")
    after too many that led nowhere.
    """
    nik, kk = blind_index("nik", number), blind_index("kk", number)

    def act(work: Work) -> User:
        _refuse_guessing(work)
        user = session.get_one(User, actor.id)
        ids = _families(actor, nik, kk)
        event = work.log(LOOKED_UP, user, detail={"number": nik, "found": len(ids)})
        event.household_id = ids[0] if ids else None
        return user

    gate.write_chunk(actor, "household.find_by_number", key=f"{key}:{nik}", payload=nik, act=act)
    return _families(actor, nik, kk)


@contextmanager
def writing_nik(actor: Actor, nik: str | None, *, key: str) -> Iterator[None]:
    """Around a write that gives somebody this NIK. That another family has it says who receives aid: it is logged, and after
    so many in an hour whoever is trying waits. Raises Refused("too_many_checks")."""
    if nik and _taken_lately(actor) >= TAKEN_PER_HOUR:
        raise Refused("too_many_checks")
    try:
        yield
    except Refused as refusal:
        if nik and refusal.code == "nik_taken":
            _note_taken(actor, blind_index("nik", nik), key)
        raise


def _taken_lately(actor: Actor) -> int:
    mine = (Event.actor_id == actor.id, Event.kind == TAKEN, Event.at > clock.now() - timedelta(hours=1))
    return session.scalar(select(func.count()).select_from(Event).where(*mine)) or 0


def _note_taken(actor: Actor, number: str, key: str) -> None:
    def act(work: Work, _row: None) -> User:
        user = session.get_one(User, actor.id)
        work.log(TAKEN, user, detail={"number": number})
        return user

    gate.write(actor, "account.own", Place(), key=f"{key}:taken:{number}", payload=[], act=act)


def _families(actor: Actor, nik: str, kk: str) -> list[int]:
    in_sight = gate.visible(actor, "household.find_by_number", Household)
    people = select(Household.id, Member.left_on).join(Member, Member.household_id == Household.id)
    cards = select(Household.id, KkNumber.until).join(KkNumber, KkNumber.household_id == Household.id)
    rows = [*session.execute(people.where(Member.nik_index == nik, in_sight).order_by(Member.id.desc())),
            *session.execute(cards.where(KkNumber.kk_index == kk, in_sight).order_by(KkNumber.id.desc()))]  # fmt: skip
    now = [household_id for household_id, ended in rows if ended is None]
    return list(dict.fromkeys([*now, *(household_id for household_id, _ in rows)]))


def _refuse_guessing(work: Work) -> None:
    mine = select(Event.kind, Event.at, Event.household_id).where(Event.actor_id == work.actor.id)
    latest = mine.order_by(Event.seq.desc()).limit(LATEST).subquery()
    missed = (latest.c.kind == LOOKED_UP, latest.c.household_id.is_(None), latest.c.at > work.now - WITHIN)
    if (session.scalar(select(func.count()).select_from(latest).where(*missed)) or 0) >= MISSES:
        raise Refused("too_many_lookups")
