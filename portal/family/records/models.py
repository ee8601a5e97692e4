"""Families: the household, its members, numbers, episodes, what files say about it (the intake fills those in), and what all
cases about one share."""

from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import InstrumentedAttribute, Mapped, declared_attr, mapped_column, relationship, synonym, validates
from sqlalchemy.types import TypeEngine

from portal.family.rules.components import Person
from portal.kernel import kinds
from portal.kernel.base import Base, Json, UtcDateTime, state_check
from portal.kernel.people import Area, User
from portal.kernel.terms import Band, ExitType, LeavingReason, Membership, Presence, RegistryMatch, Relation, SchoolLevel, Sex
from portal.kernel.vault import Sealed, blind_index
from portal.kernel.workflow import Flow


def folded(length: int) -> TypeEngine[str]:
    """A column of folded names, in the order of bytes everywhere: beginnings are ranges of its index."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")


class OfHousehold:
    """What is kept of a family, a row each."""

    id: Mapped[int] = mapped_column(primary_key=True)
    household_id: Mapped[int] = mapped_column(ForeignKey("households.id"))


def unique_while(condition: ColumnElement[bool], name: str, *columns: InstrumentedAttribute[Any]) -> Index:
    """No two rows for which the condition holds agree in these columns."""
    return Index(name, *columns, unique=True, sqlite_where=condition, postgresql_where=condition)


class Household(Base):
    """A family (KPM). The four axes stay apart: membership, presence, registry match, completeness (derived).

    The block "denormalised" is written only by `summarise` (caseload/records); dates there are facts, never "overdue".
    """

    __tablename__ = "households"
    view_action = "household.view"
    flow_name = "membership"

    id: Mapped[int] = mapped_column(primary_key=True)
    kelurahan: Mapped[str] = mapped_column(ForeignKey("areas.code"))
    kecamatan: Mapped[str] = mapped_column(ForeignKey("areas.code"))
    address: Mapped[str] = mapped_column(String(200), default="")
    rt: Mapped[int | None]
    rw: Mapped[int | None]
    kk_address: Mapped[str | None] = mapped_column(String(200))
    phone: Mapped[str | None] = mapped_column(Sealed("household.phone"))
    facilitator_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    membership: Mapped[Membership] = mapped_column(default=Membership.CANDIDATE)
    presence: Mapped[Presence] = mapped_column(default=Presence.FOUND)
    registry_match: Mapped[RegistryMatch] = mapped_column(default=RegistryMatch.UNCHECKED)
    registry_checked_on: Mapped[date | None]
    group: Mapped[str | None] = mapped_column("group_name", String(60))
    joined_year: Mapped[int | None]
    note: Mapped[str | None] = mapped_column(Text)
    next_visit_on: Mapped[date | None]
    members_confirmed_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)

    # denormalised
    caretaker_name: Mapped[str] = mapped_column(String(120), default="")
    sort_name: Mapped[str] = mapped_column(folded(120), default="")
    member_count: Mapped[int] = mapped_column(default=0)
    decile: Mapped[int | None]
    decile_period: Mapped[str | None] = mapped_column(String(7))
    band: Mapped[Band | None]
    assessed_on: Mapped[date | None]
    last_visit_on: Mapped[date | None]
    due_on: Mapped[date | None]

    state = synonym("membership")

    area: Mapped[Area] = relationship(foreign_keys=[kelurahan], viewonly=True)
    district: Mapped[Area] = relationship(foreign_keys=[kecamatan], viewonly=True)
    facilitator: Mapped[User | None] = relationship(foreign_keys=[facilitator_id], viewonly=True)
    members: Mapped[list["Member"]] = relationship(back_populates="household", order_by="Member.id")
    numbers: Mapped[list["KkNumber"]] = relationship(back_populates="household", order_by="KkNumber.id.desc()")
    episodes: Mapped[list["Episode"]] = relationship(back_populates="household", order_by="Episode.number")
    deciles: Mapped[list["Decile"]] = relationship(order_by="Decile.period.desc()", viewonly=True)
    payments: Mapped[list["Payment"]] = relationship(order_by="Payment.stage.desc()", viewonly=True)
    addresses: Mapped[list["Address"]] = relationship(order_by="Address.period.desc(), Address.id.desc()", viewonly=True)
    aids: Mapped[list["Aid"]] = relationship(order_by="Aid.id", viewonly=True)

    __table_args__ = (
        state_check("membership", Membership),
        state_check("presence", Presence),
        state_check("registry_match", RegistryMatch),
        state_check("band", Band),
        Index("ix_households_name", "sort_name", "id"),
        Index("ix_households_decile", "decile", "sort_name", "id"),
        Index("ix_households_band", "band", "sort_name", "id"),
        Index("ix_households_visit", "last_visit_on", "sort_name", "id"),
        Index("ix_households_due", "due_on", "sort_name", "id"),
        Index("ix_households_facilitator", "facilitator_id", "sort_name", "id"),
        Index("ix_households_kecamatan", "kecamatan", "sort_name", "id"),
        Index("ix_households_kelurahan", "kelurahan", "sort_name", "id"),
        # all that `quality` (board/lists/home) counts: no family itself is read
        Index(
            "ix_households_completeness",
            "kelurahan",
            "membership",
            "facilitator_id",
            "assessed_on",
            "last_visit_on",
            "registry_match",
            "presence",
            "decile",
        ),
    )

    @property
    def present_members(self) -> list["Member"]:
        return [member for member in self.members if member.left_on is None]

    @property
    def kk_number(self) -> "KkNumber | None":
        """The KK number in force."""
        return next((number for number in self.numbers if number.until is None), None)

    @property
    def kk(self) -> str | None:
        """The digits of the KK number in force, or None; never a key (domain.md section 4)."""
        return self.kk_number.kk if self.kk_number else None


class KkNumber(OfHousehold, Base):
    __tablename__ = "kk_numbers"
    view_action = "household.view"

    kk: Mapped[str] = mapped_column(Sealed("kk_number.kk"))
    kk_index: Mapped[str] = mapped_column(String(32))
    since: Mapped[date | None]
    until: Mapped[date | None]

    household: Mapped[Household] = relationship(back_populates="numbers")

    __table_args__ = (Index("ix_kk_numbers_index", "kk_index"), Index("ix_kk_numbers_household", "household_id"))

    @classmethod
    def in_force(cls) -> ColumnElement[bool]:
        return cls.until.is_(None)

    @validates("kk")
    def _index_kk(self, _key: str, value: str) -> str:
        self.kk_index = blind_index("kk", value)
        return value


class Member(OfHousehold, Base):
    """A person of a household; leaving is an event with date and reason, never a deletion. `nik` None is "unknown"."""

    __tablename__ = "members"
    view_action = "household.view"

    nik: Mapped[str | None] = mapped_column(Sealed("member.nik"))
    nik_index: Mapped[str | None] = mapped_column(String(32))
    name: Mapped[str] = mapped_column(String(120))
    sex: Mapped[Sex | None]
    birth_date: Mapped[date | None]
    relation: Mapped[Relation | None]
    is_caretaker: Mapped[bool] = mapped_column(default=False)
    occupation: Mapped[str | None] = mapped_column(String(80))
    school_level: Mapped[SchoolLevel | None]
    pregnant_until: Mapped[date | None]
    severe_disability: Mapped[bool] = mapped_column(default=False)
    rights_victim: Mapped[bool] = mapped_column(default=False)
    left_on: Mapped[date | None]
    left_because: Mapped[LeavingReason | None]
    version: Mapped[int] = mapped_column(default=1)

    household: Mapped[Household] = relationship(back_populates="members")

    __table_args__ = (
        state_check("sex", Sex),
        state_check("relation", Relation),
        state_check("school_level", SchoolLevel),
        state_check("left_because", LeavingReason),
        Index("ix_members_household", "household_id"),
        Index("ix_members_nik", "nik_index"),
    )

    @validates("nik")
    def _index_nik(self, _key: str, value: str | None) -> str | None:
        self.nik_index = blind_index("nik", value) if value else None
        return value

    @property
    def as_person(self) -> Person:
        """As the rules of components see a member."""
        return Person(
            birth_date=self.birth_date, sex=self.sex, school_level=self.school_level, pregnant_until=self.pregnant_until,
            severe_disability=self.severe_disability, rights_victim=self.rights_victim, left_on=self.left_on, key=self.id,
        )  # fmt: skip


unique_while(Member.left_on.is_(None), "uq_members_present_nik", Member.nik_index)


class NameWord(Base):
    """A folded word of a present member's name, for search: exact, by prefix, and by likeness among distinct words."""

    __tablename__ = "name_words"

    word: Mapped[str] = mapped_column(folded(40), primary_key=True)
    household_id: Mapped[int] = mapped_column(ForeignKey("households.id"), primary_key=True)

    __table_args__ = (Index("ix_name_words_household", "household_id", "word"),)


