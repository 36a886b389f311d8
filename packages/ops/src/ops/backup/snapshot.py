"""One moment of a database, held still: what pg_dump writes and what we count is the same."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import NamedTuple

from ops.backup.database import Connection, connected
from ops.backup.faults import Busy

LOCK = 7_201_856
"""Any number will do, as long as it never changes and no other part of the house uses it."""


class Snapshot(NamedTuple):
    """`id` is for pg_dump; `server_time` is what the server's clock said; `size` is the database's, in bytes."""

    connection: Connection
    id: str
    server_time: datetime
    postgres: int
    size: int


@contextmanager
def held(url: str) -> Iterator[Snapshot]:
    """Holds the lock of backups and a snapshot. The server lets go of both when we end, however we end.

    Raises `Busy` while another backup of this database is made, `Unreachable`, `Trouble`.
    """
    with connected(url) as connection:
        if not _value(connection, f"SELECT pg_try_advisory_lock({LOCK})"):
            raise Busy("Another backup of this database is being made. Wait for it; nothing was changed.")
        for setting in ("statement_timeout", "idle_in_transaction_session_timeout"):
            connection.execute(f"SET {setting} = 0")
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        rows = connection.execute("SELECT pg_export_snapshot(), now(), pg_database_size(current_database())").fetchone()
        assert rows is not None
        try:
            yield Snapshot(connection, rows[0], rows[1], connection.info.server_version, rows[2])
        finally:
            if not connection.closed:  # the server would notice our end a moment later than the next of us comes
                connection.execute("ROLLBACK")
                connection.execute(f"SELECT pg_advisory_unlock({LOCK})")


def _value(connection: Connection, sql: str) -> object:
    row = connection.execute(sql).fetchone()
    return row[0] if row else None
