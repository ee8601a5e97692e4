"""Photos and scans: made safe, staged by one person, claimed by what they prove, seen by whoever may see that.

A picture is drawn anew, minutes are kept as PDF; the type is told by the content, never by the name or what the browser
says. A staged file belongs to its uploader alone; `claim` ties it to a visit or case, `sweep` takes what nobody claimed.
"""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Any, Protocol

from PIL import ExifTags, Image
from PIL.Image import Transpose
from sqlalchemy import ColumnElement, ForeignKey, Index, LargeBinary, Select, String, and_, exists, or_, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.family.records.models import Household
from portal.kernel import base, clock, gate, kinds, policy, vault
from portal.kernel.base import Base, UtcDateTime, session
from portal.kernel.kinds import Proved
from portal.kernel.policy import Place
from portal.kernel.terms import Actor, EvidenceKind, Refused, Rejected
from portal.kernel.work import Work

EDGE = 1280
"""Longest side of a kept picture, in pixels."""
THUMBNAIL_BYTES = 4096
PICTURE_BYTES = 12 * 1024 * 1024
PDF_BYTES = 5 * 1024 * 1024
FORMATS = ("JPEG", "PNG", "WEBP")
MOST_PIXELS = {"JPEG": 64_000_000, "MPO": 64_000_000, "PNG": 24_000_000, "WEBP": 12_000_000}
"""Phones take JPEG of up to 50 million, which are decoded small; the others are unpacked whole, 4 bytes a pixel, WebP twice.
MPO is a JPEG that carries a second picture (depth, brightness), as many phones write them: Pillow calls it so once it is
open."""
MOST_IN_PASSES = 24_000_000
"""A progressive JPEG comes in passes over the whole picture, which all of it has to wait for: 6 bytes a pixel."""
_drawing = Lock()
"""One picture at a time: drawing one takes up to 250 MB for a moment."""

_TURNS: dict[object, Transpose] = {
    2: Transpose.FLIP_LEFT_RIGHT, 3: Transpose.ROTATE_180, 4: Transpose.FLIP_TOP_BOTTOM, 5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270, 7: Transpose.TRANSVERSE, 8: Transpose.ROTATE_90,
}  # fmt: skip
"""What makes a picture upright, by its EXIF orientation."""
_THUMBNAIL_TRIES = ((160, 70), (160, 45), (128, 40), (96, 35), (64, 30))
_BOMB = (Image.DecompressionBombError, Image.DecompressionBombWarning)
_BROKEN = (OSError, SyntaxError, ValueError, EOFError)


@dataclass(frozen=True)
class Accepted:
    """What to keep: `type` is image/jpeg or application/pdf; a picture has a JPEG thumbnail of at most 4 KB."""

    type: str
    content: bytes
    thumbnail: bytes | None = None


def accept(content: bytes) -> Accepted:
    """JPEG, PNG and WebP become a JPEG of at most 1280 pixels without EXIF; a PDF stays as it is. Raises Rejected."""
    if not content:
        raise Rejected("empty")
    if content.startswith(b"%PDF-"):
        return _accept_pdf(content)
    if len(content) > PICTURE_BYTES:
        raise Rejected("too_large")
    with _drawing:
        picture = _redraw(content)
        return Accepted("image/jpeg", _jpeg(picture, 80), _thumbnail(picture))


def _accept_pdf(content: bytes) -> Accepted:
    if len(content) > PDF_BYTES:
        raise Rejected("too_large")
    if b"%%EOF" not in content[-2048:]:
        raise Rejected("damaged")
    return Accepted("application/pdf", content)


def _redraw(content: bytes) -> Image.Image:
    try:
        picture = Image.open(io.BytesIO(content), formats=FORMATS)
    except _BOMB as error:
        raise Rejected("too_many_pixels") from error
    except _BROKEN as error:
        raise Rejected("not_supported") from error
    most = MOST_IN_PASSES if picture.info.get("progressive") else MOST_PIXELS[picture.format or ""]
    if picture.width * picture.height > most:
        raise Rejected("too_many_pixels")
    try:
        picture.draft("RGB", (EDGE, EDGE))  # a JPEG is decoded at the size wanted: less memory, less time
        picture.thumbnail((EDGE, EDGE))
        drawn = _on_white(_upright(picture))
    except _BROKEN as error:
        raise Rejected("damaged") from error
    drawn.info.clear()  # comments, profiles and whatever else would be written along
    return drawn


