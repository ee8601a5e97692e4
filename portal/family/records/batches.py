"""Files that bring facts about families: one batch a file, and its rows. The intake fills them in."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.kernel.base import Base, Json, UtcDateTime, state_check
from portal.kernel.people import User


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
