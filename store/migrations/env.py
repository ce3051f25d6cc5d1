"""Alembic's entry: runs the migrations on the connection that `store.migrate` hands over."""

from alembic import context
from sqlmodel import SQLModel

import store.at_rest_tables
import store.handover_tables
import store.ledger_tables
import store.match
import store.policy_tables
import store.registry_tables
import store.rights_tables
import store.tables  # noqa: F401  (they fill SQLModel.metadata)

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=SQLModel.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
