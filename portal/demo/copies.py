"""Many families who fare like one of the stories: its stencil filled in again and again, column by column.

The copies of one stencil have ids that follow each other; whatever their events tell of them is computed, not remembered,
so that a million families need no more room than a thousand.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from itertools import chain, repeat
from random import Random
from typing import Any

from portal.demo import office, town
from portal.demo.loading import TOLD, Linkable
from portal.demo.office import Slot
from portal.demo.stencils import COPIED, Blanks, Happened, Stencil
from portal.demo.town import Numbers
from portal.family.records.models import BatchRow, Household, KkNumber, Member, NameWord
from portal.family.rules.names import tokens
from portal.graduation.records import dossiers
from portal.graduation.records.dossiers import Submission
from portal.kernel import bulk
from portal.kernel.terms import Sex
from portal.kernel.vault import blind_index, chain_digest

PART = 500
"""So many families are written at once."""
Column = Sequence[Any]


@dataclass
class Ground:
    """What all copies share: the office's ids, the areas' names, and the numbers that are free."""

    numbers: Numbers
    rng: Random
    today: date
    facilitators: Sequence[tuple[int, str]]
    officers: Mapping[str, int]
    area_names: Mapping[str, str]
    next_ids: dict[str, int]
    next_rows: dict[int, int]
    """The next line of each file."""
    _names: dict[tuple[Sex, bool], list[str]] = field(default_factory=dict)

    def names(self, sex: Sex, age: int) -> list[str]:
        """Enough that neighbours have others."""
        kind = (sex, town.is_old(age))
        if kind not in self._names:
            self._names[kind] = [town.made_up(self.rng, sex, age) for _ in range(2_003)]
        return self._names[kind]


class Crowd:
    """The copies of one stencil, one in each slot."""

    def __init__(self, stencil: Stencil, slots: Sequence[Slot], ground: Ground) -> None:
        self.stencil, self.slots, self.ground, self.size = stencil, slots, ground, len(slots)
        self._first = {}
        for table, known in stencil.ids.items():
            self._first[table] = ground.next_ids[table]
            ground.next_ids[table] += len(known) * self.size
        self._part = range(0)
        self._known: dict[str, Column] = {}

    def write(self) -> None:
        """Rows of every table, parents first, some hundred families at a time."""
        for start in range(0, self.size, PART):
            self._turn_to(range(start, min(start + PART, self.size)))
            for model in COPIED:
                names = bulk.attributes(model)
                rows = [zip(*(self._column(row[name]) for name in names), strict=True) for row in self.stencil.rows[model]]
                bulk.insert(model, names, list(chain.from_iterable(rows)))
            bulk.insert(NameWord, ("word", "household_id"), list(self._words()))
        self._turn_to(range(0))

    def told(self, happened: Happened) -> Iterator[Linkable]:
        """This event of each family."""
        self._turn_to(range(self.size))
        detail, reason = happened.cells["detail"], happened.cells["reason"]
        if isinstance(detail, Blanks):
            self._known["digest"] = [chain_digest(text.encode()) for text in self._column(detail)]
        if isinstance(reason, Blanks):
            self._known["why"] = [chain_digest(text.encode()) for text in self._column(reason)]
        cells = zip(*(self._column(happened.cells[name]) for name in TOLD), strict=True)
        yield from zip(map(str.encode, self._column(happened.told)), cells, strict=True)
        self._turn_to(range(0))

    # --- columns ---------------------------------------------------------------------------------------------------

    def _turn_to(self, part: range) -> None:
        self._part, self._known = part, {}

    def _column(self, cell: object) -> Iterable[Any]:
        if not isinstance(cell, Blanks):
            return repeat(cell, len(self._part))
        columns = [self.blank(key) for key in cell.keys]
        if not cell.text:
            return columns[0]
        return map(cell.text.__mod__, zip(*columns, strict=True)) if columns else repeat(cell.text % (), len(self._part))

    def blank(self, key: str) -> Column:
        """What fills it in the families of this part."""
        if key not in self._known:
            kind, _, number = key.partition(":")
            if kind in self.stencil.ids:
                self._known[key] = self._ids(kind, self.stencil.ids[kind][int(number)])
            else:
                self._known[key] = _FILLED[kind](self, int(number or 0))
        return self._known[key]

    def _ids(self, table: str, at: int) -> range:
        step, first = len(self.stencil.ids[table]), self._first[table] + at
        return range(first + step * self._part.start, first + step * self._part.stop, step)

    @property
    def households(self) -> range:
        return self._ids(Household.__tablename__, 0)

    @property
    def places(self) -> list[Slot]:
        return [self.slots[at] for at in self._part]

    def names(self, number: int) -> list[str]:
        member = self.stencil.story(Member, number)
        age = (self.ground.today - member["birth_date"]).days // 365 if member["birth_date"] else 30
        names = self.ground.names(member["sex"], age)
        return [names[(one * 31 + number * 577) % len(names)] for one in self.households]

    def born(self, number: int) -> list[date]:
        day = self.stencil.story(Member, number)["birth_date"]
        return [day - timedelta(days=one % town.BORN_WITHIN) for one in self.households]

    def niks(self, number: int) -> list[str]:
        sex = self.stencil.story(Member, number)["sex"]
        return [self.ground.numbers.nik(day, sex) for day in self.born(number)]

    def cards(self, _number: int) -> list[str]:
        """Issued years before the demo begins."""
        return [self.ground.numbers.kk(self.ground.today - timedelta(days=1_200 + one % 3_000)) for one in self.households]

    def lines(self, number: int) -> range:
        """The next ones of the file in which the family stood."""
        batch, many = self.stencil.story(BatchRow, number)["batch_id"], len(self._part)
        self.ground.next_rows[batch] += many
        return range(self.ground.next_rows[batch] - many, self.ground.next_rows[batch])

    def contents(self, number: int) -> list[bytes]:
        """What was submitted: it tells of this family."""
        return [text.encode() for text in self._column(self.stencil.payloads[number])]

    def sealed(self, number: int) -> list[bytes]:
        row = self.stencil.story(Submission, number)
        cases = self.blank(f"graduations:{row['case_id']}")
        return [
            dossiers.seal(one, case, row["number"]) for one, case in zip(self.blank(f"content:{number}"), cases, strict=True)
        ]

    def sort_names(self, _number: int) -> list[str]:
        (household,) = self.stencil.rows[Household]
        return [" ".join(_tokens(name))[:120] for name in self._column(household["caretaker_name"])]

    def _words(self) -> Iterator[tuple[str, int]]:
        present = [self.blank(f"name:{row['id']}") for row in self.stencil.left.rows[Member] if row["left_on"] is None]
        for household, *called in zip(self.households, *present, strict=True):
            for word in {word[:40] for name in called for word in _tokens(name)}:
                yield word, household


_FILLED: Mapping[str, Callable[[Crowd, int], Column]] = {
    "facilitator": lambda crowd, _: [crowd.ground.facilitators[slot.facilitator][0] for slot in crowd.places],
    "facilitator_name": lambda crowd, _: [crowd.ground.facilitators[slot.facilitator][1] for slot in crowd.places],
    "officer": lambda crowd, _: [crowd.ground.officers.get(slot.kelurahan) for slot in crowd.places],
    "kelurahan": lambda crowd, _: [slot.kelurahan for slot in crowd.places],
    "kelurahan_name": lambda crowd, _: [crowd.ground.area_names[slot.kelurahan] for slot in crowd.places],
    "kecamatan": lambda crowd, _: [slot.kelurahan[:8] for slot in crowd.places],
    "street": lambda crowd, _: [office.street(one * 31 % 100_003) for one in crowd.households],
    "phone": lambda crowd, _: bulk.encoded(Household, "phone", [f"0812{one * 7_919 % 10**8:08d}" for one in crowd.households]),
    "name": Crowd.names, "sort": Crowd.sort_names,
    "born": lambda crowd, number: bulk.encoded(Member, "birth_date", crowd.born(number)),
    "niks": Crowd.niks,
    "nik": lambda crowd, number: bulk.encoded(Member, "nik", crowd.blank(f"niks:{number}")),
    "index": lambda crowd, number: [blind_index("nik", nik) for nik in crowd.blank(f"niks:{number}")],
    "cards": Crowd.cards,
    "kk": lambda crowd, number: bulk.encoded(KkNumber, "kk", crowd.blank(f"cards:{number}")),
    "kk_index": lambda crowd, number: [blind_index("kk", kk) for kk in crowd.blank(f"cards:{number}")],
    "reference": lambda crowd, number: [f"SIKS-{one:06d}" for one in crowd.blank(f"graduations:{number}")],
    "row": Crowd.lines, "content": Crowd.contents, "payload": Crowd.sealed,
    "sha": lambda crowd, number: [hashlib.sha256(content).hexdigest() for content in crowd.blank(f"content:{number}")],
}  # fmt: skip
"""What fills a blank of this kind, in all families of the part; some are made of others."""
_tokens = cache(tokens)
"""The same names come again and again, and folding takes its time."""
