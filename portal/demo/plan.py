"""Which stories the demo tells, and how many of each: written for 5,000 families, scaled to any number, none left out."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from random import Random

from portal.demo import stories
from portal.demo.days import Days, workday
from portal.demo.families import Family
from portal.demo.follow_up import Fortune
from portal.demo.graduations import Way
from portal.demo.nominations import Way as NominationWay
from portal.demo.places import Slot, shared
from portal.demo.stories import ANYWHERE, JOKO, OFFICER, PAIR, SARI, Story, story
from portal.kernel.terms import ExitType

WHOLE = 5000
LAST_YEAR = {3: 8, 4: 12, 5: 14, 6: 22, 7: 20, 8: 24, 9: 30, 10: 31, 11: 33, 12: 35}
"""Effective graduations by month: 130 until September, 229 in the year (malangtimes.com; the office's own figure)."""
THIS_YEAR = {1: 12, 2: 14, 3: 20, 4: 18, 5: 20, 6: 24, 7: 22, 8: 23, 9: 25, 10: 24, 11: 22, 12: 22}

_OPEN = {
    "identified": (10, 1, 18), "assessment": (9, 1, 14), "ready": (8, 1, 20), "not_yet": (12, 5, 50),
    "counselling": (12, 1, 15), "statement_signed": (9, 1, 9), "submitted": (16, 1, 27),
    "returned": (7, 1, 12), "approved": (14, 1, 15),
    "recorded": (10, 1, 18), "rejected": (6, 15, 250), "withdrawn": (8, 10, 250), "revoked": (3, 20, 200),
}  # fmt: skip
"""State of a graduation: how many, and how many days ago it came there, at least and at most."""
_WITH_SARI = {"identified": 1, "ready": 2, "not_yet": 1, "counselling": 1, "submitted": 2, "returned": 2, "approved": 1}
_NOMINATED = {
    "draft": (6, 1, 12), "submitted": (7, 1, 12), "deliberated": (5, 1, 9), "endorsed": (3, 1, 7), "field_check": (7, 1, 12),
    "recommended": (8, 1, 14), "not_recommended": (3, 1, 12), "returned": (5, 1, 10), "approved": (6, 1, 10),
    "forwarded": (6, 1, 12), "waiting": (7, 5, 50), "accepted": (14, 10, 220), "declined": (5, 10, 220),
    "rejected": (4, 10, 220), "withdrawn": (3, 10, 200), "duplicate": (2, 10, 200),
}  # fmt: skip
_FARED = {
    -1: {Fortune.RELAPSED: (8, 170), Fortune.LOST: (4, 210), Fortune.WATCHED: (16, 110), Fortune.AT_RISK: (4, 110),
         Fortune.HELPED: (3, 130)},
    0: {Fortune.RELAPSED: (2, 150), Fortune.WATCHED: (8, 110), Fortune.AT_RISK: (3, 110), Fortune.HELPED: (2, 130)},
}  # fmt: skip
"""By year, this one is 0: how many fared so, among those that left at least so many days ago."""
_AGAIN = ("draft", "accepted", "draft", "submitted", "draft", "field_check", "draft", "recommended")
"""Where the nominations stand that relapses opened, in turn."""


class Plan:
    def __init__(self, rng: Random, days: Days, families: int) -> None:
        self.rng, self.days, self.families = rng, days, families

    def stories(self) -> list[Story]:
        """One for each family, the particular ones first."""
        particular = [
            *self._graduated(-1, LAST_YEAR), *self._graduated(0, THIS_YEAR), *self._graduating(), *self._nominated(),
            *self._changing(), *self._due(),
        ]  # fmt: skip
        rest = self.families - len(particular)
        return particular + [story(stories.ordinary)] * rest

    def _many(self, whole: int) -> int:
        return max(1, round(whole * self.families / WHOLE))

    def _graduated(self, turn: int, months: dict[int, int]) -> Iterator[Story]:
        year = self.days.year + turn
        wanted = round(sum(months.values()) * self.families / WHOLE)
        days = [day for day in self._days_of(year, months, wanted) if day <= self.days.last]
        fortunes, again = self._fortunes(days, _FARED[turn]), -turn
        for day, fortune in zip(days, fortunes, strict=True):
            where, stands = ANYWHERE, "draft"
            if fortune is Fortune.RELAPSED:
                stands, again = _AGAIN[again % len(_AGAIN)], again + 1
                where = ANYWHERE if stands == "draft" else PAIR
            way = Way("effective", day, own_wish=self.rng.random() < 0.06, once_more=self.rng.random() < 0.1)
            yield story(stories.graduating, where, way=way, fortune=fortune, again=stands)

    def _days_of(self, year: int, months: dict[int, int], wanted: int) -> list[date]:
        """Working days of the year, more in months that had more; in order."""
        chosen = shared(list(months.values()), wanted)
        spread = [(month, many) for month, many in zip(months, chosen, strict=True)]
        days = [workday(date(year, month, self.rng.randrange(4, 29))) for month, many in spread for _ in range(many)]
        return sorted(days)

    def _fortunes(self, days: Sequence[date], fared: dict[Fortune, tuple[int, int]]) -> list[Fortune]:
        found = [Fortune.STABLE] * len(days)
        for fortune, (whole, ago) in fared.items():
            latest = self.days.last - timedelta(days=ago)
            early = [at for at, day in enumerate(days) if found[at] is Fortune.STABLE and day <= latest]
            for at in self.rng.sample(early, min(len(early), self._many(whole))):
                found[at] = fortune
        return found

    def _graduating(self) -> Iterator[Story]:
        for state, (whole, least, most) in _OPEN.items():
            for turn in range(self._many(whole)):
                where = SARI if turn < _WITH_SARI.get(state, 0) else JOKO if turn == 3 else ANYWHERE
                yield story(stories.graduating, where, way=self._way(state, turn, self._ago(least, most)))
        for _ in range(min(3, self._many(60))):
            way = Way("statement_signed", self._ago(2, 8), ageing=True)
            yield story(stories.graduating, SARI, way=way)

    def _way(self, state: str, turn: int, day: date) -> Way:
        """A few in each state are special: on the own wish, handed in once more, changed since."""
        handed_in, turn = state in ("submitted", "approved"), turn % 8
        return Way(state, day, turn == 1, handed_in and turn == 2, unlike=state == "submitted" and turn == 4)

    def _nominated(self) -> Iterator[Story]:
        for state, (whole, least, most) in _NOMINATED.items():
            for turn in range(self._many(whole)):
                way = NominationWay(
                    state, self._ago(least, most), once_more=turn % 5 == 2, early=turn % 2 == 0,
                    overridden=state in ("approved", "forwarded") and turn == 1,
                )  # fmt: skip
                yield story(stories.proposed, PAIR if state == "endorsed" or turn % 3 == 0 else OFFICER, way=way)

    def _changing(self) -> Iterator[Story]:
        yield from self._times(230, stories.risen, decided=True)
        yield from self._times(28, stories.risen, decided=False)
        yield from self._times(12, stories.risen, decided=True, resumed="confirmed")
        yield from self._times(8, stories.risen, decided=True, resumed="open")
        for way, counts in _LEAVING.items():
            for outcome, whole in zip(("confirmed", "open", "dismissed"), counts, strict=True):
                yield from self._times(whole, stories.left, way=way, outcome=outcome)

    def _due(self) -> Iterator[Story]:
        yield from self._times(12, stories.ordinary, SARI, busy=True)
        yield from self._times(6, stories.ordinary, JOKO, busy=True)
        yield from self._times(140, stories.ordinary, busy=True)
        yield from self._times(2, stories.drafted, SARI)
        yield from self._times(10, stories.drafted)

    def _times(self, whole: int, tell: Callable[..., Family], where: str = ANYWHERE, **said: object) -> Iterable[Story]:
        return [story(tell, where, **said)] * self._many(whole)

    def _ago(self, least: int, most: int) -> date:
        return self.days.last - timedelta(days=self.rng.randint(least, most))


_LEAVING = {
    ExitType.NATURAL: (90, 6, 2), ExitType.INELIGIBLE: (70, 5, 3), ExitType.NON_COMPLIANCE: (25, 2, 1),
}  # fmt: skip
"""How many left so; for how many it is proposed; for how many it was dismissed."""


def matched(
    rng: Random, told: Sequence[Story], slots: Sequence[Slot], places: dict[str, list[Slot]]
) -> list[tuple[Story, Slot]]:
    """A slot for each story: those that need a certain place choose first, or move there when it is full; then shuffled."""
    free = Counter(slots)
    pairs = [(one, _taken(rng, free, places[one.where])) for one in told if one.where]
    left = list(free.elements())
    rng.shuffle(left)
    pairs += zip((one for one in told if not one.where), left, strict=False)
    rng.shuffle(pairs)
    return pairs


def _taken(rng: Random, free: Counter[Slot], wanted: Sequence[Slot]) -> Slot:
    """Whoever moves into a full place leaves room where there is most of it."""
    chosen = rng.choice([slot for slot in wanted if free[slot] > 0] or wanted)
    free[chosen if free[chosen] > 0 else max(free, key=lambda slot: free[slot])] -= 1
    return chosen
