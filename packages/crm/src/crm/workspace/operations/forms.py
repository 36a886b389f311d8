"""The reports of backups and restore tests."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

MAX_COUNT = 2**63 - 1
MAX_SECONDS = 10 * 366 * 24 * 3600

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=120, description="Name of the backup in its store.")]
Moment = Annotated[datetime, msgspec.Meta(tz=True)]
Count = Annotated[int, msgspec.Meta(ge=0, le=MAX_COUNT)]
Seconds = Annotated[float, msgspec.Meta(ge=0, le=MAX_SECONDS)]
Finding = Annotated[str, msgspec.Meta(max_length=500)]


class NewBackup(msgspec.Struct, frozen=True):
    """The report of a backup that was written and verified. Reporting is idempotent."""

    name: Name
    taken_at: Moment
    bytes: Count
    destination: Annotated[str, msgspec.Meta(min_length=1, max_length=300, description="Where the backup is stored.")]


class NewRestoreTest(msgspec.Struct, frozen=True):
    """The report of a restore test: a backup that was restored and compared. Reporting is idempotent."""

    name: Name
    taken_at: Moment
    proven_at: Annotated[datetime, msgspec.Meta(tz=True, description="When the test ran.")]
    recovery_seconds: Seconds
    data_age_seconds: Seconds
    tables: Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
    rows: Count
    proven: bool
    findings: Annotated[list[Finding], msgspec.Meta(max_length=50, description="What was wrong, one line each.")] = []
