"""What people upload, made safe before it is kept: pictures drawn anew, minutes as PDF.

The type is told by the content, never by the name or what the browser says.
"""

import io
from dataclasses import dataclass
from threading import Lock

from PIL import ExifTags, Image
from PIL.Image import Transpose

from portal.kernel.terms import Rejected

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
