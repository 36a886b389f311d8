"""Mail, sent by Resend (RESEND_API_KEY) or SMTP (SMTP_URL), otherwise only stored as sent mail.

The table `mails` stores every mail, so that people can see what was sent in their name. Mail is plain text; nothing in
it can become a header or markup.
"""

from __future__ import annotations

import asyncio
import re
import smtplib
import ssl
from collections.abc import Sequence
from email import message_from_bytes
from email.errors import MessageError
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

import msgspec

from crm.config import Config
from crm.kernel import clock
from crm.kernel.app_context import AppContext
from crm.kernel.log import Scrubber
from crm.kernel.security import outbound
from crm.values import to_ascii_email

RESEND = "https://api.resend.com/emails"
TIMEOUT_S = 10
MAX_SUBJECT = 200
_ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]\\]{1,64}@[^\s@<>,;:\"()\[\]\\]{1,255}")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_NO_ENCODED_WORD = "=\u2060?"
"""An invisible character parts `=?`, so that a mail program shows an encoded word (RFC 2047) as it was typed."""
_LOOPBACK = ("localhost", "127.0.0.1", "::1")

Carrier = Literal["resend", "smtp", "outbox"]


class MailError(Exception):
    """The mail was not accepted; the message says why."""


class UncertainMailError(MailError):
    """The mail may have been accepted, so it must not be sent again by itself."""


def is_address(text: str) -> bool:
    """Whether `text` is a single plain mail address, with which no header can be forged."""
    return text.isprintable() and _ADDRESS.fullmatch(text) is not None


def carrier(config: Config) -> Carrier:
    """How mail is sent."""
    return "resend" if config.resend_api_key else "smtp" if config.smtp_url else "outbox"


async def send(
    context: AppContext, *, to: str, subject: str, body: str, key: str, reply_to: str = "", secret: str = ""
) -> Carrier:
    """Send one mail and store it, without `secret`. A repeated send has the same `key`. Raises `MailError`.

    Answers go to `reply_to` if it is an address.
    """
    reply_to = reply_to if is_address(reply_to) else ""
    if not is_address(to):
        raise MailError("This is not an e-mail address.")
    to = to_ascii_email(to)
    header = clean_subject(subject)
    subject = header.replace(_NO_ENCODED_WORD, "=?")
    message = build_email(context.config.mail_from, [to], header, body, key)
    if reply_to:
        message["Reply-To"] = reply_to
    await deliver(context.config, message, [to], key)
    sent_with = carrier(context.config)
    if secret and sent_with != "outbox":
        body = body.replace(secret, "(not shown)")
    async with context.db.connection() as connection:
        await connection.execute(
            "INSERT INTO mails (recipient, subject, body, carrier, created_at) VALUES ($1, $2, $3, $4, $5)",
            to, subject, body, sent_with, clock.now(),
        )  # fmt: skip
    return sent_with


async def deliver(config: Config, message: EmailMessage, recipients: Sequence[str], key: str) -> str:
    """Send a mail to these addresses, those in BCC included. Returns why some of them were refused.

    Raises `MailError` if nobody gets it, and `UncertainMailError` if somebody may have got it.
    """
    check_headers(message)
    match carrier(config):
        case "resend":
            await _send_with_resend(config, message, recipients, key)
        case "smtp":
            return await asyncio.to_thread(_send_with_smtp, config, message, recipients)
    return ""


