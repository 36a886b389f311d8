"""What is told of backups and restores."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

MOST = 2**63 - 1
LONGEST_S = 10 * 366 * 24 * 3600

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=120, description="Name of the backup in its store.")]
Moment = Annotated[datetime, msgspec.Meta(tz=True)]
Count = Annotated[int, msgspec.Meta(ge=0, le=MOST)]
Seconds = Annotated[float, msgspec.Meta(ge=0, le=LONGEST_S)]
Finding = Annotated[str, msgspec.Meta(max_length=500)]


class NewBackup(msgspec.Struct, frozen=True):
    """A backup that was made and read back. Told twice, it is one."""

    name: Name
    taken_at: Moment
    bytes: Count
    destination: Annotated[str, msgspec.Meta(min_length=1, max_length=300, description="Where it lies.")]


class NewRestore(msgspec.Struct, frozen=True):
    """A drill: a backup that was restored, and whether all of it was there. Told twice, it is one."""

    name: Name
    taken_at: Moment
    proven_at: Annotated[datetime, msgspec.Meta(tz=True, description="When the drill was made.")]
    recovery_seconds: Seconds
    data_age_seconds: Seconds
    tables: Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
    rows: Count
    proven: bool
    findings: Annotated[list[Finding], msgspec.Meta(max_length=50, description="What was wrong, a line each.")] = []