class Episode(OfHousehold, Base):
    """One stay in the programme; `started` None is "unknown". A further one is linked by its number."""

    __tablename__ = "episodes"

    number: Mapped[int]
    started: Mapped[date | None]
    ended: Mapped[date | None]
    exit_type: Mapped[ExitType | None]

    household: Mapped[Household] = relationship(back_populates="episodes")

    __table_args__ = (
        UniqueConstraint("household_id", "number"),
        state_check("exit_type", ExitType),
        Index("ix_episodes_exit", "exit_type", "ended"),
    )


class Decile(OfHousehold, Base):
    """A relative rank of one quarter; history is kept, never overwritten."""

    __tablename__ = "deciles"

    period: Mapped[str] = mapped_column(String(7))
    value: Mapped[int]
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("batches.id"))

    __table_args__ = (UniqueConstraint("household_id", "period"),)


class Payment(OfHousehold, Base):
    __tablename__ = "payments"

    stage: Mapped[str] = mapped_column(String(7))
    amount: Mapped[int]
    channel: Mapped[str | None] = mapped_column(String(20))
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("batches.id"))

    __table_args__ = (UniqueConstraint("household_id", "stage"),)


class Address(OfHousehold, Base):
    """Where a file says that the family lives, with the file's period; the domicile on Household is what people found."""

    __tablename__ = "addresses"

    period: Mapped[str] = mapped_column(String(7))
    kelurahan: Mapped[str] = mapped_column(ForeignKey("areas.code"))
    line: Mapped[str] = mapped_column(String(200), default="")
    rt: Mapped[int | None]
    rw: Mapped[int | None]
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("batches.id"))

    __table_args__ = (Index("ix_addresses_household", "household_id", "period"),)


