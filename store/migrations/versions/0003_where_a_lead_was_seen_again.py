"""Where a lead was seen again, by an index of those fates alone"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    again = sa.text("fate = 'duplicate'")
    op.create_index("ix_fate_duplicate", "fate", ["lead_id"], sqlite_where=again, postgresql_where=again)


def downgrade() -> None:
    op.drop_index("ix_fate_duplicate", "fate")
