"""Rupiah as people type it on a doorstep, and as the portal writes it.

Reading is our own because only shapes with one meaning may pass. lokal-id, made for chat messages, guesses more:
to it `1 500 000` is 501, `1jt500` is 1.000.500, `1,500` is 1500 and `0rb` is 1000.
"""

import re
from decimal import Decimal

import lokal

#: Above this an amount in the life of a poor family is a slip of the finger.
MOST = 10_000_000_000

_UNITS = {"rb": 1_000, "ribu": 1_000, "k": 1_000, "jt": 1_000_000, "juta": 1_000_000}
_DOTS = r"(?P<dots>[0-9]{1,3}(?:\.[0-9]{3})+|[0-9]+)(?:,00|,-)?"
_COMMAS = r"(?P<commas>[0-9]{1,3}(?:,[0-9]{3}){2,})(?:\.00)?"
_REST = r"(?: (?P<rest>[0-9]{1,3}) ?(?:rb|ribu))?"
# Two decimals of a thousand or a million are always whole rupiah.
_SCALED = rf"(?P<count>[0-9]+(?:[.,][0-9]{{1,2}})?) ?(?:(?P<small>rb|ribu|k)|(?P<big>jt|juta){_REST})"
_SHAPE = re.compile(rf"(?:rp\.?|idr)? ?(?:{_DOTS}|{_COMMAS}|{_SCALED})(?: ?rupiah)?")
_NEGATIVE = re.compile(r"(?:rp\.?|idr)? ?[-\u2212\u2013][ rp.]*[0-9]")


class NotMoney(ValueError):
    """`code` is empty, negative, too_large or unclear (nonsense, or more than one meaning)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def parse_rupiah(text: str) -> int:
    """Whole rupiah from `1.500.000`, `1500000`, `1,5jt`, `1 juta 250 rb`, `Rp 500 rb`. Raises NotMoney, a ValueError."""
    typed = " ".join(text.lower().split())
    found = _SHAPE.fullmatch(typed)
    if not found:
        raise NotMoney(_fault(typed))
    amount = _amount(found)
    if amount > MOST:
        raise NotMoney("too_large")
    return int(amount)


def format_rupiah(amount: int) -> str:
    """`Rp1.500.000`."""
    return lokal.format_rupiah(amount)


def _fault(typed: str) -> str:
    if not typed:
        return "empty"
    return "negative" if _NEGATIVE.match(typed) else "unclear"


def _amount(found: re.Match[str]) -> Decimal:
    grouped = found["dots"] or found["commas"]
    if grouped:
        return Decimal(re.sub("[.,]", "", grouped))
    unit = _UNITS[found["small"] or found["big"]]
    return Decimal(found["count"].replace(",", ".")) * unit + int(found["rest"] or 0) * 1_000
