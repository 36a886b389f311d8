from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import due_jobs
import factories
import httpx
import msgspec
import pytest
from apprise.plugins.discord import NotifyDiscord
from http_sink import Reply, run_http_sink
from smtp_sink import SmtpSink, run_smtp_sink

from crm.kernel import clock, events, mail
from crm.kernel.actor import SYSTEM, VISITOR
from crm.kernel.app_context import AppContext
from crm.outbound import notifications
from crm.outbound.notifications import actions, deliveries, jobs, messages, queries
from crm.outbound.notifications.models import Channel, Notification
from crm.outbound.webhooks.events import WebhookPaused
from crm.records import leads
from crm.workspace.operations import jobs as retention

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
DISCORD = "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js"
FORGED = "[Open lead](https://evil.example) **@everyone** <https://evil.example|here> `x`"


@pytest.fixture
async def box() -> AsyncIterator[SmtpSink]:
    async with run_smtp_sink() as box:
        yield box


@pytest.fixture
async def mailing(clean: AppContext, box: SmtpSink) -> AppContext:
    """The system with a mail server."""
    return msgspec.structs.replace(clean, config=msgspec.structs.replace(clean.config, smtp_url=box.url))


async def add_channel(context: AppContext, *kinds: str, target: str = "ada@crm.test") -> Channel:
    async with context.db.transaction() as conn:
        return await factories.create_channel(conn, context, *kinds, target=target)


async def capture_lead(context: AppContext, **values: object) -> leads.Lead:
    """A lead, as the form on the site makes it."""
    form = leads.NewLead(**{"name": "Grace Hopper", "email": "grace@navy.example", **values})  # type: ignore[arg-type]
    async with context.db.transaction() as conn:
        return await leads.create(conn, form, by=VISITOR, channel="site")


async def list_sent(context: AppContext, channel: Channel) -> list[Notification]:
    async with context.db.connection() as conn:
        return await deliveries.list_latest(conn, channel.id)


async def test_a_new_lead_is_notified_by_mail_with_a_link_to_it(mailing: AppContext, box: SmtpSink):
    channel = await add_channel(mailing, "lead.created")
    lead = await capture_lead(
        mailing,
        company="Navy",
        budget="from_5k_to_15k",
        project_type="existing_system",
        message="Our compiler\nis slow.",
    )
    await due_jobs.run(mailing)
    (message,) = box.mails
    assert message["to"] == "ada@crm.test"
    assert message["subject"] == "New lead: Grace Hopper, Navy"
    text = message.get_content()
    assert "It came through the form on the site." in text
    assert "Budget: €5,000 to €15,000" in text
    assert "“Our compiler is slow.”" in text
    assert text.rstrip().endswith(f"http://crm.test/leads/{lead.id}")
    (notification,) = await list_sent(mailing, channel)
    assert (notification.state, [attempt.error for attempt in notification.attempts]) == ("sent", [""])


async def test_a_mail_links_the_status_page_where_there_is_one(mailing: AppContext, box: SmtpSink):
    facts = mailing.config.site
    uptime = msgspec.structs.replace(facts.uptime, status_page="https://status.example.org/")
    site = msgspec.structs.replace(facts, uptime=uptime)
    linked = msgspec.structs.replace(mailing, config=msgspec.structs.replace(mailing.config, site=site))
    await add_channel(linked, "lead.created")
    lead = await capture_lead(linked)
    await due_jobs.run(linked)
    (message,) = box.mails
    assert message.get_content().splitlines()[-3:] == [
        f"http://crm.test/leads/{lead.id}",
        "",
        "Status: https://status.example.org/",
    ]


async def test_every_path_that_makes_a_lead_notifies(mailing: AppContext, box: SmtpSink, client: httpx.AsyncClient):
    await add_channel(mailing, "lead.created", target="bob@crm.test")
    async with mailing.db.transaction() as conn:
        ada = (await factories.create_user(conn)).actor
        _, secret = await factories.create_api_key(conn, "leads:write")
        form = leads.NewLead(name="By hand")
        await leads.create(conn, form, by=ada, channel="manual")
    site = await client.post(
        "/api/leads", json=factories.build_enquiry(name="By form"), headers={"origin": "http://site.test"}
    )
    assert site.status_code == 201
    api = await client.post("/api/v1/leads", json={"name": "By program"}, headers={"authorization": f"Bearer {secret}"})
    assert api.status_code == 201
    await due_jobs.run(mailing)
    subjects = {str(message["subject"]) for message in box.mails}
    assert subjects == {"New lead: By hand", "New lead: By form, Navy", "New lead: By program"}


async def test_a_channel_receives_only_its_events_and_none_while_it_is_off(clean: AppContext):
    some = await add_channel(clean, "submission.failed")
    off = await add_channel(clean)
    async with clean.db.transaction() as conn:
        await actions.set_active(conn, off, active=False)
    await capture_lead(clean)
    assert await list_sent(clean, some) == []
    assert await list_sent(clean, off) == []
    assert await due_jobs.list_jobs(clean) == []


