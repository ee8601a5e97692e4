"""A made-up city to try the portal with: people, families, and three years of work, the same for the same seed.

Some families are taken through the portal's own gate, day by day (`cast`, `stories`). The others fare like one of them: its
rows once more, under other names, numbers and places, some weeks earlier (`stencils`, `copies`).
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial
from random import Random

from sqlalchemy import select

from portal.demo import cast, loading, office
from portal.demo.cast import Part, Stage
from portal.demo.copies import Crowd, Ground
from portal.demo.loading import TOLD, Linkable, NotEmpty
from portal.demo.office import PASSWORD, SHOWN, Slot
from portal.demo.stencils import COPIED, Left, Row, Stencil, day_of
from portal.family.records.models import Batch, BatchRow, Household
from portal.graduation.records.dossiers import Graduation, Submission
from portal.kernel import bulk, history
from portal.kernel.base import Base, session
from portal.kernel.history import ChainHead, Event, Happening, Receipt
from portal.kernel.people import Area, User
from portal.monitoring.records import Monitoring, MonitoringVisit
from portal.office.records import accounts

__all__ = ["FEWEST", "PASSWORD", "SHOWN", "Filled", "fill", "is_here"]

FEWEST = 150
"""With fewer families there is not one for each story."""
_MOST_WEEKS, _MOST_SHIFTS, _FEWEST_ALIKE = 40, 13, 4
"""How much earlier a copy's days may lie, in how many ways, and how many families at least share theirs."""
_LEFT_BEHIND = (ChainHead, Event, Receipt)
"""Tables of the stories that are not taken over as they are."""
_PARENTS: dict[type[Base], tuple[type[Base], str]] = {
    Submission: (Graduation, "case_id"),
    MonitoringVisit: (Monitoring, "monitoring_id"),
}
"""Whose family a row is of that does not say so itself."""


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
        city = _City(stage, seed)
    if has_areas:
        del city.rows[Area]
    with loading.into_empty():
        city.plan()
        return Filled(families, city.write())


