"""Alembic's side of `crm migrate`: it is handed a connection and runs the revisions on it, nothing else."""

from alembic import context
from sqlalchemy import Connection

connection: Connection = context.config.attributes["connection"]
context.configure(connection=connection, transaction_per_migration=True)
with context.begin_transaction():
    context.run_migrations()
