"""a next visit for every active family

Until now a family whose facilitator agreed on no day stood in no list of visits. The day is what the portal writes from now
on: so many months, as the setting was, after the family was last met or came into the programme, whichever is later. Of a
family that was never met and whose beginning nobody said, after the day since when the portal has known it: the office's
plan would have brought somebody there by then, so whom it forgot shows as overdue, and nobody else does.

Revision ID: 5f0c2ad91b7e
Revises: c35b9e7d1f02
"""

from calendar import monthrange
from datetime import UTC, date
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op

revision = "5f0c2ad91b7e"
down_revision = "c35b9e7d1f02"
branch_labels = None
depends_on = None

MONTHS = 3
"""Where the office never said otherwise."""
OFFICE = ZoneInfo("Asia/Jakarta")

households = sa.table(
    "households",
    sa.column("id", sa.Integer),
    sa.column("membership", sa.String),
    sa.column("created_at", sa.DateTime(timezone=True)),
    sa.column("last_visit_on", sa.Date),
    sa.column("due_on", sa.Date),
)
episodes = sa.table(
    "episodes", sa.column("household_id", sa.Integer), sa.column("started", sa.Date), sa.column("ended", sa.Date)
)
settings = sa.table(
    "settings", sa.column("key", sa.String), sa.column("valid_from", sa.Date), sa.column("value", sa.Text)
)


def upgrade():
    connection = op.get_bind()
    set_ones = sa.select(settings.c.valid_from, settings.c.value).where(settings.c.key == "visit_every_months")
    every = [(row.valid_from, int(row.value)) for row in connection.execute(set_ones.order_by(settings.c.valid_from.desc()))]
    began = sa.select(sa.func.max(episodes.c.started)).where(
        episodes.c.household_id == households.c.id, episodes.c.ended.is_(None)
    )
    lost = sa.select(
        households.c.id, households.c.created_at, households.c.last_visit_on, began.scalar_subquery().label("began")
    ).where(households.c.membership == "active", households.c.due_on.is_(None))
    found = [{"one": row.id, "day": _next_visit(row, every)} for row in connection.execute(lost)]
    if found:
        plan = households.update().where(households.c.id == sa.bindparam("one")).values(due_on=sa.bindparam("day"))
        connection.execute(plan, found)


def downgrade():
    """The days stay: what was here before writes its own with the next word about a family."""


def _next_visit(row, every):
    known = row.created_at if row.created_at.tzinfo else row.created_at.replace(tzinfo=UTC)
    counted_from = max(filter(None, (row.last_visit_on or known.astimezone(OFFICE).date(), row.began)))
    months = next((months for valid_from, months in every if valid_from <= counted_from), MONTHS)
    return _add_months(counted_from, months)


def _add_months(day, months):
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
