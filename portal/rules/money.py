"""Rupiah as people type them: `1.500.000`, `1500000`, `1,5jt`, `Rp 500 rb`."""

import re

_UNITS = {"rb": 1_000, "ribu": 1_000, "jt": 1_000_000, "juta": 1_000_000}
_AMOUNT = re.compile(r"(?:rp\.?)?\s*(\d{1,3}(?:\.\d{3})+|\d+)(?:,(\d{1,2}))?\s*(rb|ribu|jt|juta)?")
_SHORT = re.compile(r"(\d+)\.(\d{1,2})\s*(rb|ribu|jt|juta)")


def parse_rupiah(text: str) -> int:
    """Whole rupiah. Raises ValueError("money") for anything that does not mean exactly one amount."""
    folded = " ".join(text.lower().split())
    short = _SHORT.fullmatch(folded)
    found = _AMOUNT.fullmatch(f"{short[1]},{short[2]}{short[3]}" if short else folded)
    if not found:
        raise ValueError("money")
    whole, part, unit = found[1].replace(".", ""), found[2] or "", _UNITS.get(found[3] or "", 1)
    if part and unit == 1 and part.strip("0"):
        raise ValueError("money")
    scale = 10 ** len(part)
    return (int(whole) * scale + int(part or 0)) * unit // scale
