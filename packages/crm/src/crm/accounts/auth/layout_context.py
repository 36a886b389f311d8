"""Reads the user of a session token, and what the layout shows around every page, in one query.

The counts come from the tables of other modules. They stop at 100. One query saves every page several round trips.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from markupsafe import Markup

from crm.accounts.auth.models import Session, User
from crm.kernel import clock
from crm.kernel.app_context import AppContext
from crm.kernel.db import Connection
from crm.kernel.views import LayoutContext
from crm.monitoring import heartbeat, job_runs

_USER = ", ".join(f"u.{name}" for name in User.__struct_fields__)
_SESSION = ", ".join(f"s.{name}" for name in Session.__struct_fields__)
_USER_ENDS = len(User.__struct_fields__)
_SESSION_ENDS = _USER_ENDS + len(Session.__struct_fields__)
_QUERY = f"""
SELECT {_USER}, {_SESSION},
    (SELECT count(*) FROM (SELECT 1 FROM leads WHERE status = 'new' AND NOT synthetic LIMIT 100) AS waiting)
        + (SELECT count(*) FROM (SELECT 1 FROM submissions WHERE state IN ('quarantined', 'failed') LIMIT 100) AS held)
        AS inbox_count,
    (SELECT jsonb_object_agg(name, value) FROM settings WHERE name IN ('organization_name', 'time_zone')) AS stored,
    (SELECT max(seen_at) FROM heartbeats WHERE role = 'worker') AS worker_seen,
    (SELECT array_agg(name ORDER BY name) FROM job_runs WHERE coalesce(succeeded_at, since) + every < $2) AS late_jobs,
    EXISTS (SELECT FROM pgqueuer WHERE status = 'failed') AS failed_jobs
FROM sessions AS s
JOIN users AS u ON u.id = s.user_id
WHERE s.token_hash = $1 AND s.idle_until > $2 AND s.ends_at > $2
"""  # noqa: S608 names of columns, no values

_FAILED_JOBS = Markup('Some jobs failed after their last retry. See <a href="/operations">Operations</a>.')


class SignedIn(msgspec.Struct, frozen=True):
    """A signed-in user, their session, and the layout of their pages."""

    user: User
    session: Session
    frame: LayoutContext


async def load(connection: Connection, context: AppContext, token_hash: bytes) -> SignedIn | None:
    """Find the open session with this token hash. None if there is none."""
    at = clock.now()
    row = await connection.fetchrow(_QUERY, token_hash, at)
    if row is None:
        return None
    values = tuple(row)
    user, session = User(*values[:_USER_ENDS]), Session(*values[_USER_ENDS:_SESSION_ENDS])
    stored: dict[str, Any] = row["stored"] or {}
    defaults = context.config.site.organization
    frame = LayoutContext(
        person=user,
        theme=user.theme,
        inbox_count=row["inbox_count"],
        problems=_problems(at, row["worker_seen"], row["late_jobs"] or [], failed=row["failed_jobs"]),
        time_zone=stored.get("time_zone", defaults.time_zone),
        organization=stored.get("organization_name", defaults.name),
    )
    return SignedIn(user, session, frame)


def _problems(at: datetime, worker_seen: datetime | None, late_jobs: list[str], *, failed: bool) -> tuple[str, ...]:
    """One sentence for each background problem that users should know about."""
    problems = []
    if worker_seen is None or at - worker_seen > heartbeat.LATE:
        problems.append(
            "No worker is running. Webhooks, notifications and e-mail are paused. Start one with `crm worker`."
        )
    problems += [f"The job “{job_runs.label(name)}” is late. Check the log of the worker." for name in late_jobs]
    if failed:
        problems.append(_FAILED_JOBS)
    return tuple(problems)
