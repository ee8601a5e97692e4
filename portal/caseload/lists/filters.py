"""What narrows the list of families, as a value and as the words of its URL. Other pages link here with `query_args`.

| URL | field | meaning |
|---|---|---|
| `q` | name | the name of anybody in the family, as typed |
| `kepesertaan` | membership | one or more of Membership |
| `kesiapan` | band | one or more of Band; `belum_dinilai`: never assessed |
| `desil` | decile | one or more of 1 to 10; `0`: unknown |
| `wilayah` | area | code of the kecamatan or kelurahan of the domicile |
| `rt`, `rw` | rt, rw | numbers of the domicile |
| `kelompok` | group | the group, exactly |
| `keberadaan`, `padan` | presence, match | one or more of Presence, RegistryMatch |
| `pendamping` | facilitator | id of the facilitator; `0`: nobody |
| `pendamping_nonaktif` | left_behind | `1`: the facilitator may not log in any more, or is not one any longer |
| `tidak_dikunjungi` | unvisited | nobody met for more than so many months, or never |
| `tidak_dinilai` | unassessed | not assessed for more than so many months, or never |
| `lama` | years | in the programme since at least so many calendar years; unknown years are left out |
| `jatuh_tempo` | due | something due at most so many days from today; `-1`: overdue |
| `jatuh_dari` | due_from | and at least so many days from today |
| `keluar` | exit_type | one or more of ExitType: an episode ended so |
| `tahun_keluar` | exit_year | in that year |
| `impor` | batch | rows of this import came to these families |
| `hasil_impor` | outcome | with this outcome |
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any, Protocol

from sqlalchemy import ColumnElement, and_, exists, false, func, or_, select

from portal.family.records.batches import BatchRow
from portal.family.records.models import Episode, Household
from portal.kernel.people import User
from portal.kernel.schedule import add_months
from portal.kernel.terms import Band, ExitType, Membership, Presence, RegistryMatch, Role

Condition = ColumnElement[bool]
UNASSESSED = "belum_dinilai"
NOBODY = UNKNOWN = 0


@dataclass(frozen=True)
class Filters:
    """Nothing given narrows nothing; the module's table says what each means. Several values of one field are
    alternatives, several fields must all hold."""

    name: str | None = None
    membership: tuple[Membership, ...] = ()
    band: tuple[Band | str, ...] = ()
    decile: tuple[int, ...] = ()
    area: str | None = None
    rt: int | None = None
    rw: int | None = None
    group: str | None = None
    presence: tuple[Presence, ...] = ()
    match: tuple[RegistryMatch, ...] = ()
    facilitator: int | None = None
    left_behind: int | None = None
    unvisited: int | None = None
    unassessed: int | None = None
    years: int | None = None
    due: int | None = None
    due_from: int | None = None
    exit_type: tuple[ExitType, ...] = ()
    exit_year: int | None = None
    batch: int | None = None
    outcome: str | None = None

    def active(self) -> dict[str, Any]:
        """The fields that narrow, in order, by name."""
        given = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in given.items() if value not in (None, ())}

    def without(self, *names: str) -> "Filters":
        empty: dict[str, Any] = {name: () if isinstance(getattr(self, name), tuple) else None for name in names}
        return replace(self, **empty)


NAMES = {
    "name": "q",
    "membership": "kepesertaan",
    "band": "kesiapan",
    "decile": "desil",
    "area": "wilayah",
    "rt": "rt",
    "rw": "rw",
    "group": "kelompok",
    "presence": "keberadaan",
    "match": "padan",
    "facilitator": "pendamping",
    "left_behind": "pendamping_nonaktif",
    "unvisited": "tidak_dikunjungi",
    "unassessed": "tidak_dinilai",
    "years": "lama",
    "due": "jatuh_tempo",
    "due_from": "jatuh_dari",
    "exit_type": "keluar",
    "exit_year": "tahun_keluar",
    "batch": "impor",
    "outcome": "hasil_impor",
}
"""Field of Filters -> parameter of the URL."""


class Sent(Protocol):
    """The query of a URL, as werkzeug's MultiDict gives it."""

    def getlist(self, key: str) -> list[str]: ...


def query_args(**given: Any) -> dict[str, Any]:
    """Arguments for `url_for("households.index", **query_args(membership=[Membership.ACTIVE], due=-1))`.

    Takes the fields of Filters; one value where several may stand will do. Raises KeyError for a field there is not.
    """
    named = {NAMES[name]: value for name, value in given.items()}
    return {name: _plain(value) for name, value in named.items() if value not in (None, (), [], "")}


def _plain(value: Any) -> Any:
    return [str(one) for one in value] if isinstance(value, tuple | list | set | frozenset) else str(value)


def read(sent: Sent) -> Filters:
    """The filters of a URL; what cannot be read is left out."""
    return Filters(**{name: _READ[name](sent.getlist(NAMES[name])) for name in NAMES})


def _one(make: Callable[[str], Any]) -> Callable[[Sequence[str]], Any]:
    def read_one(texts: Sequence[str]) -> Any:
        return next(iter(_several(make)(texts)), None)

    return read_one


