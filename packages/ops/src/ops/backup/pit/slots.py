"""Two replication slots: one makes the server keep what is not stored yet, one is what pg_receivewal reads by.

pg_receivewal tells its slot what it has written to its own disk, which may be gone tomorrow. So it is given a copy, and
ours moves on only when a file lies in the store.
"""

from __future__ import annotations

from ops.backup.pit.origin import Origin
from ops.backup.pit.segments import position, written

KEEPING, READING = "octatech_archive", "octatech_receiving"


def kept(server: Origin) -> int | None:
    """From which position on the server keeps its WAL for us; None where there is no slot, or it was lost."""
    row = server.connection.execute(
        "SELECT restart_lsn::text FROM pg_replication_slots WHERE slot_name = %s AND wal_status <> 'lost'", (KEEPING,)
    ).fetchone()
    return position(row[0]) if row and row[0] else None


def make(server: Origin) -> None:
    """Has the server keep everything from its last checkpoint on."""
    drop(server, KEEPING)
    server.asked("SELECT pg_create_physical_replication_slot(%s, true)", KEEPING)


def lend(server: Origin) -> str:
    """A fresh copy to read by, from where nothing has been stored yet."""
    drop(server, READING)
    server.asked("SELECT pg_copy_physical_replication_slot(%s, %s)", KEEPING, READING)
    return READING


def stored(server: Origin, end: int) -> None:
    """The server may forget what lies before `end`."""
    kept_from = kept(server)
    if kept_from is not None and kept_from < end:
        server.asked("SELECT pg_replication_slot_advance(%s, %s::pg_lsn)", KEEPING, written(end))


def drop(server: Origin, name: str) -> None:
    """Of no effect where there is none. Whoever still reads by it is ended."""
    server.asked("SELECT pg_terminate_backend(active_pid, 5000) FROM pg_replication_slots WHERE slot_name = %s", name)
    server.asked("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = %s", name)
