"""What a backup says of itself, and what a drill says of a backup. Times are UTC, durations seconds, sizes bytes."""

from __future__ import annotations

from datetime import datetime

import msgspec


class Table(msgspec.Struct, frozen=True):
    """`digest` is over the content of all rows in any order; `newest` is when the last row was written, where it says.

    `columns` are names and types, without those the database computes; `key` is the primary key.
    """

    name: str
    rows: int
    digest: str
    newest: datetime | None
    columns: dict[str, str]
    key: tuple[str, ...]


class Schema(msgspec.Struct, frozen=True):
    """`revision` is the migration, empty where there is none; `objects` counts each kind; `digest` is over their text.

    Another major version of PostgreSQL words them differently, so digests compare within one only.
    """

    revision: str
    objects: dict[str, int]
    digest: str


class Contents(msgspec.Struct, frozen=True):
    schema: Schema
    tables: tuple[Table, ...]

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables)

    @property
    def newest(self) -> datetime | None:
        return max((table.newest for table in self.tables if table.newest), default=None)


class Archive(msgspec.Struct, frozen=True):
    """`size` and `sha256` are of the encrypted object as it lies in the store, `raw_size` of what pg_dump said."""

    object: str
    size: int
    sha256: str
    raw_size: int
    recipients: tuple[str, ...]


class Tools(msgspec.Struct, frozen=True):
    """What made it: the commit of this repository, pg_dump and the libraries."""

    commit: str
    versions: dict[str, str]


class Manifest(msgspec.Struct, frozen=True, tag_field="kind", tag="octatech-backup/1"):
    """`taken_at` is when the snapshot was taken: the backup holds what was committed before, and nothing later."""

    name: str
    taken_at: datetime
    seconds: float
    postgres: int
    contents: Contents
    archive: Archive
    tools: Tools


class Proof(msgspec.Struct, frozen=True, tag_field="kind", tag="octatech-restore-proof/1"):
    """A drill that went well. `recovery` is from an empty database to the CRM that opens a lead; `data_age` is what
    would have been lost, had the drill been needed. `lead` is the one that was opened, None where there are none."""

    backup: str
    sha256: str
    at: datetime
    recovery: float
    data_age: float
    phases: dict[str, float]
    tables: int
    rows: int
    newest: datetime | None
    lead: int | None
    recipient: str
    postgres: int
    tools: Tools
