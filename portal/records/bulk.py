"""Many rows at once inside a transaction of the gate, past the session, which would keep an account of each."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import func, select, text

from portal.records.base import Base, session
from portal.records.loading import Load, encode


def add(model: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    """`rows` by attribute and with their ids (`with_ids`); what a row leaves out gets the column's default, or NULL."""
    if rows:
        Load(session.connection()).insert([encode(model, rows)])


def with_ids(model: Any, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows with ids that nobody else gets: on SQLite the writer is alone, PostgreSQL counts for everybody."""
    return [{**row, "id": row_id} for row, row_id in zip(rows, _new_ids(model, len(rows)), strict=True)]


def _new_ids(model: Any, count: int) -> Iterable[int]:
    if session.get_bind().dialect.name == "sqlite":
        last = session.scalar(select(func.max(model.id))) or 0
        return range(last + 1, last + 1 + count)
    drawn = text("SELECT nextval(pg_get_serial_sequence(:table, 'id')) FROM generate_series(1, :count)")
    return session.scalars(drawn, {"table": model.__tablename__, "count": count}).all()
