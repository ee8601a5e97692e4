"""What one record of a file says about one family, numbers as keyed hashes."""

from typing import NamedTuple

from portal.intake.reading.layouts import FamilyRow, MemberRow, PaymentRow
from portal.intake.rules.known import Place
from portal.kernel.terms import Period


class Said(NamedTuple):
    """`people` are the usable members with their hashed NIKs, none in a payment roster; `is_incomplete` tells that
    something in the file's own row, or in a member's, could not be used."""

    record: PaymentRow | FamilyRow
    period: Period | None
    niks: tuple[str, ...]
    kk: str | None
    people: tuple[tuple[MemberRow, str | None], ...] = ()
    is_incomplete: bool = False

    @property
    def place(self) -> Place | None:
        """Where the file says that they live; None without a word about it."""
        record = self.record
        if record.area is None or not (record.address or record.rt or record.rw):
            return None
        return Place(record.area, record.address, record.rt, record.rw)

    @property
    def programme(self) -> str | None:
        return self.record.programme if isinstance(self.record, PaymentRow) else None

    @property
    def is_roster(self) -> bool:
        return isinstance(self.record, PaymentRow)
