from __future__ import annotations

import factories
import pytest

from crm.kernel import clock
from crm.kernel.actor import VISITOR
from crm.kernel.app_context import AppContext
from crm.records import leads
from crm.records.leads import Arrival

WRITTEN = ("INSERT INTO events", "INSERT INTO webhook_deliveries", "INSERT INTO notifications", "INSERT INTO pgqueuer")


def build_arrivals(count: int) -> list[Arrival]:
    forms = [leads.NewLead(name=f"Lead {each}", email=f"lead{each}@client{each}.example") for each in range(count)]
    return [Arrival(form, f"E-{each:04}", clock.now(), synthetic=False) for each, form in enumerate(forms)]


@pytest.mark.parametrize("count", [1, 200])
async def test_a_batch_of_leads_reaches_webhooks_and_channels_in_five_statements(clean: AppContext, count: int):
    statements: list[str] = []
    async with clean.db.transaction() as conn:
        await factories.create_webhook(conn, clean, "https://hooks.example/in", "lead.created")
        await factories.create_channel(conn, clean, "lead.created")
        with conn.query_logger(lambda query: statements.append(query.query)):
            await leads.create_from_enquiries(conn, build_arrivals(count), by=VISITOR)
    writing = [query for query in statements if any(part in query for part in WRITTEN)]
    assert len(writing) == 5  # the events, two kinds of delivery, and the jobs of each
    async with clean.db.connection() as conn:
        for table in ("webhook_deliveries", "notifications", "pgqueuer WHERE entrypoint = 'deliver_webhook'"):
            assert await conn.fetchval(f"SELECT count(*) FROM {table}") == count


async def test_the_deliveries_of_a_batch_keep_the_order_of_its_events(clean: AppContext):
    async with clean.db.transaction() as conn:
        await factories.create_webhook(conn, clean, "https://hooks.example/in", "*")
        captured = await leads.create_from_enquiries(conn, build_arrivals(3), by=VISITOR)
    async with clean.db.connection() as conn:
        bodies = await conn.fetch("SELECT body::jsonb -> 'data' FROM webhook_deliveries ORDER BY id")
        events = await conn.fetch("SELECT payload FROM events ORDER BY id")
    assert [row[0] for row in bodies] == [row[0] for row in events]
    assert [row[0]["lead"]["id"] for row in bodies if "lead" in row[0]] == [lead.id for lead in captured]
