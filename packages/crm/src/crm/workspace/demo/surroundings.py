"""What stands around the sample leads: colleagues, enquiries in every state, a webhook and a channel with a history."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from crm.accounts import auth
from crm.accounts.permissions import Role
from crm.event_names import EventName
from crm.inbound import intake
from crm.kernel import clock
from crm.kernel.actor import Actor
from crm.kernel.app_context import AppContext
from crm.kernel.db import Connection
from crm.outbound import notifications, webhooks
from crm.records.leads import Lead
from crm.workspace.demo import queries, working_hours
from crm.workspace.demo.stories import COLLEAGUES, FAILED_ENQUIRY, FORMER, INVITED, SPAM, VIEWER, VIEWS, SampleSpam

ORIGIN = "https://sample.example"
_SENT, _REFUSED = 200, 503


async def create_colleagues(connection: Connection) -> list[Actor]:
    """Users who own leads, the first with a passkey. Nobody has their passwords, so nobody can sign in as them."""
    created = []
    for name, email in COLLEAGUES:
        created.append(await _create_user(connection, name, email, "member"))
    await queries.insert_passkey(connection, created[0].id, "Work laptop", clock.now() - timedelta(hours=4))
    return [user.actor for user in created]


async def create_others(connection: Connection) -> dict[str, list[int]]:
    """A viewer, a former colleague and an invitation that nobody has accepted. Returns their ids by table."""
    viewer = await _create_user(connection, *VIEWER, "viewer")
    former = await _create_user(connection, *FORMER, "member")
    now = clock.now()
    await queries.note_absence(connection, former.id, since=now - timedelta(days=40))
    invitation = await queries.insert_invitation(connection, INVITED, at=now - timedelta(days=2))
    return {"users": [viewer.id, former.id], "invitations": [invitation]}


async def _create_user(connection: Connection, name: str, email: str, role: Role) -> auth.User:
    user = await auth.create_user(connection, email=email, name=name, password=secrets.token_urlsafe(24), role=role)
    now = clock.now()
    joined = now - timedelta(days=60 * len(name))
    await queries.note_seen(connection, user.id, now - timedelta(hours=len(name)), joined=joined)
    return user


async def create_views(connection: Connection) -> list[int]:
    """Views that everybody sees, in the sidebars of all users. Returns their ids."""
    users = [user.id for user in await auth.list_users(connection)]
    return await queries.insert_views(connection, VIEWS, users, clock.now())


async def create_enquiries(connection: Connection, zone: ZoneInfo, leads: list[Lead]) -> list[int]:
    """Enquiries held as possible spam, dismissed, failed, and the accepted ones of these leads. Returns their ids."""
    now, ids = clock.now(), []
    for number, (spam, state) in enumerate(zip(SPAM, ("quarantined", "quarantined", "dismissed"), strict=True)):
        at = working_hours.latest(now - timedelta(hours=3 + 30 * number), zone)
        reference = await _store(connection, spam.name, spam.email, spam.message, at)
        ids.append(await _decide_spam(connection, reference, spam, state, at))
    at = working_hours.latest(now - timedelta(hours=26), zone)
    name, email, message = FAILED_ENQUIRY
    reference = await _store(connection, name, email, message, at)
    error = "The database did not answer within 5 seconds."
    ids.append(await queries.decide_submission(connection, reference, state="failed", at=at, error=error))
    for lead in leads:
        reference = await _store(connection, lead.name, lead.email, lead.message, lead.created_at)
        ids.append(
            await queries.decide_submission(
                connection, reference, state="accepted", at=lead.created_at, lead_id=lead.id
            )
        )
    return ids


async def create_webhook(connection: Connection, context: AppContext, zone: ZoneInfo, leads: list[Lead]) -> int:
    """A webhook that worked, then failed and was paused; the newest messages wait. It sends nothing. Returns its id."""
    form = webhooks.forms.NewWebhook("Accounting", "https://hooks.accounting.example/crm", [EventName.LEAD_CREATED])
    waiting, failed = leads[0], leads[1]
    with clock.at(working_hours.latest(leads[-1].created_at - timedelta(days=9), zone)):
        webhook, _ = await webhooks.actions.create(connection, context, form)
    states = ["pending", "failed", *["delivered"] * len(leads)]
    for number, (lead, state) in enumerate(zip(leads, states, strict=False)):
        attempts = _list_attempts(state, lead.created_at)
        body = {
            "type": EventName.LEAD_CREATED,
            "timestamp": lead.created_at,
            "data": {"id": lead.id, "name": lead.name},
        }
        await queries.insert_delivery(
            connection, webhook.id, message_id=f"msg_sample_{number}", event=EventName.LEAD_CREATED,
            body=msgspec.json.encode(body).decode(), state=state, at=lead.created_at, attempts=attempts,
        )  # fmt: skip
    paused_at = failed.created_at + (waiting.created_at - failed.created_at) * 0.9
    reason = f"Paused by {COLLEAGUES[1][0]}."
    await queries.pause_webhook(
        connection, webhook.id, since=failed.created_at + timedelta(seconds=1), at=paused_at, reason=reason
    )
    return webhook.id


async def create_channel(connection: Connection, context: AppContext, leads: list[Lead]) -> int:
    """A channel that is switched off, with notifications that were sent, one at its second attempt. Returns its id.

    None has failed: a failed notification warns on every page.
    """
    target = "https://hooks.slack.com/services/T00000000/B00000000/" + "X" * 24
    form = notifications.forms.NewChannel("Sales chat", target, [EventName.LEAD_CREATED])
    channel = await notifications.actions.create(connection, context, form)
    for number, lead in enumerate(reversed(leads)):
        sent = (lead.created_at + timedelta(seconds=62), "", 388)
        refused = (lead.created_at + timedelta(seconds=2), "Slack answered with 503: Service Unavailable", 412)
        await queries.insert_notification(
            connection, channel.id, title=f"New lead: {lead.name}", body=lead.message, path=f"/leads/{lead.id}",
            state="sent", at=lead.created_at, attempts=[refused, sent] if number == len(leads) - 1 else [sent],
        )  # fmt: skip
    await queries.switch_off_channel(connection, channel.id)
    return channel.id


def _list_attempts(state: str, at: datetime) -> list[tuple[datetime, int | None, str, str, int]]:
    if state == "delivered":
        return [(at + timedelta(seconds=1), _SENT, "", "ok", 184)]
    pauses = (1, 6, 66, 366, 2166) if state == "failed" else ()
    return [(at + timedelta(seconds=pause), _REFUSED, "", "Service Unavailable", 95) for pause in pauses]


async def _store(connection: Connection, name: str, email: str, message: str, at: datetime) -> str:
    enquiry = intake.forms.Enquiry(name=name, email=email, message=message)
    sender = intake.store.Sender(ORIGIN, b"sample".ljust(32, b"\0"), "Firefox on Windows", rate=1_000_000)
    with clock.at(at):
        receipt = await intake.store.store_submission(connection, intake.store.Post(enquiry, {}, sender, None))
    return receipt.reference


async def _decide_spam(connection: Connection, reference: str, spam: SampleSpam, state: str, at: datetime) -> int:
    return await queries.decide_submission(
        connection, reference, state=state, at=at, score=spam.score, reasons=spam.reasons
    )
