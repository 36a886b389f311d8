"""Mail that Resend has received. Its event names a message, which is fetched as it arrived.

https://resend.com/docs/webhooks/emails/received, https://resend.com/docs/api-reference/emails/retrieve-received-email
"""

from __future__ import annotations

import re
from typing import Annotated, Any
from urllib.parse import urlsplit

import msgspec

from crm.inbound.mailbox.process import PROCESS_JOB
from crm.inbound.mailbox.store import MAX_SIZE, TooLargeError
from crm.kernel import clock, jobs
from crm.kernel.app_context import AppContext
from crm.kernel.db import Connection
from crm.kernel.security import outbound
from crm.records import emails

FETCH_JOB = "fetch_email"
API = "https://api.resend.com/emails/receiving"
HOSTS = ("resend.com", "resend.app", "cloudfront.net")
"""Whose addresses its answers may name."""


class FetchError(Exception):
    """The message could not be fetched; the job tries again."""


class ResendEmail(msgspec.Struct, frozen=True):
    """The message that an event is about."""

    email_id: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{1,100}$")] = ""
    message_id: Annotated[str, msgspec.Meta(max_length=1000)] = ""


class ResendEvent(msgspec.Struct, frozen=True):
    """An event of Resend."""

    type: Annotated[str, msgspec.Meta(max_length=100)]
    data: ResendEmail


async def store_event(connection: Connection, event: ResendEvent) -> bool:
    """Store that Resend holds a message, and enqueue its fetching. False for other events and repeated ones."""
    if event.type.split(".") != ["email", "received"] or not event.data.email_id:
        return False
    message_id = re.sub(r"[<>\s\x00]", "", event.data.message_id) or f"{event.data.email_id}@no-message-id.invalid"
    email_id = await emails.insert_to_fetch(connection, message_id, event.data.email_id, clock.now())
    if email_id is None:
        return False
    await jobs.enqueue(connection, FETCH_JOB, {"email_id": email_id}, priority=jobs.SOON)
    return True


async def fetch(context: AppContext, payload: dict[str, Any]) -> None:
    """The job that fetches one message. Raises `FetchError`, so that it is tried again."""
    email_id: int = payload["email_id"]
    async with context.db.connection() as connection:
        source = await emails.read_source(connection, email_id)
    if source is None:
        return
    raw = source[0] or await _download(context, source[1])
    async with context.db.transaction() as connection:
        await emails.set_raw(connection, email_id, raw)
        await jobs.enqueue(connection, PROCESS_JOB, {"email_id": email_id}, priority=jobs.SOON)


async def _download(context: AppContext, fetch_id: str) -> bytes:
    if not context.config.resend_api_key:
        raise FetchError("RESEND_API_KEY is not set, so the message cannot be fetched.")
    key = {"authorization": f"Bearer {context.config.resend_api_key}"}
    answer = await _get(context, f"{API}/{fetch_id}", key)
    try:
        url = str(msgspec.json.decode(answer)["raw"]["download_url"])
    except (msgspec.DecodeError, KeyError, TypeError) as error:
        raise FetchError("Resend's answer names no message to download.") from error
    host = urlsplit(url).hostname or ""
    ours = urlsplit(API).hostname
    if host != ours and not any(host == each or host.endswith(f".{each}") for each in HOSTS):
        raise FetchError(f"Resend's answer names the host {host[:60]}, which is none of its own.")
    return await _get(context, url, {})


async def _get(context: AppContext, url: str, headers: dict[str, str]) -> bytes:
    try:
        answer = await outbound.send(context.config, "GET", url, headers, b"", limit=MAX_SIZE + 1)
    except outbound.OutboundError as error:
        raise FetchError(f"Resend: {error.reason}") from error
    if answer.status != 200:
        raise FetchError(f"Resend answered {answer.status}.")
    if len(answer.content) > MAX_SIZE:
        raise TooLargeError(len(answer.content))
    return answer.content
