"""Answers, built as bytes at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from litestar.types import Receive, Scope, Send

from crm.kernel.errors import Trouble, problem_of

_encoder = msgspec.json.Encoder(decimal_format="number")
PROBLEM_TYPE = "application/problem+json"


class Answer:
    """A whole answer in bytes, an ASGI application of its own.

    Every request makes one, and a class that could also stream, set cookies and run things afterwards would cost more
    than the rest of the way out. A status that may have no body gets neither length nor type (RFC 9110, section 8.6).
    """

    __slots__ = ("body", "headers", "status")

    def __init__(
        self, body: bytes, kind: str = "", status: int = 200, headers: Mapping[str, str] | None = None
    ) -> None:
        self.body = body
        self.status = status
        self.headers: list[tuple[bytes, bytes]] = []
        if headers:
            self.headers += [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
        if status not in (204, 304):
            if kind:
                self.headers.append((b"content-type", kind.encode("latin-1")))
            self.headers.append((b"content-length", b"%d" % len(body)))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI
        """Send it. The web server itself leaves the body of an answer to HEAD out."""
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": False})


def json(data: Any, status: int = 200, headers: dict[str, str] | None = None) -> Answer:
    """`data` as JSON; structs, dates and decimals included (decimals as numbers)."""
    return Answer(_encoder.encode(data), "application/json", status, headers)


def record(data: Any, version: int, status: int = 200, location: str = "") -> Answer:
    """One record with its ETag, and its address when it was just made (RFC 9110, section 8.8.3)."""
    headers = {"etag": f'"{version}"'}
    if location:
        headers["location"] = location
    return json(data, status, headers)


def nothing(headers: dict[str, str] | None = None) -> Answer:
    """204: done, and there is nothing to say."""
    return Answer(b"", "", 204, headers)


def html(text: str, status: int = 200, headers: dict[str, str] | None = None) -> Answer:
    return Answer(text.encode(), "text/html; charset=utf-8", status, headers)


def see_other(location: str, headers: dict[str, str] | None = None) -> Answer:
    """303: the change is made, go and look (RFC 9110, section 15.4.4)."""
    return Answer(b"", "", 303, {"location": location, **(headers or {})})


def problem(trouble: Trouble, request_id: str = "") -> Answer:
    """The trouble as RFC 9457 problem details."""
    body = _encoder.encode(problem_of(trouble, request_id))
    return Answer(body, PROBLEM_TYPE, trouble.status, {"cache-control": "no-store", **trouble.headers})
