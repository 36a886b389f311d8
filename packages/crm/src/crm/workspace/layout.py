"""The access check of every page, and what the layout shows around each: counts, warnings, time zone.

One query reads it from the tables of several modules. The counts stop at 100.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import asyncpg
from markupsafe import Markup

from crm.accounts import auth, form_choices, permissions
from crm.accounts.auth import User
from crm.accounts.permissions import Permission
from crm.kernel import clock
from crm.kernel.app_context import AppContext
from crm.kernel.db import Connection
from crm.kernel.http import origin
from crm.kernel.http.access_policy import AccessPolicy
from crm.kernel.http.request import Request
from crm.kernel.views import LayoutContext
from crm.monitoring import heartbeat, job_runs
from crm.records import stages

_QUERY = """
SELECT
    -- The rows of the tab that the inbox opens with.
    (SELECT count(*) FROM (SELECT 1 FROM leads WHERE status = 'new' AND NOT synthetic LIMIT 100) AS waiting)
        AS inbox_count,
    (SELECT jsonb_object_agg(name, value) FROM settings WHERE name IN ('organization_name', 'time_zone')) AS stored,
    (SELECT max(seen_at) FROM heartbeats WHERE role = 'worker') AS worker_seen,
    (SELECT array_agg(name ORDER BY name) FROM job_runs WHERE coalesce(succeeded_at, since) + every < $1) AS late_jobs,
    EXISTS (SELECT FROM pgqueuer WHERE status = 'failed') AS failed_jobs,
    EXISTS (SELECT FROM notifications WHERE state = 'failed') AS failed_notifications,
    (SELECT count(*) FROM leads WHERE demo) AS sample_leads,
    (SELECT jsonb_agg(stages ORDER BY kind = 'lost', kind = 'won', position, id) FROM stages) AS stages,
    (SELECT jsonb_agg(form_choices ORDER BY field, NOT active, position, id) FROM form_choices) AS choices,
    (
        SELECT jsonb_agg(jsonb_build_object('id', id, 'kind', kind, 'name', name) ORDER BY name_key(name) COLLATE "C")
        FROM saved_view_pins
        JOIN saved_views ON id = view_id
        WHERE user_id = $2 AND deleted_at IS NULL AND (shared OR owner_id = $2)
    ) AS pinned
"""
_FAILED_NOTIFICATIONS = Markup(
    'Some notifications did not arrive. See <a href="/settings/notifications/failed">failed notifications</a>.'
)
_FAILED_JOBS = Markup('Some jobs failed after their last retry. See <a href="/operations">Operations</a>.')


def access(permission: Permission, *, confirmed: bool = False) -> AccessPolicy:
    """Access for signed-in users whose role has the permission; `confirmed`: and who have just typed their password."""

    async def check(request: Request) -> None:
        origin.same_origin(request)
        async with request.db.connection() as connection:
            user = await auth.authenticate(connection, request)
            request.scope["layout"] = await load(connection, request.app_context, user)
        permissions.check(user.role, permission)
        if confirmed:
            auth.check_confirmed(auth.session_of(request))

    return AccessPolicy(permission, check)


own, read, write, manage = (access(permission) for permission in ("own", "read", "write", "manage"))
sensitive, sensitive_own = access("manage", confirmed=True), access("own", confirmed=True)
"""The access policies of all pages that need a session. The sensitive ones change who has access."""


async def load(connection: Connection, context: AppContext, user: User) -> LayoutContext:
    """Read what the layout of this user's pages shows."""
    at = clock.now()
    row = await connection.fetchrow(_QUERY, at, user.id)
    stages.refresh(row["stages"])
    form_choices.refresh(row["choices"])
    stored: dict[str, Any] = row["stored"] or {}
    defaults = context.config.site.organization
    return LayoutContext(
        person=user,
        theme=user.theme,
        inbox_count=row["inbox_count"],
        sample_leads=row["sample_leads"],
        pinned=row["pinned"] or (),
        problems=_problems(row, at) if user.can("manage") else (),
        time_zone=stored.get("time_zone", defaults.time_zone),
        organization=stored.get("organization_name", defaults.name),
    )


def _problems(row: asyncpg.Record, at: datetime) -> tuple[str, ...]:
    """One sentence for each background problem that owners should know about."""
    worker_seen, problems = row["worker_seen"], []
    if worker_seen is None or at - worker_seen > heartbeat.LATE:
        problems.append(
            "No worker is running. Webhooks, notifications and e-mail are paused. Start one with `crm worker`."
        )
    problems += [
        f"The job “{job_runs.label(name)}” is late. Check the log of the worker." for name in row["late_jobs"] or []
    ]
    if row["failed_jobs"]:
        problems.append(_FAILED_JOBS)
    if row["failed_notifications"]:
        problems.append(_FAILED_NOTIFICATIONS)
    return tuple(problems)