def _upright(picture: Image.Image) -> Image.Image:
    """As it was seen. (Pillow's own way writes all other EXIF anew, and breaks on what phones write in there.)"""
    turn = _TURNS.get(picture.getexif().get(ExifTags.Base.Orientation))
    return picture if turn is None else picture.transpose(turn)


def _on_white(picture: Image.Image) -> Image.Image:
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    layer = picture.convert("RGBA")
    paper = Image.new("RGB", layer.size, "white")
    paper.paste(layer, mask=layer)
    return paper


def _jpeg(picture: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality, optimize=True)
    return out.getvalue()


def _thumbnail(picture: Image.Image) -> bytes:
    for edge, quality in _THUMBNAIL_TRIES:
        small = picture.copy()
        small.thumbnail((edge, edge))
        thumbnail = _jpeg(small, quality)
        if len(thumbnail) <= THUMBNAIL_BYTES:
            break
    return thumbnail


# --- staged, claimed, seen -------------------------------------------------------------------------------------------

UNCLAIMED_DAYS = 7
PICTURES_ONLY = frozenset({EvidenceKind.VISIT_PHOTO, EvidenceKind.FIELD_CHECK_PHOTO, EvidenceKind.HOUSE_FRONT})
SPECIFIC = frozenset({EvidenceKind.INCOME_PROOF, EvidenceKind.FIELD_REPORT, EvidenceKind.EXIT_PROOF})
"""Specific personal data (UU 27/2022: income, illness, death): only for those who may see the family's visits."""
NUMBERED = frozenset({EvidenceKind.IDENTITY_CARD, EvidenceKind.FAMILY_CARD, EvidenceKind.SIGNED_STATEMENT})
"""A full NIK or KK number can be read in the picture: not for those who may reveal none."""


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


class Provable(Protocol):
    """A visit or a case, as files prove it."""

    __tablename__: str

    @property
    def id(self) -> int: ...


@dataclass(frozen=True)
class StoredFile:
    """As pages show it."""

    id: int
    kind: EvidenceKind
    media_type: str
    at: datetime


_SHOWN: tuple[Any, ...] = (Evidence.id, Evidence.kind, Evidence.media_type, Evidence.uploaded_at)


def visible(actor: Actor) -> ColumnElement[bool]:
    """Files this person may open: the own staged ones, and those of visits and cases in sight. Unknown subjects: nobody."""
    staged = and_(Evidence.subject_id.is_(None), Evidence.uploaded_by == actor.id)
    proofs = [
        and_(Evidence.subject_type == subject.model.__tablename__, Evidence.subject_id.in_(_in_sight(actor, subject)))
        for subject in kinds.declared().proved
    ]
    family = select(Household.id).where(gate.visible(actor, "visit.view", Household))
    plain = or_(Evidence.kind.not_in(SPECIFIC), Evidence.household_id.in_(family))
    return or_(staged, and_(or_(*proofs), plain, Evidence.kind.not_in(_unreadable(actor))))


def _unreadable(actor: Actor) -> frozenset[EvidenceKind]:
    return frozenset() if policy.may(actor, "household.reveal") else NUMBERED


def _in_sight(actor: Actor, subject: Proved) -> Select[int]:
    if not subject.through:
        return select(subject.model.id).where(gate.visible(actor, subject.model.view_action, subject.model))
    link = getattr(subject.model, subject.through).property
    column, parent = next(iter(link.local_columns)), link.mapper.class_
    return select(subject.model.id).where(column.in_(select(parent.id).where(gate.visible(actor, parent.view_action, parent))))


def find(actor: Actor, evidence_id: int) -> Evidence:
    """Raises gate.NotFound when there is no such file, or none for this person."""
    row = session.scalars(select(Evidence).where(Evidence.id == evidence_id, visible(actor))).one_or_none()
    if row is None:
        raise gate.NotFound
    return row


def of_subject(actor: Actor, subject: Provable, household: Household) -> list[StoredFile]:
    """Files of one visit or case, and of its family, that this person may open, oldest first; ask only for a subject that
    was found through the gate."""
    return of_subjects(actor, [subject], household)[0]


def of_subjects(actor: Actor, subjects: Sequence[Provable], household: Household) -> list[list[StoredFile]]:
    """The same for several of one kind, at least one, in their order; one statement."""
    mine = (Evidence.subject_type == subjects[0].__tablename__, Evidence.subject_id.in_([one.id for one in subjects]))
    theirs = select(Evidence.subject_id, *_SHOWN).where(*mine, Evidence.kind.not_in(_hidden(actor, household)))
    found: dict[int, list[StoredFile]] = {one.id: [] for one in subjects}
    for subject_id, *item in session.execute(theirs.order_by(Evidence.id)):
        found[subject_id].append(StoredFile(*item))
    return list(found.values())


