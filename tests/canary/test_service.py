"""Every way of failing while the service runs: nothing that anybody reads holds a secret."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import factories
import httpx
import running_system
from canary.conftest import LeakFixture
from wait_for import wait_for

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


async def test_whatever_goes_wrong_no_secret_is_in_logs_answers_or_reports(leak_fixture: LeakFixture):
    serve, worker = leak_fixture.crm("serve", WORKER="separate"), leak_fixture.crm("worker")
    async with running_system.run_processes(serve, worker), leak_fixture.client() as client:
        key = await insert_secrets(leak_fixture, serve)
        await make_unauthorized_requests(leak_fixture, client)
        await make_wrong_api_requests(leak_fixture, client, key)
        await make_wrong_page_requests(leak_fixture, client)
        await fail_deliveries(leak_fixture, client, worker)
        async with remove_table(leak_fixture):
            await client.get("/companies")
            await client.get("/api/v1/companies", headers={"authorization": f"Bearer {key}"})
        async with close_database(leak_fixture):
            for path in ("/api/v1/health", "/api/v1/leads", "/", "/sign-in"):
                await client.get(path, headers={"authorization": f"Bearer {key}"} if "leads" in path else {})
            await client.post("/api/leads", json=factories.build_enquiry())
        await serve.wait_until_healthy()
        await open_every_page(client)
        await wait_for_error_report(leak_fixture)
        assert (await worker.wait_for_exit(), await serve.stop()) == (0, 0)
        assert await leak_fixture.inside.fetchval(
            "SELECT count(*) FROM webhook_attempts WHERE error LIKE 'No complete answer%'"
        )
    assert leak_fixture.find_leaks() == []
    assert {200, 303, 400, 401, 404, 405, 413, 415, 422, 500, 503} <= leak_fixture.statuses
    said = leak_fixture.read_logs().decode()
    assert "UndefinedTableError" in said
    assert '"database_away"' in said


async def insert_secrets(leak_fixture: LeakFixture, serve: running_system.CrmProcess) -> str:
    """Somebody with the administrator's password, a key, receivers that fail, a mailbox. Gives the key."""
    events.bind(reactions.TABLE)
    inside = AppContext.of(config.load(serve.env))
    try:
        async with inside.db.transaction() as conn:
            await factories.create_user(
                conn,
                email=running_system.SIGN_IN.email,
                password=leak_fixture.canary_secrets.canaries["ADMIN_PASSWORD"],
            )
            for provider in leak_fixture.providers.values():
                _, secret = await factories.create_webhook(conn, inside, provider.url, "*")
                leak_fixture.canary_secrets.canaries[f"webhook {provider.port}"] = secret.removeprefix("whsec_")
            await notifications.ensure_admin(conn, inside)
            _, key = await factories.create_api_key(conn, *EVERYTHING)
    finally:
        await inside.db.close()
    leak_fixture.canary_secrets.canaries["API key"] = key.removeprefix("oct_")
    return key


async def make_unauthorized_requests(leak_fixture: LeakFixture, client: httpx.AsyncClient) -> None:
    """Nobody we know, with what they should not have."""
    token = leak_fixture.canary_secrets.new("somebody's token", 43)
    for headers in ({"authorization": f"Bearer oct_{token}"}, {"authorization": f"Basic {token}"}, {}):
        await client.get(f"/api/v1/leads?token={token}", headers=headers)
        await client.get("/metrics", headers=headers)
    guess = {"email": running_system.SIGN_IN.email, "password": leak_fixture.canary_secrets.new("a guess")}
    for _ in range(3):
        await client.post("/sign-in", data=guess)
    await client.post("/sign-in", content=b"email=%ff%fe&password=%00", headers=FORM)
    for _ in range(11):
        await client.post("/api/leads", json=factories.build_enquiry(), headers={"x-synthetic": f"t=1,v1={token}"})
        await client.post("/api/leads", json=factories.build_enquiry())


