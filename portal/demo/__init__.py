"""A made-up city to try the portal with: people, families, and a year and more of work, the same for the same seed.

Everything is written past the gate, in bulk, but in the shapes that the gate writes: `invariants.check` finds nothing.
"""

from dataclasses import dataclass
from datetime import date
from random import Random

from sqlalchemy import select

from portal.demo import office, places, plan, stories
from portal.demo.album import Album
from portal.demo.city import City
from portal.demo.days import Days
from portal.demo.doorstep import Doorstep
from portal.demo.ledger import Ledger
from portal.demo.office import PASSWORD, SHOWN
from portal.demo.people import Cradle, Numbers
from portal.demo.places import Slot
from portal.records import areas, loading, passwords
from portal.records.base import session
from portal.records.households import Member
from portal.records.loading import Load
from portal.records.people import Area, User

__all__ = ["FEWEST", "PASSWORD", "SHOWN", "Filled", "fill", "is_here"]

FEWEST = 150
"""With fewer families there is not one for each story."""
_CHUNK = 500


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
    areas.load_city()
    names = dict(session.execute(select(Area.code, Area.name).where(Area.level == "kelurahan").order_by(Area.code)).all())
    rng, ledger, days = Random(seed), Ledger(), Days(today)  # noqa: S311  nothing secret is drawn
    slots = places.slots(rng, list(names), families)
    with loading.into_empty() as load:
        staff = office.staff(ledger, slots, passwords.hashed(PASSWORD), days)
        cradle = Cradle(rng, Numbers(), lambda: ledger.next_id(Member), days.today)
        album = Album(rng, ledger)
        city = City(rng, ledger, staff, days, album, Doorstep(rng, ledger, album), cradle, names)
        office.decide(ledger, city.office, days, families)
        ledger.write(load)
        _tell(city, slots, load)
        load.chain(ledger.events)
    return Filled(families, len(ledger.events))


def _tell(city: City, slots: list[Slot], load: Load) -> None:
    told = plan.Plan(city.rng, city.days, len(slots)).stories()
    pairs = plan.matched(city.rng, told, slots, _places(city, slots))
    for turn, (story, slot) in enumerate(pairs, 1):
        stories.told(city, story, slot)
        if turn % _CHUNK == 0:
            city.ledger.write(load)
    city.ledger.write(load)


def _places(city: City, slots: list[Slot]) -> dict[str, list[Slot]]:
    """Where each kind of story may be told: every slot of the place once."""
    staff, each = city.office, list(dict.fromkeys(slots))
    pairs = {kelurahan for kelurahan in staff.officers if len(staff.facilitators_in(kelurahan)) > 1}
    return {
        stories.SARI: [slot for slot in each if slot.facilitator == staff.index_of("sari")],
        stories.JOKO: [slot for slot in each if slot.facilitator == staff.index_of("joko")],
        stories.OFFICER: [slot for slot in each if slot.kelurahan in staff.officers],
        stories.PAIR: [slot for slot in each if slot.kelurahan in pairs],
    }
