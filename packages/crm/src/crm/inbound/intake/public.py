"""The public endpoint of the enquiry form, for pages with and without script."""

from __future__ import annotations

import re
from typing import Any

import asyncpg
from starlette.responses import Response

from crm.accounts import audit
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
    try:
        receipt = await _store(request)
    except Exception as error:
        if not _is_plain_form(request):
            raise
        if isinstance(error, OriginError):
            await audit.record_refused_origin(request)
        return await error_page.render(request, error)
    request.app_context.notifier.notify(STORED)
    return _thank(request, receipt)


async def preflight(request: Request) -> Response:
    """Answer the CORS preflight of an allowed site."""
    return responses.nothing(origin.preflight(request))


async def _store(request: Request) -> Receipt:
    sender_origin = _read_origin(request)
    key = _read_idempotency_key(request)
    values = await _read_values(request)
    enquiry, extras = forms.check(values, typed=content_type(request) == JSON_TYPE)
    sender = Sender(
        sender_origin, request.address_hash, request.device, rate=request.app_context.config.enquiry_rate,
        synthetic=await synthetic.verify_signature(request),
    )  # fmt: skip
    post = Post(enquiry, extras, sender, key)
    try:
        async with request.db.connection() as conn:
            return await store_submission(conn, post)
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
    value = request.headers.get("origin", "")
    here = [f"{scheme}://{request.headers.get('host', '')}" for scheme in ("http", "https")]
    known = {*here, *origin.own_origins(request), *request.app_context.config.origins}
    if value and value not in known:
        raise OriginError("This site may not post enquiries here (CORS_ORIGIN).")
    return value


def _read_idempotency_key(request: Request) -> str | None:
    key = request.headers.get("idempotency-key")
    if key is not None and not _KEY.fullmatch(key):
        raise BadRequestError("Idempotency-Key must be 8 to 200 visible ASCII characters, such as a UUID.")
    return key


async def _read_values(request: Request) -> dict[str, Any]:
    kind = content_type(request)
    if kind == JSON_TYPE:
        return await json_object(request)
    if kind == FORM_TYPE:
        return dict(await read_form(request))
    raise UnsupportedMediaTypeError(f"Send the enquiry as {JSON_TYPE} or {FORM_TYPE}.")


def _is_plain_form(request: Request) -> bool:
    accepted = request.headers.get("accept", "")
    wants_json = JSON_TYPE in accepted and "text/html" not in accepted
    return content_type(request) == FORM_TYPE and not wants_json


def _thank(request: Request, receipt: Receipt) -> Response:
    if _is_plain_form(request):
        return responses.see_other(f"{request.app_context.config.site_url}/thanks.html?ref={receipt.reference}")
    return responses.json(receipt, 201, origin.cors(request))
