"""Writing and sending: templates, signature, undo, schedule, threads, and a mail server that fails half-way."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import due_jobs
import httpx
import msgspec
import pytest
import received_mails as samples
from conftest import environment, serving
from http_sink import run_http_sink
from smtp_sink import SmtpSink, run_smtp_sink
from tls import create_tls_contexts

from crm.config import load
from crm.inbound import mailbox
from crm.kernel import clock, mail
from crm.kernel.actor import SYSTEM
from crm.kernel.app_context import AppContext
from crm.records import emails, leads
from crm.records.emails.models import Email
from crm.records.leads import Lead, NewLead

EARLIER = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
SENT = {"to": "grace@navy.example", "subject": "Your compiler", "body": "Could we talk on Friday?"}


@pytest.fixture
async def box() -> AsyncIterator[SmtpSink]:
    async with run_smtp_sink() as box:
        yield box


@pytest.fixture
async def lead(clean: AppContext) -> Lead:
    form = NewLead(name="Grace Hopper", email="grace@navy.example", company="Navy", message="Our compiler is slow.")
    async with clean.db.transaction() as conn:
        return await leads.create(conn, form, by=SYSTEM, channel="site", received_at=EARLIER)


def with_server(context: AppContext, box: SmtpSink, **changes: str) -> AppContext:
    settings = {"smtp_url": box.url, "mail_from": "Octatech <hello@crm.test>"} | changes
    return msgspec.structs.replace(context, config=msgspec.structs.replace(context.config, **settings))


async def post(client: httpx.AsyncClient, lead: Lead, **changes: Any) -> httpx.Response:
    return await client.post("/emails", data=SENT | {"lead_id": str(lead.id)} | changes)


async def run_later(context: AppContext, **passed: int) -> None:
    await due_jobs.run(context, clock.now() + timedelta(**(passed or {"seconds": 11})))


async def read_newest(context: AppContext) -> Email:
    async with context.db.connection() as conn:
        return (await emails.actions.list_emails(conn, emails.forms.EmailFilter(sort="-received_at"))).data[0]


async def read_status(context: AppContext, lead: Lead) -> str:
    async with context.db.connection() as conn:
        return (await leads.get(conn, lead.id)).status


async def test_an_answer_is_sent_after_ten_seconds_and_stops_the_clock(
    signed_in: httpx.AsyncClient, context: AppContext, box: SmtpSink, lead: Lead
):
    answer = await post(signed_in, lead)
    assert answer.headers["location"] == f"/leads/{lead.id}"
    await due_jobs.run(with_server(context, box))
    assert box.mails == []
    assert "is sent" in (await signed_in.get(f"/leads/{lead.id}")).text
    await run_later(with_server(context, box))
    (sent,) = box.mails
    assert (sent["From"], sent["To"], sent["Subject"]) == (
        "Ada Lovelace <hello@octatech.xyz>", "grace@navy.example", "Your compiler",
    )  # fmt: skip
    assert sent.get_content().split() == SENT["body"].split()
    # Answers reach Ada, and the lead.
    assert "ada@crm.test" in sent["Reply-To"]
    assert f"crm+l{lead.id}." in sent["Reply-To"]
    assert await read_status(context, lead) == "contacted"
    page = (await signed_in.get(f"/leads/{lead.id}")).text
    assert "Could we talk on Friday?" in page
    assert "sent an e-mail" in page


async def test_undo_keeps_the_message_from_being_sent_and_gives_the_text_back(
    signed_in: httpx.AsyncClient, context: AppContext, box: SmtpSink, lead: Lead
):
    page = await signed_in.get((await post(signed_in, lead, bcc="boss@crm.test")).headers["location"])
    undo = re.search(r'action="(/emails/\d+/cancel)"', page.text)
    assert undo is not None
    back = await signed_in.post(undo.group(1))
    form = (await signed_in.get(back.headers["location"])).text
    for words in ("Could we talk on Friday?", "boss@crm.test", "Your compiler", "Your text is still here."):
        assert words in form
    await run_later(with_server(context, box))
    assert box.mails == []
    assert await read_status(context, lead) == "new"
    assert (await signed_in.post(undo.group(1))).status_code == 409


async def test_a_message_waits_for_its_time(
    signed_in: httpx.AsyncClient, context: AppContext, box: SmtpSink, lead: Lead
):
    local = clock.now() + timedelta(days=2)
    await post(signed_in, lead, at_local=f"{local:%Y-%m-%dT%H:%M}")
    await run_later(with_server(context, box), days=1)
    assert box.mails == []
    await run_later(with_server(context, box), days=3)
    assert len(box.mails) == 1


async def test_a_message_to_a_record_that_was_deleted_meanwhile_is_not_sent(
    signed_in: httpx.AsyncClient, context: AppContext, box: SmtpSink, lead: Lead
):
    local = clock.now() + timedelta(days=2)
    await post(signed_in, lead, at_local=f"{local:%Y-%m-%dT%H:%M}")
    await signed_in.post(f"/leads/{lead.id}/delete", data={"version": "1"})
    await run_later(with_server(context, box), days=3)
    assert box.mails == []
    email = await read_newest(context)
    assert "was deleted" in (await signed_in.get(f"/inbox?tab=mail&email={email.id}")).text


async def test_a_record_that_is_deleted_during_the_hand_over_does_not_double_the_message(
    signed_in: httpx.AsyncClient, context: AppContext, box: SmtpSink, lead: Lead
):
    await post(signed_in, lead)
    box.on_mail = lambda: signed_in.post(f"/leads/{lead.id}/delete", data={"version": "1"})
    await run_later(with_server(context, box))
    await run_later(with_server(context, box), days=2)
    assert len(box.mails) == 1
    assert (await read_newest(context)).state == "unmatched"


async def test_a_time_that_has_passed_is_refused(signed_in: httpx.AsyncClient, lead: Lead):
    answer = await post(signed_in, lead, at_local="2020-01-01T10:00")
    assert (answer.status_code, "Choose a time in the future" in answer.text) == (422, True)


async def test_a_conversation_is_threaded_both_ways(
    signed_in: httpx.AsyncClient, context: AppContext, box: SmtpSink, lead: Lead
):
    async with context.db.transaction() as conn:
        await mailbox.store(conn, samples.write(message_id="one@navy.example"))
    await due_jobs.run(context)
    form = (await signed_in.get(f"/emails/new?lead_id={lead.id}")).text
    assert 'value="Re: Our compiler"' in form
    answers = re.search(r'name="answers" value="(\d+)"', form)
    assert answers is not None
    await post(signed_in, lead, answers=answers.group(1), quote="1")
    await run_later(with_server(context, box))
    (sent,) = box.mails
    assert (sent["In-Reply-To"], sent["References"]) == ("<one@navy.example>", "<one@navy.example>")
    assert "Grace Hopper wrote:\n> Friday suits us." in sent.get_content().replace("\r\n", "\n")
    # The customer's program answers that message, from another address.
    raw = samples.write(
        "Howard <howard@elsewhere.example>", message_id="three@x", headers=f"In-Reply-To: {sent['Message-ID']}\n"
    )
    async with context.db.transaction() as conn:
        await mailbox.store(conn, raw)
    await due_jobs.run(context)
    assert (await read_newest(context)).lead_id == lead.id


async def test_a_form_that_is_posted_twice_sends_one_message(
    signed_in: httpx.AsyncClient, context: AppContext, box: SmtpSink, lead: Lead
):
    for _ in range(2):
        await post(signed_in, lead, once="x" * 20)
    await run_later(with_server(context, box))
    assert len(box.mails) == 1


async def test_cc_and_bcc_get_it_and_bcc_stays_secret(
    signed_in: httpx.AsyncClient, context: AppContext, box: SmtpSink, lead: Lead
):
    await post(signed_in, lead, cc="Howard <howard@navy.example>", bcc="boss@crm.test; me@crm.test")
    await run_later(with_server(context, box))
    assert box.recipients == [["grace@navy.example", "howard@navy.example", "boss@crm.test", "me@crm.test"]]
    assert "boss" not in box.mails[0].as_string()


async def test_a_user_writes_from_the_own_address_if_it_is_of_our_domain(
    signed_in: httpx.AsyncClient, context: AppContext, box: SmtpSink, lead: Lead, database_url: str
):
    config = load(environment(database_url, MAIL_FROM="Octatech <hello@crm.test>"))
    async with serving(config) as client:
        client.cookies.update(signed_in.cookies)
        await post(client, lead)
    await run_later(with_server(context, box))
    assert box.mails[0]["From"] == "Ada Lovelace <ada@crm.test>"


async def test_a_server_that_speaks_starttls_gets_it_encrypted(
    signed_in: httpx.AsyncClient, context: AppContext, lead: Lead, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    tls, _ = create_tls_contexts("localhost", tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "both.pem"))
    async with run_smtp_sink(tls=tls) as box:
        await post(signed_in, lead)
        await run_later(with_server(context, box, smtp_url=f"smtp://localhost:{box.port}"))
        assert box.encrypted == [True]


async def test_a_refused_message_is_tried_again_then_shown_with_a_button(
    signed_in: httpx.AsyncClient, context: AppContext, box: SmtpSink, lead: Lead
):
    box.refusal = "550 no such person"
    await post(signed_in, lead)
    await run_later(with_server(context, box))
    page = (await signed_in.get(f"/leads/{lead.id}")).text
    assert "is not sent yet" in page
    assert "550 no such person" in page
    for days in range(1, 5):
        await run_later(with_server(context, box), days=days)
    page = (await signed_in.get(f"/leads/{lead.id}")).text
    assert "could not be sent" in page
    assert await read_status(context, lead) == "new"
    # Whoever is not on the page of the lead reads of it on Today and in the inbox.
    assert "1 e-mail in the inbox" in (await signed_in.get("/")).text
    tray = (await signed_in.get("/inbox?tab=mail")).text
    assert "To grace@navy.example" in tray
    assert "Not sent" in tray
    box.refusal = ""
    again = re.search(r'action="(/emails/\d+/send-again)"', page)
    assert again is not None
    assert (await signed_in.post(again.group(1))).headers["location"] == f"/leads/{lead.id}"
    await run_later(with_server(context, box), days=5)
    assert len(box.mails) == 1
    assert (await signed_in.post(again.group(1))).status_code == 409
    assert "Not sent" not in (await signed_in.get("/inbox?tab=mail")).text


async def test_a_connection_that_breaks_after_the_handover_is_not_tried_again_by_itself(
    signed_in: httpx.AsyncClient, context: AppContext, box: SmtpSink, lead: Lead
):
    box.hangs_up = True
    await post(signed_in, lead)
    await run_later(with_server(context, box))
    await run_later(with_server(context, box), days=2)
    assert len(box.mails) == 1
    page = (await signed_in.get(f"/leads/{lead.id}")).text
    assert "It may have arrived all the same" in page
    assert "/send-again" in page


async def test_a_recipient_who_is_refused_among_others_is_named(
    signed_in: httpx.AsyncClient, context: AppContext, box: SmtpSink, lead: Lead
):
    box.refused = {"gone@navy.example": "550 gone"}
    await post(signed_in, lead, cc="gone@navy.example")
    await run_later(with_server(context, box))
    await run_later(with_server(context, box), days=1)
    assert box.recipients == [["grace@navy.example"]]
    email = await read_newest(context)
    assert "One of the recipients was refused: 550 gone" in email.problem
    assert "550 gone" in (await signed_in.get(f"/emails/{email.id}")).text


async def test_resend_gets_thread_and_recipients_and_the_same_key_each_time(
    signed_in: httpx.AsyncClient, context: AppContext, lead: Lead, monkeypatch: pytest.MonkeyPatch
):
    await post(signed_in, lead, bcc="boss@crm.test")
    async with run_http_sink() as resend:
        monkeypatch.setattr(mail, "RESEND", resend.url)
        config = msgspec.structs.replace(context.config, resend_api_key="re_test")
        await run_later(msgspec.structs.replace(context, config=config))
        (got,) = resend.received
    body = msgspec.json.decode(got.body)
    assert (body["to"], body["bcc"], body["subject"]) == (["grace@navy.example"], ["boss@crm.test"], "Your compiler")
    assert body["reply_to"][0] == "ada@crm.test"
    email = await read_newest(context)
    assert body["headers"] == {"References": f"<{email.message_id}>"}
    assert got.headers["idempotency-key"] == email.message_id


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"to": ""}, "Write to at least one address."),
        ({"to": "nobody"}, "nobody: Enter an e-mail address"),
        ({"cc": "a b@x.example"}, "Remove the space"),
        ({"to": ",".join(f"p{n}@navy.example" for n in range(21))}, "at most 20 addresses"),
        ({"subject": ""}, "Subject"),
        ({"body": "Hello {{first_name}}"}, "Replace {{first_name}} with what belongs there."),
        ({"lead_id": "999999"}, "There is no such lead."),
        ({"lead_id": "", "to": "stranger@x.example"}, "No contact has this address."),
    ],
)
async def test_a_wrong_field_is_named_and_nothing_is_sent_or_lost(
    signed_in: httpx.AsyncClient, context: AppContext, lead: Lead, changes: dict[str, str], says: str
):
    answer = await post(signed_in, lead, **({"body": "My long text"} | changes))
    assert answer.status_code == 422
    assert says in answer.text.replace("&#39;", "'")
    assert changes.get("body", "My long text") in answer.text
    async with context.db.connection() as conn:
        assert await conn.fetchval("SELECT count(*) FROM emails") == 0


async def test_a_template_is_inserted_with_the_facts_of_the_lead(signed_in: httpx.AsyncClient, lead: Lead):
    form = {
        "name": "First answer",
        "subject": "About {{title}}",
        "body": "Dear {{first_name}} of {{company}},\n\n{{sender}}",
    }
    assert (await signed_in.post("/settings/templates", data=form)).status_code == 303
    page = (await signed_in.get(f"/emails/new?lead_id={lead.id}")).text
    template = re.search(r'<option value="(\d+)">First answer', page)
    assert template is not None
    await signed_in.post("/settings/mail", data={"body": "Ada Lovelace\nOctatech"})
    body = "\n\n-- \nAda"
    inserted = await post(signed_in, lead, use="1", template_id=template.group(1), body=body)
    assert inserted.status_code == 200
    assert "Dear Grace of Navy,\n\nAda Lovelace\n\n-- \nAda" in inserted.text
    assert "About Our compiler is slow" in inserted.text
    assert "-- \nAda Lovelace\nOctatech" in (await signed_in.get(f"/emails/new?lead_id={lead.id}")).text


async def test_a_subject_ends_with_a_sentence_of_the_enquiry(signed_in: httpx.AsyncClient, context: AppContext):
    message = "Our compiler is slow. We want it to be faster by the end of this quarter, whatever that takes."
    async with context.db.transaction() as conn:
        lead = await leads.create(conn, NewLead(name="G", email="g@x.example", message=message), by=SYSTEM)
    assert lead.title.endswith("…")
    assert 'value="Re: Our compiler is slow"' in (await signed_in.get(f"/emails/new?lead_id={lead.id}")).text


async def test_a_template_for_a_contact_names_the_company(signed_in: httpx.AsyncClient, lead: Lead):
    await signed_in.post("/settings/templates", data={"name": "One", "subject": "Hi", "body": "You at {{company}}"})
    page = (await signed_in.get(f"/emails/new?contact_id={lead.contact_id}")).text
    template = re.search(r'<option value="(\d+)">One', page).group(1)  # type: ignore[union-attr]
    form = SENT | {"contact_id": str(lead.contact_id), "use": "1", "template_id": template, "body": ""}
    assert "You at Navy" in (await signed_in.post("/emails", data=form)).text


async def test_a_placeholder_without_a_value_is_marked(signed_in: httpx.AsyncClient, context: AppContext):
    async with context.db.transaction() as conn:
        lead = await leads.create(conn, NewLead(name="Grace", email="g@x.example"), by=SYSTEM, channel="api")
    await signed_in.post("/settings/templates", data={"name": "One", "subject": "Hi", "body": "You at {{company}}"})
    page = (await signed_in.get(f"/emails/new?lead_id={lead.id}")).text
    template = re.search(r'<option value="(\d+)">One', page).group(1)  # type: ignore[union-attr]
    inserted = await post(signed_in, lead, use="1", template_id=template, body="")
    assert inserted.status_code == 422
    assert "Replace {{company}} with what belongs there." in inserted.text
