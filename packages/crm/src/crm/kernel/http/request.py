"""The request as handlers see it."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

import litestar

from crm.kernel.actor import Actor
from crm.kernel.db import Database
from crm.kernel.errors import Malformed, NotFound, PreconditionNeeded
from crm.kernel.house import House
from crm.kernel.security.addresses import client_address

BIGGEST_ID = 2**63 - 1
ANY_VERSION = 0


class Request(litestar.Request[Any, Any, Any]):
    """Litestar's request plus the few things every handler asks for."""

    @property
    def house(self) -> House:
        return self.app.state.house  # type: ignore[no-any-return]

    @property
    def db(self) -> Database:
        return self.house.db

    @property
    def actor(self) -> Actor:
        """Who is asking; the route's guard has put it there."""
        return self.scope["actor"]  # type: ignore[typeddict-item, no-any-return]

    @property
    def id(self) -> int:
        """The record's number in the path. Raises `NotFound` for one that no record can have."""
        return self.number("id")

    def number(self, name: str) -> int:
        value = int(self.path_params[name])
        if not 0 < value <= BIGGEST_ID:
            raise NotFound("There is no such record.")
        return value

    @property
    def request_id(self) -> str:
        return self.scope.get("request_id", "")  # type: ignore[return-value]

    @property
    def address(self) -> str:
        """The caller's address as far as it can be believed."""
        client = self.scope.get("client")
        peer = client[0] if client else ""
        return client_address(peer, self.headers.get("x-forwarded-for", ""), self.house.config.trusted_proxies)

    @property
    def address_hash(self) -> bytes:
        """What is stored of the caller's address; the address itself never is."""
        return self.house.digest("address", self.address)

    @property
    def device(self) -> str:
        return self.headers.get("user-agent", "")[:300].replace("\x00", "")

    @property
    def swaps(self) -> bool:
        """True when htmx asks for a fragment of the page."""
        return self.headers.get("hx-request") == "true" and self.headers.get("hx-boosted") != "true"

    @property
    def asked(self) -> list[tuple[str, str]]:
        """The query string as pairs; a NUL cannot be stored or searched, so it is refused."""
        raw = self.scope["query_string"].decode("ascii", "replace")
        try:
            pairs = parse_qsl(raw, keep_blank_values=True, max_num_fields=100)
        except ValueError as fault:
            raise Malformed("The query string has too many parts.") from fault
        if any("\x00" in name or "\x00" in value for name, value in pairs):
            raise Malformed("The query string holds a NUL character. Remove it.")
        return pairs

    def expected_version(self) -> int:
        """The version in If-Match: `"3"` gives 3, `*` gives ANY_VERSION.

        Raises `PreconditionNeeded` when it is missing, `Malformed` when it is no version of ours.
        """
        tag = self.headers.get("if-match", "").strip()
        if not tag:
            raise PreconditionNeeded(
                'Send the header If-Match with the ETag you read, such as If-Match: "3", or * to overwrite.'
            )
        if tag == "*":
            return ANY_VERSION
        bare = tag.removeprefix("W/").strip('"')
        if not bare.isascii() or not bare.isdecimal() or not 0 < int(bare) < 2**31:
            raise Malformed(f"If-Match is {tag[:40]!r}, which is no ETag of ours. Use the one the record came with.")
        return int(bare)
