"""What the demo city remembers before it is written down: rows by table, ids, and what happened."""

from collections import defaultdict
from datetime import datetime
from typing import Any, NamedTuple

from portal.demo import loading
from portal.demo.loading import Encoded, Prepared
from portal.kernel.base import Base
from portal.kernel.history import Happening


class Deed(NamedTuple):
    """Who did it, and when."""

    at: datetime
    by: int


class Ledger:
    """Rows wait until they are handed over; events wait until the end, because the chain is in the order of time.

    Several ledgers share out the ids: the first takes 1, 1 + step …, the next 2, 2 + step …
    """

    def __init__(self, first: int = 1, step: int = 1) -> None:
        self._rows: dict[type[Base], list[dict[str, Any]]] = defaultdict(list)
        self._events: list[Happening] = []
        self._next: dict[type[Base], int] = defaultdict(lambda: first)
        self._step = step

    def next_id(self, model: type[Base]) -> int:
        number = self._next[model]
        self._next[model] += self._step
        return number

    def add(self, model: type[Base], **values: Any) -> int:
        """A row with the next id of its table, or the one that was taken before."""
        number: int = values.get("id") or self.next_id(model)
        values["id"] = number
        self._rows[model].append(values)
        return number

    def put(self, model: type[Base], **values: Any) -> None:
        """A row of a table without numbers of its own."""
        self._rows[model].append(values)

    def log(self, kind: str, subject: tuple[str, int], family: int | None, deed: Deed, **said: Any) -> None:
        self.tell(Happening(deed.at, deed.by, kind, *subject, family, **said))

    def tell(self, happened: Happening) -> None:
        self._events.append(happened)

    def hand_over(self) -> list[Encoded]:
        """The rows that wait, as the columns keep them; tables in the order in which they depend on each other."""
        order = {table.name: at for at, table in enumerate(Base.metadata.sorted_tables)}
        models = sorted(self._rows, key=lambda model: order[model.__tablename__])
        return [loading.encode(model, self._rows.pop(model)) for model in models]

    def events(self) -> list[Prepared]:
        return loading.prepare(self._events)
