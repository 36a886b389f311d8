"""Every way of failing while the service runs: nothing that anybody is told holds a secret."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import cast
import httpx
import stage
from canary.conftest import Aviary
from patience import until

from crm import config, reactions
from crm.kernel import events
from crm.kernel.app_context import AppContext
from crm.outbound import notifications

FORM = {"content-type": "application/x-www-form-urlencoded"}
JSON = {"content-type": "application/json"}
LARGE = b"x" * 3_000_000
PAGES = (
    "/", "/leads", "/contacts", "/companies", "/inbox", "/settings", "/settings/webhooks", "/settings/webhooks/1",
    "/settings/webhooks/2", "/settings/webhooks/3", "/settings/notifications", "/settings/notifications/1",
    "/settings/keys", "/settings/keys/1", "/profile", "/operations", "/nowhere",
)  # fmt: skip
EVERYTHING = ("leads:read", "leads:write", "contacts:read", "companies:read", "webhooks:read", "operations:read")


async def test_whatever_goes_wrong_no_secret_is_in_logs_answers_or_reports(aviary: Aviary):
    serve, worker = aviary.crm("serve", WORKER="separate"), aviary.crm("worker")
    async with stage.on(serve, worker), aviary.client() as client:
        key = await furnish(aviary, serve)
        await strangers_come(aviary, client)
        await programs_err(aviary, client, key)
        await people_err(aviary, client)
        await receivers_and_providers_fail(aviary, client, worker)
        async with without_a_table(aviary):
            await client.get("/companies")
            await client.get("/api/v1/companies", headers={"authorization": f"Bearer {key}"})
        async with without_a_database(aviary):
            for path in ("/api/v1/health", "/api/v1/leads", "/", "/sign-in"):
                await client.get(path, headers={"authorization": f"Bearer {key}"} if "leads" in path else {})
            await client.post("/api/leads", json=cast.enquiry())
        await serve.well()
        await look_at_every_page(client)
        await reported(aviary)
        assert (await worker.ended(), await serve.end()) == (0, 0)
        assert await aviary.inside.fetchval(
            "SELECT count(*) FROM webhook_attempts WHERE error LIKE 'No complete answer%'"
        )
    assert aviary.leaks() == []
    assert {200, 303, 400, 401, 404, 405, 413, 415, 422, 500, 503} <= aviary.statuses
    said = aviary.said().decode()
    assert "UndefinedTableError" in said
    assert '"database_away"' in said


async def furnish(aviary: Aviary, serve: stage.Crm) -> str:
    """Somebody with the administrator's password, a key, receivers that fail, a mailbox. Gives the key."""
    events.bind(reactions.TABLE)
    inside = AppContext.of(config.load(serve.env))
    try:
        async with inside.db.transaction() as conn:
            await cast.person(conn, email=stage.SIGN_IN.email, password=aviary.cage.canaries["ADMIN_PASSWORD"])
            for stranger in aviary.strangers.values():
                _, secret = await cast.webhook(conn, inside, stranger.url, "*")
                aviary.cage.canaries[f"webhook {stranger.port}"] = secret.removeprefix("whsec_")
            await notifications.ensure_admin(conn, inside)
            _, key = await cast.api_key(conn, *EVERYTHING)
    finally:
        await inside.db.close()
    aviary.cage.canaries["API key"] = key.removeprefix("oct_")
    return key


async def strangers_come(aviary: Aviary, client: httpx.AsyncClient) -> None:
    """Nobody we know, with what they should not have."""
    token = aviary.cage.new("somebody's token", 43)
    for headers in ({"authorization": f"Bearer oct_{token}"}, {"authorization": f"Basic {token}"}, {}):
        await client.get(f"/api/v1/leads?token={token}", headers=headers)
        await client.get("/metrics", headers=headers)
    guess = {"email": stage.SIGN_IN.email, "password": aviary.cage.new("a guess")}
    for _ in range(3):
        await client.post("/sign-in", data=guess)
    await client.post("/sign-in", content=b"email=%ff%fe&password=%00", headers=FORM)
    for _ in range(11):
        await client.post("/api/leads", json=cast.enquiry(), headers={"x-synthetic": f"t=1,v1={token}"})
        await client.post("/api/leads", json=cast.enquiry())


