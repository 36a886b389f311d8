"""A system with something of everything in it, so that no page is looked at empty only."""

from __future__ import annotations

import cast
from visit import RunningSystem, post

from crm import config, reactions
from crm.kernel import events
from crm.kernel.actor import SYSTEM
from crm.kernel.app_context import AppContext as Inside
from crm.outbound import notifications
from crm.records import leads
from crm.workspace import demo

PROGRAM = "A filled-in field that nobody sees"


async def furnish(system: RunningSystem, nobody: str) -> None:
    """Half a year of leads; enquiries held, failed and dismissed; keys, channels, mail, and a receiver at the address
    `nobody`, where nobody listens."""
    events.bind(reactions.TABLE)
    inside = Inside.of(config.load(system.crm.env))
    try:
        async with inside.db.transaction() as conn:
            await demo.fill(conn, SYSTEM)
            newest = await leads.list_leads(conn, leads.LeadFilter(limit=1))
            await leads.delete(conn, newest.data[0], by=SYSTEM)
            await cast.api_key(conn, "leads:read", "leads:write")
            await cast.webhook(conn, inside, nobody, "lead.created")
            await notifications.ensure_admin(conn, inside)
    finally:
        await inside.db.close()
    await post(system)
    for state in ("quarantined", "failed", "dismissed"):
        await _hold(system, state)


async def _hold(system: RunningSystem, state: str) -> None:
    """An enquiry in this state."""
    await post(system, email=f"{state}@seo.example", website=PROGRAM)
    await system.sql.execute(
        """
        UPDATE submissions SET state = $1, error = $2
        WHERE state = 'quarantined' AND body ->> 'email' LIKE $1 || '@%'
        """,
        state, "The database refused it." if state == "failed" else "",
    )  # fmt: skip
