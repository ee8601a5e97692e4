"""Copies of the files that the stories' families came with: one for each week by which copies of families live earlier."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from portal.demo.crowds import Crowd
from portal.family.records.batches import Batch, BatchRow
from portal.kernel.history import Happening

_COUNTED = ("rows", "ready", "done")


class Files:
    """`batches` and their `events` as the stories left them; `of_family` are the files that copied families are in."""

    def __init__(self, batches: Sequence[dict[str, Any]], events: Sequence[Happening], shifts: Sequence[int]) -> None:
        self._known = {row["id"]: row for row in batches}
        self._events = [event for event in events if event.subject_type == Batch.__tablename__]
        applied = [row["id"] for row in batches if row["state"] == "applied"]
        first = max(self._known, default=0) + 1
        self.numbers = {days: {one: first + at * len(applied) + turn for turn, one in enumerate(applied)}
                        for at, days in enumerate(shifts)}  # fmt: skip
        self._rows: dict[int, Counter[str]] = defaultdict(Counter)

    def count(self, crowd: Crowd) -> None:
        for row in crowd.template.rows[BatchRow]:
            self._rows[row["batch_id"]][row["outcome"]] += crowd.size

    def copies(self) -> Iterator[dict[str, Any]]:
        for days, numbers in self.numbers.items():
            for known, number in numbers.items():
                if number in self._rows:
                    yield self._copy(self._known[known], number, days)

    def events(self) -> Iterator[tuple[int, Happening]]:
        """Each with the place of the one that it copies."""
        copies = {row["id"]: row for row in self.copies()}
        for days, numbers in self.numbers.items():
            for event in self._events:
                copy = copies.get(numbers.get(event.subject_id, 0))
                if copy:
                    yield event.seq, _told(event, copy, days)

    def _copy(self, row: Mapping[str, Any], number: int, days: int) -> dict[str, Any]:
        many, back = self._rows[number], timedelta(days=days)
        name, _, kind = row["file_name"].rpartition(".")
        whole = dict.fromkeys(_COUNTED, sum(many.values()))
        families = {**row["counts"]["families"], **dict.fromkeys(row["counts"]["families"], 0), **many}
        return {
            **row, "id": number, "file_name": f"{name}-{1 - days // 7}.{kind}", "uploaded_at": row["uploaded_at"] + back,
            "sha256": hashlib.sha256(f"{row['sha256']}{days}".encode()).hexdigest(), "applied_at": row["applied_at"] + back,
            "counts": {**row["counts"], **dict.fromkeys(families, 0), **whole, **many, "families": families},
        }  # fmt: skip


def _told(event: Happening, copy: Mapping[str, Any], days: int) -> Happening:
    """What the event says of the file, said of its copy."""
    detail, counts = dict(event.detail or {}), copy["counts"]
    told = {"file": copy["file_name"], "sha256": copy["sha256"], **counts}
    detail = {name: told.get(name, value) for name, value in detail.items()}
    return Happening(
        event.at + timedelta(days=days), event.actor_id, event.kind, event.subject_type, copy["id"], None, event.from_state,
        event.to_state, event.reason, detail or None,
    )  # fmt: skip
