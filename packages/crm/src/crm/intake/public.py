"""The public entry: whoever fills in the enquiry form, with script or without, and whatever may go wrong."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

import asyncpg
from starlette.responses import Response

from crm.intake import error_page, forms, synthetic
from crm.intake.models import Receipt
from crm.intake.process import sentence
from crm.intake.store import STORED, Post, Sender, store_submission
from crm.kernel import db, log
from crm.kernel.errors import BadRequestError, ForbiddenError, ServiceUnavailableError, UnsupportedMediaTypeError
from crm.kernel.http import origin, responses
from crm.kernel.http.forms import FORM_TYPE, JSON_TYPE, content_type, json_object, read_form
from crm.kernel.http.request import Request

_KEY = re.compile(r"[!-~]{8,200}")
_log = log.get("intake")


async def create(request: Request) -> Response:
    """Store an enquiry and thank for it. A worker makes it a lead a moment later.

    A program or a script gets JSON; a plain form gets pages, which keep what was typed if anything is wrong.
    """
    try:
        receipt = await _store(request)
    except Exception as fault:
        if not _from_page(request):
            raise
        return await error_page.page(request, fault)
    request.app_context.notifier.notify(STORED)
    return _thank(request, receipt)


async def preflight(request: Request) -> Response:
    """Tell a browser that a page of an allowed site may post here."""
    return responses.nothing(origin.preflight(request))


async def _store(request: Request) -> Receipt:
    sent_from = _allowed_origin(request)
    key = _key(request)
    values = await _values(request)
    enquiry, extras = forms.check(values, typed=content_type(request) == JSON_TYPE)
    sender = Sender(
        sent_from, request.address_hash, request.device, rate=request.app_context.config.enquiry_rate,
        synthetic=await synthetic.verify_signature(request),
    )  # fmt: skip
    post = Post(enquiry, extras, sender, key)
    try:
        async with request.db.connection() as conn:
            return await store_submission(conn, post)
    except (*db.UNREACHABLE, asyncpg.PostgresError) as fault:
        _log.error("enquiry_not_stored", fault=sentence(fault))
        raise ServiceUnavailableError(
            "Your enquiry could not be stored just now. Keep it and send it again in a minute.",
            headers={"retry-after": "30"},
        ) from fault


def _allowed_origin(request: Request) -> str:
    """The sending site; empty for a program, which sends no Origin.

    Raises `ForbiddenError` for a site that may not post.
    """
    said = request.headers.get("origin", "")
    own = urlsplit(said).netloc == request.headers.get("host", "") or said in origin.own_origins(request)
    if said and not own and said not in request.app_context.config.origins:
        raise ForbiddenError("This form was sent from a site that may not post here (CORS_ORIGIN).")
    return said


def _key(request: Request) -> str | None:
    key = request.headers.get("idempotency-key")
    if key is not None and not _KEY.fullmatch(key):
        raise BadRequestError("Idempotency-Key must be 8 to 200 visible ASCII characters, such as a UUID.")
    return key


async def _values(request: Request) -> dict[str, Any]:
    kind = content_type(request)
    if kind == JSON_TYPE:
        return await json_object(request)
    if kind == FORM_TYPE:
        return dict(await read_form(request))
    raise UnsupportedMediaTypeError(f"Send the enquiry as {JSON_TYPE} or {FORM_TYPE}.")


def _from_page(request: Request) -> bool:
    accepted = request.headers.get("accept", "")
    wants_json = JSON_TYPE in accepted and "text/html" not in accepted
    return content_type(request) == FORM_TYPE and not wants_json


def _thank(request: Request, receipt: Receipt) -> Response:
    if _from_page(request):
        return responses.see_other(f"{request.app_context.config.site_url}/thanks.html?ref={receipt.reference}")
    return responses.json(receipt, 201, origin.cors(request))
