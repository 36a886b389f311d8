"""The request as handlers see it."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl

import starlette.requests
from starlette.requests import empty_receive, empty_send
from starlette.types import Receive, Scope, Send

from crm.kernel.actor import Actor
from crm.kernel.app_context import AppContext
from crm.kernel.errors import BadRequestError, NotFoundError, PayloadTooLargeError, PreconditionRequiredError
from crm.kernel.security.addresses import client_address

BIGGEST_ID = 2**63 - 1
ANY_VERSION = 0
KB = 1024
BODY_LIMIT = 256 * KB


class Request(starlette.requests.Request):
    """Starlette's request, with what most handlers need."""

    def __init__(self, scope: Scope, receive: Receive = empty_receive, send: Send = empty_send) -> None:
        super().__init__(scope, receive, send)
        self.app_context: AppContext = scope["app"].state.app_context
        self.db = self.app_context.db

    @property
    def actor(self) -> Actor:
        """Who sends the request. The route's access policy sets it."""
        return self.scope["actor"]  # type: ignore[no-any-return]

    @property
    def id(self) -> int:
        """The record's id in the path. Raises `NotFoundError` for a number that no record can have."""
        return self.number("id")

    def number(self, name: str) -> int:
        value: int = self.path_params[name]
        if not 0 < value <= BIGGEST_ID:
            raise NotFoundError("There is no such record.")
        return value

    @property
    def request_id(self) -> str:
        return self.scope.get("request_id", "")  # type: ignore[no-any-return]

    @property
    def address(self) -> str:
        """The client's IP address, as far as it can be trusted."""
        peer, proxies = self.scope.get("client"), self.app_context.config.trusted_proxies
        forwarded_for = ",".join(self.headers.getlist("x-forwarded-for")) if proxies else ""
        return client_address(peer[0] if peer else "", forwarded_for, proxies)

    @property
    def address_hash(self) -> bytes:
        """The digest that is stored in place of the client's address."""
        return self.app_context.digest("address", self.address)

    @property
    def device(self) -> str:
        return self.headers.get("user-agent", "")[:300].replace("\x00", "")

    @property
    def swaps(self) -> bool:
        """True if htmx requests a fragment of the page."""
        return self.headers.get("hx-request") == "true" and self.headers.get("hx-boosted") != "true"

    @property
    def asked(self) -> list[tuple[str, str]]:
        """The query string as pairs. Raises `BadRequestError` for a NUL, which PostgreSQL cannot store or search."""
        raw = self.scope["query_string"].decode("ascii", "replace")
        try:
            pairs = parse_qsl(raw, keep_blank_values=True, max_num_fields=100)
        except ValueError as error:
            raise BadRequestError("The query string has too many parts.") from error
        if any("\x00" in name or "\x00" in value for name, value in pairs):
            raise BadRequestError("The query string holds a NUL character. Remove it.")
        return pairs

    async def body(self) -> bytes:
        """The body.

        Raises `PayloadTooLargeError` beyond the route's limit, which Starlette's own would answer as plain text.
        """
        if not hasattr(self, "_body"):
            content, length = bytearray(), self.headers.get("content-length", "")
            size = int(length[:20]) if length.isascii() and length.isdecimal() else 0
            limit = self.scope["body_limit"]
            async for chunk in self.stream():
                content += chunk
                if max(size, len(content)) > limit:
                    over = f" by {size - limit:,} bytes" if size > limit else ""
                    raise PayloadTooLargeError(f"This is too long{over}. At most {limit:,} bytes fit.")
            self._body = bytes(content)
        return self._body

    def expected_version(self) -> int:
        """The version in If-Match; ANY_VERSION for `*`. Raises `PreconditionRequiredError` or `BadRequestError`."""
        tag = self.headers.get("if-match", "").strip()
        if not tag:
            raise PreconditionRequiredError(
                'Send the header If-Match with the ETag you read, such as If-Match: "3", or * to overwrite.'
            )
        if tag == "*":
            return ANY_VERSION
        bare = tag.removeprefix("W/").strip('"')
        if not re.fullmatch(r"[0-9]{1,10}", bare) or not 0 < int(bare) < 2**31:
            raise BadRequestError(
                f"If-Match is {tag[:40]!r}, which is no ETag of ours. Use the one the record came with."
            )
        return int(bare)
