"""A database for a drill that is deleted afterwards, even after kill -9.

A cleanup process waits for the end of the drill, so there is one way of cleaning up for every way of ending. It is this
module run as a program: the first line on stdin is its order, and the end of stdin is the end of the drill.
"""

from __future__ import annotations

import json
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from psycopg import sql

from ops.backup import database
from ops.backup.errors import BusyError
from ops.backup.programs import find_embedded_folder, find_programs
from ops.cli import OpsError, UsageError
from shared import embedded_postgres
from shared.embedded_postgres import locks

STOP_TIMEOUT_S = 60
LOCK = 7_201_857
PREFIX = "octatech_drill_"
DROP = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")


@contextmanager
def open_scratch_db(environ: Mapping[str, str], major: int) -> Iterator[tuple[str, Path]]:
    """Yields the URL of an empty database on a server of that major version, and a folder for files."""
    server = environ.get("DRILL_DATABASE_URL", "").strip()
    folder = Path(tempfile.mkdtemp(prefix="octatech-drill-"))
    try:
        with _create_database(server, major, folder) if server else _start_server(major, folder) as url:
            yield url, folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)  # where it was refused before the cleanup process started


@contextmanager
def _start_server(major: int, folder: Path) -> Iterator[str]:
    """Starts a server with the settings of a real one, so that the time it takes is realistic."""
    folder_of_programs = find_programs(major, major, server=True).folder
    folder.chmod(0o755)  # the server's user must be able to enter; the cluster inside stays closed
    try:
        own = folder_of_programs == find_embedded_folder()
        cluster = embedded_postgres.open_cluster(folder, programs=None if own else folder_of_programs)
        with clean_up_after({"folders": [str(cluster.place.home), str(cluster.place.sockets), str(folder)]}), cluster:
            yield cluster.dsn()
    except embedded_postgres.CannotStartError as error:
        raise OpsError(f"{error} Or name a server for drills in DRILL_DATABASE_URL.") from None


@contextmanager
def _create_database(server: str, major: int, folder: Path) -> Iterator[str]:
    """Creates a database on that server. One drill at a time, so that left-over databases are known as such."""
    if "://" not in server:
        raise UsageError("DRILL_DATABASE_URL is wrong. Give a URL such as postgresql://user:password@host:5432/name.")
    name = PREFIX + secrets.token_hex(6)
    with database.connect(server) as connection:
        if connection.info.server_version // 10_000 != major:
            raise OpsError(
                f"The backup comes from PostgreSQL {major}, and DRILL_DATABASE_URL names PostgreSQL "
                f"{connection.info.server_version // 10_000}. Name a server of version {major}, or leave it out."
            )
        if not database.fetch_value(connection, f"SELECT pg_try_advisory_lock({LOCK})"):
            raise BusyError("Another drill is running on that server. Wait for it.")
        old = connection.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", (PREFIX,))
        for (left_over,) in old.fetchall():
            connection.execute(DROP.format(sql.Identifier(left_over)))
        with clean_up_after({"folders": [str(folder)], "server": server, "database": name}):
            connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
            yield urlsplit(server)._replace(path=f"/{name}").geturl()


@contextmanager
def clean_up_after(order: Mapping[str, object]) -> Iterator[None]:
    """Deletes everything in the order when the block ends or this process is killed."""
    process = subprocess.Popen([sys.executable, "-m", __name__], stdin=subprocess.PIPE, start_new_session=True, cwd="/")
    assert process.stdin is not None
    process.stdin.write(json.dumps(order).encode() + b"\n")  # not as arguments, which other users see
    process.stdin.flush()
    try:
        yield
    finally:
        process.stdin.close()
        process.wait()


def _clean_up() -> None:
    order = json.loads(sys.stdin.readline())
    sys.stdin.read()
    for folder in map(Path, order["folders"]):
        lock = folder / "server.lock"  # the processes of an embedded server hold it until they end
        locks.wait_for(lambda lock=lock: not lock.exists() or not locks.is_locked(lock), STOP_TIMEOUT_S)  # type: ignore[misc]
        shutil.rmtree(folder, ignore_errors=True)
    if "database" in order:
        with database.connect(order["server"]) as connection:
            connection.execute(DROP.format(sql.Identifier(order["database"])))


if __name__ == "__main__":
    _clean_up()
