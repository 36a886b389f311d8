"""Reads a message (RFC 5322) as mail programs write it. A broken one gives what can be read of it."""

from __future__ import annotations

import hashlib
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesHeaderParser, BytesParser

import msgspec

from crm.inbound.mailbox.attachments import list_attachments
from crm.inbound.mailbox.authentication import is_verified
from crm.inbound.mailbox.bounces import Bounce, read_bounce
from crm.inbound.mailbox.content import MAX_TEXT, read_text
from crm.inbound.mailbox.headers import (
    Address,
    HeaderPolicy,
    clean_text,
    read_addresses,
    read_date,
    read_header,
    read_message_ids,
    read_raw_header,
)
from crm.records.emails import Attachment, EmailKind
from crm.values import get_email_domain

UNREADABLE = "Parts of this message could not be read. The original is kept."
MAX_FALLBACK = 32 * 1024
"""How much of a message that cannot be read is searched for its headers."""
MAX_BOUNDARIES = 10_000
"""Lines that may begin a part. The parser takes minutes and much memory for a message of more."""
_ENVELOPE = ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-rcpt-to")
_AUTOMATIC = ("x-autoreply", "x-autorespond", "x-auto-reply")
_EXCHANGE = ("x-ms-exchange-inbox-rules-loop", "x-ms-exchange-generated-message-source")


class ParsedEmail(msgspec.Struct, frozen=True, kw_only=True):
    """`recipients` are all addresses it was sent to, those in BCC included as far as the server names them."""

    sender: Address
    to: list[Address]
    cc: list[Address]
    recipients: list[str]
    in_reply_to: str
    references: list[str]
    subject: str
    body: str
    quoted: str
    html: str
    attachments: list[Attachment]
    at: datetime | None
    kind: EmailKind
    verified: bool
    bounce: Bounce | None
    problem: str = ""


def read_message_id(raw: bytes) -> str:
    """The id of a message. One without an id gets one from its content, so that it is stored once."""
    head = raw[: 256 * 1024]
    try:
        found = read_message_ids(BytesHeaderParser(policy=policy.compat32).parsebytes(head), "message-id")
    except Exception:
        found = []
    return found[0] if found else f"{hashlib.sha256(raw).hexdigest()}@no-message-id.invalid"


def parse(raw: bytes, auth_server: str = "") -> ParsedEmail:
    """Read a message. `auth_server` is the name under which our mail server reports what it checked."""
    message, problem, attachments = EmailMessage(), "", list[Attachment]()
    try:
        if raw.count(b"\n--") > MAX_BOUNDARIES:
            raise ValueError("There are too many parts.")
        message = BytesParser(policy=HeaderPolicy()).parsebytes(raw)
        body, quoted, html = read_text(message)
        bounce = read_bounce(message)
        attachments = [] if bounce else list_attachments(message)
    except Exception:  # whatever the parser of the standard library stumbles over, the message stays
        head, _, rest = raw.partition(b"\r\n\r\n" if b"\r\n\r\n" in raw else b"\n\n")
        message = BytesHeaderParser(policy=HeaderPolicy()).parsebytes(head[:MAX_FALLBACK])
        body, quoted, html = clean_text(rest[:MAX_TEXT].decode("utf-8", "replace")), "", ""
        bounce, problem = None, UNREADABLE
    senders = read_addresses(message, "from") or read_addresses(message, "sender") or [("", "")]
    to, cc = read_addresses(message, "to"), read_addresses(message, "cc")
    others = read_addresses(message, "bcc", *_ENVELOPE)
    answered = read_message_ids(message, "in-reply-to")
    return ParsedEmail(
        sender=senders[0],
        to=to,
        cc=cc,
        recipients=list(dict.fromkeys(email for _, email in (*to, *cc, *others))),
        in_reply_to=answered[0] if answered else "",
        # The nearest message comes first.
        references=list(dict.fromkeys([*answered, *reversed(read_message_ids(message, "references"))])),
        subject=read_header(message, "subject"),
        body=body,
        quoted=quoted,
        html=html,
        attachments=attachments,
        at=read_date(message),
        kind="bounce" if bounce else "auto_reply" if _is_automatic(message) else "message",
        verified=len(senders) == 1
        and is_verified(
            [str(value) for name, value in message.raw_items() if name.lower() == "authentication-results"],
            auth_server,
            get_email_domain(senders[0][1]),
        ),
        bounce=bounce,
        problem=problem,
    )


def _is_automatic(message: EmailMessage) -> bool:
    """Whether a program answered, such as one that says somebody is away (RFC 3834).

    `auto-generated` alone is no such answer: ticket systems send what people write with it. The automatic replies of
    Exchange have it too, together with the name of the rule that sent them.
    """
    submitted = read_raw_header(message, "auto-submitted").strip().lower()
    precedence = read_raw_header(message, "precedence").strip().lower()
    return (
        submitted.startswith(("auto-replied", "auto-notified"))
        or (submitted.startswith("auto-generated") and any(read_raw_header(message, name) for name in _EXCHANGE))
        or precedence in ("auto_reply", "auto-reply")
        or any(read_raw_header(message, name) for name in _AUTOMATIC)
    )
