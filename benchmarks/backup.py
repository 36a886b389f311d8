"""How long a backup, a check and a restore of a large database take, and how much memory.

    .venv/bin/python benchmarks/backup.py [--gigabytes 1]

Text that shrinks to a third when compressed, in one large table and ten smaller ones, goes from an embedded PostgreSQL
into a folder and back into an empty database, by the commands themselves. Memory is the high-water mark of the command.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg

from house import postgres
from ops.backup import keys

OPS = Path(sys.executable).with_name("ops")
ROW_BYTES = 200
COLUMNS = "i AS id, repeat(md5(i::text), 2) || md5((i * 7)::text) || md5((i * 11)::text) AS words, now() AS created_at"


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    asked.add_argument("--gigabytes", type=float, default=1.0)
    gigabytes = asked.parse_args().gigabytes
    with postgres.scratch({"fsync": "on"}) as cluster, tempfile.TemporaryDirectory() as store:
        size = fill(cluster.dsn(), round(gigabytes * 1e9 / ROW_BYTES))
        environ = {**os.environ, **new_keys(), "BACKUP_STORE": store, "DATABASE_URL": cluster.dsn()}
        cluster.create_database("restored")
        environ["RESTORE_DATABASE_URL"] = cluster.dsn("restored")
        print(f"| {size / 1e9:.2f} GB database | seconds | MB/s | peak memory, MB |")
        print("|---|---:|---:|---:|")
        for command in (["create"], ["verify"], ["restore", "--yes"]):
            seconds, peak = measured(command, environ)
            print(f"| ops backup {' '.join(command)} | {seconds:.1f} | {size / 1e6 / seconds:.0f} | {peak:.0f} |")
        kept = sum(path.stat().st_size for path in Path(store).rglob("*") if path.is_file())
        print(f"\nIn the store: {kept / 1e6:.0f} MB.")


def fill(url: str, rows: int) -> int:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE TABLE large AS SELECT {COLUMNS} FROM generate_series(1, {rows // 2}) i")
        connection.execute("ALTER TABLE large ADD PRIMARY KEY (id)")
        for number in range(10):
            made = f"SELECT {COLUMNS} FROM generate_series(1, {rows // 20}) i"
            connection.execute(f"CREATE TABLE small_{number} AS {made}")
        found = connection.execute("SELECT pg_database_size(current_database())").fetchone()
        assert found is not None
        return int(found[0])


def new_keys() -> dict[str, str]:
    (secret, recipient), (signing, _) = keys.new_identity(), keys.new_signing_key()
    return {"BACKUP_RECIPIENTS": recipient, "BACKUP_IDENTITY": secret, "BACKUP_SIGNING_KEY": signing}


def measured(command: list[str], environ: dict[str, str]) -> tuple[float, float]:
    """Seconds, and megabytes at the highest."""
    began = time.monotonic()
    process = subprocess.Popen([OPS, "backup", *command], env=environ, stdout=subprocess.DEVNULL)
    status, marks = Path(f"/proc/{process.pid}/status"), [0]
    while process.poll() is None:
        time.sleep(0.02)
        marks += map(int, re.findall(r"VmHWM:\s+(\d+) kB", status.read_text()) if status.exists() else [])
    if process.returncode:
        raise SystemExit(f"ops backup {command[0]} failed.")
    return time.monotonic() - began, max(marks) / 1024


if __name__ == "__main__":
    main()
