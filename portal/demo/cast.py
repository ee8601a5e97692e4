"""Which stories are told, and how many families fare like each: written for a city of 5,000, scaled to any number. They are
told in a database of their own, in memory, where nobody waits for a disk.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import count
from random import Random
from typing import Any

from sqlalchemy import create_engine, select
from sqlalchemy.pool import StaticPool

from portal.demo import graduations, nominations, office, stories
from portal.demo.family import Fortune, ToldFamily
from portal.demo.office import JATIMULYO, POLEHAN, Slot
from portal.demo.people import Numbers
from portal.demo.rosters import Rosters
from portal.demo.town import Days, Story, Town, filed_on, happen, moment, workday
from portal.graduation.rules import WayOut
from portal.kernel import base, clock
from portal.kernel.base import Base, session
from portal.kernel.people import Area
from portal.kernel.terms import ExitType, Presence, RegistryMatch
from portal.office.records.office import install

WHOLE, LARGE, ORDINARY = 5000, 1000, "ordinary"
LAST_YEAR = {3: 8, 4: 12, 5: 14, 6: 22, 7: 20, 8: 24, 9: 30, 10: 31, 11: 33, 12: 35}
"""Effective graduations by month: 130 until September, 229 in the year (malangtimes.com; the office's own figure)."""
THIS_YEAR = {1: 12, 2: 14, 3: 20, 4: 18, 5: 20, 6: 24, 7: 22, 8: 23, 9: 25, 10: 24, 11: 22, 12: 22}
_OPEN = {
    "identified": (10, 4), "assessment": (9, 3), "ready": (8, 5), "not_yet": (12, 20), "counselling": (12, 4),
    "statement_signed": (9, 3), "ageing": (3, 2), "submitted": (8, 6), "submitted_mended": (3, 4), "submitted_wished": (3, 3),
    "submitted_changed": (2, 9), "returned": (7, 3), "approved": (12, 4), "approved_anyway": (2, 6), "recorded": (10, 5),
    "rejected": (6, 60), "withdrawn": (8, 45), "revoked": (3, 30),
}  # fmt: skip
"""How a graduation goes: of how many, and how many days ago the last of it was."""
_AT_LENGTH = ("submitted_mended", "submitted_wished", "submitted_changed", "ageing", "approved_anyway", "returned_early")
"""Other ways to a state that is reached anyhow: only a large city tells of them."""
_NOMINATED = {
    "draft": (6, 5), "submitted": (7, 4), "deliberated": (5, 4), "endorsed": (3, 3), "field_check": (7, 4),
    "recommended": (8, 5), "not_recommended": (3, 4), "returned": (3, 3), "returned_early": (2, 4), "resubmitted": (2, 3),
    "approved": (5, 4), "approved_anyway": (1, 3), "forwarded": (6, 6), "waiting": (7, 20), "accepted": (14, 60),
    "declined": (5, 70), "rejected": (4, 50), "withdrawn": (3, 40), "duplicate": (2, 30),
}  # fmt: skip
_FARED = {
    "relapsed": (7, 330, 3), "watch": (24, 300, 3), "at_risk": (7, 290, 3), "intervention": (5, 300, 3),
    "closed_relapsed": (3, 560, 2), "lost": (4, 480, 1), "stable": (2, 410, 9),
}  # fmt: skip
"""How families fare after they left: how many, how many days ago they did, and at which visit trouble came."""
_LEAVING = {
    ExitType.NATURAL: (90, 6, 2), ExitType.INELIGIBLE: (70, 5, 3), ExitType.NON_COMPLIANCE: (25, 2, 1),
}  # fmt: skip
"""How many left so; for how many it is proposed; for how many it was dismissed."""


@dataclass
class Part:
    """A story that is told, and of how many families of 5,000 it tells: 0 for one that is never copied. `enrolled`: the
    family came with the first roster, rather than by a nomination."""

    name: str
    family: ToldFamily
    story: Story
    whole: float
    enrolled: bool = True


class Cast:
    """Makes the parts, each with a family of its own; `busy` families are told of once."""

    def __init__(self, town: Town, families: int) -> None:
        self.town, self.days, self.families = town, town.days, families
        self.parts: list[Part] = []
        self._turns = count(1)
        self._ordinary()
        self._changing()
        self._graduating()
        self._graduated()
        self._nominated()

    def many(self, whole: float) -> int:
        return max(1, round(whole * self.families / WHOLE))

    def _told_here(self, ways: dict[str, tuple[int, int]]) -> list[tuple[str, tuple[int, int]]]:
        return [(way, told) for way, told in ways.items() if self.town.is_large or way not in _AT_LENGTH]

    def _elsewhere(self) -> dict[str, Any]:
        """Joko's, every other time."""
        return {"by": "joko", "kelurahan": POLEHAN} if len(self.parts) % 2 else {}

    def _add(
        self, name: str, whole: float, tell: Callable[[ToldFamily], Story], *, enrolled: bool = True, **who: Any
    ) -> ToldFamily:
        family = ToldFamily(self.town, next(self._turns), **who)
        self.parts.append(Part(name, family, tell(family), whole, enrolled))
        return family

    def _ordinary(self) -> None:
        """Sari has what is due today and what is not as it should be; Joko and she share the rest."""
        for turn, (presence, match) in enumerate(_AMISS):
            self._add("told", 9, partial(stories.told, presence=presence, match=match), first_name=_EARLY[turn])
        self._add("busy", 0, stories.busy, makeup="three_generations")
        self._add("handed over", 0, partial(stories.handed_over, before="joko"), makeup="father")
        for last in (20, 45):
            self._add("forgotten", 0, partial(stories.ordinary, last=last))
        for last in (4, 1):
            self._add("drafted", 6, partial(stories.drafted, last=last), first_name=_EARLY[7 + last])
        for turn in range(36 if self.town.is_large else 6):
            tell = partial(
                stories.ordinary, last=(92, 97, 5, 12, 20, 28, 35, 44, 52, 61, 70, 80)[turn % 12], missed=turn % 9 == 5,
                standing=_STANDINGS[turn % len(_STANDINGS)], leaves_out="savings" if turn % 5 == 4 else "",
            )  # fmt: skip
            makeup = _MAKEUPS[turn % len(_MAKEUPS)]
            self._add(ORDINARY, 0, tell, makeup=makeup, decile=(3, 2, 4, 1)[turn % 4], **self._elsewhere())

    def _changing(self) -> None:
        newest, before, add = self.days.quarter(), self.days.quarter(4), self._add
        for outcome, whole in (("confirmed", 110), ("open", 28), ("dismissed", 4)):
            tell = partial(stories.risen, outcome=outcome)
            add(f"risen {outcome}", whole, tell, ranks={newest: 6}, **self._elsewhere())
        for resumed, whole in (("", 100), ("open", 8), ("confirmed", 12)):
            tell = partial(stories.risen, outcome="confirmed", back=4, resumed=resumed)
            add(f"suspended {resumed}", whole, tell, ranks={before: 7, newest: 3 if resumed else 7})
        for outcome in ("open", "confirmed"):
            add(f"suspended by hand {outcome}", 4, partial(stories.suspended_by_hand, outcome=outcome, ago=25))
        add("unpaid", 5, partial(stories.ordinary, last=40), paid=False)
        add("nothing left", 4, partial(stories.ordinary, last=33), makeup="grown_up")
        for way, counts in _LEAVING.items():
            makeup = "grown_up" if way is ExitType.NATURAL else "couple"
            for outcome, whole, ago in zip(("confirmed", "open", "dismissed"), counts, (130, 12, 35), strict=True):
                leave = partial(stories.left, way=way, outcome=outcome, ago=ago)
                add(f"{way} {outcome}", whole, leave, makeup=makeup, **self._elsewhere())

    def _graduating(self) -> None:
        for way, (whole, ago) in self._told_here(_OPEN):
            tell = partial(graduations.graduating, way=way, end=self.days.ago(ago))
            self._add(f"graduation {way}", whole, tell, decile=2 + len(way) % 3, is_steady=True)
        if self.town.is_large:
            tell = partial(graduations.graduating, way="approved", end=self.days.ago(3), by="ratna")
            self._add("graduation approved", 0, tell, is_steady=True)

    def _graduated(self) -> None:
        months = {(self.days.year + turn, month): many
                  for turn, told in ((-1, LAST_YEAR), (0, THIS_YEAR)) for month, many in told.items()}  # fmt: skip
        for fortune, (whole, ago, hit_at) in _FARED.items():
            end = self.days.ago(ago)
            months[end.year, end.month] = months.get((end.year, end.month), 0) - whole
            self._out(fortune, whole, end, hit_at=hit_at)
        ends: dict[tuple[int, ...], list[tuple[int, int]]] = defaultdict(list)
        for when, many in months.items():
            if workday(date(*when, 28)) <= self.days.last and many > 0:
                ends[when if self.town.is_large else when[:1]].append(when)
        for group in ends.values():
            self._out("stable", sum(months[when] for when in group), workday(date(*max(group), 28)))

    def _out(self, fortune: str, whole: float, end: date, hit_at: int = 0) -> None:
        turn = len(self.parts)
        way = ("effective", "effective", "effective_mended", "effective_wished")[turn % 4]
        way_out = WayOut.PROGRAMME if turn % 11 == 5 and end.year == self.days.year else WayOut.INDEPENDENT
        again = "accepted" if fortune == "closed_relapsed" else "draft"

        def tell(family: ToldFamily) -> Story:
            yield from graduations.graduating(family, way, end, way_out=way_out)
            yield from graduations.followed(family, fortune, hit_at=hit_at, again=again)

        self._add(f"graduated {fortune} {end:%Y-%m}", whole, tell, decile=2 + turn % 3, is_steady=True)

    def _nominated(self) -> None:
        for way, (whole, ago) in self._told_here(_NOMINATED):
            makeup = ("mother", "couple", "elderly")[len(way) % 3] if self.town.is_large else "elderly"
            same = self.parts[0].family if way == "duplicate" else None
            tell = partial(nominations.proposed, way=way, end=self.days.ago(ago), same_as=same)
            self._add(f"nomination {way}", whole, tell, enrolled=False, paid=False, makeup=makeup)
        for outcome in ("open", "confirmed"):
            tell = partial(self._paid_first, outcome=outcome)
            self._add(f"paid first {outcome}", 3, tell, enrolled=False, makeup="mother")

    def _paid_first(self, family: ToldFamily, outcome: str) -> Story:
        sent = filed_on(self.days.quarter(), days_later=1)
        return stories.paid_first(family, nominations.proposed(family, "waiting", sent), outcome)


_EARLY = ("Aan Suryani", "Abidah", "Aas Astutik", "Ababil", "Adah", "Aang Wahyuni", "Abas", "Abi Rahayu", "Aba", "Adha",
          "Acah", "Adelina")  # fmt: skip
"""Names that come first in a list: each thing that may be amiss is seen on its first page."""
_AMISS: tuple[tuple[Presence | None, RegistryMatch | None], ...] = (
    (Presence.MOVED, None), (Presence.NOT_FOUND, None), (Presence.DECEASED, None), (None, RegistryMatch.MISMATCHED),
    (None, RegistryMatch.DUPLICATE), (None, RegistryMatch.DECEASED),
)  # fmt: skip
_STANDINGS = (Fortune.WELL, None, Fortune.ON_THE_WAY, None, Fortune.IN_NEED, None)
_MAKEUPS = ("couple", "mother", "three_generations", "couple", "elderly", "couple", "mother", "father", "couple")


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
        enrolled, nominated = ([part.family for part in parts if part.enrolled is one] for one in (True, False))
        rosters = Rosters(town, self.area_names, enrolled, nominated)
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
        install(office.CITY)
    named = dict(session.execute(select(Area.code, Area.name).where(Area.level == "kelurahan").order_by(Area.code)).all())
    slots = office.slots(rng, list(named), families)
    homes = [{slot.kelurahan for slot in slots if slot.facilitator == who} for who in range(1 + max(slot[1] for slot in slots))]
    homes[0].add(JATIMULYO)
    homes[2].add(JATIMULYO)
    with clock.stopped_at(moment(days.beginning, -30)):
        people = office.staff([sorted(places) for places in homes])
    town = Town(rng, days, people, Numbers(), families >= LARGE)
    return Stage(town, Cast(town, families), named, office.facilitators(len(homes)), slots)
