"""What narrows the list of families. One filter is one row: a field of `Filters`, with its name in the address, how it is
read, what it leaves, what its chip says, and how the panel offers it. Other pages link here with `query_args`.

Texts are only marked here (`N_`, `NN_` with a plural); words.py says them in the reader's language.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date, timedelta
from functools import partial
from typing import Any, Protocol

from sqlalchemy import ColumnElement, and_, exists, false, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from portal.family.records.models import BatchRow, Episode, Household
from portal.kernel import areas, gate, policy
from portal.kernel.people import Area, User
from portal.kernel.schedule import add_months
from portal.kernel.terms import Actor, Band, ExitType, Membership, Presence, RegistryMatch, Role

Condition = ColumnElement[bool]
Narrow = Callable[[Any, "Filters", date], Condition | None]
"""`narrow(value, filters, today)`: what is left of Household; None where another filter says it already."""
Said = str | tuple[str, str] | Callable[[Any], str]
"""A chip: the text, singular and plural, or the text for one of the values; "" is the label of the value."""
UNASSESSED = "belum_dinilai"
NOBODY = UNKNOWN = 0


def N_(text: str) -> str:
    """Marked for `make texts`."""
    return text


def NN_(singular: str, plural: str) -> tuple[str, str]:
    """The same for a text that counts."""
    return singular, plural


@dataclass(frozen=True, kw_only=True)
class Filter:
    """`parameter`: the name in the address. `make`: the value of one text; raises ValueError. `control`: what the panel shows
    under `label` ("" carries the filter along unseen); `options`: value -> words there, "" for the label of the value;
    `otherwise`: the words for a value that is none of the options. `named`: whose id or code the value is. `action`: who may
    not do this is not offered the filter, and cannot use it."""

    parameter: str
    make: Callable[[str], object]
    takes_several: bool = False
    narrow: Narrow = lambda value, filters, today: None
    said: Said = ""
    label: str = ""
    control: str = ""
    options: Mapping[Any, str] = field(default_factory=dict)
    otherwise: str = ""
    least: int = 0
    named: type[Area | User] | None = None
    action: str = ""

    def read(self, texts: Iterable[str]) -> Any:
        """One value or None, or all; what cannot be read is left out."""
        made = [self._made(text.strip()) for text in texts if text.strip()]
        values = tuple(dict.fromkeys(value for value in made if value is not None))
        return values if self.takes_several else next(iter(values), None)

    def _made(self, text: str) -> object:
        try:
            return self.make(text)
        except ValueError:
            return None


# --- values --------------------------------------------------------------------------------------------------------


def _whole(least: int, most: int) -> Callable[[str], int]:
    def make(text: str) -> int:
        number = int(text) if len(text) <= 9 else most + 1
        if not least <= number <= most:
            raise ValueError(text)
        return number

    return make


_ID = _whole(0, 999_999_999)


def _short(text: str) -> str:
    return " ".join(text.split())[:80]


def _band(text: str) -> Band | str:
    return text if text == UNASSESSED else Band(text)


# --- conditions ----------------------------------------------------------------------------------------------------


def _in(column: InstrumentedAttribute[object], unknown: object = None) -> Narrow:
    """One of the values; `unknown` among them means that nothing is recorded."""

    def narrow(values: tuple[object, ...], _filters: "Filters", _today: date) -> Condition:
        known = column.in_([value for value in values if value != unknown])
        return or_(known, column.is_(None)) if unknown in values else known

    return narrow


def _equal(column: InstrumentedAttribute[object]) -> Narrow:
    return lambda value, filters, today: column == value


def _older(column: InstrumentedAttribute[object]) -> Narrow:
    return lambda months, filters, today: or_(column.is_(None), column < add_months(today, -months))


def _area(code: str, _filters: "Filters", _today: date) -> Condition:
    return gate.inside(code) if len(code) in (areas.KECAMATAN, areas.KELURAHAN) else false()


def _facilitator(user_id: int, _filters: "Filters", _today: date) -> Condition:
    return Household.facilitator_id.is_(None) if user_id == NOBODY else Household.facilitator_id == user_id


def _left_behind(_one: int, _filters: "Filters", _today: date) -> Condition:
    gone = or_(User.active.is_(False), User.role != Role.FACILITATOR)
    return Household.facilitator_id.in_(select(User.id).where(gone))


def _left(_value: object, filters: "Filters", _today: date) -> Condition:
    """An episode ended so, in that year; both filters mean the same episode."""
    ended = [Episode.household_id == Household.id, Episode.ended.is_not(None)]
    if filters.exit_type:
        ended.append(Episode.exit_type.in_(filters.exit_type))
    if filters.exit_year:
        ended.append(Episode.ended.between(date(filters.exit_year, 1, 1), date(filters.exit_year, 12, 31)))
    return exists().where(*ended)


def _left_in(year: int, filters: "Filters", today: date) -> Condition | None:
    return None if filters.exit_type else _left(year, filters, today)


def _imported(batch_id: int, filters: "Filters", _today: date) -> Condition:
    rows = [BatchRow.batch_id == batch_id, BatchRow.household_id == Household.id]
    if filters.outcome:
        rows.append(BatchRow.outcome == filters.outcome)
    return exists().where(and_(*rows))


def _due_said(days: int) -> str:
    if days < 0:
        return N_("lewat jatuh tempo")
    return N_("jatuh tempo sampai %(value)s hari lagi") if days else N_("jatuh tempo")


# --- the table -----------------------------------------------------------------------------------------------------


def _one(parameter: str, make: Callable[[str], object], **row: Any) -> Any:
    made = Filter(parameter=parameter, make=make, **row)
    return field(default=() if made.takes_several else None, metadata={"row": made})


_some = partial(_one, takes_several=True, control="ticks")


@dataclass(frozen=True)
class Filters:
    """Nothing given narrows nothing. Several values of one field are alternatives, several fields must all hold. Chips stand
    in this order."""

    name: str | None = _one("q", _short, said=N_("nama “%(value)s”"))
    """Of anybody in the family, as typed; the search narrows by it."""
    membership: tuple[Membership, ...] = _some(
        "kepesertaan", Membership, narrow=_in(Household.membership), label=N_("Kepesertaan"),
        options=dict.fromkeys(Membership, ""),
    )  # fmt: skip
    band: tuple[Band | str, ...] = _some(
        "kesiapan", _band, narrow=_in(Household.band, UNASSESSED), action="visit.view", label=N_("Kesiapan"),
        said=lambda value: N_("belum dinilai") if value == UNASSESSED else "",
        options={**dict.fromkeys(Band, ""), UNASSESSED: N_("Belum dinilai")},
    )  # fmt: skip
    decile: tuple[int, ...] = _some(
        "desil", _whole(0, 10), narrow=_in(Household.decile, UNKNOWN), label=N_("Desil"),
        said=lambda value: N_("desil belum ada") if value == UNKNOWN else N_("desil %(value)s"),
        options={**{value: str(value) for value in range(1, 11)}, UNKNOWN: N_("Belum ada")},
    )  # fmt: skip
    area: str | None = _one(
        "wilayah", _short, narrow=_area, label=N_("Wilayah"), control="area", named=Area, said="%(value)s"
    )  # fmt: skip
    """The kecamatan or kelurahan of the domicile."""
    rt: int | None = _one(
        "rt", _whole(0, 999), narrow=_equal(Household.rt), label=N_("RT"), control="number", least=1, said="RT %(value)s"
    )  # fmt: skip
    rw: int | None = _one(
        "rw", _whole(0, 999), narrow=_equal(Household.rw), label=N_("RW"), control="number", least=1, said="RW %(value)s"
    )  # fmt: skip
    group: str | None = _one(
        "kelompok", _short, narrow=lambda name, filters, today: func.lower(Household.group) == name.lower(),
        label=N_("Kelompok"), control="text", said=N_("kelompok %(value)s"),
    )  # fmt: skip
    presence: tuple[Presence, ...] = _some(
        "keberadaan", Presence, narrow=_in(Household.presence), label=N_("Keberadaan"), options=dict.fromkeys(Presence, "")
    )  # fmt: skip
    match: tuple[RegistryMatch, ...] = _some(
        "padan", RegistryMatch, narrow=_in(Household.registry_match), label=N_("Padan kependudukan"),
        options=dict.fromkeys(RegistryMatch, ""),
    )  # fmt: skip
    facilitator: int | None = _one(
        "pendamping", _ID, narrow=_facilitator, label=N_("Pendamping"), control="facilitator", named=User,
        said=N_("pendamping kosong"),
    )  # fmt: skip
    left_behind: int | None = _one(
        "pendamping_nonaktif", _whole(1, 1), narrow=_left_behind, label=N_("Pendamping nonaktif"), control="tick",
        said=N_("pendamping nonaktif"),
    )  # fmt: skip
    """The facilitator may not log in any more, or is not one any longer."""
    unvisited: int | None = _one(
        "tidak_dikunjungi", _whole(0, 600), narrow=_older(Household.last_visit_on), control="number",
        label=N_("Tidak dikunjungi lebih dari (bulan)"),
        said=NN_("lebih dari %(num)s bulan tidak dikunjungi", "lebih dari %(num)s bulan tidak dikunjungi"),
    )  # fmt: skip
    """Nobody met for more than so many months, or never."""
    unassessed: int | None = _one(
        "tidak_dinilai", _whole(0, 600), narrow=_older(Household.assessed_on), control="number", action="visit.view",
        label=N_("Tidak dinilai lebih dari (bulan)"),
        said=NN_("lebih dari %(num)s bulan tidak dinilai", "lebih dari %(num)s bulan tidak dinilai"),
    )  # fmt: skip
    years: int | None = _one(
        "lama", _whole(0, 60), narrow=lambda years, filters, today: Household.joined_year <= today.year - years,
        label=N_("Ikut paling sedikit (tahun)"), control="number",
        said=NN_("ikut %(num)s tahun atau lebih", "ikut %(num)s tahun atau lebih"),
    )  # fmt: skip
    """Calendar years in the programme; unknown ones are left out."""
    due: int | None = _one(
        "jatuh_tempo", _whole(-1, 3650), narrow=lambda days, filters, today: Household.due_on <= today + timedelta(days),
        said=_due_said, label=N_("Jatuh tempo"), control="select", otherwise=N_("Sampai %(days)s hari lagi"),
        options={
            -1: N_("Sudah lewat"), 0: N_("Sampai hari ini"), 7: N_("Sampai 7 hari lagi"), 30: N_("Sampai 30 hari lagi"),
        },
    )  # fmt: skip
    """At most so many days from today; -1: overdue."""
    due_from: int | None = _one(
        "jatuh_dari", _whole(0, 3650), narrow=lambda days, filters, today: Household.due_on >= today + timedelta(days),
        control="hidden", said=N_("jatuh tempo mulai %(value)s hari lagi"),
    )  # fmt: skip
    exit_type: tuple[ExitType, ...] = _some(
        "keluar", ExitType, narrow=_left, label=N_("Cara keluar"), options=dict.fromkeys(ExitType, "")
    )  # fmt: skip
    exit_year: int | None = _one(
        "tahun_keluar", _whole(2000, 2999), narrow=_left_in, label=N_("Keluar tahun"), control="number", least=2000,
        said=N_("keluar tahun %(value)s"),
    )  # fmt: skip
    batch: int | None = _one("impor", _ID, narrow=_imported, control="hidden", said=N_("dari impor no. %(value)s"))
    """Rows of this import came to these families."""
    outcome: str | None = _one("hasil_impor", _short, control="hidden", said=N_("hasil impor tertentu"))
    """Of those rows; narrows with `batch`."""

    def active(self) -> dict[str, object]:
        """The fields that narrow, in order, by name."""
        given = {name: getattr(self, name) for name in ROWS}
        return {name: value for name, value in given.items() if value not in (None, ())}

    def without(self, *names: str) -> "Filters":
        return replace(self, **{name: ROWS[name].read(()) for name in names})


ROWS: Mapping[str, Filter] = {one.name: one.metadata["row"] for one in fields(Filters)}


class Sent(Protocol):
    """The query of a URL, as werkzeug's MultiDict gives it."""

    def getlist(self, key: str) -> list[str]: ...


