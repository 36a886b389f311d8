"""Waits until its drill is gone, then takes away what the drill used. A program of its own.

The first line on stdin says what: folders, and perhaps a database on a server. The end of stdin says when.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

from house.postgres import locks

PATIENCE_S = 60


def _unused(folder: Path) -> bool:
    """Has the embedded server in this folder ended? Its processes hold the lock for as long as they live."""
    lock = folder / "server.lock"
    return not lock.exists() or not locks.held(lock)


def main() -> int:
    order = json.loads(sys.stdin.readline())
    sys.stdin.read()
    for folder in map(Path, order["folders"]):
        locks.until(lambda folder=folder: _unused(folder), PATIENCE_S)  # type: ignore[misc]
        shutil.rmtree(folder, ignore_errors=True)
    if "database" in order:
        import psycopg  # noqa: PLC0415 - most drills have a server of their own
        from psycopg import sql  # noqa: PLC0415

        drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(order["database"]))
        with psycopg.connect(order["server"], autocommit=True) as connection:
            connection.execute(drop)
    return 0


if __name__ == "__main__":
    sys.exit(main())
