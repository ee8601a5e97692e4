"""What one record of a file says about one family, made ready to be compared: numbers as keyed hashes, and as a payload."""

import json
from datetime import date
from functools import cache
from typing import Any

from portal.intake.reading.layouts import FamilyRow, MemberRow, PaymentRow, Record
from portal.intake.rules.said import Said
from portal.kernel import vault
from portal.kernel.terms import Period, Relation, Sex

_SPACE_SAVED: dict[str, Any] = {"separators": (",", ":"), "ensure_ascii": False}


def said(record: PaymentRow | FamilyRow, period: Period | None, *, is_incomplete: bool = False) -> Said:
    """`period` is what the person importing said; a payment's own stage goes before it."""
    kk = vault.blind_index("kk", record.kk) if record.kk else None
    own = _hash(record.nik)
    if isinstance(record, PaymentRow):
        return Said(record, record.period or period, (own,) if own else (), kk, (), is_incomplete)
    people = tuple((member, _hash(member.nik)) for member in record.members or (_head(record),))
    niks = dict.fromkeys(nik for nik in (own, *(nik for _member, nik in people)) if nik)
    return Said(record, period, tuple(niks), kk, people, is_incomplete)


def _hash(nik: str | None) -> str | None:
    return vault.blind_index("nik", nik) if nik else None


def _head(record: FamilyRow) -> MemberRow:
    """A file without members names at least the head."""
    return MemberRow(record.sheet, record.row, record.family, record.nik, record.name, Relation.HEAD)


# --- at rest -------------------------------------------------------------------------------------------------------


def purpose(batch_id: int, sheet: str | None, row: int) -> str:
    """What a payload is sealed for: its place in its batch."""
    return f"batch_row:{batch_id}:{sheet or ''}:{row}"


def pack(record: Record, purpose: str) -> bytes:
    """The record, sealed; only `unpack` with the same purpose opens it."""
    return vault.seal(json.dumps(record, default=str, **_SPACE_SAVED).encode(), purpose)


def unpack(payload: bytes, purpose: str) -> PaymentRow | FamilyRow:
    """Raises vault.Unreadable."""
    values = json.loads(vault.unseal(payload, purpose))
    return _family(values) if isinstance(values[-1], list) else _payment(values)


def _payment(values: list[Any]) -> PaymentRow:
    row = PaymentRow(*values)
    return row._replace(period=_quarter(str(row.period))) if row.period else row


@cache
def _quarter(text: str) -> Period:
    return Period.parse(text)


def _family(values: list[Any]) -> FamilyRow:
    row = FamilyRow(*values)
    return row._replace(members=tuple(_member(MemberRow(*cells)) for cells in row.members))


def _member(row: MemberRow) -> MemberRow:
    return row._replace(
        relation=Relation(row.relation) if row.relation else None,
        birth_date=date.fromisoformat(str(row.birth_date)) if row.birth_date else None,
        sex=Sex(row.sex) if row.sex else None,
    )
