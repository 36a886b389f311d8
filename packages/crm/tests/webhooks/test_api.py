from __future__ import annotations

from collections.abc import Awaitable, Callable

import due_jobs
import httpx
import pytest
from http_sink import run_http_sink
from standardwebhooks.webhooks import Webhook as Verifier

from crm.kernel.app_context import AppContext

Keyed = Callable[..., Awaitable[httpx.AsyncClient]]
URL = "https://hooks.example.org/crm"
NEW = {"name": "Accounting", "url": URL, "events": ["lead.created"]}


@pytest.fixture
async def program(keyed: Keyed) -> httpx.AsyncClient:
    return await keyed("webhooks:read", "webhooks:write", "leads:read", "contacts:read", "companies:read")


async def create_webhook(program: httpx.AsyncClient, **changes: object) -> dict[str, object]:
    answer = await program.post("/api/v1/webhooks", json=NEW | changes)
    assert answer.status_code == 201, answer.text
    webhook: dict[str, object] = answer.json()
    return webhook


async def test_a_webhook_is_added_and_its_secret_shown_only_then(program: httpx.AsyncClient):
    answer = await program.post("/api/v1/webhooks", json=NEW)
    assert answer.status_code == 201
    webhook = answer.json()
    assert webhook["secret"].startswith("whsec_")
    assert answer.headers["location"] == f"/api/v1/webhooks/{webhook['id']}"
    shown = await program.get(answer.headers["location"])
    listed = await program.get("/api/v1/webhooks")
    assert shown.json()["name"] == "Accounting"
    assert shown.headers["etag"] == answer.headers["etag"]
    assert [row["id"] for row in listed.json()["data"]] == [webhook["id"]]
    for later in (shown, listed):
        assert "secret" not in later.text.replace("old_secret_until", "")
        assert webhook["secret"] not in later.text


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""), ("POST", ""), ("GET", "/1"), ("PATCH", "/1"), ("DELETE", "/1"), ("GET", "/1/deliveries"),
        ("POST", "/1/deliveries/1/redeliver"), ("POST", "/1/test"),
    ],
)  # fmt: skip
async def test_only_a_key_with_the_scope_is_accepted(client: httpx.AsyncClient, keyed: Keyed, method: str, path: str):
    assert (await client.request(method, f"/api/v1/webhooks{path}")).status_code == 401
    reader, other = await keyed("webhooks:read"), await keyed("leads:write")
    assert (await other.request(method, f"/api/v1/webhooks{path}")).status_code == 403
    if method != "GET":
        assert (await reader.request(method, f"/api/v1/webhooks{path}")).status_code == 403


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"url": "http://10.0.0.1/"}, "url"), ({"url": "http://[::ffff:169.254.169.254]/"}, "url"),
        ({"url": "ftp://example.org/"}, "url"), ({"url": "https://u:p@example.org/"}, "url"),
        ({"url": "https://example.org:25/"}, "url"), ({"events": []}, "events"), ({"events": ["lead.eaten"]}, "events"),
        ({"name": ""}, "name"), ({"name": "x" * 121}, "name"), ({"name": 7}, "name"), ({"secret": "mine"}, "secret"),
        ({"name": "a\x00b"}, "name"),
    ],
)  # fmt: skip
async def test_an_invalid_webhook_is_refused_with_the_field_named(
    program: httpx.AsyncClient, changes: dict[str, object], field: str
):
    answer = await program.post("/api/v1/webhooks", json=NEW | changes)
    assert answer.status_code == 422
    assert field in {error["field"] for error in answer.json()["errors"]}


async def test_all_errors_are_reported_at_once(program: httpx.AsyncClient):
    answer = await program.post("/api/v1/webhooks", json={"events": "lead.created"})
    assert {error["field"] for error in answer.json()["errors"]} == {"name", "url", "events"}


async def test_a_body_that_is_not_json_is_refused(program: httpx.AsyncClient):
    assert (await program.post("/api/v1/webhooks", content=b"{")).status_code == 415
    headers = {"content-type": "application/json"}
    assert (await program.post("/api/v1/webhooks", content=b"{", headers=headers)).status_code == 400


async def test_an_unknown_webhook_is_not_found(program: httpx.AsyncClient):
    any_version = {"if-match": "*"}
    for answer in (
        await program.get("/api/v1/webhooks/4711"),
        await program.patch("/api/v1/webhooks/4711", json={"name": "x"}, headers=any_version),
        await program.delete("/api/v1/webhooks/4711", headers=any_version),
        await program.get("/api/v1/webhooks/4711/deliveries"),
        await program.post("/api/v1/webhooks/4711/test"),
        await program.post("/api/v1/webhooks/4711/deliveries/1/redeliver"),
        await program.get("/api/v1/webhooks/99999999999999999999"),
    ):
        assert answer.status_code == 404


