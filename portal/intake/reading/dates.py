"""Cells that hold a day or a payment stage, in the ways that offices and Excel write them."""

import re
from datetime import date
from functools import lru_cache

from portal.intake.reading.cells import Fault, hint, text
from portal.intake.reading.grid import Cell
from portal.kernel.terms import Period

EARLIEST = date(1900, 1, 1)

_ROMAN = {"I": 1, "II": 2, "III": 3, "IV": 4}
_STAGE_YEAR = re.compile(r"(?:TAHAP|TRIWULAN|TW|Q)?[ .]*([1-4]|IV|I{1,3})(?: *[/-] *| +(?:TAHUN|TH)?[ .]*)(20\d\d)")
_YEAR_STAGE = re.compile(r"(20\d\d) *[/ -] *(?:TAHAP|TRIWULAN|TW|Q)?[ .]*([1-4]|IV|I{1,3})")
_EXCEL_MONTH = re.compile(r"(JAN|FEB|MAR|APR)[A-Z]*[- ](?:20)?(\d\d)")

_MIDNIGHT = r"(?:[T ]0?0[:.]00.*)?"
_DAY_MONTH_YEAR = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})" + _MIDNIGHT)
_YEAR_MONTH_DAY = re.compile(r"(\d{4})[/.-](\d{1,2})[/.-](\d{1,2})" + _MIDNIGHT)
_DAY_NAME_YEAR = re.compile(r"(\d{1,2})[ -]([A-Z]{3})[A-Z]*[ -](\d{4})")
_MONTH_NAMES = ("JAN", "FEB PEB", "MAR", "APR", "MEI MAY", "JUN", "JUL", "AGU AGS AUG", "SEP", "OKT OCT", "NOV NOP", "DES DEC")
_MONTHS = {name: number for number, names in enumerate(_MONTH_NAMES, start=1) for name in names.split()}


def stage(cell: Cell) -> Period | None:
    """`4/2026`, "Tahap IV Tahun 2026" … Raises Fault stage_unknown. Excel makes a date of the first, and a text
    file saved by Excel says "Apr-26": April 2026 is stage 4."""
    if isinstance(cell, date):
        return _checked_stage(cell.year, cell.month if cell.day == 1 else 0, text(cell))
    return _stage(text(cell).upper())


def past_date(cell: Cell, today: date) -> date | None:
    """Day before month, as people here write. Raises Fault date_impossible, also for days to come and before 1900."""
    found = text(cell)
    if not found:
        return None
    day = _written_date(found.upper())
    if day is None or not EARLIEST <= day <= today:
        raise Fault("date_impossible", value=hint(found))
    return day


@lru_cache(maxsize=1024)
def _stage(found: str) -> Period | None:
    if not found:
        return None
    if match := _STAGE_YEAR.fullmatch(found):
        return Period(int(match[2]), _ROMAN.get(match[1]) or int(match[1]))
    if match := _YEAR_STAGE.fullmatch(found):
        return Period(int(match[1]), _ROMAN.get(match[2]) or int(match[2]))
    if match := _EXCEL_MONTH.fullmatch(found):
        return Period(2000 + int(match[2]), _MONTHS[match[1]])
    return _checked_stage(0, 0, found)


def _checked_stage(year: int, number: int, found: str) -> Period:
    if not 1 <= number <= 4:
        raise Fault("stage_unknown", value=hint(found))
    return Period(year, number)


def _written_date(found: str) -> date | None:
    if match := _DAY_MONTH_YEAR.fullmatch(found):
        day, month, year = int(match[1]), int(match[2]), int(match[3])
    elif match := _YEAR_MONTH_DAY.fullmatch(found):
        year, month, day = int(match[1]), int(match[2]), int(match[3])
    elif match := _DAY_NAME_YEAR.fullmatch(found):
        day, month, year = int(match[1]), _MONTHS.get(match[2], 0), int(match[3])
    else:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None
