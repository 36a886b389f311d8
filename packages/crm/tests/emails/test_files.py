"""Files of e-mails that users write: attached, kept by undo, schedule and failure, sent, and limited."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import due_jobs
import factories
import httpx
import msgspec
import pytest
from http_sink import run_http_sink
from smtp_sink import SmtpSink, run_smtp_sink

from crm.kernel import clock, mail
from crm.kernel.actor import SYSTEM
from crm.kernel.app_context import AppContext
from crm.records import leads
from crm.records.emails import attached_files
from crm.records.files import jobs
from crm.records.leads import Lead, NewLead

SENT = {"to": "grace@navy.example", "subject": "Our offer", "body": "See the files."}
PDF = b"%PDF-1.7\n" + bytes(range(256)) * 2000


@pytest.fixture
async def box() -> AsyncIterator[SmtpSink]:
    async with run_smtp_sink() as box:
        yield box


@pytest.fixture
async def lead(clean: AppContext) -> Lead:
    form = NewLead(name="Grace Hopper", email="grace@navy.example", message="Our compiler is slow.")
    async with clean.db.transaction() as conn:
        return await leads.create(conn, form, by=SYSTEM, channel="site")


def with_server(context: AppContext, **settings: str) -> AppContext:
    changed = {"mail_from": "Octatech <hello@crm.test>"} | settings
    return msgspec.structs.replace(context, config=msgspec.structs.replace(context.config, **changed))


async def attach(client: httpx.AsyncClient, lead: Lead, name: str, content: bytes, **more: Any) -> httpx.Response:
    form = SENT | {"lead_id": str(lead.id)} | more
    return await client.post("/emails/files", data=form, files=[("files", (name, content, "x/y"))])


def list_attached(page: str) -> list[str]:
    """The ids of the uploaded files that a form holds."""
    return re.findall(r'name="attached" type="checkbox" value="(\d+)" checked', page)


async def send(client: httpx.AsyncClient, lead: Lead, **more: Any) -> httpx.Response:
    return await client.post("/emails", data=SENT | {"lead_id": str(lead.id)} | more)


async def run_later(context: AppContext, box: SmtpSink, **passed: int) -> None:
    await due_jobs.run(with_server(context, smtp_url=box.url), clock.now() + timedelta(**(passed or {"seconds": 11})))


def read_files(message: Any) -> list[tuple[str, str, bytes]]:
    return [
        (part.get_filename(), part.get_content_type(), part.get_payload(decode=True))
        for part in message.iter_attachments()
    ]


async def add_to_record(client: httpx.AsyncClient, context: AppContext, lead: Lead, content: bytes = PDF) -> int:
    await client.post(f"/leads/{lead.id}/files", files=[("files", ("Contract.pdf", content, "x/y"))])
    async with context.db.connection() as conn:
        file_id: int = await conn.fetchval("SELECT max(id) FROM files")
        return file_id


async def test_an_uploaded_file_and_one_of_the_record_are_in_the_sent_mail(
    signed_in: httpx.AsyncClient, context: AppContext, box: SmtpSink, lead: Lead
):
    file_id = await add_to_record(signed_in, context, lead)
    page = await attach(signed_in, lead, "Prices ü.csv", b"a,b")
    assert (page.status_code, "See the files." in page.text, "Contract.pdf" in page.text) == (200, True, True)
    form = {"attached": list_attached(page.text), "record_files": str(file_id)}
    assert (await send(signed_in, lead, **form)).headers["location"] == f"/leads/{lead.id}"
    await run_later(context, box)
    (sent,) = box.mails
    text = sent.get_body(("plain",))
    assert text is not None
    assert text.get_content().split() == ["See", "the", "files."]
    assert read_files(sent) == [("Prices ü.csv", "text/csv", b"a,b"), ("Contract.pdf", "application/pdf", PDF)]
    page = await signed_in.get(f"/leads/{lead.id}")
    raws = re.findall(r'href="(/emails/\d+/attachments/\d/raw)"', page.text)
    assert [(await signed_in.get(raw)).content for raw in raws] == [b"a,b", PDF]
    # The message holds them now, so they are not stored twice.
    async with context.db.connection() as conn:
        assert await conn.fetchval("SELECT count(*) FROM email_files WHERE email_id IS NOT NULL") == 0


async def test_undo_gives_the_files_back_and_they_can_be_left_out(
    signed_in: httpx.AsyncClient, context: AppContext, box: SmtpSink, lead: Lead
):
    attached = list_attached((await attach(signed_in, lead, "one.txt", b"1")).text)
    attached = list_attached((await attach(signed_in, lead, "two.txt", b"2", attached=attached)).text)
    assert len(attached) == 2
    await send(signed_in, lead, attached=attached)
    async with context.db.connection() as conn:
        email_id = await conn.fetchval("SELECT max(id) FROM emails")
    waiting = await signed_in.get(f"/emails/{email_id}")
    assert ("one.txt" in waiting.text, "two.txt" in waiting.text) == (True, True)
    assert (await signed_in.get(f"/emails/{email_id}/attachments/2/raw")).content == b"2"
    assert (await signed_in.get(f"/emails/{email_id}/attachments/3/raw")).status_code == 404
    back = await signed_in.post(f"/emails/{email_id}/cancel")
    form = (await signed_in.get(back.headers["location"])).text
    assert ("one.txt" in form, "two.txt" in form) == (True, True)
    await send(signed_in, lead, attached=list_attached(form)[1:])
    await run_later(context, box)
    assert [read_files(each) for each in box.mails] == [[("two.txt", "text/plain", b"2")]]


async def test_a_scheduled_message_and_one_that_failed_keep_their_files(
    signed_in: httpx.AsyncClient, context: AppContext, box: SmtpSink, lead: Lead
):
    attached = list_attached((await attach(signed_in, lead, "one.txt", b"1")).text)
    local = clock.now() + timedelta(days=3)
    await send(signed_in, lead, attached=attached, at_local=f"{local:%Y-%m-%dT%H:%M}")
    # The form was left long ago, and nothing that waits is removed.
    with clock.at(clock.now() + timedelta(days=2)):
        await attached_files.forget_old(context, {})
        await jobs.remove_unused(context, {})
    box.refusal = "550 no such person"
    for days in (4, 5, 6, 7, 8):
        await run_later(context, box, days=days)
    again = re.search(r'action="(/emails/\d+/send-again)"', (await signed_in.get(f"/leads/{lead.id}")).text)
    assert again is not None
    box.refusal = ""
    await signed_in.post(again.group(1))
    await run_later(context, box, days=9)
    assert [read_files(each) for each in box.mails] == [[("one.txt", "text/plain", b"1")]]


async def test_files_that_are_too_large_together_are_refused_and_nothing_is_lost(
    signed_in: httpx.AsyncClient, context: AppContext, lead: Lead
):
    attached: list[str] = []
    for name in ("a.bin", "b.bin"):
        page = await attach(signed_in, lead, name, b"x" * 6_000_000, attached=attached)
        attached = list_attached(page.text)
    answer = await send(signed_in, lead, attached=attached)
    assert (answer.status_code, "The files have 12.0 MB together. At most 10 MB fit." in answer.text) == (422, True)
    assert ("See the files." in answer.text, list_attached(answer.text)) == (True, attached)


@pytest.mark.parametrize(
    ("name", "content", "status", "says"),
    [
        ("setup.exe", b"x", 422, "“setup.exe” is a program."),
        ("film.mp4", b"x" * 10_000_001, 413, "“film.mp4” is larger than 10 MB"),
        ("", b"", 422, "Choose a file first."),
    ],
)
async def test_what_is_not_accepted_is_named_beside_the_text(
    signed_in: httpx.AsyncClient, lead: Lead, name: str, content: bytes, status: int, says: str
):
    page = await attach(signed_in, lead, name, content)
    assert (page.status_code, says in page.text, "See the files." in page.text) == (status, True, True)


async def test_a_file_that_was_chosen_and_not_uploaded_is_not_forgotten_silently(
    signed_in: httpx.AsyncClient, lead: Lead
):
    answer = await send(signed_in, lead, files="offer.pdf")
    assert (answer.status_code, "offer.pdf is not uploaded yet." in answer.text) == (422, True)


async def test_a_deleted_or_foreign_file_is_not_attached(signed_in: httpx.AsyncClient, context: AppContext, lead: Lead):
    async with context.db.transaction() as conn:
        bob = await factories.create_user(conn, "Bob")
        content_id = await conn.fetchval("INSERT INTO file_contents (expires_at) VALUES (now()) RETURNING id")
        stored = attached_files.Stored("secret.txt", "text/plain", 1, content_id)
        (foreign,) = await attached_files.add(conn, [stored], bob.id, None)
    for form in ({"attached": str(foreign)}, {"record_files": "999999"}):
        answer = await send(signed_in, lead, **form)
        assert (answer.status_code, "One of the files was deleted." in answer.text) == (422, True)
        assert "secret.txt" not in answer.text


async def test_files_of_a_form_that_was_left_go_after_a_day(
    signed_in: httpx.AsyncClient, context: AppContext, lead: Lead
):
    await attach(signed_in, lead, "one.txt", b"1")
    for hours, left in ((12, 1), (30, 0), (30, 0)):
        with clock.at(clock.now() + timedelta(hours=hours)):
            await attached_files.forget_old(context, {})
            await jobs.remove_unused(context, {})
        async with context.db.connection() as conn:
            assert await conn.fetchval("SELECT count(*) FROM file_contents") == left


async def test_resend_gets_the_files(
    signed_in: httpx.AsyncClient, context: AppContext, lead: Lead, monkeypatch: pytest.MonkeyPatch
):
    attached = list_attached((await attach(signed_in, lead, "one.txt", b"1")).text)
    await send(signed_in, lead, attached=attached)
    async with run_http_sink() as resend:
        monkeypatch.setattr(mail, "RESEND", resend.url)
        later = clock.now() + timedelta(seconds=11)
        await due_jobs.run(with_server(context, resend_api_key="re_test"), later)
        (got,) = resend.received
    body = msgspec.json.decode(got.body)
    assert body["text"].strip() == "See the files."
    assert body["attachments"] == [{"filename": "one.txt", "content": "MQ=="}]


async def test_a_viewer_attaches_nothing(signed_in_as: Callable[..., Awaitable[httpx.AsyncClient]], lead: Lead):
    assert (await attach(await signed_in_as("viewer"), lead, "a.txt", b"1")).status_code == 403


async def test_a_program_attaches_files_of_records(
    signed_in: httpx.AsyncClient, context: AppContext, box: SmtpSink, lead: Lead
):
    file_id = await add_to_record(signed_in, context, lead, b"%PDF-1.7")
    async with context.db.transaction() as conn:
        bob = await factories.create_user(conn, "Bob")
        _, full = await factories.create_api_key(conn, "emails:write", "files:read", by=bob.actor)
        _, less = await factories.create_api_key(conn, "emails:write", by=bob.actor)
    sent = {"to": ["grace@navy.example"], "subject": "x", "body": "y", "lead_id": lead.id, "file_ids": [file_id]}
    for secret, status in ((full, 201), (less, 403)):
        headers = {"authorization": f"Bearer {secret}"}
        answer = await signed_in.post("/api/v1/emails", json=sent, headers=headers)
        assert answer.status_code == status
    headers = {"authorization": f"Bearer {full}"}
    wrong = await signed_in.post("/api/v1/emails", json=sent | {"file_ids": [999999]}, headers=headers)
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "files")
    await run_later(context, box)
    assert [read_files(each) for each in box.mails] == [[("Contract.pdf", "application/pdf", b"%PDF-1.7")]]
