"""Adds to the audit log, and removes what must not stay."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from crm.accounts.audit import queries
from crm.accounts.audit.forms import AuditFilter
from crm.accounts.audit.models import AuditAction, AuditEntry, Target
from crm.kernel import clock, log
from crm.kernel.actor import Actor
from crm.kernel.db import Connection
from crm.kernel.http.paging import Page, Where

MAX_REFUSALS_PER_CLIENT = 60
MAX_REFUSALS = 1000
"""Refusals in an hour that are recorded. Without a limit, a stranger could fill the database."""
MAX_TEXT = 300
_CONDITIONS = {
    "action": "action = ANY({})",
    "actor": "actor_name = {}",
    "actor_kind": "actor_kind = ANY({})",
    "client_ip": "client_ip = {}",
    "target_kind": "target_kind = {}",
    "target_id": "target_id = {}",
    "since": "at >= {}",
    "until": "at < {}",
}
_log = log.get("audit")


async def record_audit(
    connection: Connection,
    action: AuditAction,
    *,
    by: Actor,
    target: Target | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Add an entry, in the caller's transaction. It is committed with the change that it records, or not at all.

    Of `before` and `after`, only the values that differ are stored.
    """
    old, new = dict(before or {}), dict(after or {})
    same = {name for name in old.keys() & new.keys() if old[name] == new[name]}
    await queries.insert(
        connection,
        action,
        by=by,
        target=target or Target(),
        before={name: value for name, value in old.items() if name not in same},
        after={name: value for name, value in new.items() if name not in same},
        at=clock.now(),
    )


async def record_refusal(connection: Connection, action: AuditAction, *, by: Actor, target: Target) -> None:
    """Add an entry about a request that was refused. A flood of them is counted in the log of the process only."""
    hour = clock.now() - timedelta(hours=1)
    client, everyone = await queries.count_refusals(connection, by.client_ip, hour)
    if client >= MAX_REFUSALS_PER_CLIENT or everyone >= MAX_REFUSALS:
        _log.warning("audit_limit", action=action)
        return
    name = "".join(letter for letter in target.name if letter.isprintable())[:MAX_TEXT]
    await record_audit(connection, action, by=by, target=Target(target.kind, target.id, name))


async def list_entries(connection: Connection, filters: AuditFilter) -> Page[AuditEntry]:
    """One page of the log, newest first. Raises `ValidationError` for an invalid cursor."""
    where = Where()
    where.add_given(filters, _CONDITIONS)
    return await queries.LISTING.page(connection, where, limit=filters.limit, cursor=filters.cursor)