class Aid(OfHousehold, Base):
    """Other aid, such as BPNT, PBI-JKN, PIP, KUR."""

    __tablename__ = "aids"

    programme: Mapped[str] = mapped_column(String(40))
    since: Mapped[date | None]
    until: Mapped[date | None]

    __table_args__ = (Index("ix_aids_household", "household_id"),)


class Batch(Base):
    """One uploaded file on its way in: reading → read → applying → applied | abandoned. While it is `reading` the file lies
    in the vault under `sha256`, and no row counts yet. `counts` are those of its rows, kept with every change of them."""

    __tablename__ = "batches"

    id: Mapped[int] = mapped_column(primary_key=True)
    layout: Mapped[str] = mapped_column(String(2))
    file_name: Mapped[str] = mapped_column(String(120))
    sha256: Mapped[str] = mapped_column(String(64))
    period: Mapped[str] = mapped_column(String(7), default="")
    state: Mapped[str] = mapped_column(String(12), default="reading")
    counts: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    uploaded_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    uploaded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    applied_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    uploader: Mapped[User] = relationship(viewonly=True)
    rows: Mapped[list["BatchRow"]] = relationship(back_populates="batch", order_by="BatchRow.id")

    __table_args__ = (
        state_check("state", ("reading", "read", "applying", "applied", "abandoned")),
        Index("ix_batches_uploader", "uploaded_by", "id"),
        Index("ix_batches_sha256", "sha256"),
    )


class BatchRow(Base):
    """One record of a file: `verdict` before applying, `outcome` after ("pending" until then); `payload` is the parsed
    record, sealed, and goes once it was used. `way` is how a row that needs a look can be used, or was decided to be."""

    __tablename__ = "batch_rows"

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("batches.id"))
    sheet: Mapped[str | None] = mapped_column(String(60))
    row: Mapped[int]
    verdict: Mapped[str] = mapped_column(String(8))
    way: Mapped[str | None] = mapped_column(String(8))
    outcome: Mapped[str | None] = mapped_column(String(12))
    label: Mapped[str] = mapped_column(String(120), default="")
    payload: Mapped[bytes | None] = mapped_column(LargeBinary)
    problems: Mapped[list[Any]] = mapped_column(Json, default=list)
    changes: Mapped[list[Any]] = mapped_column(Json, default=list)
    household_id: Mapped[int | None] = mapped_column(ForeignKey("households.id"))

    batch: Mapped[Batch] = relationship(back_populates="rows")

    __table_args__ = (
        state_check("verdict", ("ready", "look", "skipped")),
        Index("ix_batch_rows_verdict", "batch_id", "verdict", "id"),
        Index("ix_batch_rows_outcome", "batch_id", "outcome", "id"),
        Index("ix_batch_rows_household", "household_id"),
    )


class Case(OfHousehold):
    """What all cases share. `facts` holds what each step stated, by step name; `state_since` is when it got here.

    `opening_decisions` (kinds of events) open a case, or take it up, by deciding on another; `judged_since_opening`: it stands
    on nothing from before it."""

    __tablename__: str
    view_action: ClassVar[str]
    assigned_column: ClassVar[str | None]
    flow_name: str
    opening_decisions: ClassVar[frozenset[str]] = frozenset()
    judged_since_opening: ClassVar[bool] = False

    state: Mapped[str] = mapped_column(String(20))
    state_since: Mapped[datetime] = mapped_column(UtcDateTime)
    facts: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    returned_from: Mapped[str | None] = mapped_column(String(20))
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)
    opened_by: Mapped[int] = mapped_column(ForeignKey("users.id"))

    @declared_attr
    def household(cls) -> Mapped[Household]:
        return relationship(Household)

    @declared_attr
    def opener(cls) -> Mapped[User]:
        return relationship(User, foreign_keys=[cls.opened_by], viewonly=True)  # type: ignore[list-item]  # a column by then

    @property
    def flow(self) -> Flow:
        return kinds.flow(self.flow_name)

    @property
    def opened_by_decision(self) -> bool:
        """Whether opening it was the outcome of a decision, and no work on it."""
        return False

    @property
    def is_open(self) -> bool:
        return self.state not in self.flow.ends


def guards(name: str, flow: Flow) -> tuple[CheckConstraint | Index, ...]:
    return (state_check("state", flow.states), Index(f"ix_{name}_queue", "state", "state_since", "id"))


def one_open(model: type[Case], flow: Flow) -> None:
    """The database keeps no second open case of this kind for a household."""
    unique_while(model.state.in_(flow.open_states), f"uq_{model.__tablename__}_open", model.household_id)
