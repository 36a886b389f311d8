"""Somebody who asks to be forgotten: after Delete permanently, no column of any table holds them."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta

import due_jobs
import factories
import httpx
import received_mails
from conftest import SITE
from http_sink import HttpSink, run_http_sink

from crm.inbound import mailbox
from crm.kernel import clock
from crm.kernel.app_context import AppContext
from crm.kernel.db import Connection
from crm.outbound import notifications
from crm.records import emails
from crm.workspace.erasure import jobs

PERSON = {
    "name": "Zaphod Beeblebrox", "email": "zaphod.b@galaxy.example", "phone": "+49 30 4242 4711", "company": "Galaxy",
    "message": "My second head hurts, could you look at the improbability drive in May?",
}  # fmt: skip
NEEDLES = ("zaphod", "beeblebrox", "4242 4711", "improbability", "second head", "slartibartfast")


async def search_everywhere(conn: Connection) -> list[str]:
    """Every table and column that holds one of the needles, whatever its type."""
    columns = await conn.fetch(
        """
        SELECT table_name, column_name, data_type
        FROM information_schema.columns
        JOIN information_schema.tables USING (table_schema, table_name)
        WHERE table_schema = 'public' AND table_type = 'BASE TABLE'
        """
    )
    assert len(columns) > 150
    counts = defaultdict(list)
    for table, column, kind in map(tuple, columns):
        text = f"encode({column}, 'escape')" if kind == "bytea" else f"{column}::text"
        counts[table].append(f'count(*) FILTER (WHERE {text} ILIKE ANY($1)) AS "{column}"')
    found = []
    for table, columns_of in counts.items():
        row = await conn.fetchrow(f"SELECT {', '.join(columns_of)} FROM {table}", [f"%{needle}%" for needle in NEEDLES])
        found += [f"{table}.{column}: {count}" for column, count in row.items() if count]
    return found


async def live_through(client: httpx.AsyncClient, context: AppContext, endpoint: HttpSink) -> tuple[str, str]:
    """All that happens to the enquiry of one person; returns the pages of the lead and the contact."""
    async with context.db.transaction() as conn:
        await factories.create_webhook(conn, context, f"{endpoint.url}/in", "*")
        paused, _ = await factories.create_webhook(conn, context, f"{endpoint.url}/paused", "*", name="Paused")
        await conn.execute("UPDATE webhooks SET active = false WHERE id = $1", paused.id)
        await factories.create_channel(conn, context)
    for changes in ({}, {"website": "https://x.example"}, {"website": "https://y.example", "message": "second head"}):
        await client.post("/api/leads", json=factories.build_enquiry(**(PERSON | changes)), headers={"origin": SITE})
    await due_jobs.run(context)
    async with context.db.connection() as conn:
        lead_id, contact_id = await conn.fetchrow("SELECT id, contact_id FROM leads")
        held = [row["id"] for row in await conn.fetch("SELECT id FROM submissions WHERE state = 'quarantined'")]
    lead, contact = f"/leads/{lead_id}", f"/contacts/{contact_id}"
    assert len(held) == 2
    await client.post(f"/inbox/{held[0]}/dismiss")
    for about, back in (({"lead_id": str(lead_id)}, lead), ({"contact_id": str(contact_id)}, contact)):
        note = {"kind": "note", "body": "Beeblebrox knows Slartibartfast", "back": back}
        assert (await client.post("/activities", data=note | about)).status_code == 303
    for url in (lead, contact):
        notes = {"files": ("Beeblebrox.txt", b"Slartibartfast has the improbability drive")}
        assert (await client.post(f"{url}/files", files=notes)).status_code == 303
    await client.post(f"{lead}/status", data={"was": "new", "status": "contacted"})
    edited = {"name": "Zaphod B. Beeblebrox", "email": PERSON["email"], "phone": "+49 30 4242 4711 1"}
    await client.post(contact, data=edited)
    await client.post(lead, data=edited | {"message": "The improbability drive again"})
    view = {"kind": "contacts", "name": "That one", "query": "q=Zaphod+Beeblebrox"}
    assert (await client.post("/views", data=view)).status_code == 303
    assert (await client.post("/profile/notifications", data={"target": "ada@phone.example"})).status_code == 303
    async with context.db.transaction() as conn:
        reminder = notifications.Message(f"12:00 {PERSON['name']}", "", lead)
        assert await notifications.send_to_user(conn, await conn.fetchval("SELECT id FROM users"), lambda _: reminder)
    await due_jobs.run(context)
    await write_emails(client, context, lead_id, contact_id)
    async with context.db.transaction() as conn:
        await conn.execute(
            "INSERT INTO pgqueuer_log (job_id, status, entrypoint, priority, created, traceback) "
            "VALUES (1, 'exception', 'send_notification', 0, now(), $1)",
            {"exception_message": f"cannot send to {PERSON['email']}"},
        )
        await conn.execute(
            "INSERT INTO job_runs (name, every, error) VALUES ('purge', interval '1 day', $1)", PERSON["name"]
        )
    return lead, contact


async def write_emails(client: httpx.AsyncClient, context: AppContext, lead_id: int, contact_id: int) -> None:
    """Three messages: on the lead, on the contact, and in the inbox; and the mark of an address that returns mail."""
    async with context.db.transaction() as conn:
        for number in range(3):
            sender = f"{PERSON['name']} <{PERSON['email']}>"
            await mailbox.store(
                conn, received_mails.write(sender, text="Beeblebrox", message_id=f"{number}@galaxy.example")
            )
        await emails.mark_bounce(conn, PERSON["email"], PERSON["email"], "550 Beeblebrox unknown", clock.now())
    await due_jobs.run(context)
    async with context.db.connection() as conn:
        first, second, third = [row["id"] for row in await conn.fetch("SELECT id FROM emails ORDER BY id")]
    later = clock.now() + timedelta(days=2)
    form = {"to": PERSON["email"], "subject": "Beeblebrox", "body": "Zaphod?", "at_local": f"{later:%Y-%m-%dT%H:%M}"}
    assert (await client.post("/emails", data=form | {"lead_id": str(lead_id)})).status_code == 303
    await client.post(f"/emails/{first}/attach", data={"lead_id": str(lead_id)})
    await client.post(f"/emails/{second}/attach", data={"contact": PERSON["email"]})
    await client.post(f"/emails/{third}/detach")
    async with context.db.connection() as conn:
        places = await conn.fetch(
            "SELECT lead_id, contact_id FROM activities WHERE email_id IS NOT NULL ORDER BY email_id"
        )
    assert [tuple(row) for row in places] == [(lead_id, contact_id), (None, contact_id)]


async def delete_for_good(client: httpx.AsyncClient, context: AppContext, path: str) -> None:
    assert (await client.post(f"{path}/delete")).status_code == 303
    async with context.db.connection() as conn:
        entry_id, name = await conn.fetchrow("SELECT id, name FROM trash ORDER BY id DESC LIMIT 1")
    assert (await client.post(f"/trash/{entry_id}/forget", data={"name": name})).status_code == 303


async def test_after_deleting_permanently_no_table_holds_the_person(signed_in: httpx.AsyncClient, context: AppContext):
    async with run_http_sink() as endpoint:
        lead, contact = await live_through(signed_in, context, endpoint)
        async with context.db.connection() as conn:
            places = {place.partition(".")[0] for place in await search_everywhere(conn)}
            # The search finds the person wherever they are.
            assert places >= {
                "leads", "contacts", "activities", "submissions", "events", "webhook_deliveries", "notifications",
                "mails", "pgqueuer_log", "job_runs", "emails", "email_sources", "bounces",
            }  # fmt: skip
        await delete_for_good(signed_in, context, lead)
        await delete_for_good(signed_in, context, contact)
        await due_jobs.run(context)
    async with context.db.connection() as conn:
        assert await search_everywhere(conn) == []
        assert await conn.fetchval("SELECT count(*) FROM webhooks") == 2


async def test_deleting_a_contact_permanently_takes_the_leads_of_the_trash_with_it(
    signed_in: httpx.AsyncClient, context: AppContext
):
    async with run_http_sink() as endpoint:
        lead, contact = await live_through(signed_in, context, endpoint)
        await signed_in.post(f"{lead}/delete")
        await delete_for_good(signed_in, context, contact)
    async with context.db.connection() as conn:
        assert await search_everywhere(conn) == []


async def test_after_thirty_days_in_the_trash_no_table_holds_the_person(
    signed_in: httpx.AsyncClient, context: AppContext
):
    async with run_http_sink() as endpoint:
        for path in await live_through(signed_in, context, endpoint):
            await signed_in.post(f"{path}/delete")
    with clock.at(clock.now() + timedelta(days=31)):
        await jobs.empty(context, {})
    async with context.db.connection() as conn:
        assert await search_everywhere(conn) == []


async def test_others_with_the_same_words_are_left_alone(signed_in: httpx.AsyncClient, context: AppContext):
    other = PERSON | {"email": "other@galaxy.example", "message": "Another improbability"}
    async with run_http_sink() as endpoint:
        lead, contact = await live_through(signed_in, context, endpoint)
        await signed_in.post("/api/leads", json=factories.build_enquiry(**other), headers={"origin": SITE})
        await due_jobs.run(context)
        await delete_for_good(signed_in, context, lead)
        await delete_for_good(signed_in, context, contact)
    async with context.db.connection() as conn:
        assert await conn.fetchval("SELECT count(*) FROM leads") == 1
        assert await conn.fetchval("SELECT count(*) FROM events WHERE kind = 'lead.created'") == 1
        assert (await conn.fetchval("SELECT email FROM contacts")) == "other@galaxy.example"
        assert await conn.fetchval("SELECT count(*) FROM notifications WHERE title LIKE 'New lead%'") == 1