async def test_sample_data_sends_no_notification(clean: AppContext):
    channel = await add_channel(clean)
    async with clean.db.transaction() as conn:
        form = leads.NewLead(name="Sample")
        await leads.create(conn, form, by=SYSTEM, channel="manual", demo=True)
    assert await list_sent(clean, channel) == []


async def test_a_rolled_back_event_is_sent_to_nobody(clean: AppContext):
    channel = await add_channel(clean)
    with pytest.raises(ZeroDivisionError):
        async with clean.db.transaction() as conn:
            await leads.create(conn, leads.NewLead(name="Nobody"), by=VISITOR, channel="site")
            raise ZeroDivisionError
    assert await list_sent(clean, channel) == []
    assert await due_jobs.list_jobs(clean) == []


async def test_a_failing_mail_is_retried_five_times_and_then_given_up(mailing: AppContext, box: SmtpSink):
    channel = await add_channel(mailing, "lead.created")
    box.refusal = "450 mailbox busy"
    with clock.at(NOON):
        await capture_lead(mailing)
    at = NOON
    for pause in (5, 60, 300, 1800, 7200):
        assert await due_jobs.run(mailing, at) == 1
        (notification,) = await list_sent(mailing, channel)
        assert notification.next_at == at + timedelta(seconds=pause)
        assert "450 mailbox busy" in notification.attempts[-1].error
        at = notification.next_at
    await due_jobs.run(mailing, at)
    (notification,) = await list_sent(mailing, channel)
    assert (notification.state, notification.next_at, len(notification.attempts)) == ("failed", None, 6)
    assert await due_jobs.list_jobs(mailing) == []


async def test_a_job_that_runs_twice_sends_one_mail_if_the_first_was_recorded(mailing: AppContext, box: SmtpSink):
    await add_channel(mailing, "lead.created")
    await capture_lead(mailing)
    ((_, payload, _),) = await due_jobs.list_jobs(mailing)
    await jobs.send(mailing, payload)
    await jobs.send(mailing, payload)
    assert len(box.mails) == 1


async def test_a_chat_message_has_no_markup_of_the_visitor(clean: AppContext, monkeypatch: pytest.MonkeyPatch):
    async with run_http_sink() as discord:
        # Apprise's own address of the service, pointed at this machine; all else is Apprise as it ships.
        monkeypatch.setattr(NotifyDiscord, "notify_url", discord.url)
        channel = await add_channel(clean, "lead.created", target=DISCORD)
        lead = await capture_lead(clean, company=FORGED, message=f"Hello {FORGED}")
        await due_jobs.run(clean)
        (notification,) = await list_sent(clean, channel)
        assert (notification.state, [attempt.error for attempt in notification.attempts]) == ("sent", [""])
        (message,) = discord.received
        assert message.path == "/hook/4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js"
        text = json.dumps(json.loads(message.body), ensure_ascii=False)
        assert "New lead: Grace Hopper" in text
        assert f"http://crm.test/leads/{lead.id}" in text
        for mark in ("](", "**", "@everyone", "<https", "`x`"):
            assert mark not in text


async def test_the_error_of_a_chat_service_is_stored_without_the_address(
    clean: AppContext, monkeypatch: pytest.MonkeyPatch
):
    async with run_http_sink() as discord:
        monkeypatch.setattr(NotifyDiscord, "notify_url", discord.url)
        discord.replies = [Reply(401, body=b"JHMHI8qBe7bk2ZwO5U711o3dV_js is wrong")]
        channel = await add_channel(clean, "lead.created", target=DISCORD)
        await capture_lead(clean)
        await due_jobs.run(clean)
        (notification,) = await list_sent(clean, channel)
        assert notification.state == "pending"
        assert "401" in notification.attempts[0].error
        assert "JHMHI8qBe7bk2ZwO5U711o3dV_js" not in notification.attempts[0].error


async def test_the_address_is_encrypted_in_the_database(clean: AppContext):
    await add_channel(clean, target=DISCORD)
    async with clean.db.connection() as conn:
        stored = await conn.fetchrow("SELECT * FROM channels")
    assert "JHMHI8qBe7bk2ZwO5U711o3dV_js" not in str(dict(stored))
    assert clean.seal.open(stored["sealed_url"]) == DISCORD


async def test_the_owner_is_notified_of_a_paused_webhook(mailing: AppContext, box: SmtpSink):
    await add_channel(mailing, "webhook.paused")
    async with mailing.db.transaction() as conn:
        event = WebhookPaused(id=7, name="Accounting", reason="It answered 410 Gone.", failing_since=None)
        await events.publish(conn, event)
    await due_jobs.run(mailing)
    assert str(box.mails[0]["subject"]) == "Webhook paused: Accounting"
    assert "http://crm.test/settings/webhooks/7" in box.mails[0].get_content()


