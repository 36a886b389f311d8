"""`crm migrate`: applies the migrations of this release, forward only and one at a time."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from crm.kernel.schema import FOLDER

# An arbitrary number that never changes. Two releases that start at once migrate one after the other.
LOCK = 7_201_855


class MigrationError(Exception):
    """The database is unreachable or rejects the connection. The message says what to do."""


def pending(database_url: str) -> list[str]:
    """List the revisions the database does not have yet, oldest first. Raises `MigrationError`."""
    with _connect(database_url) as connection:
        return _pending(connection)


def migrate(database_url: str) -> list[str]:
    """Apply the pending revisions and return their names. Safe to repeat and to run twice at once.

    Each revision is its own transaction. With a lock timeout of 4 s and a statement timeout of 5 s, a busy table
    makes it fail instead of hang. Raises `MigrationError`.
    """
    with _connect(database_url) as connection:
        connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": LOCK})
        connection.commit()
        todo = _pending(connection)
        if todo:
            connection.execute(text("SET lock_timeout = '4s'"))
            connection.execute(text("SET statement_timeout = '5s'"))
            connection.commit()
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
        return todo


def _pending(connection: Connection) -> list[str]:
    here = MigrationContext.configure(connection).get_current_revision()
    scripts = ScriptDirectory.from_config(_config())
    known = [script.revision for script in scripts.walk_revisions()][::-1]
    connection.rollback()
    if here is not None and here not in known:
        return []  # A newer release has migrated already.
    return known[known.index(here) + 1 :] if here else known


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    return config


def _connect(database_url: str) -> Connection:
    url = make_url(database_url).set(drivername="postgresql+psycopg")
    try:
        return create_engine(url, poolclass=NullPool, connect_args={"connect_timeout": 10}).connect()
    except DBAPIError as error:
        reason = str(error.orig).strip().splitlines()[-1] if error.orig else "no answer"
        raise MigrationError(
            f"The database cannot be reached: {reason}. Check DATABASE_URL and that it is running."
        ) from None
