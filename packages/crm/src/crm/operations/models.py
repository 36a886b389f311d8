"""What is known of the running service. Sizes are in bytes, lengths of time in seconds."""

from __future__ import annotations

from datetime import datetime

import msgspec

from crm.monitoring.memory import Memory


class Backup(msgspec.Struct, frozen=True):
    """A backup that lies in its store and was read back. `destination` never holds a password."""

    name: str
    taken_at: datetime
    bytes: int
    destination: str


class Restore(msgspec.Struct, frozen=True):
    """A backup that was restored and compared. `data_age_seconds` is the work that would have been lost."""

    name: str
    taken_at: datetime
    proven_at: datetime
    recovery_seconds: float
    data_age_seconds: float
    tables: int
    rows: int


class Drill(Restore, frozen=True):
    """A restore as it was told; one that is not `proven` says in `findings` what was wrong."""

    proven: bool
    findings: list[str]


class JobState(msgspec.Struct, frozen=True):
    """A recurring job. `schedule` is cron in UTC; `late` when it has been silent longer than is healthy."""

    name: str
    schedule: str
    last_started_at: datetime | None
    last_succeeded_at: datetime | None
    last_error: str
    late: bool


class Queue(msgspec.Struct, frozen=True):
    """Jobs that are due and not done, jobs that were given up, and how long the oldest due one has waited."""

    waiting: int
    failed: int
    oldest_seconds: float | None


class Storage(msgspec.Struct, frozen=True):
    """`limit_bytes` is what the plan of the host allows, where DATABASE_LIMIT_MB tells it."""

    database_bytes: int
    limit_bytes: int | None


class Condition(msgspec.Struct, frozen=True):
    """How the service is. `memory` is that of the process which answers, or of its container where that is limited."""

    version: str
    commit: str
    started_at: datetime
    memory: Memory
    storage: Storage
    jobs: list[JobState]
    queue: Queue
    last_backup: Backup | None
    last_restore: Restore | None