def _several(make: Callable[[str], Any]) -> Callable[[Sequence[str]], tuple[Any, ...]]:
    def read_several(texts: Sequence[str]) -> tuple[Any, ...]:
        values = (_made(make, text.strip()) for text in texts if text.strip())
        return tuple(dict.fromkeys(value for value in values if value is not None))

    return read_several


def _made(make: Callable[[str], Any], text: str) -> Any:
    try:
        return make(text)
    except ValueError:
        return None


def _whole(least: int, most: int) -> Callable[[str], int]:
    def make(text: str) -> int:
        number = int(text) if len(text) <= 9 else most + 1
        if not least <= number <= most:
            raise ValueError(text)
        return number

    return make


def _short(text: str) -> str:
    return " ".join(text.split())[:80]


def _band(text: str) -> Band | str:
    return text if text == UNASSESSED else Band(text)


_ID = _whole(0, 999_999_999)
_READ: Mapping[str, Callable[[Sequence[str]], Any]] = {
    "name": _one(_short),
    "membership": _several(Membership),
    "band": _several(_band),
    "decile": _several(_whole(0, 10)),
    "area": _one(_short),
    "rt": _one(_whole(0, 999)),
    "rw": _one(_whole(0, 999)),
    "group": _one(_short),
    "presence": _several(Presence),
    "match": _several(RegistryMatch),
    "facilitator": _one(_ID),
    "left_behind": _one(_whole(1, 1)),
    "unvisited": _one(_whole(0, 600)),
    "unassessed": _one(_whole(0, 600)),
    "years": _one(_whole(0, 60)),
    "due": _one(_whole(-1, 3650)),
    "due_from": _one(_whole(0, 3650)),
    "exit_type": _several(ExitType),
    "exit_year": _one(_whole(2000, 2999)),
    "batch": _one(_ID),
    "outcome": _one(_short),
}


# --- as conditions -------------------------------------------------------------------------------------------------


def conditions(filters: Filters, today: date) -> list[Condition]:
    """What narrows `Household`, apart from the name; the sight of the person comes on top."""
    alone = {name: value for name, value in filters.active().items() if name in _NARROW}
    narrowed = [_NARROW[name](value, today) for name, value in alone.items()]
    if filters.exit_type or filters.exit_year:
        narrowed.append(_left(filters.exit_type, filters.exit_year))
    if filters.batch is not None:
        narrowed.append(_imported(filters.batch, filters.outcome))
    return narrowed


def _in(column: Any, unknown: Any = None) -> Callable[[Any, date], Condition]:
    """One of the values; `unknown` among them means that nothing is recorded."""

    def narrow(values: Sequence[Any], today: date) -> Condition:
        known = column.in_([value for value in values if value != unknown])
        return or_(known, column.is_(None)) if unknown in values else known

    return narrow


def _equal(column: Any) -> Callable[[Any, date], Condition]:
    return lambda value, today: column == value


def _area(code: str, today: date) -> Condition:
    columns = {8: Household.kecamatan, 13: Household.kelurahan}
    return columns[len(code)] == code if len(code) in columns else false()


def _facilitator(user_id: int, today: date) -> Condition:
    return Household.facilitator_id.is_(None) if user_id == NOBODY else Household.facilitator_id == user_id


def _left_behind(_one: int, today: date) -> Condition:
    gone = or_(User.active.is_(False), User.role != Role.FACILITATOR)
    return Household.facilitator_id.in_(select(User.id).where(gone))


def _older(column: Any) -> Callable[[Any, date], Condition]:
    return lambda months, today: or_(column.is_(None), column < add_months(today, -months))


def _due(days: int, today: date) -> Condition:
    return Household.due_on <= date.fromordinal(today.toordinal() + days)


def _due_from(days: int, today: date) -> Condition:
    return Household.due_on >= date.fromordinal(today.toordinal() + days)


def _years(years: int, today: date) -> Condition:
    return Household.joined_year <= today.year - years


def _left(exit_types: Sequence[ExitType], year: int | None) -> Condition:
    ended = [Episode.household_id == Household.id, Episode.ended.is_not(None)]
    if exit_types:
        ended.append(Episode.exit_type.in_(exit_types))
    if year:
        ended.append(Episode.ended.between(date(year, 1, 1), date(year, 12, 31)))
    return exists().where(*ended)


def _imported(batch_id: int, outcome: str | None) -> Condition:
    rows = [BatchRow.batch_id == batch_id, BatchRow.household_id == Household.id]
    if outcome:
        rows.append(BatchRow.outcome == outcome)
    return exists().where(and_(*rows))


_NARROW: Mapping[str, Callable[[Any, date], Condition]] = {
    "membership": _in(Household.membership),
    "band": _in(Household.band, UNASSESSED),
    "decile": _in(Household.decile, UNKNOWN),
    "area": _area,
    "rt": _equal(Household.rt),
    "rw": _equal(Household.rw),
    "group": lambda name, today: func.lower(Household.group) == name.lower(),
    "presence": _in(Household.presence),
    "match": _in(Household.registry_match),
    "facilitator": _facilitator,
    "left_behind": _left_behind,
    "unvisited": _older(Household.last_visit_on),
    "unassessed": _older(Household.assessed_on),
    "years": _years,
    "due": _due,
    "due_from": _due_from,
}
