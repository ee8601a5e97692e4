"""What the demo city remembers before it is written down: rows by table, ids, and what happened."""

from collections import defaultdict
from datetime import datetime
from typing import Any, NamedTuple

from portal.records.base import Base
from portal.records.loading import Happening, Load


class Deed(NamedTuple):
    """Who did it, and when."""

    at: datetime
    by: int


class Ledger:
    """Rows wait here until `write`; events wait until the end, because the chain is in the order of time."""

    def __init__(self) -> None:
        self.rows: dict[type[Base], list[dict[str, Any]]] = defaultdict(list)
        self.events: list[Happening] = []
        self._last: dict[type[Base], int] = defaultdict(int)

    def next_id(self, model: type[Base]) -> int:
        self._last[model] += 1
        return self._last[model]

    def add(self, model: type[Base], **values: Any) -> int:
        """A row with the next id of its table, or the one that was taken before."""
        number: int = values.get("id") or self.next_id(model)
        values["id"] = number
        self.rows[model].append(values)
        return number

    def put(self, model: type[Base], **values: Any) -> None:
        """A row of a table without numbers of its own."""
        self.rows[model].append(values)

    def log(self, kind: str, subject: tuple[str, int], family: int | None, deed: Deed, **said: Any) -> None:
        self.events.append(Happening(deed.at, deed.by, kind, *subject, family, **said))

    def write(self, load: Load) -> None:
        """Hand over what waits, tables in the order in which they depend on each other."""
        for table in Base.metadata.sorted_tables:
            for model in [known for known in self.rows if known.__table__ is table]:
                load.add(model, self.rows.pop(model))
