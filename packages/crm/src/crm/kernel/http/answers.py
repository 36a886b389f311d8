"""Answers, built as bytes at once."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar.response.base import ASGIResponse

from crm.kernel.errors import Trouble, problem_of

_encoder = msgspec.json.Encoder(decimal_format="number")
PROBLEM_TYPE = "application/problem+json"


def json(data: Any, status: int = 200, headers: dict[str, str] | None = None) -> ASGIResponse:
    """`data` as JSON; structs, dates and decimals included (decimals as numbers)."""
    return ASGIResponse(
        body=_encoder.encode(data), status_code=status, media_type="application/json", headers=headers or {}
    )


def record(data: Any, version: int, status: int = 200, location: str = "") -> ASGIResponse:
    """One record with its ETag, and its address when it was just made (RFC 9110, section 8.8.3)."""
    headers = {"etag": f'"{version}"'}
    if location:
        headers["location"] = location
    return json(data, status, headers)


def nothing(headers: dict[str, str] | None = None) -> ASGIResponse:
    """204: done, and there is nothing to say."""
    return ASGIResponse(body=b"", status_code=204, headers=headers or {})


def html(text: str, status: int = 200, headers: dict[str, str] | None = None) -> ASGIResponse:
    return ASGIResponse(body=text.encode(), status_code=status, media_type="text/html", headers=headers or {})


def see_other(location: str, headers: dict[str, str] | None = None) -> ASGIResponse:
    """303: the change is made, go and look (RFC 9110, section 15.4.4)."""
    return ASGIResponse(body=b"", status_code=303, headers={"location": location, **(headers or {})})


def problem(trouble: Trouble, request_id: str = "") -> ASGIResponse:
    """The trouble as RFC 9457 problem details."""
    return ASGIResponse(
        body=_encoder.encode(problem_of(trouble, request_id)),
        status_code=trouble.status,
        media_type=PROBLEM_TYPE,
        headers={"cache-control": "no-store", **trouble.headers},
    )