class _City:
    """The stories' rows, and the crowds that fare like them."""

    def __init__(self, stage: Stage, seed: int) -> None:
        self.stage, self.seed = stage, seed
        by_name = {mapper.class_.__tablename__: mapper.class_ for mapper in Base.registry.mappers}
        tables = [by_name[table.name] for table in Base.metadata.sorted_tables]
        self.rows = {model: _read(model) for model in tables if model not in _LEFT_BEHIND}
        self.happened = _read(Event)
        office.let_in(self.rows[User])
        self.files = {row["id"]: row for row in self.rows[Batch] if row["state"] == "applied"}
        self.office_days = frozenset(day_of(row["at"]) for row in self.happened if row["kind"] == "intake.apply")
        self._left = self._left_by_family()
        self.crowds: list[Crowd] = []

    def _left_by_family(self) -> dict[int, dict[type[Base], list[Row]]]:
        """The rows of each family, by its id."""
        tables: tuple[type[Base], ...] = (*COPIED, Event)
        found: dict[int, dict[type[Base], list[Row]]] = defaultdict(lambda: {model: [] for model in tables})
        homes: dict[tuple[type[Base], int], int] = {}
        for model in COPIED:
            parent, link = _PARENTS.get(model, (model, "id"))
            for row in self.rows[model]:
                home = row["id"] if model is Household else homes.get((parent, row[link]), row.get("household_id"))
                if home and not (model is BatchRow and row["batch_id"] not in self.files):
                    homes[model, row["id"]] = home
                    found[home][model].append(row)
        for event in self.happened:
            found[event["household_id"]][Event].append(event)
        return found

    # --- the plan --------------------------------------------------------------------------------------------------

    def plan(self) -> None:
        """How many copies of whom live where, and since when; those that need an officer choose their place first."""
        told, rng, ground = self.stage.cast, Random(self.seed), self._ground()  # noqa: S311  nothing secret is drawn
        copies = {at: told.many(part.whole) - 1 for at, part in enumerate(told.parts) if part.whole}
        rest = told.families - len(told.parts) - sum(copies.values())
        plain = [at for at, part in enumerate(told.parts) if part.whole is None]
        copies |= {at: (rest + turn) // len(plain) for turn, at in enumerate(plain)}
        room = [slot for slot, free in self.stage.free.items() for _ in range(free)]
        rng.shuffle(room)
        for at in sorted((at for at in copies if copies[at]), key=lambda at: not self._needs_officer(told.parts[at])):
            places, room[len(room) - copies[at] :] = room[len(room) - copies[at] :], []
            self._copy(told.parts[at], places, ground)

    def _ground(self) -> Ground:
        by_name = {row["username"]: row for row in self.rows[User]}
        facilitators = [(by_name[one]["id"], by_name[one]["name"]) for one in self.stage.facilitators]
        officers = {place: by_name[username]["id"] for place, username in office.OFFICERS.items()}
        ids = {model.__tablename__: 1 + max((row["id"] for row in self.rows[model]), default=0) for model in COPIED}
        lines: dict[int, int] = defaultdict(int)
        for row in self.rows[BatchRow]:
            lines[row["batch_id"]] = max(lines[row["batch_id"]], row["row"] + 1)
        town = self.stage.town
        return Ground(town.numbers, town.rng, town.days.today, facilitators, officers, self.stage.area_names, ids, lines)

    def _needs_officer(self, part: Part) -> bool:
        wati = self.stage.town.people["wati"].id
        return any(event["actor_id"] == wati for event in self._left[part.family.id][Event])

    def _copy(self, part: Part, places: list[Slot], ground: Ground) -> None:
        if self._needs_officer(part):
            offices = [slot for slot in self.stage.slots if slot.kelurahan in ground.officers]
            places = [offices[at % len(offices)] for at in range(len(places))]
        family = part.family
        left = Left(family, self.stage.area_names[family.kelurahan], self._left[family.id], self.office_days)
        plain = Stencil(left)
        most = plain.weeks(_MOST_WEEKS)
        shifts = max(1, min(most + 1, _MOST_SHIFTS, len(places) // _FEWEST_ALIKE))
        for turn in range(shifts):
            stencil = Stencil(left, turn * (most + 1) // shifts) if turn else plain
            self.crowds.append(Crowd(stencil, places[turn::shifts], ground))
        for row in left.rows[BatchRow]:
            _add_lines(self.files[row["batch_id"]]["counts"], row["outcome"], len(places))

    # --- writing ---------------------------------------------------------------------------------------------------

    def write(self) -> int:
        """Rows first, table by table and crowd by crowd; then everything that happened, in the order of time."""
        for model, rows in self.rows.items():
            bulk.add(model, rows)
        for crowd in self.crowds:
            crowd.write()
        return loading.chain(self._told())

    def _told(self) -> Iterator[Linkable]:
        """What happened in one moment keeps the order it had in the stories."""
        turns = [(row["at"], row["seq"], 0, partial(self._story, row)) for row in self.happened]
        for turn, crowd in enumerate(self.crowds, 1):
            turns += [(one.at, one.seq, turn, partial(crowd.told, one)) for one in crowd.stencil.happened]
        for _at, _seq, _turn, tell in sorted(turns, key=lambda turn: turn[:3]):
            yield from tell()

    def _story(self, row: Row) -> Iterator[Linkable]:
        """An event as it was; that of a file counts the lines of all families."""
        if row["subject_type"] == Batch.__tablename__ and row["subject_id"] in self.files and row["detail"]:
            counts = self.files[row["subject_id"]]["counts"]
            row["detail"] = {name: counts.get(name, value) for name, value in row["detail"].items()}
            row["detail_digest"] = history.digest_of(row["detail"])
        told = history.told_by(Happening(**row))
        yield told, tuple(bulk.encoded(Event, name, [row[name]])[0] for name in TOLD)


def _add_lines(counts: Row, outcome: str, many: int) -> None:
    """The copies of families stand in the files that the stories' families came with."""
    for name in ("rows", "ready", "done", outcome):
        counts[name] = counts.get(name, 0) + many
    counts["families"][outcome] = counts["families"].get(outcome, 0) + many


def _read(model: type[Base]) -> list[Row]:
    names = bulk.attributes(model)
    columns = [getattr(model, name) for name in names]
    rows = session.execute(select(*columns).order_by(*model.__mapper__.primary_key))
    return [dict(zip(names, row, strict=True)) for row in rows]
