"""Who a session's token belongs to and what the shell shows around their pages, in one query.

The numbers of the shell are other rooms'; they are counted here, up to a hundred, because every page needs them
and a question to each room would cost a round trip each.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from markupsafe import Markup

from crm.auth.models import Session, User
from crm.kernel import clock
from crm.kernel.app_context import AppContext
from crm.kernel.db import Connection
from crm.kernel.views import Frame
from crm.monitoring import heartbeat

_USER = ", ".join(f"u.{name}" for name in User.__struct_fields__)
_SESSION = ", ".join(f"s.{name}" for name in Session.__struct_fields__)
_USER_ENDS = len(User.__struct_fields__)
_SESSION_ENDS = _USER_ENDS + len(Session.__struct_fields__)
_QUERY = f"""
SELECT {_USER}, {_SESSION},
    (SELECT count(*) FROM (SELECT 1 FROM leads WHERE status = 'new' AND NOT synthetic LIMIT 100) AS waiting)
        + (SELECT count(*) FROM (SELECT 1 FROM submissions WHERE state IN ('quarantined', 'failed') LIMIT 100) AS held)
        AS inbox_count,
    (SELECT jsonb_object_agg(name, value) FROM settings WHERE name IN ('organization_name', 'time_zone')) AS chosen,
    (SELECT max(seen_at) FROM heartbeats WHERE role = 'worker') AS worker_seen,
    (SELECT array_agg(name ORDER BY name) FROM job_runs WHERE coalesce(succeeded_at, since) + every < $2) AS late_jobs,
    EXISTS (SELECT FROM pgqueuer WHERE status = 'failed') AS held_jobs
FROM sessions AS s
JOIN users AS u ON u.id = s.user_id
WHERE s.token_hash = $1 AND s.idle_until > $2 AND s.ends_at > $2
"""  # noqa: S608 names of columns, no values

_GIVEN_UP = Markup('Some work was given up after its last try. See <a href="/operations">Operations</a>.')


class Entered(msgspec.Struct, frozen=True):
    """A person at their open session, and the frame of their pages."""

    user: User
    session: Session
    frame: Frame


async def enter(connection: Connection, context: AppContext, token_hash: bytes) -> Entered | None:
    """Whoever holds the token with this digest; None when no living session has it."""
    at = clock.now()
    row = await connection.fetchrow(_QUERY, token_hash, at)
    if row is None:
        return None
    values = tuple(row)
    user, session = User(*values[:_USER_ENDS]), Session(*values[_USER_ENDS:_SESSION_ENDS])
    chosen: dict[str, Any] = row["chosen"] or {}
    facts = context.config.site.organization
    frame = Frame(
        person=user,
        theme=user.theme,
        inbox_count=row["inbox_count"],
        problems=_problems(at, row["worker_seen"], row["late_jobs"] or [], held=row["held_jobs"]),
        time_zone=chosen.get("time_zone", facts.time_zone),
        organization=chosen.get("organization_name", facts.name),
    )
    return Entered(user, session, frame)


def _problems(at: datetime, worker_seen: datetime | None, late_jobs: list[str], *, held: bool) -> tuple[str, ...]:
    """What runs behind the pages and has fallen silent, a sentence each."""
    said = []
    if worker_seen is None or at - worker_seen > heartbeat.LATE:
        said.append("No worker is running, so webhooks, notifications and mail wait. Start one with `crm worker`.")
    said += [f"The job “{name.replace('_', ' ')}” is late. Look at the log of the worker." for name in late_jobs]
    if held:
        said.append(_GIVEN_UP)
    return tuple(said)
