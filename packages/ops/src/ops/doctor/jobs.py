"""Recurring jobs, the queue and the workers: asked of the running service, or read from its database."""

from __future__ import annotations

from typing import Any

import httpx
import psycopg

from crm import timetable
from crm.kernel import heartbeat
from ops.doctor import database
from ops.doctor.case import Case, NoDatabase
from ops.doctor.findings import Finding, Group, Ward

PATIENCE_S = 5
OLDEST_S = 300
"""Something that is due and waits longer is not being done."""
LOOK = "crm worker"

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


def findings(case: Case) -> list[Finding]:
    ward = Ward(Group.JOBS)
    told = _asked(case)
    if told is not None:
        _jobs(ward, [(each["name"], each["late"], each["last_error"] or "") for each in told["jobs"]])
        _queue(ward, told["queue"]["failed"], told["queue"]["oldest_seconds"])
    else:
        _looked_up(case, ward)
    if not ward.findings:
        ward.fine(f"{len(timetable.RECURRING)} recurring jobs keep their times, and nothing waits")
    return ward.findings


def _asked(case: Case) -> dict[str, Any] | None:
    """What the service says; None where it does not run, or there is no key to ask with."""
    key = case.value("CRM_API_KEY")
    if case.config is None or not key:
        return None
    url = case.value("CRM_API_URL") or case.config.base_url
    try:
        answer = httpx.get(f"{url}/api/v1/operations", headers={"authorization": f"Bearer {key}"}, timeout=PATIENCE_S)
        told = answer.json() if answer.status_code == 200 else None
    except (httpx.HTTPError, httpx.InvalidURL, ValueError):
        return None
    return told if isinstance(told, dict) and {"jobs", "queue"} <= set(told) else None


def _looked_up(case: Case, ward: Ward) -> None:
    try:
        with case.database_url() as url, database.connect(url) as connection:
            _jobs(ward, [(name, late, error) for name, late, error in connection.execute(_RUNS)])
            failed, oldest = connection.execute(_QUEUE).fetchone() or (0, None)
            _queue(ward, failed, oldest)
            (workers,) = connection.execute(_WORKERS, (heartbeat.LATE,)).fetchone() or (0,)
            if not workers:
                report = ward.wrong if case.production else ward.weak
                report("No worker gives a sign of life, so no job is done", LOOK)
    except NoDatabase as fault:
        ward.unknown(f"Neither service nor database can be asked: {fault}", fault.fix)
    except psycopg.errors.UndefinedTable:
        ward.unknown("The database has no schema yet", "crm migrate")
    except psycopg.Error as fault:
        ward.unknown(f"The database refuses: {type(fault).__name__}", "ops doctor --only database")


def _jobs(ward: Ward, told: list[tuple[str, bool, str]]) -> None:
    for name, late, error in told:
        if late:
            ward.wrong(f"{name} is late{f': {error}' if error else ''}", f"{LOOK}, and look for {name} in its log")
        elif error:
            ward.weak(f"{name} failed the last time: {error}", f"Look for {name} in the log of the worker")


def _queue(ward: Ward, failed: int, oldest: float | None) -> None:
    if failed:
        ward.weak(f"{failed} jobs were given up", "Open /operations in the CRM, and try them again")
    if oldest is not None and oldest > OLDEST_S:
        ward.wrong(f"A job has been due for {oldest / 60:.0f} minutes", LOOK)
