"""The data of operations. Sizes are in bytes, durations in seconds."""

from __future__ import annotations

from datetime import datetime

import msgspec

from crm.monitoring.memory import Memory


class Backup(msgspec.Struct, frozen=True):
    """A stored and verified backup. `destination` never holds a password."""

    name: str
    taken_at: datetime
    bytes: int
    destination: str


class Restore(msgspec.Struct, frozen=True):
    """A backup that was restored and compared. `data_age_seconds` is how old its data was then."""

    name: str
    taken_at: datetime
    proven_at: datetime
    recovery_seconds: float
    data_age_seconds: float
    tables: int
    rows: int


class RestoreTest(Restore, frozen=True):
    """A reported restore test. If it is not `proven`, `findings` says what was wrong."""

    proven: bool
    findings: list[str]


class JobState(msgspec.Struct, frozen=True):
    """A scheduled job. `schedule` is cron in UTC; `late` means that its last success is too long ago."""

    name: str
    schedule: str
    last_started_at: datetime | None
    last_succeeded_at: datetime | None
    last_error: str
    late: bool


class Queue(msgspec.Struct, frozen=True):
    """How many due jobs wait, how many failed, and how long the oldest due job has waited."""

    waiting: int
    failed: int
    oldest_seconds: float | None


class Storage(msgspec.Struct, frozen=True):
    """`limit_bytes` is DATABASE_LIMIT_MB, the limit of the hosting plan."""

    database_bytes: int
    limit_bytes: int | None


class SystemStatus(msgspec.Struct, frozen=True):
    """The state of the system. `memory` is that of this process, or of its container if that has a limit."""

    version: str
    commit: str
    started_at: datetime
    memory: Memory
    storage: Storage
    jobs: list[JobState]
    queue: Queue
    last_backup: Backup | None
    last_restore: Restore | None
