"""Connections to databases, and one moment of a database: a snapshot that pg_dump and we read together."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, NamedTuple

import psycopg
from psycopg import conninfo

from ops.backup.errors import BusyError, UnreachableError
from ops.backup.manifest import DatabaseId
from ops.cli import OpsError

Connection = psycopg.Connection[tuple[Any, ...]]
CONNECT_TIMEOUT_S = 10
LOCK = 7_201_856
"""The advisory lock of backups. It never changes, and nothing else uses the number."""

OBJECTS = """
SELECT format('%I.%I', nspname, name)
FROM (
    SELECT 'pg_class'::regclass AS catalog, oid AS id, relnamespace AS space, relname AS name
    FROM pg_class
    WHERE relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
    UNION ALL
    SELECT 'pg_proc'::regclass, oid, pronamespace, proname FROM pg_proc
) AS made
JOIN pg_namespace ON pg_namespace.oid = space
WHERE nspname <> 'information_schema' AND nspname !~ '^pg_'
    AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = catalog AND objid = id AND deptype = 'e')
ORDER BY 1
"""

SNAPSHOT = """
SELECT
    pg_export_snapshot(),
    now(),
    pg_database_size(current_database()),
    current_database(),
    (SELECT system_identifier::text FROM pg_control_system())
"""


class DatabaseAddress(NamedTuple):
    """`dsn` has no password: other users see the arguments of a program, but not its environment."""

    dsn: str
    environment: dict[str, str]

    def __str__(self) -> str:
        parts = conninfo.conninfo_to_dict(self.dsn)
        return f"{parts.get('dbname', '')} on {parts.get('host', 'this machine')}"


class Snapshot(NamedTuple):
    """`id` is for pg_dump, `size` is the database's in bytes, `postgres` is a version such as 180004."""

    connection: Connection
    id: str
    server_time: datetime
    size: int
    database: DatabaseId
    postgres: int

    @property
    def major(self) -> int:
        return self.postgres // 10_000


def parse_address(url: str) -> DatabaseAddress:
    try:
        parts = {name: str(value) for name, value in conninfo.conninfo_to_dict(url).items() if value is not None}
    except psycopg.ProgrammingError:
        raise OpsError("The database's address is wrong. Give postgresql://user:password@host:5432/name.") from None
    password = parts.pop("password", "")
    return DatabaseAddress(conninfo.make_conninfo("", **parts), {"PGPASSWORD": password} if password else {})


@contextmanager
def connect(url: str) -> Iterator[Connection]:
    """Connects without transactions. Raises `UnreachableError`, and `OpsError` for what the server refuses."""
    address = parse_address(url)
    options = {"connect_timeout": CONNECT_TIMEOUT_S, "application_name": "octatech backup"}
    try:
        with psycopg.connect(url, autocommit=True, prepare_threshold=None, **options) as connection:  # type: ignore[arg-type]
            yield connection
    except psycopg.Error as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
        if isinstance(error, psycopg.OperationalError):
            raise UnreachableError(f"The database {address} cannot be reached: {reason}.") from None
        raise OpsError(f"The database {address} refuses: {reason}.") from None


def list_objects(connection: Connection) -> list[str]:
    """Returns the tables, views, sequences and functions that people made; none in an empty database."""
    return [name for (name,) in connection.execute(OBJECTS)]


def read_revision(connection: Connection) -> str:
    """Returns the revision of the CRM's schema, or an empty string where there is no such schema."""
    if fetch_value(connection, "SELECT to_regclass('public.alembic_version')") is None:
        return ""
    return str(fetch_value(connection, "SELECT version_num FROM public.alembic_version") or "")


def fetch_value(connection: Connection, query: str) -> Any:
    row = connection.execute(query).fetchone()
    return row[0] if row else None


@contextmanager
def hold_snapshot(url: str) -> Iterator[Snapshot]:
    """Holds the lock of backups and a snapshot. The server releases both when this process ends.

    Raises `BusyError` during another backup of this database, `UnreachableError`, `OpsError`.
    """
    with connect(url) as connection:
        connection.isolation_level, connection.read_only = psycopg.IsolationLevel.REPEATABLE_READ, True
        with connection.transaction(force_rollback=True):
            connection.execute("SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0")
            if not fetch_value(connection, f"SELECT pg_try_advisory_xact_lock({LOCK})"):
                raise BusyError("Another backup of this database is running. Wait for it; nothing was changed.")
            [(snapshot, server_time, size, *database)] = connection.execute(SNAPSHOT).fetchall()
            version = connection.info.server_version
            yield Snapshot(connection, snapshot, server_time, size, DatabaseId(*database), version)
