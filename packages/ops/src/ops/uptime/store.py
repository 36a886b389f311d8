"""What was seen, kept in one SQLite file.

Every verdict is on the disk before the next probe begins, so a killed prober loses the probe it was at and nothing
else. The clock may jump: a moment that was probed twice keeps the worse verdict, and days that the clock went back to
are accounted again.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ops.uptime import windows
from ops.uptime.account import Outcome, Record
from ops.uptime.faults import Trouble
from ops.uptime.spans import Span

FILE_NAME = "probes.sqlite"
VERSION = 1
_SCHEMA = Path(__file__).with_name("schema.sql")
_COLUMNS = "at, outcome, hold_ms, latency_ms, retried"


class BadStore(Trouble):
    """The file cannot be used; the message names it and says what to do."""


class Store:
    """One connection. Several processes may hold one; only the prober writes verdicts."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db
        self._ids: dict[str, int] = {}

    def close(self) -> None:
        self.db.close()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """All of the block, or nothing of it."""
        with self.db:
            self.db.execute("BEGIN IMMEDIATE")
            yield self.db

    def id_of(self, target: str) -> int:
        """The number of a target, given on first need."""
        if target not in self._ids:
            with self.db:
                self.db.execute("INSERT INTO targets (key) VALUES (?) ON CONFLICT DO NOTHING", (target,))
            self._ids[target] = self.db.execute("SELECT id FROM targets WHERE key = ?", (target,)).fetchone()[0]
        return self._ids[target]

    def keep(self, target: str, records: Iterable[Record], reason: str | None = None) -> None:
        """Keep verdicts. One for a closed day is dropped: its probes are gone, so it cannot be accounted again."""
        number = self.id_of(target)
        with self.writing() as db:
            for record in records:
                self._keep(db, number, record, reason)

    def _keep(self, db: sqlite3.Connection, number: int, record: Record, reason: str | None) -> None:
        day = windows.day_of(record.at)
        closed = "SELECT 1 FROM days WHERE target = ? AND day = ? AND closed"
        if db.execute(closed, (number, day)).fetchone():
            return
        db.execute(
            f"INSERT INTO probes (target, {_COLUMNS}, reason) VALUES (?, ?, ?, ?, ?, ?, ?) "  # noqa: S608 constant
            "ON CONFLICT DO UPDATE SET outcome = excluded.outcome, hold_ms = excluded.hold_ms, "
            "latency_ms = excluded.latency_ms, retried = excluded.retried, reason = excluded.reason "
            "WHERE excluded.outcome > outcome",
            (number, *record, reason),
        )
        # The day after may begin under this verdict.
        db.execute("DELETE FROM days WHERE target = ? AND day IN (?, ?) AND NOT closed", (number, day, day + 1))

    def records(self, target: str, begin: int, end: int) -> list[Record]:
        """The verdicts between `begin` and `end`, in order, and the last one before."""
        number = self.id_of(target)
        rows = self.db.execute(
            f"SELECT {_COLUMNS} FROM probes WHERE target = :target AND at < :end AND at >= coalesce("  # noqa: S608
            "(SELECT max(at) FROM probes WHERE target = :target AND at < :begin), :begin) ORDER BY at",
            {"target": number, "begin": begin, "end": end},
        )
        return [Record(at, Outcome(outcome), hold, took, bool(again)) for at, outcome, hold, took, again in rows]

    def newest(self, target: str, now: int) -> Record | None:
        """The last verdict that is not in the future."""
        found = self.records(target, now + 1, now + 1)
        return found[0] if found else None

    def newest_of_all(self, now: int) -> int | None:
        """When the last probe of any target began."""
        found = [self.newest(key, now) for (key,) in self.db.execute("SELECT key FROM targets").fetchall()]
        return max((record.at for record in found if record), default=None)

    def failures(self, target: str, since: int, now: int) -> list[Span]:
        """The probes after `since` that found the target down, each with the time for which it counts, until `now`."""
        # The number stands in the query itself, or the index of failures would not be used.
        rows = self.db.execute(
            "SELECT at, min(at + hold_ms, coalesce((SELECT min(later.at) FROM probes AS later "
            "WHERE later.target = probes.target AND later.at > probes.at), at + hold_ms)) "
            "FROM probes WHERE target = ? AND outcome = 2 AND at > ? AND at < ? ORDER BY at",
            (self.id_of(target), since, now),
        )
        return [Span(at, min(until, now)) for at, until in rows]

    def up_after(self, target: str, at: int) -> int | None:
        """When the target was first found up after a moment."""
        query = "SELECT min(at) FROM probes WHERE target = ? AND outcome = ? AND at > ?"
        found = self.db.execute(query, (self.id_of(target), Outcome.UP.value, at)).fetchone()[0]
        return None if found is None else int(found)

    def reason(self, target: str, at: int) -> str:
        """Why this verdict was not a good one."""
        query = "SELECT reason FROM probes WHERE target = ? AND at = ?"
        row = self.db.execute(query, (self.id_of(target), at)).fetchone()
        return (row[0] or "") if row else ""

    def sight(self, target: str, what: str, seen: str, at: int) -> bool:
        """Note what was seen, if it is something else than before. Says whether it was."""
        if self.sighted(target, what) == seen:
            return False
        with self.db:
            self.db.execute(
                "INSERT INTO sightings (target, what, seen, at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (self.id_of(target), what, seen, at),
            )
        return True

    def sighted(self, target: str, what: str) -> str:
        """What was seen last, or nothing."""
        query = "SELECT seen FROM sightings WHERE target = ? AND what = ? ORDER BY at DESC LIMIT 1"
        row = self.db.execute(query, (self.id_of(target), what)).fetchone()
        return str(row[0]) if row else ""


def create(folder: Path) -> Store:
    """Open the store of a folder for writing; make it where there is none. Raises `BadStore`."""
    folder.mkdir(parents=True, exist_ok=True)
    return _opened(folder / FILE_NAME)


def existing(folder: Path) -> Store:
    """Open a store that is there. Raises `BadStore`."""
    path = folder / FILE_NAME
    if not path.is_file():
        raise BadStore(f"Nothing was recorded in {folder}. Start the prober with `ops uptime run`.")
    return _opened(path)


def _opened(path: Path) -> Store:
    try:
        db = sqlite3.connect(path, timeout=10, isolation_level=None)
        # FULL writes through to the disk with every commit: four short ones in 15 seconds cost nothing.
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
            db.execute(f"PRAGMA {pragma}")
        _prepare(db, path)
    except sqlite3.DatabaseError as fault:
        raise BadStore(f"{path} cannot be used: {fault}. Move it aside to begin a new one.") from fault
    return Store(db)


def _prepare(db: sqlite3.Connection, path: Path) -> None:
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if version == 0:
        db.executescript(
            f"BEGIN IMMEDIATE; {_SCHEMA.read_text(encoding='utf-8')} PRAGMA user_version = {VERSION}; COMMIT;"
        )
    elif version != VERSION:
        raise BadStore(f"{path} was written by a newer release ({version}). Update this one.")
