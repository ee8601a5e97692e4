"""Many families who fare like one of the stories: its stencil filled in again and again, column by column.

The copies of one stencil have ids that follow each other; whatever their events tell of them is computed, not remembered, so
that a million families need no more room than a thousand.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from itertools import chain, repeat
from random import Random
from typing import Any

from portal.demo import office, people
from portal.demo.loading import TOLD, Linkable
from portal.demo.office import Slot
from portal.demo.people import Numbers
from portal.demo.stencils import COPIED, Blanks, Happened, Stencil
from portal.family.records.models import Household, KkNumber, Member, NameWord
from portal.family.records.register import BatchRow
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
        kind = (sex, people.is_old(age))
        if kind not in self._names:
            self._names[kind] = [people.made_up(self.rng, sex, age) for _ in range(2_003)]
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

    def told(self, happened: Happened) -> Iterator[Linkable]:
        """This event of each family."""
        self._turn_to(range(self.size))
        detail, reason = happened.cells["detail"], happened.cells["reason"]
        if isinstance(detail, Blanks):
            self._known["digest"] = [chain_digest(text.encode()) for text in self._column(detail)]
        if isinstance(reason, Blanks):
            self._known["why"] = [chain_digest(text.encode()) for text in self._column(reason)]
        cells = zip(*(self._column(happened.cells[name]) for name in TOLD), strict=True)
        return zip(map(str.encode, self._column(happened.told)), cells, strict=True)

    # --- columns ---------------------------------------------------------------------------------------------------

    def _turn_to(self, part: range) -> None:
        self._part, self._known = part, {}

    def _column(self, cell: object) -> Iterable[Any]:
        if not isinstance(cell, Blanks):
            return repeat(cell, len(self._part))
        columns = [self._blank(key) for key in cell.keys]
        if not cell.text:
            return columns[0]
        return map(cell.text.__mod__, zip(*columns, strict=True)) if columns else repeat(cell.text % (), len(self._part))

    def _blank(self, key: str) -> Column:
        if key not in self._known:
            kind, _, number = key.partition(":")
            if kind in self.stencil.ids:
                self._known[key] = self._ids(kind, self.stencil.ids[kind][int(number)])
            else:
                _FILLED.get(kind, Crowd._place)(self, int(number or 0))
        return self._known[key]

    def _ids(self, table: str, at: int) -> range:
        step, first = len(self.stencil.ids[table]), self._first[table] + at
        return range(first + step * self._part.start, first + step * self._part.stop, step)

    @property
    def _households(self) -> range:
        return self._ids(Household.__tablename__, 0)

    def _place(self, _number: int) -> None:
        slots, ground = [self.slots[at] for at in self._part], self.ground
        facilitators, kelurahan = [ground.facilitators[slot.facilitator] for slot in slots], [slot.kelurahan for slot in slots]
        self._known |= {
            "facilitator": [number for number, _name in facilitators],
            "facilitator_name": [name for _number, name in facilitators],
            "officer": [ground.officers.get(one) for one in kelurahan],
            "kelurahan": kelurahan,
            "kecamatan": [one[:8] for one in kelurahan],
            "kelurahan_name": [ground.area_names[one] for one in kelurahan],
        }

    def _street(self, _number: int) -> None:
        self._known["street"] = [office.street(one * 31 % 100_003) for one in self._households]

    def _name(self, number: int) -> None:
        member = self.stencil.story(Member, number)
        age = (self.ground.today - member["birth_date"]).days // 365 if member["birth_date"] else 30
        names = self.ground.names(member["sex"], age)
        self._known[f"name:{number}"] = [names[(one * 31 + number * 577) % len(names)] for one in self._households]

    def _born(self, number: int) -> None:
        """Some days earlier each: as many as may be without another age."""
        day = self.stencil.story(Member, number)["birth_date"]
        days = [day - timedelta(days=one % people.BORN_WITHIN) for one in self._households]
        self._known[f"born:{number}"] = bulk.encoded(Member, "birth_date", days)

    def _nik(self, number: int) -> None:
        member = self.stencil.story(Member, number)
        days = [member["birth_date"] - timedelta(days=one % people.BORN_WITHIN) for one in self._households]
        made = [self.ground.numbers.nik(day, member["sex"]) for day in days]
        self._known[f"nik:{number}"] = bulk.encoded(Member, "nik", made)
        self._known[f"index:{number}"] = [blind_index("nik", nik) for nik in made]

    def _kk(self, number: int) -> None:
        issued = people.issued(self.stencil.story(KkNumber, number)["kk"])
        made = [self.ground.numbers.kk(issued - timedelta(days=one % 91)) for one in self._households]
        self._known[f"kk:{number}"] = bulk.encoded(KkNumber, "kk", made)
        self._known[f"kk_index:{number}"] = [blind_index("kk", kk) for kk in made]

    def _phone(self, number: int) -> None:
        phones = [f"0812{one * 7_919 % 10**8:08d}" for one in self._households]
        self._known[f"phone:{number}"] = bulk.encoded(Household, "phone", phones)

    def _sort(self, number: int) -> None:
        (household,) = self.stencil.rows[Household]
        self._known[f"sort:{number}"] = [" ".join(_tokens(name))[:120] for name in self._column(household["caretaker_name"])]

    def _reference(self, number: int) -> None:
        self._known[f"reference:{number}"] = [f"SIKS-{one:06d}" for one in self._blank(f"graduations:{number}")]

    def _row(self, number: int) -> None:
        batch = self.stencil.story(BatchRow, number)["batch_id"]
        start = self.ground.next_rows[batch]
        self.ground.next_rows[batch] += len(self._part)
        self._known[f"row:{number}"] = range(start, start + len(self._part))

    def _payload(self, number: int) -> None:
        """Each submission anew: its content tells of this family, its seal of its case."""
        row = self.stencil.story(Submission, number)
        payloads = [text.encode() for text in self._column(self.stencil.payloads[number])]
        sealed = zip(payloads, self._blank(f"graduations:{row['case_id']}"), strict=True)
        self._known[f"payload:{number}"] = [dossiers.seal(payload, case, row["number"]) for payload, case in sealed]
        self._known[f"sha:{number}"] = [hashlib.sha256(payload).hexdigest() for payload in payloads]

    def _words(self) -> Iterator[tuple[str, int]]:
        present = [self._blank(f"name:{row['id']}") for row in self.stencil.left.rows[Member] if row["left_on"] is None]
        for household, *called in zip(self._households, *present, strict=True):
            for word in {word[:40] for name in called for word in _tokens(name)}:
                yield word, household


_FILLED: Mapping[str, Callable[[Crowd, int], None]] = {
    "street": Crowd._street, "name": Crowd._name, "born": Crowd._born, "nik": Crowd._nik, "index": Crowd._nik,
    "kk": Crowd._kk, "kk_index": Crowd._kk, "phone": Crowd._phone, "sort": Crowd._sort, "reference": Crowd._reference,
    "row": Crowd._row, "payload": Crowd._payload, "sha": Crowd._payload,
}  # fmt: skip
"""What fills a blank of this kind, and its companions; all others tell of the place."""
_tokens = cache(tokens)
"""The same names come again and again, and folding takes its time."""
