"""`crm migrate`: bring the schema to what this release needs, forward only, one at a time."""

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

# Any number will do, as long as it never changes: two releases that start at once migrate one after the other.
LOCK = 7_201_855


class MigrationError(Exception):
    """The database cannot be reached or refuses; the message says what to do."""


def pending(database_url: str) -> list[str]:
    """Revisions the database lacks, oldest first. Raises `MigrationError`."""
    with _connect(database_url) as connection:
        return _pending(connection)


def migrate(database_url: str) -> list[str]:
    """Run what is pending and say what was run. Safe to repeat and to run twice at once.

    Each revision is its own transaction with a lock timeout of 4 s and a statement timeout of 5 s, so a busy
    table makes it fail and not hang.
    Raises `MigrationError`.
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
    except DBAPIError as fault:
        said = str(fault.orig).strip().splitlines()[-1] if fault.orig else "no answer"
        raise MigrationError(
            f"The database cannot be reached: {said}. Check DATABASE_URL and that it is running."
        ) from None
