"""What earlier builds found out: parsed and rendered posts by source file, and every file written, in one SQLite file.

The cache may be deleted at any time; only time is lost.
"""

from __future__ import annotations

import marshal
import os
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

_SCHEMA = """
CREATE TABLE IF NOT EXISTS engine (version TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS sources (
    root TEXT NOT NULL, file TEXT NOT NULL, seen TEXT NOT NULL, digest BLOB NOT NULL, facts BLOB NOT NULL,
    PRIMARY KEY (root, file)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS bodies (
    root TEXT NOT NULL, file TEXT NOT NULL, key BLOB NOT NULL, refs BLOB NOT NULL, minutes INTEGER NOT NULL,
    headings BLOB NOT NULL, html TEXT NOT NULL,
    PRIMARY KEY (root, file)
);
CREATE TABLE IF NOT EXISTS outputs (
    out TEXT NOT NULL, path TEXT NOT NULL, key BLOB NOT NULL, seen TEXT NOT NULL,
    PRIMARY KEY (out, path)
) WITHOUT ROWID;
"""


class Source(NamedTuple):
    """A source file as last read. `seen` is its signature (`signature`), `facts` what was parsed from it."""

    seen: str
    digest: bytes
    facts: tuple[Any, ...]


class BodyRow(NamedTuple):
    """A rendered body without its text. `key` stands for all it was made from, `refs` are the addresses in it."""

    key: bytes
    refs: tuple[str, ...]
    minutes: int
    headings: tuple[tuple[int, str, str], ...]


class Cache:
    """Open with `with`; everything recorded is kept on a clean end and dropped on an exception."""

    def __init__(self, folder: str, engine: str) -> None:
        Path(folder).mkdir(parents=True, exist_ok=True)
        file = os.path.join(folder, "blog.sqlite")
        try:
            self._db = _opened(file, engine)
        except sqlite3.DatabaseError:
            Path(file).unlink()
            self._db = _opened(file, engine)

    def __enter__(self) -> Cache:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        if kind is None:
            self._db.commit()
        self._db.close()

    def commit(self) -> None:
        self._db.commit()

    def sources(self, root: str) -> dict[str, Source]:
        rows = self._db.execute("SELECT file, seen, digest, facts FROM sources WHERE root = ?", (root,))
        return {file: Source(seen, digest, marshal.loads(facts)) for file, seen, digest, facts in rows}  # noqa: S302

    def keep_sources(self, root: str, sources: Iterable[tuple[str, Source]]) -> None:
        self._db.executemany(
            "INSERT OR REPLACE INTO sources VALUES (?, ?, ?, ?, ?)",
            [(root, file, source.seen, source.digest, marshal.dumps(source.facts)) for file, source in sources],
        )

    def bodies(self, root: str) -> dict[str, BodyRow]:
        rows = self._db.execute("SELECT file, key, refs, minutes, headings FROM bodies WHERE root = ?", (root,))
        return {
            file: BodyRow(key, marshal.loads(refs), minutes, marshal.loads(headings))  # noqa: S302
            for file, key, refs, minutes, headings in rows
        }

    def body_html(self, root: str, file: str) -> str:
        row = self._db.execute("SELECT html FROM bodies WHERE root = ? AND file = ?", (root, file)).fetchone()
        return str(row[0])

    def keep_bodies(self, root: str, bodies: Iterable[tuple[str, BodyRow, str]]) -> None:
        self._db.executemany(
            "INSERT OR REPLACE INTO bodies VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (root, file, row.key, marshal.dumps(row.refs), row.minutes, marshal.dumps(row.headings), html)
                for file, row, html in bodies
            ],
        )

    def forget(self, root: str, files: Iterable[str]) -> None:
        gone = [(root, file) for file in files]
        self._db.executemany("DELETE FROM sources WHERE root = ? AND file = ?", gone)
        self._db.executemany("DELETE FROM bodies WHERE root = ? AND file = ?", gone)

    def outputs(self, out: str) -> dict[str, tuple[bytes, str]]:
        rows = self._db.execute("SELECT path, key, seen FROM outputs WHERE out = ?", (out,))
        return {path: (key, seen) for path, key, seen in rows}

    def keep_outputs(self, out: str, rows: Iterable[tuple[str, bytes, str]]) -> None:
        self._db.executemany("INSERT OR REPLACE INTO outputs VALUES (?, ?, ?, ?)", [(out, *row) for row in rows])

    def forget_outputs(self, out: str, paths: Iterable[str]) -> None:
        self._db.executemany("DELETE FROM outputs WHERE out = ? AND path = ?", [(out, path) for path in paths])


def _opened(file: str, engine: str) -> sqlite3.Connection:
    db = sqlite3.connect(file, timeout=60, isolation_level="IMMEDIATE")
    # Losing the cache to a power cut costs one cold build, so no write waits for the disk.
    db.execute("PRAGMA synchronous = OFF")
    known = db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if not known:
        db.executescript(_SCHEMA)
    row = db.execute("SELECT version FROM engine").fetchone()
    if row is None or row[0] != engine:
        db.execute("DELETE FROM engine")
        db.execute("DELETE FROM sources")
        db.execute("DELETE FROM bodies")
        db.execute("INSERT INTO engine VALUES (?)", (engine,))
        db.commit()
    return db


def signature(stat: os.stat_result) -> str:
    """What changes whenever a file is written. The change time cannot be set by hand, unlike the modification time."""
    return f"{stat.st_mtime_ns} {stat.st_ctime_ns} {stat.st_size} {stat.st_ino}"