async def test_a_change_needs_the_version_it_is_based_on(program: httpx.AsyncClient):
    webhook = await create_webhook(program)
    path = f"/api/v1/webhooks/{webhook['id']}"
    assert (await program.patch(path, json={"name": "Bookkeeping"})).status_code == 428
    changed = await program.patch(path, json={"name": "Bookkeeping"}, headers={"if-match": '"1"'})
    assert (changed.status_code, changed.json()["name"], changed.headers["etag"]) == (200, "Bookkeeping", '"2"')
    assert (await program.patch(path, json={"name": "Late"}, headers={"if-match": '"1"'})).status_code == 412
    assert (await program.delete(path, headers={"if-match": '"1"'})).status_code == 412
    assert (await program.delete(path, headers={"if-match": '"2"'})).status_code == 204
    assert (await program.get(path)).status_code == 404


async def test_a_private_url_is_refused_on_change_too(program: httpx.AsyncClient):
    webhook = await create_webhook(program)
    answer = await program.patch(
        f"/api/v1/webhooks/{webhook['id']}", json={"url": "http://192.168.0.1/"}, headers={"if-match": "*"}
    )
    assert answer.status_code == 422


async def test_a_webhook_is_paused_and_resumed(program: httpx.AsyncClient):
    webhook = await create_webhook(program)
    path = f"/api/v1/webhooks/{webhook['id']}"
    paused = await program.patch(path, json={"active": False}, headers={"if-match": "*"})
    assert paused.json()["active"] is False
    assert paused.json()["pause_reason"] == "Paused by A program."
    resumed = await program.patch(path, json={"active": True}, headers={"if-match": "*"})
    assert (resumed.json()["active"], resumed.json()["paused_at"], resumed.json()["pause_reason"]) == (True, None, "")


async def test_a_test_message_has_a_history_and_can_be_sent_again(program: httpx.AsyncClient, clean: AppContext):
    async with run_http_sink() as endpoint:
        webhook = await create_webhook(program, url=endpoint.url)
        path = f"/api/v1/webhooks/{webhook['id']}"
        answer = await program.post(f"{path}/test")
        assert answer.status_code == 202
        assert answer.json()["state"] == "pending"
        await due_jobs.run(clean)
        (delivery,) = (await program.get(f"{path}/deliveries")).json()["data"]
        assert delivery["state"] == "delivered"
        assert delivery["attempts"][0]["status"] == 200
        assert delivery["attempts"][0]["answer"] == "ok"
        Verifier(str(webhook["secret"])).verify(endpoint.received[0].body, endpoint.received[0].headers)
        again = await program.post(f"{path}/deliveries/{delivery['id']}/redeliver")
        assert again.status_code == 202
        await due_jobs.run(clean)
        assert len(endpoint.received) == 2


async def test_deliveries_are_listed_page_by_page_and_by_state(program: httpx.AsyncClient, clean: AppContext):
    async with run_http_sink() as endpoint:
        webhook = await create_webhook(program, url=endpoint.url)
        path = f"/api/v1/webhooks/{webhook['id']}"
        for _ in range(3):
            await program.post(f"{path}/test")
        await due_jobs.run(clean)
        first = (await program.get(f"{path}/deliveries", params={"limit": 2})).json()
        rest = (await program.get(f"{path}/deliveries", params={"limit": 2, "cursor": first["next_cursor"]})).json()
        numbers = [row["id"] for row in first["data"] + rest["data"]]
        assert numbers == sorted(numbers, reverse=True)
        assert (len(numbers), first["total"], rest["next_cursor"]) == (3, 3, None)
        assert (await program.get(f"{path}/deliveries", params={"state": "failed"})).json()["total"] == 0
        assert (await program.get(f"{path}/deliveries", params={"state": "lost"})).status_code == 422


async def test_a_delivery_of_another_webhook_is_not_found(program: httpx.AsyncClient, clean: AppContext):
    one, other = await create_webhook(program), await create_webhook(program)
    delivery = (await program.post(f"/api/v1/webhooks/{one['id']}/test")).json()
    answer = await program.post(f"/api/v1/webhooks/{other['id']}/deliveries/{delivery['id']}/redeliver")
    assert answer.status_code == 404


async def test_a_repeated_create_makes_one_webhook_and_returns_its_secret_again(
    program: httpx.AsyncClient,
):
    headers = {"idempotency-key": "add-accounting-1"}
    first = await program.post("/api/v1/webhooks", json=NEW, headers=headers)
    again = await program.post("/api/v1/webhooks", json=NEW, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert (await program.get("/api/v1/webhooks")).json()["total"] == 1
    await program.patch(first.headers["location"], json={"name": "Other"}, headers={"if-match": "*"})
    late = await program.post("/api/v1/webhooks", json=NEW, headers=headers)
    assert late.json()["secret"] == ""
