"""The fixed cast: who works in Malang in every test, and how a family comes to be.

Sari (facilitator, Jatimulyo) has Misnati (active) and Suliyah (suspended); Joko (facilitator, Polehan) has Ponijan.
Wati is the officer of Jatimulyo, Rini of Polehan. Budi and Dewi supervise the city, Ratna only Lowokwaru.
Nobody is assigned to Noise, a family in Gadang. All people are made up: their numbers begin with 357399.
"""

import itertools
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from portal.caseload.records import summarise
from portal.family.records.models import Decile, Episode, Household, KkNumber, Member
from portal.kernel import areas, history
from portal.kernel.base import session
from portal.kernel.people import Account, Area, Assignment, User, account
from portal.kernel.terms import Membership, Relation, Role, SchoolLevel, Sex
from portal.office.records import accounts

PASSWORD = "naik-kelas-2026"
BEGINNING = datetime(2026, 1, 5, 2, 0, tzinfo=UTC)
JATIMULYO, POLEHAN, GADANG = "35.73.05.1007", "35.73.01.1010", "35.73.04.1002"

PEOPLE = {
    "sari": ("Sari Wulandari", Role.FACILITATOR, (JATIMULYO,)),
    "joko": ("Joko Prasetyo", Role.FACILITATOR, (POLEHAN,)),
    "wati": ("Wati Handayani", Role.KELURAHAN_OFFICER, (JATIMULYO,)),
    "rini": ("Rini Astuti", Role.KELURAHAN_OFFICER, (POLEHAN,)),
    "budi": ("Budi Santoso", Role.SUPERVISOR, ("35.73",)),
    "dewi": ("Dewi Kartika", Role.SUPERVISOR, ("35.73",)),
    "ratna": ("Ratna Sari", Role.SUPERVISOR, ("35.73.05",)),
    "admin": ("Agus Administrator", Role.ADMINISTRATOR, ()),
    "kepala": ("Kepala Dinas", Role.VIEWER, ("35.73",)),
}

_serials = itertools.count(1)


def nik(born: date, sex: Sex) -> str:
    """A well-formed NIK that nobody has: district 99 of Malang."""
    day = born.day + (40 if sex is Sex.FEMALE else 0)
    return f"357399{day:02d}{born:%m%y}{next(_serials) % 9999 + 1:04d}"


def kk(issued: date = date(2015, 6, 17)) -> str:
    return f"357399{issued:%d%m%y}{next(_serials) % 9999 + 1:04d}"


def build() -> None:
    """Areas, people and families in a blank database; commits."""
    areas.load_city("35.73")
    history.begin_chain()
    secret = accounts.hashed(PASSWORD)
    for username, (name, role, codes) in PEOPLE.items():
        user = User(
            username=username,
            name=name,
            role=role,
            password_hash=secret,
            must_change_password=False,
            created_at=BEGINNING,
        )
        user.assignments = [Assignment(area_code=code) for code in codes]
        session.add(user)
    session.flush()
    family("Misnati", facilitator="sari", kelurahan=JATIMULYO)
    family("Suliyah", facilitator="sari", kelurahan=JATIMULYO, membership=Membership.SUSPENDED, decile=6)
    family("Ponijan", facilitator="joko", kelurahan=POLEHAN, sex=Sex.MALE)
    family("Noise", facilitator=None, kelurahan=GADANG)
    session.commit()


def family(
    caretaker: str, *, facilitator: str | None = "sari", kelurahan: str = JATIMULYO, sex: Sex = Sex.FEMALE,
    membership: Membership = Membership.ACTIVE, decile: int | None = 2, **fields: Any,
) -> Household:  # fmt: skip
    """A caretaker with one child in primary school; flushed and summarised, not committed."""
    household = Household(
        kelurahan=kelurahan, kecamatan=kelurahan[:8], facilitator_id=_id(facilitator), membership=membership,
        created_at=BEGINNING, updated_at=BEGINNING, **{"address": "Jl. Sudimoro No. 7", "rt": 3, "rw": 4, **fields},
    )  # fmt: skip
    session.add(household)
    session.flush()
    _give_members(household, caretaker, sex)
    session.add(KkNumber(household_id=household.id, kk=kk()))
    if membership is not Membership.CANDIDATE:
        session.add(Episode(household_id=household.id, number=1))
    if decile is not None:
        session.add(Decile(household_id=household.id, period="2026-Q4", value=decile))
    summarise(household, BEGINNING)
    return household


def _give_members(household: Household, caretaker: str, sex: Sex) -> None:
    born, child_born = date(1984, 3, 12), date(2016, 5, 9)
    session.add_all(
        [
            Member(household_id=household.id, nik=nik(born, sex), name=caretaker, sex=sex, birth_date=born,
                   relation=Relation.HEAD, is_caretaker=True),
            Member(household_id=household.id, nik=nik(child_born, Sex.MALE), name=f"Anak {caretaker}", sex=Sex.MALE,
                   birth_date=child_born, relation=Relation.CHILD, school_level=SchoolLevel.PRIMARY),
        ]
    )  # fmt: skip


def actor(username: str) -> Account:
    user = session.query(User).filter_by(username=username).one()
    return account(user, user.area_codes)


def household(caretaker: str) -> Household:
    return session.query(Household).filter_by(caretaker_name=caretaker).one()


def everyone() -> SimpleNamespace:
    users = session.scalars(select(User).where(User.username.in_(PEOPLE)).options(selectinload(User.assignments)))
    return SimpleNamespace(**{user.username: account(user, user.area_codes) for user in users})


def area(code: str) -> Area:
    return session.get(Area, code)


def _id(username: str | None) -> int | None:
    return session.query(User).filter_by(username=username).one().id if username else None
