"""Made-up photos and scans, each one different, so that no two are the same file."""

import io
import itertools

from PIL import Image

_shades = itertools.count(1)


def photo(form: str = "JPEG", size: tuple[int, int] = (320, 240)) -> bytes:
    shade = next(_shades)
    out = io.BytesIO()
    Image.new("RGB", size, (shade * 37 % 256, shade * 11 % 256, shade % 256)).save(out, form)
    return out.getvalue()


def noise(size: tuple[int, int]) -> bytes:
    """As heavy as what a phone's camera gives."""
    out = io.BytesIO()
    Image.effect_noise(size, 80).convert("RGB").save(out, "JPEG", quality=90)
    return out.getvalue()


def scan() -> bytes:
    """The smallest thing that passes for a PDF."""
    return b"%PDF-1.4\n" + str(next(_shades)).encode() + b"\n%%EOF\n"