def read(sent: Sent) -> Filters:
    """The filters of a URL; what cannot be read is left out."""
    return Filters(**{name: row.read(sent.getlist(row.parameter)) for name, row in ROWS.items()})


def query_args(**given: object) -> dict[str, Any]:
    """Arguments for `url_for("households.index", **query_args(membership=[Membership.ACTIVE], due=-1))`.

    Takes the fields of Filters; one value where several may stand will do. Raises KeyError for a field there is not.
    """
    named = {ROWS[name].parameter: value for name, value in given.items()}
    return {name: _plain(value) for name, value in named.items() if value not in (None, (), [], "")}


def _plain(value: object) -> str | list[str]:
    return [str(one) for one in value] if isinstance(value, tuple | list | set | frozenset) else str(value)


def conditions(filters: Filters, today: date) -> list[Condition]:
    """What narrows `Household`, apart from the name; the sight of the person comes on top."""
    narrowed = [ROWS[name].narrow(value, filters, today) for name, value in filters.active().items()]
    return [condition for condition in narrowed if condition is not None]


def usable(actor: Actor) -> dict[str, Filter]:
    """The filters of this person: nobody narrows by what they do not see (domain.md section 9)."""
    return {name: row for name, row in ROWS.items() if not row.action or policy.may(actor, row.action)}
