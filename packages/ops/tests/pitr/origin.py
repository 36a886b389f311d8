"""A real PostgreSQL that archives with a real pgBackRest, in a folder of its own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from ops.backup.contents import read_contents
from ops.backup.manifest import Contents
from ops.pitr.pgbackrest import find_server_user, run_pgbackrest
from shared.embedded_postgres import locks, os_user

STANZA = "octatech"
DATABASE = "octatech"
PASSPHRASE = "of-these-tests-only"
WAIT_S = 60


def find_programs() -> Path:
    """Returns the folder of initdb. `scripts/test` names it in INITDB, after it has installed it if need be."""
    found = os.environ.get("INITDB") or shutil.which("initdb")
    found = found or max(Path("/usr/lib/postgresql").glob("*/bin/initdb"), default=None)
    assert found, "There is no initdb here. `make test` installs it."
    return Path(found).resolve().parent


class Origin:
    """The server that is backed up. `variables` are what pgBackRest reads, and what the server passes on to it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.data, self.repository = folder, folder / "data", folder / "repository"
        self.variables = {
            "PGBACKREST_STANZA": STANZA,
            "PGBACKREST_PG1_PATH": str(self.data),
            "PGBACKREST_PG1_SOCKET_PATH": str(folder),
            "PGBACKREST_PG1_USER": DATABASE,
            "PGBACKREST_PG1_DATABASE": DATABASE,
            "PGBACKREST_REPO1_PATH": str(self.repository),
            "PGBACKREST_REPO1_CIPHER_TYPE": "aes-256-cbc",
            "PGBACKREST_REPO1_CIPHER_PASS": PASSPHRASE,
            "PGBACKREST_REPO1_RETENTION_FULL": "2",
            "PGBACKREST_COMPRESS_TYPE": "zst",
            "PGBACKREST_START_FAST": "y",
            "PGBACKREST_LOCK_PATH": str(folder / "lock"),
            "PGBACKREST_LOG_LEVEL_FILE": "off",
            "TMPDIR": str(folder / "scratch"),
        }

    def create(self) -> None:
        self._run("initdb", f"--pgdata={self.data}", f"--username={DATABASE}", "--auth=trust", "--no-sync")
        with (self.data / "postgresql.conf").open("a") as settings:
            settings.write("archive_mode = on\narchive_command = 'pgbackrest archive-push %p'\nfsync = off\n")
            settings.write("max_wal_size = 64MB\nmin_wal_size = 32MB\n")

    def _run(self, program: str, *arguments: str) -> None:
        done = os_user.run([str(find_programs() / program), *arguments], find_server_user())
        assert done.returncode == 0, done.stderr

    def connect(self, database: str = DATABASE, host: Path | None = None) -> psycopg.Connection:
        return psycopg.connect(host=str(host or self.folder), user=DATABASE, dbname=database, autocommit=True)

    def run_sql(self, statement: str) -> str:
        """Returns the server's time right before the statement, as one that is committed."""
        with self.connect() as connection:
            now = connection.execute("SELECT clock_timestamp()").fetchone()[0]
            connection.execute(statement)
        return now.isoformat()

    def archive_wal(self, host: Path | None = None) -> str:
        """Closes the current WAL file, waits until pgBackRest has stored it, and returns its name."""
        with self.connect(host=host) as connection:
            name = connection.execute("SELECT pg_walfile_name(pg_switch_wal())").fetchone()[0]
            stored = "SELECT last_archived_wal >= %s FROM pg_stat_archiver"
            assert locks.wait_for(lambda: connection.execute(stored, [name]).fetchone()[0] is True, WAIT_S)
        return str(name)

    def read(self, host: Path | None = None) -> Contents:
        with self.connect(host=host) as connection:
            return read_contents(connection)


@contextmanager
def run_server(data: Path, socket_folder: Path, *options: str) -> Iterator[None]:
    """Runs PostgreSQL on a data directory. It ends with the tests, even if they are killed."""
    command = [str(find_programs() / "postgres"), "-D", str(data), "--listen_addresses=", *options]
    command.append(f"--unix_socket_directories={socket_folder}")
    with (socket_folder / "server.log").open("a") as log:
        process = subprocess.Popen([*os_user.under(find_server_user()), *command], stdout=log, stderr=log, cwd="/")
    try:
        assert locks.wait_for(lambda: answers(socket_folder), WAIT_S), (socket_folder / "server.log").read_text()
        yield
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(WAIT_S)


def answers(host: Path) -> bool:
    try:
        psycopg.connect(host=str(host), user=DATABASE, dbname="postgres").close()
    except psycopg.OperationalError:
        return False
    return True


def back_up(kind: str = "incr") -> None:
    run_pgbackrest(STANZA, f"--type={kind}", "backup")
