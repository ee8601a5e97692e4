"""The files that offices have, one table each: their columns, how else these are called, what they hold.

To add a layout: a Layout in LAYOUTS (with a row type if none fits), its label in words.py, a sample and its test.
Headers are compared without case, spaces and punctuation, so aliases are only needed for other words. Source: domain.md
section 5.
"""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from portal.kernel.terms import Period, Relation, Sex

_NO_WORD = re.compile(r"[\W_]+")


class Holds(StrEnum):
    """What a column holds. The four place kinds together become the row's `area`."""

    KEY = "key"
    NIK = "nik"
    KK = "kk"
    NAME = "name"
    TEXT = "text"
    ADDRESS = "address"
    RT = "rt"
    RW = "rw"
    AREA_CODE = "area_code"
    KELURAHAN = "kelurahan"
    KECAMATAN = "kecamatan"
    CITY = "city"
    STAGE = "stage"
    RUPIAH = "rupiah"
    DATE = "date"
    SEX = "sex"
    RELATION = "relation"
    DECILE = "decile"


class PaymentRow(NamedTuple):
    """One payment to one recipient. Fields that the file does not say, or says unusably, are None or ""; `area` is a
    kelurahan code as `35.73.01.1001`, `amount` whole rupiah, `row` as a spreadsheet numbers it."""

    sheet: str | None
    row: int
    nik: str | None = None
    kk: str | None = None
    name: str = ""
    area: str | None = None
    address: str = ""
    rt: int | None = None
    rw: int | None = None
    period: Period | None = None
    programme: str | None = None
    amount: int | None = None


class MemberRow(NamedTuple):
    """A person in a family. `family` is the file's own id: it joins sheets and is never a key."""

    sheet: str | None
    row: int
    family: str | None = None
    nik: str | None = None
    name: str = ""
    relation: Relation | None = None
    occupation: str | None = None
    birth_date: date | None = None
    sex: Sex | None = None


class FamilyRow(NamedTuple):
    """A family with its members in file order; none where the file lists families only (`nik` and `name` are the head's).
    The period of the decile is not in the file: it is asked from the person importing."""

    sheet: str | None
    row: int
    family: str | None = None
    kk: str | None = None
    name: str = ""
    nik: str | None = None
    area: str | None = None
    address: str = ""
    rt: int | None = None
    rw: int | None = None
    decile: int | None = None
    members: tuple[MemberRow, ...] = ()


FileRecord = PaymentRow | FamilyRow
"""What the rows of a main table become."""
Record = FileRecord | MemberRow


@dataclass(frozen=True)
class Column:
    """`field` is the row type's; place kinds need none. Without a `required` column the table is not recognised."""

    kind: Holds
    header: str
    aliases: tuple[str, ...] = ()
    field: str = ""
    required: bool = False

    @property
    def slot(self) -> str:
        return self.field or self.kind.value

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(fold(text) for text in (self.header, *self.aliases))


@dataclass(frozen=True)
class Table:
    """One kind of sheet. Two rows with equal `same` are one row twice; two others with equal `once` (the KK first) are
    worth a look. Nothing is equal whose first field is unknown."""

    record: type[Record]
    columns: tuple[Column, ...]
    same: tuple[str, ...]
    once: tuple[str, ...] = ()
    needs_nik: bool = False


@dataclass(frozen=True)
class Layout:
    """`main` makes the records; rows of `members` join them by the field `family`, if the file has such a sheet."""

    id: str
    main: Table
    members: Table | None = None

    @property
    def tables(self) -> tuple[Table, ...]:
        return (self.main, self.members) if self.members else (self.main,)

    @property
    def asks_period(self) -> bool:
        """Whether the person importing is asked for which quarter the file speaks, because no column says it."""
        return all(column.kind is not Holds.STAGE for column in self.main.columns)


def fold(header: str) -> str:
    return _NO_WORD.sub("", header.casefold())


