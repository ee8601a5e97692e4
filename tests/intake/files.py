"""Rosters made for a test: tables as text or workbook, and the pieces of a real one."""

import csv
import io
import zipfile
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl

from portal.intake.reading.files import FileLimits, Row, open_table
from portal.intake.reading.reading import Parsed, read
from portal.intake.reading.rows import AreaIndex

ROOT = Path(__file__).parents[2]
ROSTERS = ROOT / "tests" / "data" / "rosters"


def csv_rows(name: str) -> list[dict[str, str]]:
    """A table that ships with the portal."""
    with (ROOT / "portal" / "data" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


NAMES = [(area["code"], area["name"]) for area in csv_rows("malang_areas.csv")]
AREAS = AreaIndex([*NAMES, *((other["code"], other["alias"]) for other in csv_rows("malang_area_aliases.csv"))])
TODAY = date(2026, 11, 24)

PAYMENT_HEADER = ["NOKK", "NIK_KTP", "NAMA_PENERIMA", "NAMA_KAB", "NAMA_KEC", "NAMA_KEL", "KODE_WILAYAH"]
PAYMENT_HEADER += ["TAHAP", "BANSOS", "ALAMAT", "NO_RT", "NO_RW", "NOMINAL"]
FAMILY_HEADER = ["id_keluarga", "no_kk", "nama_kepala_keluarga", "nik", "alamat", "rt", "rw", "id_wilayah", "desil_nasional"]
MEMBER_HEADER = ["id_keluarga", "nik", "nama", "hub_kepala_keluarga", "tanggal_lahir", "jenis_kelamin"]


def payment(**changes: Any) -> list[Any]:
    """A sound row of a payment roster, with other cells where wanted."""
    sound = ("3573990203172964", "3573994111922966", "TUMINI", "KOTA MALANG", "BLIMBING", "BUNULREJO", "3573011008")
    cells = dict(zip(PAYMENT_HEADER, (*sound, "4/2026", "PKH", "JL. MERGAN NO. 2", "8", "1", "1325000"), strict=True))
    return list((cells | changes).values())


def family(**changes: Any) -> list[Any]:
    sound = ("K1", "3573990203172964", "ACHMAD FAUZI", "3573992810692965", "JL. MERGAN NO. 2", 8, 1, "3573011008", 4)
    return list((dict(zip(FAMILY_HEADER, sound, strict=True)) | changes).values())


def member(**changes: Any) -> list[Any]:
    sound = ("K1", "3573992810692965", "ACHMAD FAUZI", "KEPALA KELUARGA", "28/10/1969", "L")
    return list((dict(zip(MEMBER_HEADER, sound, strict=True)) | changes).values())


def text_table(rows: Iterable[Sequence[Any]], delimiter: str = ";") -> bytes:
    return "\r\n".join(delimiter.join(map(str, row)) for row in rows).encode()


def workbook(**sheets: Iterable[Sequence[Any]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    return saved(book)


def saved(book: openpyxl.Workbook) -> bytes:
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def with_parts(content: bytes, **parts: bytes) -> bytes:
    """The zip with other or further parts; `__` in a name stands for `/`, `_dot_` for `.`."""
    changed = {name.replace("__", "/").replace("_dot_", "."): data for name, data in parts.items()}
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name not in changed:
                new.writestr(name, old.read(name))
        for name, data in changed.items():
            new.writestr(name, data)
    return out.getvalue()


def payments(*rows: Sequence[Any]) -> Parsed:
    return parse(text_table([PAYMENT_HEADER, *rows]))


def families(families: Iterable[Sequence[Any]], members: Iterable[Sequence[Any]]) -> Parsed:
    return parse(workbook(keluarga=[FAMILY_HEADER, *families], anggota=[MEMBER_HEADER, *members]))


def parse(source: bytes | Path) -> Parsed:
    return read(_content(source), areas=AREAS, today=TODAY)


def rows(source: bytes | Path, limits: FileLimits | None = None) -> list[list[Row]]:
    """Every row of every sheet, read to the end."""
    with open_table(_content(source), limits) as sheets:
        return [list(sheet.rows()) for sheet in sheets]


def _content(source: bytes | Path) -> bytes:
    return source if isinstance(source, bytes) else source.read_bytes()


def codes(parsed: Parsed) -> list[tuple[int, str, str]]:
    return [(problem.row, problem.column, problem.code) for problem in parsed.problems]
