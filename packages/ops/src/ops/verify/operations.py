"""What the service tells of its inside: memory, storage, jobs, the queue, the last backup and its proof."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from ops.verify.access import Key
from ops.verify.checks import Broken, Check, Skipped
from ops.verify.client import Client

MB = 1024 * 1024
FULL = 0.85
"""From this share of what the plan gives on, there is no room left for a bad day."""
MEMORY_MB, STORAGE_MB = 512, 1024
"""What the founding document's plan gives."""
BACKUP_AGE = timedelta(hours=26)
"""Backups are made every day; two hours for a late schedule and for the making."""
RESTORE_AGE = timedelta(days=8)
"""Drills are run every week; a day for a late schedule."""
QUEUE_AGE_S = 300
LAPTOP = "on a laptop nothing promises it"


def _now() -> datetime:
    return datetime.now(UTC)


class Operations:
    """The document is fetched once and shared by the checks that read it."""

    def __init__(self, client: Client, key: Key, clock: Callable[[], datetime] = _now) -> None:
        self.client = client
        self.key = key
        self.clock = clock
        self._told: asyncio.Task[dict[str, Any]] | None = None

    def checks(self) -> list[Check]:
        return [
            Check("memory", f"The service keeps below {FULL:.0%} of its memory", self.memory),
            Check("storage", f"The database keeps below {FULL:.0%} of its volume", self.storage),
            Check("jobs", "Every recurring job runs when it should", self.jobs),
            Check("queue", "What is to be done does not pile up", self.queue),
            Check("backup", f"The last backup is younger than {_span(BACKUP_AGE)}", self.backup),
            Check("restore", f"A backup was proven within the last {_span(RESTORE_AGE)}", self.restore),
        ]

    async def memory(self) -> str:
        told = (await self._read())["memory"]
        limit = (self.client.target.limits.memory_mb or MEMORY_MB) * MB
        return _room("memory", told["used_bytes"], min(limit, told["limit_bytes"] or limit), "docs/scaling.md")

    async def storage(self) -> str:
        told = (await self._read())["storage"]
        limit = (self.client.target.limits.storage_mb or STORAGE_MB) * MB
        return _room("storage", told["database_bytes"], min(limit, told["limit_bytes"] or limit), "docs/scaling.md")

    async def jobs(self) -> str:
        jobs = (await self._read())["jobs"]
        late = [job for job in jobs if job["late"]]
        if late:
            job = late[0]
            seen = f"last succeeded {job['last_succeeded_at'] or 'never'}, {job['schedule']}"
            fault = f". Its last error: {job['last_error']}" if job.get("last_error") else ""
            names = ", ".join(each["name"] for each in late)
            raise Broken(f"{names} late; {job['name']} {seen}{fault}", "Is a worker running? Look at its log.")
        if not jobs:
            raise Broken("The service tells of no recurring job", "Look at crm/timetable.py.")
        return f"{len(jobs)} jobs, none late"

    async def queue(self) -> str:
        told = (await self._read())["queue"]
        if (told["oldest_seconds"] or 0) > QUEUE_AGE_S:
            raise Broken(
                f"{told['waiting']} wait, the oldest for {told['oldest_seconds']:.0f} s",
                "Is a worker running? See docs/runbooks/ on scaling out.",
            )
        return f"{told['waiting']} waiting, {told['failed']} failed"

    async def backup(self) -> str:
        told = (await self._read())["last_backup"]
        if told is None:
            self._excused("no backup was made of it")
            raise Broken("The service has heard of no backup", "Run `ops backup create` with CRM_API_KEY set.")
        return self._fresh(told["name"], "was made", told["taken_at"], BACKUP_AGE, "Run `ops backup create`.")

    async def restore(self) -> str:
        told = (await self._read())["last_restore"]
        if told is None:
            self._excused("no backup was proven")
            raise Broken("No backup was ever proven by restoring it", "Run `ops backup drill`.")
        fresh = self._fresh(told["name"], "was proven", told["proven_at"], RESTORE_AGE, "Run `ops backup drill`.")
        if told["recovery_seconds"] > 3600:
            raise Broken(
                f"The last restore took {told['recovery_seconds'] / 60:.0f} minutes; an hour is promised",
                "See docs/runbooks/ on restoring, and docs/scaling.md.",
            )
        return f"{fresh}, in {told['recovery_seconds']:.0f} s"

    def _excused(self, why: str) -> None:
        if self.client.target.local:
            raise Skipped(f"{why}; {LAPTOP}")

    def _fresh(self, name: str, what: str, moment: str, oldest: timedelta, advice: str) -> str:
        age = self.clock() - datetime.fromisoformat(moment)
        if age > oldest:
            if self.client.target.local:
                raise Skipped(f"{name} {what} {_span(age)} ago; {LAPTOP}")
            raise Broken(f"{name} {what} {_span(age)} ago, more than {_span(oldest)}", advice)
        return f"{name} {what} {_span(age)} ago"

    async def _read(self) -> dict[str, Any]:
        if self._told is None:
            self._told = asyncio.ensure_future(self._fetch())
        return await self._told

    async def _fetch(self) -> dict[str, Any]:
        url = f"{self.client.target.api_url}/api/v1/operations"
        told = (await self.client.get(url, headers=await self.key.headers())).json()
        return dict(told)


def _room(what: str, used: int, limit: int, advice: str) -> str:
    told = f"{used / MB:.0f} of {limit / MB:.0f} MB ({used / limit:.0%})"
    if used > FULL * limit:
        raise Broken(f"The {what} is nearly used up: {told}", f"See {advice} for the next size.")
    return told


def _span(age: timedelta) -> str:
    hours = age.total_seconds() / 3600
    if hours < 1:
        return f"{max(0, age.total_seconds()) / 60:.0f} minutes"
    return f"{hours:.0f} hours" if hours <= 72 else f"{age.days} days"
