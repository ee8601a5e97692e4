"""The files that offices have, one table each: their columns, how else these are called, what they hold.

To add a layout: a row type, a Layout, a line in LAYOUTS, a sample and its test. Headers are compared without case,
spaces and punctuation, so aliases are only needed for other words. Source: domain.md section 5.
"""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple

from portal.kernel.terms import Period, Relation, Sex

_NO_WORD = re.compile(r"[\W_]+")


class Kind(StrEnum):
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


Record = PaymentRow | FamilyRow | MemberRow


@dataclass(frozen=True)
class Column:
    """`field` is the row type's; place kinds need none. Without a `required` column the table is not recognised."""

    kind: Kind
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

    record: type[Any]
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
            Column(Kind.KK, "NOKK", _KK, required=True),
            Column(Kind.NIK, "NIK_KTP", _NIK, required=True),
            Column(Kind.NAME, "NAMA_PENERIMA", ("NAMA", "PENERIMA"), required=True),
            Column(Kind.CITY, "NAMA_KAB", _CITY),
            Column(Kind.KECAMATAN, "NAMA_KEC", _KECAMATAN),
            Column(Kind.KELURAHAN, "NAMA_KEL", _KELURAHAN, required=True),
            Column(Kind.AREA_CODE, "KODE_WILAYAH", ("ID WILAYAH", "KODE KELURAHAN")),
            Column(Kind.STAGE, "TAHAP", ("TAHAP SALUR",), field="period", required=True),
            Column(Kind.TEXT, "BANSOS", ("PROGRAM", "JENIS BANSOS"), field="programme"),
            Column(Kind.ADDRESS, "ALAMAT"),
            Column(Kind.RT, "NO_RT", _RT),
            Column(Kind.RW, "NO_RW", _RW),
            Column(Kind.RUPIAH, "NOMINAL", ("NILAI", "JUMLAH UANG"), field="amount", required=True),
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
            Column(Kind.KEY, "id_keluarga", field="family", required=True),
            Column(Kind.KK, "no_kk", _KK, required=True),
            Column(Kind.NAME, "nama_kepala_keluarga", ("NAMA KEPALA", "KEPALA KELUARGA"), required=True),
            Column(Kind.NIK, "nik", ("NIK KEPALA KELUARGA", *_NIK), required=True),
            Column(Kind.ADDRESS, "alamat"),
            Column(Kind.RT, "rt", _RT),
            Column(Kind.RW, "rw", _RW),
            Column(Kind.AREA_CODE, "id_wilayah", ("KODE WILAYAH",), required=True),
            Column(Kind.DECILE, "desil_nasional", ("DESIL", "DESIL NASIONAL KELUARGA"), required=True),
        ),
        same=("family",),
        once=("kk",),
    ),
    Table(
        MemberRow,
        (
            Column(Kind.KEY, "id_keluarga", field="family", required=True),
            Column(Kind.NIK, "nik", _NIK, required=True),
            Column(Kind.NAME, "nama", ("NAMA ANGGOTA", "NAMA LENGKAP"), required=True),
            Column(Kind.RELATION, "hub_kepala_keluarga", ("HUBUNGAN KELUARGA", "HUBUNGAN"), required=True),
            Column(Kind.TEXT, "pekerjaan_utama", ("PEKERJAAN",), field="occupation"),
            Column(Kind.DATE, "tanggal_lahir", ("TGL LAHIR",), field="birth_date"),
            Column(Kind.SEX, "jenis_kelamin", ("JK", "KELAMIN")),
        ),
        same=("nik", "family"),
    ),
)

LAYOUTS = (PAYMENT_ROSTER, DTSEN_FAMILIES)
