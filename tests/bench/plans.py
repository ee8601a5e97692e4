"""How the database will find what a statement asks: every SELECT that ran, explained, and the full scans among them."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, event

LARGE = frozenset(
    {"households", "members", "events", "name_words", "payments", "deciles", "visits", "assessments", "evidence", "aids",
     "kk_numbers", "episodes"}
)  # fmt: skip
"""Tables that grow with the families; a statement that walks one of them whole gets slower as the city grows."""

Asked = dict[str, Any]
"""Statement -> the parameters it ran with the first time."""


@contextmanager
def listening() -> Iterator[Asked]:
    """Collects the questions that are asked meanwhile, each once."""
    asked: Asked = {}

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:
        if statement.startswith(("SELECT", "WITH")) and not many:
            asked.setdefault(statement, parameters)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def full_scans(connection: Connection, statement: str, parameters: Any) -> list[str]:
    """Lines of SQLite's plan that walk a large table from end to end. A walk that a LIMIT ends is none, as long as
    nothing has to be sorted first: pages in the order of an index, and counts up to "more than 1,000"."""
    rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
    plan = [str(row[3]) for row in rows]
    sorts = any("USE TEMP B-TREE" in line for line in plan)
    found = [line for line in plan if (table := _walked(line, statement)) and table in LARGE]
    return [] if "LIMIT" in statement and not sorts else found


def _walked(line: str, statement: str) -> str | None:
    match = re.match(r"SCAN (\w+)", line)
    if not match:
        return None
    named = re.search(rf"\b(\w+) AS {match[1]}\b", statement)
    return named[1] if named else match[1]
