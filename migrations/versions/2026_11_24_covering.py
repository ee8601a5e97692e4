"""indexes that cover the page of completeness, and the counts of graduations

Revision ID: c35b9e7d1f02
Revises: 8d21f0c4a7be
"""

from alembic import op

revision = "c35b9e7d1f02"
down_revision = "8d21f0c4a7be"
branch_labels = None
depends_on = None

COMPLETENESS = [
    "kelurahan",
    "membership",
    "facilitator_id",
    "assessed_on",
    "last_visit_on",
    "registry_match",
    "presence",
    "decile",
]


def upgrade():
    op.create_index("ix_households_completeness", "households", COMPLETENESS)
    op.create_index("ix_graduations_exit", "graduations", ["state", "exit_type", "effective_on", "approved_on", "household_id"])


def downgrade():
    op.drop_index("ix_graduations_exit", "graduations")
    op.drop_index("ix_households_completeness", "households")
