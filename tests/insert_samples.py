"""Inserts some of every kind of record, so that tests see each page with content."""

from __future__ import annotations

import factories
from site_client import RunningSystem, post_enquiry

from crm import config, reactions
from crm.kernel import change_set, events
from crm.kernel.actor import SYSTEM, Actor
from crm.kernel.app_context import AppContext as Inside
from crm.kernel.change_set import ChangeSet
from crm.outbound import notifications
from crm.records import leads
from crm.workspace import bulk_changes, demo, imports

HONEYPOT_VALUE = "A filled-in field that nobody sees"


async def insert_samples(system: RunningSystem, nobody: str) -> None:
    """Half a year of leads; enquiries held, failed and dismissed; keys, channels, mail, and a receiver at the address
    `nobody`, where nobody listens."""
    events.bind(reactions.TABLE)
    inside = Inside.of(config.load(system.crm.env))
    try:
        async with inside.db.transaction() as conn:
            await notifications.ensure_admin(conn, inside)
            await demo.fill(conn, inside, SYSTEM)
            newest = await leads.RECORD.list_page(conn, leads.LeadFilter(limit=2))
            await leads.deletion.delete(conn, newest.data[0], by=SYSTEM)
            change_set.current.set(ChangeSet({"actor": Actor("person", 1, "Ada")}))
            await leads.change(conn, newest.data[1], leads.ChangeLead(hours=8), by=SYSTEM)
            change_set.current.set(None)
            await factories.create_api_key(conn, "leads:read", "leads:write")
            await factories.create_webhook(conn, inside, nobody, "lead.created")
            where = await leads.actions.apply_filters(conn, leads.LeadFilter(status=["qualified"]))
            change = await bulk_changes.actions.start(
                conn, leads.PAGES.record, "assign", {"owner_id": None}, where, by=SYSTEM
            )
        await bulk_changes.run(inside, {"id": change.id})
        for is_run in (False, True):
            await _insert_import(inside, is_run=is_run)
    finally:
        await inside.db.close()
    await post_enquiry(system)
    for state in ("quarantined", "failed", "dismissed"):
        await _insert_submission(system, state)


async def _insert_import(inside: Inside, *, is_run: bool) -> None:
    """An import of leads with an unknown owner and an error, checked or also run."""
    file = b"Name,E-mail,Owner,Value\nAda,ada@import.example,Somebody,900\nEve,eve@import.example,,a lot\n"
    async with inside.db.transaction() as conn:
        import_id = await imports.actions.upload(conn, "lead", "leads.csv", file, by=Actor("person", 1, "Ada"))
        imported = await imports.actions.get(conn, import_id)
        await imports.actions.map_columns(conn, imported, {"mapping": imported.mapping, "auto_run": is_run}, {})
    await imports.run(inside, {"id": import_id})


async def _insert_submission(system: RunningSystem, state: str) -> None:
    """An enquiry in this state."""
    await post_enquiry(system, email=f"{state}@seo.example", website=HONEYPOT_VALUE)
    await system.sql.execute(
        """
        UPDATE submissions SET state = $1, error = $2
        WHERE state = 'quarantined' AND body ->> 'email' LIKE $1 || '@%'
        """,
        state, "The database refused it." if state == "failed" else "",
    )  # fmt: skip
