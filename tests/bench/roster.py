"""Bringing in a roster, beside the least that it could cost: reading the file and inserting its rows raw."""

import csv
import io
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Any
from uuid import uuid4

from sqlalchemy import func, select

from portal.demo import town
from portal.demo.town import Numbers
from portal.family.records.models import Address, Episode, Household, KkNumber, Member, NameWord, Payment
from portal.family.rules.names import tokens
from portal.intake.records import intake
from portal.kernel import bulk, clock
from portal.kernel.base import session
from portal.kernel.people import User, account
from portal.kernel.terms import Sex
from portal.kernel.vault import blind_index
from tests.bench.city import City

ROWS = 5_000
_PLACE = "35.73.05.1007"
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
    rng, numbers, out = Random(5), Numbers(first=5_001), io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_HEADER)
    for _ in range(ROWS):
        born = date(rng.randrange(1950, 2000), rng.randrange(1, 13), rng.randrange(1, 28))
        writer.writerow(
            [numbers.kk(date(2016, 5, rng.randrange(1, 28))), numbers.nik(born, Sex.FEMALE),
             town.made_up(rng, Sex.FEMALE, 45), "KOTA MALANG", "LOWOKWARU", "JATIMULYO", "3573051007", "3/2026", "PKH", "BNI",
             "JL. MAWAR NO. 3", 3, 4, 750_000]
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
    """The same reader, and the same rows of the register, but nobody asks, judges, logs or remembers; undone afterwards."""
    with city.app.app_context():
        first = {model: (session.scalar(select(func.max(model.id))) or 0) + 1 for model in (Household, *_PARTS)}
        session.rollback()
        begun = time.perf_counter()
        intake.parse(content)
        rows = list(enumerate(csv.DictReader(io.StringIO(content.decode()))))
        bulk.add(Household, [_household(first[Household] + at, row) for at, row in rows])
        for model, told in _PARTS.items():
            ids = {at: {"id": first[model] + at, "household_id": first[Household] + at} for at, _row in rows}
            bulk.add(model, [{**ids[at], **told(row)} for at, row in rows])
        words = {(word, first[Household] + at) for at, row in rows for word in tokens(row["NAMA_PENERIMA"])}
        bulk.add(NameWord, [{"word": word, "household_id": household} for word, household in words])
        seconds = time.perf_counter() - begun
        session.rollback()
    return seconds


def _household(number: int, row: dict[str, str]) -> dict[str, Any]:
    return {
        "id": number, "kelurahan": _PLACE, "kecamatan": _PLACE[:8], "address": row["ALAMAT"], "rt": 3, "rw": 4,
        "caretaker_name": row["NAMA_PENERIMA"], "created_at": clock.now(), "updated_at": clock.now(),
    }  # fmt: skip


_PARTS: dict[Any, Callable[[dict[str, str]], dict[str, Any]]] = {
    Member: lambda row: {"name": row["NAMA_PENERIMA"], "nik": row["NIK_KTP"], "nik_index": blind_index("nik", row["NIK_KTP"])},
    KkNumber: lambda row: {"kk": row["NOKK"], "kk_index": blind_index("kk", row["NOKK"])},
    Episode: lambda _row: {"number": 1},
    Payment: lambda row: {"stage": "2026-Q3", "amount": int(row["NOMINAL"])},
    Address: lambda row: {"period": "2026-Q3", "kelurahan": _PLACE, "line": row["ALAMAT"], "rt": 3, "rw": 4},
}
