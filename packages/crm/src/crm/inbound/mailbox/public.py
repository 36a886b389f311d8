"""Where mail servers and providers hand over received messages, each signed."""

from __future__ import annotations

import msgspec
from starlette.responses import Response

from crm.inbound.mailbox import resend
from crm.inbound.mailbox.signature import verify_signature
from crm.inbound.mailbox.store import store
from crm.kernel.errors import BadRequestError, UnsupportedMediaTypeError
from crm.kernel.http import forms, responses
from crm.kernel.http.request import Request

RAW_TYPES = ("message/rfc822", "application/octet-stream")


class InboundReceipt(msgspec.Struct, frozen=True):
    """`stored` is false if the message was here already, or is none that we keep."""

    stored: bool


async def receive(request: Request) -> Response:
    """Store one message as it arrived (RFC 5322), signed with MAIL_INBOUND_SECRET."""
    if forms.content_type(request) not in RAW_TYPES:
        raise UnsupportedMediaTypeError(f"Send the message itself as {RAW_TYPES[0]}.")
    raw = await verify_signature(request, request.app_context.config.mail_inbound_secret, "webhook")
    if not raw.strip():
        raise BadRequestError("The body is empty. Send the message with all its headers.")
    async with request.db.transaction() as conn:
        stored = await store(conn, raw)
    return responses.json(InboundReceipt(stored), 202)


async def receive_from_resend(request: Request) -> Response:
    """Take the event `email.received` of Resend, signed with RESEND_WEBHOOK_SECRET. A job fetches the message."""
    body = await verify_signature(request, request.app_context.config.resend_webhook_secret, "svix")
    try:
        event = msgspec.json.decode(body, type=resend.ResendEvent)
    except msgspec.MsgspecError as error:
        raise BadRequestError(f"This is no event of Resend: {str(error)[:120]}") from error
    async with request.db.transaction() as conn:
        stored = await resend.store_event(conn, event)
    return responses.json(InboundReceipt(stored), 202)
