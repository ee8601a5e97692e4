"""A handful of drawn pictures, accepted once and shared by hash: what photos and scans of the demo show."""

import io
from collections.abc import Mapping, Sequence
from functools import cache

from PIL import Image, ImageDraw

from portal.evidence.records import uploads
from portal.evidence.records.uploads import Accepted
from portal.kernel.terms import EvidenceKind

_WALLS = ("#cdb89a", "#b9c6a9", "#d9c7c0", "#a9bccb")
_PAPERS = {
    EvidenceKind.SIGNED_STATEMENT: "SURAT PERNYATAAN", EvidenceKind.MINUTES: "BERITA ACARA",
    EvidenceKind.ATTENDANCE_LIST: "DAFTAR HADIR", EvidenceKind.SIGNED_MINUTES: "BERITA ACARA (LURAH)",
    EvidenceKind.INCOME_PROOF: "CATATAN USAHA", EvidenceKind.FIELD_REPORT: "LAPORAN CEK LAPANGAN",
    EvidenceKind.EXIT_PROOF: "SURAT KETERANGAN", EvidenceKind.IDENTITY_CARD: "KTP (CONTOH)",
    EvidenceKind.FAMILY_CARD: "KARTU KELUARGA (CONTOH)",
}  # fmt: skip


@cache
def drawn() -> Mapping[EvidenceKind, Sequence[Accepted]]:
    """As an upload is accepted; drawn once a process."""
    houses, rooms = [_accepted(_house(wall)) for wall in _WALLS], [_accepted(_room(wall)) for wall in _WALLS]
    return {
        EvidenceKind.VISIT_PHOTO: rooms + houses[:2], EvidenceKind.HOUSE_FRONT: houses,
        EvidenceKind.FIELD_CHECK_PHOTO: houses[2:] + rooms[:1],
        **{kind: [_accepted(_paper(title))] for kind, title in _PAPERS.items()},
    }  # fmt: skip


def _accepted(picture: Image.Image) -> Accepted:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=80)
    return uploads.accept(out.getvalue())


def _house(wall: str) -> Image.Image:
    picture = Image.new("RGB", (640, 480), "#bcd7ea")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 380, 640, 480), fill="#8d8471")
    draw.rectangle((120, 190, 520, 390), fill=wall)
    draw.polygon(((90, 195), (320, 80), (550, 195)), fill="#a4502f")
    draw.rectangle((285, 260, 355, 390), fill="#5b3b22")
    for left in (165, 405):
        draw.rectangle((left, 240, left + 70, 310), fill="#e8f0f4", outline="#5b3b22", width=5)
    return picture


def _room(wall: str) -> Image.Image:
    picture = Image.new("RGB", (640, 480), wall)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 330, 640, 480), fill="#7d8f86")
    draw.rectangle((70, 250, 300, 400), fill="#6b4a2e")
    draw.rectangle((380, 90, 560, 230), fill="#dfe9ee", outline="#4b3a2c", width=6)
    for left, shirt in ((330, "#2e6f6b"), (450, "#b5652b")):
        draw.ellipse((left, 200, left + 60, 260), fill="#8a5a3c")
        draw.rectangle((left - 10, 260, left + 70, 400), fill=shirt)
    return picture


def _paper(title: str) -> Image.Image:
    picture = Image.new("RGB", (560, 760), "#8f8f8f")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((30, 24, 530, 736), fill="#fbfaf5")
    draw.text((70, 60), title, fill="#111", font_size=26)
    for line in range(14):
        draw.line((70, 130 + line * 30, 490 - line % 4 * 40, 130 + line * 30), fill="#999", width=3)
    for left in (80, 330):
        draw.arc((left, 610, left + 130, 690), 200, 20, fill="#1c3c8c", width=4)
    return picture
