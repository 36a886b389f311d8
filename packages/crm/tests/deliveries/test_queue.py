"""The delivery engine, seen through both kinds of delivery. Retries and pauses are in `webhooks/test_deliveries.py`."""

from __future__ import annotations

import asyncio

import due_jobs
import factories
from http_sink import Reply, run_http_sink

from crm.kernel.actor import VISITOR
from crm.kernel.app_context import AppContext
from crm.outbound.webhooks import deliveries, jobs
from crm.outbound.webhooks.forms import DeliveryFilter
from crm.records import leads


async def test_the_names_and_payloads_of_queued_jobs_never_change(clean: AppContext):
    async with clean.db.transaction() as conn:
        await factories.create_webhook(conn, clean, "https://hooks.example/in", "lead.created")
        await factories.create_channel(conn, clean, "lead.created")
        await leads.create(conn, leads.NewLead(name="Grace"), by=VISITOR, channel="site")
        delivery_id = await conn.fetchval("SELECT id FROM webhook_deliveries")
        notification_id = await conn.fetchval("SELECT id FROM notifications")
    queued = [(name, payload) for name, payload, _ in await due_jobs.list_jobs(clean)]
    assert queued == [
        ("send_notification", {"notification": notification_id, "run": 1, "attempt": 0}),
        ("deliver_webhook", {"delivery": delivery_id, "run": 1, "attempt": 0}),
    ]


async def test_an_attempt_that_ends_after_a_restart_is_only_history(clean: AppContext):
    async with run_http_sink() as endpoint:
        answer = asyncio.Event()
        endpoint.replies = [Reply(500, after=answer), Reply(200)]
        async with clean.db.transaction() as conn:
            webhook, _ = await factories.create_webhook(conn, clean, endpoint.url, "lead.created")
            await leads.create(conn, leads.NewLead(name="Grace"), by=VISITOR, channel="site")
        ((_, first, _),) = await due_jobs.list_jobs(clean)
        slow = asyncio.create_task(jobs.deliver(clean, first))
        await endpoint.wait_until(lambda endpoint: len(endpoint.received) == 1)
        async with clean.db.transaction() as conn:
            await deliveries.redeliver(conn, webhook, int(str(first["delivery"])))
        answer.set()
        await slow
        assert [payload["run"] for _, payload, _ in await due_jobs.list_jobs(clean)] == [1, 2]  # and no retry of run 1
        await due_jobs.run(clean)
    async with clean.db.connection() as conn:
        (delivery,) = (await deliveries.list_deliveries(conn, webhook.id, DeliveryFilter())).data
    assert delivery.state == "delivered"
    assert [attempt.status for attempt in delivery.attempts] == [500, 200]
