"""The server that base backups and WAL come from: which one it is, how it is set, which programs fit it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, NamedTuple

from ops.backup import programs
from ops.backup.database import Connection, connected
from ops.backup.faults import Busy, Trouble
from ops.backup.programs import Programs

BASE_LOCK, RECEIVER_LOCK = 7_201_858, 7_201_859
HINT = (
    "The server lets nobody replicate from here. Add the line `host replication all all scram-sha-256` to its "
    "pg_hba.conf and reload it: docs/runbooks/point-in-time.md says how."
)


class Origin(NamedTuple):
    """`role` is the superuser that the server began with: whoever takes the base may be nobody in a copy of it."""

    connection: Connection
    system: str
    postgres: int
    segment_size: int
    size: int
    role: str
    database: str
    settings: dict[str, str]

    @property
    def now(self) -> datetime:
        """By the server's clock, which stamps its transactions."""
        at: datetime = self.asked("SELECT clock_timestamp()")
        return at

    def asked(self, query: str, *values: object) -> Any:
        row = self.connection.execute(query, values).fetchone()
        return row[0] if row else None


@contextmanager
def held(url: str, lock: int, told: str) -> Iterator[Origin]:
    """Raises `Busy` with `told` while another holds the lock, `Unreachable`, `Trouble`."""
    with connected(url) as connection:
        connection.execute("SET statement_timeout = 0")
        row = connection.execute("SELECT pg_try_advisory_lock(%s)", (lock,)).fetchone()
        if row != (True,):
            raise Busy(told)
        found = connection.execute(
            """
            SELECT
                (SELECT system_identifier::text FROM pg_control_system()),
                current_setting('server_version_num')::int,
                (SELECT setting::int FROM pg_settings WHERE name = 'wal_segment_size'),
                (SELECT sum(pg_database_size(oid))::bigint FROM pg_database),
                (SELECT rolname::text FROM pg_roles WHERE oid = 10),
                current_database()::text
            """
        ).fetchone()
        assert found is not None
        named = ["summarize_wal", "archive_mode", "archive_timeout", "max_slot_wal_keep_size", "wal_level"]
        rows = connection.execute("SELECT name, setting FROM pg_settings WHERE name = ANY (%s)", (named,)).fetchall()
        try:
            yield Origin(connection, found[0], found[1], found[2], found[3], found[4], found[5], dict(rows))
        finally:
            if not connection.closed and not connection.broken:
                connection.execute("SELECT pg_advisory_unlock(%s)", (lock,))


def suite(major: int) -> Programs:
    """Programs of that very version: those that read WAL and data files take no other. Raises `Trouble`."""
    found = programs.found(major)
    if found.major != major:
        raise Trouble(
            f"Files of PostgreSQL {major} need the programs of PostgreSQL {major}; found {found.major} in "
            f"{found.folder}. Install postgresql-client-{major}."
        )
    return found


def plainer(fault: Trouble) -> Trouble:
    """The fault of a program that replicates, with what to do where the server does not let it."""
    if "pg_hba.conf" in str(fault) or ("replication" in str(fault) and "permission denied" in str(fault)):
        return Trouble(f"{fault} {HINT}")
    return fault
