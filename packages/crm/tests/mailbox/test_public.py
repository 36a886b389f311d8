"""The signed addresses where mail servers and Resend hand over received messages."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import AsyncIterator
from typing import Any

import due_jobs
import httpx
import msgspec
import pytest
import received_mails as samples
from conftest import environment, serving
from http_sink import HttpSink, Reply, run_http_sink

from crm.config import load
from crm.inbound import mailbox
from crm.inbound.mailbox import resend
from crm.kernel import clock
from crm.kernel.app_context import AppContext
from crm.records import emails

RAW, RESEND = "/api/mail/inbound", "/api/mail/resend"
SECRETS = {RAW: environment("")["MAIL_INBOUND_SECRET"], RESEND: environment("")["RESEND_WEBHOOK_SECRET"]}
TYPES = {RAW: "message/rfc822", RESEND: "application/json"}
EVENT = {
    "type": "email.received",
    "created_at": "2026-11-27T09:12:00Z",
    "data": {
        "email_id": "56761188-7520-42d8-8898-ff6fc54ce618", "from": "Grace <grace@navy.example>",
        "to": ["crm@in.crm.test"], "message_id": "<one@navy.example>", "subject": "Our compiler", "attachments": [],
    },
}  # fmt: skip


def sign(path: str, body: bytes, *, at: float | None = None, secret: str = "") -> dict[str, str]:
    """The headers by Standard Webhooks, whose names Svix begins with its own."""
    moment = str(int(at or clock.now().timestamp()))
    key = base64.b64decode((secret or SECRETS[path]).removeprefix("whsec_"))
    digest = hmac.digest(key, f"msg_1.{moment}.".encode() + body, "sha256")
    prefix = "webhook" if path == RAW else "svix"
    return {
        f"{prefix}-id": "msg_1", f"{prefix}-timestamp": moment,
        f"{prefix}-signature": f"v1,bm90aGluZw== v1,{base64.b64encode(digest).decode()}", "content-type": TYPES[path],
    }  # fmt: skip


async def post(client: httpx.AsyncClient, path: str, body: bytes, **how: Any) -> httpx.Response:
    return await client.post(path, content=body, headers=sign(path, body, **how))


async def list_emails(context: AppContext) -> list[emails.models.Email]:
    async with context.db.connection() as conn:
        return (await emails.actions.list_emails(conn, emails.forms.EmailFilter())).data


async def test_a_signed_message_is_stored_once_and_read(client: httpx.AsyncClient, context: AppContext):
    for stored in (True, False):
        answer = await post(client, RAW, samples.OUTLOOK)
        assert (answer.status_code, answer.json()) == (202, {"stored": stored})
    await due_jobs.run(context)
    (email,) = await list_emails(context)
    assert (email.subject, email.state) == ("AW: Ihr Compiler", "unmatched")


async def test_bytes_that_are_no_text_can_be_signed(client: httpx.AsyncClient):
    assert (await post(client, RAW, b"From: a@b.example\r\n\r\n\xff\xfe\x00")).status_code == 202


@pytest.mark.parametrize("path", [RAW, RESEND])
@pytest.mark.parametrize(
    ("how", "says"),
    [
        ({"secret": "whsec_" + "c" * 32}, "is not that of this body"),
        ({"at": 1_700_000_000.0}, "minutes off"),
        (None, "Send the headers"),
    ],
)
async def test_a_wrong_signature_is_refused(
    client: httpx.AsyncClient, context: AppContext, path: str, how: dict[str, Any] | None, says: str
):
    headers = {"content-type": TYPES[path]} if how is None else sign(path, b"{}", **how)
    answer = await client.post(path, content=b"{}", headers=headers)
    assert answer.status_code == 401
    assert says in answer.json()["detail"]
    assert await list_emails(context) == []


@pytest.mark.parametrize("path", [RAW, RESEND])
async def test_without_a_secret_there_is_no_such_address(database_url: str, path: str):
    config = load(environment(database_url, MAIL_INBOUND_SECRET="", RESEND_WEBHOOK_SECRET=""))
    async with serving(config) as client:
        assert (await post(client, path, b"{}")).status_code == 404


async def test_fifty_megabytes_are_refused_with_the_limit(client: httpx.AsyncClient, context: AppContext):
    answer = await post(client, RAW, samples.write(text="x" * 50_000_000))
    assert answer.status_code == 413
    assert "At most 26,214,400 bytes fit." in answer.json()["detail"]
    assert await list_emails(context) == []


@pytest.mark.parametrize(("body", "kind", "status"), [(b" \r\n", "message/rfc822", 400), (b"x", "text/plain", 415)])
async def test_what_is_no_message_is_refused(client: httpx.AsyncClient, body: bytes, kind: str, status: int):
    headers = sign(RAW, body) | {"content-type": kind}
    assert (await client.post(RAW, content=body, headers=headers)).status_code == status


def with_key(context: AppContext) -> AppContext:
    """The system with a key of Resend."""
    config = msgspec.structs.replace(context.config, resend_api_key="re_test")
    return msgspec.structs.replace(context, config=config)


async def test_without_a_key_the_reason_is_named(client: httpx.AsyncClient, context: AppContext):
    await post(client, RESEND, json.dumps(EVENT).encode())
    ((_, payload, _),) = await due_jobs.list_jobs(context)
    with pytest.raises(resend.FetchError, match="RESEND_API_KEY is not set"):
        await mailbox.fetch(context, payload)


@pytest.fixture
async def api(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[HttpSink]:
    """The API of Resend on loopback: first it names the message, then it gives it."""
    async with run_http_sink() as sink:
        monkeypatch.setattr(resend, "API", sink.url)
        named = json.dumps({"raw": {"download_url": f"{sink.url}/raw"}}).encode()
        sink.replies = [Reply(body=named), Reply(body=samples.GMAIL)]
        yield sink


async def test_an_event_of_resend_has_its_message_fetched(
    client: httpx.AsyncClient, context: AppContext, api: HttpSink
):
    body = json.dumps(EVENT).encode()
    for stored in (True, False):
        assert (await post(client, RESEND, body)).json() == {"stored": stored}
    await due_jobs.run(with_key(context))
    (email,) = await list_emails(context)
    assert (email.subject, email.message_id, email.verified) == ("Re: Your compiler", "one@navy.example", True)
    assert [request.path for request in api.received] == [f"/hook/{EVENT['data']['email_id']}", "/hook/raw"]


async def test_another_event_of_resend_is_taken_and_forgotten(client: httpx.AsyncClient, context: AppContext):
    body = json.dumps(EVENT | {"type": "email.delivered"}).encode()
    assert (await post(client, RESEND, body)).json() == {"stored": False}
    assert await list_emails(context) == []


async def test_a_message_that_resend_got_back_marks_the_address(client: httpx.AsyncClient, context: AppContext):
    data = EVENT["data"] | {"to": ["Grace@Navy.example"], "bounce": {"message": "550 unknown", "type": "Permanent"}}
    body = json.dumps(EVENT | {"type": "email.bounced", "data": data}).encode()
    assert (await post(client, RESEND, body)).json() == {"stored": False}
    async with context.db.connection() as conn:
        row = await conn.fetchrow("SELECT email_key, reason FROM bounces")
    assert tuple(row) == ("grace@navy.example", "550 unknown")


@pytest.mark.parametrize("body", [b"[]", b"{", b'{"type": "email.received", "data": {"email_id": "../x"}}'])
async def test_a_malformed_event_is_refused(client: httpx.AsyncClient, body: bytes):
    assert (await post(client, RESEND, body)).status_code == 400


@pytest.mark.parametrize(
    ("replies", "says"),
    [
        ([Reply(status=503)], "Resend answered 503."),
        ([Reply(body=b"{}")], "names no message"),
        ([Reply(body=b'{"raw": {"download_url": "http://evil.example/x"}}')], "none of its own"),
    ],
)
async def test_a_failed_fetch_is_tried_again_and_loses_nothing(
    client: httpx.AsyncClient, context: AppContext, api: HttpSink, replies: list[Reply], says: str
):
    good, api.replies = api.replies, replies
    await post(client, RESEND, json.dumps(EVENT).encode())
    ((name, payload, _),) = await due_jobs.list_jobs(context)
    assert name == mailbox.FETCH_JOB
    with pytest.raises(resend.FetchError, match=says):
        await mailbox.fetch(with_key(context), payload)
    assert [email.state for email in await list_emails(context)] == ["received"]
    api.replies = good
    await due_jobs.run(with_key(context))
    assert [email.state for email in await list_emails(context)] == ["unmatched"]
