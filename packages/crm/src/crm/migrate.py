"""`crm migrate`: applies the migrations of this release, forward only and one at a time."""

from __future__ import annotations

import re
import time

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
INDEX = re.compile(r"CREATE (?:UNIQUE )?INDEX CONCURRENTLY (\w+) ON (\w+) ")
"""The beginning of each statement of a migration's `INDEXES`: the index, and its table."""


class MigrationError(Exception):
    """The database is unreachable or rejects the connection. The message says what to do."""


def pending(database_url: str) -> list[str]:
    """List the revisions the database does not have yet, oldest first. Raises `MigrationError`."""
    with _connect(database_url) as connection:
        return _pending(connection)


def migrate(database_url: str) -> list[str]:
    """Apply the pending revisions, build the indexes that are missing, and return the names of the revisions.

    Safe to repeat and to run twice at once. Each revision is its own transaction. With a lock timeout of 4 s and a
    statement timeout of 5 s, a busy table makes it fail instead of hang. Raises `MigrationError`.
    """
    with _connect(database_url) as connection:
        _wait_for_turn(connection)
        todo = _pending(connection)
        if todo:
            connection.execute(text("SET lock_timeout = '4s'"))
            connection.execute(text("SET statement_timeout = '5s'"))
            connection.commit()
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
        build_indexes(connection)
        return todo


def build_indexes(connection: Connection) -> None:
    """Build the indexes that the applied revisions name in `INDEXES` and the database does not have.

    They are built outside a transaction, so that nobody waits who reads or writes the table. One that was not finished,
    since its build failed or was killed, is dropped and built anew.
    """
    here = MigrationContext.configure(connection).get_current_revision()
    known = list(ScriptDirectory.from_config(_config()).walk_revisions())[::-1]
    connection.rollback()
    if here not in [script.revision for script in known]:
        return  # A newer release has migrated already. It knows which indexes it needs.
    connection.execution_options(isolation_level="AUTOCOMMIT")
    # Building takes as long as the table is large. It waits for transactions that began before, but not for ever.
    connection.execute(text("SET statement_timeout = 0"))
    connection.execute(text("SET lock_timeout = '60s'"))
    for script in known:
        for statement in getattr(script.module, "INDEXES", ()):
            _build_index(connection, statement)


def _build_index(connection: Connection, statement: str) -> None:
    match = INDEX.match(statement)
    if match is None:
        raise MigrationError(f"This builds no index concurrently: {statement}")
    name = match[1]
    is_valid = connection.execute(
        text("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(:name)"), {"name": name}
    ).scalar()
    if is_valid:
        return
    if is_valid is not None:
        connection.execute(text(f"DROP INDEX CONCURRENTLY {name}"))
    connection.exec_driver_sql(statement)


def _wait_for_turn(connection: Connection) -> None:
    """Return when no other process migrates. It asks again and again in transactions of their own.

    Waiting inside a statement would be a transaction that an index, which the other process builds, waits for.
    """
    while not connection.execute(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": LOCK}).scalar():
        connection.rollback()
        time.sleep(0.2)
    connection.commit()


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
