"""How long a backup, a check, a restore and a drill of a large database take, and how much memory.

    .venv/bin/python benchmarks/backup.py [--gigabytes 1] [--only drill]

Text that shrinks to a third when compressed lies beside the CRM's own tables and a season of leads, in one large table
and ten smaller ones. It goes from an embedded PostgreSQL into a folder and back, by the commands themselves. Memory is
the high-water mark of the command. Exits with 1 when a command needs more than is to hold.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import psycopg

from ops.backup import keys
from shared import embedded_postgres

OPS, CRM = (Path(sys.executable).with_name(name) for name in ("ops", "crm"))
ROW_BYTES = 187
COLUMNS = "i AS id, repeat(md5(i::text), 2) || md5((i * 7)::text) || md5((i * 11)::text) AS words, now() AS created_at"
COMMANDS = {"create": ["create"], "verify": ["verify"], "restore": ["restore", "--yes"], "drill": ["drill"]}

ADA = {"ADMIN_EMAIL": "bench@octatech.example", "ADMIN_PASSWORD": "measured in one quiet run"}

HOLD_S = 300
HOLD_MB = 200
"""Constant: a command needs about as much for a megabyte as for a gigabyte."""


class Took(NamedTuple):
    """`seconds` from start to end, `peak` in megabytes."""

    command: str
    seconds: float
    peak: float

    @property
    def holds(self) -> bool:
        return self.seconds <= HOLD_S and self.peak <= HOLD_MB


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    asked.add_argument("--gigabytes", type=float, default=1.0)
    asked.add_argument("--only", choices=COMMANDS, nargs="*", default=list(COMMANDS))
    given = asked.parse_args()
    size, kept, took = measure(given.gigabytes, given.only)
    print("\n".join(format_table(size, kept, took)))
    print("; ".join(f"{each.command} {each.seconds:.0f} s, {each.peak:.0f} MB" for each in took))
    sys.exit(not all(each.holds for each in took))


def measure(gigabytes: float = 1.0, only: Sequence[str] = tuple(COMMANDS)) -> tuple[int, int, list[Took]]:
    """Bytes of the database, bytes in the store, and what each command took. A backup is always made."""
    with embedded_postgres.scratch({"fsync": "on"}) as cluster, tempfile.TemporaryDirectory() as store:
        size = fill(cluster.dsn(), round(gigabytes * 1e9 / ROW_BYTES))
        environ = {**os.environ, **create_keys(), "BACKUP_STORE": store, "DATABASE_URL": cluster.dsn()}
        cluster.create_database("restored")
        environ["RESTORE_DATABASE_URL"] = cluster.dsn("restored")
        took = [run_measured(name, environ) for name in COMMANDS if name in {"create", *only}]
        return size, sum(path.stat().st_size for path in Path(store).rglob("*") if path.is_file()), took


def format_table(size: int, kept: int, took: Sequence[Took]) -> list[str]:
    rows = [
        f"| {each.command} | {each.seconds:.1f} | {size / 1e6 / each.seconds:.0f} | {each.peak:.0f} |" for each in took
    ]
    return [
        f"| {size / 1e9:.2f} GB database | seconds | MB/s | peak memory, MB |",
        "|---|---:|---:|---:|",
        *rows,
        "",
        f"In the store: {kept / 1e6:.0f} MB. Hold ≤ {HOLD_S} s and ≤ {HOLD_MB} MB.",
    ]


def fill(url: str, rows: int) -> int:
    """The size of the database in bytes, once it holds so many rows of ours."""
    environ = {**os.environ, "DATABASE_URL": url, "APP_ENV": "development", **ADA}
    for command in (["migrate"], ["seed", "--demo"]):
        subprocess.run([CRM, *command], env=environ, check=True, stdout=subprocess.DEVNULL)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE TABLE large AS SELECT {COLUMNS} FROM generate_series(1, {rows // 2}) i")
        connection.execute("ALTER TABLE large ADD PRIMARY KEY (id)")
        for number in range(10):
            made = f"SELECT {COLUMNS} FROM generate_series(1, {rows // 20}) i"
            connection.execute(f"CREATE TABLE small_{number} AS {made}")
        found = connection.execute("SELECT pg_database_size(current_database())").fetchone()
        assert found is not None
        return int(found[0])


def create_keys() -> dict[str, str]:
    identity, (signing, _) = keys.Identity.generate(), keys.generate_signing_key()
    return {
        "BACKUP_RECIPIENTS": str(identity.to_public()),
        "BACKUP_IDENTITY": str(identity),
        "BACKUP_SIGNING_KEY": signing,
    }


def run_measured(name: str, environ: dict[str, str]) -> Took:
    began = time.monotonic()
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen([OPS, "backup", *COMMANDS[name]], env=environ, stdout=said, stderr=said)
        status, marks = Path(f"/proc/{process.pid}/status"), [0]
        while process.poll() is None:
            time.sleep(0.02)
            marks += map(int, re.findall(r"VmHWM:\s+(\d+) kB", status.read_text()) if status.exists() else [])
        if process.returncode:
            said.seek(0)
            raise SystemExit(f"ops backup {name} failed:\n{said.read()}")
    return Took(f"ops backup {' '.join(COMMANDS[name])}", time.monotonic() - began, max(marks) / 1024)


if __name__ == "__main__":
    main()
