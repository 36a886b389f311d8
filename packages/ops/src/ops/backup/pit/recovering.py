"""Brings a rebuilt data directory to a moment: configured so that it reaches nobody, started, watched to the end."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import psycopg

from house import postgres
from house.postgres import Cluster, locks
from house.postgres.account import Account
from ops.backup.database import Connection
from ops.backup.faults import Trouble
from ops.backup.pit.windows import Reach

# A standby must allow at least as much as its origin did; pg_controldata says how much that was.
AT_LEAST = (
    "max_connections",
    "max_worker_processes",
    "max_wal_senders",
    "max_prepared_xacts",
    "max_locks_per_xact",
)
NAMES = {"max_prepared_xacts": "max_prepared_transactions", "max_locks_per_xact": "max_locks_per_transaction"}
IN_ENGLISH = {"LC_ALL": "C"}
# Everything in the folder is new: one sync of the disk it lies on is quicker than one of each file. Only Linux has it.
TO_DISK = {"recovery_init_sync_method": "syncfs"} if sys.platform == "linux" else {}
BEFORE = ".before"
CONFIGURATION = ("postgresql.conf", "postgresql.auto.conf", "pg_hba.conf")
OURS = """\
# Written by `ops backup restore`. What the origin had is in postgresql.conf.before, postgresql.auto.conf.before and
# pg_hba.conf.before: put these back when this database takes its place.
listen_addresses = ''
archive_mode = off
"""
HBA = """\
# Written by `ops backup restore`: the folder of the socket admits one user only.
local all,replication all trust
"""
EVER_S = 10 * 365 * 86_400.0


class Recovered(NamedTuple):
    """`reached` is when the last transaction ended that is in it; `url` is where it answers now."""

    reached: datetime | None
    url: str


def quiet(cluster: Path) -> None:
    """Puts the origin's configuration aside: a copy must not archive, listen or load what the origin did."""
    for name in CONFIGURATION:
        if (cluster / name).exists():
            (cluster / name).rename(cluster / f"{name}{BEFORE}")
    (cluster / "postgresql.conf").write_text(OURS, encoding="utf-8")
    (cluster / "postgresql.auto.conf").touch(mode=0o600)
    (cluster / "pg_hba.conf").write_text(HBA, encoding="utf-8")


def aim(cluster: Path, spool: Path, reach: Reach, to: datetime | None, *, look: bool) -> None:
    """Says where recovery ends: at the last transaction that ended at `to` or before, or with the WAL there is."""
    settings = {
        "restore_command": f'cp {shlex.quote(str(spool)).replace("%", "%%")}/%f "%p"',
        "recovery_target_timeline": str(reach.timeline),
        "recovery_target_action": "pause" if look else "promote",
        "hot_standby": "on",
    }
    # Recovery stops when it meets a later transaction, and calls it a fault where there is none.
    if to is not None and reach.until is not None and to < reach.until:
        settings |= {"recovery_target_time": f"{to:%Y-%m-%d %H:%M:%S.%f}+00", "recovery_target_inclusive": "on"}
    lines = [f"{name} = '{value.replace(chr(39), chr(39) * 2)}'" for name, value in settings.items()]
    (cluster / "postgresql.auto.conf").write_text("\n".join([*lines, ""]), encoding="utf-8")
    (cluster / "recovery.signal").touch(mode=0o600)


def arrived(cluster: Path) -> None:
    """Forgets the aim, once it was reached."""
    (cluster / "postgresql.auto.conf").write_text("", encoding="utf-8")


def allowances(cluster: Path, programs: Path) -> dict[str, str]:
    """The settings that recovery insists on, as the origin had them."""
    told = subprocess.run(
        [programs / "pg_controldata", "-D", cluster], env={**os.environ, **IN_ENGLISH}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    found = dict(re.findall(r"^(\w+) setting: +(\d+)$", told.stdout, re.MULTILINE))
    return {NAMES.get(name, name): found[name] for name in AT_LEAST if name in found}


def own(account: Account | None, *folders: Path) -> None:
    """Gives everything to the user who runs the server, where that is not us."""
    if account is None:
        return
    for folder in folders:
        account.own(folder)
        for within, names, files in os.walk(folder):
            for name in (*names, *files):
                account.own(Path(within) / name)


@contextmanager
def running(folder: Path, reach: Reach, *, look: bool) -> Iterator[Recovered]:
    """The server of a data folder, recovered; it stops with the block. Raises `Trouble` with the server's words."""
    place = postgres.embedded(folder).place
    cluster = postgres.embedded(folder, {**allowances(place.cluster, place.programs), **TO_DISK})
    try:
        cluster.start()
    except postgres.CannotStart as fault:
        raise Trouble(str(fault)) from None
    try:
        url = _url(cluster, reach.base.role, reach.base.database)
        with _connected(_url(cluster, reach.base.role, "template1")) as connection:
            asked = "SELECT pg_get_wal_replay_pause_state() = 'paused'" if look else "SELECT NOT pg_is_in_recovery()"
            _until(cluster, connection, asked)
            row = connection.execute("SELECT pg_last_xact_replay_timestamp()").fetchone()
        yield Recovered(row[0] if row else None, url)
    finally:
        cluster.stop()


def _until(cluster: Cluster, connection: Connection, asked: str) -> None:
    def there() -> bool:
        try:
            return connection.execute(asked).fetchone() == (True,)
        except psycopg.Error:
            # Its end is told by whoever looks at the log, not by the line that broke.
            if not cluster.running:
                raise Trouble(f"PostgreSQL gave up. {cluster.last_words}") from None
            raise

    locks.until(there, EVER_S)


@contextmanager
def _connected(url: str) -> Iterator[Connection]:
    try:
        connection = psycopg.connect(url, autocommit=True)
    except psycopg.OperationalError as fault:
        raise Trouble(f"The recovered database lets nobody in: {str(fault).strip().splitlines()[-1]}") from None
    with connection:
        yield connection


def _url(cluster: Cluster, role: str, database: str) -> str:
    where = re.search(r"\?(.*)", cluster.dsn())
    return f"postgresql://{role}@/{database}?{where[1] if where else ''}"
