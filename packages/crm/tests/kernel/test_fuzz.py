"""Whatever a header or a query holds, the answer is no error of ours."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import factories
import httpx
import pytest
from conftest import environment, serving
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm import config, routes
from crm.accounts import api_keys, auth
from crm.kernel.app_context import AppContext
from crm.kernel.security.addresses import client_address

QUERIES = sorted(
    {name for route in routes.table() if route.query for name in route.query.__struct_fields__}
    | {"next", "q", "tab", "sort", "cursor", "status", "page", "action", "since", "until", "signed_out", "limit"}
)
HEADERS = (
    "origin", "host", "cookie", "authorization", "if-match", "idempotency-key", "x-forwarded-for", "content-type",
    "accept", "accept-encoding", "user-agent", "hx-request", "hx-boosted", "hx-target", "hx-current-url",
    "sec-fetch-site", "content-length", "x-railway-request-id", "x-synthetic-signature", "if-none-match",
    "if-modified-since", "range", "referer",
)  # fmt: skip
ODD = (
    "http://[", "http://[::1", "http://€", "null", "file:///", "http://a:b@c:99999", "9" * 5000, f'"{"9" * 5000}"',
    "W/", '"', "\u0663", "\u00b2", "-1", "1e400", "nan", "%", "%00", "%ff", "%ed%a0%80", "a" * 3000, "Bearer",
    "Bearer oct_", "Bearer oct_€", "session=", "toast=.", "toast=€.x", "rail=;;;=", "bytes=9-1", "bytes=-",
    "bytes=0-1,2-3", "Thu, 99 Foo 2026", "application/json; charset=€", "multipart/form-data", "/leads?q=€", "//evil",
    "/\\evil", "::", "[::1]:x", "1.2.3.4:99999999", "fe80::1%€", "2026-13-45", "9999-12-31", "0001-01-01", "gzip;q=x",
    "9999-12-31T23:59:59+00:00", "0001-01-01T00:00:00+14:00", "2026-01-01T00:00:00+99:99", "Infinity", "\u2028",
)  # fmt: skip
VALUES = st.one_of(
    st.sampled_from(ODD),
    st.text(max_size=60),
    st.text(alphabet="[]:/@%?#&=;,. \"'\\0123456789aW€\u0663", max_size=40),
    st.binary(max_size=30).map(lambda raw: raw.decode("latin-1")),
)
PATHS = [
    ("GET", "/sign-in"), ("POST", "/sign-in"), ("GET", "/leads"), ("GET", "/inbox"), ("GET", "/settings/audit"),
    ("GET", "/trash"), ("POST", "/profile"), ("POST", "/api/leads"), ("OPTIONS", "/api/leads"),
    ("GET", "/api/v1/leads"), ("PATCH", "/api/v1/leads/1"), ("DELETE", "/api/v1/leads/1"), ("POST", "/api/v1/leads"),
    ("GET", "/api/v1/audit"), ("GET", "/api/v1/webhooks"), ("GET", "/api/docs"), ("GET", "/metrics"),
    ("GET", "/static/0/app.css"), ("GET", "/nowhere"), ("GET", "/"),
]  # fmt: skip


class Caller:
    """Sends a request as raw as the server passes it on, with a session and a key that are right."""

    def __init__(self, client: httpx.AsyncClient, session: str, secret: str) -> None:
        self._app = client._transport.app  # type: ignore[attr-defined]
        self.usual = {
            "host": b"crm.test", "origin": b"http://crm.test", "cookie": b"session=" + session.encode(),
            "authorization": b"Bearer " + secret.encode(), "content-type": b"application/json", "if-match": b"*",
        }  # fmt: skip

    async def ask(
        self, method: str, path: str, headers: dict[str, bytes], query: bytes = b"", body: bytes = b"{}"
    ) -> int:
        """The status of the answer."""
        sent: list[dict[str, Any]] = []
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
            "path": path, "raw_path": path.encode(), "query_string": query, "root_path": "", "state": {},
            "headers": [(name.encode(), value) for name, value in (self.usual | headers).items()],
            "client": ("198.51.100.7", 5), "server": ("crm.test", 80),
        }  # fmt: skip

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        await self._app(scope, receive, send)
        for name, value in sent[0]["headers"]:
            assert not re.search(rb"[\r\n\x00]", name + value)
        status: int = sent[0]["status"]
        return status


@pytest.fixture(scope="module")
async def caller(database_url: str, context: AppContext) -> AsyncIterator[Caller]:
    from conftest import wipe

    async with context.db.transaction() as conn:
        session = await auth.sessions.start_session(
            conn, context, await factories.create_user(conn), "Firefox on Linux"
        )
        _, secret = await factories.create_api_key(conn, *api_keys.models.SCOPES)
    own = environment(database_url, TRUSTED_PROXIES="1", METRICS_TOKEN="a token of the tests, long enough for it")
    async with serving(config.load(own)) as client:
        yield Caller(client, session, secret)
    async with context.db.connection() as connection:
        await wipe(connection)


def encode(value: str) -> bytes:
    """A header value as the server passes it on: any bytes but line breaks and NUL."""
    return re.sub(rb"[\x00\r\n]", b"", value.encode("utf-8", "surrogatepass"))


@pytest.mark.parametrize("name", HEADERS)
async def test_every_odd_value_of_a_header_is_the_caller_s_error(caller: Caller, name: str):
    for number, value in enumerate(ODD):
        # Each value goes to two paths, and over all headers to every path.
        for method, path in (PATHS[(number + len(name)) % len(PATHS)], PATHS[(number * 7 + 3) % len(PATHS)]):
            assert await caller.ask(method, path, {name: encode(value)}) < 500, (method, path, value)


@pytest.mark.parametrize("path", [path for method, path in PATHS if method == "GET" and path != "/api/docs"])
async def test_every_odd_value_of_a_query_is_the_caller_s_error(caller: Caller, path: str):
    async def ask(value: str, *names: str) -> int:
        status = await caller.ask("GET", path, {}, encode("&".join(f"{name}={value}" for name in names)))
        assert status < 500, (names, value)
        return status

    usual = await ask("")
    for number, value in enumerate(ODD):
        names = QUERIES[number % 5 :: 5]
        for start in range(0, len(names), 8):
            together = names[start : start + 8]
            # What a page ignores says nothing of the next name, so names are asked together. A refusal may be due to
            # one of them: then each is asked alone.
            if await ask(value, *together) != usual:
                for name in together:
                    await ask(value, name)


@settings(max_examples=150, deadline=None, suppress_health_check=[*HealthCheck])
@given(data=st.data())
async def test_no_header_and_no_query_is_an_error_of_ours(caller: Caller, data: st.DataObject):
    method, path = data.draw(st.sampled_from(PATHS))
    headers = data.draw(st.dictionaries(st.sampled_from(HEADERS), VALUES.map(encode), max_size=4))
    pairs = data.draw(st.lists(st.tuples(st.sampled_from(QUERIES), VALUES), max_size=3))
    body = data.draw(st.one_of(st.just(b"{}"), st.binary(max_size=50)))
    query = encode("&".join(f"{name}={value}" for name, value in pairs))
    assert await caller.ask(method, path, headers, query, body) < 500


@given(peer=VALUES, forwarded=VALUES, proxies=st.integers(0, 3))
def test_every_forwarded_address_is_read(peer: str, forwarded: str, proxies: int):
    assert re.fullmatch(r"unknown|[0-9.]+|[0-9a-f:]+/64", client_address(peer, forwarded, proxies))
