"""Labels of contact points; kinds of address, birthday, responsible and the source's own id of a lead."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

BOTH = ("legal_address", "postal_address", "delivery_address", "birthday", "responsible")
ADDED = {"lead": (*BOTH, "external_id"), "contact": BOTH, "lead_point": ("label",), "contact_point": ("label",)}


def upgrade() -> None:
    for table, columns in ADDED.items():
        for column in columns:
            op.add_column(table, sa.Column(column, sa.String(), nullable=True))


def downgrade() -> None:
    for table, columns in ADDED.items():
        for column in columns:
            op.drop_column(table, column)
