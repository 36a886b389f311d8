"""One file of WAL that PostgreSQL, or a person, hands over: `archive_command = 'ops backup wal push %p'`.

PostgreSQL keeps a file until this has gone well, and tries again.
"""

from __future__ import annotations

import struct
from pathlib import Path

from ops.backup.faults import Trouble, Unusable
from ops.backup.pit import deposit, origin, segments
from ops.backup.pit.papers import Segment
from ops.backup.settings import Settings
from ops.backup.store import Store


def push(settings: Settings, store: Store, file: Path, name: str) -> Segment:
    """Stores it under `name`. Raises `Unusable` where no file of WAL is called so, and as `deposit.put` does."""
    if not segments.KNOWN.fullmatch(name):
        raise Unusable(f"{name!r} is no file of WAL. As archive_command say: ops backup wal push %p.")
    folder = file.absolute().parent.parent
    system = _system(folder)
    return deposit.put(settings, store, file, name=name, system=system, suite=origin.suite(_major(folder)))


def _system(folder: Path) -> str:
    """Which system a data directory is of: the first field of its control file."""
    try:
        with (folder / "global" / "pg_control").open("rb") as control:
            return str(struct.unpack("=Q", control.read(8))[0])
    except (OSError, struct.error):
        raise Trouble(f"{folder} is no data directory of PostgreSQL: WAL is pushed out of its folder pg_wal.") from None


def _major(folder: Path) -> int:
    try:
        return int((folder / "PG_VERSION").read_text(encoding="ascii"))
    except (OSError, ValueError):
        raise Trouble(f"{folder} is no data directory of PostgreSQL: it says no version.") from None
