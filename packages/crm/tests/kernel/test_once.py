from __future__ import annotations

from datetime import timedelta

from crm.kernel import clock
from crm.kernel.http import idempotency


async def test_a_key_nobody_will_send_again_is_forgotten_and_a_fresh_one_kept(keyed, clean):
    client = await keyed("leads:write")
    body = {"name": "Ada", "message": "Hello."}
    first = await client.post("/api/v1/leads", json=body, headers={"idempotency-key": "an-old-key"})
    again = await client.post("/api/v1/leads", json=body, headers={"idempotency-key": "an-old-key"})
    assert first.json()["id"] == again.json()["id"]
    with clock.at(clock.now() + timedelta(days=6)):
        await client.post("/api/v1/leads", json=body, headers={"idempotency-key": "a-fresh-key"})
    with clock.at(clock.now() + timedelta(days=8)):
        await idempotency.forget_old(clean, {})
    async with clean.db.connection() as conn:
        kept = [row["key"] for row in await conn.fetch("SELECT key FROM idempotency_keys")]
    assert kept == ["a-fresh-key"]
