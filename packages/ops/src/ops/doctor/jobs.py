"""Recurring jobs, the queue and the workers, asked of the running service or read from its database."""

from __future__ import annotations

from typing import Any

import httpx
import psycopg

from crm import timetable
from crm.monitoring import heartbeat
from ops.cli import format_count
from ops.doctor import database
from ops.doctor.context import DoctorContext, NoDatabaseError
from ops.doctor.findings import FINE, UNKNOWN, WEAK, WRONG, Findings

TIMEOUT_S = 5
OLDEST_S = 300  # a due job that waits longer is not being done

_RUNS = """
SELECT name, extract(epoch FROM now() - coalesce(succeeded_at, since, now())) > extract(epoch FROM every), error
FROM job_runs
"""
_QUEUE = """
SELECT count(*) FILTER (WHERE status = 'failed'),
       extract(epoch FROM now() - min(execute_after) FILTER (WHERE status = 'queued' AND execute_after <= now()))
FROM pgqueuer
"""
_WORKERS = "SELECT count(*) FROM heartbeats WHERE role = 'worker' AND seen_at > now() - %s"


def check(context: DoctorContext, findings: Findings) -> None:
    if status := _ask_service(context):
        jobs = [(job["name"], job["late"], job["last_error"] or "") for job in status["jobs"]]
        _check_runs(findings, jobs, status["queue"]["failed"], status["queue"]["oldest_seconds"])
    else:
        _read_database(context, findings)
    if not findings.all:
        findings.add(FINE, f"{len(timetable.RECURRING)} recurring jobs keep their times, and nothing waits")


def _ask_service(context: DoctorContext) -> dict[str, Any] | None:
    """Returns what the service says, or None where it does not run, or there is no key to ask with."""
    key = context.value("CRM_API_KEY")
    if context.config is None or not key:
        return None
    url = f"{context.value('CRM_API_URL') or context.config.base_url}/api/v1/operations"
    try:
        response = httpx.get(url, headers={"authorization": f"Bearer {key}"}, timeout=TIMEOUT_S)
        status = response.json() if response.status_code == 200 else None
    except (httpx.HTTPError, httpx.InvalidURL, ValueError):
        return None
    return status if isinstance(status, dict) and {"jobs", "queue"} <= set(status) else None


def _read_database(context: DoctorContext, findings: Findings) -> None:
    try:
        with context.open_database() as url, database.connect(context, url) as connection:
            jobs = [(name, late, error) for name, late, error in connection.execute(_RUNS)]
            failed, oldest = connection.execute(_QUEUE).fetchone() or (0, None)
            _check_runs(findings, jobs, failed, oldest)
            (workers,) = connection.execute(_WORKERS, (heartbeat.LATE,)).fetchone() or (0,)
            severity = WRONG if context.is_production else WEAK
            findings.expect((workers, severity, "No worker sends heartbeats, so no job is done", "crm worker"))
    except NoDatabaseError as error:
        what, fix = error.args
        findings.add(UNKNOWN, f"Neither service nor database can be asked: {what}", fix)
    except psycopg.errors.UndefinedTable:
        findings.add(UNKNOWN, "The database has no schema yet", "crm migrate")
    except psycopg.Error as error:
        findings.add(UNKNOWN, f"The database refuses: {type(error).__name__}", "ops doctor --only database")


def _check_runs(findings: Findings, jobs: list[tuple[str, bool, str]], failed: int, oldest: float | None) -> None:
    for name, late, error in jobs:
        reason = f": {error}" if error else ""
        if late:
            findings.add(WRONG, f"{name} is late{reason}", f"crm worker, and look for {name} in its log")
        elif error:
            findings.add(WEAK, f"{name} failed the last time{reason}", f"Look for {name} in the log of the worker")
    due_s = oldest or 0
    findings.expect(
        (not failed, WEAK, f"{format_count(failed, 'job')} failed for good", "Open /operations in the CRM and retry"),
        (due_s <= OLDEST_S, WRONG, f"A job has been due for {due_s / 60:.0f} minutes", "crm worker"),
    )
