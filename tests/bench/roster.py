"""Bringing in a roster, beside the least that it could cost: reading the file and inserting its rows raw."""

import csv
import io
import time
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Any
from uuid import uuid4

from sqlalchemy import func, select

from portal.demo import names
from portal.demo.people import Numbers
from portal.exchange import intake
from portal.records import clock
from portal.records.base import session
from portal.records.households import Household, Member, Payment
from portal.records.loading import Load, encode
from portal.records.people import User, account
from portal.rules.terms import Sex
from tests.bench.city import City

ROWS = 5_000
_HEADER = (
    "NOKK", "NIK_KTP", "NAMA_PENERIMA", "NAMA_KAB", "NAMA_KEC", "NAMA_KEL", "KODE_WILAYAH", "TAHAP", "BANSOS", "BANK", "ALAMAT",
    "NO_RT", "NO_RW", "NOMINAL",
)  # fmt: skip


@dataclass(frozen=True)
class Speed:
    """Rows a second: ours from the file to families in the register, and the raw way."""

    ours: float
    raw: float


def measured(city: City) -> Speed:
    content = _file()
    raw = min(_seconds_raw(city, content) for _ in range(3))
    return Speed(ROWS / _seconds_of_intake(city, content), ROWS / raw)


def _file() -> bytes:
    """Families that nobody knows, in the layout of payments."""
    rng, numbers, out = Random(5), Numbers(5_001), io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_HEADER)
    for _ in range(ROWS):
        born = date(rng.randrange(1950, 2000), rng.randrange(1, 13), rng.randrange(1, 28))
        writer.writerow(
            [numbers.kk(date(2016, 5, rng.randrange(1, 28))), numbers.nik(born, Sex.FEMALE), names.made_up(rng, Sex.FEMALE, 45),
             "KOTA MALANG", "LOWOKWARU", "JATIMULYO", "3573051007", "3/2026", "PKH", "BNI", "JL. MAWAR NO. 3", 3, 4, 750_000]
        )  # fmt: skip
    return out.getvalue().encode()


def _seconds_of_intake(city: City, content: bytes) -> float:
    with city.app.app_context():
        user = session.query(User).filter_by(username="budi").one()
        actor = account(user, user.area_codes)
        session.rollback()
        begun = time.perf_counter()
        batch = intake.receive(actor, content, "roster.csv", key=uuid4().hex)
        while batch.state in ("read", "applying"):
            batch = intake.apply_chunk(actor, batch)
        seconds = time.perf_counter() - begun
        assert batch.counts["opened"] == ROWS, batch.counts
        session.remove()
    return seconds


def _seconds_raw(city: City, content: bytes) -> float:
    """The same reader, and the same tables, but nobody asks, judges, logs or remembers; undone afterwards."""
    with city.app.app_context():
        start = {model: (session.scalar(select(func.max(model.id))) or 0) + 1 for model in (Household, Member, Payment)}
        session.rollback()
        begun = time.perf_counter()
        intake.parse(content)
        rows = list(csv.DictReader(io.StringIO(content.decode())))
        load = Load(session.connection())
        load.insert([
            encode(Household, [_household(start[Household] + at, row) for at, row in enumerate(rows)]),
            encode(Member, [_member(start[Member] + at, start[Household] + at, row) for at, row in enumerate(rows)]),
            encode(Payment, [_payment(start[Payment] + at, start[Household] + at, row) for at, row in enumerate(rows)]),
        ])  # fmt: skip
        seconds = time.perf_counter() - begun
        session.rollback()
    return seconds


def _household(number: int, row: dict[str, str]) -> dict[str, Any]:
    return {
        "id": number, "kelurahan": "35.73.05.1007", "kecamatan": "35.73.05", "address": row["ALAMAT"], "rt": 3, "rw": 4,
        "caretaker_name": row["NAMA_PENERIMA"], "created_at": clock.now(), "updated_at": clock.now(),
    }  # fmt: skip


def _member(number: int, household: int, row: dict[str, str]) -> dict[str, Any]:
    return {"id": number, "household_id": household, "name": row["NAMA_PENERIMA"], "nik": row["NIK_KTP"]}


def _payment(number: int, household: int, row: dict[str, str]) -> dict[str, Any]:
    return {"id": number, "household_id": household, "stage": "2026-Q3", "amount": int(row["NOMINAL"])}
