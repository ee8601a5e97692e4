"""What all cases share: a family, a state, what each step stated, and a version."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from portal.family.records.models import Household
from portal.kernel import kinds
from portal.kernel.base import Json, UtcDateTime, state_check
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


def one_open(model: Any, flow: Flow) -> None:
    """The database keeps no second open case of this kind for a household."""
    is_open = model.state.in_(flow.open_states)
    name = f"uq_{model.__tablename__}_open"
    Index(name, model.household_id, unique=True, sqlite_where=is_open, postgresql_where=is_open)
