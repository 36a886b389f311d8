"""Delivery status notifications (RFC 3464): which address refused a message, why, and which message it was."""

from __future__ import annotations

from collections.abc import Sequence
from email.message import EmailMessage, Message
from email.parser import Parser

import msgspec

from crm.inbound.mailbox.headers import clean_text, read_header, read_message_ids
from crm.values import normalize_email


class Bounce(msgspec.Struct, frozen=True):
    """`permanent` says that the address does not work. `original_ids` name the message that was returned."""

    email: str
    reason: str
    permanent: bool
    original_ids: list[str]


def read_bounce(message: EmailMessage) -> Bounce | None:
    """What a delivery status notification says of the first address that failed; None for any other message."""
    if message.get_content_type() != "multipart/report" or not message.is_multipart():
        return None
    parts = list(message.walk())
    status = next((part for part in parts if part.get_content_type() == "message/delivery-status"), None)
    if status is None or not status.is_multipart():
        return None
    for fields in status.get_payload():
        if isinstance(fields, Message) and read_header(fields, "action").lower() in ("failed", "delayed"):
            return _read_recipient(fields, parts)
    return None


def _read_recipient(fields: Message, parts: Sequence[Message]) -> Bounce | None:
    recipient = read_header(fields, "original-recipient") or read_header(fields, "final-recipient")
    code = read_header(fields, "status")
    diagnostic = read_header(fields, "diagnostic-code").partition(";")[2].strip()
    try:
        email = normalize_email(recipient.partition(";")[2])
    except ValueError:
        return None
    permanent = read_header(fields, "action").lower() == "failed" and code.startswith("5")
    return Bounce(email, (diagnostic or code or "No reason given")[:300], permanent, _find_original(parts))


def _find_original(parts: Sequence[Message]) -> list[str]:
    """The ids of the returned message, of which the notification holds all or only the headers."""
    for part in parts:
        if part.get_content_type() in ("message/rfc822", "message/global") and part.is_multipart():
            return read_message_ids(part.get_payload(0), "message-id")  # type: ignore[arg-type]
        if part.get_content_type() in ("text/rfc822-headers", "message/rfc822-headers"):
            payload = part.get_payload(decode=True)
            text = payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
            return read_message_ids(Parser().parsestr(clean_text(text), headersonly=True), "message-id")
    return []
