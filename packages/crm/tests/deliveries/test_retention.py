"""What is still to be sent is never deleted. A history is kept as long as the settings say, from its end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import due_jobs
import factories
import pytest
from http_sink import HttpSink, run_http_sink

from crm.kernel import clock, events
from crm.kernel.actor import SYSTEM
from crm.kernel.app_context import AppContext
from crm.outbound.webhooks import actions
from crm.outbound.webhooks.events import WebhookPaused
from crm.workspace.operations import jobs as retention

LATER = clock.now() + timedelta(days=31)


@pytest.fixture
async def endpoint() -> AsyncIterator[HttpSink]:
    async with run_http_sink() as endpoint:
        yield endpoint


async def publish(context: AppContext) -> None:
    async with context.db.transaction() as conn:
        await events.publish(conn, WebhookPaused(id=7, name="Orders", reason="It broke.", failing_since=None))


async def clean_up(context: AppContext) -> None:
    """The two nightly jobs."""
    await retention.delete_old_deliveries(context, {})
    await retention.delete_old_notifications(context, {})


async def count(context: AppContext, table: str) -> int:
    async with context.db.connection() as conn:
        number: int = await conn.fetchval(f"SELECT count(*) FROM {table}")
        return number


async def test_a_webhook_paused_for_31_days_gets_every_message_when_it_is_resumed(
    clean: AppContext, endpoint: HttpSink
):
    async with clean.db.transaction() as conn:
        webhook, _ = await factories.create_webhook(conn, clean, f"{endpoint.url}/in", "*")
        await actions.pause(conn, await actions.lock(conn, webhook.id, 0), by=SYSTEM)
    await publish(clean)
    with clock.at(LATER):
        await clean_up(clean)
        assert await count(clean, "webhook_deliveries") == 1
        async with clean.db.transaction() as conn:
            await actions.resume(conn, await actions.lock(conn, webhook.id, 0))
        await due_jobs.run(clean)
        assert len(endpoint.received) == 1
        await clean_up(clean)
        # Its history has only begun.
        assert await count(clean, "webhook_deliveries WHERE state = 'delivered'") == 1
    with clock.at(LATER + timedelta(days=31)):
        await clean_up(clean)
    assert await count(clean, "webhook_deliveries") == 0
    assert await count(clean, "events") == 0


async def test_a_notification_that_is_still_to_be_sent_is_kept_with_its_event(clean: AppContext):
    async with clean.db.transaction() as conn:
        await factories.create_channel(conn, clean, "webhook.paused")
    await publish(clean)
    with clock.at(LATER):
        await clean_up(clean)
    assert await count(clean, "notifications") == 1
    assert await count(clean, "events") == 1


async def test_a_retention_of_one_day_deletes_nothing_between_two_retries(clean: AppContext, endpoint: HttpSink):
    async with clean.db.transaction() as conn:
        await factories.create_webhook(conn, clean, f"{endpoint.url}/in", "*")
        await conn.execute("INSERT INTO settings (name, value, updated_at) VALUES ('delivery_days', '1', now())")
    await publish(clean)
    with clock.at(clock.now() + timedelta(days=2)):
        await clean_up(clean)
        await due_jobs.run(clean)
    assert len(endpoint.received) == 1
