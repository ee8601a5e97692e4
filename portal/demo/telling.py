"""The stories told: in a database of their own, in memory, where nobody waits for a disk."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from random import Random

from sqlalchemy import create_engine, select
from sqlalchemy.pool import StaticPool

from portal.demo import office, places, stories
from portal.demo.cast import LARGE, Cast
from portal.demo.days import Days, moment
from portal.demo.people import Numbers
from portal.demo.places import JATIMULYO, Slot
from portal.demo.rosters import Rosters
from portal.demo.town import Town, happen
from portal.kernel import base, clock
from portal.kernel.base import Base, session
from portal.kernel.people import Area
from portal.office.records import installation


@dataclass
class Stage:
    """Who takes part, and where there is room for how many families."""

    town: Town
    cast: Cast
    area_names: dict[str, str]
    facilitators: list[str]
    slots: dict[Slot, int]

    @property
    def free(self) -> Counter[Slot]:
        """Where there is room for the other families; whoever moved into a full place leaves room elsewhere."""
        free = Counter(self.slots)
        for part in self.cast.parts:
            mine = Slot(part.family.kelurahan, self.facilitators.index(part.family.by.username))
            free[mine if free[mine] > 0 else self.town.rng.choices(list(free), list(free.values()))[0]] -= 1
        return free

    def tell(self) -> None:
        """Everything happens, up to the last day."""
        parts, town = self.cast.parts, self.town
        rosters = Rosters(town, self.area_names, *(self.cast.families_of[one] for one in (True, False)))
        gone = next(part.family for part in parts if part.name.startswith("graduated"))
        known = [part.family for part in parts if part.name in ("forgotten", "busy", "handed over")]
        homes = {code: sum(many for slot, many in self.slots.items() if slot.kelurahan == code) for code in self.area_names}
        ours = [office.decide(town.people, town.days, homes), rosters.brought_in(), rosters.looked_at(gone, known)]
        happen([*ours, *(part.story for part in parts), stories.looked_for(town)], town.days.last)


@contextmanager
def stage(families: int, seed: int, today: date) -> Iterator[Stage]:
    """Before anything was told. Within the block the session is that of the stories' own database."""
    engine = create_engine("sqlite://", poolclass=StaticPool)
    base.prepare(engine)
    with base.working_on(engine):
        Base.metadata.create_all(engine)
        yield _set_up(families, Random(seed), Days(today))  # noqa: S311  nothing secret is drawn
    engine.dispose()


def _set_up(families: int, rng: Random, days: Days) -> Stage:
    with clock.stopped_at(moment(days.beginning, -40)):
        installation.install(places.CITY)
    named = dict(session.execute(select(Area.code, Area.name).where(Area.level == "kelurahan").order_by(Area.code)).all())
    slots = places.slots(rng, list(named), families)
    homes = [{slot.kelurahan for slot in slots if slot.facilitator == who} for who in range(1 + max(slot[1] for slot in slots))]
    homes[0].add(JATIMULYO)
    homes[2].add(JATIMULYO)
    with clock.stopped_at(moment(days.beginning, -30)):
        people = office.staff([sorted(places) for places in homes])
    town = Town(rng, days, people, Numbers(), families >= LARGE)
    return Stage(town, Cast(town, families), named, office.facilitators(len(homes)), slots)