def _hidden(actor: Actor, household: Household) -> set[EvidenceKind]:
    """As `visible`, for one family."""
    specific = SPECIFIC if not gate.can(actor, "visit.view", household) else frozenset()
    return {*specific, *_unreadable(actor)}


def of_household(actor: Actor, household_id: int, most: int = 50) -> list[StoredFile]:
    """The newest files about a family that this person may open."""
    mine = (Evidence.household_id == household_id, visible(actor))
    newest = select(Evidence.id).where(*mine).order_by(Evidence.id.desc()).limit(most)
    rows = session.execute(select(*_SHOWN).where(Evidence.id.in_(newest)).order_by(Evidence.id))
    return [StoredFile(*row) for row in rows]


# --- staging -------------------------------------------------------------------------------------------------------


def stage(actor: Actor, kind: EvidenceKind, sent: bytes, *, key: str) -> Evidence:
    """Keep an upload, re-encoded, until something claims it; the same file sent again is the same row.

    Raises Rejected, gate.Forbidden and gate.KeyReused. Pictures are drawn before the lock is taken.
    """
    return keep(actor, kind, accept(sent), key=key)


def keep(actor: Actor, kind: EvidenceKind, accepted: Accepted, *, key: str) -> Evidence:
    """As `stage`, for what was accepted before."""
    if kind in PICTURES_ONLY and accepted.thumbnail is None:
        raise Rejected("not_supported")
    sha256 = vault.put(accepted.content)

    def act(work: Work, _place: object) -> Evidence:
        return _same_staged(actor, kind, sha256) or work.add(
            Evidence(
                kind=kind, sha256=sha256, media_type=accepted.type, size=len(accepted.content),
                thumbnail=accepted.thumbnail, uploaded_by=actor.id, uploaded_at=work.now,
            )
        )  # fmt: skip

    return gate.write(actor, "evidence.stage", Place(), key=key, payload=[kind, sha256], act=act)


def _same_staged(actor: Actor, kind: EvidenceKind, sha256: str) -> Evidence | None:
    own = (Evidence.uploaded_by == actor.id, Evidence.subject_id.is_(None))
    return session.scalars(select(Evidence).where(*own, Evidence.kind == kind, Evidence.sha256 == sha256).limit(1)).first()


def sweep() -> int:
    """Delete what was staged and not claimed for seven days, files included; how many rows went. Commits."""
    base.begin_write()
    before = clock.now() - timedelta(days=UNCLAIMED_DAYS)
    left = (Evidence.subject_id.is_(None), Evidence.uploaded_at < before)
    rows = list(session.scalars(select(Evidence).where(*left).with_for_update(skip_locked=True)))  # not what is being claimed
    hashes = [row.sha256 for row in rows]
    for row in rows:
        session.delete(row)
    session.commit()
    _forget(hashes)
    return len(rows)


def _forget(hashes: Iterable[str]) -> None:
    """Delete files that no row names any more: the same photo may prove two things."""
    for sha256 in set(hashes):
        if not session.scalar(select(exists().where(Evidence.sha256 == sha256))):
            vault.delete(sha256)


# --- claiming ------------------------------------------------------------------------------------------------------


def claim(work: Work, ids: Iterable[int], kind: EvidenceKind, subject: Provable, *, household: Household) -> list[Evidence]:
    """Tie staged files to what they prove. Raises Refused("evidence_unknown") unless each is the actor's own."""
    wanted = list(dict.fromkeys(ids))
    held = select(Evidence).where(Evidence.id.in_(wanted)).order_by(Evidence.id).with_for_update()
    rows = list(session.scalars(held.execution_options(populate_existing=True)))
    if len(rows) != len(wanted) or not all(_is_free(work.actor, row, kind, subject) for row in rows):
        raise Refused("evidence_unknown")
    for row in rows:
        row.household_id, row.subject_type, row.subject_id = household.id, subject.__tablename__, subject.id
    return rows


def _is_free(actor: Actor, row: Evidence, kind: EvidenceKind, subject: Provable) -> bool:
    ours = (row.subject_type, row.subject_id) == (subject.__tablename__, subject.id)
    staged = row.subject_id is None and row.uploaded_by == actor.id
    return row.kind == kind and (staged or ours)
