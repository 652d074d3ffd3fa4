"""How Alembic reaches the warehouse: on the connection that `etl.migrate` hands over."""

from __future__ import annotations

from alembic import context

import etl.people  # noqa: F401  # its tables are among the metadata's
from etl.warehouse import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=connection.dialect.name == "sqlite",  # SQLite alters a table by copying it
)
with context.begin_transaction():
    context.run_migrations()
