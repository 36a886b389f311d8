"""Responses that handlers return, as Starlette responses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.responses import HTMLResponse, RedirectResponse, Response

from crm.kernel.errors import AppError

_encoder = msgspec.json.Encoder(decimal_format="number")


def json(data: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """`data` as JSON, including structs, dates and decimals (as numbers)."""
    return Response(_encoder.encode(data), status, headers, "application/json")


def record(data: Any, version: int, status: int = 200, location: str = "") -> Response:
    """One record with its ETag, and with its URL if it was just created (RFC 9110, section 8.8.3)."""
    return json(data, status, {"etag": f'"{version}"', **({"location": location} if location else {})})


def nothing(headers: Mapping[str, str] | None = None) -> Response:
    """204: the request succeeded and has no body."""
    return Response(None, 204, headers)


def html(text: str, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return HTMLResponse(text, status, headers)


def see_other(location: str, headers: Mapping[str, str] | None = None) -> Response:
    """303: the change is made; the browser fetches `location` (RFC 9110, section 15.4.4)."""
    return RedirectResponse(location, 303, headers)


def problem(error: AppError, request_id: str = "") -> Response:
    """The error as RFC 9457 problem details."""
    headers = {"cache-control": "no-store", **error.headers}
    return Response(_encoder.encode(error.problem(request_id)), error.status, headers, "application/problem+json")
