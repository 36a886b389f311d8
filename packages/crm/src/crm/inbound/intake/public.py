"""The public endpoint of the enquiry form, for pages with and without script."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from starlette.responses import Response

from crm.accounts import audit, form_choices
from crm.inbound.intake import error_page, forms, synthetic
from crm.inbound.intake.models import Receipt
from crm.inbound.intake.process import describe_error
from crm.inbound.intake.store import STORED, Post, Sender, store_submission
from crm.kernel import db, log
from crm.kernel.errors import BadRequestError, OriginError, ServiceUnavailableError, UnsupportedMediaTypeError
from crm.kernel.http import origin, responses
from crm.kernel.http.forms import FORM_TYPE, JSON_TYPE, content_type, json_object, read_form
from crm.kernel.http.request import Request

_KEY = re.compile(r"[!-~]{8,200}")
_log = log.get("intake")


async def create(request: Request) -> Response:
    """Store an enquiry and thank the visitor. A worker makes it a lead a moment later.

    A script gets JSON. A plain form gets a page, which keeps the fields if anything is wrong.
    """
    kind, accepted = content_type(request), request.headers.get("accept", "")
    is_plain_form = kind == FORM_TYPE and (JSON_TYPE not in accepted or "text/html" in accepted)
    try:
        receipt = await _store(request, kind)
    except Exception as error:
        if not is_plain_form:
            raise
        if isinstance(error, OriginError):
            await audit.record_refused_origin(request)
        return await error_page.render(request, error)
    request.app_context.notifier.notify(STORED)
    if is_plain_form:
        return responses.see_other(f"{request.app_context.config.site_url}/thanks.html?ref={receipt.reference}")
    return responses.json(receipt, 201, origin.cors(request))


async def preflight(request: Request) -> Response:
    """Answer the CORS preflight of an allowed site."""
    return responses.nothing(origin.preflight(request))


async def _store(request: Request, kind: str) -> Receipt:
    sender_origin = _read_origin(request)
    key = request.headers.get("idempotency-key")
    if key is not None and not _KEY.fullmatch(key):
        raise BadRequestError("Idempotency-Key must be 8 to 200 visible ASCII characters, such as a UUID.")
    if kind == JSON_TYPE:
        values = await json_object(request)
    elif kind == FORM_TYPE:
        values = dict(await read_form(request))
    else:
        raise UnsupportedMediaTypeError(f"Send the enquiry as {JSON_TYPE} or {FORM_TYPE}.")
    if forms.find_unknown_choices(values):
        # Another process may have added it.
        async with _storing(), request.db.connection() as conn:
            await form_choices.read(conn)
    enquiry, extras = forms.check(values, typed=kind == JSON_TYPE)
    sender = Sender(
        sender_origin, request.address_hash, request.device, rate=request.app_context.config.enquiry_rate,
        synthetic=await synthetic.verify_signature(request),
    )  # fmt: skip
    post = Post(enquiry, extras, sender, key)
    async with _storing(), request.db.connection() as conn:
        return await store_submission(conn, post)


@asynccontextmanager
async def _storing() -> AsyncIterator[None]:
    """Raise `ServiceUnavailableError` for what the database refuses in the block."""
    try:
        yield
    except (*db.UNREACHABLE, asyncpg.PostgresError) as error:
        _log.error("enquiry_not_stored", error=describe_error(error))
        raise ServiceUnavailableError(
            "Your enquiry could not be stored. Keep it and send it again in a minute.",
            headers={"retry-after": "30"},
        ) from error


def _read_origin(request: Request) -> str:
    """The origin of the request; empty for a program, which sends none.

    Raises `OriginError` for a site that may not post.
    """
    value, host = request.headers.get("origin", ""), request.headers.get("host", "")
    config = request.app_context.config
    here = (f"https://{host}", f"http://{host}", origin.origin_of(config.base_url))
    if value and value not in config.origins and value not in here:
        raise OriginError("This site may not post enquiries here (CORS_ORIGIN).")
    return value
