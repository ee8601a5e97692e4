"""Which stories are told, and how many families fare like each: written for a city of 5,000, scaled to any number. They are
told in a database of their own, in memory, where nobody waits for a disk.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from random import Random
from typing import Any

from sqlalchemy import create_engine, select
from sqlalchemy.pool import StaticPool

from portal.demo import office, stories
from portal.demo.family import ToldFamily
from portal.demo.office import JATIMULYO, POLEHAN, Slot
from portal.demo.people import Numbers
from portal.demo.rosters import Rosters
from portal.demo.stories import AFTERWARDS, GRADUATIONS, NOMINATIONS, OUT
from portal.demo.town import Days, Story, Town, filed_on, happen, moment, workday
from portal.kernel import base, clock
from portal.kernel.base import Base, session
from portal.kernel.people import Area
from portal.kernel.terms import ExitType
from portal.office.records import accounts
from portal.office.records.office import install

WHOLE, ORDINARY = 5000, "ordinary"
EFFECTIVE = {
    -1: {3: 8, 4: 12, 5: 14, 6: 22, 7: 20, 8: 24, 9: 30, 10: 31, 11: 33, 12: 35},
    0: {1: 12, 2: 14, 3: 20, 4: 18, 5: 20, 6: 24, 7: 22, 8: 23, 9: 25, 10: 24, 11: 22, 12: 22},
}
"""Effective graduations by month, last year and this: 130 until September, 229 in the year (malangtimes.com; the office's own
figure)."""
_OPEN = {
    "identified": (10, 4), "assessment": (9, 3), "ready": (8, 5), "not_yet": (12, 20), "counselling": (12, 4),
    "statement_signed": (9, 3), "ageing": (3, 2), "submitted": (8, 6), "submitted_mended": (3, 4), "submitted_wished": (3, 3),
    "submitted_changed": (2, 9), "returned": (7, 3), "approved": (14, 4), "approved_anyway": (2, 6), "recorded": (10, 5),
    "rejected": (6, 60), "withdrawn": (8, 45), "revoked": (3, 30),
}  # fmt: skip
"""How a graduation goes: of how many, and how many days ago the last of it was."""
_NOMINATED = {
    "draft": (6, 5), "submitted": (7, 4), "deliberated": (5, 4), "endorsed": (3, 3), "field_check": (7, 4),
    "recommended": (8, 5), "not_recommended": (3, 4), "returned": (3, 3), "returned_early": (2, 4), "resubmitted": (2, 3),
    "approved": (5, 4), "approved_anyway": (1, 3), "forwarded": (6, 6), "waiting": (7, 20), "accepted": (14, 60),
    "declined": (5, 70), "rejected": (4, 50), "withdrawn": (3, 40), "duplicate": (2, 30),
}  # fmt: skip
_AFTERWARDS = {
    "relapsed": (7, 330), "watch": (24, 300), "at_risk": (7, 290), "intervention": (5, 300), "closed_relapsed": (3, 560),
    "lost": (4, 480),
}  # fmt: skip
"""How families fare who left so many days ago; all others are well."""
_LEAVING = {
    ExitType.NATURAL: (90, 6, 6), ExitType.INELIGIBLE: (70, 5), ExitType.NON_COMPLIANCE: (25, 2),
}  # fmt: skip
"""How many left so; for how many it is proposed; for how many it was dismissed."""
_EARLY = ("Aan Suryani", "Aas Astutik", "Ababil", "Abas", "Abi Rahayu", "Abidah", "Aba", "Acah", "Adah", "Adelina")
"""Names that come first in a list: each thing that may be amiss is seen on its first page."""
_AMISS = (
    "presence_moved", "presence_not_found", "presence_deceased", "registry_mismatched", "registry_duplicate",
    "registry_deceased",
)  # fmt: skip
_ORDINARY = (
    ("meet meet", 92, "couple", 3), ("meet meet", 97, "mother", 2), ("meet assess_well", 16, "three_generations", 4),
    ("meet meet", 18, "couple", 1), ("meet assess_partly", 21, "elderly", 3), ("meet meet", 24, "couple", 2),
    ("meet assess_poor", 19, "mother", 4), ("meet meet", 27, "father", 1), ("meet assess_with_a_gap", 31, "couple", 3),
    ("meet miss", 16, "mother", 2), ("meet meet", 35, "couple", 4), ("meet meet", 5, "elderly", 1),
)  # fmt: skip
"""Most families: their way, how many days ago the last of it was, who lives together, the decile."""


@dataclass(frozen=True)
class Part:
    """A story that is told, and of how many families of 5,000 it tells: 0 for one that is never copied. `enrolled`: the
    family came with the first roster, rather than by a nomination."""

    name: str
    family: ToldFamily
    story: Story
    whole: float
    enrolled: bool


class Cast:
    """Makes the parts, each with a family of its own."""

    def __init__(self, town: Town, families: int) -> None:
        self.town, self.days, self.families = town, town.days, families
        self.parts: list[Part] = []
        self._turns = count(1)
        self._ordinary()
        self._changing()
        self._graduating()
        self._nominated()

    def many(self, whole: float) -> int:
        return max(1, round(whole * self.families / WHOLE))

    def _add(self, name: str, whole: float, way: str, end: date, *, ends_with: str = "", **who: Any) -> ToldFamily:
        """Of a family that came with the first roster."""
        family = ToldFamily(self.town, next(self._turns), **who)
        story = stories.settled(family, stories.told(family, way, end, ends_with=ends_with))
        self.parts.append(Part(name, family, story, whole, enrolled=True))
        return family

    def _elsewhere(self) -> dict[str, Any]:
        """Joko's, every other time."""
        return {"by": "joko", "kelurahan": POLEHAN} if len(self.parts) % 2 else {}

    def _ordinary(self) -> None:
        """Sari has what is due today and what is not as it should be; Joko and she share the rest."""
        ago, add = self.days.ago, self._add
        for way, last, makeup, decile in _ORDINARY:
            add(ORDINARY, 0, way, ago(last), makeup=makeup, decile=decile, **self._elsewhere())
        for amiss, name in zip(_AMISS, _EARLY, strict=False):
            add("told", 9, f"meet {amiss}", ago(30), first_name=name)
        for last, name in zip((4, 1), _EARLY[len(_AMISS) :], strict=False):
            add("drafted", 6, "meet draft", ago(last), first_name=name)
        add("busy", 0, "meet meet grown/40 corrected/20 meet/40", ago(20), makeup="three_generations")
        add("handed over", 0, "meet assess_poor handed_over/110 meet/60", ago(15), makeup="father", by="joko")
        for last in (20, 45):
            add("forgotten", 0, "meet", ago(last))

    def _changing(self) -> None:
        ago, newest, before, add = self.days.ago, self.days.quarter(), self.days.quarter(4), self._add
        risen, suspended = filed_on(newest), filed_on(before)
        add("risen", 28, "meet", risen - timedelta(days=20), ranks={newest: 6}, **self._elsewhere())
        add("risen", 110, "meet confirm/25", workday(risen + timedelta(days=5)), ranks={newest: 6})
        for resumed, whole in (("", 100), (" propose_resume/2", 8), (" propose_resume/2 confirm/300 meet/1", 12)):
            ranks, end = {before: 7, newest: 3 if resumed else 7}, workday(suspended + timedelta(days=5))
            add("suspended", whole, f"meet confirm/25{resumed}", end, ends_with="confirm", ranks=ranks)
        add("suspended by hand", 4, "meet propose_suspend/20", ago(25))
        add("suspended by hand", 4, "meet propose_suspend/20 confirm/4", ago(21))
        add("unpaid", 5, "meet", ago(40), paid=False)
        add("nothing left", 4, "meet", ago(33), makeup="grown_up")
        for way, counts in _LEAVING.items():
            makeup, proposed = ("grown_up", "confirm_members ") if way is ExitType.NATURAL else ("couple", "")
            for outcome, whole, last in zip((" confirm", "", " dismiss"), counts, (130, 12, 35), strict=False):
                legs = f"meet {proposed}propose_exit_{way}/30{outcome}"
                add(f"left {way}", whole, legs, ago(last), makeup=makeup, **self._elsewhere())

    def _graduating(self) -> None:
        for way, (whole, last) in _OPEN.items():
            self._add(
                f"graduation {way}", whole, GRADUATIONS[way], self.days.ago(last), decile=2 + len(way) % 3, is_steady=True
            )
        left: Counter[tuple[int, bool]] = Counter()
        for turn, (fortune, (whole, last)) in enumerate(_AFTERWARDS.items()):
            end = self.days.ago(last)
            left[end.year, end.month > 6] += whole
            self._out(turn, fortune, whole, end)
        for back, months in EFFECTIVE.items():
            for second in (False, True):
                year, over = (
                    self.days.year + back,
                    [month for month in months if (month > 6) is second and self._is_over(back, month)],
                )
                many = sum(months[month] for month in over) - left[year, second]
                if many > 0:
                    self._out(back + second, "stable", many, workday(date(year, max(over), 28)))

    def _is_over(self, back: int, month: int) -> bool:
        return workday(date(self.days.year + back, month, 28)) <= self.days.last

    def _out(self, turn: int, fortune: str, whole: float, end: date) -> None:
        way = f"{OUT[turn % len(OUT)]} {AFTERWARDS[fortune]}"
        name = f"graduated {fortune} {end:%Y-%m}"
        self._add(name, whole, way, end, ends_with="take_effect", decile=2 + turn % 3, is_steady=True)

    def _nominated(self) -> None:
        for way, (whole, last) in _NOMINATED.items():
            makeup = "mother" if way in ("draft", "recommended", "accepted") else "elderly"
            same = self.parts[0].family if way == "duplicate" else None
            family = ToldFamily(self.town, next(self._turns), paid=False, makeup=makeup, same_as=same)
            ends_with = "accept" if way == "accepted" else ""
            story = stories.told(family, NOMINATIONS[way], self.days.ago(last), ends_with=ends_with)
            self.parts.append(Part(f"nomination {way}", family, story, whole, enrolled=False))
        for outcome in ("", " confirm/8"):
            family, sent = (
                ToldFamily(self.town, next(self._turns), makeup="mother"),
                filed_on(self.days.quarter(), days_later=1),
            )
            story = stories.told(family, NOMINATIONS["waiting"] + outcome, sent, ends_with="await_result")
            self.parts.append(Part(f"paid first{outcome}", family, story, 3, enrolled=False))


@dataclass
class Stage:
    """Who takes part, and where there is room for how many families."""

    town: Town
    cast: Cast
    area_names: Mapping[str, str]
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
    with clock.stopped_at(moment(days.beginning, -30)), accounts.throwaway():
        people = office.staff([sorted(places) for places in homes])
    town = Town(rng, days, people, Numbers())
    return Stage(town, Cast(town, families), named, office.facilitators(len(homes)), slots)
