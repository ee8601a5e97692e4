"""Cells of NIK and KK columns. Excel keeps 15 digits of a number, so one that is no text has lost its last digit for
ever: an error, never something to repair (domain.md section 5)."""

import re
from datetime import date
from typing import NoReturn

from portal.intake.reading.cells import Fault, text
from portal.intake.reading.grid import Cell
from portal.kernel.identity import CURRENT_REGENCIES, check_kk, check_nik

_PROVINCES = "|".join(sorted({code[:2] for code in CURRENT_REGENCIES}))
_PLAIN = rf"(?:{_PROVINCES})(?!00)\d\d(?!00)\d\d(?:%s)\d\d(?!0000)\d{{4}}"
_DAYS = "(?:{0}[1-9]|{1}\\d|{2}[0-8])(?:0[1-9]|1[0-2])|(?:{2}9|{3}0)(?:0[13-9]|1[0-2])|{3}1(?:0[13578]|1[02])"
#: Most numbers are plainly sound, and the full check is the dearest part of a row; a test holds these two to it.
PLAIN_NIK = re.compile(_PLAIN % _DAYS.format("[04]", "[15]", "[26]", "[37]"), re.ASCII)
PLAIN_KK = re.compile(_PLAIN % _DAYS.format(0, 1, 2, 3), re.ASCII)


def nik(cell: Cell, today: date) -> str:
    """16 digits. Raises Fault precision_lost, nik_missing, nik_length and so on."""
    if type(cell) is str and PLAIN_NIK.fullmatch(cell):
        return cell
    number = _written(cell)
    check = check_nik(number, today=today)
    return check.digits if check.valid and check.digits else _refuse(check.errors, number)


def kk(cell: Cell, today: date) -> str:
    """16 digits. Raises Fault precision_lost, kk_missing, kk_length and so on."""
    if type(cell) is str and PLAIN_KK.fullmatch(cell):
        return cell
    number = _written(cell)
    check = check_kk(number, today)
    return check.digits if check.valid and check.digits else _refuse(check.errors, number)


def _written(cell: Cell) -> str:
    if cell is None or cell == 0:
        return ""
    if type(cell) is not str:
        raise Fault("precision_lost")
    return text(cell)


def _refuse(codes: tuple[str, ...], number: str) -> NoReturn:
    raise Fault(*codes, digits=sum(map(str.isdigit, number)))
