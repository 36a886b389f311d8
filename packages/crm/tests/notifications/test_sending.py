from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import cast
import httpx
import msgspec
import pytest
import shift
from apprise.plugins.discord import NotifyDiscord
from postbox import Postbox, open_box
from receiver import Reply, listening

from crm import leads, notifications
from crm.kernel import clock, events, mail
from crm.kernel.actor import SYSTEM, VISITOR
from crm.kernel.app_context import AppContext
from crm.notifications import queries, wording
from crm.notifications.models import Attempt, Notification
from crm.webhooks.events import WebhookPaused

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
DISCORD = "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js"
FORGED = "[Open lead](https://evil.example) **@everyone** <https://evil.example|here> `x`"


@pytest.fixture
async def box() -> AsyncIterator[Postbox]:
    async with open_box() as box:
        yield box


@pytest.fixture
async def mailing(clean: AppContext, box: Postbox) -> AppContext:
    """The system with a mail server."""
    return msgspec.structs.replace(clean, config=msgspec.structs.replace(clean.config, smtp_url=box.url))


async def added(context: AppContext, *kinds: str, target: str = "ada@crm.test") -> notifications.Channel:
    async with context.db.transaction() as conn:
        return await cast.channel(conn, context, *kinds, target=target)


async def arrives(context: AppContext, **values: object) -> leads.Lead:
    """A lead, as the form on the site makes it."""
    form = leads.NewLead(**{"name": "Grace Hopper", "email": "grace@navy.example", **values})  # type: ignore[arg-type]
    async with context.db.transaction() as conn:
        return await leads.create(conn, form, by=VISITOR, channel="site")


async def told(context: AppContext, channel: notifications.Channel) -> list[tuple[Notification, list[Attempt]]]:
    async with context.db.connection() as conn:
        return await queries.latest(conn, channel.id)


async def test_a_new_lead_is_told_by_mail_with_a_link_to_it(mailing: AppContext, box: Postbox):
    channel = await added(mailing, "lead.created")
    lead = await arrives(
        mailing,
        company="Navy",
        budget="from_5k_to_15k",
        project_type="existing_system",
        message="Our compiler\nis slow.",
    )
    await shift.work(mailing)
    (got,) = box.mails
    assert got["to"] == "ada@crm.test"
    assert got["subject"] == "New lead: Grace Hopper, Navy"
    words = got.get_content()
    assert "It came through the form on the site." in words
    assert "Budget: €5,000 to €15,000" in words
    assert "“Our compiler is slow.”" in words
    assert words.rstrip().endswith(f"http://crm.test/leads/{lead.id}")
    ((notification, tries),) = await told(mailing, channel)
    assert (notification.state, [attempt.error for attempt in tries]) == ("sent", [""])


async def test_a_mail_links_the_status_page_where_there_is_one(mailing: AppContext, box: Postbox):
    facts = mailing.config.site
    uptime = msgspec.structs.replace(facts.uptime, status_page="https://status.example.org/")
    site = msgspec.structs.replace(facts, uptime=uptime)
    linked = msgspec.structs.replace(mailing, config=msgspec.structs.replace(mailing.config, site=site))
    await added(linked, "lead.created")
    lead = await arrives(linked)
    await shift.work(linked)
    (got,) = box.mails
    assert got.get_content().splitlines()[-3:] == [
        f"http://crm.test/leads/{lead.id}",
        "",
        "Status: https://status.example.org/",
    ]


async def test_every_path_that_makes_a_lead_notifies(mailing: AppContext, box: Postbox, client: httpx.AsyncClient):
    await added(mailing, "lead.created")
    async with mailing.db.transaction() as conn:
        ada = (await cast.person(conn)).actor
        _, secret = await cast.api_key(conn, "leads:write")
        form = leads.NewLead(name="By hand")
        await leads.create(conn, form, by=ada, channel="manual")
    site = await client.post("/api/leads", json=cast.enquiry(name="By form"), headers={"origin": "http://site.test"})
    assert site.status_code == 201
    api = await client.post("/api/v1/leads", json={"name": "By program"}, headers={"authorization": f"Bearer {secret}"})
    assert api.status_code == 201
    await shift.work(mailing)
    subjects = {str(got["subject"]) for got in box.mails}
    assert subjects == {"New lead: By hand", "New lead: By form, Navy", "New lead: By program"}


