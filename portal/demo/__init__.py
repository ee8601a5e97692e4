"""A made-up city to try the portal with: people, families, and three years of work, the same for the same seed.

Some hundred families are taken through the portal's own gate, day by day (`telling`, `cast`). The other families fare like
one of them: its rows once more, under other names, numbers and places (`templates`, `crowds`).
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from random import Random

from sqlalchemy import select

from portal.demo import cast, loading, office
from portal.demo.cast import ORDINARY, Part, Stage
from portal.demo.crowds import Crowd, Ground
from portal.demo.loading import EncodedEvent, Load, NotEmpty, Row
from portal.demo.office import PASSWORD, SHOWN, Slot
from portal.demo.templates import COPIED, Template
from portal.evidence.records import Evidence
from portal.family.records.models import Household
from portal.family.records.register import Batch, BatchRow
from portal.graduation.records.dossiers import Submission
from portal.kernel.base import Base, session
from portal.kernel.history import ChainHead, Event, Happening, Receipt
from portal.kernel.people import Area, User
from portal.office.records import accounts

__all__ = ["FEWEST", "PASSWORD", "SHOWN", "Filled", "fill", "is_here"]

FEWEST = 150
"""With fewer families there is not one for each story."""
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
    return known is not None and accounts.matches(PASSWORD, known)


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
        self.files = {row["id"]: row for row in self.rows[Batch] if row["state"] == "applied"}
        self.ground = self._ground()
        self.crowds: list[Crowd] = []
        self._by_family = self._of_families()

    def _ground(self) -> Ground:
        by_name = {row["username"]: row for row in self.rows[User]}
        facilitators = [(by_name[one]["id"], by_name[one]["name"]) for one in self.stage.facilitators]
        officers = {place: by_name[username]["id"] for username, (_name, place) in office.OFFICERS.items()}
        ids = {model.__tablename__: 1 + max((row["id"] for row in self.rows[model]), default=0) for model in COPIED}
        lines: dict[int, int] = defaultdict(int)
        for row in self.rows[BatchRow]:
            lines[row["batch_id"]] = max(lines[row["batch_id"]], row["row"] + 1)
        return Ground(self.town.numbers, facilitators, officers, self.stage.area_names, ids, lines)

    def _of_families(self) -> dict[int, dict[type[Base], list[Row]]]:
        """The rows of each family, by its id."""
        found: dict[int, dict[type[Base], list[Row]]] = defaultdict(lambda: defaultdict(list))
        cases: dict[tuple[str, int], int] = {}
        for model in COPIED:
            for row in self.rows[model]:
                if model is BatchRow and row["batch_id"] not in self.files:
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
        plain = [at for at, part in enumerate(cast.parts) if part.name == ORDINARY]
        copies |= {at: (rest + turn) // len(plain) for turn, at in enumerate(plain)}
        room = [slot for slot, free in self.stage.free.items() for _ in range(free)]
        rng.shuffle(room)
        for at in sorted((at for at in copies if copies[at]), key=lambda at: not self._needs_officer(cast.parts[at])):
            self._copy(cast.parts[at], copies[at], room, Random(f"{self.seed}/{at}"))  # noqa: S311
        for crowd in self.crowds:
            for row in crowd.template.rows[BatchRow]:
                _add_lines(self.files[row["batch_id"]]["counts"], row["outcome"], crowd.size)

    def _needs_officer(self, part: Part) -> bool:
        wati = self.town.people["wati"].id
        return any(event["actor_id"] == wati for event in self._by_family[part.family.id][Event])

    def _copy(self, part: Part, many: int, room: list[Slot], rng: Random) -> None:
        places, room[len(room) - many :] = room[len(room) - many :], []
        if self._needs_officer(part):
            offices = [slot for slot in self.stage.slots if slot.kelurahan in self.ground.officers]
            places = [offices[at % len(offices)] for at in range(many)]
        template = Template(part.family, self._by_family[part.family.id], self.stage.area_names[part.family.kelurahan])
        self.crowds.append(Crowd(template, places, self.ground, rng))

    # --- writing ---------------------------------------------------------------------------------------------------

    def write(self, load: Load) -> int:
        """Rows first, table by table and crowd by crowd; then everything that happened, in the order of time."""
        load.insert(loading.encode(model, rows) for model, rows in self.rows.items() if rows)
        for crowd in self.crowds:
            load.insert(crowd.tables())
        return load.chain(self._happened())

    def _happened(self) -> Iterator[EncodedEvent]:
        """What happened in one moment keeps the order it had in the stories."""
        turns: list[tuple[datetime, int, int, Happening | tuple[Crowd, int]]] = []
        for event in self.events:
            if event.subject_type == Batch.__tablename__ and event.subject_id in self.files and event.detail:
                counts = self.files[event.subject_id]["counts"]
                event.detail = {name: counts.get(name, value) for name, value in event.detail.items()}
                event.detail_digest = ""
            turns.append((event.at, event.seq, len(turns), event))
        for crowd in self.crowds:
            for at, row in enumerate(crowd.template.events):
                turns.append((row["at"], row["seq"], len(turns), (crowd, at)))
        for _at, _seq, _turn, told in sorted(turns):
            yield from loading.prepare([told]) if isinstance(told, Happening) else told[0].told(told[1])


def _add_lines(counts: Row, outcome: str, many: int) -> None:
    """The copies of families stand in the files that the stories' families came with."""
    for name in ("rows", "ready", "done", outcome):
        counts[name] = counts.get(name, 0) + many
    counts["families"][outcome] = counts["families"].get(outcome, 0) + many


def _models() -> list[type[Base]]:
    """Parents first."""
    by_name = {mapper.class_.__tablename__: mapper.class_ for mapper in Base.registry.mappers}
    return [by_name[table.name] for table in Base.metadata.sorted_tables]


def _read(model: type[Base]) -> list[Row]:
    names = loading.attributes(model)
    order = model.__mapper__.primary_key
    rows = session.execute(select(*(getattr(model, name) for name in names)).order_by(*order))
    return [dict(zip(names, row, strict=True)) for row in rows]
