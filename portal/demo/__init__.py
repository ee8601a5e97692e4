"""A made-up city to try the portal with: people, families, and three years of work, the same for the same seed.

Some hundred families are taken through the portal's own gate, day by day (`telling`, `cast`). The other families fare like
one of them: its rows once more, under other names, numbers and places, some weeks earlier (`templates`, `crowds`).
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

from sqlalchemy import select

from portal.assessment.records.models import Assessment
from portal.demo import cast, loading, office
from portal.demo.cast import Part, Stage
from portal.demo.crowds import Crowd, Files, Ground
from portal.demo.loading import Load, NotEmpty, Prepared
from portal.demo.office import PASSWORD, SHOWN, Slot
from portal.demo.templates import COPIED, Template
from portal.evidence.records.files import Evidence
from portal.family.records.batches import Batch, BatchRow
from portal.family.records.models import Household
from portal.graduation.records.models import Submission
from portal.kernel.base import Base, session
from portal.kernel.history import ChainHead, Event, Happening, Receipt
from portal.kernel.people import Area, User
from portal.kernel.settings import Setting
from portal.office.records import passwords

__all__ = ["FEWEST", "PASSWORD", "SHOWN", "Filled", "fill", "is_here"]

FEWEST = 150
"""With fewer families there is not one for each story."""
WEEKS = (0, -7, -14, -21)
"""How many days earlier copies of a family live: whole weeks, so that working days stay such."""
_LEFT_BEHIND = (ChainHead, Event, Receipt)
"""Tables of the stories that are not taken over as they are."""


@dataclass(frozen=True)
class Filled:
    families: int
    events: int


def is_here() -> bool:
    """Whether the demo's first account is there with the demo's password. Leaves no transaction open."""
    known = session.scalar(select(User.password_hash).where(User.username == SHOWN[0]))
    session.rollback()
    return known is not None and passwords.matches(PASSWORD, known)


def fill(families: int, seed: int, today: date) -> Filled:
    """Fill an empty database. Raises loading.NotEmpty, and ValueError for fewer than `FEWEST` families."""
    if families < FEWEST:
        raise ValueError(f"the demo needs {FEWEST} families")
    if not loading.is_empty():
        raise NotEmpty
    has_areas = session.scalar(select(Area.code).limit(1)) is not None
    with cast.stage(families, seed, today) as stage:
        stage.tell()
        city = _City(stage, seed, (Area,) if has_areas else ())
    city.plan()
    with loading.into_empty() as load:
        return Filled(families, city.write(load))


class _City:
    """The stories' rows, and the crowds that fare like them."""

    def __init__(self, stage: Stage, seed: int, known: tuple[type[Base], ...]) -> None:
        self.stage, self.seed, self.town = stage, seed, stage.town
        self.rows = {model: _read(model) for model in _models() if model not in (*_LEFT_BEHIND, *known)}
        self.happened = _read(Event)
        self.events = [Happening(**row) for row in self.happened]
        for row in self.rows[User]:
            row.update(office.let_in() if row is self.rows[User][0] else {"must_change_password": False})
            row["password_hash"] = self.rows[User][0]["password_hash"]
        self.files = Files(self.rows[Batch], self.events, WEEKS)
        self.boundaries = {row["valid_from"] for row in self.rows[Setting]} | {date(year, 1, 1) for year in self._years()}
        self.area_names = stage.area_names
        self.ground = self._ground()
        self.crowds: list[Crowd] = []
        self._by_family = self._of_families()

    def _years(self) -> Iterator[int]:
        return (self.town.days.year - back for back in range(3))

    def _ground(self) -> Ground:
        by_name = {row["username"]: row for row in self.rows[User]}
        facilitators = [(by_name[one]["id"], by_name[one]["name"]) for one in self.stage.facilitators]
        officers = {place: by_name[username]["id"] for username, (_name, place) in office.OFFICERS.items()}
        ids = {model.__tablename__: 1 + max((row["id"] for row in self.rows[model]), default=0) for model in COPIED}
        return Ground(self.town.numbers, facilitators, officers, self.area_names, ids)

    def _of_families(self) -> dict[int, dict[type[Any], list[dict[str, Any]]]]:
        """The rows of each family, by its id."""
        found: dict[int, dict[type[Any], list[dict[str, Any]]]] = defaultdict(lambda: defaultdict(list))
        cases: dict[tuple[str, int], int] = {}
        copied = self.files.numbers[0]
        for model in COPIED:
            for row in self.rows[model]:
                if model is BatchRow and row["batch_id"] not in copied:
                    continue
                home = row["id"] if model is Household else row.get("household_id")
                if home is None and model not in (BatchRow, Evidence):
                    parent = ("graduations", row["case_id"]) if model is Submission else ("monitorings", row["monitoring_id"])
                    home = cases[parent]
                if home is not None:
                    cases[model.__tablename__, row["id"]] = home
                    found[home][model].append(row)
        for event in self.happened:
            if event["household_id"]:
                found[event["household_id"]][Event].append(event)
        return found

    # --- the plan --------------------------------------------------------------------------------------------------

    def plan(self) -> None:
        """How many copies of whom live where, and since when; those that need an officer choose their place first."""
        cast, rng = self.stage.cast, Random(self.seed)  # noqa: S311  nothing secret is drawn
        copies = {at: cast.many(part.whole) - 1 for at, part in enumerate(cast.parts) if part.whole}
        rest = cast.families - len(cast.parts) - sum(copies.values())
        plain = [at for at, part in enumerate(cast.parts) if part.is_ordinary]
        copies |= {at: (rest + turn) // len(plain) for turn, at in enumerate(plain)}
        room = self._room(rng)
        for at in sorted((at for at in copies if copies[at]), key=lambda at: not self._needs_officer(cast.parts[at])):
            self._copy(cast.parts[at], copies[at], room, Random(f"{self.seed}/{at}"))  # noqa: S311
        for crowd in self.crowds:
            self.files.count(crowd)

    def _room(self, rng: Random) -> list[Slot]:
        """Where there is still room, in any order."""
        free = [slot for slot, many in self.stage.free.items() for _ in range(many)]
        rng.shuffle(free)
        return free

    def _needs_officer(self, part: Part) -> bool:
        wati = self.town.people["wati"].id
        return any(event["actor_id"] == wati for event in self._by_family[part.family.id][Event])

    def _copy(self, part: Part, many: int, room: list[Slot], rng: Random) -> None:
        if self._needs_officer(part):
            offices = [slot for slot in self.stage.slots if slot.kelurahan in self.ground.officers]
            places = [offices[at % len(offices)] for at in range(many)]
            del room[len(room) - many :]
        else:
            places, room[len(room) - many :] = room[len(room) - many :], []
        weeks = [days for days in WEEKS if not self._crosses(part, days)]
        for turn, days in enumerate(weeks):
            mine = places[turn :: len(weeks)]
            if mine:
                rows, name = self._by_family[part.family.id], self.area_names[part.family.kelurahan]
                template = Template(part.family, rows, days, batches=self.files.numbers[days], area=name)
                self.crowds.append(Crowd(template, mine, self.ground, rng))

    def _crosses(self, part: Part, days: int) -> bool:
        """Whether an assessment or a way out would move into a time when other limits, or another year, were in force."""
        rows = self._by_family[part.family.id]
        told = [row["assessed_on"] for row in rows[Assessment]]
        told += [event["at"].date() for event in rows[Event] if event["kind"] == "graduation.take_effect"]
        return any(day + timedelta(days=days) < limit <= day for day in told for limit in self.boundaries)

    # --- writing ---------------------------------------------------------------------------------------------------

    def write(self, load: Load) -> int:
        """Rows first, table by table and crowd by crowd; then everything that happened, in the order of time."""
        self.rows[Batch] += self.files.copies()
        load.insert(loading.encode(model, rows) for model, rows in self.rows.items() if rows)
        for crowd in self.crowds:
            load.insert(crowd.tables())
        return load.chain(self._happened())

    def _happened(self) -> Iterator[Prepared]:
        """What happened in one moment keeps the order it had in the stories."""
        turns: list[tuple[Any, int, int, Any]] = []
        for seq, event in [*((event.seq, event) for event in self.events), *self.files.events()]:
            turns.append((event.at, seq, len(turns), event))
        for crowd in self.crowds:
            for at, row in enumerate(crowd.template.events):
                turns.append((row["at"], row["seq"], len(turns), (crowd, at)))
        for _at, _seq, _turn, told in sorted(turns):
            yield from loading.prepare([told]) if isinstance(told, Happening) else told[0].told(told[1])


def _models() -> list[type[Any]]:
    """Parents first."""
    by_name = {mapper.class_.__tablename__: mapper.class_ for mapper in Base.registry.mappers}
    return [by_name[table.name] for table in Base.metadata.sorted_tables]


def _read(model: Any) -> list[dict[str, Any]]:
    names = loading.attributes(model)
    order = model.__mapper__.primary_key
    rows = session.execute(select(*(getattr(model, name) for name in names)).order_by(*order))
    return [dict(zip(names, row, strict=True)) for row in rows]
