"""The public entry as programs and scripts meet it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import factories
import httpx
import pytest
from conftest import ORIGIN, SITE, environment, serving

from crm.config import load
from crm.inbound import intake
from crm.kernel.app_context import AppContext

FROM_SITE = {"origin": SITE}
FORM = {"content-type": "application/x-www-form-urlencoded"}


async def rows(context: AppContext, query: str = "SELECT * FROM submissions ORDER BY id") -> list[dict[str, object]]:
    async with context.db.connection() as conn:
        return [dict(row) for row in await conn.fetch(query)]


async def test_an_enquiry_is_stored_made_a_lead_and_answered_with_its_reference(
    client: httpx.AsyncClient, context: AppContext
):
    sent = factories.build_enquiry(
        page="/", commit="abc1234", form_version="1", first_touch={"path": "/blog/", "utm_source": "news"}
    )
    answer = await client.post("/api/leads", json=sent, headers=FROM_SITE)
    assert answer.status_code == 201
    await intake.process.process_batch(context.db)
    receipt = answer.json()
    assert set(receipt) == {"reference", "received_at"}
    (submission,) = await rows(context)
    (lead,) = await rows(context, "SELECT * FROM leads")
    assert submission["state"] == "accepted"
    assert submission["reference"] == lead["reference"] == receipt["reference"]
    assert submission["lead_id"] == lead["id"]
    assert submission["body"] == sent
    assert (submission["origin"], lead["channel"], lead["name"]) == (SITE, "site", "Grace Hopper")
    assert lead["first_touch"] == {"path": "/blog/", "utm_source": "news"}


async def test_every_wrong_field_is_named_at_once_and_nothing_is_stored(client: httpx.AsyncClient, context: AppContext):
    answer = await client.post(
        "/api/leads", json=factories.build_enquiry(name=None, email="ada@", message="x" * 6501), headers=FROM_SITE
    )
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert [error["field"] for error in answer.json()["errors"]] == ["name", "email", "message"]
    assert await rows(context) == []


@pytest.mark.parametrize("body", ["{", "[]", '"x"', "null", "", "name=Grace", '{"name": "\\ud800"}', "[" * 5000])
async def test_json_that_is_none_is_refused(client: httpx.AsyncClient, body: str):
    answer = await client.post("/api/leads", content=body, headers={**FROM_SITE, "content-type": "application/json"})
    assert answer.status_code == 400


@pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data; boundary=x", "application/xml", ""])
async def test_other_types_are_refused_so_no_foreign_page_can_post_without_asking_first(
    client: httpx.AsyncClient, kind: str
):
    answer = await client.post(
        "/api/leads", content=httpx.Request("POST", ORIGIN, json=factories.build_enquiry()).content,
        headers={**FROM_SITE, "content-type": kind},
    )  # fmt: skip
    assert answer.status_code == 415


async def test_a_nul_character_has_its_error_beside_the_field(client: httpx.AsyncClient):
    answer = await client.post("/api/leads", json=factories.build_enquiry(message="a\x00b"), headers=FROM_SITE)
    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"field": "message", "message": "Remove the NUL character."}]


async def test_a_body_that_says_it_is_too_large_is_refused_unread(client: httpx.AsyncClient):
    answer = await client.post("/api/leads", json=factories.build_enquiry(message="x" * 70_000), headers=FROM_SITE)
    assert answer.status_code == 413
    assert answer.headers["access-control-allow-origin"] == SITE


async def test_a_stream_without_a_length_is_left_once_it_is_too_large(client: httpx.AsyncClient, context: AppContext):
    pulled = 0

    async def hundred_megabytes() -> AsyncIterator[bytes]:
        nonlocal pulled
        for _ in range(1600):
            pulled += 1
            yield b"x" * 65536

    answer = await client.post(
        "/api/leads", content=hundred_megabytes(), headers={**FROM_SITE, "content-type": "application/json"}
    )
    assert answer.status_code == 413
    assert pulled <= 3
    assert await rows(context) == []


async def test_the_largest_honest_enquiry_fits(client: httpx.AsyncClient):
    longest = {"name": "名" * 120, "company": "社" * 160, "message": "字" * 6500}
    plain = await client.post("/api/leads", data=factories.build_enquiry(**longest), headers=FROM_SITE)
    assert plain.status_code == 303
    answer = await client.post("/api/leads", json=factories.build_enquiry(**longest, phone="1"), headers=FROM_SITE)
    assert answer.status_code == 201


async def test_an_allowed_site_may_read_the_answer_and_every_refusal(client: httpx.AsyncClient):
    for sent in (factories.build_enquiry(), factories.build_enquiry(name="")):
        answer = await client.post("/api/leads", json=sent, headers=FROM_SITE)
        assert answer.headers["access-control-allow-origin"] == SITE
        assert answer.headers["vary"] == "origin"
        assert answer.headers["cross-origin-resource-policy"] == "cross-origin"


async def test_another_site_is_refused_with_the_reason_and_stores_nothing(
    client: httpx.AsyncClient, context: AppContext
):
    for origin in ("https://evil.example", "null", f"{SITE}.evil.example", SITE.upper()):
        answer = await client.post("/api/leads", json=factories.build_enquiry(), headers={"origin": origin})
        assert answer.status_code == 403
        assert "may not post enquiries here" in answer.json()["detail"]
        assert "access-control-allow-origin" not in answer.headers
    assert await rows(context) == []


async def test_a_browser_may_ask_first_from_an_allowed_site(client: httpx.AsyncClient):
    asking = {"access-control-request-method": "POST", "access-control-request-headers": "content-type,idempotency-key"}
    answer = await client.options("/api/leads", headers={**FROM_SITE, **asking})
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == SITE
    assert answer.headers["access-control-allow-methods"] == "POST"
    assert answer.headers["access-control-allow-headers"] == "content-type, idempotency-key"


async def test_asking_first_from_another_site_is_refused(client: httpx.AsyncClient):
    answer = await client.options("/api/leads", headers={"origin": "https://evil.example"})
    assert answer.status_code == 403
    assert "access-control-allow-origin" not in answer.headers


async def test_a_program_without_an_origin_may_send_and_is_noted(client: httpx.AsyncClient, context: AppContext):
    client.headers.pop("origin")
    try:
        answer = await client.post("/api/leads", json=factories.build_enquiry())
    finally:
        client.headers["origin"] = ORIGIN
    assert answer.status_code == 201
    await intake.process.process_batch(context.db)
    (submission,) = await rows(context)
    assert submission["state"] == "accepted"
    assert submission["spam_reasons"] == ["Sent by a program, not from our site (+1)"]


async def test_a_form_sent_by_a_program_that_wants_json_gets_json(client: httpx.AsyncClient):
    answer = await client.post(
        "/api/leads", data=factories.build_enquiry(), headers={**FROM_SITE, "accept": "application/json"}
    )
    assert answer.status_code == 201
    assert answer.json()["reference"].startswith("E-")


async def test_without_a_database_the_browser_is_asked_to_keep_the_enquiry():
    settings = load(environment("postgresql://nobody@127.0.0.1:1/none"))
    async with serving(settings) as client:
        answer = await client.post("/api/leads", json=factories.build_enquiry(), headers=FROM_SITE)
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "30"
    assert answer.headers["access-control-allow-origin"] == SITE
    assert answer.headers["access-control-expose-headers"] == "retry-after"


async def test_the_address_of_the_visitor_is_not_stored(client: httpx.AsyncClient, context: AppContext):
    await client.post("/api/leads", json=factories.build_enquiry(), headers=FROM_SITE)
    async with context.db.connection() as conn:
        stored = await conn.fetchval("SELECT submissions::text FROM submissions")
    assert "127.0.0.1" not in stored


async def test_the_document_tells_the_form_and_every_refusal(client: httpx.AsyncClient):
    document = (await client.get("/api/v1/openapi.json")).json()
    operation = document["paths"]["/api/leads"]["post"]
    assert operation["requestBody"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Enquiry"}
    assert {"201", "400", "403", "413", "415", "422", "429", "503"} <= set(operation["responses"])
    assert "Idempotency-Key" in {parameter["name"] for parameter in operation["parameters"]}
    assert operation["security"] == []
