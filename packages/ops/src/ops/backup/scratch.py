"""A database for a drill, which is gone afterwards, also when the drill is killed.

A sweeper stands beside the drill and waits for its end: one way of clearing up for every way of ending.
"""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from psycopg import sql

from house import postgres
from ops.backup import database, sweeper
from ops.backup.faults import Busy, Trouble, Unusable

LOCK = 7_201_857
PREFIX = "octatech_drill_"


@contextmanager
def database_for_drill(environ: Mapping[str, str]) -> Iterator[tuple[str, Path]]:
    """The address of an empty database, and a folder for files. Raises `Busy`, `Trouble`, `Unreachable`."""
    given = environ.get("DRILL_DATABASE_URL", "").strip()
    with _borrowed(given) if given else _embedded() as found:
        yield found


@contextmanager
def _embedded() -> Iterator[tuple[str, Path]]:
    """A PostgreSQL of its own, set as safe as a real one: the time it takes is to be believed."""
    folder = Path(tempfile.mkdtemp(prefix="octatech-drill-"))
    folder.chmod(0o755)  # the server's user must be able to enter; the cluster inside stays closed
    try:
        cluster = postgres.embedded(folder)
    except postgres.CannotStart as fault:
        folder.rmdir()
        raise _trouble(fault) from None
    with swept({"folders": [str(cluster.place.home), str(cluster.place.sockets), str(folder)]}):
        try:
            cluster.start()
        except postgres.CannotStart as fault:
            raise _trouble(fault) from None
        try:
            yield cluster.dsn(), folder
        finally:
            cluster.stop()


def _trouble(fault: postgres.CannotStart) -> Trouble:
    return Trouble(f"{fault} Or name a server for drills in DRILL_DATABASE_URL.")


@contextmanager
def _borrowed(url: str) -> Iterator[tuple[str, Path]]:
    """A fresh database on a server we were given; one drill at a time, so that left-overs are known as such."""
    folder = Path(tempfile.mkdtemp(prefix="octatech-drill-"))
    name = PREFIX + secrets.token_hex(6)
    if "://" not in url:
        raise Unusable(
            "DRILL_DATABASE_URL is wrong. Give an address such as postgresql://user:password@host:5432/name."
        )
    fresh = urlsplit(url)._replace(path=f"/{name}").geturl()
    with database.connected(url) as connection:
        if connection.execute(f"SELECT pg_try_advisory_lock({LOCK})").fetchone() != (True,):
            raise Busy("Another drill is under way on that server. Wait for it.")
        left = connection.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", (PREFIX,))
        for (old,) in left.fetchall():
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(old)))
        with swept({"folders": [str(folder)], "server": url, "database": name}):
            connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
            yield fresh, folder


@contextmanager
def swept(order: Mapping[str, object]) -> Iterator[None]:
    """Has everything in the order taken away when the block, or this process, ends."""
    process = subprocess.Popen(
        [sys.executable, "-m", sweeper.__name__], stdin=subprocess.PIPE, start_new_session=True, cwd="/"
    )
    assert process.stdin is not None
    process.stdin.write(json.dumps(order).encode() + b"\n")  # not in argv, which others see
    process.stdin.flush()
    try:
        yield
    finally:
        process.stdin.close()
        process.wait()
