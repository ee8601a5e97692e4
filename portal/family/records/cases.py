"""What all cases share: a family, a state, what each step stated, and a version."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, select
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from portal.family.records.models import Household
from portal.kernel import kinds
from portal.kernel.base import Json, UtcDateTime, session, state_check
from portal.kernel.history import Event
from portal.kernel.kinds import Stated
from portal.kernel.people import User
from portal.kernel.workflow import Flow


class Case:
    """What all cases share. `facts` holds what each step stated, by step name; `state_since` is when it got here."""

    __tablename__: str
    flow_name: str

    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(String(20))
    state_since: Mapped[datetime] = mapped_column(UtcDateTime)
    facts: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    returned_from: Mapped[str | None] = mapped_column(String(20))
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)

    @declared_attr
    def household_id(cls) -> Mapped[int]:
        return mapped_column(ForeignKey("households.id"))

    @declared_attr
    def opened_by(cls) -> Mapped[int]:
        return mapped_column(ForeignKey("users.id"))

    @declared_attr
    def household(cls) -> Mapped[Household]:
        return relationship(Household, foreign_keys=[cls.household_id])  # type: ignore[list-item]  # a declared_attr is no column yet

    @declared_attr
    def opener(cls) -> Mapped[User]:
        return relationship(User, foreign_keys=[cls.opened_by], viewonly=True)  # type: ignore[list-item]  # as above

    @property
    def flow(self) -> Flow:
        return kinds.flow(self.flow_name)

    @property
    def is_open(self) -> bool:
        return self.state not in self.flow.ends


def guards(name: str, flow: Flow) -> tuple[CheckConstraint | Index, ...]:
    return (state_check("state", flow.states), Index(f"ix_{name}_queue", "state", "state_since", "id"))


def one_open(model: type[Case], flow: Flow) -> None:
    """The database keeps no second open case of this kind for a household."""
    is_open = model.state.in_(flow.open_states)
    name = f"uq_{model.__tablename__}_open"
    Index(name, model.household_id, unique=True, sqlite_where=is_open, postgresql_where=is_open)


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
