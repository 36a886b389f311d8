"""What base backups, files of WAL and drills say of themselves. Times are UTC, durations seconds, sizes bytes."""

from __future__ import annotations

from datetime import datetime

import msgspec

from ops.backup.manifest import Archive, Tools


class Listing(msgspec.Struct, frozen=True):
    """PostgreSQL's own backup_manifest: names, sizes and checksums of files. The next incremental begins with it."""

    object: str
    size: int
    sha256: str


class Base(msgspec.Struct, frozen=True, tag_field="kind", tag="octatech-base/1"):
    """`ended_at` is the server's clock at the end: from there on every moment can be reached. `start` and `stop` are
    positions in the WAL of `timeline`; what lies between them is in the archive itself. `parent` is what an
    incremental stands on, None for a full one. `role` may do everything, `database` is the one it was taken with."""

    name: str
    system: str
    taken_at: datetime
    ended_at: datetime
    seconds: float
    postgres: int
    timeline: int
    start: str
    stop: str
    segment_size: int
    parent: str | None
    role: str
    database: str
    archive: Archive
    listing: Listing
    tools: Tools

    @property
    def major(self) -> int:
        return self.postgres // 10_000


class Segment(msgspec.Struct, frozen=True, tag_field="kind", tag="octatech-wal/1"):
    """A file of WAL, or the history of a timeline. `raw_sha256` is of the file as PostgreSQL wrote it; `first` and
    `last` are when its transactions ended, None where none did. Of a history, `forks` are the timelines before it, with
    the position where each was left."""

    name: str
    system: str
    archive: Archive
    raw_sha256: str
    first: datetime | None
    last: datetime | None
    forks: tuple[tuple[int, str], ...] = ()


class PointProof(msgspec.Struct, frozen=True, tag_field="kind", tag="octatech-point-proof/1"):
    """A drill that went well: `base` and `segments` files of WAL gave the database as it was at `to`, None for the end
    of the archive; `reached` is its last transaction. `recovery` is from an empty folder to rows that were read."""

    base: str
    sha256: str
    timeline: int
    to: datetime | None
    reached: datetime | None
    at: datetime
    recovery: float
    phases: dict[str, float]
    segments: int
    tables: int
    rows: int
    tools: Tools