def test_quarantined_and_failed_enquiries_link_to_the_inbox():
    record = {"id": 5, "reference": "E-1234-5678", "name": "Spammy", "spam_reasons": ["many links"]}
    for kind in ("submission.quarantined", "submission.failed"):
        message = messages.build_message(kind, {"submission": record}, markup=False)
        assert message is not None
        assert message.path == "/inbox/5"
        assert "Spammy" in message.title


async def test_every_event_of_a_channel_has_a_message():
    lead = {"id": 1, "name": "A", "company": "", "channel": "api", "project_type": "", "budget": "", "message": ""}
    submission = {"id": 1, "reference": "E-1", "name": "A", "spam_reasons": []}
    email = {"id": 1, "from_name": "", "from_email": "", "subject": "", "verified": False, "state": "x", "body": ""}
    facts = {"lead": lead, "email": email, "submission": submission, "by": {"name": "Ada"}, "previous": "new",
             "status": "won", "id": 1, "name": "Hook", "reason": "Gone."}  # fmt: skip
    for kind in notifications.EVENTS:
        assert messages.build_message(kind, facts, markup=True) is not None, kind


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\nb\r\nc\td", "a b c d"), ("\u202egnirts", "gnirts"), ("a\x00\x07b", "ab"), ("x" * 200, "x" * 119 + "…"),
        ("", ""), (None, ""),
    ],
)  # fmt: skip
def test_text_of_visitors_stays_on_one_line(text: str | None, expected: str):
    assert messages.to_plain_text(text) == expected


async def test_the_administrator_gets_a_mail_channel_when_there_is_none(clean: AppContext):
    context = msgspec.structs.replace(clean, config=msgspec.structs.replace(clean.config, admin_email="boss@crm.test"))
    async with context.db.transaction() as conn:
        assert await notifications.ensure_admin(conn, context)
        assert not await notifications.ensure_admin(conn, context)
        (row,) = await queries.list_overview(conn)
    assert (row.channel.service, row.channel.hint) == ("email", "boss@crm.test")
    assert "lead.created" in row.channel.events


async def test_old_notifications_and_mails_are_deleted(clean: AppContext):
    channel = await add_channel(clean, "lead.created")
    with clock.at(clock.now() - timedelta(days=31)):
        await capture_lead(clean)
        await due_jobs.run(clean, clock.now())
    await capture_lead(clean, name="New One")
    await due_jobs.run(clean)
    await retention.delete_old_notifications(clean, {})
    (notification,) = await list_sent(clean, channel)
    assert "New One" in notification.title
    async with clean.db.connection() as conn:
        assert len(await mail.list_latest(conn)) == 1


async def test_the_mail_of_a_new_lead_has_its_address_and_phone(mailing: AppContext, box: SmtpSink):
    await add_channel(mailing, "lead.created")
    await capture_lead(mailing, phone="+1 555 0100")
    await due_jobs.run(mailing)
    text = box.mails[0].get_content()
    assert "E-mail: grace@navy.example" in text
    assert "Phone: +1 555 0100" in text
    assert box.mails[0]["reply-to"] == "grace@navy.example"


@pytest.mark.parametrize("email", ["", "grace@navy.example,all@navy.example", "x@y.example\r\nBcc: all@navy.example"])
async def test_an_answer_goes_to_one_plain_address_only(mailing: AppContext, box: SmtpSink, email: str):
    await mail.send(mailing, to="ada@crm.test", subject="Hello", body="Hello", key="key", reply_to=email)
    assert box.mails[0]["reply-to"] is None
    assert box.mails[0]["bcc"] is None


async def test_nobody_gets_a_mail_about_what_they_did_themselves(mailing: AppContext, box: SmtpSink):
    for target in ("ada@crm.test", "bob@crm.test"):
        await add_channel(mailing, "lead.created", "lead.status_changed", target=target)
    async with mailing.db.transaction() as conn:
        ada = (await factories.create_user(conn)).actor
        lead = await leads.create(conn, leads.NewLead(name="Grace Hopper"), by=ada)
        await leads.move(conn, lead, "won", ada)
    await due_jobs.run(mailing)
    assert [message["to"] for message in box.mails] == ["bob@crm.test", "bob@crm.test"]


async def test_the_usual_channel_says_that_an_enquiry_is_held_as_possible_spam(mailing: AppContext, box: SmtpSink):
    config = msgspec.structs.replace(mailing.config, admin_email="boss@crm.test")
    context = msgspec.structs.replace(mailing, config=config)
    async with mailing.db.transaction() as conn:
        await notifications.ensure_admin(conn, context)
        await factories.create_submission(conn, website="https://x.example")
    await due_jobs.run(mailing)
    assert [str(message["subject"]) for message in box.mails] == ["Possible spam: Grace Hopper"]
