"""Checks of what the service reports about itself: memory, storage, jobs, the queue, the last backup and its proof."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from ops.cli import format_count, format_duration
from ops.verify.checks import Group, check, require, skip_unless
from ops.verify.context import VerifyContext
from ops.verify.service import service_answers

MB = 1024 * 1024
FULL = 0.85  # from this share of the plan on, there is no room left for a bad day
MEMORY_MB, STORAGE_MB = 512, 1024  # what the founding document's plan gives
BACKUP_AGE = timedelta(hours=26)  # backups run every day; two hours for a late schedule and for the work
RESTORE_AGE = timedelta(days=8)  # restore tests run every week; a day for a late schedule
RECOVERY_S = 3600
QUEUE_AGE_S = 300

operations_check = partial(check, Group.OPERATIONS, needs=(service_answers,))


@operations_check("memory", f"The service uses less than {FULL:.0%} of its memory")
async def check_memory(context: VerifyContext) -> str:
    memory = (await context.once(load_report))["memory"]
    return _require_room(memory["used_bytes"], memory["limit_bytes"], context.target.limits.memory_mb or MEMORY_MB)


@operations_check("storage", f"The database uses less than {FULL:.0%} of its volume")
async def check_storage(context: VerifyContext) -> str:
    storage = (await context.once(load_report))["storage"]
    limit_mb = context.target.limits.storage_mb or STORAGE_MB
    return _require_room(storage["database_bytes"], storage["limit_bytes"], limit_mb)


@operations_check("jobs", "Every scheduled job runs on time")
async def check_jobs(context: VerifyContext) -> str:
    jobs = (await context.once(load_report))["jobs"]
    require(jobs, "The service reports no scheduled job", "Look at crm/timetable.py.")
    late = [
        f"{job['name']} is late: it last succeeded {job['last_succeeded_at'] or 'never'}, its schedule is"
        f" {job['schedule']}, its last error {job.get('last_error') or 'none'}"
        for job in jobs
        if job["late"]
    ]
    require(not late, "; ".join(late), "Is a worker running? Look at its log.")
    return f"{format_count(len(jobs), 'job')}, none late"


@operations_check("queue", "Jobs do not pile up")
async def check_queue(context: VerifyContext) -> str:
    queue = (await context.once(load_report))["queue"]
    age = queue["oldest_seconds"] or 0
    hint = "Is a worker running? See docs/runbooks/ on scaling out."
    require(age <= QUEUE_AGE_S, f"{queue['waiting']} waiting, the oldest for {format_duration(age)}", hint)
    return f"{queue['waiting']} waiting, {queue['failed']} failed"


@operations_check("backup", f"The last backup is younger than {format_duration(BACKUP_AGE)}")
async def check_backup(context: VerifyContext) -> str:
    backup = (await context.once(load_report))["last_backup"]
    return _require_fresh(context, backup, "taken_at", BACKUP_AGE, "Run `ops backup create` with CRM_API_KEY set.")


@operations_check("restore", f"A backup was restored as a test within the last {format_duration(RESTORE_AGE)}")
async def check_restore(context: VerifyContext) -> str:
    restore = (await context.once(load_report))["last_restore"]
    evidence = _require_fresh(context, restore, "proven_at", RESTORE_AGE, "Run `ops backup drill`.")
    seconds = restore["recovery_seconds"]
    detail = f"The last restore took {format_duration(seconds)}; an hour is promised"
    require(seconds <= RECOVERY_S, detail, "See docs/runbooks/ on restoring, and docs/scaling.md.")
    return f"{evidence}, in {format_duration(seconds)}"


async def load_report(context: VerifyContext) -> dict[str, Any]:
    return dict((await context.api("GET", "/operations")).json())


def _require_room(used: int, limit: int | None, plan_mb: int) -> str:
    limit = min(limit or plan_mb * MB, plan_mb * MB)
    room = f"{used / MB:.0f} of {limit / MB:.0f} MB ({used / limit:.0%})"
    require(used <= FULL * limit, f"Nearly used up: {room}", "See docs/scaling.md for the next size.")
    return room


def _require_fresh(context: VerifyContext, last: Any, field: str, oldest: timedelta, hint: str) -> str:
    age = context.now() - datetime.fromisoformat(last[field]) if last else None
    evidence = f"{last['name']}, {format_duration(age)} ago" if age else "none yet"
    fresh = age is not None and age <= oldest
    skip_unless(fresh or not context.target.local, f"{evidence}; a laptop needs none.")
    require(fresh, f"The last one: {evidence}; {format_duration(oldest)} are allowed", hint)
    return evidence
