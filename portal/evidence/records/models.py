"""Photos and scans as rows: staged by one person until what they prove claims them."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.family.records.models import Household
from portal.kernel.base import Base, UtcDateTime
from portal.kernel.terms import EvidenceKind


class Evidence(Base):
    """A stored photo or scan. Staged until a visit or case claims it; unclaimed ones go after seven days."""

    __tablename__ = "evidence"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[EvidenceKind]
    sha256: Mapped[str] = mapped_column(String(64))
    media_type: Mapped[str] = mapped_column(String(40))
    size: Mapped[int]
    thumbnail: Mapped[bytes | None] = mapped_column(LargeBinary)
    household_id: Mapped[int | None] = mapped_column(ForeignKey("households.id"))
    subject_type: Mapped[str | None] = mapped_column(String(24))
    subject_id: Mapped[int | None]
    uploaded_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    uploaded_at: Mapped[datetime] = mapped_column(UtcDateTime)

    household: Mapped[Household | None] = relationship(viewonly=True)

    __table_args__ = (
        Index("ix_evidence_subject", "subject_type", "subject_id"),
        Index("ix_evidence_household", "household_id"),
        Index("ix_evidence_staged", "uploaded_by", "uploaded_at"),
    )
