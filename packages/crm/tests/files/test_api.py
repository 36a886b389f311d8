"""Files in the API: listed, added as the body of a request, read, renamed and deleted; and the files of e-mails."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import due_jobs
import httpx
import pytest
from conftest import environment, serving

from crm.config import load
from crm.inbound import mailbox
from crm.kernel.app_context import AppContext
from crm.records.leads import Lead

Keyed = Callable[..., Awaitable[httpx.AsyncClient]]
BYTES = {"content-type": "application/octet-stream"}
URL = "/api/v1/files"
RAW = b"""From: Grace <grace@navy.example>
Subject: The plan
Message-ID: <plan@navy.example>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/plain

See below.
--b
Content-Type: application/pdf
Content-Disposition: attachment; filename="plan.pdf"
Content-Transfer-Encoding: base64

JVBERi0xLjc=
--b--
"""
PDF = b"%PDF-1.7\n" + b"x" * 700_000


async def add(program: httpx.AsyncClient, lead: Lead, content: bytes = b"hello", **changes: Any) -> httpx.Response:
    params = {"name": "offer.pdf", "lead_id": lead.id} | changes
    headers = BYTES | params.pop("headers", {})
    params = {name: value for name, value in params.items() if value is not None}
    return await program.post(URL, params=params, content=content, headers=headers)


async def test_a_program_adds_reads_renames_and_deletes(keyed: Keyed, lead: Lead):
    program = await keyed("files:read", "files:write")
    added = await add(program, lead, PDF)
    file = added.json()
    each = f"{URL}/{file['id']}"
    assert (added.status_code, added.headers["location"]) == (201, each)
    assert (file["name"], file["size"], file["content_type"], file["lead_id"]) == (
        "offer.pdf", len(PDF), "application/pdf", lead.id,
    )  # fmt: skip
    assert (await program.get(f"{each}/content")).content == PDF
    renamed = await program.patch(each, json={"name": "offer 2.pdf"}, headers={"if-match": added.headers["etag"]})
    assert (renamed.status_code, renamed.json()["name"]) == (200, "offer 2.pdf")
    assert (await program.get(each)).json() == renamed.json()
    assert (await program.delete(each)).status_code == 428
    assert (await program.delete(each, headers={"if-match": added.headers["etag"]})).status_code == 412
    assert (await program.delete(each, headers={"if-match": renamed.headers["etag"]})).status_code == 204
    assert (await program.get(f"{each}/content")).status_code == 404


async def test_the_files_of_a_record_are_listed(keyed: Keyed, lead: Lead):
    program = await keyed("files:read", "files:write")
    first = (await add(program, lead)).json()["id"]
    second = (await add(program, lead, lead_id=None, contact_id=lead.contact_id)).json()["id"]
    for query, ids in (
        ({}, {first, second}), ({"lead_id": lead.id}, {first}), ({"contact_id": lead.contact_id}, {second}),
        ({"company_id": lead.company_id}, set()),
    ):  # fmt: skip
        listed = (await program.get(URL, params=query)).json()
        assert {file["id"] for file in listed["data"]} == ids
    assert (await program.get(f"{URL}?color=red")).status_code == 422


@pytest.mark.parametrize(
    ("changes", "status", "field"),
    [
        ({"name": None}, 422, "name"),
        ({"name": "a.exe"}, 422, "name"),
        ({"name": "x" * 201}, 422, "name"),
        ({"content": b""}, 422, "name"),
        ({"lead_id": None}, 422, "lead_id"),
        ({"lead_id": 999999}, 422, "lead_id"),
        ({"lead_id": "one"}, 422, "lead_id"),
        ({"company_id": 1}, 422, "lead_id"),
        ({"color": "red"}, 422, "color"),
        ({"headers": {"content-type": "application/json"}}, 415, None),
    ],
)
async def test_what_is_wrong_is_named(
    keyed: Keyed, context: AppContext, lead: Lead, changes: dict[str, Any], status: int, field: str | None
):
    program = await keyed("files:write")
    answer = await add(program, lead, **changes)
    assert answer.status_code == status, answer.text
    if field:
        assert [error["field"] for error in answer.json()["errors"]] == [field]
    async with context.db.connection() as conn:
        assert await conn.fetchval("SELECT count(*) FROM files") == 0


async def test_a_file_that_is_too_large_gets_413_with_the_limit(keyed: Keyed, lead: Lead, database_url: str):
    program = await keyed("files:write")
    async with serving(load(environment(database_url, FILE_LIMIT_MB="1"))) as client:
        client.headers.update(program.headers)
        answer = await add(client, lead, b"x" * 1_000_001)
    assert (answer.status_code, "larger than 1 MB" in answer.json()["detail"]) == (413, True)


async def test_a_key_needs_the_scope(keyed: Keyed, lead: Lead):
    writer, reader, other = await keyed("files:write"), await keyed("files:read"), await keyed("leads:read")
    file_id = (await add(writer, lead)).json()["id"]
    assert (await add(reader, lead)).status_code == 403
    assert (await writer.get(f"{URL}/{file_id}/content")).status_code == 403
    for path in (URL, f"{URL}/{file_id}", f"{URL}/{file_id}/content"):
        assert (await other.get(path)).status_code == 403
        assert (await reader.get(path)).status_code == 200
    assert (await reader.delete(f"{URL}/{file_id}", headers={"if-match": "*"})).status_code == 403


async def test_the_same_idempotency_key_adds_one_file(keyed: Keyed, lead: Lead):
    program = await keyed("files:read", "files:write")
    headers = {"idempotency-key": "offer-of-grace"}
    answers = [await add(program, lead, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json()["id"] == answers[1].json()["id"]
    assert (await add(program, lead, b"another", headers=headers)).status_code == 422


async def test_the_document_describes_bytes(client: httpx.AsyncClient):
    paths = (await client.get("/api/v1/openapi.json")).json()["paths"]
    assert "application/octet-stream" in paths[URL]["post"]["requestBody"]["content"]
    assert "application/octet-stream" in paths[f"{URL}/{{id}}/content"]["get"]["responses"]["200"]["content"]


async def test_a_file_of_an_e_mail_is_read(keyed: Keyed, context: AppContext):
    async with context.db.transaction() as conn:
        await mailbox.store(conn, RAW)
    await due_jobs.run(context)
    program = await keyed("emails:read")
    email = (await program.get("/api/v1/emails")).json()["data"][0]
    assert email["attachments"]
    answer = await program.get(f"/api/v1/emails/{email['id']}/attachments/1/content")
    assert (answer.status_code, answer.content) == (200, b"%PDF-1.7")
    assert (await program.get(f"/api/v1/emails/{email['id']}/attachments/99/content")).status_code == 404
    assert (await (await keyed("files:read")).get(answer.url.path)).status_code == 403