async def _send_with_resend(config: Config, message: EmailMessage, recipients: Sequence[str], key: str) -> None:
    values: dict[str, Any] = {"from": str(message["From"]), "to": _read_addresses(message, "To")}
    text = message.get_body(("plain",))
    values |= {"subject": str(message["Subject"]), "text": text.get_content() if text else ""}
    if files := [{"filename": part.get_filename(), "content": "".join(str(part.get_payload()).split())}
                 for part in message.iter_attachments()]:  # fmt: skip
        values["attachments"] = files
    others = {"cc": _read_addresses(message, "Cc"), "reply_to": _read_addresses(message, "Reply-To")}
    others["bcc"] = [each for each in recipients if each not in (*values["to"], *others["cc"])]
    values |= {name: addresses for name, addresses in others.items() if addresses}
    if headers := {name: str(message[name]) for name in ("In-Reply-To", "References") if message[name]}:
        values["headers"] = headers
    content = msgspec.json.encode(values)
    headers = {
        "authorization": f"Bearer {config.resend_api_key}",
        "content-type": "application/json",
        "idempotency-key": key,
    }
    try:
        response = await outbound.send(config, "POST", RESEND, headers, content)
    except outbound.OutboundError as error:
        raise MailError(f"Resend: {error.reason}") from error
    if not 200 <= response.status < 300:
        # Some services repeat the key in their error message.
        raise MailError(
            f"Resend answered {response.status}: {Scrubber([config.resend_api_key])(_read_message(response.excerpt))}"
        )


def _read_message(body: str) -> str:
    """The message in Resend's JSON, or the beginning of any other body."""
    try:
        return str(msgspec.json.decode(body)["message"])[:300]
    except (msgspec.DecodeError, KeyError, TypeError):
        return body[:200]


def _read_addresses(message: EmailMessage, name: str) -> list[str]:
    return [address.addr_spec for address in message[name].addresses] if message[name] else []


def _send_with_smtp(config: Config, message: EmailMessage, recipients: Sequence[str]) -> str:
    sender, connected = parseaddr(config.mail_from)[1], False
    try:
        with _connect(config.smtp_url) as server:
            connected = True
            refused = server.send_message(message, from_addr=sender, to_addrs=list(recipients))
    except (OSError, smtplib.SMTPException) as error:
        reason = Scrubber([config.smtp_url])(_read_reason(error))
        kind = UncertainMailError if connected and isinstance(error, smtplib.SMTPServerDisconnected) else MailError
        raise kind(f"The mail server did not accept it: {reason}") from error
    return _read_reason(smtplib.SMTPRecipientsRefused(refused)) if refused else ""


def clean_subject(text: str) -> str:
    """The text as the value of a header: one line of at most `MAX_SUBJECT` characters, without encoded words."""
    line = " ".join(_CONTROLS.sub(" ", text).split())[:MAX_SUBJECT]
    return line.replace("=?", _NO_ENCODED_WORD)


def build_email(sender: str, to: Sequence[str], subject: str, body: str, key: str) -> EmailMessage:
    """A mail of plain text. `check_headers` must accept it before it is sent."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = ", ".join(to)
    message["Subject"] = subject
    message["Message-ID"] = f"<{key}@{parseaddr(sender)[1].rpartition('@')[2] or 'localhost'}>"
    message["Date"] = clock.now()
    message.set_content(body)
    return message


def check_headers(message: EmailMessage) -> None:
    """Raise `MailError` if the built mail has a header that nobody set.

    Some releases of Python write line breaks of a header value as they are (CVE-2024-6923), so this reads the bytes.
    """
    try:
        head = message.as_bytes(policy=SMTP).partition(b"\r\n\r\n")[0]
    except MessageError as error:
        raise MailError("A header of the mail holds a line break.") from error
    if sorted(message_from_bytes(head + b"\r\n\r\n").keys()) != sorted(message.keys()):
        raise MailError("The subject would change the headers of the mail.")


def _connect(url: str) -> smtplib.SMTP:
    """A session with the server of SMTP_URL. `smtps://` starts with TLS, `smtp://` upgrades to it if it is offered.

    The password never crosses a network unencrypted. Raises `OSError` or `SMTPException`.
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


def _read_reason(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        error = smtplib.SMTPResponseException(*next(iter(error.recipients.values())))
    if isinstance(error, smtplib.SMTPResponseException):
        text = error.smtp_error
        return f"{error.smtp_code} {text.decode('utf-8', 'replace') if isinstance(text, bytes) else text}"[:300]
    return (str(error) or type(error).__name__)[:300]
