"""What the Operations page checks. What needs attention comes first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from crm.kernel import clock
from crm.kernel.jobs import FailedJob
from crm.kernel.views import plural
from crm.monitoring import heartbeat
from crm.monitoring.job_runs import Run
from crm.workspace.operations.formatting import format_ago, format_duration, format_size, percent
from crm.workspace.operations.models import Backup, Queue, RestoreTest, SystemStatus

BACKUP_EVERY = timedelta(hours=26)
"""How old the last backup may be. There is one every day."""
RESTORE_TEST_EVERY = timedelta(days=32)
"""How old the last restore test may be."""
FULL, NEARLY_FULL = 90, 75
"""Percent of a limit."""
QUEUE_DELAY = timedelta(minutes=5)
"""How long a due job may wait."""

Tone = Literal["good", "warn", "bad", ""]


class Check(msgspec.Struct, frozen=True):
    """One line of the page. `name` is also the name of the template's macro that shows the details."""

    name: str
    title: str
    state: str
    tone: Tone
    summary: str

    @property
    def needs_attention(self) -> bool:
        return self.tone in ("warn", "bad")


def run_checks(
    status: SystemStatus,
    *,
    restore_test: RestoreTest | None,
    worker_seen: datetime | None,
    recurring: Sequence[Run],
    failed_jobs: Sequence[FailedJob],
    is_production: bool,
) -> list[Check]:
    """Judge the state of the system. Outside production nobody has to make backups."""
    missing: Tone = "warn" if is_production else ""
    checks = [
        _check_worker(worker_seen),
        _check_failed_jobs(len(failed_jobs)),
        _check_schedule(recurring),
        _check_queue(status.queue),
        _check_backup(status.last_backup, missing),
        _check_restore_test(restore_test, missing),
        _check_resources(status),
    ]
    return sorted(checks, key=lambda check: {"bad": 0, "warn": 1}.get(check.tone, 2))


def _check_worker(seen: datetime | None) -> Check:
    if seen is None:
        return Check("worker", "Worker", "Not running", "bad", "No worker has started yet.")
    if clock.now() - seen > heartbeat.LATE:
        return Check("worker", "Worker", "Not running", "bad", f"Last heartbeat {format_ago(seen)}")
    return Check("worker", "Worker", "Running", "good", f"Last heartbeat {format_ago(seen)}")


def _check_failed_jobs(count: int) -> Check:
    if count:
        return Check("failed_jobs", "Failed jobs", plural(count, "failed job"), "bad", "Nothing retries them.")
    return Check("failed_jobs", "Failed jobs", "None", "good", "No failed jobs")


def _check_schedule(recurring: Sequence[Run]) -> Check:
    late = [run for run in recurring if run.late]
    failed = [run for run in recurring if run.error and not run.late]
    if late:
        return Check("schedule", "Scheduled jobs", f"{len(late)} late", "bad", "The last success is too long ago.")
    if failed:
        return Check("schedule", "Scheduled jobs", f"{len(failed)} failed", "warn", "They run again later.")
    if not recurring:
        return Check("schedule", "Scheduled jobs", "None yet", "", "A worker adds them when it starts.")
    return Check("schedule", "Scheduled jobs", "On time", "good", plural(len(recurring), "job"))


def _check_queue(queue: Queue) -> Check:
    if not queue.waiting:
        return Check("queue", "Job queue", "Empty", "good", "No job waits.")
    oldest = queue.oldest_seconds or 0
    summary = f"{plural(queue.waiting, 'job')} waiting, the oldest for {format_duration(oldest)}"
    if oldest > QUEUE_DELAY.total_seconds():
        return Check("queue", "Job queue", "Slow", "warn", summary)
    return Check("queue", "Job queue", "Working", "good", summary)


def _check_backup(backup: Backup | None, missing: Tone) -> Check:
    if backup is None:
        return Check("backup", "Backup", "None yet", missing, "No backup reported yet")
    is_late = clock.now() - backup.taken_at > BACKUP_EVERY
    state, tone = ("Late", "bad") if is_late else ("On time", "good")
    return Check("backup", "Backup", state, tone, f"Last backup {format_ago(backup.taken_at)}")  # type: ignore[arg-type]


def _check_restore_test(test: RestoreTest | None, missing: Tone) -> Check:
    title = "Restore test"
    if test is None:
        return Check("restore_test", title, "None yet", missing, "No restore test yet")
    ago = format_ago(test.proven_at)
    if not test.proven:
        return Check("restore_test", title, "Failed", "bad", f"The restore test of {test.name} failed {ago}")
    if clock.now() - test.proven_at > RESTORE_TEST_EVERY:
        return Check("restore_test", title, "Out of date", "warn", f"Last passed {ago}")
    return Check("restore_test", title, "Passed", "good", f"Last passed {ago}")


def _check_resources(status: SystemStatus) -> Check:
    memory, storage = status.memory, status.storage
    uses = (
        ("Memory", memory.used_bytes, memory.limit_bytes),
        ("database", storage.database_bytes, storage.limit_bytes),
    )
    summary = ", ".join(f"{name} {format_size(used)}" for name, used, _ in uses)
    fullest = max((percent(used, limit) for _, used, limit in uses if limit), default=0)
    if fullest >= NEARLY_FULL:
        return Check("resources", "Resources", f"{fullest}% used", "bad" if fullest >= FULL else "warn", summary)
    return Check("resources", "Resources", "Enough", "good", summary)
