"""Stores the results of earlier builds in one SQLite file: parsed posts, rendered posts and written files.

The cache may be deleted at any time; the next build is then slower.
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
CREATE TABLE IF NOT EXISTS build (fingerprint TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS sources (
    root TEXT NOT NULL, file TEXT NOT NULL, signature TEXT NOT NULL, digest BLOB NOT NULL, post BLOB NOT NULL,
    PRIMARY KEY (root, file)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS rendered (
    root TEXT NOT NULL, file TEXT NOT NULL, key BLOB NOT NULL, links BLOB NOT NULL, minutes INTEGER NOT NULL,
    headings BLOB NOT NULL, warnings BLOB NOT NULL, html TEXT NOT NULL,
    PRIMARY KEY (root, file)
);
CREATE TABLE IF NOT EXISTS outputs (
    out TEXT NOT NULL, path TEXT NOT NULL, key BLOB NOT NULL, signature TEXT NOT NULL,
    PRIMARY KEY (out, path)
) WITHOUT ROWID;
"""


class SourceRow(NamedTuple):
    """A source file as last read. `post` holds the fields of the parsed `Post`."""

    signature: str
    digest: bytes
    post: tuple[Any, ...]


class RenderedRow(NamedTuple):
    """A rendered post without its HTML. `key` covers everything the HTML depends on, `links` are the URLs in it.

    `warnings` are lines and messages.
    """

    key: bytes
    links: tuple[str, ...]
    minutes: int
    headings: tuple[tuple[int, str, str], ...]
    warnings: tuple[tuple[int, str], ...] = ()


class Cache:
    """Use it with `with`: a clean exit commits, an exception rolls back.

    A file that is damaged or has an older schema is replaced.
    """

    def __init__(self, folder: str, fingerprint: str) -> None:
        self.fingerprint = fingerprint
        Path(folder).mkdir(parents=True, exist_ok=True)
        file = os.path.join(folder, "blog.sqlite")
        try:
            self._db = _open(file, fingerprint)
        except sqlite3.DatabaseError:
            Path(file).unlink()
            self._db = _open(file, fingerprint)

    def __enter__(self) -> Cache:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        if kind is None:
            self._db.commit()
        self._db.close()

    def commit(self) -> None:
        self._db.commit()

    def load_sources(self, root: str) -> dict[str, SourceRow]:
        rows = self._db.execute("SELECT file, signature, digest, post FROM sources WHERE root = ?", (root,))
        return {file: SourceRow(signature, digest, marshal.loads(post)) for file, signature, digest, post in rows}  # noqa: S302

    def save_sources(self, root: str, sources: Iterable[tuple[str, SourceRow]]) -> None:
        self._db.executemany(
            "INSERT OR REPLACE INTO sources VALUES (?, ?, ?, ?, ?)",
            [(root, file, source.signature, source.digest, marshal.dumps(source.post)) for file, source in sources],
        )

    def delete_sources(self, root: str, files: Iterable[str]) -> None:
        keys = [(root, file) for file in files]
        self._db.executemany("DELETE FROM sources WHERE root = ? AND file = ?", keys)
        self._db.executemany("DELETE FROM rendered WHERE root = ? AND file = ?", keys)

    def load_rendered(self, root: str) -> dict[str, RenderedRow]:
        rows = self._db.execute(
            "SELECT file, key, links, minutes, headings, warnings FROM rendered WHERE root = ?", (root,)
        )
        return {
            file: RenderedRow(key, marshal.loads(links), minutes, marshal.loads(headings), marshal.loads(warnings))  # noqa: S302
            for file, key, links, minutes, headings, warnings in rows
        }

    def load_html(self, root: str, file: str) -> str:
        row = self._db.execute("SELECT html FROM rendered WHERE root = ? AND file = ?", (root, file)).fetchone()
        return str(row[0])

    def save_rendered(self, root: str, rendered: Iterable[tuple[str, RenderedRow, str]]) -> None:
        self._db.executemany(
            "INSERT OR REPLACE INTO rendered VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    root,
                    file,
                    row.key,
                    marshal.dumps(row.links),
                    row.minutes,
                    marshal.dumps(row.headings),
                    marshal.dumps(row.warnings),
                    html,
                )
                for file, row, html in rendered
            ],
        )

    def load_outputs(self, out: str) -> dict[str, tuple[bytes, str]]:
        rows = self._db.execute("SELECT path, key, signature FROM outputs WHERE out = ?", (out,))
        return {path: (key, signature) for path, key, signature in rows}

    def save_outputs(self, out: str, rows: Iterable[tuple[str, bytes, str]]) -> None:
        self._db.executemany("INSERT OR REPLACE INTO outputs VALUES (?, ?, ?, ?)", [(out, *row) for row in rows])

    def delete_outputs(self, out: str, paths: Iterable[str]) -> None:
        self._db.executemany("DELETE FROM outputs WHERE out = ? AND path = ?", [(out, path) for path in paths])


def _open(file: str, fingerprint: str) -> sqlite3.Connection:
    db = sqlite3.connect(file, timeout=60, isolation_level="IMMEDIATE")
    # A power cut may lose the cache: that costs one cold build, so no write waits for the disk.
    db.execute("PRAGMA synchronous = OFF")
    table_count = db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if not table_count:
        db.executescript(_SCHEMA)
    row = db.execute("SELECT fingerprint FROM build").fetchone()
    if row is None or row[0] != fingerprint:
        db.execute("DELETE FROM build")
        # Their columns may be those of an older version.
        db.executescript(f"DROP TABLE IF EXISTS sources; DROP TABLE IF EXISTS rendered; {_SCHEMA}")
        db.execute("INSERT INTO build VALUES (?)", (fingerprint,))
        db.commit()
    return db


def sign_file(stat: os.stat_result) -> str:
    """Returns a text that changes with every write to the file.

    It includes the change time, because a program cannot set that, unlike the modification time.
    """
    return f"{stat.st_mtime_ns} {stat.st_ctime_ns} {stat.st_size} {stat.st_ino}"
