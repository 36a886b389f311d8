from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from crm.kernel import clock
from crm.kernel.actor import VISITOR
from crm.records import leads
from crm.workspace import demo


async def test_the_demo_fills_an_empty_system_with_a_lived_in_pipeline(conn, context, ada):
    assert await demo.is_empty(conn)
    filled = await demo.fill(conn, context, ada)
    assert filled == await conn.fetchval("SELECT count(*) FROM leads WHERE demo") > 50
    stages = {row["status"] for row in await conn.fetch("SELECT DISTINCT status FROM leads")}
    assert stages == {"new", "contacted", "qualified", "proposal", "won", "lost"}
    assert not await demo.is_empty(conn)


async def test_nothing_in_the_demo_happens_in_the_future(conn, context, ada):
    await demo.fill(conn, context, ada)
    now = clock.now()
    assert await conn.fetchval("SELECT max(at) FROM activities") < now
    assert await conn.fetchval("SELECT max(created_at) FROM leads") < now
    assert await conn.fetchval("SELECT min(created_at) FROM leads") < now - timedelta(days=100)


MOMENTS = {
    "at night": datetime(2026, 11, 25, 2, 31, tzinfo=UTC),
    "on a Sunday": datetime(2026, 11, 29, 15, 0, tzinfo=UTC),
    "early on a Monday": datetime(2026, 11, 30, 7, 5, tzinfo=UTC),
}


@pytest.mark.parametrize("now", MOMENTS.values(), ids=MOMENTS)
async def test_everything_in_the_demo_happens_in_working_hours_and_in_the_past(conn, context, ada, now):
    zone = ZoneInfo(context.config.site.organization.time_zone)
    with clock.at(now):
        await demo.fill(conn, context, ada)
    rows = await conn.fetch(
        """
        SELECT at FROM activities
        UNION ALL SELECT created_at FROM leads
        UNION ALL SELECT received_at FROM submissions
        UNION ALL SELECT at FROM trash
        """
    )
    local = [row["at"].astimezone(zone) for row in rows]
    assert len(local) > 300
    assert [each for each in local if each.weekday() >= 5 or not 9 <= each.hour + each.minute / 60 < 18] == []
    assert max(local) <= now


async def test_three_users_own_the_leads(conn, context, ada):
    await demo.fill(conn, context, ada)
    rows = await conn.fetch(
        "SELECT users.name, count(leads.id) AS leads FROM users LEFT JOIN leads ON leads.owner_id = users.id GROUP BY 1"
    )
    owned = {row["name"]: row["leads"] for row in rows}
    assert {*owned} == {"Ada Lovelace", "Mihai Stan", "Clara Weiss"}
    assert min(owned.values()) > 5
    assert await conn.fetchval("SELECT count(DISTINCT by_name) FROM activities WHERE by_kind = 'person'") == 3
    unowned = await conn.fetch("SELECT DISTINCT status FROM leads WHERE owner_id IS NULL")
    assert {row["status"] for row in unowned} == {"new"}


async def test_every_state_occurs(conn, context, ada):
    await demo.fill(conn, context, ada)

    async def states(table: str, column: str = "state") -> set[str]:
        return {row[0] for row in await conn.fetch(f"SELECT DISTINCT {column} FROM {table}")}

    assert await states("submissions") == {"accepted", "quarantined", "failed", "dismissed"}
    assert await states("webhook_deliveries") == {"pending", "delivered", "failed"}
    assert await states("notifications") == {"sent"}
    assert await conn.fetchval("SELECT count(*) FROM notification_attempts WHERE error <> ''") == 1
    assert await states("activities", "kind") == {"note", "call", "meeting", "email", "status", "system"}
    assert await conn.fetchval("SELECT count(*) FROM trash") == 1
    assert await conn.fetchval("SELECT count(*) FROM leads WHERE next_action_on < current_date") > 0
    assert await conn.fetchval("SELECT count(*) FROM leads WHERE status = 'contacted' AND next_action = ''") > 0


async def test_the_demo_sends_nothing_and_nobody_can_use_its_accounts(conn, context, ada):
    await demo.fill(conn, context, ada)
    sent = await conn.fetch("SELECT entrypoint FROM pgqueuer WHERE entrypoint ~ 'webhook|notification|mail'")
    assert sent == []
    assert not await conn.fetchval("SELECT bool_or(active) FROM webhooks")
    assert not await conn.fetchval("SELECT bool_or(active) FROM channels")
    hashes = await conn.fetch("SELECT password_hash FROM users WHERE email LIKE '%.example'")
    assert len({row["password_hash"] for row in hashes}) == 2


async def test_removing_the_demo_removes_what_stands_around_it(conn, context, ada):
    await demo.fill(conn, context, ada)
    await demo.remove(conn)
    for table in ("submissions", "webhooks", "webhook_deliveries", "channels", "notifications", "trash", "activities"):
        assert await conn.fetchval(f"SELECT count(*) FROM {table}") == 0, table
    assert [row["id"] for row in await conn.fetch("SELECT id FROM users")] == [ada.id]


async def test_every_demo_company_has_a_domain_nobody_can_own(conn, context, ada):
    await demo.fill(conn, context, ada)
    domains = [row["domain"] for row in await conn.fetch("SELECT domain FROM companies")]
    assert domains
    assert all(domain.endswith(".example") for domain in domains)


async def test_removing_the_demo_leaves_what_is_real(conn, context, ada):
    await demo.fill(conn, context, ada)
    form = leads.NewLead(name="Real Person", email="marta@brightwater.example", message="I am real.")
    real = await leads.create(conn, form, by=VISITOR, channel="site")
    assert await demo.remove(conn) > 50
    kept = [row["id"] for row in await conn.fetch("SELECT id FROM leads")]
    assert kept == [real.id]
    assert (await leads.actions.get(conn, real.id)).contact_id is not None
    assert await conn.fetchval("SELECT count(*) FROM companies") == 1


async def test_demo_data_that_was_taken_away_does_not_come_back(conn, context, ada):
    await demo.fill(conn, context, ada)
    await demo.remove(conn)
    assert not await demo.is_empty(conn)
