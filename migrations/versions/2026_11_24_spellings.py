"""spellings of areas

Revision ID: 8d21f0c4a7be
Revises: 4216287d54ea
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
revision = '8d21f0c4a7be'
down_revision = '4216287d54ea'
branch_labels = None
depends_on = None

KNOWN = {
    '35.73.01.1001': ['Balear Josari'],
    '35.73.01.1003': ['Polowijen'],
    '35.73.01.1009': ['Ksatrian', 'Kesatriyan'],
    '35.73.02.1002': ['Rampal Celaket'],
    '35.73.02.1004': ['Kidul Dalem', 'Kiduldalem'],
    '35.73.02.1008': ['Oro Oro Dowo', 'Orooro Dowo', 'Oro-Oro Dowo'],
    '35.73.02.1010': ['Gadingkasri', 'Gading Kasri'],
    '35.73.03.1001': ['Kota Lama', 'Kutho Lawas'],
    '35.73.03.1010': ['Cemoro Kandang'],
    '35.73.03.1011': ['Arjo Winangun'],
    '35.73.03.1012': ['Tlogo Waru'],
    '35.73.04.1001': ['Cipto Mulyo'],
    '35.73.04.1004': ['Bandung Rejosari', 'Bandungrejo Sari'],
    '35.73.04.1006': ['Tanjung Rejo'],
    '35.73.04.1007': ['Pisang Candi'],
    '35.73.04.1009': ['Karang Besuki'],
    '35.73.04.1010': ['Mulyo Rejo'],
    '35.73.04.1011': ['Bakalan Krajan'],
    '35.73.05.1001': ['Tunggul Wulung'],
    '35.73.05.1002': ['Merjo Sari'],
    '35.73.05.1003': ['Tlogo Mas'],
    '35.73.05.1005': ['Sumber Sari'],
    '35.73.05.1006': ['Ketawang Gede'],
    '35.73.05.1007': ['Jati Mulyo'],
    '35.73.05.1008': ['Tunjung Sekar'],
    '35.73.05.1010': ['Tulus Rejo'],
    '35.73.05.1012': ['Tasikmadu', 'Tasik Madu'],
}
"""What the portal recognised until now, from a file of its own."""


def upgrade():
    spellings = sa.Column('spellings', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), server_default=sa.text("'[]'"), nullable=False)
    op.add_column('areas', spellings)
    op.add_column('areas', sa.Column('version', sa.Integer(), server_default=sa.text("1"), nullable=False))
    areas = sa.table('areas', sa.column('code', sa.String), sa.column('spellings', spellings.type))
    for code, known in KNOWN.items():
        op.execute(areas.update().where(areas.c.code == code).values(spellings=known))


def downgrade():
    op.drop_column('areas', 'version')
    op.drop_column('areas', 'spellings')
