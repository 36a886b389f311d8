from __future__ import annotations

from datetime import timedelta

from crm.kernel import clock
from crm.kernel.actor import VISITOR
from crm.records import leads
from crm.workspace import demo


async def test_the_demo_fills_an_empty_house_with_a_lived_in_pipeline(conn, ada):
    assert await demo.is_empty(conn)
    filled = await demo.fill(conn, ada)
    assert filled == await demo.count(conn) > 50
    stages = {row["status"] for row in await conn.fetch("SELECT DISTINCT status FROM leads")}
    assert stages == {"new", "contacted", "qualified", "proposal", "won", "lost"}
    assert not await demo.is_empty(conn)


async def test_nothing_in_the_demo_happens_in_the_future(conn, ada):
    await demo.fill(conn, ada)
    now = clock.now()
    assert await conn.fetchval("SELECT max(at) FROM activities") < now
    assert await conn.fetchval("SELECT max(created_at) FROM leads") < now
    assert await conn.fetchval("SELECT min(created_at) FROM leads") < now - timedelta(days=100)


async def test_every_demo_company_has_a_domain_nobody_can_own(conn, ada):
    await demo.fill(conn, ada)
    domains = [row["domain"] for row in await conn.fetch("SELECT domain FROM companies")]
    assert domains
    assert all(domain.endswith(".example") for domain in domains)


async def test_removing_the_demo_leaves_what_is_real(conn, ada):
    await demo.fill(conn, ada)
    form = leads.NewLead(name="Real Person", email="marta@brightwater.example", message="I am real.")
    real = await leads.create(conn, form, by=VISITOR, channel="site")
    assert await demo.remove(conn) > 50
    kept = [row["id"] for row in await conn.fetch("SELECT id FROM leads")]
    assert kept == [real.id]
    assert (await leads.get(conn, real.id)).contact_id is not None
    assert await conn.fetchval("SELECT count(*) FROM companies") == 1


async def test_demo_data_that_was_taken_away_does_not_come_back(conn, ada):
    await demo.fill(conn, ada)
    await demo.remove(conn)
    assert not await demo.is_empty(conn)