_NIK = ("NIK", "NO NIK", "NOMOR NIK", "NOMOR INDUK KEPENDUDUKAN")
_KK = ("NO KK", "NOMOR KK", "NO KARTU KELUARGA", "NOMOR KARTU KELUARGA", "KK")
_RT, _RW = ("RT", "NO RT", "NOMOR RT"), ("RW", "NO RW", "NOMOR RW")
_KELURAHAN = ("KELURAHAN", "NM KEL", "NAMA KELURAHAN", "DESA KELURAHAN", "KELURAHAN DESA", "NAMA DESA", "DESA")
_KECAMATAN = ("KECAMATAN", "NM KEC", "NAMA KECAMATAN")
_CITY = ("KABUPATEN KOTA", "KAB KOTA", "NM KAB", "NAMA KABUPATEN", "KABUPATEN", "KOTA")

PAYMENT_ROSTER = Layout(
    "A",
    Table(
        PaymentRow,
        (
            Column(Holds.KK, "NOKK", _KK, required=True),
            Column(Holds.NIK, "NIK_KTP", _NIK, required=True),
            Column(Holds.NAME, "NAMA_PENERIMA", ("NAMA", "PENERIMA"), required=True),
            Column(Holds.CITY, "NAMA_KAB", _CITY),
            Column(Holds.KECAMATAN, "NAMA_KEC", _KECAMATAN),
            Column(Holds.KELURAHAN, "NAMA_KEL", _KELURAHAN, required=True),
            Column(Holds.AREA_CODE, "KODE_WILAYAH", ("ID WILAYAH", "KODE KELURAHAN")),
            Column(Holds.STAGE, "TAHAP", ("TAHAP SALUR",), field="period", required=True),
            Column(Holds.TEXT, "BANSOS", ("PROGRAM", "JENIS BANSOS"), field="programme"),
            Column(Holds.ADDRESS, "ALAMAT"),
            Column(Holds.RT, "NO_RT", _RT),
            Column(Holds.RW, "NO_RW", _RW),
            Column(Holds.RUPIAH, "NOMINAL", ("NILAI", "JUMLAH UANG"), field="amount", required=True),
        ),
        same=("nik", "period", "programme"),
        once=("kk", "period", "programme"),
        needs_nik=True,
    ),
)

DTSEN_FAMILIES = Layout(
    "F",
    Table(
        FamilyRow,
        (
            Column(Holds.KEY, "id_keluarga", field="family", required=True),
            Column(Holds.KK, "no_kk", _KK, required=True),
            Column(Holds.NAME, "nama_kepala_keluarga", ("NAMA KEPALA", "KEPALA KELUARGA"), required=True),
            Column(Holds.NIK, "nik", ("NIK KEPALA KELUARGA", *_NIK), required=True),
            Column(Holds.ADDRESS, "alamat"),
            Column(Holds.RT, "rt", _RT),
            Column(Holds.RW, "rw", _RW),
            Column(Holds.AREA_CODE, "id_wilayah", ("KODE WILAYAH",), required=True),
            Column(Holds.DECILE, "desil_nasional", ("DESIL", "DESIL NASIONAL KELUARGA"), required=True),
        ),
        same=("family",),
        once=("kk",),
    ),
    Table(
        MemberRow,
        (
            Column(Holds.KEY, "id_keluarga", field="family", required=True),
            Column(Holds.NIK, "nik", _NIK, required=True),
            Column(Holds.NAME, "nama", ("NAMA ANGGOTA", "NAMA LENGKAP"), required=True),
            Column(Holds.RELATION, "hub_kepala_keluarga", ("HUBUNGAN KELUARGA", "HUBUNGAN"), required=True),
            Column(Holds.TEXT, "pekerjaan_utama", ("PEKERJAAN",), field="occupation"),
            Column(Holds.DATE, "tanggal_lahir", ("TGL LAHIR",), field="birth_date"),
            Column(Holds.SEX, "jenis_kelamin", ("JK", "KELAMIN")),
        ),
        same=("nik", "family"),
    ),
)

LAYOUTS = (PAYMENT_ROSTER, DTSEN_FAMILIES)
"""What can be imported; of two that fit a file the first counts."""

BY_ID = {layout.id: layout for layout in LAYOUTS}
