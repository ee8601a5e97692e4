"""What people type and send, on its way to a value: numbers and moments, rupiah, names of areas, the words of an address.

What no column holds is refused here, before a database is asked: SQLite fails on it, and Python on thousands of digits.
Reading money is our own because only shapes with one meaning may pass. lokal-id, made for chat messages, guesses more: to
it `1 500 000` is 501, `1jt500` is 1.000.500, `1,500` is 1500 and `0rb` is 1000.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Self

MOST = 2**31 - 1
"""Ids and sequence numbers are no greater, on PostgreSQL."""
YEARS = range(1900, 3000)
"""A moment of other years cannot be told in every time zone; a day of theirs is in nobody's life."""


def is_number(text: str) -> bool:
    """Whether this is a whole number from 0 to MOST, in digits only."""
    return text.isdecimal() and len(text) <= len(str(MOST)) and int(text) <= MOST


def number(text: str) -> int:
    """Raises ValueError."""
    if not is_number(text):
        raise ValueError("no number of a column")
    return int(text)


def numbers(texts: Iterable[str]) -> list[int]:
    """Those that are numbers, in order."""
    return [int(text) for text in texts if is_number(text)]


def day(text: str) -> date:
    """`2026-11-24`. Raises ValueError."""
    found = date.fromisoformat(text)
    if found.year not in YEARS:
        raise ValueError("no year of ours")
    return found


def moment(text: str) -> datetime:
    """`2026-11-24T10:05:00+00:00`. Raises ValueError, also for one without a time zone."""
    found = datetime.fromisoformat(text)
    if found.tzinfo is None or found.year not in YEARS:
        raise ValueError("no moment of ours")
    return found


#: Above this an amount in the life of a poor family is a slip of the finger.
MOST_RUPIAH = 10_000_000_000

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
    if amount > MOST_RUPIAH:
        raise NotMoney("too_large")
    return int(amount)


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


_PREFIX = re.compile(r"(kelurahan|kel|desa|ds|kecamatan|kec)\b[. ]*(?=\w)")
_OLD_SPELLING = (("oe", "u"), ("tj", "c"), ("dj", "j"), ("j", "y"))
_NO_LETTER = re.compile(r"[\W\d_]+")


def fold_area(name: str) -> str:
    """The name without spelling: "Kel. Tjipto Moeljo" and "Ciptomulyo" are one. Letters only, lower case."""
    folded = _PREFIX.sub("", name.casefold().strip(), count=1)
    for old, new in _OLD_SPELLING:
        folded = folded.replace(old, new)
    return _NO_LETTER.sub("", folded)


# --- what the address of a list asks for ---------------------------------------------------------------------------


def word(name: str, read: Callable[[str], object] = str, default: object = None) -> Any:
    """A field of a ListFilter: its word in the address, and what makes its value of the text there, or raises ValueError."""
    return field(default=default, metadata={"word": name, "read": read})


def one_of(known: Collection[str]) -> Callable[[str], str]:
    return shaped("|".join(map(re.escape, known)))


def shaped(pattern: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(text)
        return text

    return read


def tick(text: str) -> bool:
    return text == "1"


area_code = shaped(r"\d\d\.\d\d\.\d\d(\.\d{4})?")
"""The code of a kecamatan or kelurahan."""


@dataclass(frozen=True)
class ListFilter:
    """What narrows a list, each field a `word`. `after` is the end of a page."""

    @classmethod
    def read(cls, given: Mapping[str, str], **otherwise: object) -> Self:
        """What makes no sense in the address is left out; `otherwise` says what then stands instead."""
        found = otherwise
        for one in fields(cls):
            with suppress(ValueError):
                if text := given.get(one.metadata["word"]):
                    found[one.name] = one.metadata["read"](text)
        return cls(**found)

    def words(self, *without: str) -> dict[str, Any]:
        """The words of an address that asks the same, from the first page."""
        said = {one.metadata["word"]: getattr(self, one.name) for one in fields(self) if one.name not in ("after", *without)}
        return {word: "1" if value is True else str(value) for word, value in said.items() if value}
