"""Rosters for tests of the intake: samples by name, families of the cast as rows, and a file taken in or applied."""

from pathlib import Path
from typing import Any

from portal.family.records.models import Batch, BatchRow, Household
from portal.intake.records import intake
from portal.kernel.base import session
from portal.kernel.terms import Actor, Period
from tests.intake import files

Q4 = Period(2026, 4)
CLEAN_A, FAULTY_A = "A-bnba-pkh.csv", "A-bnba-pkh-bermasalah.csv"
CLEAN_F, FAULTY_F = "F-dtsen.xlsx", "F-dtsen-bermasalah.xlsx"
JATIMULYO, POLEHAN = "3573051007", "3573011010"


def sample(name: str) -> bytes:
    return Path(files.ROSTERS, name).read_bytes()


def payment_file(*rows: dict[str, Any]) -> bytes:
    """A payment roster of sound rows in Jatimulyo, with other cells where wanted."""
    base = {"NAMA_KEC": "LOWOKWARU", "NAMA_KEL": "JATIMULYO", "KODE_WILAYAH": JATIMULYO}
    return files.text_table([files.PAYMENT_HEADER, *(files.payment(**{**base, **row}) for row in rows)])


def family_file(family: dict[str, Any], *members: dict[str, Any]) -> bytes:
    """One DTSEN family in Jatimulyo, of the decile that the cast has, with its members (the head among them)."""
    rows = [files.member(**member) for member in members]
    keluarga = files.family(**{"id_wilayah": JATIMULYO, "desil_nasional": 2, **family})
    return files.workbook(keluarga=[files.FAMILY_HEADER, keluarga], anggota=[files.MEMBER_HEADER, *rows])


def recipient(household: Household) -> dict[str, str]:
    """The cells by which a payment row means this family."""
    member = household.members[0]
    return {"NIK_KTP": member.nik or "", "NAMA_PENERIMA": member.name, "NOKK": household.kk or ""}


def head(household: Household, **cells: Any) -> dict[str, Any]:
    member = household.members[0]
    return {"nik": member.nik, "nama_kepala_keluarga": member.name, "no_kk": household.kk, **cells}


def person(member: Any, **cells: Any) -> dict[str, Any]:
    born = f"{member.birth_date:%d/%m/%Y}"
    return {"nik": member.nik, "nama": member.name, "tanggal_lahir": born, "jenis_kelamin": str(member.sex), **cells}


def read(actor: Actor, content: bytes, name: str = "berkas", period: Period | None = Q4) -> Batch:
    """The file's preview."""
    return intake.receive(actor, content, name, period, key=f"{name}-{len(content)}-{session.query(Batch).count()}")


def apply(actor: Actor, batch: Batch) -> Batch:
    while batch.state in ("read", "applying"):
        batch = intake.apply_chunk(actor, batch)
    return batch


def bring_in(actor: Actor, content: bytes, name: str = "berkas", period: Period | None = Q4) -> Batch:
    """Read and applied, without looking at what needs a look."""
    return apply(actor, read(actor, content, name, period))


def rows(batch: Batch, verdict: str | None = None) -> list[BatchRow]:
    found = session.query(BatchRow).filter_by(batch_id=batch.id).order_by(BatchRow.id)
    return [row for row in found if verdict in (None, row.verdict)]


def only_row(batch: Batch) -> BatchRow:
    (row,) = rows(batch)
    return row


def codes(row: BatchRow) -> list[str]:
    return [problem["code"] for problem in row.problems]


def changed(row: BatchRow) -> dict[str, Any]:
    return dict(row.changes)