async def test_a_channel_is_told_only_of_what_it_asked_for_and_not_while_it_is_off(clean: AppContext):
    some = await added(clean, "submission.failed")
    off = await added(clean)
    async with clean.db.transaction() as conn:
        await notifications.switch(conn, off, on=False)
    await arrives(clean)
    assert await told(clean, some) == []
    assert await told(clean, off) == []
    assert await shift.due(clean) == []


async def test_sample_data_rings_no_bell(clean: AppContext):
    channel = await added(clean)
    async with clean.db.transaction() as conn:
        form = leads.NewLead(name="Sample")
        await leads.create(conn, form, by=SYSTEM, channel="manual", demo=True)
    assert await told(clean, channel) == []


async def test_what_is_rolled_back_is_told_to_nobody(clean: AppContext):
    channel = await added(clean)
    with pytest.raises(ZeroDivisionError):
        async with clean.db.transaction() as conn:
            await leads.create(conn, leads.NewLead(name="Nobody"), by=VISITOR, channel="site")
            raise ZeroDivisionError
    assert await told(clean, channel) == []
    assert await shift.due(clean) == []


async def test_a_failing_mail_is_tried_five_times_more_and_then_given_up(mailing: AppContext, box: Postbox):
    channel = await added(mailing, "lead.created")
    box.refuses = "450 mailbox busy"
    with clock.at(NOON):
        await arrives(mailing)
    at = NOON
    for pause in (5, 60, 300, 1800, 7200):
        assert await shift.work(mailing, at) == 1
        ((notification, tries),) = await told(mailing, channel)
        assert notification.next_at == at + timedelta(seconds=pause)
        assert "450 mailbox busy" in tries[-1].error
        at = notification.next_at
    await shift.work(mailing, at)
    ((notification, tries),) = await told(mailing, channel)
    assert (notification.state, notification.next_at, len(tries)) == ("failed", None, 6)
    assert await shift.due(mailing) == []


async def test_a_job_that_runs_twice_writes_one_mail_when_the_first_was_recorded(mailing: AppContext, box: Postbox):
    await added(mailing, "lead.created")
    await arrives(mailing)
    ((_, payload, _),) = await shift.due(mailing)
    await notifications.send(mailing, payload)
    await notifications.send(mailing, payload)
    assert len(box.mails) == 1


async def test_a_chat_is_told_by_apprise_without_markup_of_the_visitor(
    clean: AppContext, monkeypatch: pytest.MonkeyPatch
):
    async with listening() as discord:
        # Apprise's own address of the service, pointed at this machine; all else is Apprise as it ships.
        monkeypatch.setattr(NotifyDiscord, "notify_url", discord.url)
        channel = await added(clean, "lead.created", target=DISCORD)
        lead = await arrives(clean, company=FORGED, message=f"Hello {FORGED}")
        await shift.work(clean)
        ((notification, tries),) = await told(clean, channel)
        assert (notification.state, [attempt.error for attempt in tries]) == ("sent", [""])
        (got,) = discord.received
        assert got.path == "/hook/4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js"
        words = json.dumps(json.loads(got.body), ensure_ascii=False)
        assert "New lead: Grace Hopper" in words
        assert f"http://crm.test/leads/{lead.id}" in words
        for mark in ("](", "**", "@everyone", "<https", "`x`"):
            assert mark not in words


