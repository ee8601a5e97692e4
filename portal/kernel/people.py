"""Areas, users, their sessions and assignments."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.kernel import terms
from portal.kernel.base import Base, UtcDateTime, state_check
from portal.kernel.terms import Role


class Area(Base):
    """A Kemendagri code: `35.73` city, `35.73.01` kecamatan, `35.73.01.1001` kelurahan."""

    __tablename__ = "areas"

    code: Mapped[str] = mapped_column(String(13), primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    level: Mapped[str] = mapped_column(String(12))
    parent_code: Mapped[str | None] = mapped_column(ForeignKey("areas.code"))
    tile_row: Mapped[int | None]
    tile_col: Mapped[int | None]
    spellings: Mapped[list[str]] = mapped_column(default=list, server_default=text("'[]'"))
    """How else files name it."""
    version: Mapped[int] = mapped_column(default=1, server_default=text("1"))

    __table_args__ = (Index("ix_areas_parent", "parent_code", "name"),)


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    role: Mapped[Role]
    password_hash: Mapped[str] = mapped_column(String(200))
    must_change_password: Mapped[bool] = mapped_column(default=True)
    language: Mapped[str] = mapped_column(String(2), default="id")
    active: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    assignments: Mapped[list["Assignment"]] = relationship(
        back_populates="user", cascade="all, delete-orphan", order_by="Assignment.area_code"
    )

    __table_args__ = (state_check("role", Role),)

    @property
    def area_codes(self) -> tuple[str, ...]:
        return tuple(assignment.area_code for assignment in self.assignments)


class Assignment(Base):
    __tablename__ = "assignments"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    area_code: Mapped[str] = mapped_column(ForeignKey("areas.code"), primary_key=True)

    user: Mapped[User] = relationship(back_populates="assignments")

    __table_args__ = (Index("ix_assignments_area", "area_code", "user_id"),)


class LoginSession(Base):
    """A login on one device; `token_digest` is the HMAC of what the cookie carries."""

    __tablename__ = "sessions"

    token_digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (Index("ix_sessions_user", "user_id"),)


class LoginAttempt(Base):
    """A failed login; `subject` is a keyed digest of a user name or an address."""

    __tablename__ = "login_attempts"

    id: Mapped[int] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (Index("ix_login_attempts_subject", "subject", "at"),)


@dataclass(frozen=True)
class Account(terms.Actor):
    """Who is logged in: an Actor that Flask-Login can carry; detached, so ending a transaction never reloads it."""

    name: str = ""
    username: str = ""
    language: str = "id"
    must_change_password: bool = False
    token: str = field(default="", repr=False)
    is_authenticated = True
    is_active = True
    is_anonymous = False

    def get_id(self) -> str:
        return self.token


def account(user: User, areas: tuple[str, ...], token: str = "") -> Account:
    return Account(
        id=user.id,
        role=user.role,
        areas=areas,
        name=user.name,
        username=user.username,
        language=user.language,
        must_change_password=user.must_change_password,
        token=token,
    )
