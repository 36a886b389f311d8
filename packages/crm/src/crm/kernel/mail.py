"""Mail: by Resend where RESEND_API_KEY is set, by SMTP where SMTP_URL is, otherwise kept in the outbox to be read.

Whatever leaves is kept in the table `mails` too, so that people can see what was said in their name. Mail is
plain text; nothing in it can become a header or markup.
"""

from __future__ import annotations

import asyncio
import re
import smtplib
import ssl
from datetime import datetime
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Literal
from urllib.parse import unquote, urlsplit

import msgspec

from crm.config import Config
from crm.kernel import clock
from crm.kernel.db import Connection
from crm.kernel.house import House
from crm.kernel.log import Scrubber
from crm.kernel.security import outbound

RESEND = "https://api.resend.com/emails"
TIMEOUT_S = 10
MAX_SUBJECT = 200
_ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]\\]{1,64}@[^\s@<>,;:\"()\[\]\\]{1,255}")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")

Carrier = Literal["resend", "smtp", "outbox"]


class NotSent(Exception):
    """The mail was not taken; the message says why."""


class Mail(msgspec.Struct, frozen=True):
    """A mail as the outbox keeps it."""

    id: int
    recipient: str
    subject: str
    body: str
    carrier: Carrier
    created_at: datetime


def is_address(text: str) -> bool:
    """Whether `text` is one plain mail address, without a name, a list or anything a header could be forged with."""
    return text.isprintable() and _ADDRESS.fullmatch(text) is not None


def carrier(config: Config) -> Carrier:
    """How mail leaves."""
    if config.resend_api_key:
        return "resend"
    return "smtp" if config.smtp_url else "outbox"


async def send(house: House, *, to: str, subject: str, body: str, key: str) -> Carrier:
    """Send one mail and keep it. The same `key` names the same mail, so that a repeated send can be recognized.

    Raises `NotSent`.
    """
    if not is_address(to):
        raise NotSent("This is no mail address.")
    subject = " ".join(subject.split())[:MAX_SUBJECT]
    way = carrier(house.config)
    if way == "resend":
        await _by_resend(house.config, to, subject, body, key)
    elif way == "smtp":
        await asyncio.to_thread(_by_smtp, house.config, to, subject, body, key)
    async with house.db.connection() as connection:
        await connection.execute(
            "INSERT INTO mails (recipient, subject, body, carrier, created_at) VALUES ($1, $2, $3, $4, $5)",
            to, subject, body, way, clock.now(),
        )  # fmt: skip
    return way


async def latest(connection: Connection, limit: int = 100) -> list[Mail]:
    """The latest mails, newest first."""
    rows = await connection.fetch(
        """
        SELECT id, recipient, subject, body, carrier, created_at
        FROM mails
        ORDER BY created_at DESC, id DESC
        LIMIT $1
        """,
        limit,
    )
    return [Mail(*row) for row in rows]


async def find(connection: Connection, number: int) -> Mail | None:
    """One mail."""
    row = await connection.fetchrow(
        "SELECT id, recipient, subject, body, carrier, created_at FROM mails WHERE id = $1", number
    )
    return Mail(*row) if row else None


async def forget(connection: Connection, before: datetime) -> None:
    """Delete mails older than `before`."""
    await connection.execute("DELETE FROM mails WHERE created_at < $1", before)


async def _by_resend(config: Config, to: str, subject: str, body: str, key: str) -> None:
    sent = msgspec.json.encode({"from": config.mail_from, "to": [to], "subject": subject, "text": body})
    headers = {
        "authorization": f"Bearer {config.resend_api_key}",
        "content-type": "application/json",
        "idempotency-key": key,
    }
    try:
        answer = await outbound.send(config, "POST", RESEND, headers, sent)
    except outbound.NoAnswer as fault:
        raise NotSent(f"Resend: {fault.reason}") from fault
    if not 200 <= answer.status < 300:
        raise NotSent(f"Resend answered {answer.status}: {_without(_words(answer.excerpt), config.resend_api_key)}")


def _words(answer: str) -> str:
    """What Resend's JSON says of the fault; the beginning of anything else."""
    try:
        return str(msgspec.json.decode(answer)["message"])[:300]
    except (msgspec.DecodeError, KeyError, TypeError):
        return answer[:200]


def _without(said: str, *secrets: str) -> str:
    """What somebody else said, without what we had told them in confidence: some repeat it in their refusal."""
    return Scrubber(secrets)(said)


def _by_smtp(config: Config, to: str, subject: str, body: str, key: str) -> None:
    message = EmailMessage()
    message["From"] = config.mail_from
    message["To"] = to
    message["Subject"] = subject
    sender = parseaddr(config.mail_from)[1]
    message["Message-ID"] = f"<{key}@{sender.rpartition('@')[2] or 'localhost'}>"
    message["Date"] = clock.now()
    message.set_content(body)
    try:
        with _connected(config.smtp_url) as server:
            server.send_message(message, from_addr=sender, to_addrs=[to])
    except (OSError, smtplib.SMTPException) as fault:
        raise NotSent(f"The mail server did not take it: {_without(_said(fault), config.smtp_url)}") from fault


def _connected(url: str) -> smtplib.SMTP:
    """A session with the server of SMTP_URL: `smtps://` speaks TLS at once, `smtp://` as soon as it is offered.

    The password crosses no network in the clear. Raises `OSError` or `SMTPException`.
    """
    parts = urlsplit(url)
    host = parts.hostname or "localhost"
    trust = ssl.create_default_context()
    if parts.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, parts.port or 465, timeout=TIMEOUT_S, context=trust)
    else:
        server = smtplib.SMTP(host, parts.port or 587, timeout=TIMEOUT_S)
    try:
        server.ehlo_or_helo_if_needed()
        secure = parts.scheme == "smtps"
        if not secure and server.has_extn("starttls"):
            server.starttls(context=trust)
            secure = True
        if parts.username:
            if not secure and host not in _LOOPBACK:
                raise smtplib.SMTPNotSupportedError("it offers no TLS, and the password is not sent without")
            server.login(unquote(parts.username), unquote(parts.password or ""))
    except BaseException:
        server.close()
        raise
    return server


def _said(fault: Exception) -> str:
    if isinstance(fault, smtplib.SMTPRecipientsRefused):
        fault = smtplib.SMTPResponseException(*next(iter(fault.recipients.values())))
    if isinstance(fault, smtplib.SMTPResponseException):
        said = fault.smtp_error
        text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
        return f"{fault.smtp_code} {text}"[:300]
    return (str(fault) or type(fault).__name__)[:300]
