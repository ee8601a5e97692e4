"""What a NIK and a KK number say about themselves, and how they are shown.

Structure only: no number is proved to exist. Source: domain.md section 4; parsing by lokal-id.
Errors make a number unusable; warnings are for a person to look at, never a reason to refuse.
"""

import re
from dataclasses import dataclass
from datetime import date
from functools import cache

import lokal
from lokal import wilayah
from lokal.provinces import PROVINCES

from portal.kernel.terms import Sex

CITY = "3573"
CITY_DISTRICTS = frozenset({"01", "02", "03", "04", "05"})
#: District code of made-up people (demo, tests): nobody has it, and it counts as the city's own.
MADE_UP_DISTRICT = "99"

_SCIENTIFIC = re.compile(r"[0-9]+(?:[.,][0-9]*)?E[+-]?[0-9]+", re.IGNORECASE)
_NOTHING = re.compile(r"[-–—.0]*|null|none|nan|n/a|nihil|kosong|tidak ada|belum ada", re.IGNORECASE)
_LOKAL_ERRORS = {"format": "length", "birth_date": "date", "serial": "serial", "province": "area", "wilayah": "area"}
_BLANK = "3573•• •••••• ••••"


@dataclass(frozen=True)
class NikCheck:
    """`digits` are there whenever 16 digits were given, usable or not: ask `valid` before keeping them.
    The century of `birth_date` is the record's where that fits, else the latest that is not in the future."""

    digits: str | None
    birth_date: date | None
    sex: Sex | None
    errors: tuple[str, ...]
    warnings: tuple[str, ...] = ()

    @property
    def valid(self) -> bool:
        return not self.errors


@dataclass(frozen=True)
class KkCheck:
    """As `NikCheck`, without warnings: a KK from elsewhere is no surprise. `issued` is the date in the number."""

    digits: str | None
    issued: date | None
    errors: tuple[str, ...]

    @property
    def valid(self) -> bool:
        return not self.errors


def check_nik(text: str | None, *, today: date, birth_date: date | None = None, sex: Sex | None = None) -> NikCheck:
    """Judge a NIK as typed or found in a file, against the birth date and sex on record where known."""
    broken = _unreadable(text, "nik")
    if broken:
        return NikCheck(None, None, None, broken)
    info = lokal.parse_nik(_clean(text), reference_date=today)
    errors = _codes(info, "nik")
    if not info.nik:
        return NikCheck(None, None, None, errors)
    inside = _birth_date(info.birth_date, today=today, recorded=birth_date)
    inside_sex = Sex(info.gender) if info.gender else None
    differs = _differences(inside, inside_sex, birth_date=birth_date, sex=sex)
    return NikCheck(info.nik, inside, inside_sex, errors, () if errors else _area_warnings(info.nik) + differs)


def check_kk(text: str | None, today: date) -> KkCheck:
    """Judge a KK number. Its date is a day of issue: any real date will do, but no day has 40 added."""
    broken = _unreadable(text, "kk")
    if broken:
        return KkCheck(None, None, broken)
    info = lokal.parse_nik(_clean(text), reference_date=today)
    errors = _codes(info, "kk")
    if not info.nik:
        return KkCheck(None, None, errors)
    if info.gender == Sex.FEMALE.value:
        return KkCheck(info.nik, None, tuple(dict.fromkeys((*errors, "kk_date"))))
    return KkCheck(info.nik, _birth_date(info.birth_date, today=today, recorded=None), errors)


@cache
def regencies() -> frozenset[str]:
    """Kabupaten and kota of today, `3573`. Whoever asks first waits while lokal-id reads its areas."""
    return frozenset(area.code.replace(".", "") for province in PROVINCES for area in wilayah.list_wilayah(province))


def mask(number: str | None) -> str:
    """The number as a page shows it: province and city stay, day and serial never (with the birth date on the
    same page they would give the whole NIK away). Nothing known gives an empty text."""
    if not number:
        return ""
    if len(number) != 16:
        return "•" * len(number)
    return number[:4] + _BLANK[4:]


def _clean(text: str | None) -> str:
    return (text or "").strip(" \t\r\n\ufeff\u00a0'’`\"")


def _unreadable(text: str | None, kind: str) -> tuple[str, ...]:
    cleaned = _clean(text)
    if _NOTHING.fullmatch(cleaned):
        return (f"{kind}_missing",)
    return (f"{kind}_scientific",) if _SCIENTIFIC.fullmatch(cleaned) else ()


def _codes(info: lokal.NikInfo, kind: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(f"{kind}_{_LOKAL_ERRORS[issue.code]}" for issue in info.errors))


def _birth_date(iso: str | None, *, today: date, recorded: date | None) -> date | None:
    """Two digits of a year fit two centuries: the record decides, else the past does."""
    if iso is None:
        return None
    guess = date.fromisoformat(iso)
    if recorded and _short(recorded) == _short(guess):
        return recorded
    return guess.replace(year=guess.year - 100) if guess > today else guess


def _short(day: date) -> tuple[int, int, int]:
    return day.day, day.month, day.year % 100


def _area_warnings(digits: str) -> tuple[str, ...]:
    if digits[:4] not in regencies():
        return ("nik_old_area",)
    own = digits[:4] == CITY and digits[4:6] in CITY_DISTRICTS | {MADE_UP_DISTRICT}
    return () if own else ("nik_other_city",)


def _differences(inside: date | None, inside_sex: Sex | None, *, birth_date: date | None, sex: Sex | None) -> tuple[str, ...]:
    found = []
    if birth_date and inside and birth_date != inside:
        found.append("nik_birth_date_differs")
    if sex and inside_sex and sex != inside_sex:
        found.append("nik_sex_differs")
    return tuple(found)
