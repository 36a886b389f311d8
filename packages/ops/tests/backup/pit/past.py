"""A server with small files of WAL, and the story that the tests of the past go back into."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from threading import Event
from typing import NamedTuple

import psycopg
from backup.keeping import Ring, look, run

from house import postgres
from house.postgres import Cluster
from house.postgres.account import run as run_as
from house.postgres.settings import INITDB
from ops.backup import store
from ops.backup.manifest import Contents
from ops.backup.pit import receiving, restoring, survey, taking
from ops.backup.pit.papers import Base
from ops.backup.pit.restoring import Arrived, Way
from ops.backup.pit.survey import Survey
from ops.backup.screen import Screen
from ops.backup.store import Store

SETTINGS = {
    **postgres.FOR_TESTS,
    "full_page_writes": "on",  # a base backup asks for it
    "summarize_wal": "on",
    "shared_buffers": "16MB",
    "min_wal_size": "2MB",
    "track_commit_timestamp": "on",
}


@contextmanager
def serving(folder: Path, **settings: str) -> Iterator[Cluster]:
    """A PostgreSQL of its own whose files of WAL have 1 MB instead of 16."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    cluster = postgres.embedded(folder, {**SETTINGS, **settings})
    place = cluster.place
    place.cluster.mkdir(mode=0o700)
    if place.account:
        place.account.own(place.cluster)
    initdb = [str(place.programs / "initdb"), *INITDB, "--no-sync", "--wal-segsize=1", f"--pgdata={place.cluster}"]
    assert run_as(initdb, place.account).returncode == 0
    with cluster:
        cluster.create_database("octatech")
        yield cluster


def clock(url: str) -> datetime:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute("SELECT clock_timestamp()").fetchone()
    assert row
    return row[0]


def base(ring: Ring, place: Store, url: str, *, incremental: bool | None = None) -> Base:
    return taking.take(ring.settings, place, url, Screen(), incremental=incremental)


def receive(ring: Ring, place: Store, url: str) -> None:
    """Stores all WAL up to now."""
    receiving.once(receiving.Receiver(ring.settings, place, url, Screen(), lambda _: None, Event()))


def seen(ring: Ring, place: Store, *, read: bool = False) -> Survey:
    return survey.made(place, ring.settings.trusted, (lambda _: None) if read else None)


class Gone(NamedTuple):
    """Where one has gone back to, which way, and what was there."""

    way: Way
    arrived: Arrived
    found: Contents


def back_to(ring: Ring, place: Store, to: datetime, folder: Path) -> Gone:
    way = restoring.way(seen(ring, place), to)
    with restoring.carried_out(
        ring.settings, place, seen(ring, place), way, folder=folder, screen=Screen(), look=False
    ) as arrived:
        return Gone(way, arrived, look(arrived.recovered.url))


class Story(NamedTuple):
    """What was in the database before the harm and after it, and when. `folder` is the store; it is only read."""

    folder: Path
    url: str
    full: Base
    incremental: Base
    good_at: datetime
    good: Contents
    harmed_at: datetime
    harmed: Contents

    def copied(self, into: Path) -> Store:
        """A store of one's own, to be broken."""
        shutil.copytree(self.folder, into)
        return store.opened(str(into), {})

    def heard(self, place: Store) -> None:
        """Has WAL that went into another store as well: the server keeps it for nobody any more."""
        there = {each.path for each in self.store.objects("pit")}
        for each in place.objects(f"pit/{self.full.system}/wal"):
            if each.path not in there:
                self.store.create(each.path, place.read(each.path))

    @property
    def store(self) -> Store:
        return store.opened(str(self.folder), {})


def told(ring: Ring, url: str, folder: Path) -> Story:
    """Leads come in, bases are taken, and somebody deletes what he should not."""
    folder.mkdir()
    place = store.opened(str(folder), {})
    run(
        url,
        "CREATE TABLE leads (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text, created_at timestamptz)",
        "CREATE TABLE notes AS SELECT i, md5(i::text) AS words FROM generate_series(1, 3000) AS i",
        "INSERT INTO leads (name, created_at) SELECT 'Ada', '2026-01-01Z' FROM generate_series(1, 500)",
    )
    receive(ring, place, url)
    full = base(ring, place, url)
    run(url, "INSERT INTO leads (name) SELECT 'Zoe' FROM generate_series(1, 500)")
    receive(ring, place, url)
    incremental = base(ring, place, url)
    run(url, "UPDATE leads SET name = 'Eve' WHERE id % 7 = 0")
    receive(ring, place, url)
    run(url, "INSERT INTO leads (name) VALUES ('the last good one')")
    good, good_at = look(url), clock(url)
    run(url, "DELETE FROM leads", "DROP TABLE notes")
    harmed, harmed_at = look(url), clock(url)
    receive(ring, place, url)
    run(url, "INSERT INTO leads (name) VALUES ('after the harm')")
    receive(ring, place, url)
    return Story(folder, url, full, incremental, good_at, good, harmed_at, harmed)