async def programs_err(aviary: Aviary, client: httpx.AsyncClient, key: str) -> None:
    """What programs do wrong, with a key that holds."""
    client.headers["authorization"] = f"Bearer {key}"
    for method, path, sent in (
        ("GET", "/api/v1/nowhere", b""), ("PUT", "/api/v1/leads", b"{}"), ("GET", "/api/v1/leads/99999999", b""),
        ("GET", "/api/v1/leads?limit=many", b""), ("GET", "/api/v1/leads?cursor=" + "9" * 40, b""),
        ("POST", "/api/v1/leads", b"{"), ("POST", "/api/v1/leads", b'{"name": 7}'), ("POST", "/api/v1/leads", LARGE),
        ("POST", "/api/v1/leads", b'{"name": "\\u0000", "email": "a@b.example"}'), ("DELETE", "/api/v1/leads/1", b""),
        ("GET", "/api/v1/operations", b""), ("GET", "/api/v1/me", b""), ("GET", "/api/openapi.json", b""),
    ):  # fmt: skip
        await client.request(method, path, content=sent, headers=JSON)
    await client.post("/api/v1/leads", content=b"<lead/>", headers={"content-type": "text/xml"})
    token = aviary.cage.environment["METRICS_TOKEN"]
    del client.headers["authorization"]
    await client.get("/metrics", headers={"authorization": f"Bearer {token}"})


async def people_err(aviary: Aviary, client: httpx.AsyncClient) -> None:
    """Somebody signs in, and does what nobody should."""
    signing_in = {"email": stage.SIGN_IN.email, "password": aviary.cage.canaries["ADMIN_PASSWORD"]}
    answer = await client.post("/sign-in", data=signing_in)
    assert answer.status_code == 303, answer.text
    await client.post("/profile/password", data={"current": aviary.cage.new("not the password"), "new": "short"})
    await client.post("/settings/webhooks", data={"name": "x", "url": "http://ada:word@here.example"})
    await client.post("/leads", data={"name": "", "email": "nobody"})
    await client.post("/leads", content=b"\xff\xfe=%zz", headers=FORM)
    await client.post("/leads", data={}, headers={"origin": "https://elsewhere.example"})


async def receivers_and_providers_fail(aviary: Aviary, client: httpx.AsyncClient, first: stage.Crm) -> None:
    """Webhooks to receivers that refuse or are silent; mail by Resend and by SMTP, refused with all that we said."""
    test = "/settings/notifications/1/test"
    await client.post(test)
    await until(lambda: _heard(aviary, "http", b"authorization: bearer re_"), "Resend is asked")
    await until(lambda: _noted(aviary), "Resend's refusal is noted")
    # What it has in hand ends when the silent receiver's time is over; meanwhile the rest goes on.
    first.tell(signal.SIGTERM)
    second = aviary.crm("worker", RESEND_API_KEY="")
    async with stage.on(second):
        await client.post(test)
        await until(lambda: _heard(aviary, "mail", b"auth plain"), "the mail server is asked")
        await until(lambda: _noted(aviary), "the mail server's refusal is noted")
        second.tell(signal.SIGKILL)


async def _heard(aviary: Aviary, stranger: str, mark: bytes) -> bool:
    return any(mark in part.lower() for part in aviary.strangers[stranger].heard)


async def _noted(aviary: Aviary) -> bool:
    """Is every notification either settled or waiting for another try, and has each failed?"""
    return not await aviary.inside.fetchval(
        """
        SELECT EXISTS (
            SELECT FROM notifications
            WHERE NOT EXISTS (SELECT FROM notification_attempts AS tried WHERE notification_id = notifications.id
                              AND tried.error <> '')
        )
        """
    )


async def look_at_every_page(client: httpx.AsyncClient) -> None:
    for path in PAGES:
        await client.get(path)


async def reported(aviary: Aviary) -> None:
    """Until the error report about the missing table has come."""
    await until(lambda: _heard(aviary, "http", b"undefinedtableerror"), "the error is reported")


@asynccontextmanager
async def without_a_table(aviary: Aviary) -> AsyncIterator[None]:
    await aviary.inside.execute("ALTER TABLE companies RENAME TO mislaid")
    yield
    await aviary.inside.execute("ALTER TABLE mislaid RENAME TO companies")


@asynccontextmanager
async def without_a_database(aviary: Aviary) -> AsyncIterator[None]:
    """It takes no connections for the length of the block, and everybody's are cut."""
    await aviary.sql.execute("ALTER DATABASE aviary ALLOW_CONNECTIONS false")
    await aviary.sql.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'aviary'")
    yield
    await aviary.sql.execute("ALTER DATABASE aviary ALLOW_CONNECTIONS true")
    await aviary.look_inside()