async def make_wrong_api_requests(leak_fixture: LeakFixture, client: httpx.AsyncClient, key: str) -> None:
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
    token = leak_fixture.canary_secrets.environment["METRICS_TOKEN"]
    del client.headers["authorization"]
    await client.get("/metrics", headers={"authorization": f"Bearer {token}"})


async def make_wrong_page_requests(leak_fixture: LeakFixture, client: httpx.AsyncClient) -> None:
    """Somebody signs in, and does what nobody should."""
    signing_in = {
        "email": running_system.SIGN_IN.email,
        "password": leak_fixture.canary_secrets.canaries["ADMIN_PASSWORD"],
    }
    answer = await client.post("/sign-in", data=signing_in)
    assert answer.status_code == 303, answer.text
    await client.post(
        "/profile/password", data={"current": leak_fixture.canary_secrets.new("not the password"), "new": "short"}
    )
    await client.post("/settings/webhooks", data={"name": "x", "url": "http://ada:word@here.example"})
    await client.post("/leads", data={"name": "", "email": "nobody"})
    await client.post("/leads", content=b"\xff\xfe=%zz", headers=FORM)
    await client.post("/leads", data={}, headers={"origin": "https://elsewhere.example"})


async def fail_deliveries(
    leak_fixture: LeakFixture, client: httpx.AsyncClient, first: running_system.CrmProcess
) -> None:
    """Webhooks to receivers that refuse or are silent; mail by Resend and by SMTP, refused with all that we said."""
    test = "/settings/notifications/1/test"
    await client.post(test)
    await wait_for(lambda: _has_received(leak_fixture, "http", b"authorization: bearer re_"), "Resend is asked")
    await wait_for(lambda: _has_every_notification_failed(leak_fixture), "Resend's refusal is noted")
    # What it has in hand ends when the silent receiver's time is over; meanwhile the rest goes on.
    first.send_signal(signal.SIGTERM)
    second = leak_fixture.crm("worker", RESEND_API_KEY="")
    async with running_system.run_processes(second):
        await client.post(test)
        await wait_for(lambda: _has_received(leak_fixture, "mail", b"auth plain"), "the mail server is asked")
        await wait_for(lambda: _has_every_notification_failed(leak_fixture), "the mail server's refusal is noted")
        second.send_signal(signal.SIGKILL)


async def _has_received(leak_fixture: LeakFixture, provider: str, mark: bytes) -> bool:
    return any(mark in part.lower() for part in leak_fixture.providers[provider].received)


async def _has_every_notification_failed(leak_fixture: LeakFixture) -> bool:
    """Is every notification either settled or waiting for another try, and has each failed?"""
    return not await leak_fixture.inside.fetchval(
        """
        SELECT EXISTS (
            SELECT FROM notifications
            WHERE NOT EXISTS (SELECT FROM notification_attempts AS tried WHERE notification_id = notifications.id
                              AND tried.error <> '')
        )
        """
    )


async def open_every_page(client: httpx.AsyncClient) -> None:
    for path in PAGES:
        await client.get(path)


async def wait_for_error_report(leak_fixture: LeakFixture) -> None:
    """Until the error report about the missing table has come."""
    await wait_for(lambda: _has_received(leak_fixture, "http", b"undefinedtableerror"), "the error is reported")


@asynccontextmanager
async def remove_table(leak_fixture: LeakFixture) -> AsyncIterator[None]:
    await leak_fixture.inside.execute("ALTER TABLE companies RENAME TO mislaid")
    yield
    await leak_fixture.inside.execute("ALTER TABLE mislaid RENAME TO companies")


@asynccontextmanager
async def close_database(leak_fixture: LeakFixture) -> AsyncIterator[None]:
    """It takes no connections for the length of the block, and everybody's are cut."""
    await leak_fixture.sql.execute("ALTER DATABASE leak_fixture ALLOW_CONNECTIONS false")
    await leak_fixture.sql.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'leak_fixture'"
    )
    yield
    await leak_fixture.sql.execute("ALTER DATABASE leak_fixture ALLOW_CONNECTIONS true")
    await leak_fixture.connect()
