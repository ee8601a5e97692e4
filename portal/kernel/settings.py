"""The office's dated settings: what public sources leave open is a value here, with its date and source (domain.md)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from portal.kernel.base import Base, session
from portal.kernel.terms import Refused
from portal.kernel.typed import parse_rupiah


class Setting(Base):
    """A value that changes over time, with its source; the newest `valid_from` not after a day is in force."""

    __tablename__ = "settings"

    key: Mapped[str] = mapped_column(String(60), primary_key=True)
    valid_from: Mapped[date] = mapped_column(primary_key=True)
    value: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)


@dataclass(frozen=True)
class Definition:
    """`kind` is money, number, months, choice or text: how the value is typed, checked and shown. Numbers and money lie
    from `least` on, numbers up to `most`."""

    kind: str
    default: str
    valid_from: date
    source: str
    choices: tuple[str, ...] = ()
    least: int = 0
    most: int = 1000


OFFICE = "ketetapan internal, dapat diubah"
_START = date(2025, 1, 1)


def _amount(value: str) -> Definition:
    return Definition("money", value, _START, "Indeks bantuan PKH 2025 dan 2026, per tahun")


DEFINITIONS: dict[str, Definition] = {
    "agency_name": Definition("text", "Dinas Sosial P3AP2KB Kota Malang", _START, OFFICE),
    "poverty_line": Definition("money", "737954", date(2025, 3, 1), "BPS Kota Malang, Maret 2025, per orang per bulan", (), 1),
    "minimum_wage": Definition("money", "3736101", date(2026, 1, 1), "UMK Kota Malang 2026, per bulan", least=1),
    "suspend_from_decile": Definition("number", "5", _START, "praktik Kota Malang; " + OFFICE, least=1, most=11),
    "elderly_age": Definition("number", "60", _START, "peraturan 60, praktik 70; " + OFFICE),
    "evidence_days": Definition("number", "90", _START, OFFICE, least=1),
    "monitoring_months": Definition("months", "3,6,9,12", _START, OFFICE),
    "facilitator_yearly_target": Definition("number", "10", _START, "ukuran nasional: 10 keluarga per pendamping per tahun"),
    "programme_exit_counts": Definition("choice", "no", _START, "belum ada sumber publik; " + OFFICE, ("no", "yes")),
    "visit_every_months": Definition("number", "3", _START, OFFICE, least=1, most=60),
    "benefit_pregnant": _amount("3000000"),
    "benefit_early_childhood": _amount("3000000"),
    "benefit_primary": _amount("900000"),
    "benefit_junior_secondary": _amount("1500000"),
    "benefit_senior_secondary": _amount("2000000"),
    "benefit_elderly": _amount("2400000"),
    "benefit_severe_disability": _amount("2400000"),
    "benefit_rights_victim": _amount("10800000"),
}


def adopt(more: Mapping[str, Definition]) -> None:
    """Add what only one slice reads, for the whole process."""
    DEFINITIONS.update(more)


def checked(definition: Definition, typed: str) -> str:
    """The value as stored. Raises Refused("value_impossible") for what its kind does not allow."""
    text = typed.strip()
    try:
        return _READERS[definition.kind](text, definition)
    except ValueError as error:
        raise Refused("value_impossible") from error


def _months(text: str, _definition: Definition) -> str:
    months = [int(part) for part in text.replace(";", ",").split(",")]
    if not months or any(month < 1 or month > 60 for month in months):
        raise ValueError(text)
    return ",".join(str(month) for month in sorted(set(months)))


def _whole(text: str, definition: Definition) -> str:
    if not definition.least <= int(text) <= definition.most:
        raise ValueError(text)
    return str(int(text))


def _money(text: str, definition: Definition) -> str:
    amount = parse_rupiah(text)
    if amount < definition.least:
        raise ValueError(text)
    return str(amount)


def _chosen(text: str, definition: Definition) -> str:
    if text not in definition.choices:
        raise ValueError(text)
    return text


def _said(text: str, _definition: Definition) -> str:
    if not 1 <= len(text) <= 120:
        raise ValueError(text)
    return text


_READERS: Mapping[str, Callable[[str, Definition], str]] = {
    "money": _money,
    "number": _whole,
    "months": _months,
    "choice": _chosen,
    "text": _said,
}


@dataclass(frozen=True)
class InForce:
    """A setting on a day: its value as stored, since when, and where it comes from; `is_set` by somebody, or the default."""

    value: str
    valid_from: date
    source: str
    is_set: bool = True


@dataclass(frozen=True)
class Settings:
    """Everything in force on one day; unknown keys raise KeyError."""

    values: Mapping[str, InForce]

    def text(self, key: str) -> str:
        return self.values[key].value

    def number(self, key: str) -> int:
        return int(self.values[key].value)

    def numbers(self, key: str) -> tuple[int, ...]:
        return tuple(int(part) for part in self.values[key].value.split(","))


def in_force(on: date) -> Settings:
    """One query: the newest value of each key that is valid on the day, else the default."""
    values = {key: InForce(known.default, known.valid_from, known.source, is_set=False) for key, known in DEFINITIONS.items()}
    rows = session.scalars(select(Setting).where(Setting.valid_from <= on).order_by(Setting.valid_from))
    values.update({row.key: InForce(row.value, row.valid_from, row.source) for row in rows if row.key in DEFINITIONS})
    return Settings(values)


def over_time(key: str) -> Callable[[date], int]:
    """A number as it was in force on each day, the default before it was ever set. One query."""
    known, default = [(row.valid_from, int(row.value)) for row in history(key)], int(DEFINITIONS[key].default)
    return lambda on: next((value for valid_from, value in known if valid_from <= on), default)


def history(key: str) -> list[Setting]:
    """Every value that was ever set, newest first."""
    return list(session.scalars(select(Setting).where(Setting.key == key).order_by(Setting.valid_from.desc())))