async def test_what_a_chat_service_says_is_kept_without_the_address(clean: AppContext, monkeypatch: pytest.MonkeyPatch):
    async with listening() as discord:
        monkeypatch.setattr(NotifyDiscord, "notify_url", discord.url)
        discord.replies = [Reply(401, body=b"JHMHI8qBe7bk2ZwO5U711o3dV_js is wrong")]
        channel = await added(clean, "lead.created", target=DISCORD)
        await arrives(clean)
        await shift.work(clean)
        ((notification, tries),) = await told(clean, channel)
        assert notification.state == "pending"
        assert "401" in tries[0].error
        assert "JHMHI8qBe7bk2ZwO5U711o3dV_js" not in tries[0].error


async def test_the_address_lies_sealed_in_the_database(clean: AppContext):
    await added(clean, target=DISCORD)
    async with clean.db.connection() as conn:
        stored = await conn.fetchrow("SELECT * FROM channels")
    assert "JHMHI8qBe7bk2ZwO5U711o3dV_js" not in str(dict(stored))
    assert clean.seal.open(stored["sealed_url"]) == DISCORD


async def test_a_paused_webhook_is_told_to_the_owner(mailing: AppContext, box: Postbox):
    await added(mailing, "webhook.paused")
    async with mailing.db.transaction() as conn:
        event = WebhookPaused(id=7, name="Accounting", reason="It answered 410 Gone.", failing_since=None)
        await events.publish(conn, event)
    await shift.work(mailing)
    assert str(box.mails[0]["subject"]) == "Webhook paused: Accounting"
    assert "http://crm.test/settings/webhooks/7" in box.mails[0].get_content()


def test_held_and_failed_enquiries_lead_to_the_inbox():
    record = {"id": 5, "reference": "E-1234-5678", "name": "Spammy", "spam_reasons": ["many links"]}
    for kind in ("submission.quarantined", "submission.failed"):
        said = wording.words(kind, {"submission": record}, chat=False)
        assert said is not None
        assert said.path == "/inbox/5"
        assert "Spammy" in said.title


async def test_every_event_a_channel_can_ask_for_has_words():
    lead = {"id": 1, "name": "A", "company": "", "channel": "api", "project_type": "", "budget": "", "message": ""}
    submission = {"id": 1, "reference": "E-1", "name": "A", "spam_reasons": []}
    facts = {"lead": lead, "submission": submission, "by": {"name": "Ada"}, "previous": "new", "status": "won",
             "id": 1, "name": "Hook", "reason": "Gone."}  # fmt: skip
    for kind in notifications.EVENTS:
        assert wording.words(kind, facts, chat=True) is not None, kind


@pytest.mark.parametrize(
    ("given", "made"),
    [
        ("a\nb\r\nc\td", "a b c d"), ("\u202egnirts", "gnirts"), ("a\x00\x07b", "ab"), ("x" * 200, "x" * 119 + "…"),
        ("", ""), (None, ""),
    ],
)  # fmt: skip
def test_words_of_visitors_stay_on_one_line(given: str | None, made: str):
    assert wording.plain(given) == made


async def test_the_administrator_gets_a_mail_channel_when_there_is_none(clean: AppContext):
    context = msgspec.structs.replace(clean, config=msgspec.structs.replace(clean.config, admin_email="boss@crm.test"))
    async with context.db.transaction() as conn:
        assert await notifications.ensure_admin(conn, context)
        assert not await notifications.ensure_admin(conn, context)
        (row,) = await queries.overview(conn)
    assert (row.channel.service, row.channel.hint) == ("email", "boss@crm.test")
    assert "lead.created" in row.channel.events


async def test_old_notifications_and_mails_are_forgotten(clean: AppContext):
    channel = await added(clean, "lead.created")
    with clock.at(clock.now() - timedelta(days=31)):
        await arrives(clean)
        await shift.work(clean, clock.now())
    await arrives(clean, name="New One")
    await shift.work(clean)
    await notifications.forget_old(clean, {})
    ((notification, _),) = await told(clean, channel)
    assert "New One" in notification.title
    async with clean.db.connection() as conn:
        assert len(await mail.latest(conn)) == 1
