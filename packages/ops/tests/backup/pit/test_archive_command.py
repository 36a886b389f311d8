"""PostgreSQL's own archive_command with `ops backup wal push`: what cannot be stored is kept and tried again."""

from __future__ import annotations

import os
import subprocess
import threading
from pathlib import Path

import psycopg
import pytest
from backup.keeping import OPS, run
from backup.pit.past import base, clock, seen, serving

from house.postgres import locks
from ops.backup import store

WAIT_S = 60


class Hand(threading.Thread):
    """Runs our command for the server, whose own user may not be able to enter the checkout.

    It passes on exactly what archive_command was given, and gives back the status.
    """

    def __init__(self, folder: Path, environ: dict[str, str]) -> None:
        super().__init__(daemon=True)
        self.ask, self.answer, self.script = folder / "ask", folder / "answer", folder / "archive"
        self.environ = environ
        for each in (self.ask, self.answer):
            os.mkfifo(each)
            each.chmod(0o666)
        self.script.write_text(
            f'#!/bin/sh\necho "$PWD/$1 $2" > {self.ask}\nread status < {self.answer}\nexit "$status"\n'
        )
        self.script.chmod(0o755)

    def run(self) -> None:
        while asked := self.ask.read_text().split():
            done = subprocess.run(
                [OPS, "backup", "wal", "push", *asked], env=self.environ, capture_output=True, check=False
            )
            self.answer.write_text(f"{done.returncode}\n")

    def end(self) -> None:
        self.ask.write_text("")
        self.join()


@pytest.fixture
def archiving(ring, open_folder):
    """A server that archives into a folder by our command."""
    place = open_folder / "store"
    place.mkdir()
    hand = Hand(open_folder, {**os.environ, **ring.environment, "BACKUP_STORE": str(place)})
    hand.start()
    settings = {"archive_mode": "on", "archive_command": f"{hand.script} %p %f"}
    with serving(open_folder / "server", **settings) as cluster:
        yield cluster.dsn(), store.opened(str(place), {}), place
    hand.end()


def waiting(url):
    with psycopg.connect(url, autocommit=True) as connection:
        query = "SELECT count(*) FROM pg_ls_archive_statusdir() WHERE name LIKE '%.ready'"
        return connection.execute(query).fetchone()[0]


def archived(url):
    with psycopg.connect(url, autocommit=True) as connection:
        return connection.execute("SELECT archived_count, failed_count FROM pg_stat_archiver").fetchone()


def test_what_cannot_be_stored_is_kept_by_postgresql_and_stored_later(ring, archiving):
    url, place, folder = archiving
    assert base(ring, place, url).parent is None
    # A push that had begun would make the folder again.
    assert locks.until(lambda: waiting(url) == 0, WAIT_S)
    away = folder.with_name("away")
    folder.rename(away)
    run(url, "CREATE TABLE leads AS SELECT i FROM generate_series(1, 100) AS i", "SELECT pg_switch_wal()")
    then = clock(url)
    run(url, "DROP TABLE leads")
    assert locks.until(lambda: archived(url)[1] > 0, WAIT_S)
    assert not folder.exists()
    away.rename(folder)
    run(url, "SELECT pg_switch_wal()")
    assert locks.until(lambda: any(window.until > then for window in seen(ring, place).windows), WAIT_S)
    survey = seen(ring, place, read=True)
    assert survey.holes == ()
    [window] = survey.windows
    assert window.since < then < window.until
