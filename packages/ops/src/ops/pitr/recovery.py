"""Restores files, and runs a private server on them that replays the WAL."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import psycopg

from ops.backup.contents import read_contents
from ops.backup.scratch_db import clean_up_after
from ops.cli import OpsError, UsageError
from ops.pitr.pgbackrest import Archive, Backup, find_server_user, format_missing, read_archive, run_pgbackrest
from shared.embedded_postgres import locks, os_user

READY = "database system is ready to accept connections"
# The copy has nothing of the origin's configuration: it loads nothing and listens in private. Without a command it
# archives nothing, but keeps what has to be: the history of its timeline goes out once it takes the origin's place.
OPTIONS = (
    *("--config_file=/dev/null", "--ident_file=/dev/null", "--listen_addresses=", "--shared_preload_libraries="),
    *("--archive_command=", "--hot_standby=off", "--logging_collector=off", "--log_destination=stderr"),
    *("--lc_messages=C", "--timezone=UTC", "--archive_mode=on"),
)


class RecoveryPlan(NamedTuple):
    """`to` is None for everything that is archived."""

    archive: Archive
    backup: Backup
    to: datetime | None


def plan_recovery(stanza: str, text: str) -> RecoveryPlan:
    """Chooses the newest backup before a time or `latest`. Raises `OpsError` with what can be reached, `UsageError`."""
    try:
        to = None if text == "latest" else datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text!r} is not a time. Use one such as 2026-03-01T14:03:19Z, or latest.") from None
    if to and to.tzinfo is None:
        raise UsageError(f"{text!r} has no time zone. Add Z for UTC, or an offset such as +02:00.")
    archive = read_archive(stanza)
    earlier = [each for each in archive.backups if to is None or each.completed_at < to]
    if not earlier or (to and to >= archive.newest + timedelta(seconds=1)):
        raise OpsError(f"{text} cannot be reached. {archive.window}")
    if to is None and (missing := [name for name in archive.missing_wal if name >= earlier[-1].first_wal]):
        raise OpsError(f"{format_missing(missing)}\nUse --to for a time before it.")
    return RecoveryPlan(archive, earlier[-1], to.astimezone(UTC) if to else None)


@contextmanager
def recover(plan: RecoveryPlan, into: Path | None = None) -> Iterator[tuple[str, datetime]]:
    """Restores a copy and runs a server on it for the length of the block: its address, and its last transaction's end.

    Without `into` nothing is left, even after kill -9. Raises `OpsError` if the server does not reach the planned time.
    """
    server = shutil.which("postgres", path=f"/usr/lib/postgresql/{plan.archive.postgresql}/bin:{os.environ['PATH']}")
    if server is None:
        raise UsageError(f"PostgreSQL {plan.archive.postgresql} is not installed here. Only it can open these files.")
    scratch, user = Path(tempfile.mkdtemp(prefix="octatech-pitr-")), find_server_user()
    data, hba, log = into or scratch / "data", scratch / "pg_hba.conf", scratch / "server.lock"
    command = [server, "-D", str(data), *OPTIONS, f"--hba_file={hba}", f"--unix_socket_directories={scratch}"]
    target = ["--type=time", f"--target={plan.to:%F %T.%f+00}", "--target-action=promote"] if plan.to else []
    restore = [f"--set={plan.backup.label}", f"--pg1-path={data}", "--archive-mode=off", *target, "restore"]
    # The cleanup waits for the lock on the log, which is held until the last process that may write there has ended.
    with clean_up_after({"folders": [str(scratch)]}), log.open("w") as stream:
        locks.try_lock(stream.fileno(), shared=False)
        hba.write_text("local all all trust\n")
        hba.chmod(0o644)
        if user:
            user.own(scratch)
        try:
            run_pgbackrest(plan.archive.stanza, *restore, keep_open=(stream.fileno(),))
            with subprocess.Popen([*os_user.under(user), *command], stdout=stream, stderr=stream, cwd="/") as process:
                try:
                    while READY not in log.read_text() and process.poll() is None:
                        time.sleep(0.05)
                    yield f"host={scratch}", judge(plan, log.read_text())
                finally:
                    process.send_signal(signal.SIGINT)
        except BaseException:
            shutil.rmtree(data, ignore_errors=True)
            raise


def judge(plan: RecoveryPlan, log: str) -> datetime:
    """Returns when the last transaction ended. Raises `OpsError` unless the server is at the end that was planned.

    Without a target it takes a file that it cannot read for the end. It asks for the newest only after all others.
    """
    last = re.search(r"last completed transaction was at log time (\S+ \S+)", log)
    reached = datetime.fromisoformat(last[1]) if last else plan.backup.completed_at
    if READY not in log or (plan.to is None and f'restored log file "{plan.archive.newest_wal}"' not in log):
        goal = f"{plan.to:%F %T.%f} UTC" if plan.to else f"the newest WAL file, {plan.archive.newest_wal}"
        reasons = "\n".join(re.findall(r"(?:FATAL|PANIC|HINT): +(.*)", log))
        raise OpsError(f"Recovery does not reach {goal}. Its last transaction is of {reached:%F %T.%f} UTC.\n{reasons}")
    return reached


def count_rows(address: str, role: str) -> tuple[int, int]:
    """Returns how many tables and rows all databases have; the server reads every row. Raises `OpsError`."""
    tables = rows = 0
    try:
        with psycopg.connect(address, user=role, dbname="postgres") as connection:
            names = connection.execute("SELECT datname FROM pg_database WHERE datallowconn").fetchall()
        for (name,) in names:
            with psycopg.connect(address, user=role, dbname=name) as connection:
                found = read_contents(connection)
            tables, rows = tables + len(found.tables), rows + found.rows
    except psycopg.Error as error:
        raise OpsError(f"The copy cannot be read as {role} (PGBACKREST_PG1_USER): {error}") from None
    if not rows:
        raise OpsError("Nothing is proven: the copy has no row.")
    return tables, rows
