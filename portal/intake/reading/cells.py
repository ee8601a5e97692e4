"""What a single cell says: one small reader for each kind of column. Each gives a value, or an empty one for an empty
cell, or raises Fault. Numbers stay what the file has: nothing is guessed back."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from functools import lru_cache
from typing import TypeVar

from lokal.provinces import PROVINCES

from portal.intake.reading.files import Cell
from portal.kernel.identity import KkCheck, NikCheck, check_kk, check_nik
from portal.kernel.terms import Period, Relation, Sex
from portal.kernel.typed import NotMoney, parse_rupiah

Code = TypeVar("Code", Sex, Relation)

#: Longest texts that are kept, as the register's columns are wide.
LONGEST_NAME, LONGEST_ADDRESS, LONGEST_TEXT = 120, 200, 80
#: More rupiah than a family is ever paid in one stage, and less than the register's column holds.
MOST_PAID = 1_000_000_000

_NOTHING = frozenset({"", "-", "--", "–", "—", "NULL", "N/A", "#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!"})
_LONGEST_NOTHING = max(map(len, _NOTHING))
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\xad\u200b-\u200f\u2028-\u202e\u2060\ufeff\ud800-\udfff\ufffd]")
_LONG_NUMBER = re.compile(r"\d(?:[ .,'-]?\d){10,}")
_NO_WORD = re.compile(r"[\W_]+")
_SMALL_NUMBER = re.compile(r"(?:R[TW][ .:]*)?0*(\d{1,3})(?:\.0)?", re.IGNORECASE)
_DECILE = re.compile(r"(?:DESIL *)?0?(\d{1,2})(?:[.,]0)?", re.IGNORECASE)
_RT_RW_PAIR = re.compile(r"\bRT *[/.-] *RW[ .:]*(\d{1,3}) *[/-] *(\d{1,3})\b", re.IGNORECASE)
_RT_THEN_RW = re.compile(r"\bRT[ .:]*(\d{1,3})(?: *[/,;.-]? *RW[ .:]*(\d{1,3})| */ *(\d{1,3}))?\b", re.IGNORECASE)

_SEXES = {
    **dict.fromkeys(("L", "1", "LK", "LAKI", "LAKILAKI", "PRIA"), Sex.MALE),
    **dict.fromkeys(("P", "2", "PR", "PEREMPUAN", "WANITA"), Sex.FEMALE),
}
#: DTSEN codes 1 to 8 (portal/data/dtsen_codes.json), their labels and the words of family cards.
_RELATIONS = {
    **dict.fromkeys(("1", "KEPALAKELUARGA", "KEPALA"), Relation.HEAD),
    **dict.fromkeys(("2", "ISTRI", "SUAMI", "ISTRISUAMI", "SUAMIISTRI", "PASANGAN"), Relation.SPOUSE),
    **dict.fromkeys(("3", "ANAK", "ANAKKANDUNG", "ANAKTIRI", "ANAKANGKAT"), Relation.CHILD),
    **dict.fromkeys(("4", "MENANTU"), Relation.CHILD_IN_LAW),
    **dict.fromkeys(("5", "CUCU"), Relation.GRANDCHILD),
    **dict.fromkeys(("6", "ORANGTUA", "MERTUA", "ORANGTUAMERTUA"), Relation.PARENT),
    **dict.fromkeys(("7", "PEMBANTU", "SOPIR", "PEMBANTUSOPIR"), Relation.SERVANT),
    **dict.fromkeys(("8", "LAINNYA", "FAMILILAIN", "FAMILI", "SAUDARA"), Relation.OTHER),
}


class Fault(Exception):
    """The cell cannot be used; `facts` never hold a whole identity number."""

    def __init__(self, *codes: str, **facts: object) -> None:
        super().__init__(*codes)
        self.codes = codes
        self.facts = facts


def text(cell: Cell) -> str:
    """One line without padding; "" for nothing. Raises Fault for a formula."""
    if type(cell) is not str:
        return _typed(cell)
    line = cell.strip()
    if not line.isprintable() or "  " in line:
        line = " ".join(_UNPRINTABLE.sub(" ", " ".join(line.split())).split())
    if line.startswith("'"):
        line = line[1:].lstrip()
    if line.startswith("="):
        raise Fault("formula_as_text")
    return "" if len(line) <= _LONGEST_NOTHING and line.upper() in _NOTHING else line


def hint(value: str) -> str:
    """The value as a message may show it: short, and no long number whole."""
    return _LONG_NUMBER.sub(lambda match: match[0][:4] + "•" * (len(match[0]) - 4), value)[:40]


def name(cell: Cell) -> str:
    found = text(cell)
    if not any(map(str.isalpha, found)):
        raise Fault("name_missing")
    return _no_longer(found, LONGEST_NAME)


def address(cell: Cell) -> str:
    return _no_longer(text(cell), LONGEST_ADDRESS)


def short_text(cell: Cell) -> str | None:
    return _no_longer(text(cell), LONGEST_TEXT) or None


def small_number(cell: Cell) -> int | None:
    """An RT or RW; 0 is "none"."""
    found = text(cell)
    if found.isdecimal() and len(found) <= 3:
        return int(found) or None
    match = _SMALL_NUMBER.fullmatch(found)
    if found and not match:
        raise Fault("number_unreadable", value=hint(found))
    return int(match[1]) or None if match else None


def rt_rw_inside(line: str) -> tuple[str, int | None, int | None]:
    """The address without its "RT 8 RW 2", "RT:1 RW:2", "RT/RW 08/02" or "RT 08/02", and the two numbers."""
    match = _RT_RW_PAIR.search(line) or _RT_THEN_RW.search(line)
    if not match:
        return line, None, None
    first, *others = (int(number) for number in match.groups() if number)
    rest = " ".join(f"{line[: match.start()]} {line[match.end() :]}".split()).strip(" ,;.-")
    return rest, first or None, (others[0] or None) if others else None


def rupiah(cell: Cell) -> int | None:
    """Whole rupiah, from 0 to MOST_PAID. Raises Fault amount_unreadable."""
    found = text(cell)
    if not found:
        return None
    try:
        amount = int(found) if found.isdecimal() and len(found) <= 12 else parse_rupiah(found)
    except NotMoney as error:
        raise Fault("amount_unreadable", value=hint(found)) from error
    if amount > MOST_PAID:
        raise Fault("amount_unreadable", value=hint(found))
    return amount


def sex(cell: Cell) -> Sex | None:
    return _coded(cell, _SEXES, "sex_unknown")


def relation(cell: Cell) -> Relation | None:
    return _coded(cell, _RELATIONS, "relation_unknown")


def decile(cell: Cell) -> int | None:
    """1 to 10. Raises Fault decile_out_of_range."""
    found = text(cell)
    if not found:
        return None
    match = _DECILE.fullmatch(found)
    if not match or not 1 <= int(match[1]) <= 10:
        raise Fault("decile_out_of_range", value=hint(found))
    return int(match[1])


def _typed(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return cell.strftime("%d/%m/%Y") if isinstance(cell, date) else str(cell)


def _no_longer(found: str, longest: int) -> str:
    if len(found) > longest:
        raise Fault("text_too_long", limit=longest)
    return found


def _coded(cell: Cell, codes: Mapping[str, Code], unknown: str) -> Code | None:
    found = text(cell)
    if not found:
        return None
    code = codes.get(_NO_WORD.sub("", found.upper()))
    if code is None:
        raise Fault(unknown, value=hint(found))
    return code


# --- NIK and KK: Excel keeps 15 digits of a number, so one that is no text has lost its last digit for ever --------------

_PROVINCES = "|".join(PROVINCES)
_PLAIN = rf"(?:{_PROVINCES})(?!00)\d\d(?!00)\d\d(?:%s)\d\d(?!0000)\d{{4}}"
_DAYS = "(?:{0}[1-9]|{1}\\d|{2}[0-8])(?:0[1-9]|1[0-2])|(?:{2}9|{3}0)(?:0[13-9]|1[0-2])|{3}1(?:0[13578]|1[02])"
#: Most numbers are plainly sound, and the full check is the dearest part of a row; a test holds these two to it.
PLAIN_NIK = re.compile(_PLAIN % _DAYS.format("[04]", "[15]", "[26]", "[37]"), re.ASCII)
PLAIN_KK = re.compile(_PLAIN % _DAYS.format(0, 1, 2, 3), re.ASCII)


def nik(cell: Cell, today: date) -> str:
    """16 digits. Raises Fault precision_lost, nik_missing, nik_length and so on."""
    return _sound(cell, PLAIN_NIK, check_nik, today)


def kk(cell: Cell, today: date) -> str:
    """16 digits. Raises Fault precision_lost, kk_missing, kk_length and so on."""
    return _sound(cell, PLAIN_KK, check_kk, today)


def _sound(cell: Cell, plain: re.Pattern[str], check: Callable[..., NikCheck | KkCheck], today: date) -> str:
    if type(cell) is str and plain.fullmatch(cell):
        return cell
    number = _written(cell)
    found = check(number, today=today)
    if found.digits and found.valid:
        return found.digits
    raise Fault(*found.errors, digits=sum(map(str.isdigit, number)))


def _written(cell: Cell) -> str:
    if cell is None or cell == 0:
        return ""
    if type(cell) is not str:
        raise Fault("precision_lost")
    return text(cell)


# --- days and payment stages, in the ways that offices and Excel write them ---------------------------------------------

EARLIEST = date(1900, 1, 1)

_ROMAN = {"I": 1, "II": 2, "III": 3, "IV": 4}
_STAGE = r"(?:TAHAP|TRIWULAN|TW|Q)?[ .]*(?P<stage>[1-4]|IV|I{1,3})"
_STAGE_YEAR = re.compile(_STAGE + r"(?: *[/-] *| +(?:TAHUN|TH)?[ .]*)(?P<year>20\d\d)")
_YEAR_STAGE = re.compile(r"(?P<year>20\d\d) *[/ -] *" + _STAGE)
_EXCEL_MONTH = re.compile(r"(JAN|FEB|MAR|APR)[A-Z]*[- ](?:20)?(\d\d)")

_MIDNIGHT = r"(?:[T ]0?0[:.]00.*)?"
_DATES = (
    re.compile(r"(?P<day>\d{1,2})[/.-](?P<month>\d{1,2})[/.-](?P<year>\d{4})" + _MIDNIGHT),
    re.compile(r"(?P<year>\d{4})[/.-](?P<month>\d{1,2})[/.-](?P<day>\d{1,2})" + _MIDNIGHT),
    re.compile(r"(?P<day>\d{1,2})[ -](?P<month>[A-Z]{3})[A-Z]*[ -](?P<year>\d{4})"),
)
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
    if match := _STAGE_YEAR.fullmatch(found) or _YEAR_STAGE.fullmatch(found):
        return Period(int(match["year"]), _ROMAN.get(match["stage"]) or int(match["stage"]))
    if match := _EXCEL_MONTH.fullmatch(found):
        return Period(2000 + int(match[2]), _MONTHS[match[1]])
    return _checked_stage(0, 0, found)


def _checked_stage(year: int, number: int, found: str) -> Period:
    if not 1 <= number <= 4:
        raise Fault("stage_unknown", value=hint(found))
    return Period(year, number)


def _written_date(found: str) -> date | None:
    match = next(filter(None, (shape.fullmatch(found) for shape in _DATES)), None)
    if match is None:
        return None
    year, month, day = match["year"], match["month"], match["day"]
    try:
        return date(int(year), _MONTHS.get(month) or int(month), int(day))
    except ValueError:
        return None
