from __future__ import annotations

import hashlib
import hmac
from collections.abc import Awaitable, Callable
from datetime import timedelta

import due_jobs
import factories
import httpx
import msgspec
import pytest
from conftest import ORIGIN, environment, serving
from http_sink import run_http_sink

from crm.config import load
from crm.inbound import intake
from crm.inbound.intake import jobs
from crm.kernel import clock
from crm.kernel.app_context import AppContext
from crm.records import leads

Keyed = Callable[..., Awaitable[httpx.AsyncClient]]
KEY = environment("")["SYNTHETIC_KEY"]
BODY = msgspec.json.encode(factories.build_enquiry(email="walk@verify-abc.example", company="Verification abc"))


def sign(body: bytes = BODY, *, key: str = KEY, late: int = 0) -> dict[str, str]:
    at = int(clock.now().timestamp()) - late
    digest = hmac.new(key.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return {"x-synthetic": f"t={at},v1={digest}", "content-type": "application/json"}


async def send(client: httpx.AsyncClient, context: AppContext, body: bytes = BODY, **how: object) -> str:
    """Its reference, once it is a lead."""
    answer = await client.post("/api/leads", content=body, headers=sign(body, **how))  # type: ignore[arg-type]
    assert answer.status_code == 201, answer.text
    await intake.process.process_batch(context.db)
    reference: str = answer.json()["reference"]
    return reference


@pytest.fixture
async def program(keyed: Keyed) -> httpx.AsyncClient:
    return await keyed("operations:read", "operations:write", "leads:read", "contacts:read", "companies:read")


def trace(reference: str) -> str:
    return f"/api/v1/operations/synthetic/{reference}"


async def test_it_is_followed_from_the_form_to_the_sink(
    program: httpx.AsyncClient, client: httpx.AsyncClient, context: AppContext
):
    reference = await send(client, context)
    before = (await program.get(trace(reference))).json()
    assert (before["reference"], before["notified_at"]) == (reference, None)
    lead = (await program.get(f"/api/v1/leads/{before['lead_id']}")).json()
    assert lead["synthetic"]
    assert lead["contact_id"]
    assert lead["company_id"]
    await due_jobs.run(context)
    assert (await program.get(trace(reference))).json()["notified_at"] is not None


async def test_nobody_is_notified_but_who_asks_for_it_by_name(client: httpx.AsyncClient, context: AppContext):
    async with run_http_sink() as receiver:
        async with context.db.transaction() as conn:
            await factories.create_webhook(
                conn, context, receiver.url, "*", "lead.created", "contact.created", "company.created"
            )
            await factories.create_webhook(conn, context, receiver.url, "lead.synthetic", name="Prober")
            await factories.create_channel(conn, context)
        await send(client, context)
        await due_jobs.run(context)
        assert [msgspec.json.decode(got.body)["type"] for got in receiver.received] == ["lead.synthetic"]
    async with context.db.connection() as conn:
        assert await conn.fetchval("SELECT count(*) FROM notifications") == 0


async def test_it_counts_in_no_report(signed_in: httpx.AsyncClient, context: AppContext):
    async def read_reports() -> tuple[object, str]:
        async with context.db.connection() as conn:
            piles = await leads.count_by_status(conn)
        return piles, (await signed_in.get("/")).text

    before = await read_reports()
    await send(signed_in, context)
    assert await read_reports() == before


async def test_no_list_shows_it_since_no_number_counts_it(
    program: httpx.AsyncClient, signed_in: httpx.AsyncClient, context: AppContext
):
    reference = await send(signed_in, context)
    lead_id = (await program.get(trace(reference))).json()["lead_id"]
    lead = (await program.get(f"/api/v1/leads/{lead_id}")).json()
    for query in ("", "?status=new", f"?q={reference}", f"?contact_id={lead['contact_id']}", "?segment=waiting"):
        assert (await program.get(f"/api/v1/leads{query}")).json()["data"] == []
        assert f'id="lead-{lead_id}"' not in (await signed_in.get(f"/leads{query}")).text
    assert f"/leads/{lead_id}" not in (await program.get(f"/api/v1/search?q={reference}")).text
    for path in (f"/contacts/{lead['contact_id']}", f"/companies/{lead['company_id']}", "/inbox", "/companies"):
        assert f'class="row-link" href="/leads/{lead_id}"' not in (await signed_in.get(path)).text
    assert "Test" in (await signed_in.get(f"/leads/{lead_id}")).text


async def test_it_is_removed_with_all_that_was_made_for_it(
    program: httpx.AsyncClient, client: httpx.AsyncClient, context: AppContext
):
    reference = await send(client, context)
    await due_jobs.run(context)
    assert (await program.delete(trace(reference))).status_code == 204
    assert (await program.get(trace(reference))).status_code == 404
    assert (await program.delete(trace(reference))).status_code == 404
    async with context.db.connection() as conn:
        for table in ("submissions", "leads", "contacts", "companies", "activities", "synthetic_notices"):
            assert await conn.fetchval(f"SELECT count(*) FROM {table}") == 0, table


async def test_one_that_is_no_lead_yet_is_removed_and_becomes_none(
    program: httpx.AsyncClient, client: httpx.AsyncClient, context: AppContext
):
    answer = await client.post("/api/leads", content=BODY, headers=sign())
    reference = answer.json()["reference"]
    assert (await program.delete(trace(reference))).status_code == 204
    assert (await program.delete(trace(reference))).status_code == 404
    await intake.process.process_batch(context.db)
    async with context.db.connection() as conn:
        assert await conn.fetchval("SELECT (SELECT count(*) FROM leads) + (SELECT count(*) FROM submissions)") == 0


async def test_whoever_was_known_before_stays(
    program: httpx.AsyncClient, client: httpx.AsyncClient, context: AppContext
):
    known = msgspec.json.encode(
        factories.build_enquiry(email="ada@acme.example", company="Acme", message="A real one.")
    )
    assert (await client.post("/api/leads", content=known, headers={"content-type": "application/json"})).is_success
    body = msgspec.json.encode(factories.build_enquiry(email="ada@acme.example", company="Acme", message="A test."))
    await program.delete(trace(await send(client, context, body)))
    for room in ("leads", "contacts", "companies"):
        assert (await program.get(f"/api/v1/{room}")).json()["total"] == 1


async def test_an_enquiry_that_looks_like_spam_walks_the_same_way(
    program: httpx.AsyncClient, client: httpx.AsyncClient, context: AppContext
):
    body = msgspec.json.encode(factories.build_enquiry(message="http://a.example " * 9, name="<a href=x>"))
    assert (await program.get(trace(await send(client, context, body)))).json()["lead_id"]


async def test_what_its_sender_left_behind_is_removed_after_an_hour(
    program: httpx.AsyncClient, client: httpx.AsyncClient, context: AppContext
):
    reference = await send(client, context)
    await jobs.forget_synthetic(context, {})
    assert (await program.get(trace(reference))).status_code == 200
    with clock.at(clock.now() + timedelta(minutes=61)):
        await jobs.forget_synthetic(context, {})
        await jobs.forget_synthetic(context, {})
    assert (await program.get(trace(reference))).status_code == 404


@pytest.mark.parametrize(
    "build_headers",
    # Signed when the test runs: what is too early while the tests are collected may be in time by then.
    [
        lambda: sign(key="another key, just as long as the right one"),
        lambda: sign(b"{}"),
        lambda: sign(late=900),
        lambda: sign(late=-900),
        lambda: {"x-synthetic": "t=soon,v1=none"},
        lambda: {"x-synthetic": ""},
    ],
    ids=["another key", "another body", "too late", "too early", "nonsense", "nothing"],
)
async def test_one_that_cannot_prove_it_is_refused_and_not_stored(
    client: httpx.AsyncClient, context: AppContext, build_headers: Callable[[], dict[str, str]]
):
    headers = {"content-type": "application/json", **build_headers()}
    answer = await client.post("/api/leads", content=BODY, headers=headers)
    assert answer.status_code == 403
    assert "X-Synthetic" in answer.json()["detail"]
    async with context.db.connection() as conn:
        assert await conn.fetchval("SELECT count(*) FROM submissions") == 0


async def test_a_system_without_the_key_takes_none(database_url: str, clean: AppContext):
    async with serving(load(environment(database_url, SYNTHETIC_KEY=""))) as client:
        answer = await client.post("/api/leads", content=BODY, headers={**sign(), "origin": ORIGIN})
    assert answer.status_code == 403
    assert "SYNTHETIC_KEY is not set" in answer.json()["detail"]


async def test_a_real_enquiry_has_no_trace(program: httpx.AsyncClient, client: httpx.AsyncClient, context: AppContext):
    real = await client.post("/api/leads", content=BODY, headers={"content-type": "application/json"})
    await intake.process.process_batch(context.db)
    reference = real.json()["reference"]
    assert (await program.get(trace(reference))).status_code == 404
    assert (await program.delete(trace(reference))).status_code == 404
    assert (await program.get("/api/v1/leads")).json()["total"] == 1
