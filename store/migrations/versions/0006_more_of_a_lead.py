"""Title, gender, registration numbers, domain, parts of the address, and what was ordered."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

BOTH = ("title", "gender", "registrations", "domain", "region_code", "street", "house")
ADDED = {"lead": (*BOTH, "ordered_on", "amount", "currency"), "contact": BOTH}


def upgrade() -> None:
    for table, columns in ADDED.items():
        for column in columns:
            op.add_column(table, sa.Column(column, sa.String(), nullable=True))


def downgrade() -> None:
    for table, columns in ADDED.items():
        for column in columns:
            op.drop_column(table, column)
