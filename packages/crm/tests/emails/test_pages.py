"""E-mails on pages: the tray of the inbox, attaching, timelines, and files that no browser opens in our name."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import due_jobs
import httpx
import pytest
import received_mails as samples
from conftest import environment, serving

from crm.accounts.permissions import Role
from crm.config import load
from crm.inbound import mailbox
from crm.kernel.actor import SYSTEM
from crm.kernel.app_context import AppContext
from crm.records import emails, leads
from crm.records.emails.models import Email
from crm.records.leads import Lead, NewLead

EARLIER = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


async def receive(context: AppContext, raw: bytes) -> Email:
    async with context.db.transaction() as conn:
        await mailbox.store(conn, raw)
    await due_jobs.run(context)
    async with context.db.connection() as conn:
        return (await emails.actions.list_emails(conn, emails.forms.EmailFilter(sort="-received_at"))).data[0]


async def create_lead(context: AppContext, email: str = "howard@other.example") -> Lead:
    form = NewLead(name="Howard Aiken", email=email, message="A second pair of eyes")
    async with context.db.transaction() as conn:
        return await leads.create(conn, form, by=SYSTEM, channel="site", received_at=EARLIER)


async def read(context: AppContext, email_id: int) -> Email:
    async with context.db.connection() as conn:
        return await emails.get(conn, email_id)


async def test_an_e_mail_that_matches_nothing_waits_in_the_inbox(signed_in: httpx.AsyncClient, context: AppContext):
    email = await receive(context, samples.APPLE)
    page = (await signed_in.get("/inbox?tab=mail")).text
    assert 'E-mail <span class="count">1</span>' in page
    assert f'href="/inbox?tab=mail&amp;email={email.id}"' in page
    opened = (await signed_in.get(f"/inbox?tab=mail&email={email.id}")).text
    for words in ("Zoë Laurent", "zoe@paperlantern.example", "It happens every morning.", "Sender not verified"):
        assert words in opened


async def test_attaching_to_a_lead_shows_it_in_the_timeline_and_can_be_undone(
    signed_in: httpx.AsyncClient, context: AppContext
):
    email, lead = await receive(context, samples.OUTLOOK), await create_lead(context)
    answer = await signed_in.post(f"/emails/{email.id}/attach", data={"lead_id": str(lead.id)})
    assert answer.headers["location"] == f"/leads/{lead.id}"
    page = (await signed_in.get(f"/leads/{lead.id}")).text
    assert "Freitag passt uns gut, für 1.200 €." in page
    assert re.search(r"<summary[^>]*>Quoted text</summary>.*Können wir am Freitag sprechen\?", page, re.DOTALL)
    undo = re.search(r'<form method="post" action="(/emails/\d+/detach)"', page)
    assert undo is not None
    await signed_in.post(undo.group(1))
    assert (await read(context, email.id)).state == "unmatched"
    assert "Freitag passt uns gut" not in (await signed_in.get(f"/leads/{lead.id}")).text


async def test_the_contact_shows_the_messages_of_its_leads(signed_in: httpx.AsyncClient, context: AppContext):
    lead = await create_lead(context, "grace@navy.example")
    await receive(context, samples.GMAIL)
    page = (await signed_in.get(f"/contacts/{lead.contact_id}")).text
    assert "Sounds good 👍" in page
    assert "Sender not verified" not in page


async def test_attaching_to_a_contact_takes_its_address_or_name(signed_in: httpx.AsyncClient, context: AppContext):
    email, lead = await receive(context, samples.OUTLOOK), await create_lead(context)
    answer = await signed_in.post(f"/emails/{email.id}/attach", data={"contact": "howard@other.example"})
    assert answer.headers["location"] == f"/contacts/{lead.contact_id}"


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ({"lead_id": ""}, "Choose a lead, or write the address or name of a contact."),
        ({"lead_id": "999999"}, "This lead was deleted."),
        ({"lead_id": "x"}, "Lead"),
        ({"contact": "nobody"}, "There is no contact with this"),
    ],
)
async def test_a_record_that_is_not_there_is_named_and_nothing_changes(
    signed_in: httpx.AsyncClient, context: AppContext, sent: dict[str, str], says: str
):
    email = await receive(context, samples.OUTLOOK)
    answer = await signed_in.post(f"/emails/{email.id}/attach", data=sent)
    assert answer.status_code == 422
    assert says in answer.text
    assert (await read(context, email.id)).state == "unmatched"


async def test_a_lead_is_created_from_an_e_mail_once(signed_in: httpx.AsyncClient, context: AppContext):
    email = await receive(context, samples.GMAIL)
    page = (await signed_in.get(f"/inbox?tab=mail&email={email.id}")).text
    once = re.search(r'name="once" value="([^"]+)"', page).group(1)  # type: ignore[union-attr]
    answers = [await signed_in.post(f"/emails/{email.id}/new-lead", data={"once": once}) for _ in range(2)]
    assert answers[0].headers["location"] == answers[1].headers["location"]
    async with context.db.connection() as conn:
        row = await conn.fetchrow("SELECT id, name, email, title, message, status FROM leads")
    assert tuple(row)[1:] == (
        "Grace Hopper", "grace@navy.example", "Re: Your compiler", "Sounds good 👍\n\nGrace", "new",
    )  # fmt: skip
    assert (await read(context, email.id)).lead_id == row["id"]


async def test_a_dismissed_e_mail_can_be_restored(signed_in: httpx.AsyncClient, context: AppContext):
    email = await receive(context, samples.APPLE)
    answer = await signed_in.post(f"/emails/{email.id}/dismiss")
    page = await signed_in.get(answer.headers["location"])
    assert "No e-mail to sort" in page.text
    assert f'action="/emails/{email.id}/restore"' in page.text
    await signed_in.post(f"/emails/{email.id}/restore")
    assert (await read(context, email.id)).state == "unmatched"
    again = await signed_in.post(f"/emails/{email.id}/restore")
    assert again.status_code == 409


async def test_the_original_is_a_file_that_no_browser_opens(signed_in: httpx.AsyncClient, context: AppContext):
    email = await receive(context, samples.GMAIL)
    answer = await signed_in.get(f"/emails/{email.id}/raw")
    assert answer.content == samples.GMAIL
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert (await signed_in.get("/emails/999999/raw")).status_code == 404


async def test_a_file_of_a_message_is_downloaded_and_never_opened(signed_in: httpx.AsyncClient, context: AppContext):
    lead = await create_lead(context, "zoe@paperlantern.example")
    email = await receive(context, samples.APPLE)
    url = f"/emails/{email.id}/attachments/1/raw"
    for page in (f"/emails/{email.id}", f"/leads/{lead.id}"):
        assert f'href="{url}"' in (await signed_in.get(page)).text
    answer = await signed_in.get(url)
    assert answer.content == b"\x89PNG\r\n\x1a\n"
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''screen.png"
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert answer.headers["x-content-type-options"] == "nosniff"
    for wrong in (f"/emails/{email.id}/attachments/2/raw", "/emails/999999/attachments/1/raw"):
        assert (await signed_in.get(wrong)).status_code == 404


async def test_markup_of_a_sender_stays_text(signed_in: httpx.AsyncClient, context: AppContext):
    raw = samples.write(
        '"<script>alert(1)</script>" <eve@evil.example>', subject="<img src=x onerror=alert(1)>",
        text="<script>alert(2)</script>",
    )  # fmt: skip
    email = await receive(context, raw)
    for url in (f"/emails/{email.id}", f"/inbox?tab=mail&email={email.id}"):
        page = (await signed_in.get(url)).text
        assert "<script>alert" not in page
        assert "<img src=x" not in page


async def test_an_e_mail_in_a_timeline_cannot_be_edited(signed_in: httpx.AsyncClient, context: AppContext):
    lead = await create_lead(context, "grace@navy.example")
    await receive(context, samples.GMAIL)
    async with context.db.connection() as conn:
        activity_id = await conn.fetchval("SELECT id FROM activities WHERE email_id IS NOT NULL")
    assert f"/activities/{activity_id}/edit" not in (await signed_in.get(f"/leads/{lead.id}")).text
    answer = await signed_in.post(f"/activities/{activity_id}/delete")
    assert answer.status_code == 409
    assert "This is an e-mail" in answer.text


async def test_the_page_warns_of_an_address_that_returns_mail(signed_in: httpx.AsyncClient, context: AppContext):
    lead = await create_lead(context, "grace@navy.example")
    async with context.db.transaction() as conn:
        await emails.mark_bounce(conn, "grace@navy.example", "grace@navy.example", "550 User unknown", EARLIER)
    for url in (f"/leads/{lead.id}", f"/contacts/{lead.contact_id}"):
        assert "550 User unknown" in (await signed_in.get(url)).text


async def test_a_viewer_reads_e_mail_and_moves_none(
    signed_in_as: Callable[[Role], Awaitable[httpx.AsyncClient]], context: AppContext
):
    viewer = await signed_in_as("viewer")
    email = await receive(context, samples.APPLE)
    page = (await viewer.get(f"/emails/{email.id}")).text
    assert "It happens every morning." in page
    assert f'/emails/{email.id}/attach"' not in page
    assert (await viewer.post(f"/emails/{email.id}/dismiss")).status_code == 403


async def test_everybody_has_an_address_for_bcc(
    signed_in_as: Callable[[Role], Awaitable[httpx.AsyncClient]], context: AppContext
):
    member = await signed_in_as("member")
    page = (await member.get("/settings/mail")).text
    address = re.search(r"crm\+u\d+\.[0-9a-f]{20}@in\.crm\.test", page)
    assert address is not None
    async with context.db.connection() as conn:
        user_id = await conn.fetchval("SELECT id FROM users")
    assert emails.read_address(context, address.group(0)) == ("user", user_id)
    assert "None yet" in page
    async with context.db.transaction() as conn:
        lead = await leads.create(conn, leads.NewLead(name="Grace", email="grace@navy.example"), by=SYSTEM)
    await member.post("/emails", data={"lead_id": lead.id, "to": lead.email, "subject": "Hi", "body": "Friday?"})
    assert "None yet" in (await member.get("/settings/mail")).text, "What we send is no received mail."
    await receive(context, samples.GMAIL)
    assert "None yet" not in (await member.get("/settings/mail")).text


async def test_without_an_address_the_page_says_what_to_set(
    database_url: str, context: AppContext, signed_in: httpx.AsyncClient
):
    config = load(environment(database_url, MAIL_INBOUND=""))
    async with serving(config) as client:
        client.cookies.update(signed_in.cookies)
        assert "<code>MAIL_INBOUND</code>" in (await client.get("/settings/mail")).text
