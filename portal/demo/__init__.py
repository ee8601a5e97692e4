"""A made-up city to try the portal with: people, families, and a year and more of work, the same for the same seed.

Everything is written past the gate, in bulk, but in the shapes that the gate writes: `invariants.check` finds nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from random import Random

from sqlalchemy import select

from portal.demo import album, lanes, loading, office, places, plan, stories
from portal.demo.city import City
from portal.demo.days import Days
from portal.demo.doorstep import Doorstep
from portal.demo.files import QUARTERS, Files
from portal.demo.lanes import LANES, Lane, Part
from portal.demo.ledger import Ledger
from portal.demo.loading import NotEmpty, Prepared
from portal.demo.office import PASSWORD, SHOWN, Office
from portal.demo.people import Cradle, Numbers
from portal.demo.places import Slot
from portal.demo.stories import Story
from portal.family.records.batches import Batch
from portal.family.records.models import Member
from portal.kernel import areas
from portal.kernel.base import session
from portal.kernel.people import Area, User
from portal.office.records import passwords

__all__ = ["FEWEST", "PASSWORD", "SHOWN", "Filled", "fill", "is_here"]

FEWEST = 150
"""With fewer families there is not one for each story."""
_BATCH = 500


@dataclass(frozen=True)
class Filled:
    families: int
    events: int


@dataclass(frozen=True)
class _Ground:
    """What all lanes share."""

    seed: int
    days: Days
    staff: Office
    pictures: album.Pictures
    area_names: dict[str, str]


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
    names = _area_names()
    rng, ledger, days = Random(seed), Ledger(), Days(today)  # noqa: S311  nothing secret is drawn
    slots = places.slots(rng, list(names), families)
    staff = office.staff(ledger, slots, passwords.hashed(PASSWORD), days)
    office.decide(ledger, staff, days, slots)
    ground = _Ground(seed, days, staff, album.draw(), names)
    told = plan.Plan(rng, days, families).stories()
    parts = _told(ground, plan.matched(rng, told, slots, _places(staff, slots)))
    events = ledger.events()
    with loading.into_empty() as load, lanes.keeping_garbage():
        load.insert(ledger.hand_over())
        for part in parts:
            if part and isinstance(part[0], Prepared):
                events += part
            else:
                load.insert(part)  # type: ignore[arg-type]  # tables, where no events are
        load.chain(events)
    return Filled(families, len(events))


def _area_names() -> dict[str, str]:
    """The city's kelurahan by code, loaded where they are not there yet."""
    areas.load_city()
    rows = session.execute(select(Area.code, Area.name).where(Area.level == "kelurahan").order_by(Area.code))
    return {row.code: row.name for row in rows}


def _told(ground: _Ground, pairs: Sequence[tuple[Story, Slot]]) -> Iterator[Part]:
    """Forked before the database is opened for writing: a child must not hold it."""
    halves: list[Lane] = [partial(_tell, ground, number, pairs[number::LANES]) for number in range(LANES)]
    forks = len(pairs) >= lanes.WORTH_FORKING and lanes.can_fork()
    return lanes.at_once(halves) if forks else lanes.in_turn(halves)


def _tell(ground: _Ground, number: int, pairs: Sequence[tuple[Story, Slot]]) -> Iterator[Part]:
    """One lane: its own ids, numbers and chances."""
    rng, ledger = Random(f"{ground.seed}/{number}"), Ledger(number + 1, LANES)  # noqa: S311
    cradle = Cradle(rng, Numbers(number + 1, LANES), lambda: ledger.next_id(Member), ground.days.today)
    photos = album.Album(rng, ledger, ground.pictures)
    numbers = {period: ledger.next_id(Batch) for period in ground.days.quarters(QUARTERS)}
    doorstep, files = Doorstep(rng, ledger, photos), Files(ledger, ground.staff.dewi, number + 1, numbers)
    city = City(rng, ledger, ground.staff, ground.days, photos, doorstep, cradle, files, ground.area_names)
    for turn, (story, slot) in enumerate(pairs, 1):
        stories.told(city, story, slot)
        if turn % _BATCH == 0:
            yield ledger.hand_over()
    files.close()
    yield ledger.hand_over()
    events = ledger.events()
    yield from (events[at : at + loading.CHUNK] for at in range(0, len(events), loading.CHUNK))


def _places(staff: Office, slots: list[Slot]) -> dict[str, list[Slot]]:
    """Where each kind of story may be told: every slot of the place once."""
    each = list(dict.fromkeys(slots))
    pairs = {kelurahan for kelurahan in staff.officers if len(staff.facilitators_in(kelurahan)) > 1}
    return {
        stories.SARI: [slot for slot in each if slot.facilitator == staff.index_of("sari")],
        stories.JOKO: [slot for slot in each if slot.facilitator == staff.index_of("joko")],
        stories.OFFICER: [slot for slot in each if slot.kelurahan in staff.officers],
        stories.PAIR: [slot for slot in each if slot.kelurahan in pairs],
    }
