"""Delivery status notifications (RFC 3464): which addresses refused a message, why, and which message it was."""

from __future__ import annotations

from collections.abc import Sequence
from email.message import EmailMessage, Message
from email.parser import Parser

import msgspec

from crm.inbound.mailbox.headers import clean_text, read_header, read_message_ids
from crm.values import normalize_email

MAX_ADDRESSES = 60
"""As many as one message is sent to: To, Cc and Bcc."""


class FailedAddress(msgspec.Struct, frozen=True):
    """An address that a message did not reach, and why. `permanent` says that the address does not work."""

    email: str
    reason: str
    permanent: bool


class Bounce(msgspec.Struct, frozen=True):
    """The addresses that failed, at least one. `original_ids` name the message that was returned."""

    addresses: list[FailedAddress]
    original_ids: list[str]


def read_bounce(message: EmailMessage) -> Bounce | None:
    """What a delivery status notification says of the addresses that failed; None for any other message."""
    if message.get_content_type() != "multipart/report" or not message.is_multipart():
        return None
    parts = list(message.walk())
    status = next((part for part in parts if part.get_content_type() == "message/delivery-status"), None)
    if status is None or not status.is_multipart():
        return None
    found = [
        _read_address(fields)
        for fields in status.get_payload()
        if isinstance(fields, Message) and read_header(fields, "action").lower() in ("failed", "delayed")
    ][:MAX_ADDRESSES]
    addresses = [each for each in found if each]
    return Bounce(addresses, _find_original(parts)) if addresses else None


def _read_address(fields: Message) -> FailedAddress | None:
    recipient = read_header(fields, "original-recipient") or read_header(fields, "final-recipient")
    code = read_header(fields, "status")
    diagnostic = read_header(fields, "diagnostic-code").partition(";")[2].strip()
    try:
        email = normalize_email(recipient.partition(";")[2])
    except ValueError:
        return None
    permanent = read_header(fields, "action").lower() == "failed" and code.startswith("5")
    return FailedAddress(email, (diagnostic or code or "No reason given")[:300], permanent)


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
