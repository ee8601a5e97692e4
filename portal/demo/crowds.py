"""Many families who fare like one of the stories: its rows again, column by column, under other names and numbers.

A crowd are the copies of one template. Their ids follow each other, so every column is a range, a list or always the same.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import chain, repeat
from random import Random
from typing import Any

from portal.demo import loading, office, people
from portal.demo.loading import Cells, Encoded, EncodedEvent, Row
from portal.demo.office import Slot
from portal.demo.people import Numbers
from portal.demo.templates import COPIED, Blank, Pieces, Template
from portal.family.records.models import Household, KkNumber, Member, NameWord
from portal.family.records.register import BatchRow
from portal.family.rules.names import tokens
from portal.graduation.records import dossiers
from portal.graduation.records.dossiers import Submission
from portal.kernel.base import Base
from portal.kernel.history import Event, Happening, told_by
from portal.kernel.vault import blind_index, chain_digest

Column = Sequence[Any]


@dataclass(frozen=True)
class Ground:
    """What all crowds share: the office's ids, the areas' names, and the numbers that are free."""

    numbers: Numbers
    facilitators: Sequence[tuple[int, str]]
    officers: Mapping[str, int]
    area_names: Mapping[str, str]
    next_ids: dict[str, int]
    next_rows: dict[int, int]
    """The next line of each file."""


class Crowd:
    def __init__(self, template: Template, slots: Sequence[Slot], ground: Ground, rng: Random) -> None:
        self.template, self.ground, self._rng = template, ground, rng
        self.size = len(slots)
        self._first = {}
        for table, known in template.ids.items():
            self._first[table] = ground.next_ids[table]
            ground.next_ids[table] += len(known) * self.size
        facilitators, kelurahan = [ground.facilitators[slot.facilitator] for slot in slots], [slot.kelurahan for slot in slots]
        self._filled: dict[str, Column] = {
            "facilitator": [number for number, _name in facilitators],
            "facilitator_name": [name for _number, name in facilitators],
            "officer": [ground.officers.get(one) for one in kelurahan],
            "kelurahan": kelurahan,
            "kecamatan": [one[:8] for one in kelurahan],
            "kelurahan_name": [ground.area_names[one] for one in kelurahan],
            "street": [office.street(one * 31 % 100_003) for one in self._range(Household.__tablename__, 0)],
        }

    def tables(self) -> Iterator[Encoded]:
        """Rows as the columns keep them, parents first. Afterwards only what its events need is remembered."""
        self._make_people()
        for model in COPIED:
            if model is Submission:
                self._seal()
            yield model, list(chain.from_iterable(self._rows(model, row) for row in self.template.rows[model]))
            if model is Household:
                yield NameWord, list(self._words())
        wanted = _blanks_of(self.template.events)
        self._filled = {key: column for key, column in self._filled.items() if key in wanted}

    def told(self, at: int) -> Iterator[EncodedEvent]:
        """The event with this index, of each family."""
        row = self.template.events[at]
        detail = row["detail"]
        details = self._column(detail) if detail else repeat(None)
        alike = not isinstance(detail, Pieces) or len(detail.parts) == 1
        digest = _digest(detail.parts[0] if detail else None) if alike else ""
        (moment,) = loading.encoded(Event, "at", [row["at"]])
        kind, subject, states = row["kind"], row["subject_type"], (row["from_state"], row["to_state"])
        reasons = self._column(row["reason"]) if row["reason"] else repeat(None)
        columns = (self._column(row[name]) for name in ("actor_id", "subject_id", "household_id"))
        for who, which, home, why, what in zip(*columns, reasons, details, strict=False):
            mark = digest or _digest(what)
            event = Happening(row["at"], who, kind, subject, which, home, *states, why, detail_digest=mark)
            yield EncodedEvent(row["at"], told_by(event), (moment, who, kind, subject, which, home, *states, why, what, mark))

    # --- columns ---------------------------------------------------------------------------------------------------

    def _rows(self, model: type[Base], row: Row) -> Iterator[Cells]:
        return zip(*(self._encoded(model, name, row[name]) for name in loading.attributes(model)), strict=False)

    def _encoded(self, model: type[Base], name: str, value: object) -> Iterable[object]:
        if isinstance(value, Blank | Pieces):
            return self._column(value)
        return repeat(loading.encoded(model, name, [value])[0], self.size)

    def _column(self, value: object) -> Iterable[Any]:
        if isinstance(value, Blank):
            return self._blank(value.key)
        if isinstance(value, Pieces):
            parts = [repeat(part, self.size) if at % 2 == 0 else self._texts(part) for at, part in enumerate(value.parts)]
            return map("".join, zip(*parts, strict=True)) if len(parts) > 1 else parts[0]
        return repeat(value, self.size)

    def _texts(self, key: str) -> Iterable[str]:
        column = self._blank(key)
        return map(str, column) if isinstance(column[0], int) else column

    def _blank(self, key: str) -> Column:
        if key not in self._filled:
            self._filled[key] = self._fill(*key.partition(":")[::2])
        return self._filled[key]

    def _fill(self, kind: str, number: str) -> Column:
        known = self.template.ids.get(kind)
        if known is not None:
            return self._range(kind, known[int(number)])
        if kind == "reference":
            return [f"SIKS-{one:06d}" for one in self._blank(f"graduations:{number}")]
        if kind == "row":
            batch = next(row["batch_id"] for row in self.template.rows[BatchRow] if row["row"] == Blank(f"row:{number}"))
            start = self.ground.next_rows[batch]
            self.ground.next_rows[batch] += self.size
            return range(start, start + self.size)
        raise KeyError(kind)

    def _range(self, table: str, at: int) -> range:
        step = len(self.template.ids[table])
        first = self._first[table] + at
        return range(first, first + step * self.size, step)

    def _make_people(self) -> None:
        numbers, filled = self.ground.numbers, self._filled
        for row in self.template.members:
            number, born, sex = row["id"], row["birth_date"], row["sex"]
            age = (self.template.family.town.days.today - born).days // 365 if born else 30
            filled[f"name:{number}"] = [people.made_up(self._rng, sex, age) for _ in range(self.size)]
            if row["nik"] and born:
                made = [numbers.nik(born, sex) for _ in range(self.size)]
                filled[f"nik:{number}"] = loading.encoded(Member, "nik", [nik for nik, _ in made])
                filled[f"index:{number}"] = [blind_index("nik", nik) for nik, _ in made]
                filled[f"born:{number}"] = loading.encoded(Member, "birth_date", [day for _, day in made])
            elif born:
                filled[f"born:{number}"] = loading.encoded(Member, "birth_date", [born] * self.size)
        for row in self.template.cards:
            day, month, year = (int(row["kk"][at : at + 2]) for at in (6, 8, 10))
            cards = [numbers.kk(date(2000 + year, month, day)) for _ in range(self.size)]
            filled[f"kk:{row['id']}"] = loading.encoded(KkNumber, "kk", cards)
            filled[f"kk_index:{row['id']}"] = [blind_index("kk", card) for card in cards]
        (household,) = self.template.rows[Household]
        names = self._blank(household["caretaker_name"].key)
        filled[household["sort_name"].key] = [" ".join(tokens(name))[:120] for name in names]
        if household["phone"]:
            phones = [f"0812{self._rng.randrange(10**8):08d}" for _ in range(self.size)]
            filled[household["phone"].key] = loading.encoded(Household, "phone", phones)

    def _words(self) -> Iterator[tuple[str, int]]:
        present = [self._filled[f"name:{row['id']}"] for row in self.template.members if row["left_on"] is None]
        for household, *called in zip(self._range(Household.__tablename__, 0), *present, strict=True):
            for word in {word[:40] for name in called for word in _tokens(name)}:
                yield word, household

    def _seal(self) -> None:
        """Each submission anew: its content tells of this family, its seal of its case."""
        for row in self.template.rows[Submission]:
            number, payloads, hashes = row["id"].key.partition(":")[2], [], []
            for text, case in zip(self._column(self.template.payloads[int(number)]), self._column(row["case_id"]), strict=True):
                payload = text.encode()
                payloads.append(dossiers.seal(payload, case, row["number"]))
                hashes.append(hashlib.sha256(payload).hexdigest())
            self._filled[f"payload:{number}"], self._filled[f"sha:{number}"] = payloads, hashes


def _blanks_of(rows: Sequence[Row]) -> set[str]:
    values = [value for row in rows for value in row.values()]
    inside = {part for value in values if isinstance(value, Pieces) for part in value.parts[1::2]}
    return inside | {value.key for value in values if isinstance(value, Blank)}


def _digest(text: str | None) -> str:
    return chain_digest((text or "null").encode())


_tokens = cache(tokens)
"""The same names come again and again, and folding takes its time."""
